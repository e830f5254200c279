//! The events of the ledger contract.

use super::{ErasureReason, RecordPosition};
use crate::{message::events, AccountId, BatchNumber, DomainId, Hash, OprfKey, OrganisationId};

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

    /// A custodian gave a domain the key of a new epoch.
    DomainKeySet(
        "aegle/ledger/domain-key-set/v1",
        "1781a8c357849ab5d0b3d3dc542e3a0ea72f662e7cf88141315cc4983691c1df"
    ) {
        /// The domain.
        domain: DomainId,
        /// The epoch that begins: 1 or more.
        epoch: u16,
        /// The domain's public key in it.
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

    /// A batch has other labels from now on.
    Relabelled(
        "aegle/ledger/relabelled/v1",
        "8349bba258904d88350e4fd211e08c87d49bd0f957da2407c7a22b3f4f4463f1"
    ) {
        /// The domain.
        domain: DomainId,
        /// The batch.
        batch: BatchNumber,
        /// The new version: 1 or more.
        version: u16,
        /// Commitment to the new labels and count table.
        index_commitment: Hash,
    }

    /// A span of batches has labels in common from now on; its batches' own ones, and those of narrower spans in it, no
    /// longer count.
    Compacted(
        "aegle/ledger/compacted/v1",
        "8642c3001c15a285d67da3346ea55b2c86788536d15a4347ed61e1abac6e5c2b"
    ) {
        /// The domain.
        domain: DomainId,
        /// The first batch of the span.
        first: BatchNumber,
        /// Binary logarithm of how many batches.
        span_log2: u8,
        /// The new version: 0 or more.
        version: u16,
        /// Commitment to the labels and the count table of the span.
        index_commitment: Hash,
    }

    /// A custodian attests that a record is erased.
    ErasureAttested(
        "aegle/ledger/erasure-attested/v1",
        "e2c1d50e9726359d5ba34867741d457b0f2d20fe6453aa5471cc6af59e5c33ed"
    ) {
        /// The domain.
        domain: DomainId,
        /// The batch of the record.
        batch: BatchNumber,
        /// The record's number in it.
        index: u32,
        /// Why.
        reason: ErasureReason,
    }

    /// A record was corrected by another one.
    Superseded(
        "aegle/ledger/superseded/v1",
        "67c62e8c0010a7275481a0152b4e4de80324f18450f4fba2368b66f663641c27"
    ) {
        /// The domain.
        domain: DomainId,
        /// The batch of the record.
        batch: BatchNumber,
        /// The record's number in it.
        index: u32,
        /// The record that takes its place.
        by: RecordPosition,
    }

    /// An account of disclosures was anchored.
    DisclosuresAnchored(
        "aegle/ledger/disclosures-anchored/v2",
        "570abb7c27821d208091d1787a92232335ab02661b0b939cebcf734d2352feda"
    ) {
        /// The domain.
        domain: DomainId,
        /// Its number among those of whoever accounts for them, in the domain.
        sequence: u32,
        /// Root over the disclosures.
        root: Hash,
        /// How many.
        count: u32,
        /// Who accounts for them.
        by: AccountId,
    }
}
