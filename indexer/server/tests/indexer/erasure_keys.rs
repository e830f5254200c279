//! Erasure keys: what is destroyed stays so, and what is not stays too, whatever a replica forgets.
use aegle_indexer::erasure_keys::{ErasureKey, ErasureKeyError, ErasureKeys, KeyPlace, Wrapped, default_folders};
use rand_chacha::{
    ChaCha20Rng,
    rand_core::{RngCore, SeedableRng},
};
use std::{collections::BTreeMap, fs, path::PathBuf};
use tempfile::TempDir;

/// Bytes of a slot.
const SLOT_BYTES: usize = 64;
/// Steps of the simulation.
const STEPS: u32 = 600;

struct Site(TempDir);

impl Site {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn folders(&self) -> Vec<PathBuf> {
        default_folders(self.0.path())
    }

    fn open(&self) -> ErasureKeys {
        ErasureKeys::open(&self.folders()).unwrap()
    }

    fn file(&self, replica: usize) -> PathBuf {
        self.folders()[replica].join("keys")
    }

    fn bytes(&self, replica: usize) -> Vec<u8> {
        fs::read(self.file(replica)).unwrap()
    }

    /// The key in a slot.
    fn key(&self, place: KeyPlace) -> Vec<u8> {
        let start = place.slot as usize * SLOT_BYTES;
        self.bytes(0)[start..start + 32].to_vec()
    }
}

fn draw(keys: &ErasureKeys) -> ErasureKey {
    keys.draw(1).unwrap().remove(0)
}

/// Something that is wrapped under a key: it opens while the key is there, and not under another one.
fn wrapped(key: &ErasureKey) -> Vec<u8> {
    key.wrap(Wrapped::Row, b"owner", b"secret").unwrap()
}

fn opens(keys: &ErasureKeys, place: KeyPlace, wrapped: &[u8]) -> bool {
    let key = keys.get(place).unwrap();
    key.is_some_and(|key| key.unwrap(Wrapped::Row, b"owner", wrapped).is_ok())
}

#[test]
fn what_is_wrapped_opens_for_its_owner_and_use_alone() {
    let keys = Site::new().open();
    let (key, other) = (draw(&keys), draw(&keys));
    let wrapped = wrapped(&key);
    assert_eq!(
        key.unwrap(Wrapped::Row, b"owner", &wrapped).unwrap().as_slice(),
        b"secret"
    );
    assert!(key.unwrap(Wrapped::Deposit, b"owner", &wrapped).is_err());
    assert!(key.unwrap(Wrapped::Row, b"another", &wrapped).is_err());
    assert!(other.unwrap(Wrapped::Row, b"owner", &wrapped).is_err());
    for byte in 0..wrapped.len() {
        let mut changed = wrapped.clone();
        changed[byte] ^= 1;
        assert!(key.unwrap(Wrapped::Row, b"owner", &changed).is_err(), "byte {byte}");
    }
    assert!(key.unwrap(Wrapped::Row, b"owner", &wrapped[..11]).is_err());
    assert_ne!(
        key.wrap(Wrapped::Row, b"owner", b"secret").unwrap(),
        wrapped,
        "nonces are fresh"
    );
}

#[test]
fn a_destroyed_key_is_in_no_replica_and_its_slot_serves_again() {
    let site = Site::new();
    let keys = site.open();
    let drawn = keys.draw(20).unwrap();
    let needle = site.key(drawn[7].place());
    let held = |replica| memchr::memmem::find(&site.bytes(replica), &needle).is_some();
    assert!(held(0) && held(1), "the search finds a live key");
    let place = drawn[7].place();
    keys.destroy(&[place]).unwrap();
    assert!(!held(0) && !held(1));
    assert!(keys.get(place).unwrap().is_none());
    keys.destroy(&[place]).unwrap();
    assert!(keys.get(drawn[6].place()).unwrap().is_some(), "its neighbours stay");

    let next = draw(&keys);
    let of_next = wrapped(&next);
    let expected = KeyPlace { generation: 2, ..place };
    assert_eq!(next.place(), expected);
    assert!(
        keys.get(place).unwrap().is_none(),
        "the earlier generation is gone for good"
    );
    keys.destroy(&[place]).unwrap();
    assert!(keys.get(next.place()).unwrap().is_some(), "and ends no later one");
    drop(keys);
    let reopened = site.open();
    assert!(reopened.get(place).unwrap().is_none());
    assert!(opens(&reopened, next.place(), &of_next));
}

