//! Every change of a byte is refused with a typed error, or finds nothing that was not there.

use crate::{
    PATIENT, keyword,
    labelling::{found, label},
    patient_scope, token,
};
use aegle_keys::RecordKeywords;
use aegle_rules::BatchNumber;
use aegle_sealed::{
    CountEntry, CountTable, CountTableError, Label, LabelSetError, SearchToken, UnverifiedLabelSet, Window,
    limits::{MAX_BATCH_RECORDS, MAX_COUNT_ENTRIES, MAX_RECORD_LABELS},
};
use scale::{Compact, Decode, DecodeAll, Encode};

fn flips(bytes: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> + '_ {
    (0..bytes.len()).flat_map(move |at| {
        [0x01, 0x80].map(|bit| {
            let mut flipped = bytes.to_vec();
            flipped[at] ^= bit;
            (at, flipped)
        })
    })
}

fn label_set() -> UnverifiedLabelSet {
    let record = |numbers: &[usize], cohort| RecordKeywords {
        patient: PATIENT,
        keywords: numbers.iter().map(|number| keyword(*number)).collect(),
        cohort,
    };
    label(
        &[record(&[0, 1], true), record(&[1, 2], false), record(&[0], false)],
        [9; 16],
    )
    .unwrap()
    .into()
}

#[test]
fn a_flipped_token_is_refused_or_opens_something_else() {
    let window = Window { from: 3, to: 9 };
    let whole = token(window).verify().unwrap();
    let leaf = |batch| *whole.leaf(BatchNumber(batch)).unwrap().to_bytes();
    for (at, flipped) in flips(&token(window).encode()) {
        let Ok(read) = SearchToken::decode_all(&mut flipped.as_slice()) else {
            continue;
        };
        let Ok(read) = read.verify() else { continue };
        let same_context = read.context() == whole.context();
        let opens_all = (3..9).all(|batch| {
            read.leaf(BatchNumber(batch))
                .is_some_and(|key| *key.to_bytes() == leaf(batch))
        });
        assert!(!(same_context && opens_all), "byte {at}");
        // Whatever it claims, no batch outside the window is opened by a true key.
        assert!(
            (0..3).chain(9..16).all(|batch| read.leaf(BatchNumber(batch)).is_none()),
            "byte {at}"
        );
    }
}

#[test]
fn a_flipped_label_set_is_refused_or_finds_less() {
    let (scope, bytes) = (patient_scope(), label_set().encode());
    let whole = label_set().verify(3).unwrap();
    let hits: Vec<_> = (0..4).map(|number| found(&whole, &scope, &keyword(number))).collect();
    let mut accepted = 0;
    for (at, flipped) in flips(&bytes) {
        let Ok(read) = UnverifiedLabelSet::decode_all(&mut flipped.as_slice()) else {
            continue;
        };
        let Ok(read) = read.verify(3) else { continue };
        accepted += 1;
        for (number, hits) in hits.iter().enumerate() {
            assert!(
                found(&read, &scope, &keyword(number)).is_subset(hits),
                "byte {at}, keyword {number}"
            );
        }
    }
    assert!(accepted > 0, "the salt alone can be flipped without breaking the form");
}

#[test]
fn cut_or_lengthened_bytes_are_refused() {
    let (token, set) = (token(Window { from: 3, to: 9 }).encode(), label_set().encode());
    for length in 0..token.len() {
        assert!(
            SearchToken::decode_all(&mut &token[..length]).is_err(),
            "{length} bytes of a token"
        );
    }
    for length in 0..set.len() {
        assert!(
            UnverifiedLabelSet::decode_all(&mut &set[..length]).is_err(),
            "{length} bytes of labels"
        );
    }
    assert!(SearchToken::decode_all(&mut [token, vec![0]].concat().as_slice()).is_err());
    assert!(UnverifiedLabelSet::decode_all(&mut [set, vec![0]].concat().as_slice()).is_err());
}

#[test]
fn false_lengths_are_refused_before_anything_is_allocated() {
    let salt = [0_u8; 16].to_vec();
    let too_many_records = [salt.clone(), Compact(MAX_BATCH_RECORDS + 1).encode()].concat();
    let too_many_labels = [
        salt,
        Compact(1_u32).encode(),
        Compact(MAX_RECORD_LABELS as u32 + 1).encode(),
    ]
    .concat();
    for (bytes, text) in [
        (too_many_records, "too many records"),
        (too_many_labels, "too many labels"),
    ] {
        let error = UnverifiedLabelSet::decode(&mut bytes.as_slice()).unwrap_err();
        assert!(error.to_string().contains(text), "{error}");
    }
    for entries in [MAX_COUNT_ENTRIES as u32 + 1, u32::MAX] {
        let error = CountTable::decode(&mut Compact(entries).encode().as_slice()).unwrap_err();
        assert!(error.to_string().contains("too long"), "{error}");
    }
}

