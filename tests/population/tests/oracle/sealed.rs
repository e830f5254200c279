//! The population as a custodian labels it and an indexer searches it.

use aegle_index::{IndexOptions, LabelIndex, LabelSearch, LabelSearcher, Payload, SpanView};
use aegle_keys::{DomainKey, KeyCache, RecordKeywords, label_span};
use aegle_population::{draws::Draws, population::Population};
use aegle_rules::{AccountId, BatchNumber, DomainId};
use aegle_sealed::{
    BatchSpan, CountTable, LabelSet, Salt, Scope, ScopeContext, SearchToken, VerifiedToken, Window, query::ParsedQuery,
    segment_of,
};
use anyhow::{Context, Result};
use roaring::RoaringBitmap;
use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
    path::Path,
    sync::mpsc,
    thread,
};

const DOMAIN: DomainId = DomainId(1);
const EPOCH: u16 = 0;
/// Batches are numbered from here, so that they lie in two segments.
const FIRST_BATCH: u32 = 1_024 - 30;
/// Records of a batch.
const BATCH_RECORDS: usize = 1_000;
/// Patients whose records are mixed: each of their batches has records of most of them.
const GROUP_PATIENTS: usize = 40;
/// Labelled groups that wait for the index.
const WAITING: usize = 2;

/// A record's position: its batch, and its number there.
pub(crate) type Position = (u32, u32);

/// A batch without its labels, which are in the index.
struct Batch {
    salt: Salt,
    counts: CountTable,
}

/// An index of all records.
pub(crate) struct Sealed {
    key: DomainKey,
    index: LabelIndex,
    batches: BTreeMap<u32, Batch>,
    pseudonyms: Vec<AccountId>,
    /// Where each record is.
    pub(crate) positions: Vec<Position>,
    /// Labels without padding.
    pub(crate) labels: usize,
}

/// Labels of a batch, or why there are none.
type Labelled = Result<(u32, LabelSet)>;

