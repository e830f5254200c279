//! A deterministic corpus with the shape of clinical records: few keywords in most of them, most keywords in few.

use aegle_rules::{AccountId, DomainId};
use aegle_sealed::{DomainKey, KeyCache, Keyword, RecordKeywords, Scope, ScopeContext};
use roaring::RoaringBitmap;
use std::{collections::BTreeSet, time::Instant};

pub(crate) const PATIENTS: usize = 10;
pub(crate) const BATCHES: usize = 100;
pub(crate) const BATCH_RECORDS: usize = 1_000;
const VOCABULARY: usize = 10_000;
const DRAWS_PER_RECORD: usize = 30;

pub(crate) struct Corpus {
    /// For each record in order its keywords, by rank, each once. Records of the patients alternate.
    records: Vec<Vec<u16>>,
}

pub(crate) fn patient(number: usize) -> AccountId {
    AccountId([number as u8 + 1; 32])
}

pub(crate) fn keyword(rank: usize) -> Keyword {
    Keyword::code("http://loinc.org", &format!("{rank}-1")).expect("a well-formed coding")
}

impl Corpus {
    pub(crate) fn new() -> Self {
        let mut weights = Vec::with_capacity(VOCABULARY);
        let mut sum = 0.0;
        for rank in 1..=VOCABULARY {
            sum += 1.0 / rank as f64;
            weights.push(sum);
        }
        let mut state = 0x0ae6_1e00_u64;
        let mut draw = || {
            let point = (splitmix(&mut state) >> 11) as f64 / (1_u64 << 53) as f64 * sum;
            weights.partition_point(|weight| *weight < point).min(VOCABULARY - 1) as u16
        };
        let mut record = || -> Vec<u16> {
            let distinct: BTreeSet<u16> = (0..DRAWS_PER_RECORD).map(|_| draw()).collect();
            distinct.into_iter().collect()
        };
        Self {
            records: (0..BATCHES * BATCH_RECORDS).map(|_| record()).collect(),
        }
    }

    /// Each record with the number of its patient and the ranks of its keywords.
    pub(crate) fn records(&self) -> impl Iterator<Item = (usize, &[u16])> {
        self.records
            .iter()
            .enumerate()
            .map(|(at, ranks)| (at % PATIENTS, ranks.as_slice()))
    }

    pub(crate) fn occurrences(&self) -> usize {
        self.records.iter().map(Vec::len).sum()
    }

    /// The records of each batch, as a custodian labels them.
    pub(crate) fn batches(&self) -> impl Iterator<Item = Vec<RecordKeywords>> + '_ {
        let vocabulary: Vec<Keyword> = (0..VOCABULARY).map(keyword).collect();
        self.records.chunks(BATCH_RECORDS).map(move |batch| {
            let record = |(at, ranks): (usize, &Vec<u16>)| RecordKeywords {
                patient: patient(at % PATIENTS),
                keywords: ranks
                    .iter()
                    .map(|rank| vocabulary[usize::from(*rank)].clone())
                    .collect(),
                cohort: false,
            };
            batch.iter().enumerate().map(record).collect()
        })
    }

    /// For each patient, for each batch, the numbers of its records.
    pub(crate) fn universes(&self) -> Vec<Vec<RoaringBitmap>> {
        let numbers = |patient: usize| (patient as u32..BATCH_RECORDS as u32).step_by(PATIENTS).collect();
        (0..PATIENTS).map(|patient| vec![numbers(patient); BATCHES]).collect()
    }

    /// Evaluates the key of every keyword in every patient's scope once; how many evaluations a second.
    pub(crate) fn evaluate_keys(&self, key: &DomainKey, cache: &mut KeyCache, domain: DomainId) -> f64 {
        let begin = Instant::now();
        for number in 0..PATIENTS {
            eprintln!(
                "evaluating {VOCABULARY} keywords for patient {} of {PATIENTS}",
                number + 1
            );
            let context = ScopeContext {
                domain,
                epoch: 0,
                scope: Scope::Patient(patient(number)),
            }
            .in_segment(0);
            for rank in 0..VOCABULARY {
                cache.keyword_key(key, &context, &keyword(rank));
            }
        }
        (PATIENTS * VOCABULARY) as f64 / begin.elapsed().as_secs_f64()
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014): even draws that are the same in every run.
fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut value = *state;
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
