//! Erasure keys: what is destroyed stays so, and what is not stays too, whatever a replica forgets.
use crate::support::program::Disk;
use aegle_indexer::erasure_keys::{
    Claim, ErasureKey, ErasureKeyError, ErasureKeys, KeyPlace, KeySetId, Wrapped, default_folders, last_epoch,
};
use rand_chacha::{
    ChaCha20Rng,
    rand_core::{RngCore, SeedableRng},
};
use std::{collections::BTreeMap, fs, path::PathBuf};
use tempfile::TempDir;

/// Bytes of the header, and of a place.
const HEADER_BYTES: usize = 512;
const PLACE_BYTES: usize = 64;
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

    /// Opens the set that is there, or begins one.
    fn open(&self) -> ErasureKeys {
        self.claim(self.set(), 1).unwrap()
    }

    fn claim(&self, set: Option<KeySetId>, epoch: u64) -> Result<ErasureKeys, ErasureKeyError> {
        ErasureKeys::open(&self.folders(), claim(set, epoch))
    }

    /// The set that the first replica that is there names.
    fn set(&self) -> Option<KeySetId> {
        let header = [0, 1].map(|replica| fs::read(self.file(replica)).ok());
        let header = header.into_iter().flatten().find(|bytes| bytes.len() >= HEADER_BYTES)?;
        Some(KeySetId(header[8..24].try_into().unwrap()))
    }

    fn file(&self, replica: usize) -> PathBuf {
        self.folders()[replica].join("keys")
    }

    fn bytes(&self, replica: usize) -> Vec<u8> {
        fs::read(self.file(replica)).unwrap()
    }

    /// The key in a place.
    fn key(&self, place: KeyPlace) -> Vec<u8> {
        let start = HEADER_BYTES + place.number as usize * PLACE_BYTES;
        self.bytes(0)[start..start + 32].to_vec()
    }
}

