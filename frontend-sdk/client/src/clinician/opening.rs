//! A record on its way to being opened: found on the ledger first, then with its key, and at last with its content.

use super::content::{Mismatch, mismatches};
pub use super::opening_error::OpeningError;
use crate::{
    account::AccountKey,
    chain::{Chain, Head},
    coding,
    deployment::Aegle,
    proxies::ProxyFault,
    remote::Transport,
};
use aegle_crypto::{
    delegation::MessageKey,
    record::{Content, RecordCipher, open_record},
};
use aegle_protocol::{
    record::RecordId,
    wire::{OpenAnswer, OpenRequest, VerifiedRecord},
};
use aegle_rules::{
    BatchNumber, DomainId, GrantId, Purposes,
    ledger::{Batch, RecordPosition},
};

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
    /// Proxies of the grant that failed or lied, while enough of the others did their part.
    pub faults: Vec<ProxyFault>,
}

/// A record whose row is on the ledger, and the purpose for which the indexer gave it.
pub struct Found {
    /// The record, as it was anchored.
    pub record: VerifiedRecord,
    /// The search domain of its batch.
    pub domain: DomainId,
    /// Where it is in the domain.
    pub position: RecordPosition,
    /// Its batch, as the ledger has it.
    pub batch: Batch,
    /// The purpose.
    pub purpose: Purposes,
    /// The row with its proof, as proxies are shown it.
    pub(super) shown: OpenAnswer,
}

/// A record that was found, and its key.
pub struct Opening {
    /// The record.
    pub found: Found,
    /// The grant that permits; `None` for the patient's own.
    pub grant: Option<GrantId>,
    /// Proxies of the grant that failed or lied, while enough of the others did their part.
    pub faults: Vec<ProxyFault>,
    pub(super) message_key: MessageKey,
}

impl Found {
    /// Asks the indexer for a record's row, and verifies it against the root on chain.
    pub(super) async fn fetch<C: Chain, T: Transport>(
        aegle: &Aegle<'_, C, T>,
        head: &Head,
        key: &AccountKey,
        record: RecordId,
        purpose: Purposes,
    ) -> Result<Self, OpeningError> {
        let answer = aegle.indexer.open(key, &OpenRequest { record, purpose }).await?;
        let (domain, number, index) = (answer.domain, answer.batch, answer.number);
        let anchored = aegle.batch(head, domain, number).await?;
        let batch = anchored.ok_or(OpeningError::NotAnchored { domain, batch: number })?;
        let shown = answer.shown();
        let record = answer.verify(&record, &batch, &aegle.bound_to())?;
        let position = RecordPosition { batch: number, index };
        Ok(Self {
            record,
            domain,
            position,
            batch,
            purpose,
            shown,
        })
    }
}

impl Opening {
    /// Returns what somebody needs who decrypts the content segment by segment.
    ///
    /// # Errors
    /// The key is not the record's.
    pub fn cipher(&self) -> Result<RecordCipher, OpeningError> {
        Ok(RecordCipher::new(self.found.record.row(), &self.message_key)?)
    }

    /// Fetches the content and opens it.
    ///
    /// # Errors
    /// See [`OpeningError`]; nothing is returned that does not verify to its last byte.
    pub(super) async fn finish<C: Chain, T: Transport>(
        self,
        aegle: &Aegle<'_, C, T>,
        key: &AccountKey,
    ) -> Result<Opened, OpeningError> {
        let Found {
            record,
            domain,
            position,
            purpose,
            ..
        } = self.found;
        let ciphertext = aegle.indexer.ciphertext(key, &record.row().id, purpose).await?;
        let content = coding::decode(open_record(record.row(), &ciphertext, &self.message_key)?)?;
        let mismatches = mismatches(&record.row().header, &content, None);
        Ok(Opened {
            content,
            record,
            domain,
            batch: position.batch,
            grant: self.grant,
            mismatches,
            faults: self.faults,
        })
    }
}
