//! Tokens that were searched with before, and what they found: the same question again costs no keys and no look-ups.
//!
//! An indexer learns what a token finds by searching with it; remembering that gives it nothing more. It must not give
//! one account anything of another, though: how long an answer takes would tell whether someone else asked the same.
//! So each account has entries of its own, and evicts its own first.

use crate::limits::{CACHED_TOKEN_OVERHEAD_BYTES, TOKEN_CACHE_BYTES, TOKEN_CACHE_OWNER_BYTES};
use aegle_rules::{AccountId, BatchNumber};
use aegle_sealed::{RandomnessError, Salt, VerifiedToken};
use roaring::RoaringBitmap;
use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    mem::size_of,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use zeroize::Zeroizing;

/// A token's name: a hash under the key of this process, so that memory holds no token, and no name means anything
/// elsewhere or later.
type Name = [u8; 32];

/// The records that a token found in one batch, or span of batches, in one version of it.
#[derive(Clone)]
pub(crate) struct CachedBatch {
    /// The first batch.
    pub(crate) first: BatchNumber,
    /// The salt under which it was found: a relabelled batch has another.
    pub(crate) salt: Salt,
    /// The stamp of the document in which it was found: a batch that was written again has another.
    pub(crate) stamp: u64,
    /// The number of records that the count table promised.
    pub(crate) count: u32,
    /// The records found, whosever they are; `None` when they did not have to be looked up.
    pub(crate) numbers: Option<Arc<RoaringBitmap>>,
}

/// The records that a token found, newest batch first.
#[derive(Default)]
pub(crate) struct CachedToken(Vec<CachedBatch>);

/// Tokens that were seen before, in memory alone: at most [`TOKEN_CACHE_BYTES`], of one account at most [`TOKEN_CACHE_OWNER_BYTES`],
/// if nothing else is said.
///
/// What was found in a batch is believed as long as the batch has the same salt, and the index the same version of it:
/// not after it was relabelled, added again, or a record of it erased.
pub struct TokenCache {
    key: Zeroizing<[u8; 32]>,
    bounds: Bounds,
    owners: Mutex<Owners>,
}

#[derive(Clone, Copy)]
struct Bounds {
    bytes: usize,
    owner_bytes: usize,
}

#[derive(Default)]
struct Owners {
    entries: HashMap<AccountId, Entries>,
    bytes: usize,
    /// Counts uses: the greater, the later.
    clock: u64,
}

/// The tokens that one account searched with.
#[derive(Default)]
struct Entries {
    tokens: HashMap<Name, Entry>,
    /// The names, least recently used first.
    order: BTreeMap<u64, Name>,
    bytes: usize,
}

struct Entry {
    used: u64,
    bytes: usize,
    cached: Arc<CachedToken>,
}

impl TokenCache {
    /// Builds an empty cache with the usual bounds, under a fresh key.
    ///
    /// # Errors
    /// [`RandomnessError`]: the system gives no key.
    pub fn new() -> Result<Self, RandomnessError> {
        Self::bounded(TOKEN_CACHE_BYTES, TOKEN_CACHE_OWNER_BYTES)
    }

    /// Builds an empty cache of at most so many `bytes` in all, and `owner_bytes` of one account.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn bounded(bytes: usize, owner_bytes: usize) -> Result<Self, RandomnessError> {
        let mut key = Zeroizing::new([0; 32]);
        getrandom::fill(key.as_mut())?;
        Ok(Self {
            key,
            bounds: Bounds { bytes, owner_bytes },
            owners: Mutex::default(),
        })
    }

    /// Returns the bytes of memory in use, by estimate.
    pub fn bytes(&self) -> usize {
        self.lock().bytes
    }

    /// Returns what `owner` learnt with this token.
    pub(crate) fn get(&self, owner: AccountId, token: &VerifiedToken) -> Option<Arc<CachedToken>> {
        let name = token.name(&self.key);
        let mut owners = self.lock();
        owners.clock += 1;
        let clock = owners.clock;
        let entries = owners.entries.get_mut(&owner)?;
        let entry = entries.tokens.get_mut(&name)?;
        entries.order.remove(&entry.used);
        entries.order.insert(clock, name);
        entry.used = clock;
        Some(entry.cached.clone())
    }

    /// Remembers what `owner` learnt with this token, newest batch first, beside or instead of what was known.
    pub(crate) fn learn(&self, owner: AccountId, token: &VerifiedToken, learnt: Vec<CachedBatch>) {
        if learnt.is_empty() {
            return;
        }
        let name = token.name(&self.key);
        let mut owners = self.lock();
        let known = owners.remove(owner, &name);
        let cached = known.map_or_else(|| CachedToken(learnt.clone()), |known| known.with(&learnt));
        owners.insert(owner, name, cached, self.bounds);
    }

    fn lock(&self) -> MutexGuard<'_, Owners> {
        self.owners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenCache").finish_non_exhaustive()
    }
}

