//! Looks at the input beforehand, for drugs, and again, for records that are sealed.

use super::{Fault, Intake, IntakeError, Sources, read};
use crate::{
    custodian::EnrolledPatient,
    fhir::{self, Finding, Resource},
    native::journal::{Held, Identity},
};
use aegle_rules::{BatchNumber, ledger::RecordPosition};
use std::{collections::HashMap, sync::Arc};

/// The name of a resource type in quotes, as it stands in JSON.
const DRUG_TYPE: &[u8] = b"\"Medication\"";

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
        self.look_for_drugs(&sources);
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
                    let patient = resource.patient().map(|patient| patient.id().to_owned());
                    let Some(patient) = patient.filter(|patient| self.cards.has(patient)) else {
                        continue;
                    };
                    let account = self.cards.account(&patient)?;
                    let own = held.into_iter().filter(|held| held.patient == account);
                    let places: Vec<RecordPosition> = own.map(|held| held.place).collect();
                    if places.is_empty() {
                        continue;
                    }
                    self.drugs.link(&mut resource);
                    let patient = self.cards.enrolled(&self.aegle, self.custodian, &patient).await?;
                    found.extend(places.into_iter().map(|place| {
                        let (resource, patient) = (resource.clone(), patient.clone());
                        (place, FoundRecord { resource, patient })
                    }));
                }
            }
        }
        Ok(found)
    }

    /// Remembers the drugs of all files, which other files may refer to.
    pub(super) fn look_for_drugs(&mut self, sources: &Sources) {
        let mut files = sources.again();
        let finder = memchr::memmem::Finder::new(DRUG_TYPE);
        while let Some(input) = files.next_input() {
            // What cannot be read is told when it is read for good.
            let Ok(mut parts) = input else { continue };
            while let Some(part) = parts.next_part() {
                let part = part.ok().filter(|part| finder.find(&part.bytes).is_some());
                let reading = part.and_then(|part| fhir::read_at(&part.bytes, part.line).ok());
                for resource in reading.into_iter().flat_map(|reading| reading.resources) {
                    if !self.drugs.add(&resource) {
                        self.outcome.report.add(Finding::TooManyDrugs, || resource.name());
                    }
                }
            }
        }
    }
}
