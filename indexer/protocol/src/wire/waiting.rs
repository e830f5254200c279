//! What waits for an account: requests, broken glasses, proposals, and the patients whose guardian it is.

use aegle_rules::{AccountId, ProposalId, Timestamp, consent::Request, consortium::Action};
use serde::{Deserialize, Serialize};

use crate::BlockId;

/// A request for access that was neither answered nor withdrawn, and has not expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WaitingRequest {
    /// Whose records.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::AccountId"))]
    pub patient: AccountId,
    /// Who asks.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::AccountId"))]
    pub requester: AccountId,
    /// For what, as the contract has it.
    #[cfg_attr(feature = "openapi", schemars(schema_with = "schemas::of_rules"))]
    pub request: Request,
}

/// A broken glass that is open, or that nobody has reviewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WaitingGlass {
    /// Whose records.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::AccountId"))]
    pub patient: AccountId,
    /// Who broke it.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::AccountId"))]
    pub clinician: AccountId,
    /// When, in milliseconds since the Unix epoch.
    pub opened_at: Timestamp,
    /// First millisecond at which it is open no more.
    pub until: Timestamp,
    /// The clinician's reason, as a code of the consortium's own list.
    pub reason: u8,
    /// First millisecond at which its review is overdue.
    pub review_by: Timestamp,
    /// Whether it was reviewed.
    pub reviewed: bool,
}

/// A proposal to the committee that can be voted on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WaitingProposal {
    /// Its number.
    #[cfg_attr(feature = "openapi", schemars(with = "u32"))]
    pub id: ProposalId,
    /// Who proposed.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::AccountId"))]
    pub proposer: AccountId,
    /// What, as the contract has it.
    #[cfg_attr(feature = "openapi", schemars(schema_with = "schemas::of_rules"))]
    pub action: Action,
    /// First millisecond at which it can no longer be voted on or executed.
    pub expires: Timestamp,
    /// The number of members who have voted for it.
    pub votes: u8,
}

/// A patient whose guardian the account is or will be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WaitingWard {
    /// The patient.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::AccountId"))]
    pub patient: AccountId,
    /// First millisecond at which the account is guardian.
    pub from: Timestamp,
    /// First millisecond at which it is no more.
    pub until: Timestamp,
}

/// Answer of `GET /v1/waiting`: a hint where to look, as far as the indexer has come. Of each kind there are 1,000 at most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Waiting {
    /// Requests to and by the account, those that expire first before others.
    pub requests: Vec<WaitingRequest>,
    /// Glasses over the account's records, or broken by it; and those that wait for its review as an admin. Those due first
    /// come first.
    pub glasses: Vec<WaitingGlass>,
    /// Proposals, for who is of the committee.
    pub proposals: Vec<WaitingProposal>,
    /// The patients whose guardian the account is or will be.
    pub wards: Vec<WaitingWard>,
    /// The block up to which events are in it.
    pub block: BlockId,
}

/// Schemas of types of the contracts' rules.
#[cfg(feature = "openapi")]
mod schemas {
    /// Anything, as `aegle_rules` writes it.
    pub(super) fn of_rules(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "description": "As the contract has it: the fields of the type of aegle-rules" })
    }
}
