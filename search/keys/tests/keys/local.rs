//! Searching in labels that were fetched finds what the plaintext has, and with other keys nothing.

use crate::{EPOCH, PATIENT, keyword, labelling::label, patient_scope, verified};
use aegle_keys::{DomainKey, RecordKeywords};
use aegle_rules::{AccountId, BatchNumber};
use aegle_sealed::{
    Expression, Label, LabelSet, LeafKey, LocalLabels, LocalLabelsError, Salt, Scope, ScopeContext, Window,
    limits::MAX_BATCH_RECORDS,
};
use proptest::prelude::*;
use std::collections::BTreeSet;

const BATCH: BatchNumber = BatchNumber(5);
const OTHER_PATIENT: AccountId = AccountId([0x52; 32]);
/// Keywords that records may have; one more is asked for than any has.
const KEYWORDS: usize = 5;

fn leaf(scope: &ScopeContext, number: usize) -> LeafKey {
    verified(scope, &keyword(number), BATCH).leaf(BATCH).unwrap()
}

fn keys(scope: &ScopeContext) -> Vec<LeafKey> {
    (0..=KEYWORDS).map(|number| leaf(scope, number)).collect()
}

/// The labels of the patient's records but for those that are erased, and the numbers of these records.
fn fetched(set: &LabelSet, records: &[RecordKeywords], erased: &BTreeSet<usize>) -> (LocalLabels, Vec<usize>) {
    let own = |number: &usize| records[*number].patient == PATIENT;
    let numbers: Vec<usize> = (0..records.len()).filter(own).collect();
    let counters = numbers.len() as u32;
    let kept: Vec<usize> = numbers.into_iter().filter(|number| !erased.contains(number)).collect();
    let runs: Vec<&Vec<Label>> = kept.iter().map(|number| &set.records()[*number]).collect();
    (LocalLabels::new(*set.salt(), counters, &runs).unwrap(), kept)
}

fn matches(expression: &Expression, keywords: &[usize]) -> bool {
    match expression {
        Expression::Term(term) => keywords.contains(term),
        Expression::And(parts) => parts.iter().all(|part| matches(part, keywords)),
        Expression::Or(parts) => parts.iter().any(|part| matches(part, keywords)),
        Expression::Not(part) => !matches(part, keywords),
    }
}

fn expressions() -> impl Strategy<Value = Expression> {
    let term = (0..=KEYWORDS).prop_map(Expression::Term);
    term.prop_recursive(3, 12, 3, |inner| {
        let parts = prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            parts.clone().prop_map(Expression::And),
            parts.prop_map(Expression::Or),
            inner.prop_map(|part| Expression::Not(Box::new(part))),
        ]
    })
}

fn records() -> impl Strategy<Value = Vec<(bool, Vec<usize>, bool)>> {
    let one = (any::<bool>(), prop::collection::vec(0..KEYWORDS, 0..8), any::<bool>());
    prop::collection::vec(one, 1..20)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_local_search_finds_what_the_plaintext_has(
        plain in records(),
        erased in prop::collection::btree_set(0..20_usize, 0..5),
        expression in expressions(),
        salt in any::<[u8; 16]>(),
    ) {
        let record = |(is_own, keywords, cohort): &(bool, Vec<usize>, bool)| RecordKeywords {
            patient: if *is_own { PATIENT } else { OTHER_PATIENT },
            keywords: keywords.iter().map(|number| keyword(*number)).collect(),
            cohort: *cohort,
        };
        let records: Vec<RecordKeywords> = plain.iter().map(record).collect();
        let set = label(&records, salt).unwrap();
        let (local, kept) = fetched(&set, &records, &erased);
        let query = expression.clone().verify(KEYWORDS + 1).unwrap();
        let found: Vec<usize> = local.find(&query, &keys(&patient_scope())).into_iter().map(|place| kept[place]).collect();
        let expected: Vec<usize> = kept.iter().copied().filter(|number| matches(&expression, &plain[*number].1)).collect();
        prop_assert_eq!(found, expected);

        // Keys of another patient, epoch, or domain find nothing of a term.
        let others = [
            ScopeContext { scope: Scope::Patient(OTHER_PATIENT), ..patient_scope() },
            ScopeContext { epoch: EPOCH + 1, ..patient_scope() },
        ];
        for scope in &others {
            for term in 0..KEYWORDS {
                let query = Expression::Term(term).verify(KEYWORDS + 1).unwrap();
                prop_assert!(local.find(&query, &keys(scope)).is_empty());
            }
        }
        let stranger = DomainKey::from_seed(&[0x25; 32]);
        let window = Window::new(BATCH.0, BATCH.0 + 1).unwrap();
        let token = stranger.token(&patient_scope(), &keyword(0), window).unwrap().remove(0).verify().unwrap();
        let query = Expression::Term(0).verify(1).unwrap();
        prop_assert!(local.find(&query, &[token.leaf(BATCH).unwrap()]).is_empty());
    }
}

#[test]
fn labels_that_cannot_be_of_a_scope_are_refused() {
    let run = |byte: u8| vec![Label([byte; 10])];
    let of = |counters, runs: &[Vec<Label>]| LocalLabels::new(Salt([0; 16]), counters, runs).err();
    assert_eq!(of(2, &[run(1), run(2)]), None);
    assert_eq!(of(3, &[run(1), run(2)]), None, "one is erased");
    assert_eq!(of(2, &[run(1), run(1)]), Some(LocalLabelsError::Duplicate));
    for (counters, runs) in [(1, vec![run(1), run(2)]), (MAX_BATCH_RECORDS + 1, vec![run(1)])] {
        let records = runs.len();
        assert_eq!(
            of(counters, &runs),
            Some(LocalLabelsError::Counters { records, counters })
        );
    }
}

#[test]
fn a_term_without_a_key_finds_nothing() {
    let local = LocalLabels::new(Salt([0; 16]), 1, &[vec![Label([1; 10])]]).unwrap();
    let query = Expression::Or(vec![
        Expression::Term(0),
        Expression::Not(Box::new(Expression::Term(1))),
    ]);
    assert_eq!(local.find(&query.verify(2).unwrap(), &[]), [0]);
    assert!(local.find(&Expression::Term(0).verify(1).unwrap(), &[]).is_empty());
}
