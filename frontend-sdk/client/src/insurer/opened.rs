//! Records that an insurer has opened, as far as adding up needs them. A browser opens them with its own AES; see
//! [`super::aggregate_granted`].

use crate::{
    chain::Chain,
    clinician::reader::{OpeningError, Reader},
    deployment::Aegle,
    remote::Transport,
};
use aegle_protocol::record::RecordId;
use aegle_rules::{AccountId, DomainId, Purposes, ledger::RecordPosition};

/// A record that was opened, and verified against the ledger to its last byte. It is plaintext about a patient: it has no
/// `Debug`.
pub struct OpenedRecord {
    /// Whose record the row says that it is that was anchored.
    pub patient: AccountId,
    /// The search domain of its batch.
    pub domain: DomainId,
    /// Where the proof says that it is in the domain.
    pub position: RecordPosition,
    /// The decoded content.
    pub content: Vec<u8>,
}

/// The reason why a record that was found is not opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unopened {
    /// It is not what was anchored, so that nothing is added up.
    Tampered(String),
    /// It is left out.
    LeftOut(String),
}

impl OpenedRecord {
    /// Opens a record for payment.
    ///
    /// # Errors
    /// See [`Unopened`].
    pub async fn open<C: Chain, T: Transport>(
        aegle: &Aegle<'_, C, T>,
        insurer: &Reader,
        record: RecordId,
    ) -> Result<Self, Unopened> {
        let opened = insurer.open(aegle, record, Purposes::HPAYMT).await?;
        Ok(Self {
            patient: opened.record.row().header.patient,
            domain: opened.domain,
            position: RecordPosition {
                batch: opened.batch,
                index: opened.record.number(),
            },
            content: opened.content.bytes,
        })
    }
}

impl From<OpeningError> for Unopened {
    fn from(error: OpeningError) -> Self {
        match error.is_tampering() {
            true => Self::Tampered(error.to_string()),
            false => Self::LeftOut(error.to_string()),
        }
    }
}
