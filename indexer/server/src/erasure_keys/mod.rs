//! Keys whose destruction is erasure. What may have to be forgotten (a proxy's share, a record's row with its shred secret and
//! rho) reaches the database, its log and its statistics only wrapped, each under a key of its own; the keys are here, apart,
//! in slots that are rewritten in place. Destroying 32 bytes makes every copy of the rest useless: dead tuples, the log,
//! statistics, temporary files, and every backup of the database. This is cryptographic erase (NIST SP 800-88 Rev. 1, section
//! 2.6), and the revocable backup of Boneh and Lipton ("A Revocable Backup System", 1996).
//!
//! # Form
//!
//! A *replica* is a file of 64-byte slots, eight to a sector of 512 bytes and none across two, so that writing one changes no
//! other. There is no journal, no copy on write, and no name of what a key is for. Every write goes to all replicas, in place,
//! and is synced before anybody hears of it. A slot counts its *generations*; a *tombstone* ends one. Where replicas differ,
//! the later generation wins, and in one generation the tombstone: a replica that was away, or came back from a copy,
//! brings no key back. A replica that cannot be written fails the erasure, which is done again until all have it.
//!
//! A key tree (Di Crescenzo, Ferguson, Impagliazzo and Jakobsson, "How to Forget a Secret", 1999) would need to keep only a
//! small root out of archives, and would rewrite a path of nodes for each erasure, with an order of writes that a crash must
//! not break. Slots need neither: 64 bytes a record are 640 MB for ten million records, which two disks hold.
//!
//! # Not claimed
//!
//! Replicas belong on media that overwrite in place: a file system that copies on write or journals data, a disk with
//! remapped sectors, flash below its translation layer, and a snapshot may keep what was overwritten. Replicas belong in no
//! archive; whoever loses all of them loses every record and every share.

mod replica;
mod slot;

pub use slot::KeyPlace;

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use replica::Replica;
use slot::{Slot, State};
use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};
use zeroize::Zeroizing;

/// Bytes of the nonce before what is wrapped.
const NONCE_BYTES: usize = 12;
/// Most keys: a store of 2^32 slots has 256 GiB.
const MAX_KEYS: u64 = 1 << 32;

/// A reason why keys are not drawn, read or destroyed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErasureKeyError {
    /// A replica cannot be read or written.
    #[error("cannot use the erasure keys in {}: {source}", path.display())]
    Io {
        /// The replica.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// No replica has a slot that is whole.
    #[error("the erasure key {0} is damaged in every replica: what it wraps is lost")]
    Damaged(u64),
    /// No replica is named.
    #[error("name at least one folder for erasure keys")]
    NoReplica,
    /// There is no place for more.
    #[error("there are {MAX_KEYS} erasure keys, and no more")]
    Full,
    /// The system gives no randomness.
    #[error("the system gives no randomness")]
    Randomness,
    /// What is stored does not open under its key.
    #[error("what is stored does not open under its erasure key")]
    Unwrap,
}

/// What a key wraps. The discriminant is the first byte of the associated data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Wrapped {
    /// A record's row, by the record's name.
    Row = 1,
    /// A deposit of shares, by patient and grant.
    Deposit = 2,
}

impl Wrapped {
    /// The context of the subkey: a key that wraps one thing wraps no other.
    const fn context(self) -> &'static str {
        match self {
            Self::Row => "aegle/erasure-key/row/v1",
            Self::Deposit => "aegle/erasure-key/deposit/v1",
        }
    }
}

/// A key, and where it is.
pub struct ErasureKey {
    place: KeyPlace,
    key: Zeroizing<[u8; 32]>,
}

impl ErasureKey {
    /// Returns where the key is.
    pub fn place(&self) -> KeyPlace {
        self.place
    }

