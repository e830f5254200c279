//! Which sources of a search are asked about together.

use super::Source;
use crate::{
    account::AccountKey,
    remote::Transport,
    search::{
        asking::Asking,
        tokens::{KeysAtHand, SearchedDomain, TokensError},
    },
};
use aegle_protocol::wire::SearchRequest;
use aegle_rules::{AccountId, DomainId, consent::Declaration};
use aegle_sealed::{Scope, query::ParsedQuery};
use std::{collections::BTreeMap, sync::Arc};

/// Sources that are asked about together, by index.
pub(super) enum Together {
    /// One by itself.
    One(usize),
    /// Different patients at one custodian, for one purpose.
    Patients(BTreeMap<AccountId, usize>),
}

impl Together {
    /// Groups the sources: whoever is asked about twice is asked about by itself the second time.
    pub(super) fn of<S>(sources: &[Source<'_, S>]) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        // With the first source of each group: what it is asked for is asked of the whole group.
        let mut groups: Vec<(&Source<'_, S>, BTreeMap<AccountId, usize>)> = Vec::new();
        for (place, source) in sources.iter().enumerate() {
            let patient = match source.asking.scope {
                Scope::Patient(patient) if source.asking.research == Declaration::default() => patient,
                _ => {
                    all.push(Self::One(place));
                    continue;
                }
            };
            let known = groups.iter_mut().find(|(first, _)| same_question(first, source));
            match known {
                Some((_, patients)) if patients.contains_key(&patient) => all.push(Self::One(place)),
                Some((_, patients)) => drop(patients.insert(patient, place)),
                None => groups.push((source, BTreeMap::from([(patient, place)]))),
            }
        }
        all.extend(groups.into_iter().map(|(_, patients)| Self::Patients(patients)));
        all
    }

    /// Obtains the tokens of these sources.
    pub(super) async fn ask<S: Transport>(
        self,
        key: &AccountKey,
        sources: &[Source<'_, S>],
        domains: &BTreeMap<DomainId, Result<SearchedDomain, Arc<TokensError>>>,
        query: &ParsedQuery,
        at_hand: &KeysAtHand,
    ) -> Vec<(usize, Result<SearchRequest, TokensError>)> {
        let places = self.places();
        let Some(source) = places.first().map(|place| &sources[*place]) else {
            return Vec::new();
        };
        let domain = match &domains[&source.domain] {
            Ok(domain) => domain,
            Err(error) => {
                let refused = |place| (place, Err(TokensError::Domain(error.clone())));
                return places.into_iter().map(refused).collect();
            }
        };
        let request = |place: usize, tokens| {
            sources[place]
                .asking
                .search(domain.id, tokens, query.expression.clone())
        };
        let patients = match self {
            Self::One(place) => {
                let tokens = source
                    .service
                    .tokens_in(domain, key, &source.asking, &query.terms)
                    .await;
                return vec![(place, tokens.map(|tokens| request(place, tokens)))];
            }
            Self::Patients(patients) => patients,
        };
        let purpose = source.asking.purpose;
        let named = patients.keys().copied().collect();
        let tokens = source
            .service
            .tokens_of(domain, key, purpose, &named, &query.terms, at_hand)
            .await;
        match tokens {
            Ok(tokens) => {
                let found = tokens.into_iter().filter_map(|(patient, tokens)| {
                    let place = *patients.get(&patient)?;
                    Some((place, tokens.map(|tokens| request(place, tokens))))
                });
                found.collect()
            }
            Err(error) => {
                let error = Arc::new(error);
                let refused = |place| (place, Err(TokensError::Together(error.clone())));
                places.into_iter().map(refused).collect()
            }
        }
    }

    fn places(&self) -> Vec<usize> {
        match self {
            Self::One(place) => vec![*place],
            Self::Patients(patients) => patients.values().copied().collect(),
        }
    }
}

/// Whether two patients' records are asked for alike, at one custodian.
fn same_question<S>(one: &Source<'_, S>, other: &Source<'_, S>) -> bool {
    let apart_from_patient = |source: &Source<'_, S>| Asking {
        scope: Scope::Cohort,
        ..source.asking
    };
    std::ptr::eq(one.service, other.service)
        && one.domain == other.domain
        && apart_from_patient(one) == apart_from_patient(other)
}
