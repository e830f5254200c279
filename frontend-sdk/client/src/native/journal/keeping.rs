//! The batch that is under way: kept step by step, until it is done.

use super::{
    BATCHES, DoneBatch, Entry, Held, History, Identity, Journal, JournalError, Kept, META, PENDING_KEY, Pending, Stage,
    Standing,
    action::{Action, WITHDRAWN, put_actions, put_history},
    spool::{BUNDLE, CIPHERTEXTS, SEALED},
};
use crate::custodian::{LabelledBatch, SealedBatch, Sealing};
use aegle_crypto::record::Ciphertext;
use aegle_protocol::{
    RngCore,
    random::SystemRandom,
    record::RecordId,
    wire::{Bundle, PIECE_BYTES, piece_bytes},
};
use aegle_rules::{
    BatchNumber,
    ledger::{MAX_BATCH_RECORDS, RecordPosition},
};
use aegle_sealed::decode_bounded;
use scale::Encode;
use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    path::Path,
};

fn fresh_name() -> [u8; 16] {
    let mut name = [0; 16];
    SystemRandom.fill_bytes(&mut name);
    name
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
