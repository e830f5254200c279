//! The client of Aegle: what patients, clinicians and custodians do, over traits for the chain ([`chain::Chain`]), for
//! HTTP ([`remote::Transport`]) and for secrets ([`keystore::KeyStore`]).
//!
//! All of it is pure logic that a browser can run; the feature `native` adds the chain through subxt, HTTP through
//! reqwest and keys in files.
//!
//! By party: [`patient`], [`guardian`], [`clinician`], [`custodian`], [`researcher`], [`committee`],
//! [`organisation`], [`insurer`]; [`recovery`] says who acts for a patient. What they share: [`history`] finds
//! what the contracts do not list, [`refusal`] and [`words`] say things in sentences; [`relayer`] has acts paid by somebody
//! else; [`search`] asks, in one place or in
//! many, and verifies; [`fhir`] reads FHIR R4 and extracts the keywords by which a record is found; [`coding`]
//! makes content shorter before it is sealed.
//!
//! ```
//! use aegle_client::{fhir, sealed::Indexing};
//!
//! let reading = fhir::read(br#"{"resourceType":"Observation","status":"final",
//!     "code":{"coding":[{"system":"http://loinc.org","code":"8480-6","display":"Systolic blood pressure"}]},
//!     "subject":{"reference":"Patient/example"},"effectiveDateTime":"2026-11-20T09:30:00Z"}"#)?;
//! // Equality alone: ranges of dates and numbers and beginnings of codes have more keywords.
//! let found = reading.resources[0].keywords_under(&Indexing::of([]));
//! let keywords: Vec<String> = found.keywords.iter().map(ToString::to_string).collect();
//! assert_eq!(keywords, [
//!     "type|Observation", "code|http://loinc.org|8480-6", "status|final", "date/day|2026-11-20",
//!     "text|blood", "text|pressur", "text|systol",
//! ]);
//! # Ok::<(), fhir::FhirError>(())
//! ```
//!
//! # Assumptions
//!
//! The node that [`chain::Chain`] speaks to is the user's own or one that they trust: it says what is finalized. The
//! indexer is trusted with nothing: it can refuse and it can be slow, but what it sends is used only after it was
//! verified. It does learn which pseudonym is searched and opened by whom.

pub mod account;
pub mod address;
pub mod chain;
pub mod clinician;
pub mod coding;
pub mod committee;
pub mod custodian;
pub mod day;
pub mod deployment;
pub mod fhir;
pub mod guardian;
pub mod history;
pub mod indexer;
pub mod insurer;
pub mod keystore;
#[cfg(feature = "native")]
pub mod native;
pub mod notifications;
pub mod organisation;
pub mod patient;
pub mod proxies;
pub mod recovery;
pub mod refusal;
pub mod relayer;
pub mod remote;
pub mod researcher;
pub mod search;
pub mod words;

pub use aegle_crypto as crypto;
pub use aegle_keys as keys;
pub use aegle_protocol as protocol;
pub use aegle_rules as rules;
pub use aegle_sealed as sealed;
