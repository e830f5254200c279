//! A deterministic corpus with the shape of clinical records, made batch by batch: it is never in memory as a whole.
//!
//! A patient has ten visits of twenty records, each visit in another batch. A record has thirty keywords: the nine of its
//! day, a status that all share, eighteen that are frequent with its patient and two that are rare. Codes and words are
//! drawn from one vocabulary after Zipf, so patients have the frequent ones in common. Patients of the cohort are spread
//! evenly, and have 100,000 records together at every scale.

use aegle_keys::RecordKeywords;
use aegle_rules::{AccountId, BatchNumber};
use aegle_sealed::{Indexing, Keyword};
use roaring::RoaringBitmap;
use std::collections::BTreeSet;

pub(crate) const BATCH_RECORDS: usize = 1_000;
/// Batches whose patients are in no other batches.
pub(crate) const UNIT_BATCHES: usize = 100;
pub(crate) const UNIT_RECORDS: usize = UNIT_BATCHES * BATCH_RECORDS;
pub(crate) const UNIT_PATIENTS: usize = 500;
/// Records of the cohort, at every scale.
pub(crate) const COHORT_RECORDS: usize = 100_000;
/// Keywords of each record.
pub(crate) const RECORD_KEYWORDS: usize = DAY_KEYWORDS + 1 + COMMON_DRAWS + RARE_DRAWS;

const VISIT_RECORDS: usize = 20;
const VISITS: usize = 10;
/// Batches from one visit of a patient to the next.
const VISIT_BATCHES: usize = UNIT_BATCHES / VISITS;
/// Days from one visit of a patient to the next; ten of them are most of a year.
const VISIT_DAYS: usize = 36;
const DAY_KEYWORDS: usize = 9;
const VOCABULARY: usize = 300;
const COMMON: usize = 30;
const RARE: usize = 40;
const COMMON_DRAWS: usize = 18;
const RARE_DRAWS: usize = 2;

const _: () = assert!(UNIT_PATIENTS * VISITS * VISIT_RECORDS == UNIT_RECORDS);

/// The corpus: everything about a record follows from its number.
pub(crate) struct Corpus {
    pub(crate) units: usize,
    /// Every so many patients one is of the cohort.
    cohort_step: usize,
    vocabulary: Vec<Keyword>,
    days: Vec<Vec<Keyword>>,
    status: Keyword,
    zipf: Vec<f64>,
}

/// A record: whose, and what it says.
pub(crate) struct Record<'a> {
    pub(crate) patient: usize,
    pub(crate) cohort: bool,
    pub(crate) keywords: Vec<&'a Keyword>,
}

/// A visit of a patient, counted from 0.
struct Visit {
    patient: usize,
    number: usize,
}

impl Corpus {
    pub(crate) fn new(records: usize) -> Self {
        let vocabulary = (0..VOCABULARY).map(|rank| match rank % 2 {
            0 => Keyword::code("http://loinc.org", &format!("{rank}-1")).expect("a well-formed coding"),
            _ => Keyword::text(&format!("finding{rank}")).expect("a lower-case word"),
        });
        let day = |day| {
            let date = date(day);
            Indexing::default()
                .dates(Some(&date), Some(&date))
                .expect("a day of 2025")
        };
        let mut sum = 0.0;
        let zipf = (1..=VOCABULARY).map(|rank| {
            sum += 1.0 / rank as f64;
            sum
        });
        Self {
            units: records / UNIT_RECORDS,
            cohort_step: records / COHORT_RECORDS,
            zipf: zipf.collect(),
            vocabulary: vocabulary.collect(),
            days: (0..VISITS * VISIT_DAYS).map(day).collect(),
            status: Keyword::status("final").expect("a name"),
        }
    }

    pub(crate) fn batches(&self) -> usize {
        self.units * UNIT_BATCHES
    }

    pub(crate) fn records(&self) -> usize {
        self.units * UNIT_RECORDS
    }

    pub(crate) fn patients(&self) -> usize {
        self.units * UNIT_PATIENTS
    }

