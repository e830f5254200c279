//! The wire protocol of client and indexer: bodies of the HTTP API, and what makes them trustworthy.
//!
//! Bodies are JSON, with bytes as `0x` hexadecimal, whose version is in the path (`/v1/`); [`Upload`], [`Bundle`],
//! [`Relabelling`], [`LabelRuns`] and [`PublishedKeys`](crate::keys::PublishedKeys) are SCALE after a tag and a version ([`Format`]), as is everything that is kept. What comes in is
//! unverified: each type that carries a claim has a `verify` against something the caller holds from the chain. An
//! indexer answers:
//!
//! | request | body | answer |
//! |---|---|---|
//! | `GET /v1/status` | | [`Status`] |
//! | `PUT /v1/keys` | [`crate::keys::PublishedKeys`] | |
//! | `GET /v1/keys/{account}?epochs=` | | [`crate::keys::KeyAnswer`] |
//! | `POST /v1/ciphertexts` | [`Upload`] | |
//! | `POST /v1/ciphertexts/large` | [`LargeCiphertext`] | [`MissingPieces`] |
//! | `PUT /v1/ciphertexts/{record}/pieces/{number}` | a piece | |
//! | `POST /v1/batches` | [`Bundle`] | |
//! | `POST /v1/relabellings` | [`Relabelling`] | |
//! | `POST /v1/shares` | [`ShareDeposit`] | |
//! | `GET /v1/grants` | | [`HeldGrant`], a list |
//! | `GET /v1/grants/{patient}/{grant}` | | [`GrantSplit`] |
//! | `POST /v1/search` | [`SearchRequest`] | [`SearchAnswer`] |
//! | `POST /v1/label-runs` | [`LabelRunsRequest`] | [`LabelRuns`] |
//! | `POST /v1/counts` | [`CountRequest`] | [`CountAnswer`] |
//! | `POST /v1/open` | [`OpenRequest`] | [`OpenAnswer`] |
//! | `GET /v1/ciphertexts/{record}?purpose=` | | ciphertext |
//! | `POST /v1/transform` | [`TransformRequest`] | [`TransformAnswer`] |
//! | `POST /v1/partials` | [`PresentedTransform`] | [`TransformAnswer`] |
//! | `GET /v1/disclosures` | | [`DisclosureLog`] |
//! | `GET /v1/records/{record}/disclosures` | | [`DisclosureLog`] |
//! | `POST /v1/decisions` | [`DecisionRequest`] | [`DecisionAnswer`] |
//! | `GET /v1/events` | | [`Notification`]s, as server-sent events |
//! | `GET /v1/waiting` | | [`Waiting`] |
//! | `POST /v1/relay` | [`RelayRequest`] | [`RelayAnswer`] |
//!
//! What is below [`BASE_PATH`](crate::fhir::BASE_PATH) answers resources of [FHIR](crate::fhir), and OperationOutcomes.
//!
//! A token service answers [`EVALUATIONS_PATH`]: `POST /v1/evaluations`, [`EvaluationRequest`], [`EvaluationAnswer`].
//!
//! Errors are [`Problem`]s (RFC 9457). A denied, an erased and an absent record all answer [`ProblemCode::NotFound`].

mod anchored;
mod bundle;
mod count;
mod decision;
mod disclosure;
mod evaluation;
mod evidence;
mod format;
mod invitation;
mod notification;
mod opening;
mod pieces;
mod place;
mod problem;
mod relabelling;
mod relay;
mod runs;
mod search;
mod share;
mod upload;
mod waiting;

