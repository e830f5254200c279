//! The ledger: search domains, the batches anchored in them, and what became of both.
//!
//! Everything here is append-only in the sense that matters to an auditor: the root of a batch's records never
//! changes, a number is never given twice, and whatever does change leaves an event. Each kind of state moves in one
//! direction only:
//!
//! - **A domain's key** has epochs from 0. A rotation starts the next one; the keys of all epochs stay readable. No key is
//!   that of two domains, or of two epochs: who has it could ask the one what the other was asked.
//! - **Batches** of a domain are numbered from 0 without a gap. The ledger keeps no counter of them: a batch is anchored
//!   when the one before it stands and its own number is free, and the [`length`] of the sequence is searched for when
//!   somebody asks. That saves a write of the state with each anchor.
//! - **A batch's labels** have versions. Version 0 is anchored with the batch; each relabelling replaces the index
//!   commitment and adds one. The record root, the number of records and the time stay.
//! - **A compaction** puts the labels of a whole [`Span`] (2 to 1,024 batches, a power of two, aligned, so that two spans
//!   are either disjoint or one lies in the other) under one index commitment, with versions of its own from 0. It
//!   supersedes the labels of its batches and of every narrower compaction in it, for good: from then on neither is
//!   relabelled. What is in force for a batch is hence its widest compaction at the latest version, and without any
//!   the batch's own labels. What was superseded stays readable.
//! - **A record's fate** is none, then perhaps superseded by a correction (again, when that was the wrong one), then
//!   perhaps erased, which is final. A correction must itself be neither superseded nor erased when it is named, so that
//!   corrections never run in a circle. The leaf stays in its tree: erasure is of the ciphertext and keys, off chain.
//! - **Erasure** is [asked for](Erasure), of many records of a batch at once, and final once the limit `erasure_ms` has
//!   passed without an admin calling it off. Nothing else is needed for that, so that nothing can keep it from being final.
//! - **The servers** of a domain are named by its custodian, and may be named anew.
//! - **Accounts of disclosures** of a domain are numbered from 0 without a gap, by each who accounts for them, and are
//!   never changed.
//!
//! Where an organisation has a successor, that one is the custodian of its domains, from the transaction that says so on.
//!
//! Roles and standings are mirrored from the consortium, which tells the ledger of every change in the same
//! transaction ([`Notice`](crate::consortium::notices::Notice)); so a suspension counts at once.

mod batches;
mod disclosures;
mod domains;
mod erasures;
pub mod events;
mod fates;
mod merkle;
pub mod messages;
mod relabelling;
mod sequence;
mod servers;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use batches::{anchor, before, Batch, Before, MAX_BATCH_RECORDS, SEGMENT_BATCHES};
pub use disclosures::{anchor_disclosures, Disclosures, MAX_DISCLOSURES};
pub use domains::{register_domain, rotate_key, Domain, StoredDomain};
pub use erasures::{
    cancel_erasure, request_erasure, second_erasure, Asker, Erasure, ErasureBook, ErasureCell, ErasureReason,
    PendingErasure, RequestedErasure, ERASURE_CELL_RECORDS, MAX_ERASED_TOGETHER, MAX_PENDING_ERASURES,
};
pub use fates::{supersede, supersede_many, Correction, Fate, RecordPosition, StoredCorrection, MAX_SUPERSEDED};
pub use merkle::{verify, MAX_PROOF_HASHES};
pub use relabelling::{compact, relabel, Compaction, Span, MAX_SPAN_LOG2};
pub use sequence::{length, MAX_SEARCH_READS};
pub use servers::{set_servers, Servers, MAX_DOMAIN_PROXIES};

use crate::{consortium::Role, OrganisationId, Roles};
use scale::{Decode, Encode};

