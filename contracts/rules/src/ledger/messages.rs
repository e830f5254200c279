//! The messages of the ledger contract, in the order of their arguments.

use super::{Correction, ErasureReason, LedgerError};
use crate::{
    consortium::notices::Notice, message::message, AccountId, BatchNumber, DomainId, ErasureId, Hash, OprfKey,
};
use alloc::vec::Vec;
use scale::{Decode, Encode};

/// The constructor.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct New {
    /// The consortium contract, which tells the ledger of roles.
    pub consortium: AccountId,
}
message!(New, "new", 0x9bae_9d5e, ());

/// Tells the ledger what changed in the consortium; the caller is the consortium contract.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Notify {
    /// What changed.
    pub notice: Notice,
}
message!(Notify, "notify", 0xe6a7_7c8e, Result<(), LedgerError>);

/// Registers a search domain, whose custodian is the caller's organisation; returns its number.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RegisterDomain {
    /// The domain's public key.
    pub key: OprfKey,
}
message!(RegisterDomain, "register_domain", 0x391c_40cf, Result<DomainId, LedgerError>);

/// Gives a domain of the caller's organisation the key of a new epoch; returns the epoch.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RotateKey {
    /// The domain.
    pub domain: DomainId,
    /// Its new public key.
    pub key: OprfKey,
}
message!(RotateKey, "rotate_key", 0xc747_28a9, Result<u16, LedgerError>);

/// A search domain.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Domain {
    /// The domain.
    pub id: DomainId,
}
message!(Domain, "domain", 0x384f_c2d5, Option<super::Domain>);

/// A domain's public key in an epoch.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct DomainKey {
    /// The domain.
    pub domain: DomainId,
    /// The epoch.
    pub epoch: u16,
}
message!(DomainKey, "domain_key", 0x0cf5_c6c7, Option<OprfKey>);

/// Anchors a batch in a domain of the caller's organisation.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Anchor {
    /// The domain.
    pub domain: DomainId,
    /// The number that the labels were derived for: the domain's next one.
    pub expected: BatchNumber,
    /// Merkle root of the sealed records.
    pub record_root: Hash,
    /// Commitment to the labels and the count table.
    pub index_commitment: Hash,
    /// How many records.
    pub records: u32,
    /// Hash of the custodian's manifest.
    pub manifest: Hash,
}
message!(Anchor, "anchor", 0xc056_4c5e, Result<(), LedgerError>);

/// An anchored batch.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Batch {
    /// The domain.
    pub domain: DomainId,
    /// The batch.
    pub number: BatchNumber,
}
message!(Batch, "batch", 0xa838_aaf7, Option<super::Batch>);

/// Gives a batch of the caller's organisation other labels.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Relabel {
    /// The domain.
    pub domain: DomainId,
    /// The batch.
    pub batch: BatchNumber,
    /// The version of the new labels: one more than that of the batch.
    pub version: u16,
    /// Commitment to the new labels and count table.
    pub index_commitment: Hash,
}
message!(Relabel, "relabel", 0x0a2c_23b7, Result<(), LedgerError>);

/// Gives a span of batches of the caller's organisation labels in common.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Compact {
    /// The domain.
    pub domain: DomainId,
    /// The first batch: a multiple of the span.
    pub first: BatchNumber,
    /// Binary logarithm of how many batches: 1 to 10.
    pub span_log2: u8,
    /// The version of the labels: 0 for the span's first compaction, and then one more each time.
    pub version: u16,
    /// Commitment to the labels and the count table of the span.
    pub index_commitment: Hash,
}
message!(Compact, "compact", 0xddb3_cd9d, Result<(), LedgerError>);

/// The labels that a span of batches has in common.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Compaction {
    /// The domain.
    pub domain: DomainId,
    /// The first batch.
    pub first: BatchNumber,
    /// Binary logarithm of how many batches.
    pub span_log2: u8,
}
message!(Compaction, "compaction", 0x8f30_0214, Option<super::Compaction>);

