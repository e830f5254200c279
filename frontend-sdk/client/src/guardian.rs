//! What a guardian does: wanting something done for a patient, together with others.
//!
//! Guardians act as the patient acts on chain: they revoke, decline, deny, and end emergency access. A permit for somebody
//! in particular needs the patient's keys to be split, which guardians do not hold; whoever has an infant's keys acts as
//! the infant.

use crate::{
    account::AccountKey,
    chain::{CallError, Chain, ChainError, Receipt},
    deployment::OnChain,
    patient::fresh_salt,
    refusal,
};
use aegle_protocol::commitment::document_commitment;
use aegle_rules::{
    AccountId, Confidentiality, Hash, Purposes, Slots, Timestamp,
    consent::{
        Acted, Call, ConsentError, Effect, Grantee, Guardians, Proxies, Research, Terms,
        messages::{GuardianAct, GuardiansOf, NextGrant},
    },
};
use scale::{DecodeAll, Encode};

/// Longest call that guardians hand to each other, in bytes.
pub const MAX_CALL_BYTES: usize = 16_384;

/// A guardian's vote, and what came of it.
#[derive(Clone, Debug)]
pub struct Voted {
    /// What came of it.
    pub outcome: Acted,
    /// How many votes it takes.
    pub threshold: u8,
    /// The receipt of the transaction.
    pub receipt: Receipt,
}

/// The reason why a guardian's vote does not count.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GuardianError {
    /// The account is none of the patient's guardians.
    #[error("{guardian} is not a guardian of {patient}")]
    NotGuardian {
        /// Who would act.
        guardian: AccountId,
        /// For whom.
        patient: AccountId,
    },
    /// The contract refused, or the chain.
    #[error("{}", refusal::told(.0, refusal::consent))]
    Contract(#[from] CallError<ConsentError>),
    /// The chain did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The bytes are no call.
    #[error("that is nothing which guardians can do: give exactly what `aegle guardian act` has printed as `call`")]
    NoCall,
}

/// Reads who may act for a patient.
///
/// # Errors
/// The chain does not answer.
pub async fn guardians_of<C: Chain>(aegle: &OnChain<'_, C>, patient: AccountId) -> Result<Guardians, ChainError> {
    let head = aegle.chain.finalized().await?;
    let message = GuardiansOf { patient };
    aegle.chain.read(head.hash, aegle.contracts.consent, &message).await
}

/// Votes for something to be done for a patient; it is done when enough guardians want exactly the same.
///
/// # Errors
/// See [`GuardianError`].
pub async fn act<C: Chain>(
    aegle: &OnChain<'_, C>,
    key: &AccountKey,
    patient: AccountId,
    call: Call,
) -> Result<Voted, GuardianError> {
    let guardians = guardians_of(aegle, patient).await?;
    if !guardians.accounts.contains(&key.account()) {
        return Err(GuardianError::NotGuardian {
            guardian: key.account(),
            patient,
        });
    }
    let message = GuardianAct { patient, call };
    let (outcome, receipt) = aegle.chain.call(key, aegle.contracts.consent, &message).await?;
    Ok(Voted {
        outcome,
        threshold: guardians.threshold,
        receipt,
    })
}

/// Encodes a call, for the other guardians.
pub fn encode(call: &Call) -> Vec<u8> {
    call.encode()
}

/// Reads a call that another guardian has handed over.
///
/// # Errors
/// [`GuardianError::NoCall`].
pub fn decode(bytes: &[u8]) -> Result<Call, GuardianError> {
    if bytes.len() > MAX_CALL_BYTES {
        return Err(GuardianError::NoCall);
    }
    Call::decode_all(&mut &*bytes).map_err(|_| GuardianError::NoCall)
}

/// Makes the call by which a patient denies everything for some purposes to a grantee, under the patient's next number.
///
/// # Errors
/// The chain does not answer.
pub async fn denial<C: Chain>(
    aegle: &OnChain<'_, C>,
    patient: AccountId,
    grantee: Grantee,
    purposes: Purposes,
    until: Timestamp,
) -> Result<Call, ChainError> {
    let head = aegle.chain.finalized().await?;
    let message = NextGrant { patient };
    let id = aegle.chain.read(head.hash, aegle.contracts.consent, &message).await?;
    let terms = Terms {
        effect: Effect::Deny,
        grantee,
        purposes,
        slots: Slots::ALL,
        confidentiality: Confidentiality::VeryRestricted,
        from: head.timestamp,
        until,
        depth: 0,
        delegable: false,
        research: Research::NONE,
        narrowing: None,
        proxies: Proxies::NONE,
        threshold: 0,
        document: document_commitment(&[], &fresh_salt()),
        split: Hash([0; 32]),
    };
    Ok(Call::Grant { id, terms })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_comes_back_whole_or_not_at_all() {
        let call = Call::Decline {
            requester: AccountId([7; 32]),
        };
        let bytes = encode(&call);
        assert_eq!(decode(&bytes).ok(), Some(call));
        for wrong in [
            &bytes[..bytes.len() - 1],
            &[],
            &[bytes.as_slice(), &[0]].concat(),
            &[0xff; MAX_CALL_BYTES + 1],
        ] {
            assert!(matches!(decode(wrong), Err(GuardianError::NoCall)), "{}", wrong.len());
        }
    }
}
