//! What the input says of merged charts, and whose a record is then.

use super::{Fault, Intake, MergeError};
use crate::{
    fhir::{Finding, Resource},
    native::journal::JournalError,
};
use aegle_rules::AccountId;
use std::collections::HashSet;

impl Intake<'_> {
    /// Takes in what a patient's links say.
    pub(super) fn learn(&mut self, resource: &Resource) -> Result<(), MergeError> {
        let merges = match resource.merges() {
            Ok(merges) => merges,
            Err(source) => {
                let patient = resource
                    .patient()
                    .map_or_else(|| resource.name(), |own| own.id().to_owned());
                let error = MergeError::Link {
                    patient: patient.clone(),
                    source,
                };
                self.merges.refuse(&patient, &error);
                return Err(error);
            }
        };
        // Each of them is looked at, also where an earlier one is refused.
        let added: Vec<Result<(), MergeError>> = merges.iter().map(|merge| self.merges.add(merge)).collect();
        added.into_iter().collect()
    }

    /// The patient, by the id that is used for them, whose a record is that names this one.
    pub(super) fn current_patient(
        &mut self,
        resource: &Resource,
        patient: &str,
        place: &dyn Fn(&Resource) -> String,
    ) -> Result<String, Fault> {
        let learned = self.learn(resource);
        let current = learned.and_then(|()| Ok(self.merges.current(patient)?.to_owned()));
        let current = current.map_err(|source| Fault::Merge {
            place: place(resource),
            source,
        })?;
        if current != patient {
            self.outcome.report.add(Finding::MergedPatient, || resource.name());
        }
        if resource.is_linked() {
            self.outcome.report.add(Finding::LinkedPatient, || resource.name());
        }
        Ok(current)
    }

    /// Counts the records that count under patients who were replaced, and are under other accounts than who is used instead.
    pub(super) fn count_merged(&mut self) -> Result<(), JournalError> {
        let mut accounts = HashSet::new();
        let all: Vec<(String, String)> = self
            .merges
            .all()
            .map(|(replaced, by)| (replaced.to_owned(), by.to_owned()))
            .collect();
        for (replaced, by) in all {
            accounts.extend(
                self.account_of(&replaced)
                    .filter(|own| Some(*own) != self.account_of(&by)),
            );
        }
        self.outcome.to_refile = self.journal.records_under(&self.options.source, &accounts)?;
        Ok(())
    }

    /// The account of a patient who has a card that can be read.
    fn account_of(&mut self, patient: &str) -> Option<AccountId> {
        self.cards
            .has(patient)
            .then(|| self.cards.account(patient).ok())
            .flatten()
    }

    /// Whether accounts are all of patients whose charts go on in that of a patient.
    pub(super) fn are_merged_into(&mut self, accounts: &HashSet<AccountId>, patient: &str) -> bool {
        let merged: Vec<String> = self.merges.merged_into(patient).map(str::to_owned).collect();
        let merged: HashSet<AccountId> = merged.iter().filter_map(|patient| self.account_of(patient)).collect();
        accounts.is_subset(&merged)
    }
}