/// Asks for the erasure of records of a batch of the caller's organisation; returns the number of the request.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RequestErasure {
    /// The domain.
    pub domain: DomainId,
    /// The batch of the records.
    pub batch: BatchNumber,
    /// The records' numbers in it, rising: 1 to [`MAX_ERASED_TOGETHER`](super::MAX_ERASED_TOGETHER).
    pub records: Vec<u16>,
    /// Why.
    pub reason: ErasureReason,
}
message!(
    RequestErasure,
    "request_erasure",
    0x8330_8981,
    Result<ErasureId, LedgerError>
);

/// Asks, too, for an erasure that somebody else asked for.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SecondErasure {
    /// The domain.
    pub domain: DomainId,
    /// The request.
    pub erasure: ErasureId,
}
message!(SecondErasure, "second_erasure", 0x3a3b_618e, Result<(), LedgerError>);

/// Calls an erasure off that is not final.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct CancelErasure {
    /// The domain.
    pub domain: DomainId,
    /// The request.
    pub erasure: ErasureId,
}
message!(CancelErasure, "cancel_erasure", 0x0570_8811, Result<(), LedgerError>);

/// A request for erasure: `None` when it was never made, or called off.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Erasure {
    /// The domain.
    pub domain: DomainId,
    /// The request.
    pub erasure: ErasureId,
}
message!(Erasure, "erasure", 0x9fc7_e637, Option<super::Erasure>);

/// How many requests for erasure there ever were in a domain, which is the number of the last one.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Erasures {
    /// The domain.
    pub domain: DomainId,
}
message!(Erasures, "erasures", 0x9539_b6ca, u32);

/// Names the records that correct records of a batch of the caller's organisation, from the same domain.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Supersede {
    /// The domain.
    pub domain: DomainId,
    /// The batch of the records that are corrected.
    pub batch: BatchNumber,
    /// Those, and what takes their place, in this order: 1 to [`MAX_SUPERSEDED`](super::MAX_SUPERSEDED).
    pub corrections: Vec<Correction>,
}
message!(Supersede, "supersede", 0xd77f_a21a, Result<(), LedgerError>);

/// Names the servers of a domain of the caller's organisation, instead of those that were.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SetServers {
    /// The domain.
    pub domain: DomainId,
    /// Its servers.
    pub servers: super::Servers,
}
message!(SetServers, "set_servers", 0x9e8a_4468, Result<(), LedgerError>);

/// The servers of a domain: `None` while none were named.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Servers {
    /// The domain.
    pub domain: DomainId,
}
message!(Servers, "servers", 0xa260_cff3, Option<super::Servers>);

/// What became of a record.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Fate {
    /// The domain.
    pub domain: DomainId,
    /// The batch of the record.
    pub batch: BatchNumber,
    /// The record's number in it.
    pub index: u32,
}
message!(Fate, "fate", 0xfe4b_d6b1, Option<super::Fate>);

/// Anchors an account of disclosures from a domain.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct AnchorDisclosures {
    /// The domain.
    pub domain: DomainId,
    /// Its number: the one that follows the caller's last of the domain.
    pub expected: u32,
    /// Root over the disclosures, each salted.
    pub root: Hash,
    /// How many.
    pub count: u32,
}
message!(AnchorDisclosures, "anchor_disclosures", 0x890d_94c3, Result<(), LedgerError>);

/// An anchored account of disclosures.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Disclosures {
    /// The domain.
    pub domain: DomainId,
    /// Who accounts for them.
    pub by: AccountId,
    /// Its number among theirs.
    pub sequence: u32,
}
message!(Disclosures, "disclosures", 0xf2c1_6532, Option<super::Disclosures>);

/// Whether a record is in an anchored batch.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct VerifyRecord {
    /// The domain.
    pub domain: DomainId,
    /// The batch.
    pub batch: BatchNumber,
    /// The record's number in it.
    pub index: u32,
    /// The record's leaf.
    pub leaf: Hash,
    /// The sibling hashes, from the leaf upwards.
    pub path: Vec<Hash>,
}
message!(VerifyRecord, "verify_record", 0xd406_5440, bool);

/// Whether a record is under a record root, anchored or not.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Verify {
    /// The record root.
    pub root: Hash,
    /// How many records it is over.
    pub count: u32,
    /// The record's number among them.
    pub index: u32,
    /// The record's leaf.
    pub leaf: Hash,
    /// The sibling hashes, from the leaf upwards.
    pub path: Vec<Hash>,
}
message!(Verify, "verify", 0x1860_ff3b, bool);