impl Sealed {
    /// Labels the population and indexes it in `folder`, with `threads` threads. Its keywords are used up.
    pub(crate) fn build(
        population: &mut Population,
        cohort: &BTreeSet<usize>,
        folder: &Path,
        threads: usize,
        draws: &mut Draws,
    ) -> Result<Self> {
        let bytes = |draws: &mut Draws| std::array::from_fn(|_| draws.below(256) as u8);
        let pseudonyms: Vec<AccountId> = population.patients.iter().map(|_| AccountId(bytes(draws))).collect();
        let key = DomainKey::from_seed(&bytes(draws));
        let arranged = arrange(population, draws);
        let mut positions = vec![(0, 0); population.records.len()];
        let (mut batches, mut work, mut labels) = (BTreeMap::new(), Vec::new(), 0);
        for (number, records) in (FIRST_BATCH..).zip(arranged) {
            let mut batch = Vec::with_capacity(records.len());
            for (position, record) in (0..).zip(records) {
                positions[record] = (number, position);
                let record = &mut population.records[record];
                let cohort = cohort.contains(&record.patient);
                labels += record.keywords.len() * (1 + usize::from(cohort));
                batch.push(RecordKeywords {
                    patient: pseudonyms[record.patient],
                    keywords: mem::take(&mut record.keywords),
                    cohort,
                });
            }
            work.push((number, batch));
        }
        // Neighbouring batches share patients, and so keys: each thread takes as many in a row as the others.
        let share = work.len().div_ceil(threads);
        let mut shares = Vec::new();
        while !work.is_empty() {
            shares.push(work.split_off(work.len().saturating_sub(share)));
        }
        let mut index = LabelIndex::open(folder, IndexOptions::default())?;
        thread::scope(|scope| -> Result<()> {
            let (sender, labelled) = mpsc::sync_channel::<Labelled>(WAITING);
            for share in shares {
                let (sender, key) = (sender.clone(), &key);
                scope.spawn(move || {
                    let mut cache = KeyCache::default();
                    for (number, batch) in share {
                        // The receiver is gone only after a fault of its own.
                        if sender.send(label(&mut cache, key, number, &batch)).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(sender);
            for labelled in labelled {
                let (number, labels) = labelled?;
                index.add_batch(DOMAIN, BatchNumber(number), &labels)?;
                let (salt, counts) = (*labels.salt(), labels.counts().clone());
                batches.insert(number, Batch { salt, counts });
            }
            Ok(())
        })?;
        index.commit(Payload {
            block: 1,
            hash: [1; 32],
        })?;
        Ok(Self {
            key,
            index,
            batches,
            pseudonyms,
            positions,
            labels,
        })
    }

    /// Returns the window of all batches.
    pub(crate) fn window(&self) -> Window {
        Window {
            from: FIRST_BATCH,
            to: FIRST_BATCH + self.batches.len() as u32,
        }
    }

    /// Returns a searcher of the records of a patient; of the cohort when there is no patient.
    pub(crate) fn searcher(&self, patient: Option<usize>) -> Searcher<'_> {
        Searcher {
            sealed: self,
            index: self.index.searcher(),
            context: ScopeContext {
                domain: DOMAIN,
                epoch: EPOCH,
                scope: patient.map_or(Scope::Cohort, |patient| Scope::Patient(self.pseudonyms[patient])),
            },
        }
    }
}

/// Who may search one scope.
pub(crate) struct Searcher<'a> {
    sealed: &'a Sealed,
    index: LabelSearcher,
    context: ScopeContext,
}

impl Searcher<'_> {
    /// Returns what a query finds among `records`, which are all records of the scope, in a window.
    pub(crate) fn search(
        &self,
        query: ParsedQuery,
        window: Window,
        records: &[usize],
        cache: &mut KeyCache,
    ) -> Result<BTreeSet<Position>> {
        let mut universes: BTreeMap<u32, RoaringBitmap> = BTreeMap::new();
        for record in records {
            let (batch, number) = self.sealed.positions[*record];
            universes.entry(batch).or_default().insert(number);
        }
        let views: Vec<SpanView<'_>> = universes
            .iter()
            .map(|(number, universe)| SpanView {
                span: BatchSpan::one(BatchNumber(*number)),
                epoch: EPOCH,
                salt: self.sealed.batches[number].salt,
                counts: &self.sealed.batches[number].counts,
                universe,
            })
            .collect();
        let mut terms = Vec::new();
        for keyword in &query.terms {
            let parts = window.by_segment()?;
            let tokens = parts.into_iter().map(|(segment, part)| -> Result<VerifiedToken> {
                let context = self.context.in_segment(segment);
                let token: SearchToken = cache.keyword_key(&self.sealed.key, &context, keyword).token(part)?;
                Ok(token.verify()?)
            });
            terms.push(tokens.collect::<Result<Vec<_>>>()?);
        }
        let expression = query.expression.verify(query.terms.len())?;
        let found = self
            .index
            .search(&LabelSearch::new(DOMAIN, &expression, &terms, &views))?;
        let positions = found.into_iter().flat_map(|found| {
            let batch = found.span.first().0;
            found.hits.into_iter().map(move |number| (batch, number))
        });
        Ok(positions.collect())
    }
}

fn label(cache: &mut KeyCache, key: &DomainKey, number: u32, batch: &[RecordKeywords]) -> Labelled {
    let salt = Salt::generate()?;
    let labels = label_span(
        cache,
        key,
        DOMAIN,
        EPOCH,
        BatchSpan::one(BatchNumber(number)),
        batch,
        salt,
    )
    .with_context(|| format!("batch {number} of segment {}", segment_of(BatchNumber(number))))?;
    Ok((number, labels))
}

/// Arranges the numbers of the records in batches: groups of patients at random, the records of a group mixed.
fn arrange(population: &Population, draws: &mut Draws) -> Vec<Vec<usize>> {
    let mut patients: Vec<usize> = (0..population.patients.len()).collect();
    draws.shuffle(&mut patients);
    let mut own: Vec<Vec<usize>> = vec![Vec::new(); patients.len()];
    for (number, record) in population.records.iter().enumerate() {
        own[record.patient].push(number);
    }
    let mut batches = Vec::new();
    for group in patients.chunks(GROUP_PATIENTS) {
        let mut records: Vec<usize> = group.iter().flat_map(|patient| own[*patient].iter().copied()).collect();
        draws.shuffle(&mut records);
        batches.extend(records.chunks(BATCH_RECORDS).map(<[usize]>::to_vec));
    }
    batches
}
