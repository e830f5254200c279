//! Refiling: records that were sealed to the wrong patient are sealed to the right one, and erased where they were.
//!
//! A record is under the wrong patient because the system that it is from named the wrong one, or because charts were merged
//! since. In both cases the input says who is right, and whoever runs it says which records: an input that happens to have
//! the ids of another system moves nothing.

use super::{Event, Fault, Intake, IntakeError, Outcome, Refiling, Sources, open::Of};
use crate::{
    fhir::{Age, Resource},
    native::journal::{History, Identity},
};
use aegle_rules::{AccountId, ledger::RecordPosition};
use std::collections::HashSet;

/// What becomes of a resource of the input.
pub(super) enum Refile {
    /// It is sealed to its patient, and takes the place of these.
    Move(Vec<RecordPosition>),
    /// It is none of those that are refiled.
    PassOver,
    /// It is under its patient already.
    Known,
}

impl Intake<'_> {
    /// Finishes what stands, then refiles what of the input is sealed to another patient than the one whose it is. Nothing
    /// else of the input is taken in, and nothing is deleted. `watch` is called at each step.
    ///
    /// # Errors
    /// See [`IntakeError`]. What was begun stands in the journal, and the next run finishes it.
    pub async fn refile(
        mut self,
        sources: Sources,
        refiling: Refiling,
        watch: &mut dyn FnMut(Event<'_>),
    ) -> Result<Outcome, IntakeError> {
        self.refiling = Some(refiling);
        self.take_all(sources, watch).await?;
        let refiling = self.refiling.take().unwrap_or_default();
        for (kind, id) in refiling.records.difference(&refiling.found) {
            self.fault(Fault::NotFound(format!("{kind}/{id}")), watch)?;
        }
        Ok(self.outcome)
    }

    /// What becomes of a resource, in a run that refiles.
    pub(super) fn refiled(
        &mut self,
        identity: &Identity,
        history: &History,
        patient: &str,
        account: AccountId,
        resource: &Resource,
        place: &dyn Fn(&Resource) -> String,
    ) -> Result<Refile, Fault> {
        let name = (identity.resource_type.clone(), identity.id.clone());
        let refiling = self.refiling.as_ref();
        let is_named = refiling.is_some_and(|refiling| refiling.records.contains(&name));
        let merged = refiling.is_some_and(|refiling| refiling.merged);
        let others: HashSet<AccountId> = history.of_others(account).map(|held| held.patient).collect();
        let is_of_merged = merged && !others.is_empty() && self.are_merged_into(&others, patient);
        // An input that still has the wrong patient moves nothing back.
        let is_undone = history.was_refiled(resource.content_hash(), account);
        if is_undone || !(is_named || is_of_merged) {
            return Ok(Refile::PassOver);
        }
        if let Some(refiling) = self.refiling.as_mut().filter(|_| is_named) {
            refiling.found.insert(name);
        }
        if others.is_empty() {
            let known = history.current().next();
            return known
                .map(|_| Refile::Known)
                .ok_or_else(|| Fault::NotSealed { place: place(resource) });
        }
        let server = Of {
            patient: None,
            server: resource.server(),
        };
        if let Some(other) = server.other(history) {
            let place = place(resource);
            return Err(Fault::OtherSystem { place, other });
        }
        let version = resource.version();
        if history
            .of_others(account)
            .any(|held| version.beside(&held.version) == Age::Older)
        {
            return Err(Fault::OlderVersion { place: place(resource) });
        }
        let current = history.current().filter(|held| held.patient != account);
        Ok(Refile::Move(current.map(|held| held.place).collect()))
    }
}
