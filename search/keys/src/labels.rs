//! How a custodian labels a batch, or several of them together.

use crate::{DomainKey, KeyCache, draws::Draws};
use aegle_rules::{AccountId, BatchNumber, DomainId};
use aegle_sealed::{
    BatchSpan, CountEntry, CountTable, CountTableError, Keyword, Label, LabelSet, LabelSetError, RandomnessError, Salt,
    Scope, ScopeContext, UnverifiedLabelSet,
    limits::{MAX_BATCH_RECORDS, MAX_COUNT_ENTRIES, MAX_RECORD_LABELS},
    padded_entries, padded_labels,
};
use std::collections::{HashMap, HashSet};

/// Keywords that are evaluated together: their keys are inverted, and their results encoded, at once.
const EVALUATED_AT_ONCE: usize = 4_096;

/// The keywords by which a record is to be found.
#[derive(Clone, Debug)]
pub struct RecordKeywords {
    /// The patient's pseudonym.
    pub patient: AccountId,
    /// The keywords; one that comes twice counts once.
    pub keywords: Vec<Keyword>,
    /// `true` if the record is labelled in the cohort scope besides: only if that is needed.
    pub cohort: bool,
}

/// The reason why a batch cannot be labelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LabelError {
    /// No record, or more than [`MAX_BATCH_RECORDS`].
    #[error("a batch of {records} records; 1 to {MAX_BATCH_RECORDS} are possible")]
    Records {
        /// The number of records.
        records: usize,
    },
    /// A record would have more than [`MAX_RECORD_LABELS`] over its scopes.
    #[error("record {record} needs {labels} labels, more than {MAX_RECORD_LABELS}")]
    TooManyKeywords {
        /// The record's number.
        record: u32,
        /// The number of its labels without padding.
        labels: usize,
    },
    /// The batch has more distinct keywords over its scopes than a count table holds: make smaller batches.
    #[error("{keywords} distinct keywords in one batch are too many for a table of {MAX_COUNT_ENTRIES} entries")]
    TooManyDistinctKeywords {
        /// The number of keywords.
        keywords: usize,
    },
    /// Two fingerprints are the same, which chance does once in more than 2^36 batches of the greatest size. Try
    /// again under a fresh salt.
    #[error(transparent)]
    Counts(#[from] CountTableError),
    /// Too many labels in all, or two the same (as improbable as above): try again under a fresh salt.
    #[error(transparent)]
    Labels(#[from] LabelSetError),
    /// No randomness for shuffling and padding.
    #[error(transparent)]
    Randomness(#[from] RandomnessError),
}

/// Labels the records of one batch. See [`label_span`], which keeps keyword keys from batch to batch.
///
/// # Errors
/// As [`label_span`].
pub fn label_batch(
    key: &DomainKey,
    domain: DomainId,
    epoch: u16,
    batch: BatchNumber,
    records: &[RecordKeywords],
    salt: Salt,
) -> Result<LabelSet, LabelError> {
    let span = BatchSpan::one(batch);
    label_span(&mut KeyCache::default(), key, domain, epoch, span, records, salt)
}

/// Labels the records of a span of batches, in the order of their numbers: those of the first batch, then those of the
/// second, and so on. A span has no more records than one batch may have.
///
/// `salt` must be fresh for every attempt, and the labels must not leave the custodian before their commitment is
/// finalized: a lost race for a batch number, or a fork, must not show two labellings under one key and salt.
///
/// # Errors
/// [`LabelError`]: too many records, labels or keywords, a coincidence that another salt avoids, or no randomness.
pub fn label_span(
    cache: &mut KeyCache,
    key: &DomainKey,
    domain: DomainId,
    epoch: u16,
    span: BatchSpan,
    records: &[RecordKeywords],
    salt: Salt,
) -> Result<LabelSet, LabelError> {
    if records.is_empty() || records.len() > MAX_BATCH_RECORDS as usize {
        return Err(LabelError::Records { records: records.len() });
    }
    let mut occurrences = group(records)?;
    let needed = padded_entries(occurrences.len());
    if needed > MAX_COUNT_ENTRIES {
        return Err(LabelError::TooManyDistinctKeywords {
            keywords: occurrences.len(),
        });
    }

    let mut draws = Draws::fresh()?;
    let mut labels = vec![Vec::new(); records.len()];
    let mut entries = Vec::with_capacity(needed);
    for some in occurrences.chunks_mut(EVALUATED_AT_ONCE) {
        let context = |scope| ScopeContext { domain, epoch, scope }.in_segment(span.segment());
        let asked: Vec<_> = some
            .iter()
            .map(|occurrences| (context(occurrences.scope), occurrences.keyword))
            .collect();
        let keyword_keys = cache.keyword_keys(key, &asked);
        for (Occurrences { numbers, .. }, keyword_key) in some.iter_mut().zip(keyword_keys) {
            let leaf = keyword_key
                .span(&span)
                .expect("the context was made for this span's segment");
            let count = numbers.len() as u32;
            entries.push(leaf.entry(&salt, count));
            // Shuffled, so that the counter of a label says nothing about the order of the records.
            draws.shuffle(numbers);
            for (c, number) in (0..count).zip(&*numbers) {
                labels[*number as usize].push(leaf.label(&salt, c));
            }
        }
    }
    let counts = pad_counts(entries, needed, &mut draws)?;
    for labels in &mut labels {
        pad_labels(labels, &mut draws);
    }
    let set = UnverifiedLabelSet {
        salt,
        records: labels,
        counts,
    };
    Ok(set.verify(records.len() as u32)?)
}

/// A keyword of a scope, and the numbers of the records that have it.
struct Occurrences<'a> {
    scope: Scope,
    keyword: &'a Keyword,
    numbers: Vec<u32>,
}

/// Groups the records by scope and keyword: every keyword of every scope, once.
fn group(records: &[RecordKeywords]) -> Result<Vec<Occurrences<'_>>, LabelError> {
    let mut places: HashMap<(Scope, &Keyword), usize> = HashMap::new();
    let mut occurrences: Vec<Occurrences<'_>> = Vec::new();
    for (number, record) in (0_u32..).zip(records) {
        let keywords: HashSet<&Keyword> = record.keywords.iter().collect();
        let scopes = [
            Some(Scope::Patient(record.patient)),
            record.cohort.then_some(Scope::Cohort),
        ];
        let labels = keywords.len() * scopes.iter().flatten().count();
        if labels > MAX_RECORD_LABELS {
            return Err(LabelError::TooManyKeywords { record: number, labels });
        }
        for scope in scopes.into_iter().flatten() {
            for keyword in &keywords {
                let place = *places.entry((scope, keyword)).or_insert_with(|| {
                    occurrences.push(Occurrences {
                        scope,
                        keyword,
                        numbers: Vec::new(),
                    });
                    occurrences.len() - 1
                });
                occurrences[place].numbers.push(number);
            }
        }
    }
    Ok(occurrences)
}

fn pad_counts(mut entries: Vec<CountEntry>, size: usize, draws: &mut Draws) -> Result<CountTable, CountTableError> {
    while entries.len() < size - 2 {
        entries.push(CountEntry {
            fingerprint: draws.bytes(),
            masked: u32::from_le_bytes(draws.bytes()),
        });
    }
    entries.push(CountEntry::FIRST);
    entries.push(CountEntry::LAST);
    entries.sort_unstable();
    CountTable::new(entries)
}

fn pad_labels(labels: &mut Vec<Label>, draws: &mut Draws) {
    for _ in labels.len()..padded_labels(labels.len()) {
        labels.push(Label(draws.bytes()));
    }
    labels.sort_unstable();
}
