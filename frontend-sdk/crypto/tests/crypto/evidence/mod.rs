//! Verified answers: a small hospital with two patients and four batches, its evidence, and every way to falsify it.

mod answers;
mod batches;
mod compacted;
mod faults;
mod forgeries;
mod limits;

use aegle_keys::{DomainKey, RecordKeywords, label_batch};
use aegle_protocol::{
    commitment::{IndexSalt, index_commitment},
    wire::{AnchoredLabels, BatchEvidence, IndexTrees},
};
use aegle_rules::{AccountId, BatchNumber, DomainId, Hash, OrganisationId, ledger::Batch};
use aegle_sealed::{BatchSpan, Expression, Keyword, LabelSet, LeafKey, Query, Salt, Scope, ScopeContext, segment_of};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};

pub(crate) const DOMAIN: DomainId = DomainId(1);
pub(crate) const PATIENT: AccountId = AccountId([3; 32]);
pub(crate) const OTHER: AccountId = AccountId([4; 32]);
/// Records of each batch; every third is the other patient's.
pub(crate) const RECORDS: u32 = 20;
pub(crate) const COMMITMENT_SALT: IndexSalt = IndexSalt([5; 32]);

/// The terms of the tests' queries: of two to be combined, one that nothing has, and one that each record has.
pub(crate) fn terms() -> [Keyword; 4] {
    [
        Keyword::code("http://loinc.org", "8480-6").unwrap(),
        Keyword::text("dyspnoea").unwrap(),
        Keyword::status("entered-in-error").unwrap(),
        Keyword::status("final").unwrap(),
    ]
}

/// Which terms a record has.
pub(crate) fn has(batch: u32, record: u32, term: usize) -> bool {
    match term {
        0 => (record + batch) % 2 == 0,
        1 => record % 5 != 1,
        2 => false,
        _ => true,
    }
}

pub(crate) fn owner(record: u32) -> AccountId {
    if record % 3 == 2 { OTHER } else { PATIENT }
}

/// The numbers of the patient's records, the same in each batch.
pub(crate) fn universe() -> BTreeSet<u32> {
    (0..RECORDS).filter(|record| owner(*record) == PATIENT).collect()
}

/// What an expression finds in a batch, from the records themselves.
pub(crate) fn found(expression: &Expression, batch: u32) -> BTreeSet<u32> {
    fn holds(expression: &Expression, batch: u32, record: u32) -> bool {
        match expression {
            Expression::Term(term) => has(batch, record, *term),
            Expression::And(parts) => parts.iter().all(|part| holds(part, batch, record)),
            Expression::Or(parts) => parts.iter().any(|part| holds(part, batch, record)),
            Expression::Not(part) => !holds(part, batch, record),
        }
    }
    let mut numbers = universe();
    numbers.retain(|record| holds(expression, batch, *record));
    numbers
}

/// A batch as its custodian labelled it, and as it stands on chain.
#[derive(Clone)]
pub(crate) struct Labelled {
    pub(crate) batch: BatchNumber,
    pub(crate) labels: LabelSet,
    pub(crate) anchored: AnchoredLabels,
}

pub(crate) fn key() -> DomainKey {
    DomainKey::from_seed(&[1; 32])
}

/// The same for the same batch and version: what shuffles and pads labels is drawn once.
pub(crate) fn labelled(batch: u32, version: u16) -> Labelled {
    static MADE: Mutex<BTreeMap<(u32, u16), Labelled>> = Mutex::new(BTreeMap::new());
    let mut made = MADE.lock().unwrap();
    made.entry((batch, version))
        .or_insert_with(|| label(batch, version))
        .clone()
}

fn label(batch: u32, version: u16) -> Labelled {
    let terms = terms();
    let record = |number: u32| {
        let own = (0..terms.len()).filter(|term| has(batch, number, *term));
        RecordKeywords {
            patient: owner(number),
            keywords: own.map(|term| terms[term].clone()).collect(),
            cohort: false,
        }
    };
    let records: Vec<_> = (0..RECORDS).map(record).collect();
    let mut salt = [batch as u8; 16];
    salt[0] = version as u8;
    let labels = label_batch(&key(), DOMAIN, 0, BatchNumber(batch), &records, Salt(salt)).unwrap();
    anchor(BatchNumber(batch), labels, version)
}

/// Puts labels on chain, whatever they are.
pub(crate) fn anchor(batch: BatchNumber, labels: LabelSet, version: u16) -> Labelled {
    let anchored_batch = Batch {
        custodian: OrganisationId(1),
        record_root: Hash([1; 32]),
        index_commitment: index_commitment(&labels, 0, &COMMITMENT_SALT),
        manifest: Hash([2; 32]),
        records: RECORDS,
        anchored_at: 0,
        version,
    };
    Labelled {
        batch,
        labels,
        anchored: AnchoredLabels::of_batch(batch, &anchored_batch),
    }
}

impl Labelled {
    pub(crate) fn trees(&self) -> IndexTrees {
        IndexTrees::new(&self.labels, 0, COMMITMENT_SALT)
    }

    pub(crate) fn evidence(&self) -> BatchEvidence {
        BatchEvidence::build(&self.labels, 0, COMMITMENT_SALT, &leaf_keys(self.batch)).unwrap()
    }
}

/// The keys of the patient's terms in a batch.
pub(crate) fn leaf_keys(batch: BatchNumber) -> Vec<LeafKey> {
    let scope = Scope::Patient(PATIENT);
    let context = ScopeContext {
        domain: DOMAIN,
        epoch: 0,
        scope,
    }
    .in_segment(segment_of(batch));
    let key = key();
    terms()
        .iter()
        .map(|term| key.keyword_key(&context, term).leaf(batch).unwrap())
        .collect()
}

/// One batch that was not compacted.
pub(crate) fn one(batch: u32) -> BatchSpan {
    BatchSpan::one(BatchNumber(batch))
}

pub(crate) fn query(expression: Expression) -> Query {
    expression.verify(terms().len()).unwrap()
}

/// `0 AND 1`.
pub(crate) fn both() -> Expression {
    Expression::And(vec![Expression::Term(0), Expression::Term(1)])
}

pub(crate) fn not(expression: Expression) -> Expression {
    Expression::Not(Box::new(expression))
}