#[test]
fn label_sets_out_of_form_are_refused() {
    type Change = fn(&mut UnverifiedLabelSet);
    let cases: [(&str, Change, LabelSetError); 8] = [
        (
            "a record less",
            |set| drop(set.records.pop()),
            LabelSetError::Records { found: 2, expected: 3 },
        ),
        (
            "a label less",
            |set| set.records[1].truncate(7),
            LabelSetError::Padding { record: 1, labels: 7 },
        ),
        (
            "no label",
            |set| set.records[2].clear(),
            LabelSetError::Padding { record: 2, labels: 0 },
        ),
        (
            "padding for its own sake",
            |set| {
                let padding = (1..63).map(|byte| CountEntry {
                    fingerprint: [byte; 10],
                    masked: 0,
                });
                let mut table = vec![CountEntry::FIRST];
                table.extend(padding.chain([CountEntry::LAST]));
                set.counts = CountTable::new(table).unwrap();
            },
            LabelSetError::Counts {
                entries: 64,
                labels: 24,
            },
        ),
        (
            "swapped labels",
            |set| set.records[0].swap(2, 3),
            LabelSetError::Order { record: 0 },
        ),
        (
            "a label twice in a record",
            |set| set.records[0][3] = set.records[0][2],
            LabelSetError::Order { record: 0 },
        ),
        (
            "a label in two records",
            |set| {
                let label = set.records[0][7];
                set.records[1][7] = label;
                set.records[1].sort_unstable();
            },
            LabelSetError::Duplicate,
        ),
        (
            "too many labels in a record",
            |set| set.records[0] = (0..2 * MAX_RECORD_LABELS as u64).map(numbered).collect(),
            LabelSetError::Padding {
                record: 0,
                labels: 2 * MAX_RECORD_LABELS,
            },
        ),
    ];
    for (name, change, expected) in cases {
        let mut set = label_set();
        change(&mut set);
        assert_eq!(set.verify(3).err(), Some(expected), "{name}");
    }
    assert!(label_set().verify(3).is_ok());
    for records in [0, 2, 4, u32::MAX] {
        let expected = LabelSetError::Records {
            found: 3,
            expected: records,
        };
        assert_eq!(label_set().verify(records).err(), Some(expected));
    }
}

#[test]
fn tables_out_of_order_are_refused() {
    type Change = fn(&mut Vec<CountEntry>);
    let cases: [(&str, Change, CountTableError); 7] = [
        ("empty", Vec::clear, CountTableError::Size { entries: 0 }),
        (
            "an entry less",
            |table| table.truncate(15),
            CountTableError::Size { entries: 15 },
        ),
        (
            "too short",
            |table| table.truncate(8),
            CountTableError::Size { entries: 8 },
        ),
        (
            "no first sentinel",
            |table| table[0].masked = 1,
            CountTableError::Sentinels,
        ),
        (
            "no last sentinel",
            |table| table[15].fingerprint[9] = 0,
            CountTableError::Sentinels,
        ),
        ("swapped", |table| table.swap(5, 6), CountTableError::Order { index: 6 }),
        (
            "twice",
            |table| table[6].fingerprint = table[5].fingerprint,
            CountTableError::Order { index: 6 },
        ),
    ];
    for (name, change, expected) in cases {
        let mut entries = label_set().counts.entries().to_vec();
        change(&mut entries);
        assert_eq!(CountTable::new(entries.clone()).err(), Some(expected), "{name}");
        assert!(
            CountTable::decode_all(&mut entries.encode().as_slice()).is_err(),
            "{name}, decoded"
        );
    }
}

#[test]
fn sentinels_are_no_entries() {
    let table = label_set().counts;
    assert!(table.find(&CountEntry::FIRST.fingerprint).is_none());
    assert!(table.find(&CountEntry::LAST.fingerprint).is_none());
    assert_eq!(table.find(&table.entries()[1].fingerprint), Some(&table.entries()[1]));
}

fn numbered(number: u64) -> Label {
    let mut label = [0; 10];
    label[..8].copy_from_slice(&number.to_be_bytes());
    Label(label)
}
