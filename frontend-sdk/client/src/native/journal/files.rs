//! The files of followed folders that were taken in.

use super::{FILES, Journal, JournalError};
use std::{
    collections::HashMap,
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

/// What tells a file from what it was: its length, and when it was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileStamp {
    /// Its length in bytes.
    pub bytes: u64,
    /// When it was changed, in nanoseconds since the Unix epoch.
    pub modified_ns: u64,
}

impl Journal {
    /// Reads the files below a folder that were taken in, each with its size and time then.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub fn taken_files(&self, folder: &Path) -> Result<HashMap<PathBuf, FileStamp>, JournalError> {
        self.read(|transaction| {
            use redb::ReadableTable;
            let mut taken = HashMap::new();
            for entry in transaction.open_table(FILES)?.iter()? {
                let (path, stamp) = entry?;
                let path = Path::new(OsStr::from_bytes(path.value()));
                if path.starts_with(folder) {
                    let (bytes, modified_ns) = stamp.value();
                    taken.insert(path.to_owned(), FileStamp { bytes, modified_ns });
                }
            }
            Ok(taken)
        })
    }

    /// Remembers that files were taken in, as they were.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub fn take_files(&self, files: &[(PathBuf, FileStamp)]) -> Result<(), JournalError> {
        self.write(|transaction| {
            let mut table = transaction.open_table(FILES)?;
            for (path, stamp) in files {
                table.insert(path.as_os_str().as_bytes(), (stamp.bytes, stamp.modified_ns))?;
            }
            Ok(())
        })
    }

    /// Forgets files that are gone.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub fn forget_files(&self, files: &[PathBuf]) -> Result<(), JournalError> {
        if files.is_empty() {
            return Ok(());
        }
        self.write(|transaction| {
            let mut table = transaction.open_table(FILES)?;
            for path in files {
                table.remove(path.as_os_str().as_bytes())?;
            }
            Ok(())
        })
    }
}
