//! Answers over a window: the six faults, each injected in several ways, and pages.

use super::*;
use aegle_protocol::wire::{
    AnswerError, AnswerEvidence, BatchAnswer, ExpectedAnswer, ExpectedLabels, RecordPlace, VerifiedAnswer,
    leaf_keys as keys_of_terms,
};
use aegle_sealed::Window;

/// The batches of the window; 7 is anchored, but none of its records are the patient's.
const BATCHES: [u32; 4] = [3, 4, 6, 8];
pub(crate) const END: u32 = 9;
pub(crate) const LIMIT: u32 = 1_000;
/// What the contract does not let the caller see.
const DENIED: [(u32, u32); 2] = [(8, 4), (3, 3)];

/// What a client asked, what its chain has, and what an indexer answers.
pub(crate) struct Search {
    pub(crate) query: Query,
    pub(crate) end: u32,
    pub(crate) labels: BTreeMap<BatchNumber, ExpectedLabels>,
    pub(crate) after: Option<RecordPlace>,
    pub(crate) limit: u32,
    pub(crate) evidence: AnswerEvidence,
    pub(crate) hits: Vec<RecordPlace>,
}

pub(crate) fn place(batch: u32, number: u32) -> RecordPlace {
    RecordPlace {
        batch: BatchNumber(batch),
        number,
    }
}

pub(crate) fn answer_of(labelled: &Labelled, withheld: Vec<u32>) -> BatchAnswer {
    BatchAnswer {
        span: labelled.anchored.span(),
        version: labelled.anchored.version(),
        evidence: labelled.evidence(),
        withheld,
    }
}

/// Everything that `both` finds in the window, in order.
fn everything() -> Vec<RecordPlace> {
    let of_batch = |batch: &u32| {
        found(&both(), *batch)
            .into_iter()
            .map(|number| place(*batch, number))
            .collect::<Vec<_>>()
    };
    BATCHES.iter().rev().flat_map(of_batch).collect()
}

fn is_denied(at: &RecordPlace) -> bool {
    DENIED.contains(&(at.batch.0, at.number))
}

/// A page of an honest answer.
pub(crate) fn page(after: Option<RecordPlace>, limit: u32) -> Search {
    let batches = BATCHES.iter().map(|batch| {
        let expected = ExpectedLabels {
            anchored: labelled(*batch, 0).anchored,
            leaf_keys: BTreeMap::from([(0, leaf_keys(BatchNumber(*batch)))]),
            universe: Some(universe()),
        };
        (BatchNumber(*batch), expected)
    });
    let rest = everything()
        .into_iter()
        .filter(|at| after.is_none_or(|after| after.precedes(at)));
    let (mut hits, mut withheld) = (Vec::new(), Vec::new());
    for at in rest {
        if hits.len() == limit as usize {
            break;
        }
        if is_denied(&at) {
            withheld.push(at)
        } else {
            hits.push(at)
        }
    }
    let full = hits.len() == limit as usize;
    let newest = after.map_or(u32::MAX, |after| after.batch.0);
    let oldest = hits.last().filter(|_| full).map_or(0, |last| last.batch.0);
    let answer = |batch: &u32| {
        let own = withheld.iter().filter(|at| at.batch.0 == *batch);
        answer_of(&labelled(*batch, 0), own.map(|at| at.number).collect())
    };
    let shown = BATCHES.iter().rev().filter(|batch| (oldest..=newest).contains(batch));
    Search {
        query: query(both()),
        end: END,
        labels: batches.collect(),
        after,
        limit,
        evidence: AnswerEvidence {
            end: END,
            batches: shown.map(answer).collect(),
        },
        hits,
    }
}

impl Search {
    pub(crate) fn verify(&self) -> Result<VerifiedAnswer, AnswerError> {
        let expected = ExpectedAnswer {
            query: &self.query,
            end: self.end,
            labels: &self.labels,
            after: self.after,
            limit: self.limit,
        };
        self.evidence.verify(&expected, &self.hits)
    }

    pub(crate) fn batch(&mut self, batch: u32) -> &mut BatchAnswer {
        self.evidence
            .batches
            .iter_mut()
            .find(|answer| answer.span == one(batch))
            .unwrap()
    }

