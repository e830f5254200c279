//! The batch that is under way, in files next to the journal.

use super::{
    BATCHES, DoneBatch, Held, History, Identity, Journal, JournalError, META, PENDING_KEY, Standing,
    action::{Action, WITHDRAWN, put_actions, put_history},
    at, private,
};
use crate::{
    custodian::{LabelledBatch, SealedBatch, Sealing},
    fhir::{ContentHash, Restriction, Version},
};
use aegle_crypto::record::Ciphertext;
use aegle_protocol::{
    RngCore,
    random::SystemRandom,
    record::RecordId,
    wire::{Bundle, PIECE_BYTES, piece_bytes},
};
use aegle_rules::{
    AccountId, BatchNumber, Hash,
    ledger::{MAX_BATCH_RECORDS, RecordPosition},
};
use aegle_sealed::decode_bounded;
use scale::{Decode, Encode};
use std::{
    collections::{BTreeMap, HashSet},
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

/// The folder of the files, in that of the journal.
const FOLDER: &str = "unfinished";

/// What is kept of a batch besides the batch: which resource each record is.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Entry {
    /// The resource.
    pub identity: Identity,
    /// Its patient.
    pub patient: AccountId,
    /// The server that a bundle says it is of; `None` where nothing says.
    pub server: Option<String>,
    /// Its content.
    pub content: ContentHash,
    /// How new it is.
    pub version: Version,
    /// What it is withheld by.
    pub restriction: Restriction,
    /// Records that it takes the place of.
    pub replaces: Vec<RecordPosition>,
}

/// How far a batch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Stage {
    /// It is sealed. Of its ciphertexts some may have left.
    Sealed,
    /// It is labelled under a number. Its anchor may have left.
    Labelled(BatchNumber),
    /// It is on chain. Its bundle may have left.
    Anchored {
        /// Its number.
        batch: BatchNumber,
        /// A finalized block in whose state it is.
        block: u32,
        /// The transaction, where it is known.
        transaction: Option<Hash>,
    },
}

/// A batch that was begun and is not finished.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Pending {
    /// What its files are named.
    name: [u8; 16],
    /// How many records.
    pub records: u32,
    /// How far it is.
    pub stage: Stage,
}

impl Pending {
    fn file(&self, kind: &str) -> String {
        format!("{}.{kind}", hex::encode(self.name))
    }
}

/// The kinds of files of a batch.
const SEALED: &str = "sealed";
const CIPHERTEXTS: &str = "ciphertexts";
const BUNDLE: &str = "bundle";

/// The folder of the files.
pub(super) struct Spool(PathBuf);

impl Spool {
    pub(super) fn open(folder: &Path) -> Result<Self, JournalError> {
        let folder = folder.join(FOLDER);
        super::make_folder(&folder)?;
        Ok(Self(folder))
    }

    /// Whether there is a file of a batch in the folder of a journal.
    pub(super) fn is_used(folder: &Path) -> Result<bool, JournalError> {
        let folder = folder.join(FOLDER);
        match fs::read_dir(&folder) {
            Ok(mut entries) => Ok(entries.next().is_some()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(at(&folder)(error)),
        }
    }

    /// Removes every file that is not one of the batch that stands.
    pub(super) fn sweep(&self, pending: Option<&Pending>) -> Result<(), JournalError> {
        let kept: HashSet<String> = pending
            .iter()
            .flat_map(|pending| [SEALED, CIPHERTEXTS, BUNDLE].map(|kind| pending.file(kind)))
            .collect();
        for entry in fs::read_dir(&self.0).map_err(at(&self.0))? {
            let entry = entry.map_err(at(&self.0))?;
            if !entry.file_name().to_str().is_some_and(|name| kept.contains(name)) {
                fs::remove_file(entry.path()).map_err(at(&entry.path()))?;
            }
        }
        Ok(())
    }

    /// Writes a file that is on disk for good when this returns.
    fn write<'a>(&self, name: &str, mut parts: impl Iterator<Item = &'a [u8]>) -> Result<(), JournalError> {
        self.write_with(name, |file| {
            let path = self.0.join(name);
            let written = parts.try_for_each(|part| file.write_all(part));
            written.map_err(at(&path))
        })
    }

