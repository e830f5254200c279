//! What is asked to learn whether somebody may see any record of a patient that there could be: by an indexer before it searches,
//! and by a custodian before it gives search tokens. It follows from consent alone, which the chain shows to everybody, and from
//! no record. Nothing is decided here: the contract answers what is asked.

use aegle_rules::{
    AccountId, Confidentiality, GrantId, Purposes, SLOTS, Slot,
    consent::{Effect, Facts, Terms},
    consortium::DEFAULT_PURPOSES,
};
use std::collections::BTreeSet;

/// Whether something may be permitted to somebody that no terms permit: patients, whoever has their key now, and their
/// representatives ask as themselves; a glass may be open; and where the jurisdiction of the patient is known, its law may permit
/// what the patient has said nothing about.
pub fn beyond_terms(requester: AccountId, patient: AccountId, purpose: Purposes, is_resident: bool) -> bool {
    requester == patient
        || purpose == Purposes::PATRQT
        || purpose == Purposes::BTG
        || (is_resident && DEFAULT_PURPOSES.contains(purpose))
}

/// Facts such that, where a record can be seen, one with some of these can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probes {
    facts: Vec<Facts>,
    is_complete: bool,
}

impl Probes {
    /// Builds the facts from the terms that stand for or against somebody: each slot that is permitted, or that may be
    /// [beyond the terms](beyond_terms); in it each author that the terms name and one that they do not; and for these each time
    /// at which a period of authorship begins or ends. There are `limit` at most.
    pub fn new(terms: &[(GrantId, Terms)], beyond_terms: bool, limit: usize) -> Self {
        let permits = || terms.iter().filter(|(_, terms)| terms.effect == Effect::Permit);
        let slots: Vec<Slot> = (0..SLOTS)
            .map(Slot)
            .filter(|slot| beyond_terms || permits().any(|(_, terms)| terms.slots.contains(*slot)))
            .collect();
        let narrowings = || terms.iter().filter_map(|(_, terms)| terms.narrowing);
        let mut authors: BTreeSet<AccountId> = narrowings().filter_map(|narrowing| narrowing.author).collect();
        authors.insert(AccountId([0; 32]));
        let mut times: BTreeSet<u64> = narrowings()
            .flat_map(|narrowing| [narrowing.authored_from, narrowing.authored_until])
            .collect();
        times.insert(0);
        // Where they are too many, every slot is among those that are left.
        let mut facts = Vec::new();
        for author in &authors {
            for authored_at in &times {
                let of_slot = |slot| Facts {
                    slot,
                    // What permits anything permits this too: a permit has a highest confidentiality, and no lowest.
                    confidentiality: Confidentiality::Normal,
                    author: *author,
                    authored_at: *authored_at,
                };
                facts.extend(slots.iter().copied().map(of_slot).take(limit - facts.len()));
            }
        }
        let all = slots.len() * authors.len() * times.len();
        // What the patient denies to those above something that was passed on is not among the terms, and may leave any author or
        // time; whether a record is of a set takes a proof, which no probe has.
        let passed_on = terms.iter().any(|(id, _)| id.is_delegated());
        let by_set = narrowings().any(|narrowing| narrowing.records.is_some());
        Self {
            is_complete: facts.len() == all && !passed_on && !by_set,
            facts,
        }
    }

    /// Returns the facts.
    pub fn facts(&self) -> &[Facts] {
        &self.facts
    }

    /// Returns whether nothing can be seen where nothing with these facts can be. It is not where there would be more than the
    /// limit of them, nor where something was passed on, nor where a set of records is what counts.
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aegle_rules::{
        Hash, Slots,
        consent::{Grantee, Narrowing, Proxies, Research},
    };

    const MANY: usize = 8_192;

