//! The ledger: search domains and the batches anchored in them.

mod decide;
pub mod events;
pub mod messages;

pub use decide::{anchor, check_anchor, register_domain};

use crate::{Hash, OprfKey, OrganisationId, Timestamp};
use scale::{Decode, Encode, MaxEncodedLen};

/// Most records that one batch may hold.
pub const MAX_BATCH_RECORDS: u32 = 65_536;
/// Batches in one segment of a domain: the span of one GGM tree.
pub const SEGMENT_BATCHES: u32 = 1_024;

/// A search domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Domain {
    /// The organisation that is its custodian.
    pub custodian: OrganisationId,
    /// The number that the next batch gets.
    pub next_batch: u32,
    /// The current epoch of the domain's key.
    pub epoch: u16,
    /// The domain's public key in that epoch.
    pub key: OprfKey,
}

/// An anchored batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Batch {
    /// Merkle root of the sealed records; never changes.
    pub record_root: Hash,
    /// Commitment to the labels and the count table.
    pub index_commitment: Hash,
    /// Hash of the custodian's manifest.
    pub manifest: Hash,
    /// How many records: 1 to [`MAX_BATCH_RECORDS`].
    pub records: u32,
    /// When it was anchored.
    pub anchored_at: Timestamp,
    /// 0, and one more with each relabelling.
    pub version: u16,
}

/// Why a message of the ledger refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum LedgerError {
    /// The caller is no organisation admin, now, of the organisation concerned, or it is suspended.
    NotCustodian,
    /// There is no such domain.
    UnknownDomain,
    /// Another writer got that number: derive the labels again under a fresh salt and try the one given here.
    BatchTaken {
        /// The number that is free now.
        next: u32,
    },
    /// No record, or more than [`MAX_BATCH_RECORDS`].
    InvalidSize,
    /// The key is all zero.
    InvalidKey,
    /// A counter would overflow.
    TooMany,
    /// The consortium contract did not answer.
    ConsortiumUnavailable,
}
