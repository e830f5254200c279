//! Another layout of what the contract keeps, in which batches lie in cells of another number and say the same in another order:
//! what an upgrade to a really different layout is tested with, while batches stand.
//!
//! Every batch is read as it is kept, in this layout or the one before, and written in this one. What nobody writes, anybody
//! moves by `migrate`, a bounded number at once.

use aegle_rules::{
    consortium::OtherLayout,
    ledger::{Batch, LedgerError},
    BatchNumber, DomainId, Hash, OrganisationId, Timestamp,
};
use ink::storage::{traits::ManualKey, Mapping};
use scale::{Decode, Encode};

/// What is kept of a batch, in this layout.
#[derive(Encode, Decode)]
struct Shelf {
    custodian: OrganisationId,
    version: u16,
    anchored_at: Timestamp,
    records: u32,
    /// The manifest, the commitment to the index, the root of the records.
    hashes: [Hash; 3],
}

impl From<&Batch> for Shelf {
    fn from(batch: &Batch) -> Self {
        Self {
            custodian: batch.custodian,
            version: batch.version,
            anchored_at: batch.anchored_at,
            records: batch.records,
            hashes: [batch.manifest, batch.index_commitment, batch.record_root],
        }
    }
}

impl From<Shelf> for Batch {
    fn from(shelf: Shelf) -> Self {
        let [manifest, index_commitment, record_root] = shelf.hashes;
        Self {
            record_root,
            index_commitment,
            manifest,
            records: shelf.records,
            anchored_at: shelf.anchored_at,
            version: shelf.version,
            custodian: shelf.custodian,
        }
    }
}

type Key = (DomainId, BatchNumber);
/// Where they lie.
type Shelves = Mapping<Key, Shelf, ManualKey<23>>;
/// Where they lay in the layout before.
type Before = Mapping<Key, Batch, ManualKey<3>>;

/// The anchored batches, in whichever layout they are kept.
#[derive(Default, Encode, Decode)]
#[cfg_attr(feature = "std", derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout))]
pub struct Batches;

impl Batches {
    pub(crate) fn get(&self, key: Key) -> Option<Batch> {
        let shelf = Shelves::new().get(key);
        shelf.map(Batch::from).or_else(|| Before::new().get(key))
    }

    pub(crate) fn contains(&self, key: Key) -> bool {
        Shelves::new().contains(key) || Before::new().contains(key)
    }

    /// Keeps a batch in this layout, and nothing in the one before; returns the size of what was kept, as a mapping does.
    pub(crate) fn insert(&mut self, key: Key, batch: &Batch) -> Option<u32> {
        let before = Before::new().size(key);
        if before.is_some() {
            Before::new().remove(key);
        }
        Shelves::new().insert(key, &Shelf::from(batch)).or(before)
    }

    /// Moves batches of the layout before, and says how many there were.
    pub(crate) fn migrate(&mut self, domain: DomainId, numbers: &[BatchNumber]) -> Result<u32, LedgerError> {
        if numbers.is_empty() || numbers.len() > OtherLayout::MAX_MOVED {
            return Err(LedgerError::TooMany);
        }
        let mut moved: u32 = 0;
        for number in numbers {
            let key = (domain, *number);
            if let Some(batch) = Before::new().get(key) {
                self.insert(key, &batch);
                moved = moved.saturating_add(1);
            }
        }
        Ok(moved)
    }
}
