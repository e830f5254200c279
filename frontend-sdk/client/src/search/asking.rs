//! Who asks to search, whose records, and for what.

use aegle_protocol::wire::{MAX_SEARCH_HITS, SearchRequest};
use aegle_rules::{AccountId, DomainId, Purposes, consent::Declaration};
use aegle_sealed::{Expression, Scope, SearchToken};

/// A requester with the scope and the purpose of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asking {
    /// The account that will search.
    pub requester: AccountId,
    /// The records that are searched: a patient's or the cohort.
    pub scope: Scope,
    /// The purpose: exactly one.
    pub purpose: Purposes,
    /// A researcher's declaration; the default for other purposes.
    pub research: Declaration,
}

/// Epochs of a domain's key that are searched: the newest ones. What was labelled earlier must be labelled anew.
pub const MAX_SEARCHED_EPOCHS: u16 = 3;

/// Returns the epochs that are searched when `current` is the domain's epoch, the newest first.
pub(crate) fn searched_epochs(current: u16) -> impl Iterator<Item = u16> {
    let oldest = current.saturating_sub(MAX_SEARCHED_EPOCHS - 1);
    (oldest..=current).rev()
}

impl Asking {
    /// Describes a search of one patient's records.
    pub fn patient(requester: AccountId, patient: AccountId, purpose: Purposes) -> Self {
        Self {
            requester,
            scope: Scope::Patient(patient),
            purpose,
            research: Declaration::default(),
        }
    }

    /// Describes research on the custodian's consented records.
    pub fn research(requester: AccountId, research: Declaration) -> Self {
        Self {
            requester,
            scope: Scope::Cohort,
            purpose: Purposes::HRESCH,
            research,
        }
    }

    /// Returns the search with these tokens, for a first page of [`MAX_SEARCH_HITS`] hits at most.
    pub fn search(&self, domain: DomainId, terms: Vec<Vec<SearchToken>>, query: Expression) -> SearchRequest {
        SearchRequest {
            domain,
            scope: self.scope,
            purpose: self.purpose,
            research: self.research,
            terms,
            query,
            limit: MAX_SEARCH_HITS,
            after: None,
            evidence: false,
        }
    }
}
