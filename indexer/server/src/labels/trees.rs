//! Merkle trees over the labels of batches, from which the evidence of answers is made: hashed once, kept for a while.
use super::error::LabelsError;
use crate::store::{CurrentLabels, LabelsProof, Store, StoreError};
use aegle_protocol::wire::{Format, IndexTrees};
use aegle_rules::{BatchNumber, DomainId};
use aegle_sealed::UnverifiedLabelSet;
use scale::DecodeAll;
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

/// Leaves of the trees that are kept at most: at about 80 bytes each, 256 MiB.
const MAX_CACHED_LEAVES: u64 = 3 * 1024 * 1024;

type Key = (DomainId, CurrentLabels);

/// The Merkle trees that prove the entries and labels of a batch, or of a span of batches.
#[derive(Clone)]
pub struct BatchTrees {
    /// The Merkle trees.
    pub trees: Arc<IndexTrees>,
    /// The labels that they are of.
    pub labels: CurrentLabels,
}

/// The trees of batches.
pub(super) struct Trees {
    store: Store,
    cache: Mutex<Cache>,
}

/// The first that came goes first.
#[derive(Default)]
struct Cache {
    trees: HashMap<Key, Arc<IndexTrees>>,
    order: VecDeque<Key>,
    leaves: u64,
}

impl Trees {
    pub(super) fn new(store: Store) -> Self {
        Self {
            store,
            cache: Mutex::default(),
        }
    }

    /// Returns the trees of a batch, or of those with which it was compacted. `None` when the batch is not stored, or
    /// waits for new labels.
    pub(super) async fn of(&self, domain: DomainId, batch: BatchNumber) -> Result<Option<BatchTrees>, LabelsError> {
        let Some(current) = self.store.current_labels(domain, batch).await? else {
            return Ok(None);
        };
        let key = (domain, current);
        if let Some(known) = self.with_cache(|cache| cache.trees.get(&key).cloned()) {
            return Ok(Some(BatchTrees {
                trees: known,
                labels: current,
            }));
        }
        // Other ones may have come in between.
        let Some(proof) = self.store.labels_proof(domain, &current).await? else {
            return Ok(None);
        };
        let hashing = tokio::task::spawn_blocking(move || hash(proof)).await;
        let trees = Arc::new(hashing.map_err(|_| LabelsError::Closed)??);
        self.with_cache(|cache| cache.insert(key, trees.clone()));
        Ok(Some(BatchTrees { trees, labels: current }))
    }

    fn with_cache<T>(&self, action: impl FnOnce(&mut Cache) -> T) -> T {
        action(&mut self.cache.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Cache {
    fn insert(&mut self, key: Key, trees: Arc<IndexTrees>) {
        let leaves = leaves(&trees);
        if self.trees.insert(key, trees).is_none() {
            self.order.push_back(key);
            self.leaves += leaves;
        }
        while self.leaves > MAX_CACHED_LEAVES {
            let Some(oldest) = self.order.pop_front() else { return };
            if let Some(gone) = self.trees.remove(&oldest) {
                self.leaves -= self::leaves(&gone);
            }
        }
    }
}

fn leaves(trees: &IndexTrees) -> u64 {
    let opening = trees.opening();
    opening.label_leaves + opening.count_leaves
}

fn hash(proof: LabelsProof) -> Result<IndexTrees, LabelsError> {
    let corrupt = StoreError::Corrupt { column: "labels" };
    let Ok(labels) = Format::LabelSet.body(&proof.labels) else {
        return Err(corrupt.into());
    };
    let Ok(labels) = UnverifiedLabelSet::decode_all(&mut &*labels) else {
        return Err(corrupt.into());
    };
    let Ok(labels) = labels.verify(proof.records) else {
        return Err(corrupt.into());
    };
    Ok(IndexTrees::new(&labels, proof.epoch, proof.commitment_salt))
}
