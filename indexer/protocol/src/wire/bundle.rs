//! Bundles: the records and labels of a batch, as a custodian sends them to the indexer.

use super::{Format, FormatError};
use crate::{
    commitment::{IndexSalt, index_commitment},
    merkle::{self, Proof, Tree},
    record::{RecordRow, RowError},
};
use aegle_rules::{
    BatchNumber, DomainId, Hash,
    ledger::{Batch, MAX_BATCH_RECORDS},
};
use aegle_sealed::{LabelSet, LabelSetError, UnverifiedLabelSet, decode_bounded};
use scale::{Decode, DecodeAll, Encode};

/// The records and labels of a batch from its custodian: the SCALE body of `POST /v1/batches`, not yet verified.
#[derive(Clone, PartialEq, Eq, Encode)]
pub struct Bundle {
    /// The search domain.
    pub domain: DomainId,
    /// The epoch of the domain's key.
    pub epoch: u16,
    /// The batch.
    pub batch: BatchNumber,
    /// The records, by number: 1 to [`MAX_BATCH_RECORDS`].
    pub records: Vec<RecordRow>,
    /// The labels and the count table.
    pub labels: UnverifiedLabelSet,
    /// The salt of the index commitment.
    pub commitment_salt: IndexSalt,
    /// Hash of the custodian's manifest.
    pub manifest: Hash,
}

// Rows and labels can have megabytes, which nobody reads in a log.
impl core::fmt::Debug for Bundle {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Bundle")
            .field("domain", &self.domain)
            .field("epoch", &self.epoch)
            .field("batch", &self.batch)
            .field("records", &self.records.len())
            .finish_non_exhaustive()
    }
}

impl Decode for Bundle {
    fn decode<I: scale::Input>(input: &mut I) -> Result<Self, scale::Error> {
        Ok(Self {
            domain: DomainId::decode(input)?,
            epoch: u16::decode(input)?,
            batch: BatchNumber::decode(input)?,
            records: decode_bounded(input, MAX_BATCH_RECORDS as usize, "too many records in a bundle")?,
            labels: UnverifiedLabelSet::decode(input)?,
            commitment_salt: IndexSalt::decode(input)?,
            manifest: Hash::decode(input)?,
        })
    }
}

/// The reason why a bundle is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// The bytes are of another format.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The bytes are no bundle.
    #[error("the bytes are no bundle: {0}")]
    Encoding(#[from] scale::Error),
    /// The number of records is not the anchored one.
    #[error("{found} records in a batch of {expected}")]
    Records {
        /// In the bundle.
        found: usize,
        /// On chain.
        expected: u32,
    },
    /// A record's row is malformed.
    #[error("record {number}: {source}")]
    Row {
        /// The record's number.
        number: u32,
        /// The fault of the row.
        source: RowError,
    },
    /// A record was sealed for another domain.
    #[error("record {number} was sealed for search domain {domain}")]
    Domain {
        /// The record's number.
        number: u32,
        /// The domain that it was sealed for.
        domain: DomainId,
    },
    /// Two records have one name.
    #[error("two records have one name")]
    DuplicateRecord,
    /// The records do not hash to the anchored root.
    #[error("the records do not hash to the anchored root")]
    RecordRoot,
    /// The labels are malformed.
    #[error("the labels: {0}")]
    Labels(#[from] LabelSetError),
    /// Labels and counts do not hash to the anchored commitment.
    #[error("labels and counts do not hash to the anchored commitment")]
    IndexCommitment,
    /// The manifest is not the anchored one.
    #[error("the manifest is not the anchored one")]
    Manifest,
}

impl Bundle {
    /// Decodes a bundle that is the whole of `bytes`.
    ///
    /// # Errors
    /// The bytes are no bundle, or bytes are left over.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BundleError> {
        Ok(Self::decode_all(&mut Format::Bundle.body(bytes)?)?)
    }

    /// Encodes the bundle, as it travels and as it is kept.
    pub fn to_bytes(&self) -> Vec<u8> {
        Format::Bundle.encode(self)
    }

    /// Returns the leaves of the records, by number: 32 bytes each, the leaves of the batch's record root.
    pub fn leaves(&self) -> Vec<Hash> {
        self.records.iter().map(RecordRow::leaf).collect()
    }

    /// Computes the record root to anchor: 32 bytes.
    pub fn record_root(&self) -> Hash {
        merkle::root(Tree::Records, &self.leaves())
    }

    /// Verifies a bundle against the batch that the ledger holds under its domain and number: every row, the labels,
    /// and all that was anchored. Capsules are verified where they are used.
    ///
    /// # Errors
    /// See [`BundleError`].
    pub fn verify(self, anchored: &Batch) -> Result<VerifiedBundle, BundleError> {
        let found = self.records.len();
        if u32::try_from(found) != Ok(anchored.records) {
            return Err(BundleError::Records {
                found,
                expected: anchored.records,
            });
        }
        for (number, row) in (0_u32..).zip(&self.records) {
            row.check().map_err(|source| BundleError::Row { number, source })?;
            let domain = row.header.domain;
            if domain != self.domain {
                return Err(BundleError::Domain { number, domain });
            }
        }
        let mut names: Vec<_> = self.records.iter().map(|row| row.id).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(BundleError::DuplicateRecord);
        }
        if self.manifest != anchored.manifest {
            return Err(BundleError::Manifest);
        }
        let leaves = self.leaves();
        if merkle::root(Tree::Records, &leaves) != anchored.record_root {
            return Err(BundleError::RecordRoot);
        }
        let labels = self.labels.verify(anchored.records)?;
        if index_commitment(&labels, self.epoch, &self.commitment_salt) != anchored.index_commitment {
            return Err(BundleError::IndexCommitment);
        }
        Ok(VerifiedBundle {
            domain: self.domain,
            epoch: self.epoch,
            batch: self.batch,
            commitment_salt: self.commitment_salt,
            records: self.records,
            leaves,
            labels,
        })
    }
}

/// A bundle that is what the ledger anchored.
#[derive(Clone, Debug)]
pub struct VerifiedBundle {
    domain: DomainId,
    epoch: u16,
    batch: BatchNumber,
    commitment_salt: IndexSalt,
    records: Vec<RecordRow>,
    leaves: Vec<Hash>,
    labels: LabelSet,
}

impl VerifiedBundle {
    /// Returns the search domain, as the bundle says: the anchor that it was verified against was looked up under it.
    pub fn domain(&self) -> DomainId {
        self.domain
    }

    /// Returns the epoch of the domain's key, which is part of what was anchored.
    pub fn epoch(&self) -> u16 {
        self.epoch
    }

    /// Returns the batch, as the bundle says: the anchor that it was verified against was looked up under it.
    pub fn batch(&self) -> BatchNumber {
        self.batch
    }

    /// Returns the salt of the index commitment.
    pub fn commitment_salt(&self) -> &IndexSalt {
        &self.commitment_salt
    }

    /// Returns the records, by number.
    pub fn records(&self) -> &[RecordRow] {
        &self.records
    }

    /// Returns the leaves of the records, by number: 32 bytes each.
    pub fn leaves(&self) -> &[Hash] {
        &self.leaves
    }

    /// Returns the labels and the count table.
    pub fn labels(&self) -> &LabelSet {
        &self.labels
    }

    /// Takes the labels and the count table out of the bundle.
    pub fn into_labels(self) -> LabelSet {
        self.labels
    }

    /// Builds the proof that a record is in the batch; returns `None` if there is no such number.
    pub fn proof(&self, number: u32) -> Option<Proof> {
        merkle::proof(&self.leaves, number as usize)
    }
}
