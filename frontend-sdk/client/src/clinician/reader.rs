//! Opening records: what the indexer sends is verified against the chain before anything is decrypted.

use super::content::{Mismatch, mismatches};
use crate::{
    account::AccountKey,
    chain::{Chain, ChainError, Head},
    coding::{self, CodingError},
    deployment::{Aegle, OnChain},
    patient::Patient,
    remote::{RemoteError, Transport},
};
use aegle_crypto::{
    delegation::{CombineError, DelegateeSecrets, MessageKey, open_delegated, open_own},
    record::{Content, OpenError, open_record},
};
use aegle_protocol::{
    delegation::{ShareError, SplitAnchor, SplitError, VerifiedSplit},
    keys::EncryptionSecret,
    record::RecordId,
    wire::{
        OpenAnswerError, OpenRequest, SearchAnswer, SearchRequest, SignedTransform, TransformAnswerError,
        TransformRequest, VerifiedRecord,
    },
};
use aegle_rules::{
    BatchNumber, DomainId, GrantId, Hash, Purposes,
    consent::{self, Decision, Denial, Grantee},
    consortium,
};

/// The most looks at whether the block that the proxy names is finalized in the client's own view.
const MAX_FINALITY_LOOKS: u32 = 50;
/// The pause between two looks, in milliseconds.
const FINALITY_PAUSE_MS: u32 = 200;

/// Somebody who reads records of others: an account and the key to which grants are sealed.
pub struct Reader {
    account: AccountKey,
    encryption: EncryptionSecret,
}

/// A record that was opened and verified.
pub struct Opened {
    /// The decoded content.
    pub content: Content,
    /// The record, as it was anchored.
    pub record: VerifiedRecord,
    /// The search domain of its batch.
    pub domain: DomainId,
    /// Its batch.
    pub batch: BatchNumber,
    /// The grant by which it was opened; `None` for the patient's own.
    pub grant: Option<GrantId>,
    /// What the content does not bear out of what the record was filed as.
    pub mismatches: Vec<Mismatch>,
}