pub use anchored::{AnchoredLabels, LabelCommitment};
pub use bundle::{Bundle, BundleError, VerifiedBundle};
pub use count::{COUNT_FLOOR, Count, CountAnswer, CountRequest, VerifiedCount};
pub use decision::{
    ConsentDecision, DECISIONS_PATH, DecisionAnswer, DecisionAnswerError, DecisionQuestion, DecisionRequest,
    DecisionRequestError, MAX_DECISIONS, Subject,
};
pub use disclosure::{Disclosure, DisclosureChainError, DisclosureEntry, DisclosureKind, DisclosureLog};
pub use evaluation::{
    EVALUATIONS_PATH, EvaluationAnswer, EvaluationRequest, MAX_EVALUATED_ELEMENTS, MAX_EVALUATED_PATIENTS,
    PATIENTS_EVALUATIONS_PATH, PatientEvaluation, PatientsEvaluationAnswer, PatientsEvaluationRequest,
};
pub use evidence::{
    Absence, AnswerError, AnswerEvidence, BatchAnswer, BatchEvidence, BuildEvidenceError, EvidenceError,
    ExpectedAnswer, ExpectedLabels, IndexTrees, LabelPlace, MAX_ANSWER_BATCHES, MAX_ANSWER_EVIDENCE_BYTES, Presence,
    StaleAnswer, TermEvidence, VerifiedAnswer, leaf_keys,
};
pub use format::{FORMAT_BYTES, Format, FormatError};
pub use invitation::{
    Invitation, InvitationError, MAX_INVITATION_BYTES, MAX_INVITATION_MS, SignedInvitation, VerifiedInvitation,
};
pub use notification::{
    END_EVENT, HEAD_EVENT, HEARTBEAT_MS, LAST_EVENT_ID_HEADER, Notification, NotificationId, NotificationIdError,
    NotificationKind,
};
pub use opening::{
    AnchoredRecords, OpenAnswer, OpenAnswerError, OpenRequest, PresentedTransform, SignedTransform, TransformAnswer,
    TransformAnswerError, TransformRequest, VerifiedRecord,
};
pub use pieces::{
    LARGE_CIPHERTEXTS_PATH, LargeCiphertext, LargeCiphertextError, MissingPieces, PIECE_BYTES, piece_bytes, piece_count,
};
pub use place::RecordPlace;
pub use problem::{Problem, ProblemCode};
pub use relabelling::{Relabelling, RelabellingError};
pub use relay::{
    MAX_RELAYED_BYTES, PaidNewcomers, RELAY_PATH, RelayAnswer, RelayRequest, RelayRequestError, RelayTarget,
    RelayedCall, RelayerIdentity, TransactionPlace, VerifiedRelayedCall, blake2_256,
};
pub use runs::{LabelRun, LabelRuns, LabelRunsError, LabelRunsRequest, MAX_RUN_BYTES, SpanRuns, VerifiedSpanRuns};
pub use search::{
    Asked, Hit, MAX_SEARCH_HITS, MAX_TERM_TOKENS, SearchAnswer, SearchRequest, SearchRequestError, VerifiedSearch,
};
pub use share::{DepositError, GrantSplit, HeldGrant, ShareDeposit, VerifiedDeposit};
pub use upload::{MAX_UPLOAD_BODY_BYTES, MAX_UPLOAD_BYTES, MAX_UPLOAD_CIPHERTEXTS, Upload, UploadError};
pub use waiting::{Waiting, WaitingGlass, WaitingProposal, WaitingRequest, WaitingWard};

use crate::{BlockNumber, Head, tags};
use aegle_rules::{AccountId, EncryptionKey, Hash};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The proxy that an indexer runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ProxyIdentity {
    /// Its account.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::AccountId"))]
    pub account: AccountId,
    /// The key that shares are sealed to.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::EncryptionKey"))]
    pub key: EncryptionKey,
}

impl ProxyIdentity {
    /// Returns the account of a proxy that has none on chain: SHA-256 of [`tags::PROXY_ACCOUNT`] and its key.
    pub fn derived_account(key: &EncryptionKey) -> AccountId {
        let digest = Sha256::new_with_prefix(tags::PROXY_ACCOUNT).chain_update(key.0);
        AccountId(digest.finalize().into())
    }

    /// Returns whether the account says by itself that the key is its own, because it was derived from the key. The key
    /// of any other account must stand in the key directory on chain.
    pub fn is_derived(&self) -> bool {
        Self::derived_account(&self.key) == self.account
    }
}

/// The state of an indexer. A client checks it against its own configuration and its own view of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Status {
    /// Hash of the chain's first block.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::Hash"))]
    pub genesis: Hash,
    /// The consortium contract.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::AccountId"))]
    pub consortium: AccountId,
    /// The consent contract.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::AccountId"))]
    pub consent: AccountId,
    /// The ledger contract.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::AccountId"))]
    pub ledger: AccountId,
    /// The proxy.
    pub proxy: ProxyIdentity,
    /// The finalized head.
    pub finalized: Head,
    /// The last block whose events are indexed.
    pub indexed: BlockNumber,
    /// Who pays for relayed calls; `None` where the indexer relays none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relayer: Option<RelayerIdentity>,
}