#[test]
fn a_replica_that_was_away_brings_no_key_back() {
    let site = Site::new();
    let keys = site.open();
    let (kept, ended) = (draw(&keys), draw(&keys));
    let needle = site.key(ended.place());
    let before = site.bytes(1);
    keys.destroy(&[ended.place()]).unwrap();
    drop(keys);
    for replica in [0, 1] {
        fs::write(site.file(replica), &before).unwrap();
        let keys = site.open();
        assert!(keys.get(ended.place()).unwrap().is_none(), "replica {replica}");
        assert!(keys.get(kept.place()).unwrap().is_some());
        let held = memchr::memmem::find(&site.bytes(replica), &needle);
        assert!(held.is_none(), "it is made like the others");
    }
}

#[test]
fn a_lost_or_damaged_replica_is_made_from_the_other() {
    let site = Site::new();
    let keys = site.open();
    let drawn = keys.draw(3).unwrap();
    let kept: Vec<Vec<u8>> = drawn.iter().map(wrapped).collect();
    drop(keys);
    fs::remove_file(site.file(0)).unwrap();
    let keys = site.open();
    assert_eq!(site.bytes(0), site.bytes(1));
    assert!(opens(&keys, drawn[2].place(), &kept[2]));
    drop(keys);
    for byte in (64..128).step_by(9) {
        let mut damaged = site.bytes(1);
        damaged[byte] ^= 0x40;
        fs::write(site.file(1), &damaged).unwrap();
        let keys = site.open();
        assert!(opens(&keys, drawn[1].place(), &kept[1]));
        assert_eq!(site.bytes(0), site.bytes(1), "byte {byte}");
    }
    for replica in [0, 1] {
        let mut damaged = site.bytes(replica);
        damaged[70] ^= 1;
        fs::write(site.file(replica), &damaged).unwrap();
    }
    assert!(matches!(
        ErasureKeys::open(&site.folders()),
        Err(ErasureKeyError::Damaged(1))
    ));
    assert!(matches!(ErasureKeys::open(&[]), Err(ErasureKeyError::NoReplica)));
}

#[test]
fn a_replica_that_cannot_be_written_fails_what_is_done() {
    let site = Site::new();
    let folder = &site.folders()[1];
    fs::create_dir_all(folder).unwrap();
    // A disk that takes nothing any more.
    std::os::unix::fs::symlink("/dev/full", folder.join("keys")).unwrap();
    let keys = ErasureKeys::open(&site.folders()).unwrap();
    assert!(matches!(keys.draw(1), Err(ErasureKeyError::Io { .. })));
    let place = KeyPlace { slot: 0, generation: 1 };
    assert!(matches!(keys.destroy(&[place]), Err(ErasureKeyError::Io { .. })));
    drop(keys);
    fs::remove_file(folder.join("keys")).unwrap();
    let keys = site.open();
    keys.destroy(&[place]).unwrap();
    assert!(keys.get(place).unwrap().is_none());
}

/// Draws, destroys, reopens, and puts one replica back to what it was before, at random: no destroyed key comes back, and no
/// live one is lost.
#[test]
fn no_key_comes_back_and_none_is_lost_whatever_one_replica_forgets() {
    let seed = std::env::var("SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(20_u64);
    let mut random = ChaCha20Rng::seed_from_u64(seed);
    let site = Site::new();
    let mut keys = site.open();
    let mut live: BTreeMap<KeyPlace, Vec<u8>> = BTreeMap::new();
    let mut ended: Vec<KeyPlace> = Vec::new();
    let mut before: Option<Vec<u8>> = None;
    for step in 0..STEPS {
        match random.next_u32() % 8 {
            0..=2 => {
                let drawn = keys.draw(1 + random.next_u32() as usize % 3).unwrap();
                live.extend(drawn.iter().map(|key| (key.place(), wrapped(key))));
            }
            3..=5 => {
                let number = random.next_u32() as usize % live.len().max(1);
                let place = live.keys().nth(number).copied();
                if let Some(place) = place {
                    keys.destroy(&[place]).unwrap();
                    live.remove(&place);
                    ended.push(place);
                }
            }
            6 => before = Some(site.bytes(0)),
            _ => {
                drop(keys);
                if let Some(before) = before.take() {
                    fs::write(site.file(0), before).unwrap();
                }
                keys = site.open();
            }
        }
        for (place, kept) in &live {
            assert!(opens(&keys, *place, kept), "SEED={seed}, step {step}");
        }
        for place in &ended {
            assert!(keys.get(*place).unwrap().is_none(), "SEED={seed}, step {step}");
        }
    }
}
