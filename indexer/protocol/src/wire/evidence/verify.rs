//! Verifying the evidence of a batch: by whoever searched, with the keys of its own tokens.

use super::{Absence, BatchEvidence, Presence, TermEvidence, evaluate::evaluate};
use crate::{
    commitment::{OpeningError, VerifiedOpening},
    wire::AnchoredLabels,
};
use aegle_sealed::{CountEntry, LEAF_BYTES, LeafKey, Query, Salt};
use std::collections::{BTreeMap, BTreeSet};

/// The reason why the evidence of a batch proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EvidenceError {
    /// The evidence, the keys and the query have not the same number of terms.
    #[error("evidence for {evidence} terms and keys of {keys}, for a query of {query}")]
    Terms {
        /// Terms of the evidence.
        evidence: usize,
        /// Keys.
        keys: usize,
        /// Terms of the query.
        query: usize,
    },
    /// The evidence is of labels of an epoch for which the caller has no tokens.
    #[error("labels of epoch {0}, for which there are no tokens")]
    Epoch(u16),
    /// The labels are not those that the chain has for the batch.
    #[error(transparent)]
    Opening(#[from] OpeningError),
    /// The entry that is given for a term is of another keyword, or no entry at all but a sentinel.
    #[error("the entry given for term {term} is another one's")]
    OtherEntry {
        /// The term.
        term: usize,
    },
    /// The term's entry would not be between the entries that are given as its neighbours.
    #[error("the entry of term {term} would not be between its alleged neighbours")]
    NotAbsent {
        /// The term.
        term: usize,
    },
    /// The table counts more records than the batch has.
    #[error("the table counts {count} records for term {term}, and the batch has {records}")]
    Count {
        /// The term.
        term: usize,
        /// The count in the table.
        count: u32,
        /// Records of the batch, as anchored.
        records: u32,
    },
    /// Not as many labels as the table counts.
    #[error("{found} labels for term {term}, and the table counts {count}")]
    Labels {
        /// The term.
        term: usize,
        /// The number of labels that are given.
        found: usize,
        /// The count in the table.
        count: u32,
    },
    /// A label is said to be of a record that the batch has not.
    #[error("a label of record {record} for term {term}, and the batch has {records}")]
    Record {
        /// The term.
        term: usize,
        /// The record's number.
        record: u32,
        /// Records of the batch, as anchored.
        records: u32,
    },
    /// Two different things are said to be one leaf of a tree.
    #[error("two different leaves with number {leaf}")]
    Contradiction {
        /// The leaf's number.
        leaf: u64,
    },
    /// The entries are not in the count table, or not where it is said.
    #[error("the entries are not proved to be in the count table")]
    CountProof,
    /// The labels are not in the batch, or not where it is said.
    #[error("the labels are not proved to be in the batch")]
    LabelProof,
    /// The result depends on which records the scope has, and the caller does not state them.
    #[error("the query finds what has not a term: it needs the records of the scope")]
    NeedsUniverse,
}

/// Leaves that evidence is about, by number.
#[derive(Default)]
struct Claims(BTreeMap<u64, [u8; LEAF_BYTES]>);

impl Claims {
    fn add(&mut self, leaf: u64, bytes: [u8; LEAF_BYTES]) -> Result<(), EvidenceError> {
        let known = self.0.entry(leaf).or_insert(bytes);
        if *known != bytes {
            return Err(EvidenceError::Contradiction { leaf });
        }
        Ok(())
    }

    fn in_order(self) -> Vec<(u64, [u8; LEAF_BYTES])> {
        self.0.into_iter().collect()
    }
}

