use crate::{DOMAIN, EPOCH, PATIENT, domain_key, keyword, patient_scope, verified};
use aegle_keys::{LabelError, RecordKeywords, label_batch};
use aegle_rules::{AccountId, BatchNumber};
use aegle_sealed::{
    CountEntry, CountTable, Keyword, Label, LabelSet, Salt, Scope, ScopeContext,
    limits::{MAX_BATCH_RECORDS, MAX_RECORD_LABELS, MIN_COUNT_ENTRIES},
};
use proptest::prelude::*;
use std::collections::{BTreeSet, HashSet};

const OTHER_PATIENT: AccountId = AccountId([0x52; 32]);
const BATCH: BatchNumber = BatchNumber(5);

pub(crate) fn label(records: &[RecordKeywords], salt: [u8; 16]) -> Result<LabelSet, LabelError> {
    label_batch(&domain_key(), DOMAIN, EPOCH, BATCH, records, Salt(salt))
}

/// The records that a keyword finds by its labels alone.
pub(crate) fn found(set: &LabelSet, scope: &ScopeContext, keyword: &Keyword) -> BTreeSet<usize> {
    let leaf = verified(scope, keyword, BATCH).leaf(BATCH).unwrap();
    let count = leaf.probe(set.salt(), set.counts()).min(MAX_BATCH_RECORDS);
    let labels: HashSet<Label> = (0..count).map(|c| leaf.label(set.salt(), c)).collect();
    let has = |record: &Vec<Label>| record.iter().any(|label| labels.contains(label));
    (0..set.records().len())
        .filter(|number| has(&set.records()[*number]))
        .collect()
}

fn record(patient: AccountId, keywords: &[usize], cohort: bool) -> RecordKeywords {
    RecordKeywords {
        patient,
        keywords: keywords.iter().map(|number| keyword(*number)).collect(),
        cohort,
    }
}

fn records() -> impl Strategy<Value = Vec<RecordKeywords>> {
    let one = (
        any::<bool>(),
        proptest::collection::vec(0..6_usize, 0..12),
        any::<bool>(),
    );
    let one = one
        .prop_map(|(other, keywords, cohort)| record(if other { OTHER_PATIENT } else { PATIENT }, &keywords, cohort));
    proptest::collection::vec(one, 1..24)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn labels_find_what_the_plaintext_has(records in records(), salt in any::<[u8; 16]>()) {
        let set = label(&records, salt).unwrap();
        let cohort = ScopeContext { scope: Scope::Cohort, ..patient_scope() };
        for number in 0..7 {
            let wanted = keyword(number);
            let having = |filter: &dyn Fn(&RecordKeywords) -> bool| -> BTreeSet<usize> {
                let hit = |record: &RecordKeywords| record.keywords.contains(&wanted) && filter(record);
                (0..records.len()).filter(|number| hit(&records[*number])).collect()
            };
            let mine = having(&|record| record.patient == PATIENT);
            prop_assert_eq!(found(&set, &patient_scope(), &wanted), mine);
            prop_assert_eq!(found(&set, &cohort, &wanted), having(&|record| record.cohort));
        }
    }

    #[test]
    fn sizes_say_only_a_power_of_two(records in records(), salt in any::<[u8; 16]>()) {
        let set = label(&records, salt).unwrap();
        for (record, labels) in records.iter().zip(set.records()) {
            let distinct: HashSet<_> = record.keywords.iter().collect();
            let needed = distinct.len() * if record.cohort { 2 } else { 1 };
            prop_assert_eq!(labels.len(), needed.next_power_of_two().max(8));
        }
        let entries = set.counts().entries().len();
        prop_assert!(entries.is_power_of_two() && entries >= MIN_COUNT_ENTRIES);
    }
}

#[test]
fn a_second_labelling_shares_nothing_with_the_first() {
    let records = [
        record(PATIENT, &[0, 1, 2, 3, 4, 5, 6, 7, 8], true),
        record(PATIENT, &[0, 1], false),
    ];
    let (first, second) = (label(&records, [1; 16]).unwrap(), label(&records, [2; 16]).unwrap());
    let labels = |set: &LabelSet| -> HashSet<Label> { set.records().iter().flatten().copied().collect() };
    assert!(labels(&first).is_disjoint(&labels(&second)));
    let inner = |set: &LabelSet| -> HashSet<[u8; 10]> {
        let entries = set.counts().entries();
        entries[1..entries.len() - 1]
            .iter()
            .map(|entry| entry.fingerprint)
            .collect()
    };
    assert!(inner(&first).is_disjoint(&inner(&second)));
}

#[test]
fn two_occurrences_of_a_keyword_have_nothing_in_common() {
    let records: Vec<_> = (0..40).map(|_| record(PATIENT, &[0], true)).collect();
    let set = label(&records, [1; 16]).unwrap();
    let labels: Vec<Label> = set.records().iter().flatten().copied().collect();
    assert_eq!(labels.len(), 40 * 8);
    assert_eq!(labels.iter().collect::<HashSet<_>>().len(), labels.len());
}

