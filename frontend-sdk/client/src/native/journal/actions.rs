//! What is still to be done: read, remembered, and done.

use super::{
    ACTIONS, ACTIONS_AT_ONCE, Action, Identity, Journal, JournalError, RELABELS, Standing,
    action::{WITHDRAWN, put_actions, put_history},
    decoded,
};
use crate::{custodian::Opening, fhir::Version};
use aegle_rules::ledger::{ErasureReason, RecordPosition};

impl Journal {
    /// Reads the next actions from a number on, in order, with their numbers.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub fn actions(&self, from: u64) -> Result<Vec<(u64, Action)>, JournalError> {
        let found = self.read(|transaction| {
            let table = transaction.open_table(ACTIONS)?;
            let mut found = Vec::new();
            for entry in table.range(from..)?.take(ACTIONS_AT_ONCE) {
                let (number, action) = entry?;
                found.push((number.value(), action.value().to_vec()));
            }
            Ok(found)
        })?;
        let action = |(number, bytes): (u64, Vec<u8>)| Ok((number, decoded(&bytes, "an action")?));
        found.into_iter().map(action).collect()
    }

    /// Remembers that an action is done. `opened` are those who had opened a record that was refiled.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub fn done(&self, number: u64, action: &Action, opened: &[Opening]) -> Result<(), JournalError> {
        let line = self.receipts.of_action(self.domain, action, opened);
        self.appended(&[line], |transaction| {
            transaction.open_table(ACTIONS)?.remove(number)?;
            if !matches!(action, Action::Supersede { .. }) {
                transaction.open_table(RELABELS)?.insert(action.record().batch.0, ())?;
            }
            Ok(())
        })
    }

    /// Remembers that records are to be erased which are sealed in a lower class or level than their labels now say.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub fn withdraw(&self, identity: &Identity, places: &[RecordPosition]) -> Result<(), JournalError> {
        let mut history = self.history(identity)?;
        for place in places {
            history.set_standing(*place, Standing::Erased);
        }
        let actions = places.iter().map(|record| Action::Erase {
            identity: identity.clone(),
            record: *record,
            reason: WITHDRAWN,
        });
        let actions: Vec<Action> = actions.collect();
        self.write(|transaction| {
            put_history(transaction, identity, &history)?;
            put_actions(transaction, &actions)
        })
    }

    /// Ends a resource: its versions that are not newer than the deletion are to be erased. Returns how many those are.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub fn end(&self, identity: &Identity, version: &Version, reason: ErasureReason) -> Result<usize, JournalError> {
        let mut history = self.history(identity)?;
        let is_newer = |own: &Version| own.beside(version) == crate::fhir::Age::Newer;
        let ended: Vec<RecordPosition> = history
            .held
            .iter()
            .filter(|held| !held.standing.is_gone() && !is_newer(&held.version))
            .map(|held| held.place)
            .collect();
        let is_told = version.time.is_some() || version.number.is_some();
        if ended.is_empty() && (!is_told || history.ended == Some(*version)) {
            return Ok(0);
        }
        for place in &ended {
            history.set_standing(*place, Standing::Erased);
        }
        // What is older than the deletion, and comes later, does not come back.
        history.ended = Some(*version);
        let actions = ended.iter().map(|record| Action::Erase {
            identity: identity.clone(),
            record: *record,
            reason,
        });
        let actions: Vec<Action> = actions.collect();
        self.write(|transaction| {
            put_history(transaction, identity, &history)?;
            put_actions(transaction, &actions)
        })?;
        Ok(ended.len())
    }
}
