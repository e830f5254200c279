//! What a contract keeps, as far as it was read: the mirror of its storage in one state.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, PoisonError, RwLock},
};

/// A key of a contract's storage.
pub(crate) type Key = Arc<[u8]>;
/// What is kept under a key; `None` for nothing.
pub(crate) type Value = Option<Arc<[u8]>>;

/// The most cells that are kept of one state; when there are more, all are forgotten, and read again as they are needed.
const MAX_CELLS: usize = 131_072;
/// The most bytes of their values.
const MAX_CELL_BYTES: usize = 48 * 1024 * 1024;

/// The mappings of the consent contract whose every change is told in an event with the patient's account: patients' states,
/// grants, guardians and glasses, which lie under these numbers, the patient's account behind it. Whatever else there is
/// (roles, the root cell) may change without an event of this contract, and is read again after every change.
const TOLD: [u32; 4] = [1, 2, 5, 6];
/// The bytes of a mapping's number, and of an account.
const NUMBER_BYTES: usize = 4;
const ACCOUNT_BYTES: usize = 32;

/// The mirror of a contract's storage in one state.
#[derive(Default)]
pub(crate) struct Cells(RwLock<Kept>);

#[derive(Default)]
struct Kept {
    values: HashMap<Key, Value>,
    bytes: usize,
}

impl Cells {
    /// Returns what is kept under a key; `None` when that was not read.
    pub(crate) fn get(&self, key: &[u8]) -> Option<Value> {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        kept.values.get(key).cloned()
    }

    /// Notes what was read.
    pub(crate) fn insert(&self, read: Vec<(Key, Value)>) {
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if kept.values.len() + read.len() > MAX_CELLS || kept.bytes > MAX_CELL_BYTES {
            *kept = Kept::default();
        }
        for (key, value) in read {
            kept.bytes += key.len() + value.as_ref().map_or(0, |value| value.len());
            kept.values.insert(key, value);
        }
    }

    /// Returns the mirror of a later state, given what the contract has told since: cells of patients who are named in
    /// none of it, and nothing else.
    pub(crate) fn carried<'a>(&self, told: impl Iterator<Item = &'a [u8]>) -> Self {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let patients: HashSet<&[u8]> = kept.values.keys().filter_map(|key| patient(key)).collect();
        let mut touched = HashSet::new();
        for data in told {
            touched.extend(data.windows(ACCOUNT_BYTES).filter(|window| patients.contains(window)));
        }
        let stays = |key: &Key| patient(key).is_some_and(|patient| !touched.contains(patient));
        let mut carried = Kept::default();
        for (key, value) in kept.values.iter().filter(|(key, _)| stays(key)) {
            carried.bytes += key.len() + value.as_ref().map_or(0, |value| value.len());
            carried.values.insert(key.clone(), value.clone());
        }
        Self(RwLock::new(carried))
    }
}

/// Returns the account of the patient whose cell lies under a key, for cells of which every change is told.
fn patient(key: &[u8]) -> Option<&[u8]> {
    let (number, rest) = key.split_first_chunk::<NUMBER_BYTES>()?;
    let told = TOLD.contains(&u32::from_le_bytes(*number));
    rest.get(..ACCOUNT_BYTES).filter(|_| told)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u32, account: u8, more: &[u8]) -> Key {
        [&number.to_le_bytes()[..], &[account; 32], more].concat().into()
    }

    #[test]
    fn a_cell_outlives_a_change_only_where_nobody_it_is_about_was_named() {
        let cells = Cells::default();
        let value: Value = Some(Arc::from(&b"kept"[..]));
        let root: Key = 0_u32.to_le_bytes().into();
        let all = [
            key(1, 1, b""),
            key(2, 1, b"grantee"),
            key(5, 1, b""),
            key(6, 1, &[9; 32]),
            key(5, 2, b""),
            key(2, 2, b"grantee"),
            key(3, 1, b""),
            key(3, 2, b""),
            root,
        ];
        cells.insert(all.iter().map(|key| (key.clone(), value.clone())).collect());
        // An account stands anywhere in an event, between other bytes.
        let told = [&[7; 3][..], &[2; 32], &[7; 5]].concat();
        let carried = cells.carried([told.as_slice()].into_iter());
        let found: Vec<bool> = all.iter().map(|key| carried.get(key).is_some()).collect();
        assert_eq!(found, [true, true, true, true, false, false, false, false, false]);
        assert_eq!(carried.get(&all[0]), Some(value));
        assert_eq!(
            cells.get(&all[4]).map(|value| value.is_some()),
            Some(true),
            "the old state stays"
        );
    }

    #[test]
    fn the_mirror_is_bounded() {
        let cells = Cells::default();
        let many = |first: u32| {
            (first..first + 60_000)
                .map(|number| (number.to_le_bytes().into(), None))
                .collect()
        };
        cells.insert(many(0));
        cells.insert(many(60_000));
        assert!(cells.get(&0_u32.to_le_bytes()).is_some());
        cells.insert(many(120_000));
        assert!(cells.get(&0_u32.to_le_bytes()).is_none(), "all are forgotten");
        assert!(cells.get(&120_000_u32.to_le_bytes()).is_some());
    }
}
