//! How much work accounts may ask for: each that the chain knows has a bucket of its own, and all others have one together, so
//! that ten thousand fresh keys get no more than one. The chain knows who has a role, keys or grants, and who acts for a
//! patient with keys: the key that controls the account, and guardians.
use crate::store::{Store, StoreError};
use aegle_http::wall_clock;
use aegle_policy::{Policy, PolicyError};
use aegle_rules::AccountId;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};
use tokio::sync::Semaphore;

/// Accounts with a bucket of their own at most.
const MAX_ACCOUNTS: usize = 65_536;
/// Accounts that are looked up at the same time: a flood of new ones keeps no connections to the database from others.
const MAX_LOOK_UPS: usize = 2;
/// The work of any request, beside what it asks of the contract: one signature, one stored nonce, one look at the head.
pub(crate) const REQUEST: usize = 16;

/// What a bucket holds, in units of work: one is one question to the contract.
#[derive(Clone, Copy, Debug)]
struct Size {
    /// The units that may be spent at once.
    burst: u64,
    /// The units that come in every second.
    per_second: u64,
}

/// An account that the chain knows: the largest questions, one after another, and hundreds of small ones a second.
const KNOWN: Size = Size {
    burst: 1_000_000,
    per_second: 20_000,
};
/// All other accounts together.
const STRANGERS: Size = Size {
    burst: 16_000,
    per_second: 320,
};

/// A reason why an account gets nothing done now.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BudgetError {
    /// Its bucket is empty.
    #[error("the account has asked for too much work lately: ask again in a few seconds")]
    Spent,
    /// The bucket of all accounts that the chain does not know is empty.
    #[error("accounts that the chain does not know have asked for too much lately: publish a key, or ask again later")]
    StrangersSpent,
    /// It cannot be told whether the chain knows the account.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It cannot be told whether the account acts for a patient.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

/// Work that may still be done. It may be owed: what a question costs is known after it was asked.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    units: i64,
    at: Instant,
}

impl Bucket {
    fn full(size: Size, now: Instant) -> Self {
        Self {
            units: size.burst as i64,
            at: now,
        }
    }

    fn fill(&mut self, size: Size, now: Instant) {
        let passed = now.saturating_duration_since(self.at).as_micros();
        let come_in = passed * u128::from(size.per_second) / 1_000_000;
        if come_in > 0 {
            let come_in = i64::try_from(come_in).unwrap_or(i64::MAX);
            self.units = self.units.saturating_add(come_in).min(size.burst as i64);
            self.at = now;
        }
    }

    fn has_some(&mut self, size: Size, now: Instant) -> bool {
        self.fill(size, now);
        self.units > 0
    }

    fn charge(&mut self, size: Size, work: usize) {
        let least = -(size.burst as i64);
        self.units = self
            .units
            .saturating_sub(i64::try_from(work).unwrap_or(i64::MAX))
            .max(least);
    }
}

#[derive(Debug)]
struct Buckets {
    strangers: Bucket,
    known: HashMap<AccountId, Bucket>,
}

/// The buckets of all accounts. Clones are the same.
#[derive(Clone)]
pub(crate) struct Budgets {
    store: Store,
    policy: Arc<Policy>,
    buckets: Arc<Mutex<Buckets>>,
    look_ups: Arc<Semaphore>,
}

/// The budget from which one request is paid.
#[derive(Clone)]
pub(crate) struct Budget {
    budgets: Budgets,
    /// `None` for one that all strangers have together.
    account: Option<AccountId>,
}

impl Budget {
    /// Whether it is one account's own.
    pub(crate) fn is_of_one(&self) -> bool {
        self.account.is_some()
    }

    /// Whether any of it is left: what goes on by itself, as a stream does, waits until there is.
    pub(crate) fn has_some(&self) -> bool {
        let (size, now) = (self.size(), Instant::now());
        self.bucket(&mut self.budgets.buckets(), now).has_some(size, now)
    }

    /// Charges work that was done.
    pub(crate) fn charge(&self, work: usize) {
        let size = self.size();
        self.bucket(&mut self.budgets.buckets(), Instant::now())
            .charge(size, work);
    }

    fn size(&self) -> Size {
        if self.is_of_one() { KNOWN } else { STRANGERS }
    }

