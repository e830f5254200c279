//! The streams of notifications that are open: few for each account and organisation, apart for whom the chain does not know, for
//! whom it knows and for whoever works for an organisation, and an end for all of them when the server stops. Together they are a
//! quarter of the server's connections.
use aegle_rules::{AccountId, OrganisationId};
use std::{
    collections::HashMap,
    fmt,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::watch;

/// Streams of accounts that the chain does not know.
const MAX_OF_STRANGERS: usize = 16;
/// Streams of accounts that it knows, and that work for no organisation, such as those of patients.
const MAX_OF_PEOPLE: usize = 112;
/// Streams of accounts that work for organisations.
const MAX_OF_STAFF: usize = 128;
/// Of these, for one organisation.
const MAX_OF_ORGANISATION: usize = 64;
/// Streams of one account.
const MAX_OF_ACCOUNT: usize = 4;
/// Streams of one account where half of those that it takes its own from are taken.
const MAX_OF_ACCOUNT_WHEN_SCARCE: usize = 1;

/// A reason why an account gets no stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StreamsTaken {
    /// It has as many as an account may have.
    #[error("the account has {MAX_OF_ACCOUNT} streams: close one of them first")]
    Account,
    /// It has one, and there is little room.
    #[error(
        "half of the streams {0} are taken, so that an account gets {MAX_OF_ACCOUNT_WHEN_SCARCE}: listen by the one that is open, or come again later"
    )]
    Scarce(Pool),
    /// Everybody who works for one of its organisations has as many as they may have together.
    #[error(
        "the accounts of organisation {0} have {MAX_OF_ORGANISATION} streams: close one of them, or come again later"
    )]
    Organisation(OrganisationId),
    /// Those are all taken.
    #[error("all streams {0} are taken: come again later; `/v1/waiting` says meanwhile what waits")]
    Pool(Pool),
    /// Streams are ended.
    #[error("the server stops: come again")]
    Stopping,
}

/// From which streams an account takes its own, so that nobody takes those of others: whoever pays for accounts gets none that
/// staff have, and the other way round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Pool {
    /// Accounts that the chain does not know.
    Strangers,
    /// Accounts that it knows, without a role.
    People,
    /// Accounts with a role.
    Staff,
}

impl Pool {
    /// Returns the number of its streams.
    const fn size(self) -> usize {
        match self {
            Self::Strangers => MAX_OF_STRANGERS,
            Self::People => MAX_OF_PEOPLE,
            Self::Staff => MAX_OF_STAFF,
        }
    }
}

impl fmt::Display for Pool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Strangers => "for accounts that the chain does not know",
            Self::People => "for accounts without a role",
            Self::Staff => "for accounts with a role",
        })
    }
}

/// Who wants a stream.
#[derive(Clone, Debug)]
pub(crate) struct Listening {
    pub(crate) account: AccountId,
    /// Whether the chain knows the account.
    pub(crate) is_known: bool,
    /// The organisations that it works for.
    pub(crate) organisations: Vec<OrganisationId>,
}

impl Listening {
    fn pool(&self) -> Pool {
        match (self.organisations.is_empty(), self.is_known) {
            (false, _) => Pool::Staff,
            (true, true) => Pool::People,
            (true, false) => Pool::Strangers,
        }
    }
}

/// The open streams.
pub(crate) struct Streams {
    open: Mutex<Open>,
    closed: watch::Sender<bool>,
}

#[derive(Default)]
struct Open {
    of_account: HashMap<AccountId, usize>,
    of_organisation: HashMap<OrganisationId, usize>,
    of_pool: HashMap<Pool, usize>,
}

/// A stream's place; it is free again when this is dropped.
pub(crate) struct StreamPlace {
    streams: Arc<Streams>,
    listening: Listening,
    closed: watch::Receiver<bool>,
}

impl Streams {
    /// Begins without any.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            open: Mutex::default(),
            closed: watch::Sender::new(false),
        })
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place.
    ///
    /// # Errors
    /// [`StreamsTaken`], which says whose are taken.
    pub(crate) fn enter(self: &Arc<Self>, listening: Listening) -> Result<StreamPlace, StreamsTaken> {
        let mut open = self.open();
        if *self.closed.borrow() {
            return Err(StreamsTaken::Stopping);
        }
        open.check(&listening)?;
        *open.of_account.entry(listening.account).or_default() += 1;
        *open.of_pool.entry(listening.pool()).or_default() += 1;
        for organisation in &listening.organisations {
            *open.of_organisation.entry(*organisation).or_default() += 1;
        }
        drop(open);
        Ok(StreamPlace {
            streams: self.clone(),
            listening,
            closed: self.closed.subscribe(),
        })
    }

    /// Ends every stream, and lets no other begin.
    pub(crate) fn close(&self) {
        self.closed.send_replace(true);
    }
}

