//! Search tokens: what a custodian gives to whom, after the chain has said yes.

use crate::{
    chain::{Chain, ChainError, Head},
    custodian::Custodian,
    deployment::Aegle,
    indexer::Transport,
};
use aegle_rules::{
    AccountId, Confidentiality, DomainId, Purposes, SLOTS, Slot, Slots,
    consent::{self, Decision, Declaration, Denial, Effect, Facts},
};
use aegle_sealed::{
    Keyword, NotIndexed, Scope, ScopeContext, SearchToken, Window, WindowError,
    limits::{MAX_QUERY_TERMS, MAX_WINDOW_BATCHES},
};

/// What somebody wants to search for.
#[derive(Clone, Debug)]
pub struct TokenRequest<'a> {
    /// Who will search.
    pub requester: AccountId,
    /// Whose records.
    pub patient: AccountId,
    /// For what: one purpose.
    pub purpose: Purposes,
    /// What a researcher declares; nothing for other purposes.
    pub research: Declaration,
    /// The keywords, in the order of the query's terms.
    pub keywords: &'a [Keyword],
}

/// Why no token is given.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenRefusal {
    /// The consent contract permits the requester no record of that patient for that purpose.
    #[error("the patient's consent does not permit this search ({0:?})")]
    Denied(Denial),
    /// No keyword, or more than a query may have.
    #[error("a query has 1 to {MAX_QUERY_TERMS} terms, not {0}")]
    Terms(usize),
    /// The custodian writes no keywords of a kind that is asked for: nothing would be found, whatever there is.
    #[error(transparent)]
    NotIndexed(#[from] NotIndexed),
    /// There is no such domain.
    #[error("there is no search domain {0}")]
    NoDomain(DomainId),
    /// The domain on chain has another key than this custodian.
    #[error("search domain {0} has another key")]
    OtherKey(DomainId),
    /// There is nothing to search in yet.
    #[error("search domain {0} has no batch yet")]
    NoBatch(DomainId),
    /// The window cannot be cut into tokens.
    #[error(transparent)]
    Window(#[from] WindowError),
    /// The chain did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

impl Custodian {
    /// Tokens for every keyword, if the contract permits the requester at least one record of the patient for that
    /// purpose: which records they see is decided again, one by one, at each search. The tokens reach up to the last
    /// batch of this custodian's own finalized view and open none that comes later.
    ///
    /// # Errors
    /// See [`TokenRefusal`].
    pub async fn tokens<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        domain: DomainId,
        request: &TokenRequest<'_>,
    ) -> Result<Vec<Vec<SearchToken>>, TokenRefusal> {
        let terms = request.keywords.len();
        if !(1..=MAX_QUERY_TERMS).contains(&terms) {
            return Err(TokenRefusal::Terms(terms));
        }
        self.indexing.check(request.keywords)?;
        let head = aegle.chain.finalized().await?;
        authorise(aegle, &head, request).await?;
        let state = aegle
            .domain(&head, domain)
            .await?
            .ok_or(TokenRefusal::NoDomain(domain))?;
        if state.key != self.domain_key().public_key() {
            return Err(TokenRefusal::OtherKey(domain));
        }
        if state.next_batch == 0 {
            return Err(TokenRefusal::NoBatch(domain));
        }
        let window = Window::new(state.next_batch.saturating_sub(MAX_WINDOW_BATCHES), state.next_batch)?;
        let context = ScopeContext {
            domain,
            epoch: state.epoch,
            scope: Scope::Patient(request.patient),
        };
        let token = |keyword| {
            self.domain_key()
                .token(&context, keyword, window)
                .map_err(TokenRefusal::Window)
        };
        request.keywords.iter().map(token).collect()
    }
}

/// Whether the contract lets the requester see any record of the patient: asked for one slot after the other that a
/// grant names.
async fn authorise<C: Chain, T: Transport>(
    aegle: &Aegle<'_, C, T>,
    head: &Head,
    request: &TokenRequest<'_>,
) -> Result<(), TokenRefusal> {
    let granted = granted_slots(aegle, head, request).await?;
    // Without any grant one question still tells a patient's own request, and why others are denied.
    let mut slots = (0..SLOTS)
        .map(Slot)
        .filter(|slot| granted.contains(*slot))
        .collect::<Vec<_>>();
    if slots.is_empty() {
        slots.push(Slot(0));
    }
    let mut denial = Denial::NoGrant;
    for slot in slots {
        let facts = Facts {
            slot,
            confidentiality: Confidentiality::Normal,
            author: request.patient,
            authored_at: head.timestamp,
        };
        let message = consent::messages::Check {
            requester: request.requester,
            patient: request.patient,
            purpose: request.purpose,
            facts,
            research: request.research,
            membership: None,
            at: head.timestamp,
        };
        match aegle.chain.read(head.hash, aegle.contracts.consent, &message).await? {
            Decision::Own | Decision::Permitted(_) | Decision::Glass => return Ok(()),
            Decision::Denied(reason) => denial = reason,
        }
    }
    Err(TokenRefusal::Denied(denial))
}

/// The slots of every grant by which something may be permitted to the requester.
async fn granted_slots<C: Chain, T: Transport>(
    aegle: &Aegle<'_, C, T>,
    head: &Head,
    request: &TokenRequest<'_>,
) -> Result<Slots, ChainError> {
    let grants = aegle.grants_to(head, request.patient, request.requester).await?;
    let permits = grants.iter().filter(|(_, terms)| terms.effect == Effect::Permit);
    Ok(permits.fold(Slots::default(), |slots, (_, terms)| Slots(slots.0 | terms.slots.0)))
}
