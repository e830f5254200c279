//! Whether a patient's consents, as they were collected, are all that there are.

use super::{Dated, History};
use crate::{
    chain::{Chain, ChainError, Head},
    committee::blake2_256,
    deployment::OnChain,
};
use aegle_rules::{
    AccountId,
    consent::{HistoryHash, events::Event, history::consenting, messages::HistoryOf},
};

/// The reason why a collection of events is not a patient's whole history of consent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IncompleteError {
    /// Events are missing, or there are some too many.
    #[error(
        "{found} events about the patient's consent were found, and the chain has counted {told}: {}",
        if .found < .told { "some are left out; read from the contracts' first block, by a node that has all blocks" }
        else { "some were added" }
    )]
    Count {
        /// How many were found.
        found: u32,
        /// How many the contract told.
        told: u32,
    },
    /// One of them is not what the contract told, or they are in another order.
    #[error(
        "the {0} events about the patient's consent are not those that the chain has hashed: one was changed or moved"
    )]
    Changed(u32),
    /// The chain did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// Returns the events about a patient's consent, in order.
pub fn consents(history: &History, patient: AccountId) -> impl Iterator<Item = (&Dated, &Event)> {
    history
        .consent()
        .filter(move |(_, event)| consenting(event) == Some(patient))
}

/// Proves that a history up to a block has all that was told of a patient's consent, unchanged and in order: the contract
/// keeps a running hash of it.
///
/// # Errors
/// See [`IncompleteError`].
pub async fn prove_complete<C: Chain>(
    aegle: &OnChain<'_, C>,
    head: &Head,
    history: &History,
    patient: AccountId,
) -> Result<HistoryHash, IncompleteError> {
    let message = HistoryOf { patient };
    let told = aegle.chain.read(head.hash, aegle.contracts.consent, &message).await?;
    let events = history.consent().map(|(_, event)| event);
    compare(HistoryHash::of(patient, events, blake2_256), told)
}

fn compare(found: HistoryHash, told: HistoryHash) -> Result<HistoryHash, IncompleteError> {
    if found.events != told.events {
        return Err(IncompleteError::Count {
            found: found.events,
            told: told.events,
        });
    }
    if found != told {
        return Err(IncompleteError::Changed(told.events));
    }
    Ok(told)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aegle_rules::Hash;

    #[test]
    fn another_number_or_another_hash_is_no_whole_history() {
        let of = |events, byte| HistoryHash {
            events,
            hash: Hash([byte; 32]),
        };
        assert!(compare(of(3, 1), of(3, 1)).is_ok());
        let fewer = compare(of(2, 1), of(3, 1));
        assert!(matches!(fewer, Err(IncompleteError::Count { found: 2, told: 3 })));
        assert!(fewer.is_err_and(|error| error.to_string().contains("left out")));
        assert!(compare(of(4, 1), of(3, 1)).is_err_and(|error| error.to_string().contains("added")));
        assert!(matches!(compare(of(3, 2), of(3, 1)), Err(IncompleteError::Changed(3))));
    }
}
