use crate::corpus::{Corpus, DOMAIN, PAYLOAD, record, small};
use aegle_index::{LabelIndex, LabelSearch, OpenError, Payload, WriteError};
use aegle_rules::BatchNumber;
use aegle_sealed::{Expression, Label, Scope, UnverifiedLabelSet};
use std::{collections::BTreeSet, fs, path::Path};

const SCOPE: Scope = Scope::Patient(aegle_rules::AccountId([1; 32]));

fn corpus() -> Corpus {
    let batch = |keywords: &[&[usize]]| keywords.iter().map(|keywords| record(1, keywords)).collect();
    Corpus::new(DOMAIN, vec![batch(&[&[0, 1], &[0], &[1]]), batch(&[&[0], &[2]])])
}

fn found(corpus: &Corpus, index: &LabelIndex, keyword: usize) -> Vec<(u32, Vec<u32>)> {
    let hits = corpus.search(index, SCOPE, &[keyword], &Expression::Term(0));
    hits.into_iter()
        .map(|(batch, numbers)| (batch.0, numbers.iter().collect()))
        .collect()
}

fn not_found(corpus: &Corpus, index: &LabelIndex, keyword: usize) -> Vec<(u32, Vec<u32>)> {
    let hits = corpus.search(
        index,
        SCOPE,
        &[keyword],
        &Expression::Not(Box::new(Expression::Term(0))),
    );
    hits.into_iter()
        .map(|(batch, numbers)| (batch.0, numbers.iter().collect()))
        .collect()
}

#[test]
fn nothing_is_visible_before_the_commit() {
    let corpus = corpus();
    let mut index = LabelIndex::open_in_memory(small()).unwrap();
    corpus.add_to(&mut index);
    assert!(found(&corpus, &index, 0).is_empty());
    assert_eq!(index.payload(), None);
    let searcher = index.searcher();
    index.commit(PAYLOAD).unwrap();
    assert_eq!(found(&corpus, &index, 0), [(1024, vec![0]), (1023, vec![0, 1])]);

    let universes = corpus.universes(SCOPE);
    let query = Expression::Term(0).verify(1).unwrap();
    let tokens = corpus.tokens(SCOPE, &[0], corpus.window());
    let hits = searcher
        .search(&LabelSearch::new(DOMAIN, &query, &tokens, &corpus.views(&universes)))
        .unwrap();
    assert_eq!(hits.len(), 2, "a searcher made before the commit sees it");
}

#[test]
fn the_payload_and_the_labels_survive_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = corpus();
    let mut index = LabelIndex::open(folder.path(), small()).unwrap();
    assert_eq!(index.payload(), None);
    corpus.add_to(&mut index);
    index.commit(PAYLOAD).unwrap();
    // Not committed: gone after the restart, as after a crash.
    index.delete_record(DOMAIN, BatchNumber(1023), 0).unwrap();
    drop(index);

    let mut index = LabelIndex::open(folder.path(), small()).unwrap();
    assert_eq!(index.payload(), Some(PAYLOAD));
    assert_eq!(found(&corpus, &index, 1), [(1023, vec![0, 2])]);
    let next = Payload {
        block: PAYLOAD.block + 1,
        hash: [0x88; 32],
    };
    index.commit(next).unwrap();
    drop(index);
    assert_eq!(LabelIndex::open(folder.path(), small()).unwrap().payload(), Some(next));
}

#[test]
fn after_a_fault_of_the_disk_nothing_is_taken_until_it_is_recovered() {
    let folder = tempfile::tempdir().unwrap();
    let (there, away) = (folder.path().join("index"), folder.path().join("away"));
    let corpus = corpus();
    let mut index = LabelIndex::open(&there, small()).unwrap();
    let (first, second) = (&corpus.batches[0], &corpus.batches[1]);
    index.add_batch(DOMAIN, first.0, &first.2).unwrap();
    index.commit(PAYLOAD).unwrap();
    let next = Payload {
        block: PAYLOAD.block + 1,
        hash: [0x88; 32],
    };

    // Every write of a file fails from here on.
    fs::rename(&there, &away).unwrap();
    let added = index.add_batch(DOMAIN, second.0, &second.2);
    assert!(added.and_then(|()| index.commit(next)).is_err(), "the fault is seen");
    fs::rename(&away, &there).unwrap();
    for _ in 0..2 {
        // A writer that met a fault would take this, and lose it.
        let again = index.add_batch(DOMAIN, second.0, &second.2);
        assert!(matches!(again, Err(WriteError::Faulted)), "{again:?}");
        assert!(matches!(index.commit(next), Err(WriteError::Faulted)));
        assert!(matches!(index.purge(), Err(WriteError::Faulted)));
    }
    assert_eq!(found(&corpus, &index, 0).len(), 1, "what was committed is found");

    assert_eq!(index.recover().unwrap(), Some(PAYLOAD));
    index.add_batch(DOMAIN, second.0, &second.2).unwrap();
    index.commit(next).unwrap();
    let held: Vec<_> = index
        .searcher()
        .held()
        .iter()
        .map(|held| (held.first, held.records))
        .collect();
    let expected: Vec<_> = corpus.batches.iter().map(|(batch, ..)| *batch).zip([3, 2]).collect();
    assert_eq!(held, expected);
    drop(index);
    let index = LabelIndex::open(&there, small()).unwrap();
    assert_eq!(index.payload(), Some(next));
    assert_eq!(found(&corpus, &index, 0), [(1024, vec![0]), (1023, vec![0, 1])]);
}

