//! Answers from batches that were compacted: the same faults, with the records of several batches numbered through.

use super::{
    answers::{END, LIMIT, Search, answer_of, page, place},
    *,
};
use aegle_keys::{KeyCache, label_span};
use aegle_protocol::wire::{AnswerError, BatchAnswer, ExpectedLabels, LabelCommitment, StaleAnswer};

/// Batches 4 to 7, of which the honest answers are about 4 and 6.
const FIRST: u32 = 4;
const LOG2: u8 = 2;

fn span() -> BatchSpan {
    BatchSpan::new(BatchNumber(FIRST), LOG2).unwrap()
}

/// The labels of the span; only the batches of the honest answers have records of the patient.
fn compacted(version: u16) -> (LabelSet, AnchoredLabels) {
    let record = |batch: u32, number: u32| {
        let own = (0..terms().len()).filter(|term| has(batch, number, *term));
        let mine = owner(number) == PATIENT && [4, 6].contains(&batch);
        RecordKeywords {
            patient: if mine { PATIENT } else { OTHER },
            keywords: own.map(|term| terms()[term].clone()).collect(),
            cohort: false,
        }
    };
    let batches = span().batches();
    let records: Vec<_> = batches
        .flat_map(|batch| (0..RECORDS).map(move |number| record(batch.0, number)))
        .collect();
    let (mut cache, salt) = (KeyCache::default(), Salt([version as u8 + 40; 16]));
    let labels = label_span(&mut cache, &key(), DOMAIN, 0, span(), &records, salt).unwrap();
    let commitment = LabelCommitment {
        version,
        index_commitment: index_commitment(&labels, 0, &COMMITMENT_SALT),
    };
    let anchored = AnchoredLabels::of_span(span(), [RECORDS; 1 << LOG2], commitment).unwrap();
    (labels, anchored)
}

fn keys() -> Vec<LeafKey> {
    let context = ScopeContext {
        domain: DOMAIN,
        epoch: 0,
        scope: Scope::Patient(PATIENT),
    };
    let key = key();
    let key_of = |term: &Keyword| key.keyword_key(&context.in_segment(0), term).span(&span());
    terms().iter().map(|term| key_of(term).unwrap()).collect()
}

/// An honest page of the same answer as from single batches, after batches 4 to 7 were compacted.
fn compacted_page(after: Option<aegle_protocol::wire::RecordPlace>, limit: u32) -> Search {
    let mut search = page(after, limit);
    let (labels, anchored) = compacted(0);
    search.labels.retain(|batch, _| !span().contains(*batch));
    let mine = [4, 6]
        .into_iter()
        .flat_map(|batch| universe().into_iter().map(move |number| place(batch, number)));
    let universe = mine.map(|place| anchored.number(&place).unwrap()).collect();
    let answers = search.evidence.batches.into_iter();
    let (inside, outside): (Vec<BatchAnswer>, Vec<_>) =
        answers.partition(|answer| span().contains(answer.span.first()));
    search.evidence.batches = outside;
    let expected = ExpectedLabels {
        anchored: anchored.clone(),
        leaf_keys: BTreeMap::from([(0, keys())]),
        universe: Some(universe),
    };
    search.labels.insert(span().first(), expected);
    if !inside.is_empty() {
        let withheld = inside.iter().rev().flat_map(|answer| {
            let places = answer
                .withheld
                .iter()
                .map(|number| place(answer.span.first().0, *number));
            places.map(|place| anchored.number(&place).unwrap()).collect::<Vec<_>>()
        });
        let answer = BatchAnswer {
            span: span(),
            version: 0,
            withheld: withheld.collect(),
            evidence: IndexTrees::new(&labels, 0, COMMITMENT_SALT).evidence(&keys()).unwrap(),
        };
        let at = search.evidence.batches.partition_point(|other| other.span > span());
        search.evidence.batches.insert(at, answer);
    }
    search
}

