//! The messages of the ledger contract, in the order of their arguments.

use super::LedgerError;
use crate::{message::message, AccountId, BatchNumber, DomainId, Hash, OprfKey};
use scale::{Decode, Encode};

/// The constructor.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct New {
    /// The consortium contract, which is asked for roles.
    pub consortium: AccountId,
}
message!(New, "new", 0x9bae_9d5e, ());

/// Registers a search domain, whose custodian is the caller's organisation; returns its number.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RegisterDomain {
    /// The domain's public key.
    pub key: OprfKey,
}
message!(RegisterDomain, "register_domain", 0x391c_40cf, Result<DomainId, LedgerError>);

/// A search domain.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Domain {
    /// The domain.
    pub id: DomainId,
}
message!(Domain, "domain", 0x384f_c2d5, Option<super::Domain>);

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