/// The reason why a record is not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpeningError {
    /// Only a broken glass or a base decision permits it, and no key was split for that.
    #[error("the record may be seen, but no key was split for who may see it")]
    NoKeys,
    /// The chain did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The indexer refused.
    #[error(transparent)]
    Indexer(#[from] RemoteError),
    /// The batch that the indexer names was never anchored.
    #[error("batch {batch} of domain {domain} is not on the ledger: the indexer's answer is false")]
    NotAnchored {
        /// The domain.
        domain: DomainId,
        /// The batch.
        batch: BatchNumber,
    },
    /// Row, proof or capsule are not what was anchored.
    #[error("the indexer's answer is false: {0}")]
    Answer(#[from] OpenAnswerError),
    /// The contract does not permit it.
    #[error("the patient's consent does not permit it ({0:?})")]
    Denied(Denial),
    /// The grant that permits is not among the patient's grants.
    #[error("grant {0} is not on chain")]
    NoGrant(GrantId),
    /// The split of the grant's keys is not the one that the chain commits to.
    #[error("the grant's keys: {0}")]
    Split(#[from] SplitError),
    /// The grant was deposited without a part for the grantee.
    #[error("grant {0} has no part for the grantee")]
    NoPart(GrantId),
    /// The grant has no key for the record's slot and epoch.
    #[error(
        "grant {0} has no key for this record: its keys have moved on since, and the patient has not split the grant's again \
         (`aegle grant renew`)"
    )]
    NoSlot(GrantId),
    /// The grantee's part does not open.
    #[error("the grantee's part: {0}")]
    Share(#[from] ShareError),
    /// The proxy's part is false.
    #[error("the proxy's answer is false: {0}")]
    Transform(#[from] TransformAnswerError),
    /// The proxy names a block that is not finalized in this client's view.
    #[error("the proxy names block {0}, which is not finalized")]
    NotFinalized(Hash),
    /// The parts do not combine.
    #[error(transparent)]
    Combine(#[from] CombineError),
    /// Ciphertext and row do not belong together, or the content does not authenticate.
    #[error("the record is damaged: {0}")]
    Content(#[from] OpenError),
    /// The content authenticates, and its author coded it wrongly.
    #[error(transparent)]
    Coding(#[from] CodingError),
}

impl OpeningError {
    /// Returns whether what was received is not what was anchored: somebody or something changed it.
    pub fn is_tampering(&self) -> bool {
        matches!(
            self,
            Self::NotAnchored { .. }
                | Self::Answer(_)
                | Self::Split(_)
                | Self::Share(_)
                | Self::Transform(_)
                | Self::Content(_)
        )
    }
}

/// Keys of a grant, verified.
struct GrantKeys {
    id: GrantId,
    split: VerifiedSplit,
    parts: DelegateeSecrets,
}

impl Reader {
    /// Creates a reader from the key that signs and the key that grants are sealed to.
    pub fn new(account: AccountKey, encryption: EncryptionSecret) -> Self {
        Self { account, encryption }
    }

    /// Returns the account key that signs.
    pub fn key(&self) -> &AccountKey {
        &self.account
    }

    /// Returns the key that grants are sealed to.
    pub fn encryption(&self) -> &EncryptionSecret {
        &self.encryption
    }

    /// Publishes the encryption key in the directory, so that patients can grant to this account.
    ///
    /// # Errors
    /// The contract refuses, or the chain does not answer.
    pub async fn publish<C: Chain>(
        &self,
        aegle: &OnChain<'_, C>,
    ) -> Result<crate::chain::Receipt, crate::chain::CallError<consortium::ConsortiumError>> {
        publish(aegle, &self.account, &self.encryption).await
    }

    /// Sends a search, with tokens from a custodian, to the indexer. Every hit is one that the contract permits.
    ///
    /// # Errors
    /// The indexer refuses.
    pub async fn search<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        request: &SearchRequest,
    ) -> Result<SearchAnswer, RemoteError> {
        aegle.indexer.search(&self.account, request).await
    }

    /// Opens a record for one purpose: verifies its row against the root on chain, finds the grant that permits, has the
    /// proxy do its part, verifies that, combines, and verifies the content.
    ///
    /// # Errors
    /// See [`OpeningError`]; nothing is returned that does not verify to its last byte.
    pub async fn open<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        record: RecordId,
        purpose: Purposes,
    ) -> Result<Opened, OpeningError> {
        let head = aegle.chain.finalized().await?;
        let found = fetch(aegle, &head, &self.account, record, purpose).await?;
        let keys = self.grant_keys(aegle, &head, &found.record, purpose).await?;
        let message_key = self.message_key(aegle, &found.record, &keys, purpose).await?;
        let mut opened = finish(aegle, &self.account, found, &message_key).await?;
        opened.grant = Some(keys.id);
        Ok(opened)
    }

    /// Fetches and verifies the keys of the grant by which the contract permits this record.
    async fn grant_keys<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        head: &Head,
        record: &VerifiedRecord,
        purpose: Purposes,
    ) -> Result<GrantKeys, OpeningError> {
        let patient = record.row().header.patient;
        let message = consent::messages::Check {
            requester: self.account.account(),
            patient,
            purpose,
            facts: record.row().facts(),
            research: consent::Declaration::default(),
            extent: consent::Extent::Open,
            membership: None,
            at: head.timestamp,
        };
        let id = match aegle.chain.read(head.hash, aegle.contracts.consent, &message).await? {
            Decision::Permitted(id) => id,
            Decision::Denied(reason) => return Err(OpeningError::Denied(reason)),
            // The patient opens with their own keys: see `Patient::open`.
            Decision::Own => return Err(OpeningError::Denied(Denial::NoGrant)),
            Decision::Glass | Decision::Representative | Decision::Jurisdiction(_) => return Err(OpeningError::NoKeys),
        };
        let grants = aegle.grants_to(head, patient, self.account.account()).await?;
        let granted = grants.into_iter().find(|(grant, _)| *grant == id);
        let (_, terms) = granted.ok_or(OpeningError::NoGrant(id))?;
        if terms.grantee == Grantee::Anyone {
            return Err(OpeningError::NoKeys);
        }
        let deposited = aegle.indexer.grant(&self.account, &patient, id).await?;
        let split = deposited.verify(&SplitAnchor {
            deployment: &aegle.bound_to(),
            patient: &patient,
            grant: id,
            on_chain: &terms.split,
        })?;
        let part = deposited.delegatee.ok_or(OpeningError::NoPart(id))?;
        let parts = DelegateeSecrets::open(&part, &self.encryption, &split)?;
        Ok(GrantKeys { id, split, parts })
    }

    async fn message_key<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        record: &VerifiedRecord,
        keys: &GrantKeys,
        purpose: Purposes,
    ) -> Result<MessageKey, OpeningError> {
        let (slot, epoch) = (record.row().header.slot, record.row().header.epoch);
        let no_slot = || OpeningError::NoSlot(keys.id);
        let split = keys.split.slot(slot, epoch).ok_or_else(no_slot)?;
        let part = keys.parts.part(slot, epoch).ok_or_else(no_slot)?;
        let version = keys.split.document().version;
        let request = TransformRequest {
            record: record.row().id,
            purpose,
            grant: keys.id,
            version,
        };
        let (answer, request_hash) = aegle.indexer.transform(&self.account, &request).await?;
        let capsule = record.capsule();
        let signed = SignedTransform {
            request: &request,
            requester: self.account.account(),
            hash: request_hash,
        };
        let partial = answer.verify(&signed, split, capsule)?;
        wait_finalized(aegle, answer.context.block).await?;
        Ok(open_delegated(capsule, split, Some(part), &[partial])?)
    }
}

impl Patient {
    /// Opens one of the patient's own records: no grant and no proxy takes part.
    ///
    /// # Errors
    /// See [`OpeningError`].
    pub async fn open<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        record: RecordId,
    ) -> Result<Opened, OpeningError> {
        let purpose = Purposes::PATRQT;
        let head = aegle.chain.finalized().await?;
        let found = fetch(aegle, &head, self.key(), record, purpose).await?;
        let header = found.record.row().header;
        let secret = self
            .master()
            .slot_secret(&aegle.contracts.genesis, header.slot, header.epoch);
        let key = open_own(found.record.capsule(), &secret);
        let mut opened = finish(aegle, self.key(), found, &key).await?;
        // Who has the map sees whether the class is right besides.
        let map = self.classes(aegle.contracts);
        opened.mismatches = mismatches(&header, &opened.content, Some(&map));
        Ok(opened)
    }
}

