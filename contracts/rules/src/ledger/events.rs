//! The events of the ledger contract.

use super::{Correction, ErasureReason, Servers};
use crate::{message::events, AccountId, BatchNumber, DomainId, ErasureId, Hash, OprfKey, OrganisationId, Timestamp};
use alloc::vec::Vec;

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

    /// An admin asks for the erasure of records. It is final at a time, unless it is called off before.
    ErasureRequested(
        "aegle/ledger/erasure-requested/v1",
        "bb030aaaea60f7a2f1f88b94ca2e5458ec0f5894c9a5888cb9da86053bb16950"
    ) {
        /// The domain.
        domain: DomainId,
        /// The request's number in it.
        erasure: ErasureId,
        /// The batch of the records.
        batch: BatchNumber,
        /// The records' numbers in it, rising.
        records: Vec<u16>,
        /// Why.
        reason: ErasureReason,
        /// Who asks.
        by: AccountId,
        /// First millisecond at which the records are erased for good.
        final_at: Timestamp,
    }

    /// Somebody else asks for an erasure too: another admin, for whose voice the records are shown to nobody from now on;
    /// or anybody, whose voice counts for records of their own.
    ErasureSeconded(
        "aegle/ledger/erasure-seconded/v1",
        "0900de259046df6b2b6cfaf19287850807d94bfdc1eca95483794980f02bdc56"
    ) {
        /// The domain.
        domain: DomainId,
        /// The request.
        erasure: ErasureId,
        /// Who.
        by: AccountId,
        /// Whether they are an admin of the domain's custodian.
        by_admin: bool,
    }

    /// An erasure was called off.
    ErasureCancelled(
        "aegle/ledger/erasure-cancelled/v1",
        "2a7da00b41978381e8d900d0297e22120787eeed6bfe5ad6a83d9c94fa0a1b68"
    ) {
        /// The domain.
        domain: DomainId,
        /// The request.
        erasure: ErasureId,
        /// Who called it off.
        by: AccountId,
    }

    /// Records of a batch were corrected by others.
    Superseded(
        "aegle/ledger/superseded/v2",
        "d7f94b25243cbd558afeb86815c373ae9bf95b383fce84de50926a8fa8097de7"
    ) {
        /// The domain.
        domain: DomainId,
        /// The batch of the records.
        batch: BatchNumber,
        /// The records, and what takes their place.
        corrections: Vec<Correction>,
    }

    /// The servers of a domain are these from now on.
    ServersSet(
        "aegle/ledger/servers-set/v1",
        "439c59ed8464dcbc64995e1fcb68c4352369353666a00515ab56af1e6f6de494"
    ) {
        /// The domain.
        domain: DomainId,
        /// Its servers.
        servers: Servers,
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