impl Open {
    /// Checks that there is room for one more.
    fn check(&self, listening: &Listening) -> Result<(), StreamsTaken> {
        let own = self.of_account.get(&listening.account).copied().unwrap_or_default();
        if own >= MAX_OF_ACCOUNT {
            return Err(StreamsTaken::Account);
        }
        let of_organisation = |id: &OrganisationId| self.of_organisation.get(id).copied().unwrap_or_default();
        let full = |id: &&OrganisationId| of_organisation(id) >= MAX_OF_ORGANISATION;
        if let Some(organisation) = listening.organisations.iter().find(full) {
            return Err(StreamsTaken::Organisation(*organisation));
        }
        let pool = listening.pool();
        let taken = self.of_pool.get(&pool).copied().unwrap_or_default();
        if taken >= pool.size() {
            return Err(StreamsTaken::Pool(pool));
        }
        let scarce = |id: &OrganisationId| of_organisation(id) >= MAX_OF_ORGANISATION / 2;
        let is_scarce = taken >= pool.size() / 2 || listening.organisations.iter().any(scarce);
        if is_scarce && own >= MAX_OF_ACCOUNT_WHEN_SCARCE {
            return Err(StreamsTaken::Scarce(pool));
        }
        Ok(())
    }
}

impl StreamPlace {
    /// Waits until the stream has to end.
    pub(crate) async fn closed(&self) {
        let mut closed = self.closed.clone();
        // The sender lives as long as the place.
        let _ = closed.wait_for(|closed| *closed).await;
    }
}

impl Drop for StreamPlace {
    fn drop(&mut self) {
        let Listening {
            account, organisations, ..
        } = &self.listening;
        let mut open = self.streams.open();
        leave(&mut open.of_account, account);
        leave(&mut open.of_pool, &self.listening.pool());
        for organisation in organisations {
            leave(&mut open.of_organisation, organisation);
        }
    }
}

/// Counts one less; nothing is kept of whom nothing is left.
fn leave<K: Hash + Eq>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn account(number: usize) -> AccountId {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        AccountId(bytes)
    }

    fn listening(number: usize, is_known: bool) -> Listening {
        Listening {
            account: account(number),
            is_known,
            organisations: Vec::new(),
        }
    }

    fn staff(number: usize, organisations: &[u32]) -> Listening {
        Listening {
            organisations: organisations.iter().copied().map(OrganisationId).collect(),
            ..listening(number, true)
        }
    }

    /// Takes every stream that some accounts get.
    fn take_all(streams: &Arc<Streams>, who: impl Iterator<Item = Listening>) -> Vec<StreamPlace> {
        let enter = |listening: Listening| std::iter::from_fn(move || streams.enter(listening.clone()).ok());
        who.flat_map(enter).collect()
    }

    #[test]
    fn as_many_accounts_as_somebody_pays_for_take_no_streams_of_others() {
        let streams = Streams::new();
        let paid = take_all(&streams, (0..64).map(|number| listening(number, true)));
        assert!(
            paid.len() < MAX_OF_PEOPLE,
            "64 accounts do not even take those of their kind"
        );
        assert!(streams.enter(listening(1_000, true)).is_ok());
        let many = take_all(&streams, (64..1_000).map(|number| listening(number, true)));
        assert_eq!(paid.len() + many.len(), MAX_OF_PEOPLE);
        let refused = streams.enter(listening(1_000, true)).err();
        assert_eq!(refused, Some(StreamsTaken::Pool(Pool::People)));
        // Staff and strangers have theirs.
        assert!(streams.enter(staff(2_000, &[1])).is_ok());
        let strangers = take_all(&streams, (3_000..3_100).map(|number| listening(number, false)));
        assert_eq!(strangers.len(), MAX_OF_STRANGERS);
        drop((paid, many, strangers));
        let open = streams.open();
        assert!(
            open.of_account.is_empty() && open.of_pool.is_empty(),
            "nothing is kept of who has gone"
        );
    }

    #[test]
    fn the_staff_of_one_organisation_take_no_streams_of_another() {
        let streams = Streams::new();
        let first = take_all(&streams, (0..1_000).map(|number| staff(number, &[1])));
        assert_eq!(first.len(), MAX_OF_ORGANISATION);
        // Whoever works for both is of the first too.
        for organisations in [&[1][..], &[2, 1]] {
            let refused = streams.enter(staff(5_000, organisations)).err();
            assert_eq!(refused, Some(StreamsTaken::Organisation(OrganisationId(1))));
        }
        assert!(streams.enter(staff(5_000, &[2])).is_ok());
        drop(first);
        assert!(streams.open().of_organisation.is_empty());
    }

    #[test]
    fn an_account_has_four_where_there_is_room_and_one_where_there_is_little() {
        let streams = Streams::new();
        let own = take_all(&streams, [listening(0, true)].into_iter());
        assert_eq!(own.len(), MAX_OF_ACCOUNT);
        assert_eq!(streams.enter(listening(0, true)).err(), Some(StreamsTaken::Account));
        let half = MAX_OF_PEOPLE / 2 / MAX_OF_ACCOUNT;
        let others = take_all(&streams, (1..half).map(|number| listening(number, true)));
        assert_eq!(own.len() + others.len(), MAX_OF_PEOPLE / 2);
        let _first = streams.enter(listening(half, true)).unwrap();
        let second = streams.enter(listening(half, true)).err();
        assert_eq!(second, Some(StreamsTaken::Scarce(Pool::People)));
    }

    #[tokio::test]
    async fn closing_ends_every_stream_and_lets_none_begin() {
        let streams = Streams::new();
        let place = streams.enter(listening(1, true)).unwrap();
        streams.close();
        place.closed().await;
        assert_eq!(streams.enter(listening(2, true)).err(), Some(StreamsTaken::Stopping));
    }
}
