//! What is still to be done on chain for records that are sealed.

use super::{
    history::{History, Identity},
    tables::{ACTIONS, IDENTITIES},
};
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
