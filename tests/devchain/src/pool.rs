//! Transactions that wait for a block: ready ones, and future ones that wait for another.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, HashSet},
};

use serde::Serialize;
use sp_runtime::transaction_validity::{TransactionTag, ValidTransaction};
use tokio::sync::mpsc;

use crate::{
    limits::{MAX_POOL_BYTES, MAX_POOL_TRANSACTIONS},
    runtime::{BlockNumber, Hash, UncheckedExtrinsic},
};

/// The status of a transaction that its watcher gets, spelled as JSON-RPC spells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Status {
    /// It waits for another transaction, by nonce.
    Future,
    /// It can be part of the next block.
    Ready,
    /// It is part of this block.
    InBlock(Hash),
    /// That block is final.
    Finalized(Hash),
    /// This other transaction took its place.
    Usurped(Hash),
    /// Its time ran out.
    Dropped,
    /// It cannot be part of any block any more.
    Invalid,
}

impl Status {
    /// Returns whether nothing can follow this status.
    pub(crate) fn is_last(&self) -> bool {
        matches!(
            self,
            Self::Finalized(_) | Self::Usurped(_) | Self::Dropped | Self::Invalid
        )
    }
}

/// The reason why a valid transaction was not taken in.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum PoolError {
    #[error("Transaction is already imported")]
    AlreadyImported,
    #[error("Priority is too low: ({old} vs {new})")]
    PriorityTooLow { old: u64, new: u64 },
    #[error("Immediately Dropped")]
    Full,
}

/// A transaction and what the runtime said of it.
#[derive(Debug)]
pub(crate) struct Pooled {
    pub(crate) hash: Hash,
    pub(crate) bytes: Vec<u8>,
    pub(crate) extrinsic: UncheckedExtrinsic,
    priority: u64,
    requires: Vec<TransactionTag>,
    provides: Vec<TransactionTag>,
    valid_until: BlockNumber,
    arrival: u64,
    watcher: Option<mpsc::Sender<Status>>,
    is_ready: bool,
}

impl Pooled {
    pub(crate) fn new(
        hash: Hash,
        bytes: Vec<u8>,
        extrinsic: UncheckedExtrinsic,
        validity: ValidTransaction,
        best: BlockNumber,
        watcher: Option<mpsc::Sender<Status>>,
    ) -> Self {
        let longevity = BlockNumber::try_from(validity.longevity).unwrap_or(BlockNumber::MAX);
        Self {
            hash,
            bytes,
            extrinsic,
            priority: validity.priority,
            requires: validity.requires,
            provides: validity.provides,
            valid_until: best.saturating_add(longevity),
            arrival: 0,
            watcher,
            is_ready: false,
        }
    }

    /// Sends a status to the watcher, if there is one that still listens.
    pub(crate) fn tell(&self, status: Status) {
        if let Some(watcher) = &self.watcher {
            // A full queue cannot happen (a transaction has fewer statuses than places), and a
            // closed one means that the watcher left.
            let _ = watcher.try_send(status);
        }
    }
}

/// The pool. Holds at most [`MAX_POOL_TRANSACTIONS`] and [`MAX_POOL_BYTES`].
#[derive(Default)]
pub(crate) struct Pool {
    transactions: HashMap<Hash, Pooled>,
    provided: HashMap<TransactionTag, Hash>,
    future: HashSet<Hash>,
    bytes: usize,
    arrivals: u64,
}

impl Pool {
    /// Adds a transaction, and tells its watcher whether it is ready.
    ///
    /// # Errors
    /// It is there already, the pool is full, or another one of the same account and nonce pays
    /// as much.
    pub(crate) fn insert(&mut self, mut pooled: Pooled) -> Result<(), PoolError> {
        if self.transactions.contains_key(&pooled.hash) {
            return Err(PoolError::AlreadyImported);
        }
        let rival = pooled.provides.iter().find_map(|tag| self.provided.get(tag)).copied();
        if let Some(old) = rival.and_then(|hash| self.transactions.get(&hash)) {
            if pooled.priority <= old.priority {
                return Err(PoolError::PriorityTooLow {
                    old: old.priority,
                    new: pooled.priority,
                });
            }
        } else if self.transactions.len() >= MAX_POOL_TRANSACTIONS
            || self.bytes.saturating_add(pooled.bytes.len()) > MAX_POOL_BYTES
        {
            return Err(PoolError::Full);
        }
        if let Some(old) = rival.and_then(|hash| self.remove(&hash)) {
            old.tell(Status::Usurped(pooled.hash));
        }
        pooled.arrival = self.arrivals;
        self.arrivals += 1;
        self.bytes += pooled.bytes.len();
        for tag in &pooled.provides {
            self.provided.insert(tag.clone(), pooled.hash);
        }
        let hash = pooled.hash;
        self.future.insert(hash);
        self.transactions.insert(hash, pooled);
        self.promote();
        if self.future.contains(&hash)
            && let Some(pooled) = self.transactions.get(&hash)
        {
            pooled.tell(Status::Future);
        }
        Ok(())
    }

