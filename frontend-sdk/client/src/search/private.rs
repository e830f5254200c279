//! Searching a chart of which the indexer sees nothing: its labels are fetched as they are, and searched here.
//!
//! The indexer learns that the chart was looked at, and by whom; not what is asked, not whether the same was asked before, and
//! not what is found. The custodian's token service evaluates blinded keywords, and learns how many of which field. What is
//! *opened* afterwards shows the result: the indexer sees which records go out.
//!
//! That the labels are all that there are, and of the records that they are said to be of, is the indexer's word:
//! [`verified_search`](super::verify::verified_search) proves an answer, and shows the indexer what it finds. Labels cannot be
//! made without keys, so an indexer can hide a record, and cannot make one match.

use super::{
    asking::Asking,
    tokens::{SearchedDomain, TokenService, TokensError},
};
use crate::{
    account::AccountKey,
    chain::Chain,
    deployment::Aegle,
    remote::{RemoteError, Transport},
};
use aegle_protocol::{
    BlockId,
    wire::{Hit, LabelRunsError, LabelRunsRequest, VerifiedSpanRuns, leaf_keys},
};
use aegle_sealed::{BatchSpan, ExpressionError, Scope, SearchToken, TokenError, VerifiedToken, query::ParsedQuery};
use std::cmp::Reverse;

/// A chart that is searched here: a patient's records with their labels. It is kept in memory, as long as whoever looks at
/// it needs it.
pub struct PrivateChart {
    domain: SearchedDomain,
    asking: Asking,
    spans: Vec<VerifiedSpanRuns>,
    block: BlockId,
    bytes: usize,
}

/// The reason why a chart is not searched here.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrivateSearchError {
    /// The scope is the cohort.
    #[error("one patient's records are searched privately, not a cohort's: name a patient")]
    Cohort,
    /// The indexer refuses, or does not answer.
    #[error(transparent)]
    Indexer(#[from] RemoteError),
    /// The indexer's answer is not about what was asked.
    #[error("the indexer's answer is false: {0}")]
    Runs(#[from] LabelRunsError),
    /// The custodian gives no tokens, or the chain does not answer.
    #[error(transparent)]
    Tokens(#[from] TokensError),
    /// The query is none.
    #[error(transparent)]
    Query(#[from] ExpressionError),
    /// A token is malformed.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// Labels are of an epoch of the domain's key that is not searched any more, or were compacted beyond the window.
    #[error("{span} was labelled in epoch {epoch}, of which there are no keys: the custodian must label it anew")]
    Epoch {
        /// The batches.
        span: BatchSpan,
        /// The epoch.
        epoch: u16,
    },
}

impl PrivateSearchError {
    /// Returns whether an answer is shown to be false.
    pub fn is_tampering(&self) -> bool {
        match self {
            Self::Runs(_) => true,
            Self::Tokens(tokens) => tokens.is_tampering(),
            _ => false,
        }
    }
}

impl PrivateChart {
    /// Fetches a patient's chart at a custodian, up to the last batch of the caller's own finalized view. The caller must be
    /// one who may see every record of the patient, such as the patient.
    ///
    /// # Errors
    /// See [`PrivateSearchError`]. A chart of more than 4 MiB of labels is refused by the indexer.
    pub async fn fetch<C: Chain, T: Transport>(
        aegle: &Aegle<'_, C, T>,
        key: &AccountKey,
        mut domain: SearchedDomain,
        asking: Asking,
    ) -> Result<Self, PrivateSearchError> {
        let Scope::Patient(patient) = asking.scope else {
            return Err(PrivateSearchError::Cohort);
        };
        let request = LabelRunsRequest {
            domain: domain.id,
            patient,
            purpose: asking.purpose,
            from: domain.window.from,
            to: domain.window.to,
        };
        let (runs, bytes) = aegle.indexer.label_runs(key, &request).await?;
        let block = runs.block;
        let spans = runs.verify(&request)?;
        // Keys of other epochs than those of the labels are not asked for.
        domain
            .epochs
            .retain(|epoch| spans.iter().any(|span| span.epoch == epoch.number));
        Ok(Self {
            spans,
            domain,
            asking,
            block,
            bytes,
        })
    }

    /// Returns the records of the chart.
    pub fn hits(&self) -> impl Iterator<Item = &Hit> {
        self.spans.iter().flat_map(|span| &span.hits)
    }

    /// Returns the finalized block at which the indexer asked the contract.
    pub fn block(&self) -> BlockId {
        self.block
    }

    /// Returns the number of bytes that were fetched.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Obtains the keys of a query's keywords from the custodian, blindly, and searches. The newest batches come first, and in
    /// a batch records by rising numbers.
    ///
    /// # Errors
    /// See [`PrivateSearchError`].
    pub async fn search<S: Transport>(
        &self,
        service: &TokenService<S>,
        key: &AccountKey,
        query: &ParsedQuery,
    ) -> Result<Vec<Hit>, PrivateSearchError> {
        let tokens = service.tokens_in(&self.domain, key, &self.asking, &query.terms).await?;
        self.search_with(tokens, query)
    }

    /// Searches with tokens that the caller has: for each term of the query its own, one a segment and epoch.
    ///
    /// # Errors
    /// See [`PrivateSearchError`].
    pub fn search_with(
        &self,
        tokens: Vec<Vec<SearchToken>>,
        query: &ParsedQuery,
    ) -> Result<Vec<Hit>, PrivateSearchError> {
        let verified = query.expression.clone().verify(tokens.len())?;
        let terms = tokens.into_iter().map(|tokens| {
            let verified = tokens.into_iter().map(SearchToken::verify);
            verified.collect::<Result<Vec<VerifiedToken>, TokenError>>()
        });
        let terms: Vec<Vec<VerifiedToken>> = terms.collect::<Result<_, _>>()?;
        let mut found = Vec::new();
        for VerifiedSpanRuns {
            span,
            epoch,
            hits,
            labels,
        } in &self.spans
        {
            let keys = leaf_keys(&terms, *span, *epoch);
            let keys = keys.ok_or(PrivateSearchError::Epoch {
                span: *span,
                epoch: *epoch,
            })?;
            let places = labels.find(&verified, &keys);
            found.extend(places.into_iter().filter_map(|place| hits.get(place).copied()));
        }
        found.sort_by_key(|hit| (Reverse(hit.batch), hit.number));
        Ok(found)
    }
}