    /// The bucket, which was full where it was forgotten meanwhile.
    fn bucket<'a>(&self, buckets: &'a mut Buckets, now: Instant) -> &'a mut Bucket {
        match self.account {
            None => &mut buckets.strangers,
            Some(account) => buckets.known.entry(account).or_insert_with(|| Bucket::full(KNOWN, now)),
        }
    }
}

impl Budgets {
    pub(crate) fn new(store: Store, policy: Arc<Policy>) -> Self {
        Self {
            store,
            policy,
            buckets: Arc::new(Mutex::new(Buckets {
                strangers: Bucket::full(STRANGERS, Instant::now()),
                known: HashMap::new(),
            })),
            look_ups: Arc::new(Semaphore::new(MAX_LOOK_UPS)),
        }
    }

    fn buckets(&self) -> MutexGuard<'_, Buckets> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the budget of an account, where some of it is left. Nothing is taken from it: that is done once the request is
    /// known to be the account's own, for the first time.
    ///
    /// # Errors
    /// [`BudgetError`]: then nothing is done.
    pub(crate) async fn of(&self, account: AccountId) -> Result<Budget, BudgetError> {
        let now = Instant::now();
        let known = self
            .buckets()
            .known
            .get_mut(&account)
            .map(|bucket| bucket.has_some(KNOWN, now));
        let has_some = match known {
            Some(has_some) => has_some,
            None if self.look_up(&account).await? => self.buckets().open(account, now),
            None => {
                return match self.buckets().strangers.has_some(STRANGERS, now) {
                    true => Ok(self.budget(None)),
                    false => Err(BudgetError::StrangersSpent),
                };
            }
        };
        match has_some {
            true => Ok(self.budget(Some(account))),
            false => Err(BudgetError::Spent),
        }
    }

    fn budget(&self, account: Option<AccountId>) -> Budget {
        Budget {
            budgets: self.clone(),
            account,
        }
    }

    async fn look_up(&self, account: &AccountId) -> Result<bool, BudgetError> {
        // It is never closed.
        let _turn = self.look_ups.acquire().await;
        if self.store.is_known(account).await? {
            return Ok(true);
        }
        let patients = self.store.named_for(account).await?;
        if patients.is_empty() {
            return Ok(false);
        }
        let wall = wall_clock();
        let view = self.policy.view(wall).await?;
        Ok(self.policy.acts_for_any(&view, wall, *account, &patients).await?)
    }
}

impl Buckets {
    /// Makes a bucket for an account that is known from now on; returns whether there is anything in it.
    fn open(&mut self, account: AccountId, now: Instant) -> bool {
        if self.known.len() >= MAX_ACCOUNTS {
            // A full bucket is as good as a new one.
            self.known.retain(|_, bucket| {
                bucket.fill(KNOWN, now);
                bucket.units < KNOWN.burst as i64
            });
        }
        if self.known.len() >= MAX_ACCOUNTS {
            return false;
        }
        let bucket = self.known.entry(account).or_insert_with(|| Bucket::full(KNOWN, now));
        bucket.has_some(KNOWN, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const SIZE: Size = Size {
        burst: 100,
        per_second: 10,
    };

    #[test]
    fn what_is_owed_comes_in_before_anything_else_is_done() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut bucket = Bucket::full(SIZE, start);
        assert!(bucket.has_some(SIZE, start));
        bucket.charge(SIZE, 1_000_000);
        assert!(!bucket.has_some(SIZE, after(9)), "100 are owed at most, and 90 came in");
        assert!(bucket.has_some(SIZE, after(11)));
        let mut taken = 0;
        bucket.fill(SIZE, after(1_000));
        while bucket.has_some(SIZE, after(1_000)) {
            bucket.charge(SIZE, REQUEST);
            taken += 1;
        }
        assert_eq!(taken, 7, "as many as fill a bucket, however long it stood");
    }

    #[test]
    fn to_look_takes_nothing() {
        let start = Instant::now();
        let mut bucket = Bucket::full(SIZE, start);
        for _ in 0..1_000 {
            assert!(bucket.has_some(SIZE, start));
        }
        assert_eq!(bucket.units, SIZE.burst as i64);
    }
}
