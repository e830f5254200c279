//! The streams of notifications that are open: few for each account, few for all accounts together that the chain does not
//! know, and an end for all of them when the server stops.
use aegle_rules::AccountId;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::watch;

/// Streams that are open at the same time: a quarter of the server's connections.
const MAX_STREAMS: usize = 256;
/// Of these, for accounts that the chain does not know.
const MAX_OF_STRANGERS: usize = 16;
/// Of one account.
const MAX_OF_ACCOUNT: usize = 4;

/// The open streams.
pub(crate) struct Streams {
    open: Mutex<Open>,
    closed: watch::Sender<bool>,
}

#[derive(Default)]
struct Open {
    of_account: HashMap<AccountId, usize>,
    all: usize,
    of_strangers: usize,
}

/// A stream's place; it is free again when this is dropped.
pub(crate) struct StreamPlace {
    streams: Arc<Streams>,
    account: AccountId,
    is_known: bool,
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

    /// Takes a place for an account; `None` where it has as many as it may have, or all are taken.
    pub(crate) fn enter(self: &Arc<Self>, account: AccountId, is_known: bool) -> Option<StreamPlace> {
        let mut open = self.open();
        let own = open.of_account.get(&account).copied().unwrap_or_default();
        let is_free = own < MAX_OF_ACCOUNT
            && open.all < MAX_STREAMS
            && (is_known || open.of_strangers < MAX_OF_STRANGERS)
            && !*self.closed.borrow();
        if !is_free {
            return None;
        }
        open.of_account.insert(account, own + 1);
        open.all += 1;
        open.of_strangers += usize::from(!is_known);
        Some(StreamPlace {
            streams: self.clone(),
            account,
            is_known,
            closed: self.closed.subscribe(),
        })
    }

    /// Ends every stream, and lets no other begin.
    pub(crate) fn close(&self) {
        self.closed.send_replace(true);
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
        let mut open = self.streams.open();
        open.all -= 1;
        open.of_strangers -= usize::from(!self.is_known);
        if let Some(own) = open.of_account.get_mut(&self.account) {
            *own -= 1;
            if *own == 0 {
                open.of_account.remove(&self.account);
            }
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

    #[test]
    fn nobody_takes_the_streams_of_others() {
        let streams = Streams::new();
        let own: Vec<_> = (0..MAX_OF_ACCOUNT)
            .map(|_| streams.enter(account(0), true).unwrap())
            .collect();
        assert!(streams.enter(account(0), true).is_none(), "as many as one account has");
        let strangers: Vec<_> = (1..)
            .map_while(|number| streams.enter(account(number), false))
            .collect();
        assert_eq!(strangers.len(), MAX_OF_STRANGERS);
        let known: Vec<_> = (1_000..)
            .map_while(|number| streams.enter(account(number), true))
            .collect();
        assert_eq!(own.len() + strangers.len() + known.len(), MAX_STREAMS);
        drop((own, strangers, known));
        assert!(streams.open().of_account.is_empty(), "nothing is kept of who has gone");
        assert!(streams.enter(account(0), false).is_some());
    }

    #[tokio::test]
    async fn closing_ends_every_stream_and_lets_none_begin() {
        let streams = Streams::new();
        let place = streams.enter(account(1), true).unwrap();
        streams.close();
        place.closed().await;
        assert!(streams.enter(account(2), true).is_none());
    }
}
