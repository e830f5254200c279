//! How receipts are written.
//!
//! How long it is stands in the journal, in the same transaction as what it tells. What is behind that was written by a
//! run that ended before it could say so, and goes; a file that is shorter was changed by somebody else, and is written
//! anew from the journal.

use super::{BATCHES, DoneBatch, Journal, JournalError, META, RECEIPTS_KEY, Standing, at, decoded, private};
use redb::WriteTransaction;
use scale::Encode;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    fs,
    io::{self, Seek, SeekFrom, Write},
};

impl Journal {
    /// Writes receipts and changes the journal, both or neither.
    pub(super) fn appended(
        &self,
        lines: &[Value],
        write: impl FnOnce(&WriteTransaction) -> Result<(), redb::Error>,
    ) -> Result<(), JournalError> {
        let path = self.receipts.path();
        let known = self.meta(RECEIPTS_KEY)?;
        let known = known.map_or(Ok(0), |bytes| decoded(&bytes, "the length of the receipts"))?;
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