    fn terms(effect: Effect, slots: &[u8], narrowing: Option<Narrowing>) -> (GrantId, Terms) {
        let terms = Terms {
            effect,
            grantee: Grantee::Anyone,
            purposes: Purposes::TREAT,
            slots: slots
                .iter()
                .fold(Slots::default(), |slots, slot| slots.with(Slot(*slot))),
            confidentiality: Confidentiality::Normal,
            from: 0,
            until: u64::MAX,
            depth: 0,
            delegable: false,
            research: Research::NONE,
            narrowing,
            proxies: Proxies::NONE,
            threshold: 0,
            document: Hash([0; 32]),
            split: Hash([0; 32]),
        };
        (GrantId(1), terms)
    }

    #[test]
    fn nothing_is_asked_where_nothing_permits() {
        for terms in [vec![], vec![terms(Effect::Deny, &[1, 2], None)]] {
            let probes = Probes::new(&terms, false, MANY);
            assert!(probes.facts().is_empty() && probes.is_complete());
        }
        let all = Probes::new(&[], true, MANY);
        assert_eq!(
            all.facts().len(),
            usize::from(SLOTS),
            "the patient's own, an open glass, or the law, in every slot"
        );
    }

    #[test]
    fn the_law_permits_residents_what_a_default_may_permit() {
        let (requester, patient) = (AccountId([1; 32]), AccountId([2; 32]));
        for (purpose, is_resident, expected) in [
            (Purposes::TREAT, true, true),
            (Purposes::HRESCH, true, true),
            (Purposes::TREAT, false, false),
            (Purposes::HPAYMT, true, false),
            (Purposes::PATRQT, false, true),
            (Purposes::BTG, false, true),
        ] {
            let found = beyond_terms(requester, patient, purpose, is_resident);
            assert_eq!(found, expected, "{purpose:?}, {is_resident}");
        }
        assert!(beyond_terms(patient, patient, Purposes::TREAT, false));
    }

    #[test]
    fn what_a_denial_leaves_of_a_permit_is_asked_about() {
        let author = AccountId([7; 32]);
        let from = |authored_from, authored_until, author| Narrowing {
            authored_from,
            authored_until,
            author,
            records: None,
        };
        let permit = terms(Effect::Permit, &[3], Some(from(100, 300, None)));
        let deny = terms(Effect::Deny, &[3, 4], Some(from(100, 200, Some(author))));
        let probes = Probes::new(&[permit, deny], false, MANY);
        let has = |author: AccountId, authored_at| {
            let found = |facts: &Facts| (facts.slot, facts.author, facts.authored_at) == (Slot(3), author, authored_at);
            probes.facts().iter().any(found)
        };
        // From 100 on another author's, from 200 on everybody's.
        assert!(probes.is_complete() && has(AccountId([0; 32]), 100) && has(author, 200));
        assert!(
            probes.facts().iter().all(|facts| facts.slot == Slot(3)),
            "nothing permits the other slot"
        );
    }

    #[test]
    fn too_many_terms_or_what_was_passed_on_leave_more_than_is_asked() {
        let many: Vec<_> = (0..100_u8)
            .map(|number| {
                let narrowing = Narrowing {
                    authored_from: u64::from(number),
                    authored_until: 1_000,
                    author: Some(AccountId([number; 32])),
                    records: None,
                };
                terms(Effect::Permit, &[1, 2], Some(narrowing))
            })
            .collect();
        let probes = Probes::new(&many, false, 101);
        assert_eq!((probes.facts().len(), probes.is_complete()), (101, false));
        for slot in [1, 2] {
            assert!(probes.facts().iter().any(|facts| facts.slot == Slot(slot)));
        }
        let given = [terms(Effect::Permit, &[3], None)];
        let passed_on = [given[0], (GrantId(GrantId::DELEGATED | 1), given[0].1)];
        assert!(Probes::new(&given, false, MANY).is_complete());
        assert!(
            !Probes::new(&passed_on, false, MANY).is_complete(),
            "what is denied above is not known"
        );
        let set = Narrowing {
            records: Some(Hash([9; 32])),
            ..Narrowing::NONE
        };
        for effect in [Effect::Permit, Effect::Deny] {
            let by_set = [given[0], terms(effect, &[3], Some(set))];
            assert!(
                !Probes::new(&by_set, false, MANY).is_complete(),
                "of which set a record is takes a proof"
            );
        }
    }
}
