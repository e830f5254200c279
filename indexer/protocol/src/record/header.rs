//! What names a record, and what is authenticated with it in the clear.

use super::{LengthClass, MAX_LENGTH_CLASS, RowError};
use crate::{bytes, digest::hash, tags};
use aegle_rules::{AccountId, Confidentiality, DomainId, Hash, SLOTS, Slot, Timestamp};
use scale::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// The version that records are sealed with.
pub const RECORD_VERSION: u8 = 2;

bytes::bytes! {
    /// A record's name: 16 random bytes.
    RecordId[16]
}
bytes::bytes! {
    /// The commitment to a record's key.
    KeyCommitment[32]
}

/// The part of a record that is authenticated with it, in the clear: every fact that the policy decides on, and where the
/// record is filed. Label, keys and every segment of the record are bound to each of its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RecordHeader {
    /// [`RECORD_VERSION`].
    pub version: u8,
    /// The patient's pseudonym.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::AccountId"))]
    pub patient: AccountId,
    /// The slot to whose key the record is sealed.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::Slot"))]
    pub slot: Slot,
    /// The epoch of that key.
    pub epoch: u16,
    /// The confidentiality of the record.
    #[serde(with = "bytes::confidentiality")]
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::Confidentiality"))]
    pub confidentiality: Confidentiality,
    /// To which length the content is padded.
    pub length_class: LengthClass,
    /// The author of the record.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::AccountId"))]
    pub author: AccountId,
    /// The time of authoring, in milliseconds since the Unix epoch.
    pub authored_at: Timestamp,
    /// The search domain that the record is filed in.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::DomainId"))]
    pub domain: DomainId,
}

impl RecordHeader {
    /// Computes the header's hash, 32 bytes, which the record's keys and its capsule are bound to.
    pub fn hash(&self) -> Hash {
        hash(tags::RECORD_HEADER, &[&self.encode()])
    }

    /// Checks what a decoded header may state wrongly.
    ///
    /// # Errors
    /// An unknown version, a slot over 31, or an unknown length class.
    pub fn check(&self) -> Result<(), RowError> {
        if self.version != RECORD_VERSION {
            return Err(RowError::Version(self.version));
        }
        if self.slot.0 >= SLOTS {
            return Err(RowError::Slot(self.slot.0));
        }
        if self.length_class > MAX_LENGTH_CLASS {
            return Err(RowError::LengthClass(self.length_class.0));
        }
        Ok(())
    }
}