#[test]
fn another_domain_epoch_scope_field_or_batch_finds_nothing() {
    let set = label(&[record(PATIENT, &[0], false)], [1; 16]).unwrap();
    let scope = patient_scope();
    assert_eq!(found(&set, &scope, &keyword(0)).len(), 1);
    let others = [
        ScopeContext {
            domain: aegle_rules::DomainId(4),
            ..scope
        },
        ScopeContext {
            epoch: EPOCH + 1,
            ..scope
        },
        ScopeContext {
            scope: Scope::Cohort,
            ..scope
        },
        ScopeContext {
            scope: Scope::Patient(OTHER_PATIENT),
            ..scope
        },
    ];
    for other in others {
        assert!(found(&set, &other, &keyword(0)).is_empty(), "{other:?}");
    }
    assert!(found(&set, &scope, &Keyword::category("http://loinc.org", "0-1").unwrap()).is_empty());
    let next = verified(&scope, &keyword(0), BatchNumber(BATCH.0 + 1))
        .leaf(BatchNumber(BATCH.0 + 1))
        .unwrap();
    assert_eq!(next.probe(set.salt(), set.counts()), 0);
}

#[test]
fn merkle_leaves_are_tagged_and_in_order() {
    let set = label(&[record(PATIENT, &[0, 1], false), record(PATIENT, &[1], true)], [1; 16]).unwrap();
    let leaves = set.label_leaves();
    assert_eq!(leaves.len(), 16);
    assert!(leaves.windows(2).all(|pair| pair[0] < pair[1]));
    assert!(
        leaves
            .iter()
            .all(|leaf| leaf.starts_with(b"aegle/sealed/label-leaf/v1"))
    );
    let counts = set.count_leaves();
    assert_eq!(counts.len(), set.counts().entries().len());
    assert!(counts.windows(2).all(|pair| pair[0] < pair[1]));
    assert!(
        counts
            .iter()
            .all(|leaf| leaf.starts_with(b"aegle/sealed/count-leaf/v1"))
    );
}

#[test]
fn a_record_has_at_most_so_many_labels() {
    let with = |count: usize, cohort| record(PATIENT, &(0..count).collect::<Vec<_>>(), cohort);
    let cases = [
        (MAX_RECORD_LABELS - 1, false, None),
        (MAX_RECORD_LABELS, false, None),
        (MAX_RECORD_LABELS + 1, false, Some(MAX_RECORD_LABELS + 1)),
        (MAX_RECORD_LABELS / 2, true, None),
        (MAX_RECORD_LABELS / 2 + 1, true, Some(MAX_RECORD_LABELS + 2)),
    ];
    for (count, cohort, refused) in cases {
        let result = label(&[with(0, false), with(count, cohort)], [1; 16]).map(|set| set.records()[1].len());
        let expected = match refused {
            None => Ok(MAX_RECORD_LABELS),
            Some(labels) => Err(LabelError::TooManyKeywords { record: 1, labels }),
        };
        assert_eq!(result, expected, "{count} keywords");
    }
}

#[test]
fn a_batch_has_one_record_to_65_536() {
    let one = record(PATIENT, &[0], false);
    let limit = MAX_BATCH_RECORDS as usize;
    for (count, refused) in [
        (0, true),
        (1, false),
        (limit - 1, false),
        (limit, false),
        (limit + 1, true),
    ] {
        let result = label(&vec![one.clone(); count], [1; 16]).map(|set| set.records().len());
        let expected = if refused {
            Err(LabelError::Records { records: count })
        } else {
            Ok(count)
        };
        assert_eq!(result, expected);
    }
}

#[test]
fn an_entry_is_found_however_the_fingerprints_are_chosen() {
    let even = |number: u64, size: u64| number * (u64::MAX / size);
    let low = |number: u64, _: u64| number;
    let high = |number: u64, size: u64| u64::MAX - size + number;
    let clustered = |number: u64, _: u64| (number % 3) << 62 | number;
    let choices: [&dyn Fn(u64, u64) -> u64; 4] = [&even, &low, &high, &clustered];
    for (choice, size) in choices
        .iter()
        .flat_map(|choice| [16, 64, 4_096].map(|size| (choice, size)))
    {
        let entry = |number| {
            let mut fingerprint = [1; 10];
            fingerprint[..8].copy_from_slice(&choice(number, size).to_be_bytes());
            CountEntry {
                fingerprint,
                masked: number as u32,
            }
        };
        let mut entries = vec![CountEntry::FIRST, CountEntry::LAST];
        entries.extend((1..size - 1).map(entry));
        entries.sort_unstable();
        let table = CountTable::new(entries.clone()).unwrap();
        for entry in &entries[1..entries.len() - 1] {
            assert_eq!(table.find(&entry.fingerprint), Some(entry));
            let mut other = entry.fingerprint;
            other[9] ^= 1;
            assert_eq!(table.find(&other), None);
        }
        assert_eq!(table.find(&[0; 10]), None);
        assert_eq!(table.find(&[0xff; 10]), None);
    }
}