/// Why a message of the ledger refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum LedgerError {
    /// The caller is, now, neither an admin of the organisation concerned nor, for what custodians do, a custodian of it,
    /// or it is suspended.
    NotCustodian,
    /// There is no such domain.
    UnknownDomain,
    /// Another writer got that number: derive the labels again under a fresh salt and try the one given here.
    BatchTaken {
        /// The number that is free now.
        next: u32,
    },
    /// Nothing, or more than [`MAX_BATCH_RECORDS`] records, [`MAX_DISCLOSURES`] disclosures, [`MAX_ERASED_TOGETHER`] records
    /// to be erased or [`MAX_SUPERSEDED`] to be corrected; or the records to be erased do not rise.
    InvalidSize,
    /// The key is all zero.
    InvalidKey,
    /// A counter would overflow.
    TooMany,
    /// The caller is not the consortium contract.
    NotConsortium,
    /// The chain has no contract code with that hash.
    UnknownCode,
    /// There is no such batch in the domain; of a span, the last one.
    UnknownBatch,
    /// The batch has fewer records.
    UnknownRecord,
    /// The span is none of 2 to 1,024 batches, or does not begin at a multiple of its length.
    InvalidSpan,
    /// A wider compaction stands for these labels.
    Superseded,
    /// Another version follows.
    WrongVersion {
        /// The one that does.
        next: u16,
    },
    /// The record is erased; or its erasure, which is asked for, was asked for before.
    AlreadyErased,
    /// A record cannot be its own correction.
    SupersedesItself,
    /// There is no such record to take the place of the other.
    UnknownReplacement,
    /// The record that would take the other's place was itself superseded or erased.
    ReplacementGone,
    /// The caller is, now, neither an admin of the domain's custodian nor a proxy operator.
    NotDiscloser,
    /// The caller's account of disclosures with that number is there already, or the one before it is not.
    DisclosuresTaken {
        /// The number that is free now.
        next: u32,
    },
    /// The key is, or was, a domain's: of another one, or of this one in an earlier epoch.
    KeyTaken,
    /// There is no such request for erasure, or it was called off.
    UnknownErasure,
    /// The erasure is final.
    ErasureFinal,
    /// Who asked for the erasure is no second voice for it, and does not call off alone what a second admin asked for too.
    NotAnother,
    /// More records than the limit `erasures_per_day` would be named today in the domain.
    TooManyErasures {
        /// How many may still be named.
        left: u32,
    },
    /// More than [`MAX_PENDING_ERASURES`] requests would wait for the same [`ERASURE_CELL_RECORDS`] records of a batch.
    TooManyPending,
    /// There would be more than [`MAX_DOMAIN_PROXIES`] proxies, one of them twice, or an account that is all zero.
    InvalidServers,
}

/// Returns whether the ledger asks for any of these roles. Of a role without them it need not be told, when it is given
/// and when it is taken.
pub const fn asks_for(roles: Roles) -> bool {
    let asked = Roles::ORGANISATION_ADMIN
        .union(Roles::CUSTODIAN)
        .union(Roles::PROXY_OPERATOR);
    roles.intersects(asked)
}

/// Returns the role, of those of an account that count, as which it does something in a domain: that in the
/// organisation that is the custodian, or else the first one. Of an account with one role, nobody is asked who the
/// custodian is.
pub fn acting_role(roles: &[Role], custodian: impl FnOnce() -> Option<OrganisationId>) -> Option<Role> {
    let [first, _, ..] = roles else {
        return roles.first().copied();
    };
    let custodian = custodian();
    let own = roles.iter().find(|role| Some(role.organisation) == custodian);
    Some(*own.unwrap_or(first))
}

/// Returns the role, of those of an account that count, that has one of these, or else the first one.
pub fn role_with(roles: &[Role], bits: Roles) -> Option<Role> {
    let fitting = roles.iter().find(|role| role.roles.intersects(bits));
    fitting.or(roles.first()).copied()
}

/// Returns whether `role`, as it counts now, is that of a custodian of `organisation`. An admin appoints custodians, so
/// that refusing an admin what they may do would protect nothing.
fn keeps(role: Option<Role>, organisation: OrganisationId) -> bool {
    let custodian = |role: Role| role.roles.contains(Roles::CUSTODIAN) && role.organisation == organisation;
    role.is_some_and(custodian) || administers(role, organisation)
}

/// Returns whether `role`, as it counts now, is that of an admin of `organisation`.
fn administers(role: Option<Role>, organisation: OrganisationId) -> bool {
    role.is_some_and(|role| role.roles.contains(Roles::ORGANISATION_ADMIN) && role.organisation == organisation)
}
