//! What a patient owes after epochs have moved on: new public keys before the published ones run out, and new splits of the
//! grants that stand, so that their grantees open what is filed from then on.
//!
//! The contract moves the epochs of a revoked permit's slots by itself. Those of a permit that ended by its own time move
//! with the patient's next act. A split never has a key of an epoch above the current one: whoever is revoked would else
//! hold the future.

use super::{EnrolError, GrantError, Patient, holders::Holders};
use crate::{
    chain::{CallError, Chain, ChainError, Contracts, Head, Receipt},
    deployment::Aegle,
    proxies::ProxyFault,
    remote::{RemoteError, Transport},
};
use aegle_crypto::delegation::{SlotSecret, Split, SplitInput, split};
use aegle_protocol::{
    delegation::{SplitAnchor, SplitEndorsement, SplitError, SplitSignature},
    keys::EPOCHS_PUBLISHED,
    random::SystemRandom,
    wire::{GrantSplit, HeldGrant},
};
use aegle_rules::{
    GrantId, SLOTS, Slot, Slots, Timestamp,
    consent::{self, Call, ConsentError, Control, Effect, Grantee, SlotEpochs, Terms},
};
use futures_util::future::join_all;

/// The epochs of a slot that are used up when new public keys are published: a quarter of them is left for revocations
/// that come while the patient is away.
const RENEWED_AFTER: u16 = EPOCHS_PUBLISHED / 4 * 3;

/// What was brought up to date.
#[derive(Debug, Default)]
pub struct Settled {
    /// Slots whose epochs were moved on, because permits over them had ended.
    pub moved: Slots,
    /// Whether new public keys were published.
    pub published: bool,
    /// Grants that were split again.
    pub split_again: Vec<GrantId>,
    /// Grants that were not: their grantees open nothing that is filed from now on, until this is done again.
    pub waiting: Vec<Waiting>,
    /// Proxies of grants that were split again that have not taken their shares, while enough others have. This brings them
    /// when it is done again.
    pub undelivered: Vec<Undelivered>,
}

/// A proxy that has not taken its share of a grant.
#[derive(Debug)]
pub struct Undelivered {
    /// The grant.
    pub grant: GrantId,
    /// The proxy, and why it has not.
    pub fault: ProxyFault,
}

/// A grant that waits for its keys to be split again.
#[derive(Debug)]
pub struct Waiting {
    /// The grant.
    pub grant: GrantId,
    /// Why it waits.
    pub reason: GrantError,
}

