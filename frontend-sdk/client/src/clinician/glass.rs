//! Break-glass: emergency access to a patient's records, and its review by the clinician's organisation.
//!
//! It lets the clinician search and see which records there are. It opens none, for no key was split for it; a patient who
//! wants emergencies to open records grants `BTG` or `ETREAT` ahead.

use crate::{
    account::AccountKey,
    chain::{CallError, Chain, ChainError, Receipt},
    deployment::OnChain,
    patient::fresh_salt,
    refusal::{self, RoleProblem, role_problem},
};
use aegle_protocol::commitment::{DocumentSalt, document_commitment};
use aegle_rules::{
    AccountId, Purposes, Timestamp,
    consent::{
        ConsentError, Glass, Unreviewed, Verdict,
        messages::{BreakGlass, BreakerOf, GlassOf, Review},
    },
};

/// A glass that was broken.
#[derive(Clone, Debug)]
pub struct Broken {
    /// From when until when, and why.
    pub glass: Glass,
    /// First millisecond at which its review is overdue.
    pub review_by: Timestamp,
    /// The salt of the reason's hash: keep it with the reason.
    pub salt: DocumentSalt,
    /// The receipt of the transaction.
    pub receipt: Receipt,
}

/// A review that stands.
#[derive(Clone, Debug)]
pub struct Reviewed {
    /// What was reviewed.
    pub glass: Unreviewed,
    /// The salt of the hash of the reviewer's reasons: keep it with them.
    pub salt: DocumentSalt,
    /// The receipt of the transaction.
    pub receipt: Receipt,
}

/// The reason why a glass is not broken, or not reviewed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GlassError {
    /// The account's role does not allow it.
    #[error(transparent)]
    Role(#[from] RoleProblem),
    /// Nothing of that clinician waits for review there.
    #[error(
        "no emergency access of {clinician} to {patient} waits for review: `aegle review --list` shows those that do"
    )]
    NothingToReview {
        /// Who would have broken it.
        clinician: AccountId,
        /// Whose records.
        patient: AccountId,
    },
    /// The contract refused, or the chain.
    #[error("{}", refusal::told(.0, refusal::consent))]
    Contract(#[from] CallError<ConsentError>),
    /// The chain did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// Breaks the glass: opens a patient's records to a clinician for a few hours, of which the patient's log tells at once and
/// which the clinician's organisation must review. `reason` is a code of the consortium's own list; the chain gets a salted
/// hash of `why`.
///
/// # Errors
/// See [`GlassError`].
pub async fn break_glass<C: Chain>(
    aegle: &OnChain<'_, C>,
    key: &AccountKey,
    patient: AccountId,
    reason: u8,
    why: &str,
) -> Result<Broken, GlassError> {
    break_glass_with_salt(aegle, key, patient, reason, why, fresh_salt()).await
}

/// Breaks the glass as [`break_glass`] does, with a salt that the caller has drawn and keeps: where it is not known what became
/// of the transaction, `why` can still be shown to be that of the hash on chain.
///
/// # Errors
/// See [`GlassError`].
pub async fn break_glass_with_salt<C: Chain>(
    aegle: &OnChain<'_, C>,
    key: &AccountKey,
    patient: AccountId,
    reason: u8,
    why: &str,
    salt: DocumentSalt,
) -> Result<Broken, GlassError> {
    let clinician = key.account();
    let head = aegle.chain.finalized().await?;
    if let Some(problem) = role_problem(aegle, &head, clinician, Purposes::BTG).await? {
        return Err(problem.into());
    }
    let message = BreakGlass {
        patient,
        reason,
        note: document_commitment(why.as_bytes(), &salt),
    };
    let consent = aegle.contracts.consent;
    let (_, receipt) = aegle.chain.call(key, consent, &message).await?;
    let lost = || CallError::Refused(ConsentError::UnknownGlass);
    let glass = GlassOf { patient, clinician };
    let glass = aegle
        .chain
        .read(receipt.block_hash, consent, &glass)
        .await?
        .ok_or_else(lost)?;
    let breaker = aegle
        .chain
        .read(receipt.block_hash, consent, &BreakerOf { clinician })
        .await?;
    let of_it = |waiting: &&Unreviewed| waiting.patient == patient && waiting.opened_at == glass.opened_at;
    let review_by = breaker.unreviewed.iter().find(of_it).ok_or_else(lost)?.review_by;
    Ok(Broken {
        glass,
        review_by,
        salt,
        receipt,
    })
}

/// What is reviewed, and what was found.
#[derive(Clone, Copy, Debug)]
pub struct Finding<'a> {
    /// Whose records were opened.
    pub patient: AccountId,
    /// Who opened them.
    pub clinician: AccountId,
    /// When; the oldest that waits where it is not said.
    pub opened_at: Option<Timestamp>,
    /// Whether it was right.
    pub verdict: Verdict,
    /// The reasons, of which the chain gets a salted hash.
    pub why: &'a str,
}

/// Reviews an emergency access, as an admin of the clinician's organisation.
///
/// # Errors
/// See [`GlassError`].
pub async fn review<C: Chain>(
    aegle: &OnChain<'_, C>,
    key: &AccountKey,
    finding: &Finding<'_>,
) -> Result<Reviewed, GlassError> {
    review_with_salt(aegle, key, finding, fresh_salt()).await
}

/// Reviews an emergency access as [`review`] does, with a salt that the caller has drawn and keeps: where it is not known what
/// became of the transaction, the reasons can still be shown to be those of the hash on chain.
///
/// # Errors
/// See [`GlassError`].
pub async fn review_with_salt<C: Chain>(
    aegle: &OnChain<'_, C>,
    key: &AccountKey,
    finding: &Finding<'_>,
    salt: DocumentSalt,
) -> Result<Reviewed, GlassError> {
    let Finding { patient, clinician, .. } = *finding;
    let head = aegle.chain.finalized().await?;
    if let Some(problem) = role_problem(aegle, &head, key.account(), Purposes::NONE).await? {
        return Err(problem.into());
    }
    let consent = aegle.contracts.consent;
    let breaker = aegle.chain.read(head.hash, consent, &BreakerOf { clinician }).await?;
    let is_meant = |glass: &Unreviewed| {
        glass.patient == patient && finding.opened_at.is_none_or(|opened_at| opened_at == glass.opened_at)
    };
    let glass = breaker.unreviewed.into_iter().find(is_meant);
    let glass = glass.ok_or(GlassError::NothingToReview { clinician, patient })?;
    let message = Review {
        patient,
        clinician,
        opened_at: glass.opened_at,
        verdict: finding.verdict,
        note: document_commitment(finding.why.as_bytes(), &salt),
    };
    let (_, receipt) = aegle.chain.call(key, consent, &message).await?;
    Ok(Reviewed { glass, salt, receipt })
}
