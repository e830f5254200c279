//! The log of what was disclosed of a patient's records: one hash chain a patient.

use crate::{BlockId, digest::hash, record::RecordId, tags};
use aegle_rules::{AccountId, GrantId, Hash, Purposes, Timestamp};
use scale::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// The kind of data that was disclosed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum DisclosureKind {
    /// The record's row was handed out.
    Row,
    /// Its ciphertext was handed out.
    Ciphertext,
    /// Its capsule was transformed: from here on the requester can open it.
    Transform,
}

/// One disclosure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Disclosure {
    /// The kind of data that was disclosed.
    pub kind: DisclosureKind,
    /// The patient.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::AccountId"))]
    pub patient: AccountId,
    /// The record.
    pub record: RecordId,
    /// To whom.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::AccountId"))]
    pub requester: AccountId,
    /// The purpose.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::Purposes"))]
    pub purpose: Purposes,
    /// The grant that permitted it; `None` if the patient asked.
    #[cfg_attr(feature = "openapi", schemars(with = "Option<aegle_sealed::schema::GrantId>"))]
    pub grant: Option<GrantId>,
    /// Hash of the signed request.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::Hash"))]
    pub request: Hash,
    /// The finalized block at which the contract permitted it.
    pub block: BlockId,
    /// The time by that block's clock, in milliseconds since the Unix epoch.
    pub at: Timestamp,
}

impl Disclosure {
    /// Computes the hash of this entry, 32 bytes, after an entry with hash `previous`, which is all zero before the
    /// first one.
    pub fn hash(&self, number: u64, previous: &Hash) -> Hash {
        hash(tags::DISCLOSURE, &[&number.to_le_bytes(), &previous.0, &self.encode()])
    }
}

/// An entry of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DisclosureEntry {
    /// Its number, counted from 1.
    pub number: u64,
    /// The disclosure.
    pub disclosure: Disclosure,
    /// Hash of the entry before, all zero for the first.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::Hash"))]
    pub previous: Hash,
    /// Its hash.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::Hash"))]
    pub hash: Hash,
}

/// Answer of `GET /v1/disclosures`: entries in rising order, without a gap. Of `GET /v1/records/{record}/disclosures`: those
/// of one record, in rising order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DisclosureLog {
    /// The entries.
    pub entries: Vec<DisclosureEntry>,
}

/// The reason why a log is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("entry {number} does not follow from the one before")]
pub struct DisclosureChainError {
    /// The first entry that does not.
    pub number: u64,
}

impl DisclosureLog {
    /// Verifies that the entries are one chain: hashes, numbers and links.
    ///
    /// # Errors
    /// The first entry that does not follow.
    pub fn verify_chain(&self) -> Result<(), DisclosureChainError> {
        let mut before: Option<(u64, Hash)> = None;
        for entry in &self.entries {
            let follows = match before {
                Some((number, hash)) => number.checked_add(1) == Some(entry.number) && entry.previous == hash,
                None => entry.number > 1 || (entry.number == 1 && entry.previous == Hash([0; 32])),
            };
            if !follows || entry.disclosure.hash(entry.number, &entry.previous) != entry.hash {
                return Err(DisclosureChainError { number: entry.number });
            }
            before = Some((entry.number, entry.hash));
        }
        Ok(())
    }
}