/// The reason why nothing could be brought up to date.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettleError {
    /// The indexer refused.
    #[error(transparent)]
    Indexer(#[from] RemoteError),
    /// The chain did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The epochs were not moved on.
    #[error("moving the epochs on: {0}")]
    Epochs(#[from] CallError<ConsentError>),
    /// The keys were not published.
    #[error(transparent)]
    Publish(#[from] EnrolError),
}

/// A grant that ended, and what came of the others.
#[derive(Debug)]
pub struct Ended {
    /// The receipt of the revocation: from its block on, nothing is shown by the grant.
    pub receipt: Receipt,
    /// What was brought up to date, or why nothing was: the revocation counts either way.
    pub settled: Result<Settled, SettleError>,
}

impl Patient {
    /// Revokes a grant, and splits the keys of the others again, whose slots have moved on with it.
    ///
    /// # Errors
    /// The contract refuses, or the chain does not answer. What fails afterwards is in [`Ended::settled`].
    pub async fn end<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        id: GrantId,
        grantee: Grantee,
    ) -> Result<Ended, CallError<ConsentError>> {
        let receipt = self.revoke(aegle, id, grantee).await?;
        let settled = self.settle(aegle).await;
        Ok(Ended { receipt, settled })
    }

    /// Brings up to date what moved epochs have left behind: moves the epochs of slots whose permits have ended by
    /// themselves, publishes new public keys before the others run out, and splits the keys of every grant that stands and
    /// lacks one. May be called at any time, and again.
    ///
    /// # Errors
    /// See [`SettleError`]; what fails for one grant alone is in [`Settled::waiting`].
    pub async fn settle<C: Chain, T: Transport>(&self, aegle: &Aegle<'_, C, T>) -> Result<Settled, SettleError> {
        let head = aegle.chain.finalized().await?;
        let held = aegle.indexer.held_grants(self.key(), self.account()).await?;
        let (ended, standing): (Vec<_>, Vec<_>) = held.into_iter().partition(|grant| grant.until <= head.timestamp);
        let mut settled = Settled {
            moved: Slots(ended.iter().fold(0, |slots, grant| slots | grant.unmoved)),
            ..Settled::default()
        };
        if !settled.moved.is_empty() {
            self.act(aegle, Call::AdvanceEpochs { slots: settled.moved }).await?;
        }
        let head = aegle.chain.finalized().await?;
        let epochs = aegle.epochs(&head, self.account()).await?;
        let control = aegle.control(&head, self.account()).await?;
        settled.published = self.renew(aegle, &head, &epochs).await?;
        for grant in standing {
            match self.split_again(aegle, &head, &epochs, &control, &grant).await {
                Ok(Some(faults)) => {
                    settled.split_again.push(grant.grant);
                    let grant = grant.grant;
                    let undelivered = faults.into_iter().map(|fault| Undelivered { grant, fault });
                    settled.undelivered.extend(undelivered);
                }
                Ok(None) => {}
                Err(reason) => settled.waiting.push(Waiting {
                    grant: grant.grant,
                    reason,
                }),
            }
        }
        Ok(settled)
    }

    /// Publishes new keys when those of a slot are about to run out, or are not at the indexer.
    async fn renew<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        head: &Head,
        epochs: &SlotEpochs,
    ) -> Result<bool, SettleError> {
        let Some(entry) = aegle.directory(head, self.account()).await? else {
            return Ok(false);
        };
        let published = match aegle.indexer.keys(self.key(), &self.account(), &epochs.epochs).await {
            Ok(answer) => answer
                .verify(&entry.bundle, &aegle.bound_to(), &self.account(), epochs)
                .ok(),
            Err(RemoteError::NotFound) => None,
            Err(error) => return Err(error.into()),
        };
        let lasts = published.is_some_and(|keys| {
            let first = keys.bundle().first_epochs;
            let used = epochs.epochs.iter().zip(first);
            used.into_iter()
                .all(|(epoch, first)| epoch.saturating_sub(first) < RENEWED_AFTER)
        });
        if lasts {
            return Ok(false);
        }
        self.publish_keys(aegle, head, epochs).await?;
        Ok(true)
    }

    /// Splits the keys of a grant again when its split lacks one of an epoch that its slots have had, was signed by a key that
    /// controls the account no more, or when one of its proxies has another split. Returns the proxies that have not taken
    /// theirs; `None` if nothing was to be done.
    async fn split_again<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        head: &Head,
        epochs: &SlotEpochs,
        control: &Control,
        held: &HeldGrant,
    ) -> Result<Option<Vec<ProxyFault>>, GrantError> {
        let message = consent::messages::Grants {
            patient: self.account(),
            grantee: Grantee::Account(held.grantee),
        };
        let granted = aegle.chain.read(head.hash, aegle.contracts.consent, &message).await?;
        let terms = granted.into_iter().find(|(id, _)| *id == held.grant);
        // One that the indexer has not yet heard the end of, or one without keys.
        let Some((_, terms)) = terms.filter(|(_, terms)| terms.effect == Effect::Permit && terms.threshold > 0) else {
            return Ok(None);
        };
        let secrets = self.slot_secrets(aegle.contracts, terms.slots, epochs);
        let (deployment, patient) = (aegle.bound_to(), self.account());
        let anchor = SplitAnchor {
            deployment: &deployment,
            patient: &patient,
            grant: held.grant,
            on_chain: &terms.split,
            control,
        };
        let held_splits = self.splits_held(aegle, head, &anchor, &terms, &secrets).await?;
        if held_splits.are_whole {
            return Ok(None);
        }
        // Where the parts of the first split were never taken, they are gone with their randomness.
        let version = held_splits.latest.max(super::FIRST_SPLIT).saturating_add(1);
        let holders = self.holders_again(aegle, held.grantee, &terms).await?;
        let parts = self.split_for(held.grant, version, &holders, &secrets)?;
        let at = head.timestamp;
        let payload = anchor.payload(version, at, parts.split.commitment());
        let signature = SplitSignature(self.key().sign(payload.as_bytes()));
        let endorsement = SplitEndorsement { at, signature };
        self.put_parts(aegle, &parts, holders, Some(endorsement))
            .await
            .map(Some)
    }

    /// Asks the indexer and the proxies of a grant which split of its keys they have. A proxy that does not answer is left
    /// out: it is asked when this is done again.
    async fn splits_held<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        head: &Head,
        anchor: &SplitAnchor<'_>,
        terms: &Terms,
        secrets: &[SlotSecret],
    ) -> Result<HeldSplits, GrantError> {
        let now = head.timestamp;
        let (key, patient, grant) = (self.key(), self.account(), anchor.grant);
        let own = match aegle.indexer.grant(key, &patient, grant).await {
            Ok(found) => Some(found),
            Err(RemoteError::NotFound) => None,
            Err(error) => return Err(error.into()),
        };
        let mut held = HeldSplits {
            latest: own.as_ref().map_or(0, |own| own.document.version),
            are_whole: own
                .as_ref()
                .map_or(Ok(false), |own| is_whole(own, anchor, secrets, now))?,
        };
        let operators = aegle.proxy_operators(head).await?;
        let others = aegle.proxies.iter().filter(|server| {
            let number = operators.number_of(server.account());
            number.is_some_and(|number| terms.proxies.contains(number.into()))
        });
        let indexers = held.latest;
        for there in join_all(others.map(|server| server.grant(key, &patient, grant))).await {
            match there {
                // What a server makes up counts as nothing: the patient has signed every split.
                Ok(there) if there.verify(anchor).is_ok() => {
                    let is_current = anchor.is_of_controller(there.endorsement.as_ref(), now);
                    held.are_whole &= is_current && there.document.version == indexers;
                    held.latest = held.latest.max(there.document.version);
                }
                Ok(_) | Err(RemoteError::NotFound) => held.are_whole = false,
                Err(_) => {}
            }
        }
        Ok(held)
    }

    /// Derives the secrets of slots, in every epoch up to the current one, in rising order.
    pub(super) fn slot_secrets(&self, contracts: &Contracts, slots: Slots, epochs: &SlotEpochs) -> Vec<SlotSecret> {
        let own = (0..SLOTS).map(Slot).filter(|slot| slots.contains(*slot));
        let keys = own.flat_map(|slot| {
            let current = epochs.epochs[usize::from(slot.0)];
            (0..=current).map(move |epoch| (slot, epoch))
        });
        keys.map(|(slot, epoch)| self.master().slot_secret(&contracts.genesis, slot, epoch))
            .collect()
    }

    /// Splits keys between the grantee and the proxies.
    pub(super) fn split_for(
        &self,
        grant: GrantId,
        version: u32,
        holders: &Holders,
        secrets: &[SlotSecret],
    ) -> Result<Split, GrantError> {
        let input = SplitInput {
            grant,
            version,
            threshold: holders.threshold,
            proxies: holders.accounts(),
            delegatee: true,
        };
        Ok(split(input, secrets, &mut SystemRandom)?)
    }
}

/// What the servers have of the splits of a grant.
struct HeldSplits {
    /// The latest that one of them has; 0 for none.
    latest: u32,
    /// Whether the indexer has every key, and no proxy that answers another split.
    are_whole: bool,
}

/// Returns whether a split is verified and has every key, and is of who controls the account now.
fn is_whole(
    found: &GrantSplit,
    anchor: &SplitAnchor<'_>,
    secrets: &[SlotSecret],
    now: Timestamp,
) -> Result<bool, GrantError> {
    let split = match found.verify(anchor) {
        Ok(split) if anchor.is_of_controller(found.endorsement.as_ref(), now) => split,
        // Signed by a key that was replaced since.
        Ok(_) | Err(SplitError::Signature(_)) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    let has = |secret: &SlotSecret| split.slot(secret.slot(), secret.epoch()).is_some();
    Ok(secrets.iter().all(has))
}
