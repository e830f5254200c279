//! The journal of ingestion: what of a custodian's records is sealed where, and what stands unfinished.
//!
//! It is written before anything leaves this machine. A batch is kept in files next to it, each on disk for good before
//! the journal names it, until the indexer has answered; what the journal does not name is removed. So whatever ends a run,
//! at whatever moment, the next one finishes what stands, and then knows every record that was ingested.
//!
//! One process at a time has it open. It holds the ids of records, and the files of an unfinished batch hold keywords: it
//! is kept as the records themselves are.

mod action;
mod actions;
mod appending;
mod batch;
mod disk;
mod error;
mod files;
mod history;
mod keeping;
mod patients;
mod receipts;
mod spool;
mod tables;

pub use action::Action;
pub use batch::{DoneBatch, Entry, Pending, Stage};
pub use error::JournalError;
pub use files::FileStamp;
pub use history::{Held, History, Identity, Judgement, Standing};
pub use tables::MAX_MERGES;

pub(crate) use action::MISFILED;
pub(crate) use batch::Kept;

use crate::chain::Contracts;
use aegle_rules::{BatchNumber, DomainId, ledger::RecordPosition};
use disk::{at, make_folder, private, synced};
use error::decoded;
use receipts::Receipts;
use redb::{Database, ReadTransaction, ReadableDatabase, ReadableTable, ReadableTableMetadata, WriteTransaction};
use scale::{Decode, DecodeAll, Encode};
use spool::Spool;
use std::{
    fs,
    path::{Path, PathBuf},
};
use tables::{
    ACTIONS, ACTIONS_AT_ONCE, BATCHES, BINDING_KEY, FILE, FILES, FORMAT, IDENTITIES, MERGES, META, PENDING_KEY,
    RECEIPTS_KEY, RELABELS, SERVERS,
};

/// Memory for what was read of the journal, in bytes.
const CACHE_BYTES: usize = 48 << 20;

/// How much a journal holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Resources that are known.
    pub resources: u64,
    /// Batches that are done.
    pub batches: u64,
    /// What is still to be done on chain.
    pub actions: u64,
}

/// The journal of one search domain.
pub struct Journal {
    database: Database,
    folder: PathBuf,
    spool: Spool,
    receipts: Receipts,
    domain: DomainId,
}

