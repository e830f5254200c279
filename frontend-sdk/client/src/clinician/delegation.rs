//! Passing on what a patient has granted, and taking it back.
//!
//! What is passed on lets its grantee search, and see which records there are. It opens none: the keys of a grant are
//! split by the patient, whose indexer takes shares from the patient alone, and who passes a grant on knows their own half
//! of the keys only. Whoever should also open records asks the patient ([`requests`](super::requests)).

use crate::{
    account::AccountKey,
    chain::{CallError, Chain, ChainError, Receipt},
    deployment::OnChain,
    patient::fresh_salt,
    refusal::{self, RoleProblem, role_problem},
};
use aegle_protocol::commitment::document_commitment;
use aegle_rules::{
    AccountId, GrantId, Purposes, Slots, Timestamp,
    consent::{
        ConsentError, Effect, Grantee, Parent, Research, Terms,
        events::Event,
        messages::{Delegate, Undelegate},
    },
};

/// What the chain gets a salted hash of in place of a split: that there is none.
const WITHOUT_KEYS: &[u8] = b"aegle/delegated-without-keys/v1";

/// What is passed on; what is `None` is as it was granted.
#[derive(Clone, Copy, Debug)]
pub struct Delegation {
    /// Whose records.
    pub patient: AccountId,
    /// The grant of which a part is passed on: one to the account, or to the organisation that it is an admin of.
    pub grant: GrantId,
    /// To whom.
    pub to: AccountId,
    /// For which purposes.
    pub purposes: Option<Purposes>,
    /// Over which slots.
    pub slots: Option<Slots>,
    /// First millisecond at which it no longer counts.
    pub until: Option<Timestamp>,
    /// Whether it may be passed on again.
    pub delegable: bool,
}

/// Something that was passed on.
#[derive(Clone, Debug)]
pub struct Delegated {
    /// Its number.
    pub id: GrantId,
    /// Its terms.
    pub terms: Terms,
    /// The receipt of the transaction.
    pub receipt: Receipt,
}

/// The reason why nothing was passed on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DelegationError {
    /// The account holds no such grant.
    #[error("you hold no grant {grant} of {patient}: `aegle grant list --patient {patient}` shows what you hold")]
    NoGrant {
        /// Whose records.
        patient: AccountId,
        /// The grant.
        grant: GrantId,
    },
    /// The patient did not let it be passed on.
    #[error("grant {0} may not be passed on: ask the patient for one that may (`aegle grant --delegable`)")]
    NotDelegable(GrantId),
    /// The role of who passes on does not count.
    #[error(transparent)]
    Role(#[from] RoleProblem),
    /// The contract refused, or the chain.
    #[error("{}", refusal::told(.0, refusal::consent))]
    Contract(#[from] CallError<ConsentError>),
    /// The chain did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// Passes on a part of a grant, without keys: its grantee finds records by it and opens none.
///
/// # Errors
/// See [`DelegationError`].
pub async fn delegate<C: Chain>(
    aegle: &OnChain<'_, C>,
    key: &AccountKey,
    delegation: &Delegation,
) -> Result<Delegated, DelegationError> {
    let Delegation { patient, grant, .. } = *delegation;
    let head = aegle.chain.finalized().await?;
    if let Some(problem) = role_problem(aegle, &head, key.account(), Purposes::NONE).await? {
        return Err(problem.into());
    }
    let held = aegle.grants_to(&head, patient, key.account()).await?;
    let found = held.into_iter().find(|(id, _)| *id == grant);
    let (_, parent) = found.ok_or(DelegationError::NoGrant { patient, grant })?;
    if !parent.delegable || parent.effect != Effect::Permit {
        return Err(DelegationError::NotDelegable(grant));
    }
    let purposes = delegation.purposes.unwrap_or(parent.purposes);
    let salt = fresh_salt();
    let terms = Terms {
        grantee: Grantee::Account(delegation.to),
        purposes,
        slots: delegation.slots.unwrap_or(parent.slots),
        until: delegation.until.unwrap_or(parent.until).min(parent.until),
        depth: 0,
        delegable: delegation.delegable,
        research: match purposes.contains(Purposes::HRESCH) {
            true => parent.research,
            false => Research::NONE,
        },
        document: document_commitment(&[], &salt),
        split: document_commitment(WITHOUT_KEYS, &salt),
        ..parent
    };
    let message = Delegate {
        patient,
        parent: Parent {
            grantee: parent.grantee,
            id: grant,
        },
        terms,
    };
    let (id, receipt) = aegle.chain.call(key, aegle.contracts.consent, &message).await?;
    // What a dry run says may have changed by the block that has it; the event tells what it became.
    let told = receipt.told(aegle.contracts.consent, Event::decode);
    let told = told.into_iter().find_map(|event| match event {
        Event::Delegated(event) => Some((event.id, event.terms)),
        _ => None,
    });
    let (id, terms) = told.unwrap_or((id, terms));
    Ok(Delegated { id, terms, receipt })
}

/// Takes back what the account, or its organisation, passed on; what was passed on from that no longer counts either.
///
/// # Errors
/// The contract refuses, or the chain does not answer.
pub async fn undelegate<C: Chain>(
    aegle: &OnChain<'_, C>,
    key: &AccountKey,
    patient: AccountId,
    id: GrantId,
    to: AccountId,
) -> Result<Receipt, CallError<ConsentError>> {
    let message = Undelegate {
        patient,
        id,
        grantee: Grantee::Account(to),
    };
    let called = aegle.chain.call(key, aegle.contracts.consent, &message).await;
    called.map(|((), receipt)| receipt)
}
