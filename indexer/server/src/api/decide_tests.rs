use super::*;
use aegle_rules::{
    Hash, Slots,
    consent::{Grantee, Narrowing, Proxies, Research},
};

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
    assert_eq!(probes(&[], false), Some(Vec::new()));
    assert_eq!(probes(&[terms(Effect::Deny, &[1, 2], None)], false), Some(Vec::new()));
    let all = probes(&[], true).unwrap_or_default();
    assert_eq!(
        all.len(),
        usize::from(SLOTS),
        "the patient's own, or an open glass, in every slot"
    );
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
    let found = probes(&[permit, deny], false).unwrap_or_default();
    let has = |author: AccountId, authored_at| {
        found
            .iter()
            .any(|facts| (facts.slot, facts.author, facts.authored_at) == (Slot(3), author, authored_at))
    };
    // From 100 on another author's, from 200 on everybody's.
    assert!(has(AccountId([0; 32]), 100) && has(author, 200));
    assert!(
        found.iter().all(|facts| facts.slot == Slot(3)),
        "nothing permits the other slot"
    );
}

#[test]
fn too_many_terms_leave_it_to_the_records() {
    let many: Vec<_> = (0..100_u8)
        .map(|number| {
            let narrowing = Narrowing {
                authored_from: u64::from(number),
                authored_until: 1_000,
                author: Some(AccountId([number; 32])),
                records: None,
            };
            terms(Effect::Permit, &[1], Some(narrowing))
        })
        .collect();
    assert_eq!(probes(&many, false), None);
}

#[test]
fn what_was_passed_on_is_asked_about_record_by_record() {
    let (_, terms) = terms(Effect::Permit, &[3], None);
    let given = [(GrantId(1), terms)];
    let passed_on = [given[0], (GrantId(GrantId::DELEGATED | 1), terms)];
    assert!(!is_narrowed(&given) && probes(&given, false).is_some());
    assert!(is_narrowed(&passed_on));
    assert_eq!(probes(&passed_on, false), None, "what is denied above is not known");
}
