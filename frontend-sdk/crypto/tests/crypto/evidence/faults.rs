//! The six faults of an answer, each injected in several ways.

use super::{
    answers::{END, LIMIT, Search, answer_of, page, place},
    *,
};
use aegle_protocol::wire::{AnswerError, AnswerEvidence, EvidenceError, StaleAnswer};

/// What an indexer does to an honest answer, and what that is called.
struct Fault {
    name: &'static str,
    inject: fn(&mut Search),
    refused: fn(&AnswerError) -> bool,
}

const DROPPED: &[Fault] = &[
    Fault {
        name: "the first hit",
        inject: |search| {
            search.hits.remove(0);
        },
        refused: |error| matches!(error, AnswerError::Dropped(at) if at.batch.0 == 8),
    },
    Fault {
        name: "the last hit",
        inject: |search| {
            search.hits.pop();
        },
        refused: |error| matches!(error, AnswerError::Dropped(at) if at.batch.0 == 3),
    },
    Fault {
        name: "all hits",
        inject: |search| search.hits.clear(),
        refused: |error| matches!(error, AnswerError::Dropped(_)),
    },
    Fault {
        name: "a withheld record that is no longer named",
        inject: |search| search.batch(8).withheld.clear(),
        refused: |error| *error == AnswerError::Dropped(place(8, 4)),
    },
    Fault {
        name: "a hit in the middle of a full page",
        inject: |search| {
            search.hits.remove(2);
            search.limit = search.hits.len() as u32;
        },
        refused: |error| matches!(error, AnswerError::Dropped(_)),
    },
    Fault {
        name: "a batch with its hits",
        inject: |search| {
            search.hits.retain(|hit| hit.batch.0 != 6);
            search.evidence.batches.retain(|answer| answer.span != one(6));
        },
        refused: |error| *error == AnswerError::MissingBatch(one(6)),
    },
    Fault {
        name: "the evidence of all batches, with all hits",
        inject: |search| {
            search.hits.clear();
            search.evidence.batches.clear();
        },
        refused: |error| *error == AnswerError::MissingBatch(one(8)),
    },
];

const ADDED: &[Fault] = &[
    Fault {
        name: "a record that has one of two terms",
        inject: |search| search.add(place(8, 6)),
        refused: |error| *error == AnswerError::Added(place(8, 6)),
    },
    Fault {
        name: "a record that has neither",
        inject: |search| search.add(place(6, 1)),
        refused: |error| *error == AnswerError::Added(place(6, 1)),
    },
    Fault {
        name: "a withheld record as a hit",
        inject: |search| search.add(place(8, 4)),
        refused: |error| *error == AnswerError::Withheld(place(8, 4)),
    },
    Fault {
        name: "a withheld record that the query does not find",
        inject: |search| search.batch(6).withheld.push(1),
        refused: |error| *error == AnswerError::Withheld(place(6, 1)),
    },
    Fault {
        name: "a withheld record twice",
        inject: |search| search.batch(8).withheld.push(4),
        refused: |error| *error == AnswerError::Withheld(place(8, 4)),
    },
    Fault {
        name: "a hit with evidence for it that is forged",
        inject: |search| {
            let number = universe()
                .into_iter()
                .find(|number| !found(&both(), 6).contains(number))
                .unwrap();
            let evidence = &mut search.batch(6).evidence;
            for term in &mut evidence.terms[..2] {
                if let aegle_protocol::wire::TermEvidence::Present(presence) = term {
                    presence.labels[0].record = number;
                }
            }
        },
        refused: |error| {
            let source = EvidenceError::LabelProof;
            *error == AnswerError::Evidence { span: one(6), source }
        },
    },
    Fault {
        name: "more hits than asked for",
        inject: |search| search.limit = 3,
        refused: |error| matches!(error, AnswerError::TooManyHits { limit: 3, .. }),
    },
];

const STALE: &[Fault] = &[
    Fault {
        name: "an indexer that has not seen the last batch",
        inject: |search| {
            search.evidence.end = 8;
            search.evidence.batches.remove(0);
            search.hits.retain(|hit| hit.batch.0 != 8);
        },
        refused: |error| *error == AnswerError::Stale(StaleAnswer::End { found: 8, expected: 9 }),
    },
    Fault {
        name: "an indexer that has seen nothing",
        inject: |search| {
            search.evidence = AnswerEvidence {
                end: 0,
                batches: vec![],
            };
            search.hits.clear();
        },
        refused: |error| *error == AnswerError::Stale(StaleAnswer::End { found: 0, expected: 9 }),
    },
    Fault {
        name: "labels that were replaced since",
        inject: |search| search.relabel(6),
        refused: |error| {
            let (span, found, anchored) = (one(6), 0, 1);
            *error == AnswerError::Stale(StaleAnswer::Version { span, found, anchored })
        },
    },
    Fault {
        name: "labels that were replaced since, under the number of the new ones",
        inject: |search| {
            search.relabel(6);
            search.batch(6).version = 1;
        },
        refused: |error| matches!(error, AnswerError::Stale(StaleAnswer::Commitment { span, .. }) if *span == one(6)),
    },
    Fault {
        name: "replaced labels with the opening of the new ones",
        inject: |search| {
            search.relabel(6);
            search.batch(6).version = 1;
            search.batch(6).evidence.opening = labelled(6, 1).evidence().opening;
        },
        refused: |error| matches!(error, AnswerError::Evidence { span, .. } if *span == one(6)),
    },
];

