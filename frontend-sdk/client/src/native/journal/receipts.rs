//! The file of receipts: which record is which resource, one JSON object a line.
//!
//! How long it is stands in the journal, in the same transaction as what it tells. What is behind that was written by a
//! run that ended before it could say so, and goes; a file that is shorter was changed by somebody else, and is written
//! anew from the journal.

use super::{
    Action, BATCHES, DoneBatch, Held, Identity, Journal, JournalError, META, RECEIPTS_KEY, Standing, action::MISFILED,
    at, decoded, private,
};
use crate::custodian::Opening;
use aegle_rules::{DomainId, ledger::RecordPosition};
use redb::WriteTransaction;
use scale::{DecodeAll, Encode};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    fs,
    io::{self, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

/// The name of the file.
const FILE: &str = "receipts.jsonl";

/// The file of receipts.
pub(super) struct Receipts(PathBuf);

impl Receipts {
    pub(super) fn of(folder: &Path) -> Self {
        Self(folder.join(FILE))
    }

    /// Whether there is any.
    pub(super) fn is_used(&self) -> Result<bool, JournalError> {
        match fs::metadata(&self.0) {
            Ok(file) => Ok(file.len() > 0),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(at(&self.0)(error)),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// That of a record. `batch` is its batch, whose salt it needs to prove what the batch was meant to be.
    pub(super) fn of_record(
        &self,
        domain: DomainId,
        identity: &Identity,
        held: &Held,
        batch: Option<&DoneBatch>,
    ) -> Value {
        json!({
            "event": "sealed",
            "source": identity.source,
            "type": identity.resource_type,
            "id": identity.id,
            "version": held.version.number,
            "last_updated": held.version.time,
            "record": held.record,
            "domain": domain,
            "batch": held.place.batch,
            "index": held.place.index,
            "salt": batch.map(DoneBatch::salt),
            "block": batch.map(|batch| batch.block),
        })
    }

    /// That of something that was done to a record.
    pub(super) fn of_action(&self, domain: DomainId, action: &Action, opened: &[Opening]) -> Value {
        let (event, identity, record) = match action {
            Action::Supersede { identity, record, .. } => ("superseded", identity, record),
            Action::Erase { identity, record, .. } => ("erased", identity, record),
            Action::Refile { identity, record, .. } => ("refiled", identity, record),
        };
        let mut line = json!({
            "event": event,
            "source": identity.source,
            "type": identity.resource_type,
            "id": identity.id,
            "domain": domain,
            "batch": record.batch,
            "index": record.index,
        });
        let place = |by: &RecordPosition| json!({ "batch": by.batch, "index": by.index });
        match action {
            Action::Supersede { by, .. } => line["by"] = place(by),
            Action::Erase { reason, .. } => line["reason"] = json!(reason),
            Action::Refile { by, name, .. } => {
                line["by"] = place(by);
                line["record"] = json!(name);
                line["reason"] = json!(MISFILED);
                line["opened_by"] = json!(opened);
            }
        }
        line
    }
}

impl Journal {
    /// Writes receipts and changes the journal, both or neither.
    pub(super) fn appended(
        &self,
        lines: &[Value],
        write: impl FnOnce(&WriteTransaction) -> Result<(), redb::Error>,
    ) -> Result<(), JournalError> {
        let path = self.receipts.path();
        let known = self.meta(RECEIPTS_KEY)?.unwrap_or_default();
        let known = u64::decode_all(&mut known.as_slice()).unwrap_or_default();
        let mut file = fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)
            .map_err(at(path))?;
        private(path)?;
        let begin = match file.metadata().map_err(at(path))?.len() {
            length if length >= known => known,
            _ => self.written_anew(&mut file).map_err(|error| match error {
                Rewriting::File(source) => at(path)(source),
                Rewriting::Journal(error) => error,
            })?,
        };
        let length = append(&file, begin, lines).map_err(at(path))?;
        self.write(|transaction| {
            write(transaction)?;
            transaction
                .open_table(META)?
                .insert(RECEIPTS_KEY, length.encode().as_slice())?;
            Ok(())
        })
    }

    /// Writes the receipts of all records that the journal has; returns their length.
    fn written_anew(&self, file: &mut fs::File) -> Result<u64, Rewriting> {
        let batches = self.read(|transaction| {
            use redb::ReadableTable;
            let mut batches = HashMap::new();
            for entry in transaction.open_table(BATCHES)?.iter()? {
                let (number, batch) = entry?;
                batches.insert(number.value(), batch.value().to_vec());
            }
            Ok(batches)
        })?;
        let decoded = batches
            .into_iter()
            .map(|(number, bytes)| Ok((number, decoded(&bytes, "a batch")?)));
        let batches: HashMap<u32, DoneBatch> = decoded.collect::<Result<_, JournalError>>()?;
        file.set_len(0)?;
        let mut writer = io::BufWriter::new(&*file);
        let mut failed = Ok(());
        self.each_history(|identity, history| {
            for held in &history.held {
                let mut line = self
                    .receipts
                    .of_record(self.domain, identity, held, batches.get(&held.place.batch.0));
                if held.standing != Standing::Current {
                    line["superseded"] = json!(held.standing == Standing::Superseded);
                    line["erased"] = json!(held.standing.is_gone());
                    line["refiled"] = json!(held.standing == Standing::Refiled);
                }
                if failed.is_ok() {
                    failed = writeln!(writer, "{line}");
                }
            }
        })?;
        failed?;
        writer.flush()?;
        drop(writer);
        Ok(file.metadata()?.len())
    }
}

/// The reason why receipts are not written anew.
enum Rewriting {
    File(io::Error),
    Journal(JournalError),
}

impl From<io::Error> for Rewriting {
    fn from(error: io::Error) -> Self {
        Self::File(error)
    }
}

impl From<JournalError> for Rewriting {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

/// Writes lines from `begin` on, durably; returns the length of the file.
fn append(file: &fs::File, begin: u64, lines: &[Value]) -> io::Result<u64> {
    file.set_len(begin)?;
    let mut writer = io::BufWriter::new(file);
    writer.seek(SeekFrom::Start(begin))?;
    for line in lines {
        writeln!(writer, "{line}")?;
    }
    writer.flush()?;
    drop(writer);
    file.sync_all()?;
    Ok(file.metadata()?.len())
}