    /// A hit where it would belong.
    pub(crate) fn add(&mut self, hit: RecordPlace) {
        let at = self.hits.iter().position(|other| hit.precedes(other));
        self.hits.insert(at.unwrap_or(self.hits.len()), hit);
    }

    /// What the chain has after the custodian labelled a batch anew.
    pub(crate) fn relabel(&mut self, batch: u32) {
        self.labels.get_mut(&BatchNumber(batch)).unwrap().anchored = labelled(batch, 1).anchored;
    }
}

#[test]
fn an_honest_answer_verifies_and_says_what_was_withheld() {
    let search = page(None, LIMIT);
    let verified = search.verify().unwrap();
    assert_eq!(verified.hits(), search.hits);
    assert_eq!(verified.withheld(), DENIED.map(|(batch, number)| place(batch, number)));
    assert_eq!(search.hits.len() + DENIED.len(), everything().len());
    assert!(search.hits.len() >= 12, "there is something to falsify");
}

#[test]
fn pages_of_every_size_verify_and_join_to_the_whole_answer() {
    let whole = page(None, LIMIT);
    for limit in 1..=whole.hits.len() as u32 + 1 {
        let (mut hits, mut after) = (Vec::new(), None);
        loop {
            let search = page(after, limit);
            let verified = search.verify().unwrap();
            hits.extend_from_slice(verified.hits());
            after = hits.last().copied();
            if search.hits.len() < limit as usize {
                break;
            }
        }
        assert_eq!(hits, whole.hits, "pages of {limit}");
    }
}

#[test]
fn keys_come_from_the_tokens_of_each_term() {
    let (key, scope) = (key(), Scope::Patient(PATIENT));
    let context = ScopeContext {
        domain: DOMAIN,
        epoch: 0,
        scope,
    };
    let tokens = |window: Window| {
        let token = |term| {
            let tokens = key.token(&context, term, window).unwrap();
            tokens.into_iter().map(|token| token.verify().unwrap()).collect()
        };
        terms().iter().map(token).collect::<Vec<Vec<_>>>()
    };
    let bytes = |keys: Vec<LeafKey>| keys.iter().map(|key| *key.to_bytes()).collect::<Vec<_>>();
    let mut tokens = tokens(Window::new(0, 1_030).unwrap());
    for batch in [BatchNumber(3), BatchNumber(1_029)] {
        assert_eq!(
            bytes(keys_of_terms(&tokens, BatchSpan::one(batch), 0).unwrap()),
            bytes(leaf_keys(batch))
        );
    }
    assert!(keys_of_terms(&tokens, one(1_030), 0).is_none());
    assert!(keys_of_terms(&tokens, one(3), 1).is_none(), "another epoch");
    tokens[2].pop();
    assert!(keys_of_terms(&tokens, one(1_029), 0).is_none());
}

#[test]
fn a_record_of_an_unknown_owner_is_called_added() {
    let mut search = page(None, LIMIT);
    search.labels.values_mut().for_each(|batch| batch.universe = None);
    assert!(search.verify().is_ok());
    search.add(place(3, 17));
    assert_eq!(search.verify(), Err(AnswerError::Added(place(3, 17))));
}

#[test]
fn an_answer_that_is_ahead_of_the_caller_says_so() {
    let ahead: [fn(&mut Search); 2] = [|search| search.evidence.end += 1, |search| search.batch(4).version += 1];
    for inject in ahead {
        let mut search = page(None, LIMIT);
        inject(&mut search);
        assert_eq!(search.verify(), Err(AnswerError::Newer));
    }
}

#[test]
fn a_page_is_about_its_own_batches_only() {
    let first = page(None, 2);
    assert_eq!(first.evidence.batches.len(), 1);
    let mut longer = page(None, 2);
    longer.evidence.batches.push(answer_of(&labelled(6, 0), vec![]));
    assert_eq!(longer.verify(), Err(AnswerError::ForeignBatch(one(6))));
    // A page that is not full cannot end before the window does.
    let mut short = page(None, 2);
    short.limit = 3;
    assert_eq!(short.verify(), Err(AnswerError::MissingBatch(one(6))));
}
