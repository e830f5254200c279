//! Search tokens without telling anybody the keyword: the searcher asks a custodian's *token service* for blind
//! evaluations (RFC 9497, see [`aegle_keys::BlindQuery`]), and derives the tokens.
//!
//! The service sees who asks, whose records or which cohort, for what, which fields in which segments, and how many keywords of each.
//! It authorises that against the chain at every request, and does not see the keywords. What it answers is verified
//! against the domain's public key on chain.

use super::asking::{Asking, searched_epochs};
use crate::{
    account::AccountKey,
    chain::{Chain, ChainError, Contracts},
    deployment::Aegle,
    remote::{Call, Remote, RemoteError, Transport},
};
use aegle_keys::{BlindError, BlindQuery};
use aegle_protocol::wire::{EVALUATIONS_PATH, EvaluationAnswer, EvaluationRequest, MAX_EVALUATED_ELEMENTS};
use aegle_rules::{DomainId, OprfKey, ledger};
use aegle_sealed::{BlindGroup, Keyword, ScopeContext, SearchToken, Window, WindowError};

/// Why there are no tokens.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokensError {
    /// The service refused, or does not answer.
    #[error(transparent)]
    Service(#[from] RemoteError),
    /// The chain did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
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
}

impl TokensError {
    /// Whether the service's answer was not made with the key that stands on chain.
    pub fn is_tampering(&self) -> bool {
        matches!(
            self,
            Self::Blind(BlindError::Proof | BlindError::Encoding(_) | BlindError::Size(_))
        )
    }
}

/// The token service of a custodian, reached by a transport. It is believed in nothing: its answers carry proofs.
pub struct TokenService<T>(Remote<T>);

impl<T: Transport> TokenService<T> {
    /// The token service of a custodian of the deployment.
    pub fn new(transport: T, contracts: &Contracts) -> Self {
        Self(Remote::new("custodian", transport, contracts))
    }

    /// The transport.
    pub fn transport(&self) -> &T {
        self.0.transport()
    }

    /// Tokens for every keyword, up to the last batch of the searcher's own finalized view: they open none that comes
    /// later.
    ///
    /// # Errors
    /// See [`TokensError`].
    pub async fn tokens<C: Chain, I: Transport>(
        &self,
        aegle: &Aegle<'_, C, I>,
        key: &AccountKey,
        domain: DomainId,
        asking: &Asking,
        keywords: &[Keyword],
    ) -> Result<Vec<Vec<SearchToken>>, TokensError> {
        let head = aegle.chain.finalized().await?;
        let state = aegle
            .domain(&head, domain)
            .await?
            .ok_or(TokensError::NoDomain(domain))?;
        if state.next_batch == 0 {
            return Err(TokensError::NoBatch(domain));
        }
        let window = Window::newest(state.next_batch)?;
        let mut tokens = vec![Vec::new(); keywords.len()];
        for epoch in searched_epochs(state.epoch) {
            let message = ledger::messages::DomainKey { domain, epoch };
            let public = aegle.chain.read(head.hash, aegle.contracts.ledger, &message).await?;
            let public = public.ok_or(TokensError::NoDomain(domain))?;
            let context = ScopeContext {
                domain,
                epoch,
                scope: asking.scope,
            };
            let of_epoch = self
                .tokens_of_epoch(key, context, (asking, &public), (keywords, window))
                .await?;
            for (tokens, more) in tokens.iter_mut().zip(of_epoch) {
                tokens.extend(more);
            }
        }
        Ok(tokens)
    }

    /// Tokens for every keyword from the domain's key of one epoch.
    async fn tokens_of_epoch(
        &self,
        key: &AccountKey,
        context: ScopeContext,
        (asking, public): (&Asking, &OprfKey),
        (keywords, window): (&[Keyword], Window),
    ) -> Result<Vec<Vec<SearchToken>>, TokensError> {
        let query = BlindQuery::new(context, keywords, window)?;
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
        Ok(query.finish(public, &answers)?)
    }

    /// Asks for evaluations; the answer is not yet verified.
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

/// The groups in as many requests as it takes, in order. A group alone always fits one.
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
