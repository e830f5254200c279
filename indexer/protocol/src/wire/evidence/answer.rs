//! The evidence of an answer, and what it must show.

use super::{BatchEvidence, EvidenceError};
use crate::{
    bytes::hexadecimal,
    commitment::OpeningError,
    wire::{AnchoredLabels, RecordPlace},
};
use aegle_rules::{BatchNumber, ledger::MAX_BATCH_RECORDS};
use aegle_sealed::{BatchSpan, LeafKey, Query, VerifiedToken, decode_bounded, limits::MAX_WINDOW_BATCHES};
use scale::{Decode, DecodeAll, Encode};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::collections::{BTreeMap, BTreeSet};

/// Most batches that the evidence of one answer may be about.
pub const MAX_ANSWER_BATCHES: usize = MAX_WINDOW_BATCHES as usize;
/// Most bytes of the evidence of one answer: 64 MiB.
pub const MAX_ANSWER_EVIDENCE_BYTES: usize = 64 << 20;

/// The evidence that an indexer adds to an answer, not yet verified. In JSON it is the SCALE encoding in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Encode)]
pub struct AnswerEvidence {
    /// One more than the last batch that the indexer knows to be anchored and that the search's tokens open.
    pub end: u32,
    /// The batches that the answer is about, the newest first, those that were compacted together: at most
    /// [`MAX_ANSWER_BATCHES`].
    pub batches: Vec<BatchAnswer>,
}

/// The evidence of one batch, or of a span of batches that were compacted.
#[derive(Clone, Debug, PartialEq, Eq, Encode)]
pub struct BatchAnswer {
    /// The batches.
    pub span: BatchSpan,
    /// The version of their labels.
    pub version: u16,
    /// The evidence for the records that the query finds in them.
    pub evidence: BatchEvidence,
    /// The numbers among the labels of those that the contract does not let the caller see, rising: at most
    /// [`MAX_BATCH_RECORDS`].
    pub withheld: Vec<u32>,
}

impl Decode for BatchAnswer {
    fn decode<I: scale::Input>(input: &mut I) -> Result<Self, scale::Error> {
        Ok(Self {
            span: BatchSpan::decode(input)?,
            version: u16::decode(input)?,
            evidence: BatchEvidence::decode(input)?,
            withheld: decode_bounded(input, MAX_BATCH_RECORDS as usize, "too many withheld records")?,
        })
    }
}

impl Decode for AnswerEvidence {
    fn decode<I: scale::Input>(input: &mut I) -> Result<Self, scale::Error> {
        Ok(Self {
            end: u32::decode(input)?,
            batches: decode_bounded(input, MAX_ANSWER_BATCHES, "evidence of too many batches")?,
        })
    }
}

impl AnswerEvidence {
    /// Decodes evidence that is the whole of `bytes`.
    ///
    /// # Errors
    /// There are more than [`MAX_ANSWER_EVIDENCE_BYTES`] bytes, they are no evidence, or bytes are left over.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, scale::Error> {
        if bytes.len() > MAX_ANSWER_EVIDENCE_BYTES {
            return Err("too much evidence of an answer".into());
        }
        Self::decode_all(&mut &*bytes)
    }
}

#[cfg(feature = "openapi")]
impl schemars::JsonSchema for AnswerEvidence {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "AnswerEvidence".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^(0x)?([0-9a-fA-F]{2})*$",
            "description": "What proves an answer: SCALE in hexadecimal.",
        })
    }
}

impl Serialize for AnswerEvidence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        hexadecimal::serialize(&self.encode(), serializer)
    }
}

impl<'de> Deserialize<'de> for AnswerEvidence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = hexadecimal::deserialize(deserializer)?;
        Self::from_bytes(&bytes).map_err(D::Error::custom)
    }
}

/// Derives the keys of a query's terms in batches that were labelled in an epoch, in the order of the terms; returns
/// `None` when a term has no token that opens all of them.
pub fn leaf_keys(terms: &[Vec<VerifiedToken>], span: BatchSpan, epoch: u16) -> Option<Vec<LeafKey>> {
    let key = |tokens: &Vec<VerifiedToken>| {
        let mut of_epoch = tokens.iter().filter(|token| token.context().epoch == epoch);
        of_epoch.find_map(|token| token.span(&span))
    };
    terms.iter().map(key).collect()
}

/// Labels that an answer must be made from, as the caller has them from a finalized block of its own.
pub struct ExpectedLabels {
    /// The labels as the ledger has them.
    pub anchored: AnchoredLabels,
    /// The keys of the query's terms in these batches, for each epoch of which there are tokens: see [`leaf_keys`].
    pub leaf_keys: BTreeMap<u16, Vec<LeafKey>>,
    /// The numbers of the records that belong to the scope, where the caller knows them. With them a record of
    /// somebody else is called foreign; only a query that finds what has not a term needs them.
    pub universe: Option<BTreeSet<u32>>,
}