    /// Returns the records of one batch, by number.
    pub(crate) fn batch(&self, batch: usize) -> Vec<Record<'_>> {
        let mut records = Vec::with_capacity(BATCH_RECORDS);
        for slot in 0..BATCH_RECORDS / VISIT_RECORDS {
            let Visit { patient, number: visit } = self.visit(batch, slot);
            let codes = self.codes(patient);
            let day = visit * VISIT_DAYS + draws(2, patient, visit)() as usize % VISIT_DAYS;
            for number in 0..VISIT_RECORDS {
                let at = batch * BATCH_RECORDS + slot * VISIT_RECORDS + number;
                let mut keywords: Vec<&Keyword> = self.days[day].iter().collect();
                keywords.push(&self.status);
                keywords.extend(self.drawn(at, &codes).into_iter().map(|rank| &self.vocabulary[rank]));
                records.push(Record {
                    patient,
                    cohort: self.is_cohort(patient),
                    keywords,
                });
            }
        }
        records
    }

    /// Returns the records of one batch, as a custodian labels them.
    pub(crate) fn to_label(&self, batch: usize) -> Vec<RecordKeywords> {
        let record = |record: Record<'_>| RecordKeywords {
            patient: account(record.patient),
            keywords: record.keywords.into_iter().cloned().collect(),
            cohort: record.cohort,
        };
        self.batch(batch).into_iter().map(record).collect()
    }

    /// Returns the batches that hold records of a patient, with the numbers of those.
    pub(crate) fn of_patient(&self, patient: usize) -> Vec<(BatchNumber, RoaringBitmap)> {
        let (unit, inside) = (patient / UNIT_PATIENTS, patient % UNIT_PATIENTS);
        let slots = BATCH_RECORDS / VISIT_RECORDS;
        let first = unit * UNIT_BATCHES + inside / slots;
        let numbers = numbers_of(inside % slots);
        (0..VISITS)
            .map(|visit| (BatchNumber((first + visit * VISIT_BATCHES) as u32), numbers.clone()))
            .collect()
    }

    /// Returns the batches that hold records of the cohort, with the numbers of those.
    pub(crate) fn of_cohort(&self) -> Vec<(BatchNumber, RoaringBitmap)> {
        let mut batches = Vec::new();
        for batch in 0..self.batches() {
            let slots = 0..BATCH_RECORDS / VISIT_RECORDS;
            let cohort = slots.filter(|slot| self.is_cohort(self.visit(batch, *slot).patient));
            let numbers: RoaringBitmap = cohort.flat_map(numbers_of).collect();
            if !numbers.is_empty() {
                batches.push((BatchNumber(batch as u32), numbers));
            }
        }
        batches
    }

    /// Returns a keyword that few records of the patient have.
    pub(crate) fn rare(&self, patient: usize, number: usize) -> Keyword {
        self.vocabulary[self.codes(patient)[COMMON + number % RARE]].clone()
    }

    /// Returns two words that many records of the patient have.
    pub(crate) fn words(&self, patient: usize) -> [Keyword; 2] {
        let codes = self.codes(patient);
        let mut words = codes.into_iter().filter(|rank| rank % 2 == 1);
        let mut word = || self.vocabulary[words.next().expect("half of the vocabulary are words")].clone();
        [word(), word()]
    }

    /// Returns the keyword that every record has.
    pub(crate) fn status(&self) -> &Keyword {
        &self.status
    }

    /// Returns a range of dates with five visits, 100 records, of any patient.
    pub(crate) fn range(&self, number: usize) -> String {
        let first = number % 6 * VISIT_DAYS;
        format!("date:{}..{}", date(first), date(first + 5 * VISIT_DAYS - 1))
    }

    fn is_cohort(&self, patient: usize) -> bool {
        patient.is_multiple_of(self.cohort_step)
    }

    /// Returns whose visit a position in a batch is, and which of theirs.
    fn visit(&self, batch: usize, slot: usize) -> Visit {
        let inside = batch % UNIT_BATCHES * (BATCH_RECORDS / VISIT_RECORDS) + slot;
        let unit = batch / UNIT_BATCHES;
        Visit {
            patient: unit * UNIT_PATIENTS + inside % UNIT_PATIENTS,
            number: inside / UNIT_PATIENTS,
        }
    }

    /// Returns what a patient's records speak about: the frequent codes, then the rare ones.
    fn codes(&self, patient: usize) -> Vec<usize> {
        let (mut draw, mut codes) = (draws(0, patient, 0), Vec::with_capacity(COMMON + RARE));
        while codes.len() < COMMON + RARE {
            let rank = weighted(&mut draw, &self.zipf);
            if !codes.contains(&rank) {
                codes.push(rank);
            }
        }
        codes
    }

    /// Draws what one record says, of what its patient's records speak about.
    fn drawn(&self, at: usize, codes: &[usize]) -> BTreeSet<usize> {
        let (mut draw, mut drawn) = (draws(1, at, 0), BTreeSet::new());
        while drawn.len() < COMMON_DRAWS {
            drawn.insert(codes[weighted(&mut draw, &self.zipf[..COMMON])]);
        }
        while drawn.len() < COMMON_DRAWS + RARE_DRAWS {
            drawn.insert(codes[COMMON + draw() as usize % RARE]);
        }
        drawn
    }
}

pub(crate) fn account(patient: usize) -> AccountId {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&(patient as u64 + 1).to_le_bytes());
    AccountId(bytes)
}

fn numbers_of(slot: usize) -> RoaringBitmap {
    let first = (slot * VISIT_RECORDS) as u32;
    (first..first + VISIT_RECORDS as u32).collect()
}

/// Returns the day of 2025 of that number, counted from 0.
fn date(mut day: usize) -> String {
    let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while day >= lengths[month] {
        day -= lengths[month];
        month += 1;
    }
    format!("2025-{:02}-{:02}", month + 1, day + 1)
}

fn weighted(draw: &mut impl FnMut() -> u64, sums: &[f64]) -> usize {
    let point = (draw() >> 11) as f64 / (1_u64 << 53) as f64 * sums[sums.len() - 1];
    sums.partition_point(|sum| *sum < point).min(sums.len() - 1)
}

/// Draws evenly and the same in every run, by SplitMix64 (Steele, Lea and Flood 2014).
fn draws(purpose: u64, first: usize, second: usize) -> impl FnMut() -> u64 {
    let mut state = purpose << 56 ^ (first as u64) << 8 ^ second as u64;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = state;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }
}
