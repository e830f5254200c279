//! Looks at the input beforehand, for drugs and merged charts, and again, for records that are sealed.

use super::{Fault, Intake, IntakeError, Sources, read};
use crate::{
    custodian::EnrolledPatient,
    fhir::{self, Finding, Resource},
    native::journal::{Held, Identity},
};
use aegle_rules::{BatchNumber, ledger::RecordPosition};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

/// Names in quotes, as they stand in JSON: of resource types, and of the element that says whose charts were merged.
const DRUG_TYPE: &[u8] = b"\"Medication\"";
const PATIENT_TYPE: &[u8] = b"\"Patient\"";
const LINK: &[u8] = b"\"link\"";

/// A record of a batch that was found in the input again.
pub struct FoundRecord {
    /// The resource.
    pub resource: Resource,
    /// Its patient.
    pub patient: Arc<EnrolledPatient>,
}

impl Intake<'_> {
    /// Finds records of batches among the input again, by their content, for labelling them anew: each with its patient.
    ///
    /// # Errors
    /// See [`IntakeError`].
    pub async fn find(
        mut self,
        mut sources: Sources,
        of: impl Fn(BatchNumber) -> bool,
    ) -> Result<HashMap<RecordPosition, FoundRecord>, IntakeError> {
        self.look_ahead(&sources);
        let mut found = HashMap::new();
        while let Some(input) = sources.next_input() {
            let mut parts = input.map_err(Fault::from)?;
            while let Some(part) = parts.next_part() {
                // What was left out when the batch was ingested is left out again.
                let Ok(reading) = part.and_then(|part| read(&part, parts.source())) else {
                    continue;
                };
                for mut resource in reading.resources.into_iter().chain(reading.in_error) {
                    let history = self.journal.history(&Identity::of(&self.options.source, &resource))?;
                    let held = history.find(resource.content_hash());
                    let held: Vec<&Held> = held.filter(|held| of(held.place.batch)).collect();
                    if held.is_empty() {
                        continue;
                    }
                    let Some(named) = resource.patient().map(|patient| patient.id().to_owned()) else {
                        continue;
                    };
                    self.drugs.link(&mut resource);
                    // Of a merged chart some records may still be under the patient who was replaced.
                    let current = self
                        .merges
                        .current(&named)
                        .map_or_else(|_| named.clone(), str::to_owned);
                    for id in BTreeSet::from([named, current])
                        .into_iter()
                        .filter(|id| self.cards.has(id))
                        .collect::<Vec<_>>()
                    {
                        let account = self.cards.account(&id)?;
                        let own = held.iter().filter(|held| held.patient == account);
                        let places: Vec<RecordPosition> = own.map(|held| held.place).collect();
                        if places.is_empty() {
                            continue;
                        }
                        let patient = self.cards.enrolled(&self.aegle, self.custodian, &id).await?;
                        found.extend(places.into_iter().map(|place| {
                            let (resource, patient) = (resource.clone(), patient.clone());
                            (place, FoundRecord { resource, patient })
                        }));
                    }
                }
            }
        }
        Ok(found)
    }

    /// Remembers the drugs of all files, which other files may refer to, and which charts they say were merged, since records
    /// may come before the patient who says so.
    pub(super) fn look_ahead(&mut self, sources: &Sources) {
        let mut files = sources.again();
        let [drug, patient, link] = [DRUG_TYPE, PATIENT_TYPE, LINK].map(memchr::memmem::Finder::new);
        let is_wanted = |bytes: &[u8]| {
            let has = |finder: &memchr::memmem::Finder<'_>| finder.find(bytes).is_some();
            has(&drug) || has(&link) && has(&patient)
        };
        while let Some(input) = files.next_input() {
            // What cannot be read is told when it is read for good.
            let Ok(mut parts) = input else { continue };
            while let Some(part) = parts.next_part() {
                let part = part.ok().filter(|part| is_wanted(&part.bytes));
                let reading = part.and_then(|part| fhir::read_at(&part.bytes, part.line).ok());
                for resource in reading.into_iter().flat_map(|reading| reading.resources) {
                    // What is not certain is told when the resource is taken in, and kept for all of the patient's records.
                    let _ = self.learn(&resource);
                    if !self.drugs.add(&resource) {
                        self.outcome.report.add(Finding::TooManyDrugs, || resource.name());
                    }
                }
            }
        }
    }
}
