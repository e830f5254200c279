//! Ranked searches: each part of a query is asked by itself, and what more of them find comes first.
//!
//! At an indexer each part is a search, and shows what searches show: which records it finds. In a chart that was fetched
//! ([`super::private`]) nothing is shown.

use super::{
    asking::Asking,
    private::{PrivateChart, PrivateSearchError},
};
use crate::{
    account::AccountKey,
    chain::Chain,
    deployment::Aegle,
    remote::{RemoteError, Transport},
};
use aegle_protocol::wire::{Hit, RecordPlace};
use aegle_rules::{BatchNumber, DomainId};
use aegle_sealed::{
    SearchToken,
    query::{ParsedQuery, RankedPart, RankedQuery},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use std::{cmp::Reverse, collections::BTreeMap};

/// Most hits of one part.
pub const MAX_PART_HITS: usize = 10_000;
/// Parts that are asked at the same time.
const PARALLEL_PARTS: usize = 4;

/// A hit, and how much speaks for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RankedHit {
    /// The hit.
    #[serde(flatten)]
    pub hit: Hit,
    /// The sum of the weights of the parts that found it.
    pub score: u32,
}

/// The reason why there is no ranking.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RankedSearchError {
    /// The indexer refuses, or does not answer.
    #[error(transparent)]
    Indexer(#[from] RemoteError),
    /// A part finds too much: without all of it there is no order.
    #[error(
        "part {0} of the query finds more than {MAX_PART_HITS} records; narrow it, or add a condition behind the parts"
    )]
    TooMany(usize),
}

/// Asks each part of a ranked query at the indexer, and ranks what they find: of equal scores the newest batches come first.
/// `tokens` has for each term of the query its own.
///
/// # Errors
/// See [`RankedSearchError`].
pub async fn ranked_search<C: Chain, T: Transport>(
    aegle: &Aegle<'_, C, T>,
    key: &AccountKey,
    domain: DomainId,
    asking: &Asking,
    tokens: &[Vec<SearchToken>],
    query: &RankedQuery,
) -> Result<Vec<RankedHit>, RankedSearchError> {
    let asked = query.parts.iter().enumerate().map(async |(number, part)| {
        let mut request = asking.search(domain, tokens_of(part, tokens), part.expression.clone());
        let mut found = Vec::new();
        loop {
            let answer = aegle.indexer.search(key, &request).await?;
            found.extend(answer.hits);
            match answer.next {
                _ if found.len() > MAX_PART_HITS => return Err(RankedSearchError::TooMany(number + 1)),
                Some(next) => request.after = Some(next),
                None => return Ok(found),
            }
        }
    });
    let found: Vec<Vec<Hit>> = stream::iter(asked).buffered(PARALLEL_PARTS).try_collect().await?;
    Ok(ranked(query, found))
}

impl PrivateChart {
    /// Ranks the records of the chart, as [`ranked_search`] does, without asking the indexer anything.
    ///
    /// # Errors
    /// See [`PrivateSearchError`].
    pub fn ranked_with(
        &self,
        tokens: &[Vec<SearchToken>],
        query: &RankedQuery,
    ) -> Result<Vec<RankedHit>, PrivateSearchError> {
        let found = query.parts.iter().map(|part| {
            let own = ParsedQuery {
                terms: part.terms.iter().map(|term| query.terms[*term].clone()).collect(),
                expression: part.expression.clone(),
            };
            self.search_with(tokens_of(part, tokens), &own)
        });
        Ok(ranked(query, found.collect::<Result<_, _>>()?))
    }
}

/// The tokens of the terms of a part.
fn tokens_of(part: &RankedPart, tokens: &[Vec<SearchToken>]) -> Vec<Vec<SearchToken>> {
    let own = part.terms.iter().filter_map(|term| tokens.get(*term));
    own.cloned().collect()
}

fn ranked(query: &RankedQuery, found: Vec<Vec<Hit>>) -> Vec<RankedHit> {
    let place = |hit: &Hit| (Reverse(hit.batch), hit.number);
    let places: Vec<Vec<(Reverse<BatchNumber>, u32)>> =
        found.iter().map(|hits| hits.iter().map(place).collect()).collect();
    let hits: BTreeMap<RecordPlace, Hit> = found
        .into_iter()
        .flatten()
        .map(|hit| (RecordPlace::from(&hit), hit))
        .collect();
    let ranked = query.rank(&places).into_iter();
    let hit = |batch, number| hits.get(&RecordPlace { batch, number }).copied();
    ranked
        .filter_map(|scored| {
            let (Reverse(batch), number) = scored.found;
            let (hit, score) = (hit(batch, number)?, scored.score);
            Some(RankedHit { hit, score })
        })
        .collect()
}
