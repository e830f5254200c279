//! The files of the batch that is under way, next to the journal.

use super::{
    batch::Pending,
    disk::{at, make_folder, private, synced},
    error::JournalError,
};
use std::{
    collections::HashSet,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

/// The folder of the files, in that of the journal.
const FOLDER: &str = "unfinished";

/// The kinds of files of a batch.
pub(super) const SEALED: &str = "sealed";
pub(super) const CIPHERTEXTS: &str = "ciphertexts";
pub(super) const BUNDLE: &str = "bundle";

/// The folder of the files.
pub(super) struct Spool(pub(super) PathBuf);

impl Spool {
    pub(super) fn open(folder: &Path) -> Result<Self, JournalError> {
        let folder = folder.join(FOLDER);
        make_folder(&folder)?;
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
    pub(super) fn write<'a>(&self, name: &str, mut parts: impl Iterator<Item = &'a [u8]>) -> Result<(), JournalError> {
        self.write_with(name, |file| {
            let path = self.0.join(name);
            let written = parts.try_for_each(|part| file.write_all(part));
            written.map_err(at(&path))
        })
    }

    /// Has a file written that is on disk for good when this returns.
    pub(super) fn write_with<T, E: From<JournalError>>(
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
        synced(&self.0)?;
        Ok(written)
    }

    pub(super) fn read(&self, name: &str) -> Result<Vec<u8>, JournalError> {
        let path = self.0.join(name);
        fs::read(&path).map_err(at(&path))
    }
}