impl Journal {
    /// Opens the journal of a domain in a folder of its own, or makes one, and removes files of what it does not name. None is
    /// made where there are receipts or files of a batch.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub fn open(folder: &Path, contracts: &Contracts, domain: DomainId) -> Result<Self, JournalError> {
        make_folder(folder)?;
        let path = folder.join(FILE);
        let receipts = Receipts::of(folder);
        let left_over = Spool::is_used(folder)? || receipts.is_used()?;
        let is_new = fs::metadata(&path).map_or(true, |file| file.len() == 0);
        if is_new && left_over {
            return Err(JournalError::Lost(folder.to_owned()));
        }
        let opened = Database::builder().set_cache_size(CACHE_BYTES).create(&path);
        let database = opened.map_err(|error| match error {
            redb::DatabaseError::DatabaseAlreadyOpen => JournalError::InUse(folder.to_owned()),
            other => JournalError::Database(other.into()),
        })?;
        private(&path)?;
        let binding = (FORMAT, contracts.genesis, contracts.ledger, domain).encode();
        let journal = Self {
            database,
            spool: Spool::open(folder)?,
            receipts,
            folder: folder.to_owned(),
            domain,
        };
        let known = journal.write(|transaction| {
            transaction.open_table(ACTIONS)?;
            transaction.open_table(IDENTITIES)?;
            transaction.open_table(BATCHES)?;
            transaction.open_table(SERVERS)?;
            transaction.open_table(MERGES)?;
            transaction.open_table(RELABELS)?;
            transaction.open_table(FILES)?;
            let mut meta = transaction.open_table(META)?;
            let known = meta.get(BINDING_KEY)?.map(|value| value.value().to_vec());
            if known.is_none() && !left_over {
                meta.insert(BINDING_KEY, binding.as_slice())?;
            }
            Ok(known)
        })?;
        if known.is_none() && left_over {
            return Err(JournalError::Lost(folder.to_owned()));
        }
        if is_new {
            synced(folder)?;
            let above = folder.parent().filter(|above| !above.as_os_str().is_empty());
            synced(above.unwrap_or(Path::new(".")))?;
        }
        if let Some(known) = known.filter(|known| *known != binding) {
            let folder = folder.to_owned();
            return Err(match u32::decode(&mut known.as_slice()) {
                Ok(found) if found != FORMAT => JournalError::Format { folder, found },
                _ => JournalError::Other(folder),
            });
        }
        let pending = journal.pending()?;
        journal.spool.sweep(pending.as_ref())?;
        Ok(journal)
    }

    /// Returns the folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the file of receipts: one JSON object a line.
    pub fn receipts(&self) -> &Path {
        self.receipts.path()
    }

    /// Returns the search domain.
    pub fn domain(&self) -> DomainId {
        self.domain
    }

    /// Counts what the journal holds.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub fn counts(&self) -> Result<Counts, JournalError> {
        self.read(|transaction| {
            Ok(Counts {
                resources: transaction.open_table(IDENTITIES)?.len()?,
                batches: transaction.open_table(BATCHES)?.len()?,
                actions: transaction.open_table(ACTIONS)?.len()?,
            })
        })
    }

    /// Reads what is known of a resource.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub fn history(&self, identity: &Identity) -> Result<History, JournalError> {
        let key = identity.encode();
        let found = self.read(|transaction| {
            let table = transaction.open_table(IDENTITIES)?;
            Ok(table.get(key.as_slice())?.map(|value| value.value().to_vec()))
        })?;
        found.map_or(Ok(History::default()), |bytes| decoded(&bytes, "a resource's history"))
    }

    /// Reads the identities of the records that are in some batches: for naming those that are missing.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub fn records_of(
        &self,
        of: impl Fn(BatchNumber) -> bool,
    ) -> Result<Vec<(RecordPosition, Identity)>, JournalError> {
        let mut found = Vec::new();
        self.each_history(|identity, history| {
            let places = history.held.iter().map(|held| held.place);
            found.extend(
                places
                    .filter(|place| of(place.batch))
                    .map(|place| (place, identity.clone())),
            );
        })?;
        found.sort_unstable_by_key(|(place, _)| (place.batch, place.index));
        Ok(found)
    }

    /// Reads the number of the last batch that the journal knows, done or under way; `None` when it knows none.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub fn last_batch(&self) -> Result<Option<BatchNumber>, JournalError> {
        let done = self.read(|transaction| {
            let table = transaction.open_table(BATCHES)?;
            let last = table.last()?;
            Ok(last.map(|(number, _)| BatchNumber(number.value())))
        })?;
        let under_way = self.pending()?.and_then(|pending| match pending.stage {
            Stage::Sealed => None,
            Stage::Labelled(batch) | Stage::Anchored { batch, .. } => Some(batch),
        });
        Ok(done.max(under_way))
    }

    /// Reads a batch that is done; `None` when there is none of that number.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub fn batch(&self, number: BatchNumber) -> Result<Option<DoneBatch>, JournalError> {
        let found = self.read(|transaction| {
            let table = transaction.open_table(BATCHES)?;
            Ok(table.get(number.0)?.map(|value| value.value().to_vec()))
        })?;
        found.map(|bytes| decoded(&bytes, "a batch")).transpose()
    }

    /// Reads the batches with records that were erased from here since they were labelled: they are to be labelled
    /// anew.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub fn to_relabel(&self) -> Result<Vec<BatchNumber>, JournalError> {
        self.read(|transaction| {
            let mut found = Vec::new();
            for entry in transaction.open_table(RELABELS)?.iter()? {
                found.push(BatchNumber(entry?.0.value()));
            }
            Ok(found)
        })
    }

    /// Remembers that batches were labelled anew, from the first to the last one.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub fn relabelled(&self, first: BatchNumber, last: BatchNumber) -> Result<(), JournalError> {
        self.write(|transaction| {
            transaction
                .open_table(RELABELS)?
                .retain_in(first.0..=last.0, |_, ()| false)?;
            Ok(())
        })
    }

    /// Reads what was begun and not finished; `None` when nothing stands.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub fn pending(&self) -> Result<Option<Pending>, JournalError> {
        let found = self.meta(PENDING_KEY)?;
        found.map(|bytes| decoded(&bytes, "the unfinished batch")).transpose()
    }

    fn set_pending(&self, pending: &Pending) -> Result<(), JournalError> {
        let bytes = pending.encode();
        self.write(|transaction| {
            transaction.open_table(META)?.insert(PENDING_KEY, bytes.as_slice())?;
            Ok(())
        })
    }

    fn meta(&self, key: &str) -> Result<Option<Vec<u8>>, JournalError> {
        self.read(|transaction| {
            let table = transaction.open_table(META)?;
            Ok(table.get(key)?.map(|value| value.value().to_vec()))
        })
    }

    fn each_history(&self, mut each: impl FnMut(&Identity, &History)) -> Result<(), JournalError> {
        let mut damaged = false;
        self.read(|transaction| {
            for entry in transaction.open_table(IDENTITIES)?.iter()? {
                let (key, value) = entry?;
                let identity = Identity::decode_all(&mut key.value());
                match (identity, History::decode_all(&mut value.value())) {
                    (Ok(identity), Ok(history)) => each(&identity, &history),
                    _ => damaged = true,
                }
            }
            Ok(())
        })?;
        if damaged {
            return Err(JournalError::Damaged("a resource's history"));
        }
        Ok(())
    }

    fn read<T>(&self, read: impl FnOnce(&ReadTransaction) -> Result<T, redb::Error>) -> Result<T, JournalError> {
        let transaction = self.database.begin_read().map_err(redb::Error::from)?;
        Ok(read(&transaction)?)
    }

    /// Changes the journal: all of it, durably, or nothing.
    fn write<T>(&self, write: impl FnOnce(&WriteTransaction) -> Result<T, redb::Error>) -> Result<T, JournalError> {
        let transaction = self.database.begin_write().map_err(redb::Error::from)?;
        let written = write(&transaction)?;
        transaction.commit().map_err(redb::Error::from)?;
        Ok(written)
    }
}
