//! What messages answer whose calls were relayed: the contracts' `relayed` answers nothing of it.

use crate::chain::{Chain, ChainError, Contracts, Receipt};
use aegle_protocol::wire::RelayedCall;
use aegle_rules::{
    consent::{SignedAct, events::Event},
    consortium::{Call, messages::KeyOf},
};
use scale::Encode;

/// Finds what the message that a call stands for answers, from the receipt of the call; returns its SCALE.
///
/// # Errors
/// The chain does not answer, or the receipt lacks the event.
pub async fn output<C: Chain>(
    chain: &C,
    contracts: &Contracts,
    call: &RelayedCall,
    receipt: &Receipt,
) -> Result<Vec<u8>, ChainError> {
    const VOTE: &str = "the events of a guardian's act";
    match call {
        RelayedCall::Consent(relayed) => match &relayed.call {
            SignedAct::Guardian { .. } => {
                let told = receipt.told(contracts.consent, Event::decode);
                let outcome = told.iter().find_map(|event| match event {
                    Event::GuardianVoted(voted) => Some(voted.outcome),
                    _ => None,
                });
                Ok(done(&outcome.ok_or(ChainError::MissingEvent(VOTE))?))
            }
            _ => Ok(done(&())),
        },
        RelayedCall::Consortium(relayed) => match &relayed.call {
            Call::SetKey { account, .. } => {
                let message = KeyOf { account: *account };
                let entry = chain.read(receipt.block_hash, contracts.consortium, &message).await?;
                let entry = entry.ok_or(ChainError::MissingEvent("KeySet"))?;
                Ok(done(&entry.version))
            }
            _ => Ok(done(&())),
        },
    }
}

/// SCALE of a result that succeeded.
fn done(value: &impl Encode) -> Vec<u8> {
    let mut bytes = vec![0];
    value.encode_to(&mut bytes);
    bytes
}