#[test]
fn what_is_held_is_told_record_by_record() {
    let corpus = corpus();
    let mut index = corpus.index();
    let held = |index: &LabelIndex| {
        let held = index.searcher().held();
        held.iter().map(|held| (held.first.0, held.records)).collect::<Vec<_>>()
    };
    assert_eq!(held(&index), [(1023, 3), (1024, 2)]);
    index.delete_record(DOMAIN, BatchNumber(1023), 1).unwrap();
    index.commit(PAYLOAD).unwrap();
    assert_eq!(held(&index), [(1023, 2), (1024, 2)]);
    index.remove_batch(DOMAIN, BatchNumber(1024)).unwrap();
    index.commit(PAYLOAD).unwrap();
    assert_eq!(held(&index), [(1023, 2)]);
}

#[test]
fn one_process_writes() {
    let folder = tempfile::tempdir().unwrap();
    let _first = LabelIndex::open(folder.path(), small()).unwrap();
    assert!(matches!(
        LabelIndex::open(folder.path(), small()),
        Err(OpenError::Storage(_))
    ));
}

#[test]
fn adding_a_batch_again_changes_nothing() {
    let corpus = corpus();
    let mut index = LabelIndex::open_in_memory(small()).unwrap();
    let before = |index: &LabelIndex| {
        (
            found(&corpus, index, 0),
            found(&corpus, index, 1),
            not_found(&corpus, index, 0),
        )
    };
    corpus.add_to(&mut index);
    corpus.add_to(&mut index);
    index.commit(PAYLOAD).unwrap();
    let once = before(&index);
    assert_eq!(once.0, [(1024, vec![0]), (1023, vec![0, 1])]);
    for _ in 0..3 {
        corpus.add_to(&mut index);
        index.commit(PAYLOAD).unwrap();
        assert_eq!(before(&index), once);
    }
}

#[test]
fn a_deleted_record_is_hidden_from_every_query() {
    let corpus = corpus();
    let mut index = corpus.index();
    index.delete_record(DOMAIN, BatchNumber(1023), 0).unwrap();
    // Other batches and domains have records of that number too.
    index
        .delete_record(aegle_rules::DomainId(2), BatchNumber(1024), 0)
        .unwrap();
    assert_eq!(found(&corpus, &index, 1), [(1023, vec![0, 2])], "not committed yet");
    index.commit(PAYLOAD).unwrap();
    assert_eq!(found(&corpus, &index, 0), [(1024, vec![0]), (1023, vec![1])]);
    assert_eq!(found(&corpus, &index, 1), [(1023, vec![2])]);
    assert_eq!(not_found(&corpus, &index, 2), [(1024, vec![0]), (1023, vec![1, 2])]);
}

#[test]
fn a_replay_with_its_erasures_keeps_a_record_erased() {
    let corpus = corpus();
    let mut index = corpus.index();
    for _ in 0..2 {
        corpus.add_to(&mut index);
        index.delete_record(DOMAIN, BatchNumber(1023), 0).unwrap();
        index.commit(PAYLOAD).unwrap();
        assert_eq!(found(&corpus, &index, 1), [(1023, vec![2])]);
    }
}