#[test]
fn the_answer_is_the_same_as_from_single_batches_page_by_page() {
    let whole = page(None, LIMIT);
    let compacted = compacted_page(None, LIMIT);
    assert_eq!(compacted.evidence.batches.len() + 1, whole.evidence.batches.len());
    let (verified, from_single) = (compacted.verify().unwrap(), whole.verify().unwrap());
    assert_eq!(verified.hits(), from_single.hits());
    let places = |answer: &aegle_protocol::wire::VerifiedAnswer| -> BTreeSet<_> {
        answer
            .withheld()
            .iter()
            .map(|place| (place.batch, place.number))
            .collect()
    };
    assert_eq!(places(&verified), places(&from_single));
    for limit in [1, 2, 3, 5] {
        let (mut paged, mut after) = (Vec::new(), None);
        loop {
            let page = compacted_page(after, limit);
            paged.extend_from_slice(page.verify().unwrap().hits());
            if page.hits.len() < limit as usize {
                break;
            }
            after = page.hits.last().copied();
        }
        assert_eq!(paged, whole.hits, "{limit} a page");
    }
}

#[test]
fn each_fault_is_named_by_the_record_of_the_batch() {
    let faults: [(&str, fn(&mut Search), fn(&AnswerError) -> bool); 9] = [
        (
            "a hit of the span dropped",
            |search| {
                let at = search.hits.iter().position(|hit| hit.batch.0 == 6).unwrap();
                search.hits.remove(at);
            },
            |error| matches!(error, AnswerError::Dropped(at) if at.batch.0 == 6),
        ),
        (
            "a hit of the span added",
            |search| search.add(place(4, 1)),
            |error| *error == AnswerError::Added(place(4, 1)),
        ),
        (
            "somebody else's record of a batch of the span",
            |search| search.add(place(5, 0)),
            |error| *error == AnswerError::Foreign(place(5, 0)),
        ),
        (
            "a number that is the next batch's",
            |search| search.add(place(4, RECORDS)),
            |error| *error == AnswerError::Foreign(place(4, RECORDS)),
        ),
        (
            "two batches of the span exchanged",
            |search| search.hits.sort_by_key(|hit| (hit.batch.0 > 7, hit.batch, hit.number)),
            |error| matches!(error, AnswerError::Reordered(_)),
        ),
        (
            "what is withheld is not said",
            |search| {
                search
                    .evidence
                    .batches
                    .iter_mut()
                    .for_each(|answer| answer.withheld.clear())
            },
            |error| matches!(error, AnswerError::Dropped(_)),
        ),
        (
            "the labels of one batch, as before the compaction",
            |search| {
                let at = search
                    .evidence
                    .batches
                    .iter()
                    .position(|answer| answer.span == span())
                    .unwrap();
                search.evidence.batches[at] = answer_of(&labelled(6, 0), vec![]);
            },
            |error| {
                let (found, anchored) = (one(6), span());
                *error == AnswerError::Stale(StaleAnswer::Compacted { found, anchored })
            },
        ),
        (
            "a chain that has not seen the compaction",
            |search| {
                let single = page(None, LIMIT).labels;
                search.labels = single;
            },
            |error| *error == AnswerError::Newer,
        ),
        (
            "labels that were replaced since",
            |search| {
                let expected = search.labels.get_mut(&span().first()).unwrap();
                expected.anchored = compacted(1).1;
            },
            |error| {
                let stale = StaleAnswer::Version {
                    span: span(),
                    found: 0,
                    anchored: 1,
                };
                *error == AnswerError::Stale(stale)
            },
        ),
    ];
    for (name, inject, refused) in faults {
        let mut search = compacted_page(None, LIMIT);
        assert_eq!(search.end, END);
        inject(&mut search);
        let error = search.verify().expect_err(name);
        assert!(refused(&error), "{name}: {error}");
    }
}
