#![allow(clippy::unwrap_used)]
use super::*;
use aegle_rules::BatchNumber;

fn version(time: Option<u64>, number: Option<u64>) -> Version {
    Version { time, number }
}

fn history(versions: &[(u8, Version, Standing)]) -> History {
    let held = versions.iter().map(|(content, version, standing)| Held {
        patient: AccountId([1; 32]),
        server: None,
        content: ContentHash([*content; 32]),
        version: *version,
        restriction: Restriction::default(),
        record: RecordId([*content; 16]),
        place: place(*content),
        standing: *standing,
    });
    History {
        held: held.collect(),
        ended: None,
    }
}

fn place(number: u8) -> RecordPosition {
    RecordPosition {
        batch: BatchNumber(0),
        index: number.into(),
    }
}

#[test]
fn a_version_is_told_from_those_that_are_sealed() {
    use Standing::{Current, Erased, Superseded};
    let none = version(None, None);
    let at = |time| version(Some(time), None);
    let numbered = |number| version(None, Some(number));
    let new = |replaces: &[u8], unordered| Judgement::New {
        replaces: replaces.iter().map(|number| place(*number)).collect(),
        unordered,
    };
    let cases = [
        (vec![], 1, none, false, new(&[], false)),
        (vec![(1, none, Current)], 1, none, false, Judgement::Known),
        (vec![(1, none, Current)], 2, none, false, new(&[], true)),
        (vec![(1, none, Current)], 2, none, true, new(&[1], false)),
        (vec![(1, at(5), Current)], 2, at(6), false, new(&[1], false)),
        (vec![(1, at(5), Current)], 2, at(4), false, Judgement::Old),
        (vec![(1, at(5), Current)], 2, at(4), true, Judgement::Old),
        (vec![(1, at(5), Current)], 2, at(5), false, new(&[], true)),
        (
            vec![(1, numbered(9), Current)],
            2,
            numbered(10),
            false,
            new(&[1], false),
        ),
        (
            vec![(1, at(1), Superseded), (2, at(2), Current)],
            3,
            at(3),
            false,
            new(&[2], false),
        ),
        (
            vec![(1, at(1), Superseded), (2, at(2), Current)],
            1,
            at(1),
            false,
            Judgement::Known,
        ),
        (
            vec![(1, at(1), Current), (2, none, Current)],
            3,
            at(3),
            false,
            new(&[1], true),
        ),
        (vec![(1, at(1), Erased)], 2, at(2), false, new(&[], false)),
        (vec![(1, at(3), Erased)], 2, at(2), false, Judgement::Old),
    ];
    for (held, content, version, in_error, expected) in cases {
        let judged = history(&held).judge(ContentHash([content; 32]), &version, &Restriction::default(), in_error);
        assert!(
            judged == expected,
            "{content} {version:?}: {judged:?}, not {expected:?}"
        );
    }
    let deleted = History {
        ended: Some(at(5)),
        ..history(&[(1, at(1), Erased)])
    };
    assert_eq!(
        deleted.judge(ContentHash([2; 32]), &at(4), &Restriction::default(), false),
        Judgement::Old
    );
    assert_eq!(
        deleted.judge(ContentHash([2; 32]), &at(6), &Restriction::default(), false),
        new(&[], false)
    );
}

