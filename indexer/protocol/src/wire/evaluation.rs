//! Blind evaluations: what a searcher asks a custodian's token service, and its answer.

use aegle_rules::{AccountId, DomainId, Purposes, consent::Declaration};
use aegle_sealed::{BlindGroup, EvaluatedGroup, Scope, limits::MAX_QUERY_TERMS};
use serde::{Deserialize, Serialize};

/// Most elements of one request, over all of its groups: a query of 256 keywords over 16 segments.
pub const MAX_EVALUATED_ELEMENTS: usize = 16 * MAX_QUERY_TERMS;
/// Most patients of one request.
pub const MAX_EVALUATED_PATIENTS: usize = 1_024;
/// Where the service is asked about many patients at once.
pub const PATIENTS_EVALUATIONS_PATH: &str = "/v1/evaluations/patients";
/// Where the service is asked.
pub const EVALUATIONS_PATH: &str = "/v1/evaluations";

/// Body of `POST /v1/evaluations`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EvaluationRequest {
    /// The search domain.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::DomainId"))]
    pub domain: DomainId,
    /// The epoch of its key.
    pub epoch: u16,
    /// Whose records.
    pub scope: Scope,
    /// For what: one purpose.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::Purposes"))]
    pub purpose: Purposes,
    /// What a researcher declares; nothing for other purposes.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::Declaration"))]
    pub research: Declaration,
    /// What is asked, by field and segment.
    pub groups: Vec<BlindGroup>,
}

/// Answer of `POST /v1/evaluations`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EvaluationAnswer {
    /// For each group of the request its answer.
    pub groups: Vec<EvaluatedGroup>,
}

/// Body of `POST /v1/evaluations/patients`: the same blinded keywords in the records of many patients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PatientsEvaluationRequest {
    /// The search domain.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::DomainId"))]
    pub domain: DomainId,
    /// The epoch of its key.
    pub epoch: u16,
    /// Whose records: 1 to 1,024 patients, each once.
    #[cfg_attr(feature = "openapi", schemars(with = "Vec<aegle_sealed::schema::AccountId>"))]
    pub patients: Vec<AccountId>,
    /// For what: one purpose.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::Purposes"))]
    pub purpose: Purposes,
    /// What is asked of each of them, by field and segment.
    pub groups: Vec<BlindGroup>,
}

/// Answer of `POST /v1/evaluations/patients`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PatientsEvaluationAnswer {
    /// For each patient of the request the answer.
    pub patients: Vec<PatientEvaluation>,
}

/// What is answered about one of many patients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PatientEvaluation {
    /// For each group of the request its answer.
    Evaluated(Vec<EvaluatedGroup>),
    /// The patient's consent does not permit the search: why, in a sentence.
    Refused(String),
}

impl PatientsEvaluationRequest {
    /// How many elements there are over all patients and groups: each counts once for every patient.
    pub fn elements(&self) -> usize {
        let groups = self.groups.iter().map(|group| group.elements.len());
        groups.sum::<usize>().saturating_mul(self.patients.len())
    }
}

impl EvaluationRequest {
    /// Returns the number of elements over all groups.
    pub fn elements(&self) -> usize {
        self.groups.iter().map(|group| group.elements.len()).sum()
    }
}
