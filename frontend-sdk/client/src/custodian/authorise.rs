//! Search tokens: what a custodian gives to whom, after the chain has said yes.

use super::Custodian;
use crate::{
    chain::{Chain, ChainError, Head},
    deployment::OnChain,
    search::asking::{Asking, searched_epochs},
};
use aegle_keys::{BlindError, DomainKey};
use aegle_protocol::{
    probes::{Probes, beyond_terms},
    wire::{MAX_EVALUATED_ELEMENTS, MAX_EVALUATED_PATIENTS},
};
use aegle_rules::{
    AccountId, Confidentiality, DomainId, Purposes, Slot,
    consent::{self, Decision, Denial, DuoUse, Extent, Facts},
    ledger::{self, Domain},
};
use aegle_sealed::{
    Field, Keyword, NotIndexed, Scope, ScopeContext, SearchToken, Window, WindowError, limits::MAX_QUERY_TERMS,
};

/// Kinds of records of one patient that the contract is asked about at most, one question to the node each.
const MAX_PROBES: usize = 512;
/// The same of each patient where many are asked about at once: every slot, twice.
pub(super) const MAX_PROBES_OF_MANY: usize = 64;

/// The reason why no token is given.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenRefusal {
    /// The consent contract permits the requester no record of that patient for that purpose.
    #[error("the patient's consent does not permit this search ({0:?})")]
    Denied(Denial),
    /// No kind of record that was asked about is permitted, and there are more kinds.
    #[error(
        "none of the patient's records that were asked about is permitted, and consent is narrowed too finely, or was passed on, to ask about every kind: ask the patient for a grant that is narrowed less"
    )]
    TooNarrow,
    /// No keyword, or more than a query may have.
    #[error("a query has 1 to {MAX_QUERY_TERMS} terms, not {0}")]
    Terms(usize),
    /// The custodian writes no keywords of a kind that is asked for: nothing would be found, whatever there is.
    #[error(transparent)]
    NotIndexed(#[from] NotIndexed),
    /// There is no such domain.
    #[error("there is no search domain {0}")]
    NoDomain(DomainId),
    /// The domain on chain has another key, in that epoch, than this custodian.
    #[error("search domain {0} has another key")]
    OtherKey(DomainId),
    /// The domain has no such epoch.
    #[error("search domain {domain} has no epoch {epoch}")]
    NoEpoch {
        /// The domain.
        domain: DomainId,
        /// The epoch.
        epoch: u16,
    },
    /// The cohort is searched for research with a declared use, and for operations by the custodian's own organisation.
    #[error("the cohort may not be searched for that purpose by that account")]
    Cohort,
    /// The custodian gives no keys for words of the cohort's texts, which may name people.
    #[error("the {0} of the cohort is not searched")]
    CohortField(Field),
    /// Nothing is asked to be evaluated, or too much at once.
    #[error("a request has 1 to {MAX_EVALUATED_ELEMENTS} elements, not {0}")]
    Elements(usize),
    /// More patients at once than are answered for, or one named twice.
    #[error("a request names 1 to {MAX_EVALUATED_PATIENTS} patients, each once; this one names {0}")]
    Patients(usize),
    /// Keys are asked for a segment that has no batch yet.
    #[error("segment {segment} has no batch yet; the last one is {last}")]
    Segment {
        /// The segment asked for.
        segment: u32,
        /// The last one with batches.
        last: u32,
    },
    /// A blinded keyword is malformed.
    #[error(transparent)]
    Blind(#[from] BlindError),
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
    /// Derives tokens for every keyword, one a segment, if the chain permits the search. Which records are seen is
    /// decided again, one by one, at each search. The tokens reach up to the last batch of this custodian's own
    /// finalized view and open none that comes later. The requester tells the custodian what they search for; see
    /// [`crate::search::tokens`] for how not to.
    ///
    /// # Errors
    /// See [`TokenRefusal`].
    pub async fn tokens<C: Chain>(
        &self,
        aegle: &OnChain<'_, C>,
        domain: DomainId,
        asking: &Asking,
        keywords: &[Keyword],
    ) -> Result<Vec<Vec<SearchToken>>, TokenRefusal> {
        let terms = keywords.len();
        if !(1..=MAX_QUERY_TERMS).contains(&terms) {
            return Err(TokenRefusal::Terms(terms));
        }
        let head = aegle.chain.finalized().await?;
        let fields = keywords.iter().map(Keyword::field);
        let state = self.authorised(aegle, &head, domain, asking, fields).await?;
        let window = Window::newest(state.next_batch)?;
        let mut tokens = vec![Vec::new(); terms];
        for epoch in searched_epochs(state.epoch) {
            let key = self.epoch_key(aegle, &head, domain, epoch).await?;
            let context = ScopeContext {
                domain,
                epoch,
                scope: asking.scope,
            };
            for (tokens, keyword) in tokens.iter_mut().zip(keywords) {
                tokens.extend(key.token(&context, keyword, window)?);
            }
        }
        Ok(tokens)
    }

    /// Returns the state of the domain, if the chain permits the search and this custodian answers for these fields.
    pub(crate) async fn authorised<C: Chain>(
        &self,
        aegle: &OnChain<'_, C>,
        head: &Head,
        domain: DomainId,
        asking: &Asking,
        fields: impl Iterator<Item = Field>,
    ) -> Result<Domain, TokenRefusal> {
        self.check_fields(asking.scope, fields)?;
        let state = registered(aegle, head, domain).await?;
        match asking.scope {
            Scope::Patient(patient) => authorise(aegle, head, asking, patient, MAX_PROBES).await?,
            Scope::Cohort => authorise_cohort(aegle, head, asking, &state).await?,
        }
        has_batches(&state, domain)?;
        Ok(state)
    }

    /// Checks that this custodian answers for these fields.
    pub(super) fn check_fields(&self, scope: Scope, fields: impl Iterator<Item = Field>) -> Result<(), TokenRefusal> {
        for field in fields {
            self.indexing.check_field(field)?;
            let is_text = matches!(field, Field::Text | Field::TextPrefix | Field::TextFuzzy);
            if is_text && scope == Scope::Cohort {
                return Err(TokenRefusal::CohortField(field));
            }
        }
        Ok(())
    }

    /// Returns the domain's key of an epoch, if this custodian has the one that stands on chain.
    pub(crate) async fn epoch_key<C: Chain>(
        &self,
        aegle: &OnChain<'_, C>,
        head: &Head,
        domain: DomainId,
        epoch: u16,
    ) -> Result<&DomainKey, TokenRefusal> {
        let message = ledger::messages::DomainKey { domain, epoch };
        let found = aegle.chain.read(head.hash, aegle.contracts.ledger, &message).await?;
        let public = found.ok_or(TokenRefusal::NoEpoch { domain, epoch })?;
        self.key_of(&public).ok_or(TokenRefusal::OtherKey(domain))
    }
}

/// Returns the state of a domain.
pub(super) async fn registered<C: Chain>(
    aegle: &OnChain<'_, C>,
    head: &Head,
    domain: DomainId,
) -> Result<Domain, TokenRefusal> {
    aegle.domain(head, domain).await?.ok_or(TokenRefusal::NoDomain(domain))
}

/// Checks that there is something to search in.
pub(super) fn has_batches(state: &Domain, domain: DomainId) -> Result<(), TokenRefusal> {
    if state.next_batch == 0 {
        return Err(TokenRefusal::NoBatch(domain));
    }
    Ok(())
}

/// Checks that the cohort may be searched: research by a researcher who declares a use, of any organisation in good
/// standing; operations and public health by those of the custodian's own organisation whose role fits. Whether a
/// patient consents is decided record by record at each search.
async fn authorise_cohort<C: Chain>(
    aegle: &OnChain<'_, C>,
    head: &Head,
    asking: &Asking,
    domain: &Domain,
) -> Result<(), TokenRefusal> {
    let mut roles = aegle.effective_roles(head, asking.requester).await?;
    roles.retain(|role| consent::role_fits(role.roles, asking.purpose));
    if roles.is_empty() {
        return Err(TokenRefusal::Denied(Denial::Role));
    }
    let permitted = match asking.purpose {
        Purposes::HRESCH => asking.research.use_ != DuoUse::Undeclared,
        Purposes::HOPERAT | Purposes::PUBHLTH => roles.iter().any(|role| role.organisation == domain.custodian),
        _ => false,
    };
    if permitted { Ok(()) } else { Err(TokenRefusal::Cohort) }
}

/// Checks that the contract permits the requester any record of the patient that there could be: it is asked about one kind of
/// record after the other, as an indexer asks before it searches.
pub(super) async fn authorise<C: Chain>(
    aegle: &OnChain<'_, C>,
    head: &Head,
    asking: &Asking,
    patient: AccountId,
    most_probes: usize,
) -> Result<(), TokenRefusal> {
    let terms = aegle.grants_to(head, patient, asking.requester).await?;
    let is_resident = aegle.residence(head, patient).await?.is_some();
    let beyond_terms = beyond_terms(asking.requester, patient, asking.purpose, is_resident);
    let probes = Probes::new(&terms, beyond_terms, most_probes);
    let mut denial = Denial::NoGrant;
    for facts in probes.facts() {
        match decision(aegle, head, asking, patient, *facts).await? {
            Decision::Own
            | Decision::Permitted(_)
            | Decision::Glass
            | Decision::Representative
            | Decision::Jurisdiction(_) => return Ok(()),
            Decision::Denied(reason) => denial = reason,
        }
        // Every other reason holds for whatever record is asked about.
        if !matches!(denial, Denial::NoGrant | Denial::DeniedBy(_)) {
            return Err(TokenRefusal::Denied(denial));
        }
    }
    if !probes.is_complete() {
        return Err(TokenRefusal::TooNarrow);
    }
    if probes.facts().is_empty() {
        // Nothing permits anything; one question still tells why.
        let facts = Facts {
            slot: Slot(0),
            confidentiality: Confidentiality::Normal,
            author: patient,
            authored_at: head.timestamp,
        };
        if let Decision::Denied(reason) = decision(aegle, head, asking, patient, facts).await? {
            denial = reason;
        }
    }
    Err(TokenRefusal::Denied(denial))
}

async fn decision<C: Chain>(
    aegle: &OnChain<'_, C>,
    head: &Head,
    asking: &Asking,
    patient: AccountId,
    facts: Facts,
) -> Result<Decision, ChainError> {
    let message = consent::messages::Check {
        requester: asking.requester,
        patient,
        purpose: asking.purpose,
        facts,
        research: asking.research,
        // Tokens count at least; the indexer decides again for whatever they are used for.
        extent: Extent::Count,
        membership: None,
        at: head.timestamp,
    };
    aegle.chain.read(head.hash, aegle.contracts.consent, &message).await
}