const REORDERED: &[Fault] = &[
    Fault {
        name: "two hits of one batch exchanged",
        inject: |search| search.hits.swap(0, 1),
        refused: |error| matches!(error, AnswerError::Reordered(at) if at.batch.0 == 8),
    },
    Fault {
        name: "the oldest batch first",
        inject: |search| search.hits.reverse(),
        refused: |error| matches!(error, AnswerError::Reordered(_)),
    },
    Fault {
        name: "the last hit first",
        inject: |search| search.hits.rotate_right(1),
        refused: |error| matches!(error, AnswerError::Reordered(at) if at.batch.0 == 8),
    },
    Fault {
        name: "a hit of the page before",
        inject: |search| search.after = Some(search.hits[0]),
        refused: |error| matches!(error, AnswerError::Reordered(at) if at.batch.0 == 8),
    },
    Fault {
        name: "the evidence, oldest batch first",
        inject: |search| search.evidence.batches.reverse(),
        refused: |error| *error == AnswerError::BatchOrder(one(4)),
    },
];

const FOREIGN: &[Fault] = &[
    Fault {
        name: "a record of a batch without records of the patient",
        inject: |search| search.hits.push(place(7, 1)),
        refused: |error| *error == AnswerError::Foreign(place(7, 1)),
    },
    Fault {
        name: "a record of a batch to come",
        inject: |search| search.hits.insert(0, place(END, 0)),
        refused: |error| *error == AnswerError::Foreign(place(END, 0)),
    },
    Fault {
        name: "a number that the batch has not",
        inject: |search| search.hits.push(place(3, RECORDS)),
        refused: |error| *error == AnswerError::Foreign(place(3, RECORDS)),
    },
    Fault {
        name: "another patient's record",
        inject: |search| search.hits.push(place(3, 17)),
        refused: |error| *error == AnswerError::Foreign(place(3, 17)),
    },
    Fault {
        name: "a hit moved to another batch",
        inject: |search| search.hits[0].batch = BatchNumber(5),
        refused: |error| matches!(error, AnswerError::Foreign(at) if at.batch.0 == 5),
    },
    Fault {
        name: "evidence of a batch without records of the patient",
        inject: |search| search.evidence.batches.insert(1, answer_of(&labelled(7, 0), vec![])),
        refused: |error| *error == AnswerError::ForeignBatch(one(7)),
    },
    Fault {
        name: "the evidence of another batch in the place of one",
        inject: |search| search.batch(6).evidence = labelled(4, 0).evidence(),
        refused: |error| matches!(error, AnswerError::Stale(StaleAnswer::Commitment { span, .. }) if *span == one(6)),
    },
];

const DUPLICATED: &[Fault] = &[
    Fault {
        name: "the first hit, at once",
        inject: |search| search.hits.insert(1, search.hits[0]),
        refused: |error| matches!(error, AnswerError::Duplicated(at) if at.batch.0 == 8),
    },
    Fault {
        name: "the first hit, at the end",
        inject: |search| search.hits.push(search.hits[0]),
        refused: |error| matches!(error, AnswerError::Duplicated(at) if at.batch.0 == 8),
    },
    Fault {
        name: "a hit in the place of another one",
        inject: |search| search.hits[1] = search.hits[0],
        refused: |error| matches!(error, AnswerError::Duplicated(at) if at.batch.0 == 8),
    },
    Fault {
        name: "the evidence of a batch",
        inject: |search| search.evidence.batches.insert(0, search.evidence.batches[0].clone()),
        refused: |error| *error == AnswerError::BatchOrder(one(8)),
    },
];

fn check(faults: &[Fault]) {
    for fault in faults {
        let mut search = page(None, LIMIT);
        (fault.inject)(&mut search);
        let error = search.verify().unwrap_err();
        assert!((fault.refused)(&error), "{}: {error:?}", fault.name);
    }
}

#[test]
fn a_dropped_hit_is_called_that() {
    check(DROPPED);
}

#[test]
fn an_added_hit_is_called_that() {
    check(ADDED);
}

#[test]
fn a_stale_answer_is_called_that() {
    check(STALE);
}

#[test]
fn reordered_hits_are_called_that() {
    check(REORDERED);
}

#[test]
fn a_foreign_hit_is_called_that() {
    check(FOREIGN);
}

#[test]
fn a_duplicated_hit_is_called_that() {
    check(DUPLICATED);
}
