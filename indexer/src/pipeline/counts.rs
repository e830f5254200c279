//! Count tables in memory.
use aegle_rules::{BatchNumber, DomainId};
use aegle_sealed::{CountTable, Salt};
use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

/// Entries of count tables that are kept in memory: at 16 bytes each, 256 MiB.
const MAX_CACHED_ENTRIES: usize = 16 * 1024 * 1024;

/// Count tables that were read lately; the first that came goes first.
#[derive(Default)]
pub(super) struct CountCache {
    pub(super) tables: HashMap<(DomainId, BatchNumber), Arc<(Salt, CountTable)>>,
    order: VecDeque<(DomainId, BatchNumber)>,
    entries: usize,
}

impl CountCache {
    pub(super) fn forget(&mut self, key: (DomainId, BatchNumber)) {
        if let Some(gone) = self.tables.remove(&key) {
            self.entries -= gone.1.entries().len();
            self.order.retain(|other| *other != key);
        }
    }

    pub(super) fn insert(&mut self, key: (DomainId, BatchNumber), table: Arc<(Salt, CountTable)>) {
        let entries = table.1.entries().len();
        if self.tables.insert(key, table).is_none() {
            self.order.push_back(key);
            self.entries += entries;
        }
        while self.entries > MAX_CACHED_ENTRIES {
            let Some(oldest) = self.order.pop_front() else { return };
            if let Some(gone) = self.tables.remove(&oldest) {
                self.entries -= gone.1.entries().len();
            }
        }
    }
}
