//! Asking a patient for access.
//!
//! The chain gets which purposes, which slots and until when, and a salted hash of the reason. The reason itself goes to
//! the patient by another way, as a [`RequestNote`], which the patient checks against that hash.

use crate::{
    account::AccountKey,
    chain::{CallError, Chain, ChainError, Receipt},
    deployment::OnChain,
    patient::fresh_salt,
    refusal::{self, RoleProblem, role_problem},
};
use aegle_crypto::classes::{Class, ClassMap};
use aegle_protocol::commitment::{DocumentSalt, document_commitment};
use aegle_rules::{
    AccountId, Confidentiality, Hash, Purposes, Slots, Timestamp,
    consent::{
        Ask, ConsentError, Request,
        messages::{RequestAccess, RequestOf, WithdrawRequest},
    },
};
use scale::Encode;
use serde::{Deserialize, Serialize};

/// Longest reason, in bytes.
pub const MAX_WHY_BYTES: usize = 4_096;

/// Why somebody asks, for the patient alone: it is handed over by another way than the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestNote {
    /// Whose records.
    pub patient: AccountId,
    /// Who asks.
    pub requester: AccountId,
    /// The reason in words.
    pub why: String,
    /// The data classes that are asked for; empty for all.
    pub classes: Vec<Class>,
    /// Hides the note behind its hash on chain.
    pub salt: DocumentSalt,
}

/// What is asked for.
#[derive(Clone)]
pub struct AccessRequest<'a> {
    /// Whose records.
    pub patient: AccountId,
    /// For which purposes.
    pub purposes: Purposes,
    /// Over which data classes; all where there is none.
    pub classes: &'a [Class],
    /// Which slots stand for the classes, for who has the patient's map. Without it, all slots are asked for, and the
    /// note says which classes are meant.
    pub map: Option<&'a ClassMap>,
    /// Up to which confidentiality.
    pub confidentiality: Confidentiality,
    /// First millisecond at which the access would end.
    pub until: Timestamp,
    /// The reason in words: at most [`MAX_WHY_BYTES`].
    pub why: &'a str,
}

/// A request that is on chain.
#[derive(Clone, Debug)]
pub struct Requested {
    /// As the contract keeps it, with the time at which it expires.
    pub request: Request,
    /// What the patient needs to see the reason.
    pub note: RequestNote,
    /// The receipt of the transaction.
    pub receipt: Receipt,
}

/// The reason why nothing was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The contract refused, or the chain.
    #[error("{}", refusal::told(.0, refusal::consent))]
    Contract(#[from] CallError<ConsentError>),
    /// The requester's role does not fit the purposes.
    #[error(transparent)]
    Role(#[from] RoleProblem),
    /// The reason is too long, or there is none.
    #[error("the reason has {0} bytes, and 1 to {MAX_WHY_BYTES} are taken: say in words why you ask")]
    Why(usize),
    /// The chain did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

impl RequestNote {
    /// Computes the hash of the note that stands on chain.
    pub fn commitment(&self) -> Hash {
        document_commitment(&(&self.why, &self.classes).encode(), &self.salt)
    }

    /// Returns whether it is the note of a request.
    pub fn is_of(&self, request: &Request) -> bool {
        self.commitment() == request.ask.why
    }
}

/// Asks a patient for access. Whoever asks needs a role that fits every purpose.
///
/// # Errors
/// See [`RequestError`].
pub async fn request<C: Chain>(
    aegle: &OnChain<'_, C>,
    key: &AccountKey,
    asked: &AccessRequest<'_>,
) -> Result<Requested, RequestError> {
    request_with_salt(aegle, key, asked, fresh_salt()).await
}

/// Asks a patient for access as [`request`] does, with a salt that the caller has drawn and keeps: where it is not known what
/// became of the transaction, the reason can still be shown to be that of the hash on chain.
///
/// # Errors
/// See [`RequestError`].
pub async fn request_with_salt<C: Chain>(
    aegle: &OnChain<'_, C>,
    key: &AccountKey,
    asked: &AccessRequest<'_>,
    salt: DocumentSalt,
) -> Result<Requested, RequestError> {
    if asked.why.is_empty() || asked.why.len() > MAX_WHY_BYTES {
        return Err(RequestError::Why(asked.why.len()));
    }
    let (patient, requester) = (asked.patient, key.account());
    let head = aegle.chain.finalized().await?;
    if let Some(problem) = role_problem(aegle, &head, requester, asked.purposes).await? {
        return Err(problem.into());
    }
    let note = RequestNote {
        patient,
        requester,
        why: asked.why.to_owned(),
        classes: asked.classes.to_vec(),
        salt,
    };
    let slots = match asked.map {
        Some(map) if !asked.classes.is_empty() => {
            let classes = asked.classes.iter();
            classes.fold(Slots::default(), |slots, class| slots.with(map.slot(*class)))
        }
        // Which slots are meant, nobody but the patient knows.
        _ => Slots::ALL,
    };
    let ask = Ask {
        purposes: asked.purposes,
        slots,
        confidentiality: asked.confidentiality,
        until: asked.until,
        why: note.commitment(),
    };
    let message = RequestAccess { patient, ask };
    let (_, receipt) = aegle.chain.call(key, aegle.contracts.consent, &message).await?;
    let kept = RequestOf { patient, requester };
    let request = aegle
        .chain
        .read(receipt.block_hash, aegle.contracts.consent, &kept)
        .await?;
    let request = request.ok_or(CallError::Refused(ConsentError::UnknownRequest))?;
    Ok(Requested { request, note, receipt })
}

/// Takes a request back; its deposit comes back too.
///
/// # Errors
/// The contract refuses, or the chain does not answer.
pub async fn withdraw<C: Chain>(
    aegle: &OnChain<'_, C>,
    key: &AccountKey,
    patient: AccountId,
) -> Result<Receipt, CallError<ConsentError>> {
    let message = WithdrawRequest { patient };
    let called = aegle.chain.call(key, aegle.contracts.consent, &message).await;
    called.map(|((), receipt)| receipt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_of_the_request_that_has_its_hash() {
        let note = RequestNote {
            patient: AccountId([1; 32]),
            requester: AccountId([2; 32]),
            why: "a second opinion".into(),
            classes: vec![Class::Laboratory],
            salt: DocumentSalt([3; 32]),
        };
        let ask = Ask {
            purposes: Purposes::TREAT,
            slots: Slots::ALL,
            confidentiality: Confidentiality::Normal,
            until: 7,
            why: note.commitment(),
        };
        let request = Request { ask, expires: 9 };
        assert!(note.is_of(&request));
        let other_reason = RequestNote {
            why: "curiosity".into(),
            ..note.clone()
        };
        let other_classes = RequestNote {
            classes: Vec::new(),
            ..note.clone()
        };
        let other_salt = RequestNote {
            salt: DocumentSalt([4; 32]),
            ..note
        };
        for other in [other_reason, other_classes, other_salt] {
            assert!(!other.is_of(&request), "{other:?}");
        }
    }
}
