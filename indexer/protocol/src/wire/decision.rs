//! Decisions about many records at once, for a custodian's own systems: may this person see this, for that?

use crate::{BlockId, bytes::confidentiality, record::RecordId};
use aegle_rules::{
    AccountId, Confidentiality, GrantId, Purposes, Slot, Timestamp,
    consent::{Declaration, Facts},
};
use serde::{Deserialize, Serialize};

/// Where decisions are asked for.
pub const DECISIONS_PATH: &str = "/v1/decisions";
/// Most questions of one request: all matches of a search, so that its total can be told.
pub const MAX_DECISIONS: usize = 10_000;

/// What a decision is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Subject {
    /// A record of a search domain that the caller's organisation keeps. One of others, one that was erased and one that
    /// never was are all denied.
    Record(RecordId),
    /// Something that the caller keeps and has not filed, by the facts that consent is decided on.
    Resource {
        /// Whose it is.
        #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::AccountId"))]
        patient: AccountId,
        /// The patient's slot of its data class.
        #[cfg_attr(feature = "openapi", schemars(with = "u8"))]
        slot: Slot,
        /// Its confidentiality: N, R or V.
        #[serde(with = "confidentiality")]
        #[cfg_attr(feature = "openapi", schemars(with = "String"))]
        confidentiality: Confidentiality,
        /// Who wrote it.
        #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::AccountId"))]
        author: AccountId,
        /// When, in milliseconds since the Unix epoch.
        authored_at: Timestamp,
    },
}

impl Subject {
    /// Returns patient and facts of what is not a record.
    pub fn resource(&self) -> Option<(AccountId, Facts)> {
        match *self {
            Self::Record(_) => None,
            Self::Resource {
                patient,
                slot,
                confidentiality,
                author,
                authored_at,
            } => {
                let facts = Facts {
                    slot,
                    confidentiality,
                    author,
                    authored_at,
                };
                Some((patient, facts))
            }
        }
    }
}

/// One question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DecisionQuestion {
    /// What it is about.
    pub about: Subject,
    /// Who would see it.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::AccountId"))]
    pub actor: AccountId,
    /// For what: exactly one purpose.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::Purposes"))]
    pub purpose: Purposes,
    /// A researcher's declaration; the default for other purposes.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::Declaration"))]
    pub research: Declaration,
}

/// Body of `POST /v1/decisions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DecisionRequest {
    /// The questions: 1 to [`MAX_DECISIONS`].
    pub questions: Vec<DecisionQuestion>,
}

/// The reason why questions are refused. Then nothing is decided, and nothing may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecisionRequestError {
    /// There is none, or there are too many.
    #[error("{0} questions: ask 1 to {MAX_DECISIONS} at a time")]
    Number(usize),
    /// A question names no purpose, or more than one.
    #[error("question {0} names not exactly one purpose")]
    Purpose(usize),
}

impl DecisionRequest {
    /// Checks that there are 1 to [`MAX_DECISIONS`] questions, each with one purpose.
    ///
    /// # Errors
    /// See [`DecisionRequestError`].
    pub fn check(&self) -> Result<(), DecisionRequestError> {
        let number = self.questions.len();
        if number == 0 || number > MAX_DECISIONS {
            return Err(DecisionRequestError::Number(number));
        }
        match self.questions.iter().position(|question| !question.purpose.is_single()) {
            Some(place) => Err(DecisionRequestError::Purpose(place)),
            None => Ok(()),
        }
    }
}

/// The contract's decision on one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ConsentDecision {
    /// Whether it may be shown.
    pub permit: bool,
    /// The grant that permits; `None` where it is denied, or permitted without one: to the patient, a representative, or in
    /// an emergency.
    #[cfg_attr(feature = "openapi", schemars(with = "Option<aegle_sealed::schema::GrantId>"))]
    pub grant: Option<GrantId>,
}

impl ConsentDecision {
    /// It may not be shown.
    pub const DENIED: Self = Self {
        permit: false,
        grant: None,
    };
}

