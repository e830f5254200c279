//! Search tokens without telling anybody the keyword: the searcher asks a custodian's *token service* for blind
//! evaluations (RFC 9497, see [`aegle_keys::BlindQuery`]), and derives the tokens.
//!
//! The service sees who asks, whose records or which cohort, for what, which fields in which segments, and how many keywords of each.
//! It authorises that against the chain at every request, and does not see the keywords. What it answers is verified
//! against the domain's public key on chain.

use super::asking::{Asking, searched_epochs};
use crate::{
    account::AccountKey,
    chain::{Chain, ChainError, Contracts, Head},
    deployment::OnChain,
    remote::{Call, Remote, RemoteError, Transport},
};
use aegle_keys::{BlindError, BlindQuery};
use aegle_protocol::wire::{EVALUATIONS_PATH, EvaluationAnswer, EvaluationRequest, MAX_EVALUATED_ELEMENTS};
use aegle_rules::{AccountId, DomainId, OprfKey, ledger};
use aegle_sealed::{BlindGroup, Keyword, ScopeContext, SearchToken, Window, WindowError};
use std::sync::Arc;

mod patients;

pub use patients::{KeysAtHand, PatientTokens};

/// The reason why there are no tokens.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokensError {
    /// The service refused, or does not answer.
    #[error(transparent)]
    Service(#[from] RemoteError),
    /// The chain did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The domain, which several searches have in common, could not be read.
    #[error(transparent)]
    Domain(Arc<TokensError>),
    /// There is no such domain.
    #[error("there is no search domain {0}")]
    NoDomain(DomainId),
    /// There is nothing to search in yet.
    #[error("search domain {0} has no batch yet")]
    NoBatch(DomainId),
    /// The window cannot be cut into tokens.
    #[error(transparent)]
    Window(#[from] WindowError),
    /// The keywords cannot be asked for, or the answer is false.
    #[error(transparent)]
    Blind(#[from] BlindError),
    /// Several patients were asked about together, and there is no answer about any of them.
    #[error(transparent)]
    Together(Arc<TokensError>),
    /// One of several patients does not permit the search, says the service.
    #[error("the custodian's service refuses for this patient: {0}")]
    Refused(String),
    /// More keys came in meanwhile than are kept at hand.
    #[error("keys at hand were dropped for others that came meanwhile: ask again")]
    KeysDropped,
}

impl TokensError {
    /// Returns whether the service's answer was not made with the key that stands on chain.
    pub fn is_tampering(&self) -> bool {
        match self {
            Self::Together(error) => error.is_tampering(),
            Self::Blind(error) => matches!(error, BlindError::Proof | BlindError::Encoding(_) | BlindError::Size(_)),
            _ => false,
        }
    }
}

/// The key of a domain in one epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochKey {
    /// The epoch.
    pub number: u16,
    /// The public key that stands on chain.
    pub key: OprfKey,
}

/// A search domain as the chain has it at one head: what all searches in it have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchedDomain {
    /// The domain.
    pub id: DomainId,
    /// Its newest batches, up to the last one.
    pub window: Window,
    /// The epochs that are searched, the newest first.
    pub epochs: Vec<EpochKey>,
}

impl SearchedDomain {
    /// Reads a domain and its keys from the chain.
    ///
    /// # Errors
    /// There is no such domain, it has no batch yet, or the chain does not answer.
    pub async fn read<C: Chain>(on_chain: &OnChain<'_, C>, head: &Head, id: DomainId) -> Result<Self, TokensError> {
        let state = on_chain.domain(head, id).await?.ok_or(TokensError::NoDomain(id))?;
        if state.next_batch == 0 {
            return Err(TokensError::NoBatch(id));
        }
        let mut epochs = Vec::new();
        for number in searched_epochs(state.epoch) {
            let message = ledger::messages::DomainKey {
                domain: id,
                epoch: number,
            };
            let found = on_chain
                .chain
                .read(head.hash, on_chain.contracts.ledger, &message)
                .await?;
            let key = found.ok_or(TokensError::NoDomain(id))?;
            epochs.push(EpochKey { number, key });
        }
        Ok(Self {
            id,
            window: Window::newest(state.next_batch)?,
            epochs,
        })
    }
}

/// The token service of a custodian, reached by a transport. It is believed in nothing: its answers carry proofs.
pub struct TokenService<T>(Remote<T>);

impl<T: Transport> TokenService<T> {
    /// Creates a client of the token service of a custodian of the deployment, whose account is `server`: from the caller's own address book.
    pub fn new(transport: T, contracts: &Contracts, server: AccountId) -> Self {
        Self(Remote::new("custodian", transport, contracts, server))
    }

    /// Returns the transport.
    pub fn transport(&self) -> &T {
        self.0.transport()
    }

    /// Obtains tokens for every keyword, up to the last batch of the searcher's own finalized view: they open none that
    /// comes later.
    ///
    /// # Errors
    /// See [`TokensError`].
    pub async fn tokens<C: Chain>(
        &self,
        on_chain: &OnChain<'_, C>,
        key: &AccountKey,
        domain: DomainId,
        asking: &Asking,
        keywords: &[Keyword],
    ) -> Result<Vec<Vec<SearchToken>>, TokensError> {
        let head = on_chain.chain.finalized().await?;
        let domain = SearchedDomain::read(on_chain, &head, domain).await?;
        self.tokens_in(&domain, key, asking, keywords).await
    }

    /// Obtains tokens for every keyword in a domain that was read from the chain before.
    ///
    /// # Errors
    /// See [`TokensError`].
    pub async fn tokens_in(
        &self,
        domain: &SearchedDomain,
        key: &AccountKey,
        asking: &Asking,
        keywords: &[Keyword],
    ) -> Result<Vec<Vec<SearchToken>>, TokensError> {
        let mut tokens = vec![Vec::new(); keywords.len()];
        for epoch in &domain.epochs {
            let context = ScopeContext {
                domain: domain.id,
                epoch: epoch.number,
                scope: asking.scope,
            };
            let query = BlindQuery::new(context, keywords, domain.window)?;
            let mut answers = Vec::new();
            for groups in portions(query.groups()) {
                let request = EvaluationRequest {
                    domain: context.domain,
                    epoch: context.epoch,
                    scope: asking.scope,
                    purpose: asking.purpose,
                    research: asking.research,
                    groups,
                };
                answers.extend(self.evaluate(key, &request).await?.groups);
            }
            for (tokens, more) in tokens.iter_mut().zip(query.finish(&epoch.key, &answers)?) {
                tokens.extend(more);
            }
        }
        Ok(tokens)
    }

    /// Sends blinded keywords to the token service and returns its answer, which is not yet verified.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn evaluate(
        &self,
        key: &AccountKey,
        request: &EvaluationRequest,
    ) -> Result<EvaluationAnswer, RemoteError> {
        let call = Call::json("POST", EVALUATIONS_PATH.into(), request);
        Ok(self.0.answer(key, call).await?.0)
    }
}

/// Distributes the groups, in order, over as many requests as their limits need. A group alone always fits in one.
fn portions(groups: Vec<BlindGroup>) -> Vec<Vec<BlindGroup>> {
    let (mut portions, mut elements): (Vec<Vec<BlindGroup>>, usize) = (Vec::new(), MAX_EVALUATED_ELEMENTS);
    for group in groups {
        elements += group.elements.len();
        match portions.last_mut() {
            Some(portion) if elements <= MAX_EVALUATED_ELEMENTS => portion.push(group),
            _ => {
                elements = group.elements.len();
                portions.push(vec![group]);
            }
        }
    }
    portions
}
