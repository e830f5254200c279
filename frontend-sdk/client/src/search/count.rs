//! Counts of patients who consent to research.

use super::asking::Asking;
use crate::{
    account::AccountKey,
    chain::Chain,
    deployment::Aegle,
    remote::{RemoteError, Transport},
};
use aegle_protocol::wire::{CountAnswer, CountRequest};
use aegle_rules::DomainId;
use aegle_sealed::{SearchToken, query::GroupedQuery};

/// Counts the patients of a custodian's cohort who have a record that the query finds, and those of each group: only
/// patients who consent, floored and noised. The indexer's answer is not verified.
///
/// # Errors
/// See [`RemoteError`].
pub async fn count<C: Chain, T: Transport>(
    aegle: &Aegle<'_, C, T>,
    key: &AccountKey,
    domain: DomainId,
    asking: &Asking,
    (query, terms): (GroupedQuery, Vec<Vec<SearchToken>>),
) -> Result<CountAnswer, RemoteError> {
    let request = CountRequest {
        domain,
        purpose: asking.purpose,
        research: asking.research,
        terms,
        query: query.expression,
        groups: query.groups,
    };
    aegle.indexer.count(key, &request).await
}