fn files(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// Returns whether the bytes of any file hold `needle`.
fn grep(folder: &Path, needle: &[u8]) -> bool {
    files(folder).iter().any(|name| {
        let bytes = fs::read(folder.join(name)).unwrap();
        bytes.windows(needle.len()).any(|window| window == needle)
    })
}

#[test]
fn the_bytes_of_a_deleted_record_are_gone_after_a_purge() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = corpus();
    let mut index = LabelIndex::open(folder.path(), small()).unwrap();
    corpus.add_to(&mut index);
    index.commit(PAYLOAD).unwrap();
    let (batch, _, labels) = &corpus.batches[0];
    let holds = |index: &LabelIndex, label: &Label| index.searcher().holds_label(label).unwrap();
    assert!(labels.records().iter().flatten().all(|label| holds(&index, label)));
    // Later than here a merge may have begun, whose new files are to stay.
    let before = files(folder.path());

    index.delete_record(DOMAIN, *batch, 0).unwrap();
    assert!(matches!(index.purge(), Err(WriteError::Uncommitted)));
    index.commit(PAYLOAD).unwrap();
    assert!(
        labels.records()[0].iter().all(|label| holds(&index, label)),
        "a deletion only marks"
    );

    index.purge().unwrap();
    assert!(!labels.records()[0].iter().any(|label| holds(&index, label)));
    assert!(labels.records()[1].iter().all(|label| holds(&index, label)));
    // A dictionary does not keep its terms in one piece, so the files that had them must be gone as files.
    let is_segment = |name: &&String| name.len() > 32 && !name.starts_with('.');
    let (old, new) = (before.iter().filter(is_segment), files(folder.path()));
    let left: Vec<_> = old.filter(|name| new.contains(*name)).collect();
    assert!(left.is_empty(), "{left:?}");
    assert!(new.iter().any(|name| is_segment(&name)));
    let erased = labels.records()[0].iter();
    assert!(erased.clone().all(|label| !grep(folder.path(), &label.0)));
    assert!(
        erased
            .map(|label| label.0.iter().rev().copied().collect::<Vec<_>>())
            .all(|label| !grep(folder.path(), &label))
    );

    assert_eq!(found(&corpus, &index, 0), [(1024, vec![0]), (1023, vec![1])]);
    assert_eq!(index.payload(), Some(PAYLOAD));
    drop(index);
    let mut index = LabelIndex::open(folder.path(), small()).unwrap();
    assert_eq!(index.payload(), Some(PAYLOAD));
    corpus.add_to(&mut index);
    index.commit(PAYLOAD).unwrap();
    assert_eq!(found(&corpus, &index, 0), [(1024, vec![0]), (1023, vec![0, 1])]);
}

#[test]
fn purging_everything_leaves_an_empty_index() {
    let corpus = Corpus::new(DOMAIN, vec![vec![record(1, &[0])]]);
    let mut index = corpus.index();
    index.delete_record(DOMAIN, BatchNumber(1023), 0).unwrap();
    index.commit(PAYLOAD).unwrap();
    index.purge().unwrap();
    assert!(
        !index
            .searcher()
            .holds_label(&corpus.batches[0].2.records()[0][0])
            .unwrap()
    );
    assert!(found(&corpus, &index, 0).is_empty());
}

#[test]
fn many_commits_leave_few_segments() {
    let folder = tempfile::tempdir().unwrap();
    let mut index = LabelIndex::open(folder.path(), small()).unwrap();
    let corpus = Corpus::new(DOMAIN, (0..40).map(|number| vec![record(1, &[number % 3])]).collect());
    for (batch, _, labels) in &corpus.batches {
        index.add_batch(DOMAIN, *batch, labels).unwrap();
        index.commit(PAYLOAD).unwrap();
    }
    index.purge().unwrap();
    let segments = files(folder.path())
        .iter()
        .filter(|name| name.ends_with(".idx"))
        .count();
    assert!(
        segments <= aegle_index::limits::SEGMENTS_TO_MERGE,
        "{segments} segments"
    );
    assert_eq!(found(&corpus, &index, 0).len(), 14);
}

#[test]
fn labels_are_found_however_they_are_chosen() {
    let label = |head: u64, tail: u16| {
        let mut bytes = [0; 10];
        bytes[..8].copy_from_slice(&head.to_be_bytes());
        bytes[8..].copy_from_slice(&tail.to_be_bytes());
        Label(bytes)
    };
    let rising: Vec<Label> = (0..64).map(|number| label(1 << number, 7)).collect();
    let all_low: Vec<Label> = (0..64).map(|number| label(number, 0)).collect();
    let all_high: Vec<Label> = (0..64).map(|number| label(u64::MAX - 63 + number, u16::MAX)).collect();
    let one_head: Vec<Label> = (0..64).map(|number| label(0x8000 << 48, number * 2)).collect();
    for labels in [rising, all_low, all_high, one_head] {
        let sealed = Corpus::new(DOMAIN, vec![vec![record(1, &[0])]]);
        let (batch, _, set) = &sealed.batches[0];
        let chosen = UnverifiedLabelSet {
            salt: *set.salt(),
            records: labels.chunks(8).map(<[Label]>::to_vec).collect(),
            counts: set.counts().clone(),
        };
        let mut index = LabelIndex::open_in_memory(small()).unwrap();
        index.add_batch(DOMAIN, *batch, &chosen.verify(8).unwrap()).unwrap();
        index.commit(PAYLOAD).unwrap();
        for sought in &labels {
            assert!(index.searcher().holds_label(sought).unwrap(), "{sought:?}");
            let mut other = *sought;
            other.0[9] ^= 1;
            assert_eq!(index.searcher().holds_label(&other).unwrap(), labels.contains(&other));
        }
    }
}

#[test]
fn an_index_of_another_form_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let mut schema = tantivy::schema::Schema::builder();
    schema.add_bytes_field("label", tantivy::schema::INDEXED);
    tantivy::Index::create_in_dir(folder.path(), schema.build()).unwrap();
    let opened = LabelIndex::open(folder.path(), small());
    assert!(matches!(
        opened,
        Err(OpenError::Storage(tantivy::TantivyError::SchemaError(_)))
    ));
}
