//! The events of the ledger contract.

use crate::{message::events, BatchNumber, DomainId, Hash, OprfKey, OrganisationId};

events! {
    /// An organisation registered a search domain.
    DomainRegistered(
        "aegle/ledger/domain-registered/v1",
        "23c4572877909fad2ca28837e090a29e190ef8a5a6d067fee6be915549fe77b2"
    ) {
        /// Its number.
        domain: DomainId,
        /// The organisation.
        custodian: OrganisationId,
        /// The domain's public key.
        key: OprfKey,
    }

    /// A batch was anchored.
    Anchored(
        "aegle/ledger/anchored/v1",
        "a2c00db090e68016e3140942a731db6af9b669634b6c56654040c0bbc6d00038"
    ) {
        /// The domain.
        domain: DomainId,
        /// The batch's number.
        batch: BatchNumber,
        /// Merkle root of the sealed records.
        record_root: Hash,
        /// Commitment to the labels and the count table.
        index_commitment: Hash,
        /// How many records.
        records: u32,
        /// Hash of the custodian's manifest.
        manifest: Hash,
    }
}