impl CachedToken {
    /// Returns what was found in a batch, if it has that salt and stamp still.
    pub(crate) fn batch(&self, first: BatchNumber, salt: &Salt, stamp: u64) -> Option<&CachedBatch> {
        let at = self.0.binary_search_by(|seen| first.cmp(&seen.first)).ok()?;
        Some(&self.0[at]).filter(|seen| seen.salt == *salt && seen.stamp == stamp)
    }

    /// Adds what was learnt since, which replaces what was known of the same batches.
    fn with(&self, learnt: &[CachedBatch]) -> Self {
        let is_new = |seen: &&CachedBatch| learnt.binary_search_by(|new| seen.first.cmp(&new.first)).is_err();
        let mut all: Vec<CachedBatch> = self.0.iter().filter(is_new).chain(learnt).cloned().collect();
        all.sort_unstable_by_key(|seen| std::cmp::Reverse(seen.first));
        Self(all)
    }

    fn bytes(&self) -> usize {
        let of_numbers = |numbers: &Arc<RoaringBitmap>| CACHED_TOKEN_OVERHEAD_BYTES + numbers.serialized_size();
        let of_batch = |seen: &CachedBatch| size_of::<CachedBatch>() + seen.numbers.as_ref().map_or(0, of_numbers);
        CACHED_TOKEN_OVERHEAD_BYTES + self.0.iter().map(of_batch).sum::<usize>()
    }
}

impl Owners {
    fn insert(&mut self, owner: AccountId, name: Name, cached: CachedToken, bounds: Bounds) {
        let bytes = cached.bytes();
        if bytes > bounds.owner_bytes {
            return;
        }
        self.clock += 1;
        let entries = self.entries.entry(owner).or_default();
        entries.order.insert(self.clock, name);
        entries.bytes += bytes;
        self.bytes += bytes;
        entries.tokens.insert(
            name,
            Entry {
                used: self.clock,
                bytes,
                cached: Arc::new(cached),
            },
        );
        while self
            .entries
            .get(&owner)
            .is_some_and(|entries| entries.bytes > bounds.owner_bytes)
        {
            self.evict(owner);
        }
        while self.bytes > bounds.bytes {
            // Of the account that has been away longest.
            let last_use = |(owner, entries): (&AccountId, &Entries)| {
                (entries.order.last_key_value().map(|(used, _)| *used), *owner)
            };
            let Some((_, idle)) = self.entries.iter().map(last_use).min() else {
                return;
            };
            self.evict(idle);
        }
    }

    /// Forgets what an account used least recently.
    fn evict(&mut self, owner: AccountId) {
        let entries = self.entries.get(&owner);
        let oldest = entries.and_then(|entries| entries.order.first_key_value().map(|(_, name)| *name));
        match oldest {
            Some(name) => drop(self.remove(owner, &name)),
            None => drop(self.entries.remove(&owner)),
        }
    }

    fn remove(&mut self, owner: AccountId, name: &Name) -> Option<Arc<CachedToken>> {
        let entries = self.entries.get_mut(&owner)?;
        let entry = entries.tokens.remove(name)?;
        entries.order.remove(&entry.used);
        entries.bytes -= entry.bytes;
        self.bytes -= entry.bytes;
        if entries.tokens.is_empty() {
            self.entries.remove(&owner);
        }
        Some(entry.cached)
    }
}
