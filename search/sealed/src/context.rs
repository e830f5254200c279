//! Where a keyword lives: domain, epoch, scope and segment, which the PRF takes as public information.

use crate::{Field, limits::SEGMENT_BATCHES, tags};
use aegle_rules::{AccountId, BatchNumber, DomainId};
use scale::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// Whose records a key finds. Who may search one patient's scope can search that patient, and nobody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The records of one patient, by pseudonym: for care.
    #[cfg_attr(feature = "openapi", schemars(with = "crate::schema::AccountId"))]
    Patient(AccountId),
    /// All records of the domain that were labelled for it: the custodian's own use, and consented research.
    Cohort,
}

/// What a search speaks about, whatever the batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ScopeContext {
    /// The search domain.
    pub domain: DomainId,
    /// The epoch of the domain's key.
    pub epoch: u16,
    /// Whose records.
    pub scope: Scope,
}

impl ScopeContext {
    /// Returns the context of keys for one segment of this domain, epoch and scope.
    pub fn in_segment(self, segment: u32) -> KeyContext {
        KeyContext {
            domain: self.domain,
            epoch: self.epoch,
            scope: self.scope,
            segment,
        }
    }
}

/// What a keyword key is for. With the keyword's field it is the public information of the PRF.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyContext {
    /// The search domain.
    pub domain: DomainId,
    /// The epoch of the domain's key.
    pub epoch: u16,
    /// Whose records.
    pub scope: Scope,
    /// The segment: the batch number divided by [`SEGMENT_BATCHES`].
    pub segment: u32,
}

impl KeyContext {
    /// Returns the context without its segment.
    pub fn scope_context(self) -> ScopeContext {
        ScopeContext {
            domain: self.domain,
            epoch: self.epoch,
            scope: self.scope,
        }
    }

    /// Encodes the public information of the partially oblivious PRF (RFC 9497, `info`): a tag, then domain, epoch,
    /// scope, field and segment, all of fixed length but for the scope, which says its own; numbers little-endian.
    pub fn public_information(&self, field: Field) -> Vec<u8> {
        let mut bytes = tags::KEYWORD_INFO.to_vec();
        self.domain.encode_to(&mut bytes);
        self.epoch.encode_to(&mut bytes);
        self.scope.encode_to(&mut bytes);
        bytes.push(field.number());
        self.segment.encode_to(&mut bytes);
        bytes
    }
}

/// Returns the number of the segment in which a batch is.
pub fn segment_of(batch: BatchNumber) -> u32 {
    batch.0 / SEGMENT_BATCHES
}