/// Answer of `POST /v1/decisions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DecisionAnswer {
    /// The decisions, in the order of the questions.
    pub decisions: Vec<ConsentDecision>,
    /// How many of them permit: the total to tell of a search that found what was asked about.
    pub permitted: u32,
    /// The finalized block in whose state the contract decided; the best one's was asked too.
    pub block: BlockId,
    /// The chain's time in it, in milliseconds since the Unix epoch.
    pub at: Timestamp,
}

/// The answer is to other questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the decisions are not those on the questions that were asked: show nothing")]
pub struct DecisionAnswerError;

impl DecisionAnswer {
    /// Returns the decisions, if there is one for each question and the total is theirs.
    ///
    /// # Errors
    /// [`DecisionAnswerError`]: then nothing may be shown.
    pub fn of(&self, request: &DecisionRequest) -> Result<&[ConsentDecision], DecisionAnswerError> {
        let permitted = self.decisions.iter().filter(|decision| decision.permit).count();
        let is_whole = self.decisions.len() == request.questions.len() && permitted == self.permitted as usize;
        is_whole.then_some(self.decisions.as_slice()).ok_or(DecisionAnswerError)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use aegle_rules::Hash;

    fn question() -> DecisionQuestion {
        DecisionQuestion {
            about: Subject::Record(RecordId([1; 16])),
            actor: AccountId([2; 32]),
            purpose: Purposes::TREAT,
            research: Declaration::default(),
        }
    }

    #[test]
    fn questions_have_limits_and_one_purpose_each() {
        let request = |questions| DecisionRequest { questions };
        assert_eq!(request(vec![question()]).check(), Ok(()));
        assert_eq!(request(vec![question(); MAX_DECISIONS]).check(), Ok(()));
        assert_eq!(request(vec![]).check(), Err(DecisionRequestError::Number(0)));
        let many = MAX_DECISIONS + 1;
        assert_eq!(
            request(vec![question(); many]).check(),
            Err(DecisionRequestError::Number(many))
        );
        for purpose in [Purposes::NONE, Purposes::TREAT.union(Purposes::HRESCH)] {
            let asked = vec![question(), DecisionQuestion { purpose, ..question() }];
            assert_eq!(
                request(asked).check(),
                Err(DecisionRequestError::Purpose(1)),
                "{purpose:?}"
            );
        }
    }

    #[test]
    fn an_answer_that_does_not_fit_is_none() {
        let permit = ConsentDecision {
            permit: true,
            grant: Some(GrantId(1)),
        };
        let request = DecisionRequest {
            questions: vec![question(); 2],
        };
        let answer = |decisions: &[ConsentDecision], permitted| DecisionAnswer {
            decisions: decisions.to_vec(),
            permitted,
            block: BlockId {
                number: 1,
                hash: Hash([0; 32]),
            },
            at: 0,
        };
        let both = [permit, ConsentDecision::DENIED];
        assert_eq!(answer(&both, 1).of(&request), Ok(&both[..]));
        for (decisions, permitted) in [
            (vec![permit], 1),
            (vec![permit; 3], 3),
            (vec![], 0),
            (both.to_vec(), 2),
            (both.to_vec(), 0),
        ] {
            assert_eq!(answer(&decisions, permitted).of(&request), Err(DecisionAnswerError));
        }
    }

    #[test]
    fn a_subject_is_written_as_what_it_is() {
        let record = serde_json::to_value(question()).unwrap();
        assert_eq!(record["about"]["record"], "0x01010101010101010101010101010101");
        let text = r#"{"resource":{"patient":"0x0000000000000000000000000000000000000000000000000000000000000001","slot":3,
            "confidentiality":"R","author":"0x0000000000000000000000000000000000000000000000000000000000000002","authored_at":5}}"#;
        let (_, facts) = serde_json::from_str::<Subject>(text).unwrap().resource().unwrap();
        assert_eq!(
            (facts.slot, facts.confidentiality),
            (Slot(3), Confidentiality::Restricted)
        );
        for unknown in [r#""X""#, r#""""#, "null"] {
            assert!(
                serde_json::from_str::<Subject>(&text.replace(r#""R""#, unknown)).is_err(),
                "{unknown}"
            );
        }
    }
}
