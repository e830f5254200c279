//! Opening records: what the indexer sends is verified against the chain before anything is decrypted.

pub use super::opening::{Found, Opened, Opening, OpeningError};
use super::{
    content::mismatches,
    partials::{Asked, Parts, gather},
};
use crate::{
    account::AccountKey,
    chain::{Chain, Head},
    deployment::{Aegle, OnChain},
    patient::Patient,
    proxies::ProxyFault,
    remote::{RemoteError, Transport},
};
use aegle_crypto::delegation::{DelegateeSecrets, MessageKey, open_delegated, open_own};
use aegle_protocol::{
    delegation::{SplitAnchor, VerifiedSplit},
    keys::EncryptionSecret,
    record::RecordId,
    wire::{GrantSplit, SearchAnswer, SearchRequest, TransformRequest, VerifiedRecord},
};
use aegle_rules::{
    AccountId, GrantId, Hash, Purposes,
    consent::{self, Decision, Denial, Grantee},
    consortium,
};

/// Somebody who reads records of others: an account and the key to which grants are sealed.
pub struct Reader {
    account: AccountKey,
    encryption: EncryptionSecret,
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

    /// Begins to open a record for one purpose: verifies its row against the root on chain, finds the grant that permits, has
    /// as many proxies do their part as must, verifies each, and combines. Proxies that fail or lie are named in what is
    /// returned, while enough of the others did their part.
    ///
    /// # Errors
    /// See [`OpeningError`].
    pub async fn begin<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        record: RecordId,
        purpose: Purposes,
    ) -> Result<Opening, OpeningError> {
        let head = aegle.chain.finalized().await?;
        let found = Found::fetch(aegle, &head, &self.account, record, purpose).await?;
        let keys = self.grant_keys(aegle, &head, &found.record, purpose).await?;
        let (message_key, faults) = self.message_key(aegle, &found, &keys).await?;
        Ok(Opening {
            found,
            grant: Some(keys.id),
            faults,
            message_key,
        })
    }

    /// Opens a record for one purpose: [begins](Self::begin), and verifies the content.
    ///
    /// # Errors
    /// See [`OpeningError`]; nothing is returned that does not verify to its last byte.
    pub async fn open<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        record: RecordId,
        purpose: Purposes,
    ) -> Result<Opened, OpeningError> {
        self.begin(aegle, record, purpose)
            .await?
            .finish(aegle, &self.account)
            .await
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
        let deposited = self.deposited(aegle, patient, id).await?;
        let control = aegle.control(head, patient).await?;
        let split = deposited.verify(&SplitAnchor {
            deployment: &aegle.bound_to(),
            patient: &patient,
            grant: id,
            on_chain: &terms.split,
            control: &control,
        })?;
        let part = deposited.delegatee.ok_or(OpeningError::NoPart(id))?;
        let parts = DelegateeSecrets::open(&part, &self.encryption, &split)?;
        Ok(GrantKeys { id, split, parts })
    }

    /// Fetches how a grant's keys are split: from the indexer, or from another server where that has it not.
    async fn deposited<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        patient: AccountId,
        grant: GrantId,
    ) -> Result<GrantSplit, RemoteError> {
        let missing = match aegle.indexer.grant(&self.account, &patient, grant).await {
            Ok(deposited) => return Ok(deposited),
            Err(error) => error,
        };
        for server in aegle.proxies {
            if let Ok(deposited) = server.grant(&self.account, &patient, grant).await {
                return Ok(deposited);
            }
        }
        Err(missing)
    }

    async fn message_key<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        found: &Found,
        keys: &GrantKeys,
    ) -> Result<(MessageKey, Vec<ProxyFault>), OpeningError> {
        let record = &found.record;
        let (slot, epoch) = (record.row().header.slot, record.row().header.epoch);
        let no_slot = || OpeningError::NoSlot(keys.id);
        let split = keys.split.slot(slot, epoch).ok_or_else(no_slot)?;
        let part = keys.parts.part(slot, epoch).ok_or_else(no_slot)?;
        let version = keys.split.document().version;
        let request = TransformRequest {
            record: record.row().id,
            purpose: found.purpose,
            grant: keys.id,
            version,
        };
        let asked = Asked {
            account: &self.account,
            request,
            shown: &found.shown,
            capsule: record.capsule(),
            slot: split,
        };
        let proxies = &keys.split.document().proxies;
        let Parts { partials, faults } = gather(aegle, &asked, proxies).await;
        if partials.len() < split.threshold() {
            return Err(OpeningError::too_few(
                keys.id,
                split.threshold(),
                partials.len(),
                faults,
            ));
        }
        let key = open_delegated(record.capsule(), split, Some(part), &partials)?;
        Ok((key, faults))
    }
}

impl Patient {
    /// Begins to open one of the patient's own records: no grant and no proxy takes part.
    ///
    /// # Errors
    /// See [`OpeningError`].
    pub async fn begin<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        record: RecordId,
    ) -> Result<Opening, OpeningError> {
        let head = aegle.chain.finalized().await?;
        let found = Found::fetch(aegle, &head, self.key(), record, Purposes::PATRQT).await?;
        let header = found.record.row().header;
        let secret = self
            .master()
            .slot_secret(&aegle.contracts.genesis, header.slot, header.epoch);
        let message_key = open_own(found.record.capsule(), &secret);
        Ok(Opening {
            found,
            grant: None,
            faults: Vec::new(),
            message_key,
        })
    }

    /// Opens one of the patient's own records: [begins](Self::begin), and verifies the content.
    ///
    /// # Errors
    /// See [`OpeningError`].
    pub async fn open<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        record: RecordId,
    ) -> Result<Opened, OpeningError> {
        let opening = self.begin(aegle, record).await?;
        let mut opened = opening.finish(aegle, self.key()).await?;
        // Who has the map sees whether the class is right besides.
        let map = self.classes(aegle.contracts);
        opened.mismatches = mismatches(&opened.record.row().header, &opened.content, Some(&map));
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
        account: account.account(),
        key: encryption.public_key(),
        bundle: Hash([0; 32]),
    };
    aegle
        .chain
        .call(account, aegle.contracts.consortium, &message)
        .await
        .map(|(_, receipt)| receipt)
}