    /// Removes a transaction that no block can take; what depends on it waits again.
    pub(crate) fn refuse(&mut self, hash: &Hash) {
        let Some(pooled) = self.remove(hash) else { return };
        pooled.tell(Status::Invalid);
        let ready: HashSet<Hash> = self.ready().into_iter().collect();
        for (hash, pooled) in &mut self.transactions {
            if pooled.is_ready && !ready.contains(hash) {
                pooled.is_ready = false;
                self.future.insert(*hash);
            }
        }
    }

    fn remove(&mut self, hash: &Hash) -> Option<Pooled> {
        let pooled = self.transactions.remove(hash)?;
        self.future.remove(hash);
        self.bytes -= pooled.bytes.len();
        for tag in &pooled.provides {
            if self.provided.get(tag) == Some(hash) {
                self.provided.remove(tag);
            }
        }
        Some(pooled)
    }

    /// Returns the number of transactions that wait.
    pub(crate) fn len(&self) -> usize {
        self.transactions.len()
    }

    /// Returns whether a block would take something.
    pub(crate) fn has_ready(&self) -> bool {
        self.transactions.len() > self.future.len()
    }

    /// Returns the bytes of every transaction, in order of arrival.
    pub(crate) fn all_bytes(&self) -> Vec<Vec<u8>> {
        let mut all: Vec<&Pooled> = self.transactions.values().collect();
        all.sort_by_key(|pooled| pooled.arrival);
        all.into_iter().map(|pooled| pooled.bytes.clone()).collect()
    }

    /// Returns whether some ready transaction provides this tag.
    pub(crate) fn provides(&self, tag: &[u8]) -> bool {
        self.provided
            .get(tag)
            .is_some_and(|hash| self.transactions.get(hash).is_some_and(|pooled| pooled.is_ready))
    }

    /// Returns the transaction of this hash; `None` if it is not in the pool.
    pub(crate) fn get(&self, hash: &Hash) -> Option<&Pooled> {
        self.transactions.get(hash)
    }

    /// Returns the ready transactions in the order in which a block takes them: each after those that it requires, else
    /// by priority, else by arrival.
    pub(crate) fn ready(&self) -> Vec<Hash> {
        let mut missing: HashMap<Hash, usize> = HashMap::new();
        let mut waiting: HashMap<&TransactionTag, Vec<&Pooled>> = HashMap::new();
        let mut heap = BinaryHeap::new();
        for pooled in self.transactions.values() {
            if pooled.requires.is_empty() {
                heap.push((pooled.priority, Reverse(pooled.arrival), pooled.hash));
            } else {
                missing.insert(pooled.hash, pooled.requires.len());
                for tag in &pooled.requires {
                    waiting.entry(tag).or_default().push(pooled);
                }
            }
        }
        let mut order = Vec::with_capacity(self.transactions.len());
        while let Some((_, _, hash)) = heap.pop() {
            order.push(hash);
            for tag in &self.transactions[&hash].provides {
                for pooled in waiting.remove(tag).unwrap_or_default() {
                    let count = missing.entry(pooled.hash).or_default();
                    *count = count.saturating_sub(1);
                    if *count == 0 {
                        heap.push((pooled.priority, Reverse(pooled.arrival), pooled.hash));
                    }
                }
            }
        }
        order
    }

    /// Removes what a new block included, and sends its status to every watcher whom the block concerns.
    pub(crate) fn sealed(&mut self, included: &[Hash], block: Hash, number: BlockNumber) {
        for hash in included {
            let Some(pooled) = self.remove(hash) else { continue };
            for waiting in self.transactions.values_mut() {
                waiting.requires.retain(|tag| !pooled.provides.contains(tag));
            }
            pooled.tell(Status::InBlock(block));
            pooled.tell(Status::Finalized(block));
        }
        let expired: Vec<Hash> = self
            .transactions
            .values()
            .filter(|pooled| pooled.valid_until < number)
            .map(|pooled| pooled.hash)
            .collect();
        for hash in expired {
            if let Some(pooled) = self.remove(&hash) {
                pooled.tell(Status::Dropped);
            }
        }
        self.promote();
    }

    /// Makes ready what waits for nothing any more, and tells its watcher.
    fn promote(&mut self) {
        loop {
            let promoted: Vec<Hash> = self
                .future
                .iter()
                .filter(|hash| self.transactions[*hash].requires.iter().all(|tag| self.provides(tag)))
                .copied()
                .collect();
            if promoted.is_empty() {
                return;
            }
            for hash in promoted {
                self.future.remove(&hash);
                if let Some(pooled) = self.transactions.get_mut(&hash) {
                    pooled.is_ready = true;
                    pooled.tell(Status::Ready);
                }
            }
        }
    }
}

#[cfg(test)]
#[path = "pool_tests.rs"]
mod tests;