impl BatchEvidence {
    /// Verifies the evidence of a batch and returns the numbers of its records that `query` finds: all of them, and no
    /// others.
    ///
    /// `anchored` is what the caller has from a finalized block; `leaf_keys` are the keys of the query's
    /// terms in these batches, in their order ([`super::leaf_keys`]); `universe` has the numbers of the batch's records
    /// that belong to the scope, and is needed only for a query that finds what has *not* a term.
    ///
    /// # Errors
    /// See [`EvidenceError`].
    pub fn verify(
        &self,
        anchored: &AnchoredLabels,
        leaf_keys: &[LeafKey],
        query: &Query,
        universe: Option<&BTreeSet<u32>>,
    ) -> Result<BTreeSet<u32>, EvidenceError> {
        if self.terms.len() != query.terms() || leaf_keys.len() != query.terms() {
            return Err(EvidenceError::Terms {
                evidence: self.terms.len(),
                keys: leaf_keys.len(),
                query: query.terms(),
            });
        }
        let opening = self.opening.verify(anchored.index_commitment())?;
        let mut claims = TermClaims::new(&opening, anchored.records());
        let mut found = Vec::with_capacity(self.terms.len());
        for (term, (evidence, key)) in self.terms.iter().zip(leaf_keys).enumerate() {
            found.push(match evidence {
                TermEvidence::Present(presence) => claims.present(term, presence, key)?,
                TermEvidence::Absent(absence) => claims.absent(term, absence, key)?,
            });
        }
        if !opening.proves_counts(&claims.counts.in_order(), &self.count_proof) {
            return Err(EvidenceError::CountProof);
        }
        if !opening.proves_labels(&claims.labels.in_order(), &self.label_proof) {
            return Err(EvidenceError::LabelProof);
        }
        evaluate(query, &found, universe).ok_or(EvidenceError::NeedsUniverse)
    }
}

/// The claims of the terms about the two trees, with everything checked that needs no tree.
struct TermClaims<'a> {
    salt: &'a Salt,
    last_entry: u64,
    records: u32,
    counts: Claims,
    labels: Claims,
}

impl<'a> TermClaims<'a> {
    fn new(opening: &'a VerifiedOpening, records: u32) -> Self {
        Self {
            salt: opening.label_salt(),
            last_entry: opening.count_leaves().saturating_sub(1),
            records,
            counts: Claims::default(),
            labels: Claims::default(),
        }
    }

    /// Returns the numbers of the records with a term, of which the evidence shows labels.
    fn present(&mut self, term: usize, presence: &Presence, key: &LeafKey) -> Result<BTreeSet<u32>, EvidenceError> {
        let Presence { index, entry, labels } = presence;
        let index = u64::from(*index);
        let is_sentinel = index == 0 || index >= self.last_entry;
        if is_sentinel || entry.fingerprint != key.fingerprint(self.salt) {
            return Err(EvidenceError::OtherEntry { term });
        }
        let (count, records) = (key.count(self.salt, entry), self.records);
        if count > records {
            return Err(EvidenceError::Count { term, count, records });
        }
        if labels.len() != count as usize {
            let found = labels.len();
            return Err(EvidenceError::Labels { term, found, count });
        }
        self.counts.add(index, entry.leaf())?;
        let mut found = BTreeSet::new();
        for (c, place) in (0..count).zip(labels) {
            let record = place.record;
            if record >= records {
                return Err(EvidenceError::Record { term, record, records });
            }
            self.labels
                .add(place.leaf.into(), key.label(self.salt, c).leaf(record))?;
            found.insert(record);
        }
        Ok(found)
    }

    /// Verifies that nothing can be between the neighbours, and returns the empty set.
    fn absent(&mut self, term: usize, absence: &Absence, key: &LeafKey) -> Result<BTreeSet<u32>, EvidenceError> {
        let (lower, upper): &(CountEntry, CountEntry) = &absence.neighbours;
        let fingerprint = key.fingerprint(self.salt);
        if !(lower.fingerprint < fingerprint && fingerprint < upper.fingerprint) {
            return Err(EvidenceError::NotAbsent { term });
        }
        let index = u64::from(absence.lower);
        self.counts.add(index, lower.leaf())?;
        self.counts.add(index + 1, upper.leaf())?;
        Ok(BTreeSet::new())
    }
}