    /// Has a file written that is on disk for good when this returns.
    fn write_with<T, E: From<JournalError>>(
        &self,
        name: &str,
        write: impl FnOnce(&mut dyn Write) -> Result<T, E>,
    ) -> Result<T, E> {
        let path = self.0.join(name);
        let mut file = io::BufWriter::new(fs::File::create(&path).map_err(at(&path))?);
        private(&path)?;
        let written = write(&mut file)?;
        let file = file.into_inner().map_err(|error| at(&path)(error.into_error()))?;
        file.sync_all().map_err(at(&path))?;
        super::synced(&self.0)?;
        Ok(written)
    }

    fn read(&self, name: &str) -> Result<Vec<u8>, JournalError> {
        let path = self.0.join(name);
        fs::read(&path).map_err(at(&path))
    }
}

fn fresh_name() -> [u8; 16] {
    let mut name = [0; 16];
    SystemRandom.fill_bytes(&mut name);
    name
}

/// A batch under way, as it was kept.
pub(crate) struct Kept {
    pub(crate) entries: Vec<Entry>,
    pub(crate) batch: SealedBatch,
}

impl Journal {
    /// Keeps a batch that was sealed: from now on it is finished, whatever happens.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub(crate) fn keep(&self, entries: &[Entry], sealing: &Sealing) -> Result<Pending, JournalError> {
        let Sealing { batch, ciphertexts, .. } = sealing;
        let pending = Pending {
            name: fresh_name(),
            records: entries.len() as u32,
            stage: Stage::Sealed,
        };
        let entries = entries.encode();
        let batch = batch.to_bytes();
        self.spool
            .write(&pending.file(SEALED), [&*entries, &*batch].into_iter())?;
        let ciphertexts = ciphertexts.iter().map(Ciphertext::as_ref);
        self.spool.write(&pending.file(CIPHERTEXTS), ciphertexts)?;
        self.set_pending(&pending)?;
        Ok(pending)
    }

    /// Has a large resource sealed as a batch of its own, its ciphertext straight into its file, and keeps it as
    /// [`Journal::keep`] does.
    ///
    /// # Errors
    /// See [`JournalError`], and those of `seal`.
    pub(crate) fn keep_large<E: From<JournalError>>(
        &self,
        entry: Entry,
        seal: impl FnOnce(&mut dyn Write) -> Result<Sealing, E>,
    ) -> Result<Sealing, E> {
        let pending = Pending {
            name: fresh_name(),
            records: 1,
            stage: Stage::Sealed,
        };
        let sealing = self.spool.write_with(&pending.file(CIPHERTEXTS), seal)?;
        let (entries, batch) = (vec![entry].encode(), sealing.batch.to_bytes());
        self.spool
            .write(&pending.file(SEALED), [&*entries, &*batch].into_iter())?;
        self.set_pending(&pending)?;
        Ok(sealing)
    }

    /// The folder of the files of a batch: what is in it and is not named by the journal is removed when it is opened.
    pub(crate) fn spool(&self) -> &Path {
        &self.spool.0
    }

    /// Forgets a batch that was kept and never anchored: its records are new again. What of its ciphertexts has left is
    /// named by nothing, and an indexer keeps that for a week.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub(crate) fn discard(&self) -> Result<(), JournalError> {
        self.write(|transaction| {
            transaction.open_table(META)?.remove(PENDING_KEY)?;
            Ok(())
        })?;
        self.spool.sweep(None)
    }

    /// Reads a batch that was kept.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub(crate) fn kept(&self, pending: &Pending) -> Result<Kept, JournalError> {
        const WHAT: &str = "the unfinished batch";
        let bytes = self.spool.read(&pending.file(SEALED))?;
        let mut rest = bytes.as_slice();
        let entries = decode_bounded(&mut rest, MAX_BATCH_RECORDS as usize, "too many records");
        let entries: Vec<Entry> = entries.map_err(|_| JournalError::Damaged(WHAT))?;
        let batch = SealedBatch::from_bytes(rest).map_err(|_| JournalError::Damaged(WHAT))?;
        if entries.len() != batch.rows().len() {
            return Err(JournalError::Damaged(WHAT));
        }
        Ok(Kept { entries, batch })
    }

    /// Reads the ciphertexts of a batch that was kept, one after another.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub(crate) fn ciphertexts(&self, pending: &Pending) -> Result<Vec<u8>, JournalError> {
        self.spool.read(&pending.file(CIPHERTEXTS))
    }

    /// Reads a piece of the only ciphertext of a batch that was kept.
    ///
    /// # Errors
    /// There is no such piece, or it cannot be read.
    pub(crate) fn piece(&self, pending: &Pending, length: u64, number: u32) -> io::Result<Vec<u8>> {
        use std::os::unix::fs::FileExt;
        let bytes = piece_bytes(length, number).ok_or(io::ErrorKind::InvalidInput)?;
        let file = fs::File::open(self.spool.0.join(pending.file(CIPHERTEXTS)))?;
        let mut piece = vec![0; bytes];
        file.read_exact_at(&mut piece, u64::from(number) * PIECE_BYTES as u64)?;
        Ok(piece)
    }

    /// Keeps a batch that was labelled.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub(crate) fn labelled(&self, pending: &Pending, batch: &LabelledBatch) -> Result<Pending, JournalError> {
        let bundle = batch.bundle();
        let bytes = bundle.to_bytes();
        // The bundle of an earlier number is not named any more: its number is another's.
        self.spool.write(&pending.file(BUNDLE), std::iter::once(&*bytes))?;
        self.at_stage(pending, Stage::Labelled(bundle.batch))
    }

    /// Reads the bundle of a batch that was labelled.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub(crate) fn bundle(&self, pending: &Pending) -> Result<Bundle, JournalError> {
        let bytes = self.spool.read(&pending.file(BUNDLE))?;
        Bundle::from_bytes(&bytes).map_err(|_| JournalError::Damaged("the unfinished batch"))
    }

    /// Remembers how far a batch is.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub(crate) fn at_stage(&self, pending: &Pending, stage: Stage) -> Result<Pending, JournalError> {
        let pending = Pending {
            stage,
            ..pending.clone()
        };
        self.set_pending(&pending)?;
        Ok(pending)
    }

    /// Remembers that a batch is done, writes its receipts, and removes its files. What is sealed in a lower class or level
    /// than a record of it that takes its place is to be erased; returns how many records those are. What of a resource
    /// is sealed to another patient than its record of the batch was under the wrong one, and is to be refiled.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub(crate) fn complete(&self, kept: &Kept, number: BatchNumber, done: &DoneBatch) -> Result<u64, JournalError> {
        let mut histories: BTreeMap<&Identity, History> = BTreeMap::new();
        let (mut actions, mut lines, mut withdrawn) = (Vec::new(), Vec::new(), 0);
        for ((index, entry), row) in (0..).zip(&kept.entries).zip(kept.batch.rows()) {
            let place = RecordPosition { batch: number, index };
            let known = match histories.remove(&entry.identity) {
                Some(known) => Ok(known),
                None => self.history(&entry.identity),
            };
            let mut history = known?;
            let below = history
                .below(&entry.restriction)
                .filter(|held| held.patient == entry.patient);
            let below: Vec<RecordPosition> = below.map(|held| held.place).collect();
            let misfiled: Vec<(RecordPosition, RecordId)> = history
                .of_others(entry.patient)
                .map(|held| (held.place, held.record))
                .collect();
            let mut replaced = entry.replaces.clone();
            let current = history.current().map(|held| held.place);
            replaced.extend(current.filter(|place| below.contains(place) && !entry.replaces.contains(place)));
            for replaced in replaced {
                history.set_standing(replaced, Standing::Superseded);
                actions.push(Action::Supersede {
                    identity: entry.identity.clone(),
                    record: replaced,
                    by: place,
                });
            }
            history.refile(entry.patient);
            actions.extend(misfiled.into_iter().map(|(record, name)| Action::Refile {
                identity: entry.identity.clone(),
                record,
                name,
                by: place,
            }));
            withdrawn += below.len() as u64;
            for record in below {
                history.set_standing(record, Standing::Erased);
                actions.push(Action::Erase {
                    identity: entry.identity.clone(),
                    record,
                    reason: WITHDRAWN,
                });
            }
            let held = Held {
                patient: entry.patient,
                server: entry.server.clone(),
                content: entry.content,
                version: entry.version,
                restriction: entry.restriction.clone(),
                record: row.id,
                place,
                standing: Standing::Current,
            };
            lines.push(self.receipts.of_record(self.domain, &entry.identity, &held, Some(done)));
            history.add(held);
            histories.insert(&entry.identity, history);
        }
        let batch = done.encode();
        self.appended(&lines, |transaction| {
            for (identity, history) in &histories {
                put_history(transaction, identity, history)?;
            }
            put_actions(transaction, &actions)?;
            transaction.open_table(BATCHES)?.insert(number.0, batch.as_slice())?;
            transaction.open_table(META)?.remove(PENDING_KEY)?;
            Ok(())
        })?;
        self.spool.sweep(None)?;
        Ok(withdrawn)
    }
}
