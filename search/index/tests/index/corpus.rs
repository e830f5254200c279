//! A small corpus beside its plaintext.

use aegle_index::{IndexOptions, LabelIndex, LabelSearch, Payload, SearchError, SpanHits, SpanView};
use aegle_keys::{DomainKey, RecordKeywords, label_batch};
use aegle_rules::{AccountId, BatchNumber, DomainId};
use aegle_sealed::{
    BatchSpan, Expression, Keyword, LabelSet, Salt, Scope, ScopeContext, SearchToken, VerifiedToken, Window,
};
use roaring::RoaringBitmap;

pub(crate) const DOMAIN: DomainId = DomainId(1);
pub(crate) const EPOCH: u16 = 0;
pub(crate) const PAYLOAD: Payload = Payload {
    block: 7,
    hash: [0x77; 32],
};
/// Batches are numbered from here, so that every corpus of two or more crosses a segment's border.
pub(crate) const FIRST_BATCH: u32 = 1_023;

pub(crate) fn patient(number: u8) -> AccountId {
    AccountId([number; 32])
}

pub(crate) fn keyword(number: usize) -> Keyword {
    Keyword::code("http://loinc.org", &format!("{number}-1")).unwrap()
}

pub(crate) fn record(patient_number: u8, keywords: &[usize]) -> RecordKeywords {
    let keywords = keywords.iter().map(|number| keyword(*number)).collect();
    RecordKeywords {
        patient: patient(patient_number),
        keywords,
        cohort: true,
    }
}

pub(crate) fn small() -> IndexOptions {
    IndexOptions {
        writer_bytes_per_thread: 15_000_000,
        ..IndexOptions::default()
    }
}

pub(crate) fn domain_key(domain: DomainId) -> DomainKey {
    DomainKey::from_seed(&[domain.0 as u8; 32])
}

/// The batches of one domain, sealed and in the clear.
pub(crate) struct Corpus {
    pub(crate) domain: DomainId,
    pub(crate) key: DomainKey,
    pub(crate) batches: Vec<(BatchNumber, Vec<RecordKeywords>, LabelSet)>,
}

pub(crate) type Hits = Vec<(BatchNumber, RoaringBitmap)>;

impl Corpus {
    pub(crate) fn new(domain: DomainId, batches: Vec<Vec<RecordKeywords>>) -> Self {
        let key = domain_key(domain);
        let seal = |(number, records): (u32, Vec<RecordKeywords>)| {
            let batch = BatchNumber(number);
            let labels = label_batch(&key, domain, EPOCH, batch, &records, Salt::generate().unwrap()).unwrap();
            (batch, records, labels)
        };
        let batches = (FIRST_BATCH..).zip(batches).map(seal).collect();
        Self { domain, key, batches }
    }

    pub(crate) fn add_to(&self, index: &mut LabelIndex) {
        for (batch, _, labels) in &self.batches {
            index.add_batch(self.domain, *batch, labels).unwrap();
        }
    }

    pub(crate) fn index(&self) -> LabelIndex {
        let mut index = LabelIndex::open_in_memory(small()).unwrap();
        self.add_to(&mut index);
        index.commit(PAYLOAD).unwrap();
        index
    }

    pub(crate) fn window(&self) -> Window {
        Window::new(FIRST_BATCH, FIRST_BATCH + self.batches.len() as u32).unwrap()
    }

    pub(crate) fn tokens(&self, scope: Scope, terms: &[usize], window: Window) -> Vec<Vec<VerifiedToken>> {
        let context = ScopeContext {
            domain: self.domain,
            epoch: EPOCH,
            scope,
        };
        let verify = |number: &usize| {
            let tokens = self.key.token(&context, &keyword(*number), window).unwrap();
            tokens
                .into_iter()
                .map(SearchToken::verify)
                .collect::<Result<Vec<_>, _>>()
                .unwrap()
        };
        terms.iter().map(verify).collect()
    }

    pub(crate) fn universes(&self, scope: Scope) -> Vec<RoaringBitmap> {
        let in_scope = |record: &RecordKeywords| match scope {
            Scope::Patient(patient) => record.patient == patient,
            Scope::Cohort => record.cohort,
        };
        let numbers = |records: &[RecordKeywords]| {
            (0..records.len() as u32)
                .filter(|number| in_scope(&records[*number as usize]))
                .collect()
        };
        self.batches.iter().map(|(_, records, _)| numbers(records)).collect()
    }

    pub(crate) fn views<'a>(&'a self, universes: &'a [RoaringBitmap]) -> Vec<SpanView<'a>> {
        let view =
            |((batch, _, labels), universe): (&'a (BatchNumber, Vec<RecordKeywords>, LabelSet), &'a _)| SpanView {
                span: BatchSpan::one(*batch),
                epoch: EPOCH,
                salt: *labels.salt(),
                counts: labels.counts(),
                universe,
            };
        self.batches.iter().zip(universes).map(view).collect()
    }

    pub(crate) fn search(&self, index: &LabelIndex, scope: Scope, terms: &[usize], expression: &Expression) -> Hits {
        self.try_search(index, scope, terms, expression).unwrap()
    }

    pub(crate) fn try_search(
        &self,
        index: &LabelIndex,
        scope: Scope,
        terms: &[usize],
        expression: &Expression,
    ) -> Result<Hits, SearchError> {
        let universes = self.universes(scope);
        let query = expression.clone().verify(terms.len()).unwrap();
        let (tokens, views) = (self.tokens(scope, terms, self.window()), self.views(&universes));
        index
            .search(&LabelSearch::new(self.domain, &query, &tokens, &views))
            .map(by_batch)
    }

    /// Searches the plaintext.
    pub(crate) fn oracle(&self, scope: Scope, terms: &[usize], expression: &Expression) -> Hits {
        let mut hits = Vec::new();
        for ((batch, records, _), universe) in self.batches.iter().zip(self.universes(scope)).rev() {
            let matching = |number: &u32| holds(expression, terms, &records[*number as usize]);
            let found: RoaringBitmap = universe.iter().filter(matching).collect();
            if !found.is_empty() {
                hits.push((*batch, found));
            }
        }
        hits
    }
}

/// Returns the hits in the form of the oracle, where each batch is labelled by itself.
pub(crate) fn by_batch(found: Vec<SpanHits>) -> Hits {
    found
        .into_iter()
        .map(|found| (found.span.first(), found.hits))
        .collect()
}

fn holds(expression: &Expression, terms: &[usize], record: &RecordKeywords) -> bool {
    match expression {
        Expression::Term(term) => record.keywords.contains(&keyword(terms[*term])),
        Expression::And(parts) => parts.iter().all(|part| holds(part, terms, record)),
        Expression::Or(parts) => parts.iter().any(|part| holds(part, terms, record)),
        Expression::Not(part) => !holds(part, terms, record),
    }
}
