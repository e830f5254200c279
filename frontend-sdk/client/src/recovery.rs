//! Who acts for a patient, and the recovery key, which takes back what a thief or careless guardians want.
//!
//! A patient is an account for ever, and the key that controls it may be lost. Guardians replace it, which takes three days;
//! in that time, whoever has the recovery key may veto. It follows from a phrase on paper, for the moment in which it is used: a
//! device that has the patient's keys must not have this one, and keeps its account alone.

use crate::{
    account::AccountKey,
    chain::{CallError, Chain, ChainError, Receipt},
    deployment::OnChain,
    refusal,
    relayer::{self, SIGNED_MS},
};
use aegle_crypto::seed::Seed;
use aegle_rules::{
    AccountId,
    consent::{
        Change, ConsentError, Control, RecoveryAct, SignedAct,
        messages::{ControlOf, GuardianChange, GuardianNonce, RelayedCall},
    },
    relay::Relayed,
};

/// The reason why a recovery key did nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecoveryError {
    /// The patient has another recovery key, or none.
    #[error("these words are not the recovery key of {patient}, {}", match .recovery {
        Some(_) => "which has another one",
        None => "which has none",
    })]
    OtherKey {
        /// The patient.
        patient: AccountId,
        /// The patient's recovery key.
        recovery: Option<AccountId>,
    },
    /// The contract refused, or the chain.
    #[error("{}", refusal::told(.0, refusal::consent))]
    Contract(#[from] CallError<ConsentError>),
    /// The chain did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// A recovery key. Its memory is cleared when it is dropped.
pub struct RecoveryKey(AccountKey);

impl RecoveryKey {
    /// Derives the recovery key of a phrase.
    pub fn of(seed: &Seed) -> Self {
        Self(AccountKey::from_seed(&seed.recovery_key()))
    }

    /// Returns the account that is named on chain: the key's public part.
    pub fn account(&self) -> AccountId {
        self.0.account()
    }
}

/// Reads who acts for a patient.
///
/// # Errors
/// The chain does not answer.
pub async fn control_of<C: Chain>(aegle: &OnChain<'_, C>, patient: AccountId) -> Result<Control, ChainError> {
    let head = aegle.chain.finalized().await?;
    let message = ControlOf { patient };
    aegle.chain.read(head.hash, aegle.contracts.consent, &message).await
}

/// Reads who is to follow a patient's guardians; `None` if nobody waits.
///
/// # Errors
/// The chain does not answer.
pub async fn guardian_change<C: Chain>(
    aegle: &OnChain<'_, C>,
    patient: AccountId,
) -> Result<Option<Change>, ChainError> {
    let head = aegle.chain.finalized().await?;
    let message = GuardianChange { patient };
    aegle.chain.read(head.hash, aegle.contracts.consent, &message).await
}

/// Sends an act that a patient's recovery key signs, in a transaction that `payer` pays: the recovery key needs no
/// tokens.
///
/// # Errors
/// See [`RecoveryError`].
pub async fn recover<C: Chain>(
    aegle: &OnChain<'_, C>,
    payer: &AccountKey,
    recovery: &RecoveryKey,
    patient: AccountId,
    act: RecoveryAct,
) -> Result<Receipt, RecoveryError> {
    let key = &recovery.0;
    let named = control_of(aegle, patient).await?.recovery;
    if named != Some(key.account()) {
        return Err(RecoveryError::OtherKey {
            patient,
            recovery: named,
        });
    }
    let relayed = sign(aegle, key, SignedAct::Recovery { patient, act }).await?;
    let message = RelayedCall { relayed };
    let called = aegle.chain.call(payer, aegle.contracts.consent, &message).await;
    Ok(called.map(|((), receipt)| receipt)?)
}

/// Signs an act of a guardian or a recovery key, for somebody else to submit within the hour.
///
/// # Errors
/// The chain does not answer.
pub async fn sign<C: Chain>(
    aegle: &OnChain<'_, C>,
    key: &AccountKey,
    act: SignedAct,
) -> Result<Relayed<SignedAct>, ChainError> {
    let (head, contract) = (aegle.chain.finalized().await?, aegle.contracts.consent);
    let message = GuardianNonce { account: key.account() };
    let nonce = aegle.chain.read(head.hash, contract, &message).await?;
    let expires = head.timestamp.saturating_add(SIGNED_MS);
    let genesis = &aegle.contracts.genesis;
    Ok(relayer::sign(key, genesis, &contract, act, nonce, expires))
}
