//! What a researcher does: counts of patients who consent to research.

use crate::{
    account::AccountKey,
    chain::Chain,
    deployment::Aegle,
    remote::{RemoteError, Transport},
    search::asking::Asking,
};
use aegle_protocol::wire::{CountAnswer, CountRequest};
use aegle_rules::DomainId;
use aegle_sealed::{SearchToken, query::GroupedQuery};

/// A question for counts in a cohort, with the tokens of its terms.
pub struct CountQuestion<'a> {
    /// The search domain.
    pub domain: DomainId,
    /// The requester and the purpose.
    pub asking: &'a Asking,
    /// The query, and the groups that are counted besides.
    pub query: GroupedQuery,
    /// For each term of the query its tokens, one a segment.
    pub tokens: Vec<Vec<SearchToken>>,
}

/// Counts the patients of a custodian's cohort who have a record that the query finds, and those of each group: only
/// patients who consent, floored and noised. The indexer's answer is not verified.
///
/// # Errors
/// See [`RemoteError`].
pub async fn count<C: Chain, T: Transport>(
    aegle: &Aegle<'_, C, T>,
    key: &AccountKey,
    question: CountQuestion<'_>,
) -> Result<CountAnswer, RemoteError> {
    let request = CountRequest {
        domain: question.domain,
        purpose: question.asking.purpose,
        research: question.asking.research,
        terms: question.tokens,
        query: question.query.expression,
        groups: question.query.groups,
    };
    aegle.indexer.count(key, &request).await
}