/// What a code of HL7 v3 withholds a resource by.
fn labelled(system: &str, code: &str) -> Restriction {
    let system = format!("http://terminology.hl7.org/CodeSystem/v3-{system}");
    let text = format!(r#"{{"resourceType":"Basic","meta":{{"security":[{{"system":"{system}","code":"{code}"}}]}}}}"#);
    Resource::parse(&text).unwrap().restriction()
}

#[test]
fn a_higher_level_or_another_class_is_sealed_anew_and_a_lower_one_is_not() {
    let none = version(None, None);
    let content = ContentHash([1; 32]);
    for raised in [
        labelled("Confidentiality", "R"),
        labelled("ActCode", "SUD"),
        labelled("ActCode", "HIV"),
    ] {
        let mut own = history(&[(1, none, Standing::Current)]);
        let anew = Judgement::New {
            replaces: vec![place(1)],
            unordered: false,
        };
        assert_eq!(own.judge(content, &none, &raised, false), anew, "{raised:?}");
        own.held[0].standing = Standing::Erased;
        let held = Held {
            restriction: raised.clone(),
            place: place(2),
            standing: Standing::Current,
            ..own.held[0].clone()
        };
        own.add(held);
        for again in [Restriction::default(), raised.clone()] {
            let again = own.restriction(content, &none, again);
            assert_eq!(again, raised);
            assert_eq!(own.judge(content, &none, &again, false), Judgement::Known);
        }
    }
}

#[test]
fn what_does_not_count_any_more_is_withdrawn_when_it_is_labelled_later() {
    let at = |time| version(Some(time), None);
    let own = history(&[(1, at(1), Standing::Superseded), (2, at(2), Standing::Current)]);
    let restriction = labelled("ActCode", "HIV");
    let judged = own.judge(ContentHash([1; 32]), &at(1), &restriction, false);
    assert_eq!(judged, Judgement::Withdrawn(vec![place(1)]));
}

#[test]
fn of_versions_without_order_none_stays_below_another() {
    let none = version(None, None);
    let (plain, sealed) = (Restriction::default(), history(&[(1, none, Standing::Current)]));
    let secret = labelled("ActCode", "SUD");
    let judged = sealed.judge(ContentHash([2; 32]), &none, &secret, false);
    let new = |replaces, unordered| Judgement::New { replaces, unordered };
    assert_eq!(judged, new(vec![place(1)], false));
    let mut sealed = sealed;
    sealed.held[0].restriction = secret.clone();
    let restriction = sealed.restriction(ContentHash([2; 32]), &none, plain.clone());
    assert_eq!(restriction, secret);
    assert_eq!(
        sealed.judge(ContentHash([2; 32]), &none, &restriction, false),
        new(Vec::new(), true)
    );
    // A version that is certainly newer has the labels that it says.
    sealed.held[0].version = version(Some(1), None);
    let newer = version(Some(2), None);
    assert_eq!(sealed.restriction(ContentHash([2; 32]), &newer, plain.clone()), plain);
}

#[test]
fn what_was_refiled_is_gone_and_comes_back_only_when_it_is_sealed_again() {
    use Standing::{Current, Erased, Superseded};
    let none = version(None, None);
    let [wrong, right] = [AccountId([1; 32]), AccountId([2; 32])];
    let mut own = history(&[(1, none, Superseded), (2, none, Erased), (3, none, Current)]);
    let places = |own: &History, patient| own.of_others(patient).map(|held| held.place).collect::<Vec<_>>();
    assert_eq!(places(&own, right), [place(1), place(2), place(3)]);
    assert_eq!(places(&own, wrong), []);
    own.refile(right);
    assert_eq!(places(&own, right), [], "once");
    assert!(own.current().next().is_none() && own.held.iter().all(|held| held.standing.is_gone()));
    assert!(own.was_refiled(ContentHash([3; 32]), wrong) && !own.was_refiled(ContentHash([3; 32]), right));
    let back = Held {
        standing: Current,
        place: place(4),
        ..own.held[2].clone()
    };
    own.add(back);
    assert!(!own.was_refiled(ContentHash([3; 32]), wrong));
    assert!(
        own.below(&labelled("Confidentiality", "R"))
            .all(|held| held.place == place(4))
    );
}

#[test]
fn what_counts_is_not_forgotten() {
    let mut own = history(&[(0, version(None, None), Standing::Current)]);
    for _ in 0..3 * MAX_HELD {
        let held = history(&[(9, version(None, None), Standing::Superseded)]).held;
        held.into_iter().for_each(|held| own.add(held));
    }
    assert_eq!(own.held.len(), MAX_HELD);
    assert_eq!(own.current().count(), 1);
}
