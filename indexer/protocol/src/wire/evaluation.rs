//! Blind evaluations: what a searcher asks a custodian's token service, and its answer.

use aegle_rules::{DomainId, Purposes, consent::Declaration};
use aegle_sealed::{BlindGroup, EvaluatedGroup, Scope, limits::MAX_QUERY_TERMS};
use serde::{Deserialize, Serialize};

/// Most elements of one request, over all of its groups: a query of 256 keywords over 16 segments.
pub const MAX_EVALUATED_ELEMENTS: usize = 16 * MAX_QUERY_TERMS;
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

impl EvaluationRequest {
    /// Returns the number of elements over all groups.
    pub fn elements(&self) -> usize {
        self.groups.iter().map(|group| group.elements.len()).sum()
    }
}
