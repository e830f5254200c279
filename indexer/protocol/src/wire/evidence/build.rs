//! Making the evidence of a batch: by the indexer, with nothing but what the search's tokens open.

use super::{Absence, BatchEvidence, LabelPlace, Presence, TermEvidence};
use crate::{
    commitment::{IndexOpening, IndexSalt},
    merkle::{MAX_MULTI_PROOF_HASHES, MultiProof, Nodes, Tree},
};
use aegle_sealed::{CountEntry, Label, LabelSet, LeafKey, limits::MAX_QUERY_TERMS};
use std::collections::BTreeSet;

/// The labels and the count table of a batch with their Merkle trees: hash them once, answer many queries.
#[derive(Clone, Debug)]
pub struct IndexTrees {
    opening: IndexOpening,
    records: u32,
    labels: Vec<(Label, u32)>,
    entries: Vec<CountEntry>,
    label_nodes: Nodes,
    count_nodes: Nodes,
}

/// The reason why there is no evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildEvidenceError {
    /// No term, or more than [`MAX_QUERY_TERMS`].
    #[error("evidence for {0} terms; 1 to {MAX_QUERY_TERMS} are possible")]
    Terms(usize),
    /// The custodian's table counts more records for a term than the batch has.
    #[error("the table counts {count} records for term {term}, and the batch has {records}")]
    Count {
        /// The term.
        term: usize,
        /// The count in the table.
        count: u32,
        /// Records of the batch.
        records: u32,
    },
    /// The custodian's table counts a label that no record has.
    #[error("label {label} of term {term} is missing")]
    MissingLabel {
        /// The term.
        term: usize,
        /// The label's counter.
        label: u32,
    },
    /// A proof would have more than [`MAX_MULTI_PROOF_HASHES`].
    #[error("a proof of {0} hashes, more than {MAX_MULTI_PROOF_HASHES}")]
    TooLarge(usize),
}

impl BatchEvidence {
    /// Builds the evidence of one batch, labelled in that epoch, for the terms with these keys, in the order of the
    /// query's terms. See [`IndexTrees`] for several queries of one batch.
    ///
    /// # Errors
    /// See [`BuildEvidenceError`].
    pub fn build(
        labels: &LabelSet,
        epoch: u16,
        commitment_salt: IndexSalt,
        leaf_keys: &[LeafKey],
    ) -> Result<Self, BuildEvidenceError> {
        IndexTrees::new(labels, epoch, commitment_salt).evidence(leaf_keys)
    }
}

impl IndexTrees {
    /// Hashes the labels and the count table of a batch, labelled in that epoch.
    pub fn new(labels: &LabelSet, epoch: u16, commitment_salt: IndexSalt) -> Self {
        let sorted = labels.sorted_labels();
        let label_nodes = Nodes::new(sorted.iter().map(|(label, record)| label.leaf(*record)));
        let count_nodes = Nodes::new(labels.counts().entries().iter().map(CountEntry::leaf));
        let opening = IndexOpening {
            commitment_salt,
            epoch,
            label_salt: *labels.salt(),
            label_root: label_nodes.root(Tree::Labels),
            count_root: count_nodes.root(Tree::Counts),
            label_leaves: label_nodes.leaves(),
            count_leaves: count_nodes.leaves(),
        };
        Self {
            opening,
            records: labels.records().len() as u32,
            labels: sorted.to_vec(),
            entries: labels.counts().entries().to_vec(),
            label_nodes,
            count_nodes,
        }
    }

    /// Returns what opens the commitment to the batch's labels and count table.
    pub fn opening(&self) -> &IndexOpening {
        &self.opening
    }

    /// Builds the evidence for the terms with these keys, in the order of the query's terms.
    ///
    /// # Errors
    /// See [`BuildEvidenceError`].
    pub fn evidence(&self, leaf_keys: &[LeafKey]) -> Result<BatchEvidence, BuildEvidenceError> {
        if !(1..=MAX_QUERY_TERMS).contains(&leaf_keys.len()) {
            return Err(BuildEvidenceError::Terms(leaf_keys.len()));
        }
        let (mut counted, mut labelled) = (BTreeSet::new(), BTreeSet::new());
        let mut terms = Vec::with_capacity(leaf_keys.len());
        for (term, key) in leaf_keys.iter().enumerate() {
            let evidence = self.term(term, key)?;
            match &evidence {
                TermEvidence::Present(presence) => {
                    counted.insert(u64::from(presence.index));
                    labelled.extend(presence.labels.iter().map(|place| u64::from(place.leaf)));
                }
                TermEvidence::Absent(absence) => {
                    let lower = u64::from(absence.lower);
                    counted.extend([lower, lower + 1]);
                }
            }
            terms.push(evidence);
        }
        Ok(BatchEvidence {
            opening: self.opening,
            terms,
            count_proof: prove(&self.count_nodes, &counted)?,
            label_proof: prove(&self.label_nodes, &labelled)?,
        })
    }

    fn term(&self, term: usize, key: &LeafKey) -> Result<TermEvidence, BuildEvidenceError> {
        let salt = &self.opening.label_salt;
        let fingerprint = key.fingerprint(salt);
        let smaller = self.entries.partition_point(|entry| entry.fingerprint < fingerprint);
        // The sentinels are no entries: the index is that of an entry between them, or of the upper sentinel.
        let index = smaller.clamp(1, self.entries.len() - 1);
        let entry = self.entries[index];
        if entry.fingerprint != fingerprint || entry == CountEntry::LAST {
            return Ok(TermEvidence::Absent(Absence {
                lower: index as u32 - 1,
                neighbours: (self.entries[index - 1], entry),
            }));
        }
        let count = key.count(salt, &entry);
        if count > self.records {
            return Err(BuildEvidenceError::Count {
                term,
                count,
                records: self.records,
            });
        }
        let place_of = |c: u32| {
            let label = key.label(salt, c);
            let found = self.labels.binary_search_by(|(other, _)| other.cmp(&label));
            let leaf = found.map_err(|_| BuildEvidenceError::MissingLabel { term, label: c })?;
            Ok(LabelPlace {
                leaf: leaf as u32,
                record: self.labels[leaf].1,
            })
        };
        Ok(TermEvidence::Present(Presence {
            index: index as u32,
            entry,
            labels: (0..count).map(place_of).collect::<Result<_, _>>()?,
        }))
    }
}

fn prove(nodes: &Nodes, indices: &BTreeSet<u64>) -> Result<MultiProof, BuildEvidenceError> {
    let indices: Vec<u64> = indices.iter().copied().collect();
    let proof = nodes
        .multi_proof(&indices)
        .expect("a set is in order, and every number in it is a leaf's");
    if proof.siblings.len() > MAX_MULTI_PROOF_HASHES {
        return Err(BuildEvidenceError::TooLarge(proof.siblings.len()));
    }
    Ok(proof)
}
