//! The two designs under attack, over the same records: the sealed index, made by the code that custodians and indexers
//! run, and a blind index with one deterministic token a keyword.

use super::{
    Error, Size,
    population::{Population, Visit},
    strings::Strings,
};
use aegle_index::{IndexOptions, LabelIndex, LabelSearch, Payload, SpanView};
use aegle_keys::{DomainKey, KeyCache, RecordKeywords, label_span};
use aegle_rules::{AccountId, BatchNumber, DomainId};
use aegle_sealed::{
    BatchSpan, Expression, Label, LabelSet, LocalLabels, Salt, Scope, ScopeContext, SearchToken, VerifiedToken, Window,
};
use roaring::RoaringBitmap;
use std::collections::{HashMap, HashSet};

const DOMAIN: DomainId = DomainId(1);
const EPOCH: u16 = 0;
const DOMAIN_SEED: [u8; 32] = [0x5e; 32];
const TOKEN_KEY: [u8; 32] = [0xb1; 32];
const PAYLOAD: Payload = Payload {
    block: 1,
    hash: [1; 32],
};
/// Buffer of the index's writer: these corpora are small.
const WRITER_BYTES: usize = 15_000_000;

/// Derives the deterministic token of a keyword, as a blind index holds it: keyed BLAKE3 of the keyword.
pub(crate) fn token(population: &Population, keyword: usize) -> [u8; 32] {
    *blake3::keyed_hash(&TOKEN_KEY, population.vocabulary()[keyword].as_bytes()).as_bytes()
}

/// Builds the blind index at rest.
pub(crate) fn blind_index(population: &Population, visits: &[Visit]) -> Strings {
    let record = |visit: &Visit| {
        let token = |keyword: &usize| (token(population, *keyword), Some(*keyword));
        visit.keywords.iter().map(token).collect()
    };
    let records: Vec<Vec<([u8; 32], Option<usize>)>> = visits.iter().map(record).collect();
    Strings::new(&records)
}

/// A sealed domain: its batches as they are stored, the index of them, and the custodian's key.
pub(crate) struct Sealed<'a> {
    population: &'a Population,
    key: DomainKey,
    cache: KeyCache,
    batches: Vec<LabelSet>,
    /// For each batch, its visits by number.
    visits: Vec<Vec<Visit>>,
    index: LabelIndex,
}

/// What a count table holds of one keyword in one scope.
pub(crate) type TableKeyword = (Scope, usize);

impl<'a> Sealed<'a> {
    /// Labels the visits in batches, and indexes the labels.
    pub(crate) fn new(population: &'a Population, visits: &[Visit], size: &Size) -> Result<Self, Error> {
        let options = IndexOptions {
            writer_bytes_per_thread: WRITER_BYTES,
            ..IndexOptions::default()
        };
        let mut sealed = Self {
            population,
            key: DomainKey::from_seed(&DOMAIN_SEED),
            cache: KeyCache::default(),
            batches: Vec::new(),
            visits: Vec::new(),
            index: LabelIndex::open_in_memory(options)?,
        };
        for batch in visits.chunks(size.batch_records) {
            sealed.add(batch.to_vec())?;
        }
        Ok(sealed)
    }

    /// Labels, stores and indexes one more batch.
    pub(crate) fn add(&mut self, visits: Vec<Visit>) -> Result<BatchNumber, Error> {
        let number = BatchNumber(self.batches.len() as u32);
        let record = |visit: &Visit| RecordKeywords {
            patient: pseudonym(visit.patient),
            keywords: visit
                .keywords
                .iter()
                .map(|keyword| self.population.vocabulary()[*keyword].clone())
                .collect(),
            cohort: true,
        };
        let records: Vec<RecordKeywords> = visits.iter().map(record).collect();
        let salt = Salt::generate()?;
        let labels = label_span(
            &mut self.cache,
            &self.key,
            DOMAIN,
            EPOCH,
            BatchSpan::one(number),
            &records,
            salt,
        )?;
        self.index.add_batch(DOMAIN, number, &labels)?;
        self.index.commit(PAYLOAD)?;
        self.batches.push(labels);
        self.visits.push(visits);
        Ok(number)
    }

    /// Returns the number of batches.
    pub(crate) fn batches(&self) -> u32 {
        self.batches.len() as u32
    }

    /// Returns the labels and the count table of a batch.
    pub(crate) fn batch(&self, number: BatchNumber) -> &LabelSet {
        &self.batches[number.0 as usize]
    }

    /// Returns every label at rest, in the order in which it is stored.
    pub(crate) fn labels(&mut self) -> Strings {
        let mut records = Vec::new();
        for number in 0..self.batches() {
            let truth = self.truth(BatchNumber(number));
            let stored = self.batches[number as usize].records();
            let record = |labels: &Vec<Label>| -> Vec<([u8; 10], Option<usize>)> {
                labels
                    .iter()
                    .map(|label| (label.0, truth.get(label).copied()))
                    .collect()
            };
            records.extend(stored.iter().map(record));
        }
        Strings::new(&records)
    }