/// The question, and the client's view of the chain, that an answer is verified against.
pub struct ExpectedAnswer<'a> {
    /// The query.
    pub query: &'a Query,
    /// One more than the last batch that the search's tokens open: from the caller's own view of the finalized chain.
    pub end: u32,
    /// The labels of every batch that may hold records of the scope, by the first one of those that have them in common.
    pub labels: &'a BTreeMap<BatchNumber, ExpectedLabels>,
    /// The last hit of the page before; `None` for the first page.
    pub after: Option<RecordPlace>,
    /// Most hits that were asked for. An answer with that many may end before the window does.
    pub limit: u32,
}

/// In what an answer is older than the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StaleAnswer {
    /// It ends before the last batch.
    #[error("it ends before batch {found}, and the window before {expected}")]
    End {
        /// The end of the answer.
        found: u32,
        /// The end of the window.
        expected: u32,
    },
    /// It is made from labels that the custodian has replaced since.
    #[error("it has version {found} of the labels of {span}, and the chain {anchored}")]
    Version {
        /// The batches.
        span: BatchSpan,
        /// In the answer.
        found: u16,
        /// On chain.
        anchored: u16,
    },
    /// It is made from labels that the custodian has compacted since.
    #[error("it has labels of {found}, and the chain those of {anchored} together")]
    Compacted {
        /// In the answer.
        found: BatchSpan,
        /// On chain.
        anchored: BatchSpan,
    },
    /// It is made from labels that are not those on chain, whatever version it says: replaced ones, or no one's.
    #[error("{span}: {source}")]
    Commitment {
        /// The batches.
        span: BatchSpan,
        /// Both commitments.
        source: OpeningError,
    },
}

/// The reason why an answer is not to be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// More hits than were asked for.
    #[error("{found} hits, and {limit} were asked for")]
    TooManyHits {
        /// The number of hits.
        found: usize,
        /// The number that was asked for.
        limit: u32,
    },
    /// The answer is older than the caller's view of the chain.
    #[error("the answer is stale: {0}")]
    Stale(#[from] StaleAnswer),
    /// The answer is newer than the caller's view of the chain: ask again with a newer view.
    #[error("the answer is newer than the caller's view of the chain")]
    Newer,
    /// A hit is of a batch that holds none of the scope, has a number that its batch has not, or is somebody else's.
    #[error("{0} does not belong to what was searched")]
    Foreign(RecordPlace),
    /// A hit comes twice.
    #[error("{0} comes twice")]
    Duplicated(RecordPlace),
    /// A hit is not where it belongs: newest batch first, rising numbers in a batch, after the page before.
    #[error("{0} is not in its place")]
    Reordered(RecordPlace),
    /// A hit that the query does not find.
    #[error("{0} was added: the query does not find it")]
    Added(RecordPlace),
    /// A record that the query finds is neither a hit nor withheld.
    #[error("{0} was dropped: the query finds it")]
    Dropped(RecordPlace),
    /// There is no evidence of a batch that the answer must be about.
    #[error("there is no evidence of {0}")]
    MissingBatch(BatchSpan),
    /// There is evidence of a batch that this answer is not about.
    #[error("there is evidence of {0}, which the answer is not about")]
    ForeignBatch(BatchSpan),
    /// The batches of the evidence do not come newest first, each once.
    #[error("the evidence of {0} is not in its place")]
    BatchOrder(BatchSpan),
    /// The evidence of a batch proves nothing.
    #[error("{span}: {source}")]
    Evidence {
        /// The batches.
        span: BatchSpan,
        /// The fault of the evidence.
        source: EvidenceError,
    },
    /// A record is said to be withheld that the query does not find here, that is a hit too, or out of order.
    #[error("{0} cannot have been withheld")]
    Withheld(RecordPlace),
}

/// An answer that is exactly what the query finds. It comes from [`AnswerEvidence::verify`] alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedAnswer {
    pub(super) hits: Vec<RecordPlace>,
    pub(super) withheld: Vec<RecordPlace>,
}

impl VerifiedAnswer {
    /// Returns the positions of the hits, newest batch first.
    pub fn hits(&self) -> &[RecordPlace] {
        &self.hits
    }

    /// Returns the positions of what the query finds besides, and of which the indexer says that the contract does not
    /// let the caller see it: the caller can ask the contract itself.
    pub fn withheld(&self) -> &[RecordPlace] {
        &self.withheld
    }
}