fn claim(set: Option<KeySetId>, epoch: u64) -> Claim {
    Claim {
        set,
        epoch,
        makes_replicas: false,
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
    let set = Some(keys.set());
    drop(keys);
    fs::remove_file(site.file(0)).unwrap();
    // Its disk may only not be mounted: nothing is made there unless somebody says so.
    assert!(matches!(site.claim(set, 1), Err(ErasureKeyError::NotThere { path }) if path == site.folders()[0]));
    assert!(!site.file(0).exists());
    let makes_replicas = true;
    let keys = ErasureKeys::open(
        &site.folders(),
        Claim {
            makes_replicas,
            ..claim(set, 1)
        },
    )
    .unwrap();
    assert_eq!(site.bytes(0), site.bytes(1));
    assert!(opens(&keys, drawn[2].place(), &kept[2]));
    drop(keys);
    for byte in (HEADER_BYTES + 64..HEADER_BYTES + 128).step_by(9).chain([8, 30]) {
        let mut damaged = site.bytes(1);
        damaged[byte] ^= 0x40;
        fs::write(site.file(1), &damaged).unwrap();
        let keys = site.claim(set, 1).unwrap();
        assert!(opens(&keys, drawn[1].place(), &kept[1]));
        assert_eq!(site.bytes(0), site.bytes(1), "byte {byte}");
    }
    for replica in [0, 1] {
        let mut damaged = site.bytes(replica);
        damaged[HEADER_BYTES + 70] ^= 1;
        fs::write(site.file(replica), &damaged).unwrap();
    }
    // One key is lost, and nobody who asks for others hears of it.
    let keys = site.claim(set, 1).unwrap();
    assert!(matches!(keys.get(drawn[1].place()), Err(ErasureKeyError::Damaged(1))));
    assert!(opens(&keys, drawn[2].place(), &kept[2]));
    assert!(keys.draw(4).unwrap().iter().all(|key| key.place().number != 1));
    keys.destroy(&[drawn[1].place()]).unwrap();
    assert!(
        keys.get(drawn[1].place()).unwrap().is_none(),
        "it can be destroyed for all that"
    );
    assert!(matches!(
        ErasureKeys::open(&[], claim(set, 1)),
        Err(ErasureKeyError::NoReplica)
    ));
}

#[test]
fn folders_of_another_database_are_refused_and_left_as_they_are() {
    let (site, other) = (Site::new(), Site::new());
    let (keys, foreign) = (site.open(), other.open());
    let (drawn, _) = (draw(&keys), draw(&foreign));
    let set = Some(keys.set());
    drop((keys, foreign));
    let refuses_all = |set, epoch| matches!(other.claim(set, epoch), Err(ErasureKeyError::OtherSet { .. }));
    let before = other.bytes(0);
    // One that names another set, one of an earlier epoch that does, and one that has had no keys.
    assert!(refuses_all(set, 1) && refuses_all(set, 0) && refuses_all(None, 1));
    let mixed = [site.folders()[0].clone(), other.folders()[0].clone()];
    assert!(matches!(
        ErasureKeys::open(&mixed, claim(set, 1)),
        Err(ErasureKeyError::OtherSet { path }) if path == other.file(0)
    ));
    assert_eq!(other.bytes(0), before);
    // The keys of a database that wraps something are never begun anew.
    let (empty, makes_replicas) = (Site::new(), true);
    let claimed = Claim {
        makes_replicas,
        ..claim(set, 1)
    };
    for claim in [claim(set, 1), claimed] {
        let refused = ErasureKeys::open(&empty.folders(), claim);
        assert!(matches!(refused, Err(ErasureKeyError::SetMissing)));
    }
    assert!(!empty.file(0).exists());
    let text = site.folders()[1].join("keys");
    fs::write(&text, "something that somebody else keeps here").unwrap();
    assert!(matches!(site.claim(set, 1), Err(ErasureKeyError::OtherSet { path }) if path == text));
    // One folder by two names is one replica.
    let alias = site.0.path().join("alias");
    std::os::unix::fs::symlink(&site.folders()[0], &alias).unwrap();
    let twice = [site.folders()[0].clone(), alias.clone()];
    assert!(matches!(
        ErasureKeys::open(&twice, claim(set, 1)),
        Err(ErasureKeyError::Twice { path }) if path == alias.join("keys")
    ));
    let keys = ErasureKeys::open(&twice[..1], claim(set, 1)).unwrap();
    assert!(keys.get(drawn.place()).unwrap().is_some());
}

#[test]
fn whoever_had_the_keys_before_writes_nothing_more() {
    let site = Site::new();
    let first = site.open();
    let drawn = draw(&first);
    let set = Some(first.set());
    let second = site.claim(set, 2).unwrap();
    assert_eq!(last_epoch(&site.folders()).unwrap(), 2);
    let (before, place) = (site.bytes(0), drawn.place());
    assert!(matches!(first.draw(1), Err(ErasureKeyError::Taken)));
    assert!(matches!(first.destroy(&[place]), Err(ErasureKeyError::Taken)));
    for set in [set, None] {
        assert!(matches!(site.claim(set, 1), Err(ErasureKeyError::Taken)), "{set:?}");
    }
    assert_eq!(site.bytes(0), before);
    let next = draw(&second);
    assert_ne!(next.place(), place);
    second.destroy(&[place]).unwrap();
    assert!(second.get(place).unwrap().is_none());
}

#[test]
fn keys_that_were_set_back_are_not_taken_for_destroyed_ones() {
    let site = Site::new();
    let keys = site.open();
    draw(&keys);
    let before = [site.bytes(0), site.bytes(1)];
    let later = draw(&keys);
    drop(keys);
    for (replica, bytes) in before.iter().enumerate() {
        fs::write(site.file(replica), bytes).unwrap();
    }
    let keys = site.open();
    assert!(matches!(keys.get(later.place()), Err(ErasureKeyError::Older)));
    // Its end counts, also where it comes back after that.
    keys.destroy(&[later.place()]).unwrap();
    assert!(keys.get(later.place()).unwrap().is_none());
}

#[test]
fn a_full_disk_draws_no_key_and_destroys_all_the_same() {
    let site = Site::new();
    let disk = Disk::at(site.folders()[1].clone(), 64);
    let folders = [site.folders()[0].clone(), disk.root()];
    let keys = ErasureKeys::open(&folders, claim(None, 1)).unwrap();
    let drawn = draw(&keys);
    let filler = disk.fill();
    assert!(matches!(keys.draw(200), Err(ErasureKeyError::Io { path, .. }) if path.starts_with(&folders[1])));
    keys.destroy(&[drawn.place()]).unwrap();
    assert!(keys.get(drawn.place()).unwrap().is_none());
    fs::remove_file(filler).unwrap();
    assert_eq!(keys.draw(200).unwrap().len(), 200);
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
