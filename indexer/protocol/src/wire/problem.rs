//! Problem documents.

use serde::{Deserialize, Serialize};

/// An error of the HTTP API (RFC 9457, `application/problem+json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Problem {
    /// `about:blank`: the code says what the type would.
    #[serde(rename = "type")]
    pub kind: String,
    /// The HTTP status.
    pub status: u16,
    /// A sentence about the code.
    pub title: String,
    /// The stable code.
    pub code: ProblemCode,
    /// What went wrong, finer than the code and as stable: an extension member (RFC 9457, section 3.2).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The particulars of this case; never a person's data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $status:literal, $title:literal;)*) => {
        /// The kind of a problem, stable over versions.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
        #[serde(rename_all = "kebab-case")]
        #[non_exhaustive]
        pub enum ProblemCode {
            $($(#[$doc])* $name,)*
            /// A code that this version does not know.
            #[serde(other)]
            Unknown,
        }

        impl ProblemCode {
            /// Returns the HTTP status of the code (RFC 9110, section 15).
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* Self::Unknown => 500 }
            }

            /// Returns a sentence about the code.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* Self::Unknown => "something else went wrong" }
            }
        }
    };
}

codes! {
    /// Nothing to show: absent, erased or denied.
    NotFound = 404, "there is nothing that may be shown";
    /// The request is malformed.
    Malformed = 400, "the request is malformed";
    /// The request is not signed as it should be.
    Unsigned = 401, "the request is not signed as it should be";
    /// The request has expired, or expires too far ahead.
    Expired = 401, "the request has expired, or expires too far ahead";
    /// The nonce has been used.
    Replayed = 401, "the nonce has been used before";
    /// The caller may not do that.
    NotPermitted = 403, "the caller may not do that";
    /// The body is too large.
    TooLarge = 413, "the body is too large";
    /// The body of the request is not what is on chain.
    NotAnchored = 422, "what was sent is not what is on chain";
    /// It was there before, and is different.
    Conflict = 409, "it is there already, and different";
    /// The caller's budget for today is spent.
    BudgetSpent = 429, "the budget for today is spent";
    /// There were too many requests.
    TooMany = 429, "too many requests";
    /// The chain does not answer, so nothing is shown.
    ChainUnavailable = 503, "the chain does not answer, so nothing is shown";
    /// A fault of the indexer.
    Internal = 500, "the indexer failed";
}

impl Problem {
    /// Returns the problem document of a code (RFC 9457).
    pub fn new(code: ProblemCode, detail: Option<String>) -> Self {
        Self {
            kind: "about:blank".into(),
            status: code.status(),
            title: code.title().into(),
            code,
            reason: String::new(),
            detail,
        }
    }
}
