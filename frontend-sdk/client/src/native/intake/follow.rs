//! A folder into which exports are dropped: which of its files are whole, and were not taken in.
//!
//! A file is whole when it is as long and as old as it was at the look before. One that was taken in is taken in again when
//! it has changed since, which changes nothing for the records that it had.

use super::{Source, SourceError, Sources};
use crate::native::journal::{FileStamp, Journal, JournalError};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

/// The reason why a folder is not looked at.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FollowError {
    /// It cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The journal fails.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// A folder that is looked at again and again.
pub struct FollowedFolder {
    folder: PathBuf,
    /// The files of the look before.
    seen: BTreeMap<PathBuf, FileStamp>,
}

impl FollowedFolder {
    /// Follows a folder.
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            seen: BTreeMap::new(),
        }
    }

    /// Looks at the folder, and those below; returns the files that are whole and that the journal says were not taken in as
    /// they are, in the order of their names.
    ///
    /// # Errors
    /// See [`FollowError`].
    pub fn look(&mut self, journal: &Journal) -> Result<Vec<(PathBuf, FileStamp)>, FollowError> {
        let found = Sources::find(std::slice::from_ref(&self.folder))?;
        let files = found.rest().filter_map(|source| match source {
            // What vanished since it was found is nothing.
            Source::File(path) => Some((path.clone(), stamp(path)?)),
            Source::StandardInput => None,
        });
        let files: BTreeMap<PathBuf, FileStamp> = files.collect();
        let before = std::mem::replace(&mut self.seen, files);
        let taken = journal.taken_files(&self.folder)?;
        let gone: Vec<PathBuf> = taken
            .keys()
            .filter(|path| !self.seen.contains_key(*path))
            .cloned()
            .collect();
        journal.forget_files(&gone)?;
        let is_ready = |(path, stamp): &(&PathBuf, &FileStamp)| {
            before.get(*path) == Some(stamp) && taken.get(*path) != Some(stamp)
        };
        let ready = self.seen.iter().filter(is_ready);
        Ok(ready.map(|(path, stamp)| (path.clone(), *stamp)).collect())
    }
}

fn stamp(path: &Path) -> Option<FileStamp> {
    let metadata = fs::metadata(path).ok()?;
    let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Some(FileStamp {
        bytes: metadata.len(),
        modified_ns: u64::try_from(modified.as_nanos()).unwrap_or(u64::MAX),
    })
}
