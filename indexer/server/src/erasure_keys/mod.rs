//! Keys whose destruction is erasure. What may have to be forgotten (a proxy's share, a record's row with its shred secret and
//! rho) reaches the database, its log and its statistics only wrapped, each under a key of its own; the keys are here, apart,
//! in places that are rewritten in place. Destroying 32 bytes makes every copy of the rest useless: dead tuples, the log,
//! statistics, temporary files, and every backup of the database. This is cryptographic erase (NIST SP 800-88 Rev. 1, section
//! 2.6), and the revocable backup of Boneh and Lipton ("A Revocable Backup System", 1996).
//!
//! # Form
//!
//! A *replica* is a file of a header and 64-byte places, eight to a sector of 512 bytes and none across two, so that writing
//! one changes no other. There is no journal, no copy on write, and no name of what a key is for. Every write goes to all
//! replicas, in place, and is synced before anybody hears of it. A place counts its *generations*; a *tombstone* ends one. Where
//! replicas differ, the later generation wins, and in one generation the tombstone: a replica that was away, or came back from
//! a copy, brings no key back. A replica that cannot be written fails the erasure, which is done again until all have it.
//!
//! # Whose they are
//!
//! The header names the *set*, as its database does, and the epoch of the database (see `store::fence`) in which it was taken.
//! A folder of another set, or one without any where the database has one, is refused: a disk that is not mounted is no new
//! replica. Every write is made under a lock on the files and a look at the epoch, so that a process that was frozen while
//! another one took the database writes nothing when it wakes.
//!
//! A key tree (Di Crescenzo, Ferguson, Impagliazzo and Jakobsson, "How to Forget a Secret", 1999) would need to keep only a
//! small root out of archives, and would rewrite a path of nodes for each erasure, with an order of writes that a crash must
//! not break. Places need neither: 64 bytes a record are 640 MB for ten million records, which two disks hold.
//!
//! # Not claimed
//!
//! Replicas belong on media that overwrite in place: a file system that copies on write or journals data, a disk with
//! remapped sectors, flash below its translation layer, and a snapshot may keep what was overwritten. Replicas belong in no
//! archive; whoever loses all of them loses every record and every share.

mod error;
mod header;
mod key;
mod lost;
mod place;
mod replica;

pub use error::ErasureKeyError;
pub use header::KeySetId;
pub use key::{ErasureKey, Wrapped};
pub use lost::check_lost;
pub use place::KeyPlace;

use header::{Found, Header};
use place::{MAX_KEYS, State, StoredKey};
use replica::Replica;
use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};
use zeroize::Zeroizing;

/// Who opens the keys: the process that has their database.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// The set that the database names; `None` where it has had no keys yet.
    pub set: Option<KeySetId>,
    /// The database's epoch, which grows whenever a process takes it.
    pub epoch: u64,
    /// Whether a replica is made in a folder that holds none, though the set is there in another one.
    pub makes_replicas: bool,
}

/// The keys, in all of their replicas.
#[derive(Clone)]
pub struct ErasureKeys(Arc<Mutex<Keys>>);

struct Keys {
    replicas: Vec<Replica>,
    header: Header,
    /// Places whose last generation has ended.
    free: Vec<u64>,
    /// The number of places that were ever used.
    used: u64,
}

impl ErasureKeys {
    /// Opens the keys in some folders, one replica each, and makes them alike. A set that is damaged in a place of every replica
    /// is opened without that key, and the log names it.
    ///
    /// # Errors
    /// [`ErasureKeyError`]: a replica cannot be used, is of another set, or is not there.
    pub fn open(folders: &[PathBuf], claim: Claim) -> Result<Self, ErasureKeyError> {
        if folders.is_empty() {
            return Err(ErasureKeyError::NoReplica);
        }
        let mut found: Vec<Option<Replica>> = folders
            .iter()
            .map(|folder| Replica::open(folder))
            .collect::<Result<_, _>>()?;
        let mut identities = HashSet::new();
        for replica in found.iter().flatten() {
            if !identities.insert(replica.identity()?) {
                let path = replica.path().to_owned();
                return Err(ErasureKeyError::Twice { path });
            }
            replica.lock()?;
        }
        // Before this, nothing is written anywhere.
        let set = judge(folders, &found, claim)?;
        let mut replicas = Vec::with_capacity(folders.len());
        for (folder, replica) in folders.iter().zip(&mut found) {
            replicas.push(match replica.take() {
                Some(replica) => replica,
                None => {
                    let made = Replica::make(folder)?;
                    made.lock()?;
                    made
                }
            });
        }
        let lengths: Vec<u64> = replicas.iter().map(Replica::places).collect::<Result<_, _>>()?;
        let mut keys = Keys {
            used: lengths.into_iter().max().unwrap_or_default(),
            replicas,
            header: Header {
                set,
                epoch: claim.epoch,
            },
            free: Vec::new(),
        };
        for replica in &keys.replicas {
            // One after another: what a crash damages here is in one of them.
            replica.write_header(&keys.header)?;
        }
        keys.merge()?;
        keys.replicas.iter().for_each(Replica::unlock);
        Ok(Self(Arc::new(Mutex::new(keys))))
    }

