//! The calls that are decided or waited for at the same time: so many, few of one key, and each once.
use super::RelayError;
use aegle_rules::{AccountId, Hash};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::watch;

/// Calls that are worked on at the same time: a transaction waits for minutes on a slow chain.
const MAX_CALLS: usize = 64;
/// Those of one signer.
const MAX_OF_ONE: usize = 2;
/// Requests that wait for what somebody else's request with the same call comes to.
const MAX_WAITING: usize = 16;

/// The calls that are worked on. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct Places(Arc<Mutex<HashMap<Hash, Work>>>);

/// A call that is worked on.
struct Work {
    signer: AccountId,
    /// Tells nothing but its end.
    end: watch::Sender<()>,
}

/// A call that nobody else works on until this is dropped.
pub(super) struct Place {
    places: Places,
    digest: Hash,
}

/// What there is to do about a call.
pub(super) enum Entered {
    /// To work on it.
    Works(Place),
    /// To wait until whoever works on it has ended.
    Waits(watch::Receiver<()>),
}

impl Places {
    /// Takes a place for a call, or joins whoever has it: copies of a call take no place from others.
    ///
    /// # Errors
    /// [`RelayError::Busy`].
    pub(super) fn enter(&self, digest: Hash, signer: AccountId) -> Result<Entered, RelayError> {
        let mut working = self.lock();
        if let Some(work) = working.get(&digest) {
            return match work.end.receiver_count() < MAX_WAITING {
                true => Ok(Entered::Waits(work.end.subscribe())),
                false => Err(RelayError::Busy),
            };
        }
        let of_one = working.values().filter(|work| work.signer == signer).count();
        if working.len() >= MAX_CALLS || of_one >= MAX_OF_ONE {
            return Err(RelayError::Busy);
        }
        let end = watch::Sender::new(());
        working.insert(digest, Work { signer, end });
        Ok(Entered::Works(Place {
            places: self.clone(),
            digest,
        }))
    }

    /// Returns whether a call is worked on.
    pub(super) fn has(&self, digest: &Hash) -> bool {
        self.lock().contains_key(digest)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Hash, Work>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.lock().remove(&self.digest);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn works(places: &Places, digest: u8, signer: u8) -> Result<Place, &'static str> {
        match places.enter(Hash([digest; 32]), AccountId([signer; 32])) {
            Ok(Entered::Works(place)) => Ok(place),
            Ok(Entered::Waits(_)) => Err("waits"),
            Err(_) => Err("busy"),
        }
    }

    #[tokio::test]
    async fn copies_of_a_call_take_no_place_and_one_key_takes_two() {
        let places = Places::default();
        let first = works(&places, 0, 0).unwrap();
        let waiting: Vec<_> = (0..MAX_WAITING)
            .map(|_| match places.enter(Hash([0; 32]), AccountId([0; 32])).unwrap() {
                Entered::Waits(end) => end,
                Entered::Works(_) => panic!("two work on it"),
            })
            .collect();
        assert_eq!(works(&places, 0, 0).err(), Some("busy"), "too many wait");
        let second = works(&places, 1, 0).unwrap();
        assert_eq!(works(&places, 2, 0).err(), Some("busy"), "a third call of one key");
        let mut others: Vec<_> = (2..64).map(|other| works(&places, other, other).unwrap()).collect();
        assert_eq!(works(&places, 64, 64).err(), Some("busy"));
        assert!(others.pop().is_some());
        others.push(works(&places, 64, 64).unwrap());

        drop(first);
        for mut end in waiting {
            assert!(end.changed().await.is_err(), "whoever waits hears of the end");
        }
        assert!(!places.has(&Hash([0; 32])) && places.has(&Hash([1; 32])));
        drop(second);
        assert!(works(&places, 0, 0).is_ok());
    }
}
