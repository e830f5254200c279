//! Search tokens without telling anybody the keyword: the searcher asks a custodian's *token service* for blind
//! evaluations (RFC 9497, see [`aegle_sealed::BlindQuery`]), and derives the tokens.
//!
//! The service sees who asks, whose records or which cohort, for what, which fields in which segments, and how many keywords of each.
//! It authorises that against the chain at every request, and does not see the keywords. What it answers is verified
//! against the domain's public key on chain.

use crate::{
    account::AccountKey,
    authorisation::{Asking, TokenRefusal, searched_epochs},
    chain::{Chain, ChainError, Contracts},
    custodian::Custodian,
    deployment::Aegle,
    remote::{Call, Remote, RemoteError, Transport},
};
use aegle_rules::{AccountId, DomainId, OprfKey, Purposes, consent::Declaration, ledger};
use aegle_sealed::{
    BlindError, BlindGroup, BlindQuery, EvaluatedGroup, Keyword, Scope, ScopeContext, SearchToken, Window, WindowError,
    limits::{MAX_QUERY_TERMS, SEGMENT_BATCHES},
};
use serde::{Deserialize, Serialize};

/// Most elements of one request, over all of its groups: a query of 256 keywords over 16 segments.
pub const MAX_EVALUATED_ELEMENTS: usize = 16 * MAX_QUERY_TERMS;
/// Where the service is asked.
pub const PATH: &str = "/v1/evaluations";

/// Body of `POST /v1/evaluations`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvaluationRequest {
    /// The search domain.
    pub domain: DomainId,
    /// The epoch of its key.
    pub epoch: u16,
    /// Whose records.
    pub scope: Scope,
    /// For what: one purpose.
    pub purpose: Purposes,
    /// What a researcher declares; nothing for other purposes.
    #[serde(default)]
    pub research: Declaration,
    /// What is asked, by field and segment.
    pub groups: Vec<BlindGroup>,
}

/// Answer of `POST /v1/evaluations`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvaluationAnswer {
    /// For each group of the request its answer.
    pub groups: Vec<EvaluatedGroup>,
}

impl EvaluationRequest {
    /// How many elements there are over all groups.
    pub fn elements(&self) -> usize {
        self.groups.iter().map(|group| group.elements.len()).sum()
    }
}

/// A request for evaluations that the chain permits. It comes from [`Custodian::authorise_evaluation`] alone.
pub struct AuthorisedEvaluation {
    context: ScopeContext,
    groups: Vec<BlindGroup>,
    key: OprfKey,
}

impl Custodian {
    /// Asks the chain whether `requester` may search that scope for that purpose.
    ///
    /// # Errors
    /// See [`TokenRefusal`].
    pub async fn authorise_evaluation<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        requester: AccountId,
        request: EvaluationRequest,
    ) -> Result<AuthorisedEvaluation, TokenRefusal> {
        let elements = request.elements();
        if !(1..=MAX_EVALUATED_ELEMENTS).contains(&elements) {
            return Err(TokenRefusal::Elements(elements));
        }
        let EvaluationRequest {
            domain,
            epoch,
            scope,
            purpose,
            research,
            groups,
        } = request;
        let asking = Asking {
            requester,
            scope,
            purpose,
            research,
        };
        let head = aegle.chain.finalized().await?;
        let fields = groups.iter().map(|group| group.field);
        let state = self.authorised(aegle, &head, domain, &asking, fields).await?;
        let last = state.next_batch.saturating_sub(1) / SEGMENT_BATCHES;
        if let Some(group) = groups.iter().find(|group| group.segment > last) {
            return Err(TokenRefusal::Segment {
                segment: group.segment,
                last,
            });
        }
        let key = self.epoch_key(aegle, &head, domain, epoch).await?.public_key();
        let context = ScopeContext { domain, epoch, scope };
        Ok(AuthorisedEvaluation { context, groups, key })
    }

    /// Evaluates what was authorised: about a tenth of a millisecond an element.
    ///
    /// # Errors
    /// [`TokenRefusal::Blind`] when an element is malformed.
    pub fn evaluate(&self, authorised: &AuthorisedEvaluation) -> Result<EvaluationAnswer, TokenRefusal> {
        let AuthorisedEvaluation { context, groups, key } = authorised;
        let key = self.key_of(key).ok_or(TokenRefusal::OtherKey(context.domain))?;
        let evaluated = groups.iter().map(|group| key.evaluate_blindly(context, group));
        Ok(EvaluationAnswer {
            groups: evaluated.collect::<Result<_, _>>()?,
        })
    }
}

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
        let call = Call::json("POST", PATH.into(), request);
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
