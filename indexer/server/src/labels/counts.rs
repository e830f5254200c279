//! Count tables in memory.
use crate::store::Counts;
use aegle_rules::{BatchNumber, DomainId};
use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

/// Entries of count tables that are kept in memory: at 16 bytes each, 256 MiB.
const MAX_CACHED_ENTRIES: usize = 16 * 1024 * 1024;

/// A domain, and the first of the batches that have their labels in common.
type Key = (DomainId, BatchNumber);

/// Count tables that were read lately; the first that came goes first.
#[derive(Default)]
pub(super) struct CountCache {
    pub(super) tables: HashMap<Key, Arc<Counts>>,
    order: VecDeque<Key>,
    entries: usize,
}

impl CountCache {
    pub(super) fn forget(&mut self, key: Key) {
        if let Some(gone) = self.tables.remove(&key) {
            self.entries -= gone.table.entries().len();
            self.order.retain(|other| *other != key);
        }
    }

    pub(super) fn insert(&mut self, key: Key, counts: Arc<Counts>) {
        let entries = counts.table.entries().len();
        if self.tables.insert(key, counts).is_none() {
            self.order.push_back(key);
            self.entries += entries;
        }
        while self.entries > MAX_CACHED_ENTRIES {
            let Some(oldest) = self.order.pop_front() else { return };
            if let Some(gone) = self.tables.remove(&oldest) {
                self.entries -= gone.table.entries().len();
            }
        }
    }
}
