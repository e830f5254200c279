//! What is still to be done on chain for records that are sealed.

use super::{
    ACTIONS, ACTIONS_AT_ONCE, History, IDENTITIES, Identity, Journal, JournalError, RELABELS, Standing, decoded,
};
use crate::{custodian::Opening, fhir::Version};
use aegle_protocol::record::RecordId;
use aegle_rules::ledger::{ErasureReason, RecordPosition};
use redb::{ReadableTable, WriteTransaction};
use scale::{Decode, Encode};

/// The ground on which a record is erased that was under the wrong patient.
pub(crate) const MISFILED: ErasureReason = ErasureReason::EnteredInError;
/// The ground on which a record is erased whose labels rose: it is no longer needed, since a copy that is withheld more
/// takes its place.
pub(super) const WITHDRAWN: ErasureReason = ErasureReason::RetentionEnded;

/// Something to be done on chain. It may be done again.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Action {
    /// A record is superseded.
    Supersede {
        /// Its resource.
        identity: Identity,
        /// The record.
        record: RecordPosition,
        /// What takes its place.
        by: RecordPosition,
    },
    /// A record is erased.
    Erase {
        /// Its resource.
        identity: Identity,
        /// The record.
        record: RecordPosition,
        /// Why.
        reason: ErasureReason,
    },
    /// A record was under the wrong patient: it is erased, and who had opened it is asked.
    Refile {
        /// Its resource.
        identity: Identity,
        /// The record.
        record: RecordPosition,
        /// Its name.
        name: RecordId,
        /// What is of the right patient.
        by: RecordPosition,
    },
}

impl Action {
    /// Returns the resource whose record the action is about.
    pub fn identity(&self) -> &Identity {
        match self {
            Self::Supersede { identity, .. } | Self::Erase { identity, .. } | Self::Refile { identity, .. } => identity,
        }
    }

    /// Returns the record that the action is about.
    pub fn record(&self) -> RecordPosition {
        match self {
            Self::Supersede { record, .. } | Self::Erase { record, .. } | Self::Refile { record, .. } => *record,
        }
    }
}

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

pub(super) fn put_history(
    transaction: &WriteTransaction,
    identity: &Identity,
    history: &History,
) -> Result<(), redb::Error> {
    let mut table = transaction.open_table(IDENTITIES)?;
    table.insert(identity.encode().as_slice(), history.encode().as_slice())?;
    Ok(())
}

pub(super) fn put_actions(transaction: &WriteTransaction, actions: &[Action]) -> Result<(), redb::Error> {
    let mut table = transaction.open_table(ACTIONS)?;
    let last = table.last()?.map(|(number, _)| number.value());
    for (number, action) in (last.map_or(0, |last| last + 1)..).zip(actions) {
        table.insert(number, action.encode().as_slice())?;
    }
    Ok(())
}