    /// Returns the name of the set.
    pub fn set(&self) -> KeySetId {
        self.lock().header.set
    }

    /// Draws fresh keys, which every replica has durably when this returns.
    ///
    /// # Errors
    /// [`ErasureKeyError`]; what was drawn by then is lost with its place.
    pub fn draw(&self, count: usize) -> Result<Vec<ErasureKey>, ErasureKeyError> {
        self.lock().exclusively(|keys| keys.draw(count))
    }

    /// Returns a key; `None` once it was destroyed.
    ///
    /// # Errors
    /// [`ErasureKeyError`]: no replica has the place whole, or all of them were set back to before it was drawn.
    pub fn get(&self, place: KeyPlace) -> Result<Option<ErasureKey>, ErasureKeyError> {
        let stored = self.lock().read(place.number)?;
        if stored.generation < place.generation {
            return Err(ErasureKeyError::Older);
        }
        let is_live = stored.state == State::Live && stored.generation == place.generation;
        Ok(is_live.then(|| ErasureKey { place, key: stored.key }))
    }

    /// Destroys keys: when this returns, every replica has a tombstone in their place, durably. Those that are destroyed
    /// already are left so.
    ///
    /// # Errors
    /// [`ErasureKeyError`]: then nothing counts as destroyed, and it is done again.
    pub fn destroy(&self, places: &[KeyPlace]) -> Result<(), ErasureKeyError> {
        self.lock().exclusively(|keys| keys.destroy(places))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Keys> {
        // What a panic left is in the files, and every place says by itself whether it is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keys {
    /// Brings every replica to what wins in any of them.
    fn merge(&mut self) -> Result<(), ErasureKeyError> {
        let mut is_written = false;
        for number in 0..self.used {
            let found: Vec<Option<StoredKey>> = self
                .replicas
                .iter()
                .map(|replica| replica.read(number))
                .collect::<Result<_, _>>()?;
            let winner = found.iter().flatten().max_by_key(|stored| stored.rank());
            let Some(winner) = winner else {
                // Whoever asks for it is told so; nobody else has to wait for that.
                tracing::error!(
                    place = number,
                    "an erasure key is damaged in every replica: what it wraps is lost"
                );
                continue;
            };
            for (replica, own) in self.replicas.iter().zip(&found) {
                if own.as_ref().is_none_or(|own| own.rank() != winner.rank()) {
                    replica.write(number, winner)?;
                    is_written = true;
                }
            }
            if winner.state != State::Live {
                self.free.push(number);
            }
        }
        if is_written { self.sync() } else { Ok(()) }
    }

    /// Does something that no other process may do at the same time, if nobody has taken the keys since.
    fn exclusively<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, ErasureKeyError>,
    ) -> Result<T, ErasureKeyError> {
        let locked = self.replicas.iter().try_for_each(Replica::lock);
        let done = locked.and_then(|()| self.check_taken()).and_then(|()| work(self));
        self.replicas.iter().for_each(Replica::unlock);
        done
    }

    /// Checks that the keys are still this process's.
    fn check_taken(&self) -> Result<(), ErasureKeyError> {
        for replica in &self.replicas {
            match replica.header()? {
                Found::Header(header) if header == self.header => {}
                Found::Header(header) if header.set == self.header.set => return Err(ErasureKeyError::Taken),
                _ => {
                    let path = replica.path().to_owned();
                    return Err(ErasureKeyError::OtherSet { path });
                }
            }
        }
        Ok(())
    }

    fn read(&self, number: u64) -> Result<StoredKey, ErasureKeyError> {
        self.best(number)?.ok_or(ErasureKeyError::Damaged(number))
    }

    /// Returns what wins in a place; `None` when it is damaged in every replica.
    fn best(&self, number: u64) -> Result<Option<StoredKey>, ErasureKeyError> {
        let mut best: Option<StoredKey> = None;
        for replica in &self.replicas {
            // All are asked: one of them may have a tombstone that another one did not get.
            if let Some(stored) = replica.read(number)?
                && best.as_ref().is_none_or(|best| best.rank() < stored.rank())
            {
                best = Some(stored);
            }
        }
        Ok(best)
    }

    fn draw(&mut self, count: usize) -> Result<Vec<ErasureKey>, ErasureKeyError> {
        let mut drawn = Vec::with_capacity(count);
        for _ in 0..count {
            let (number, generation) = match self.free.pop() {
                Some(number) => (number, self.read(number)?.generation + 1),
                None if self.used < MAX_KEYS => {
                    self.used += 1;
                    (self.used - 1, 1)
                }
                None => return Err(ErasureKeyError::Full),
            };
            let mut key = Zeroizing::new([0; 32]);
            getrandom::fill(key.as_mut()).map_err(|_| ErasureKeyError::Randomness)?;
            let stored = StoredKey {
                key,
                generation,
                state: State::Live,
            };
            self.write(number, &stored)?;
            let place = KeyPlace { number, generation };
            drawn.push(ErasureKey { place, key: stored.key });
        }
        self.sync()?;
        Ok(drawn)
    }

    fn destroy(&mut self, places: &[KeyPlace]) -> Result<(), ErasureKeyError> {
        let mut ended = Vec::with_capacity(places.len());
        for place in places {
            if place.number >= MAX_KEYS {
                return Err(ErasureKeyError::Full);
            }
            // One that is damaged everywhere ends as well.
            let before = self.best(place.number)?;
            if before
                .as_ref()
                .is_some_and(|stored| stored.generation > place.generation)
            {
                continue;
            }
            // A tombstone is written again, and where the replicas are older than the key: one may have missed it.
            self.write(place.number, &StoredKey::tombstone(place.generation))?;
            ended.extend(
                before
                    .filter(|stored| stored.state == State::Live)
                    .map(|_| place.number),
            );
        }
        self.sync()?;
        self.free.extend(ended);
        Ok(())
    }

    fn write(&self, number: u64, stored: &StoredKey) -> Result<(), ErasureKeyError> {
        self.replicas
            .iter()
            .try_for_each(|replica| replica.write(number, stored))
    }

    fn sync(&self) -> Result<(), ErasureKeyError> {
        self.replicas.iter().try_for_each(Replica::sync)
    }
}

/// Decides whether the replicas that were found may be used under a claim, and of which set they are.
fn judge(folders: &[PathBuf], found: &[Option<Replica>], claim: Claim) -> Result<KeySetId, ErasureKeyError> {
    let mut has_set = false;
    let mut missing = None;
    for (folder, replica) in folders.iter().zip(found) {
        let Some(replica) = replica else {
            missing = missing.or(Some(folder));
            continue;
        };
        let other = || ErasureKeyError::OtherSet {
            path: replica.path().to_owned(),
        };
        match (replica.header()?, claim.set) {
            (Found::Header(header), set) if header.epoch > claim.epoch && set.is_none_or(|set| set == header.set) => {
                return Err(ErasureKeyError::Taken);
            }
            (Found::Header(header), Some(set)) if header.set == set => has_set = true,
            // It is made like the others, if there is one.
            (Found::Damaged, Some(_)) => {}
            // What a start left that ended between the files and the database.
            (Found::Header(_) | Found::Damaged | Found::Nothing, None) if replica.places()? == 0 => {}
            (Found::Nothing, Some(_)) if replica.places()? == 0 => missing = missing.or(Some(folder)),
            _ => return Err(other()),
        }
    }
    match (claim.set, missing) {
        (None, _) => KeySetId::fresh(),
        (Some(_), _) if !has_set => Err(ErasureKeyError::SetMissing),
        (Some(_), Some(folder)) if !claim.makes_replicas => Err(ErasureKeyError::NotThere { path: folder.clone() }),
        (Some(set), _) => Ok(set),
    }
}

/// Returns the last epoch in which the keys in some folders were taken; 0 where there are none.
///
/// # Errors
/// [`ErasureKeyError::Io`].
pub fn last_epoch(folders: &[PathBuf]) -> Result<u64, ErasureKeyError> {
    let mut last = 0;
    for folder in folders {
        if let Some(replica) = Replica::open(folder)?
            && let Found::Header(header) = replica.header()?
        {
            last = last.max(header.epoch);
        }
    }
    Ok(last)
}

/// Returns the folders of the replicas where nothing else is said: two in the data folder.
pub fn default_folders(data: &Path) -> Vec<PathBuf> {
    ["first", "second"]
        .map(|name| data.join("erasure-keys").join(name))
        .into()
}