    /// Returns which keyword each label of a batch stands for, from the custodian's key: for the score alone.
    fn truth(&mut self, batch: BatchNumber) -> HashMap<Label, usize> {
        let mut truth = HashMap::new();
        let labels = &self.batches[batch.0 as usize];
        for (scope, keyword) in Self::table_keywords(&self.visits[batch.0 as usize]).into_keys() {
            let context = context(scope).in_segment(aegle_sealed::segment_of(batch));
            let key = self
                .cache
                .keyword_key(&self.key, &context, &self.population.vocabulary()[keyword]);
            let leaf = key.leaf(batch).expect("the context is of the batch's segment");
            for c in 0..leaf.probe(labels.salt(), labels.counts()) {
                truth.insert(leaf.label(labels.salt(), c), keyword);
            }
        }
        truth
    }

    /// Returns which keyword of which scope each entry of a batch's count table stands for: for the score alone.
    pub(crate) fn table_truth(&mut self, batch: BatchNumber) -> HashMap<[u8; 10], TableKeyword> {
        let mut truth = HashMap::new();
        let salt = *self.batches[batch.0 as usize].salt();
        for keyword_of_scope in self.table_counts(batch).into_keys() {
            let context = context(keyword_of_scope.0).in_segment(aegle_sealed::segment_of(batch));
            let keyword = &self.population.vocabulary()[keyword_of_scope.1];
            let key = self.cache.keyword_key(&self.key, &context, keyword);
            let leaf = key.leaf(batch).expect("the context is of the batch's segment");
            truth.insert(leaf.fingerprint(&salt), keyword_of_scope);
        }
        truth
    }

    /// Returns what the count table of a batch counts, in the clear: what an adversary knows that has all documents.
    pub(crate) fn table_counts(&self, batch: BatchNumber) -> HashMap<TableKeyword, u32> {
        Self::table_keywords(&self.visits[batch.0 as usize])
    }

    fn table_keywords(visits: &[Visit]) -> HashMap<TableKeyword, u32> {
        let mut counts = HashMap::new();
        for visit in visits {
            for keyword in &visit.keywords {
                for scope in [Scope::Patient(pseudonym(visit.patient)), Scope::Cohort] {
                    *counts.entry((scope, *keyword)).or_default() += 1;
                }
            }
        }
        counts
    }

    /// Derives the token of a keyword in the cohort scope for the batches `0..to`.
    pub(crate) fn token(&self, keyword: usize, to: u32) -> Result<Vec<VerifiedToken>, Error> {
        let keyword = &self.population.vocabulary()[keyword];
        let tokens = self.key.token(&context(Scope::Cohort), keyword, Window::new(0, to)?)?;
        Ok(tokens.into_iter().map(SearchToken::verify).collect::<Result<_, _>>()?)
    }

    /// Searches all batches with one token: what the indexer finds, by batch.
    pub(crate) fn search(&self, token: Vec<VerifiedToken>) -> Result<HashMap<BatchNumber, RoaringBitmap>, Error> {
        let everything = |visits: &Vec<Visit>| (0..visits.len() as u32).collect::<RoaringBitmap>();
        let universes: Vec<RoaringBitmap> = self.visits.iter().map(everything).collect();
        let views = self.batches.iter().zip(&universes).enumerate();
        let views: Vec<SpanView<'_>> = views
            .map(|(number, (labels, universe))| SpanView {
                span: BatchSpan::one(BatchNumber(number as u32)),
                epoch: EPOCH,
                salt: *labels.salt(),
                counts: labels.counts(),
                universe,
            })
            .collect();
        let query = Expression::Term(0).verify(1)?;
        Ok(self
            .index
            .search(&LabelSearch::new(DOMAIN, &query, &[token], &views))?
            .into_iter()
            .map(|found| (found.span.first(), found.hits))
            .collect())
    }

    /// Takes the labels of every record as they are stored: what is fetched for a search that the indexer does not see.
    pub(crate) fn fetched(&self) -> Result<Vec<LocalLabels>, Error> {
        let local =
            |labels: &LabelSet| LocalLabels::new(*labels.salt(), labels.records().len() as u32, labels.records());
        Ok(self.batches.iter().map(local).collect::<Result<_, _>>()?)
    }

    /// Returns whether any leaf key that a token opens finds anything in a batch, an entry of its table or a first
    /// label: what an indexer can try that does not keep to the window.
    pub(crate) fn any_leaf_finds(&self, tokens: &[VerifiedToken], batch: BatchNumber) -> bool {
        let set = self.batch(batch);
        let labels: HashSet<&Label> = set.records().iter().flatten().collect();
        tokens.iter().any(|token| {
            let mut walk = token.walk();
            let opened = token.window().from..token.window().to;
            let mut leaves = opened.filter_map(|number| walk.leaf(BatchNumber(number)));
            leaves.any(|leaf| leaf.probe(set.salt(), set.counts()) > 0 || labels.contains(&leaf.label(set.salt(), 0)))
        })
    }
}

fn context(scope: Scope) -> ScopeContext {
    ScopeContext {
        domain: DOMAIN,
        epoch: EPOCH,
        scope,
    }
}

fn pseudonym(patient: u32) -> AccountId {
    let mut bytes = [0x9a; 32];
    bytes[..4].copy_from_slice(&patient.to_le_bytes());
    AccountId(bytes)
}