/// Publishes an encryption key of an account that has no bundle of slot keys.
///
/// # Errors
/// The contract refuses, or the chain does not answer.
pub async fn publish<C: Chain>(
    aegle: &OnChain<'_, C>,
    account: &AccountKey,
    encryption: &EncryptionSecret,
) -> Result<crate::chain::Receipt, crate::chain::CallError<consortium::ConsortiumError>> {
    let message = consortium::messages::SetKey {
        key: encryption.public_key(),
        bundle: Hash([0; 32]),
    };
    aegle
        .chain
        .call(account, aegle.contracts.consortium, &message)
        .await
        .map(|(_, receipt)| receipt)
}

/// A row that is on the ledger, and the purpose for which the indexer gave it.
struct Found {
    record: VerifiedRecord,
    domain: DomainId,
    batch: BatchNumber,
    purpose: Purposes,
}

async fn fetch<C: Chain, T: Transport>(
    aegle: &Aegle<'_, C, T>,
    head: &Head,
    key: &AccountKey,
    record: RecordId,
    purpose: Purposes,
) -> Result<Found, OpeningError> {
    let answer = aegle.indexer.open(key, &OpenRequest { record, purpose }).await?;
    let (domain, batch) = (answer.domain, answer.batch);
    let anchored = aegle
        .batch(head, domain, batch)
        .await?
        .ok_or(OpeningError::NotAnchored { domain, batch })?;
    let record = answer.verify(&record, &anchored, &aegle.bound_to())?;
    Ok(Found {
        record,
        domain,
        batch,
        purpose,
    })
}

async fn finish<C: Chain, T: Transport>(
    aegle: &Aegle<'_, C, T>,
    key: &AccountKey,
    found: Found,
    message_key: &MessageKey,
) -> Result<Opened, OpeningError> {
    let Found {
        record,
        domain,
        batch,
        purpose,
    } = found;
    let ciphertext = aegle.indexer.ciphertext(key, &record.row().id, purpose).await?;
    let content = coding::decode(open_record(record.row(), &ciphertext, message_key)?)?;
    let mismatches = mismatches(&record.row().header, &content, None);
    Ok(Opened {
        content,
        record,
        domain,
        batch,
        grant: None,
        mismatches,
    })
}

/// Waits until a block is finalized in the client's own view, which may be a little behind the indexer's.
async fn wait_finalized<C: Chain, T: Transport>(aegle: &Aegle<'_, C, T>, block: Hash) -> Result<(), OpeningError> {
    for _ in 0..MAX_FINALITY_LOOKS {
        if aegle.chain.is_finalized(block).await? {
            return Ok(());
        }
        aegle.indexer.transport().pause(FINALITY_PAUSE_MS).await;
    }
    Err(OpeningError::NotFinalized(block))
}