    /// Wraps something of `owner`: a random nonce of 12 bytes, then AES-256-GCM, with what it is, its owner and the key's
    /// generation as associated data.
    ///
    /// # Errors
    /// [`ErasureKeyError::Randomness`].
    pub fn wrap(&self, what: Wrapped, owner: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, ErasureKeyError> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|_| ErasureKeyError::Randomness)?;
        let aad = self.associated(what, owner);
        let sealed = self.cipher(what).encrypt(
            &nonce.into(),
            Payload {
                msg: plaintext,
                aad: &aad,
            },
        );
        let sealed = sealed.map_err(|_| ErasureKeyError::Unwrap)?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// Opens what [`ErasureKey::wrap`] returned for the same `what` and `owner`.
    ///
    /// # Errors
    /// [`ErasureKeyError::Unwrap`].
    pub fn unwrap(&self, what: Wrapped, owner: &[u8], wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, ErasureKeyError> {
        let (nonce, sealed) = wrapped
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or(ErasureKeyError::Unwrap)?;
        let aad = self.associated(what, owner);
        let opened = self
            .cipher(what)
            .decrypt(&(*nonce).into(), Payload { msg: sealed, aad: &aad });
        opened.map(Zeroizing::new).map_err(|_| ErasureKeyError::Unwrap)
    }

    fn cipher(&self, what: Wrapped) -> Aes256Gcm {
        let subkey = Zeroizing::new(blake3::derive_key(what.context(), self.key.as_ref()));
        Aes256Gcm::new((&*subkey).into())
    }

    fn associated(&self, what: Wrapped, owner: &[u8]) -> Vec<u8> {
        [&[what as u8][..], &self.place.generation.to_le_bytes(), owner].concat()
    }
}

/// The keys, in all of their replicas.
#[derive(Clone)]
pub struct ErasureKeys(Arc<Mutex<Keys>>);

struct Keys {
    replicas: Vec<Replica>,
    /// Slots whose last generation has ended.
    free: Vec<u64>,
    /// The number of slots that were ever used.
    used: u64,
}

impl ErasureKeys {
    /// Opens the keys in some folders, one replica each, and makes them alike. A replica that is not there is made from the
    /// others.
    ///
    /// # Errors
    /// [`ErasureKeyError`]: a replica cannot be used, or none has a slot that is whole.
    pub fn open(folders: &[PathBuf]) -> Result<Self, ErasureKeyError> {
        if folders.is_empty() {
            return Err(ErasureKeyError::NoReplica);
        }
        let replicas: Vec<Replica> = folders
            .iter()
            .map(|folder| Replica::open(folder))
            .collect::<Result<_, _>>()?;
        let lengths: Vec<u64> = replicas.iter().map(Replica::slots).collect::<Result<_, _>>()?;
        let mut keys = Keys {
            used: lengths.into_iter().max().unwrap_or_default(),
            replicas,
            free: Vec::new(),
        };
        keys.merge()?;
        Ok(Self(Arc::new(Mutex::new(keys))))
    }

    /// Draws fresh keys, which every replica has durably when this returns.
    ///
    /// # Errors
    /// [`ErasureKeyError`]; what was drawn by then is lost with its slot.
    pub fn draw(&self, count: usize) -> Result<Vec<ErasureKey>, ErasureKeyError> {
        self.lock().draw(count)
    }

    /// Returns a key; `None` once it was destroyed.
    ///
    /// # Errors
    /// [`ErasureKeyError`]: no replica has the slot whole.
    pub fn get(&self, place: KeyPlace) -> Result<Option<ErasureKey>, ErasureKeyError> {
        let slot = self.lock().read(place.slot)?;
        let is_live = slot.state == State::Live && slot.generation == place.generation;
        Ok(is_live.then(|| ErasureKey { place, key: slot.key }))
    }

    /// Destroys keys: when this returns, every replica has a tombstone in their place, durably. Those that are destroyed
    /// already are left so.
    ///
    /// # Errors
    /// [`ErasureKeyError`]: then nothing counts as destroyed, and it is done again.
    pub fn destroy(&self, places: &[KeyPlace]) -> Result<(), ErasureKeyError> {
        self.lock().destroy(places)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Keys> {
        // What a panic left is in the files, and every slot says by itself whether it is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keys {
    /// Brings every replica to what wins in any of them.
    fn merge(&mut self) -> Result<(), ErasureKeyError> {
        let mut is_written = false;
        for number in 0..self.used {
            let found: Vec<Option<Slot>> = self
                .replicas
                .iter()
                .map(|replica| replica.read(number))
                .collect::<Result<_, _>>()?;
            let winner = found.iter().flatten().max_by_key(|slot| slot.rank());
            let winner = winner.ok_or(ErasureKeyError::Damaged(number))?;
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

    fn read(&self, number: u64) -> Result<Slot, ErasureKeyError> {
        let mut best: Option<Slot> = None;
        for replica in &self.replicas {
            // All are asked: one of them may have a tombstone that another one did not get.
            if let Some(slot) = replica.read(number)?
                && best.as_ref().is_none_or(|best| best.rank() < slot.rank())
            {
                best = Some(slot);
            }
        }
        best.ok_or(ErasureKeyError::Damaged(number))
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
            let slot = Slot {
                key,
                generation,
                state: State::Live,
            };
            self.write(number, &slot)?;
            let place = KeyPlace {
                slot: number,
                generation,
            };
            drawn.push(ErasureKey { place, key: slot.key });
        }
        self.sync()?;
        Ok(drawn)
    }

    fn destroy(&mut self, places: &[KeyPlace]) -> Result<(), ErasureKeyError> {
        let mut ended = Vec::with_capacity(places.len());
        for place in places {
            let slot = self.read(place.slot)?;
            if slot.generation != place.generation {
                continue;
            }
            // A tombstone is written again: a replica may have missed it.
            self.write(place.slot, &Slot::tombstone(place.generation))?;
            ended.extend((slot.state == State::Live).then_some(place.slot));
        }
        self.sync()?;
        self.free.extend(ended);
        Ok(())
    }

    fn write(&self, number: u64, slot: &Slot) -> Result<(), ErasureKeyError> {
        self.replicas.iter().try_for_each(|replica| replica.write(number, slot))
    }

    fn sync(&self) -> Result<(), ErasureKeyError> {
        self.replicas.iter().try_for_each(Replica::sync)
    }
}

/// Returns the folders of the replicas where nothing else is said: two in the data folder.
pub fn default_folders(data: &Path) -> Vec<PathBuf> {
    ["first", "second"]
        .map(|name| data.join("erasure-keys").join(name))
        .into()
}
