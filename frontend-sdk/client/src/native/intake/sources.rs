//! Where records come from: files, folders and standard input, compressed or not, a value a line or one altogether.

use std::{
    collections::VecDeque,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicU64},
};

mod large;
mod large_error;
mod outline;
mod parts;
mod source;

pub use large::LargeContent;
pub use large_error::LargeError;
pub use parts::{Part, Parts};
pub use source::{Limits, MAX_FILES, MAX_FOLDER_DEPTH, MAX_LARGE_BYTES, MAX_LINE_BYTES, Source, SourceError};

use source::is_named;

/// What names of files end with that are read from folders; `.gz` may follow.
const ENDINGS: [&str; 3] = [".json", ".ndjson", ".jsonl"];
/// The argument that stands for standard input.
const STANDARD_INPUT: &str = "-";

/// The inputs of a run, in order.
#[derive(Debug, Default)]
pub struct Sources {
    rest: VecDeque<Source>,
    /// Files of folders that are no JSON by their names.
    passed_over: Vec<PathBuf>,
    /// Bytes of all files, as they are stored.
    total_bytes: u64,
    /// Bytes that were read.
    read_bytes: Arc<AtomicU64>,
    limits: Limits,
    /// Where large resources are put aside.
    spool: Option<PathBuf>,
}

impl Sources {
    /// Finds the inputs: files of any name, in folders and those below them the files whose names say that they are JSON or
    /// NDJSON, each folder's in the order of their names, and for `-` standard input.
    ///
    /// # Errors
    /// A path cannot be looked at, or there are too many.
    pub fn find(paths: &[PathBuf]) -> Result<Self, SourceError> {
        let mut found = Self::default();
        for path in paths {
            if path.as_os_str() == STANDARD_INPUT {
                if found.rest.contains(&Source::StandardInput) {
                    return Err(SourceError::StandardInputTwice);
                }
                found.rest.push_back(Source::StandardInput);
            } else {
                found.add(path, 0)?;
            }
        }
        Ok(found)
    }

    /// Sets how much is read at once.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Sets the folder in which large resources are put aside, in files without names; without it they are only looked at.
    #[must_use]
    pub fn with_spool(self, folder: &Path) -> Self {
        let spool = Some(folder.to_owned());
        Self { spool, ..self }
    }

    /// Returns the files of folders that were passed over, because their names do not say that they are JSON.
    pub fn passed_over(&self) -> &[PathBuf] {
        &self.passed_over
    }

    /// Returns the inputs that have not been opened.
    pub fn rest(&self) -> impl Iterator<Item = &Source> {
        self.rest.iter()
    }

    /// Returns the bytes of all files, as they are stored; 0 when standard input is among them.
    pub fn total_bytes(&self) -> u64 {
        self.total_bytes
    }

    /// Returns the bytes of files that were read, as they are stored.
    pub fn read_bytes(&self) -> Arc<AtomicU64> {
        self.read_bytes.clone()
    }

    /// Opens the next input; `None` after the last one.
    ///
    /// # Errors
    /// [`SourceError::Path`] and [`SourceError::Read`].
    pub fn next_input(&mut self) -> Option<Result<Parts, SourceError>> {
        let source = self.rest.pop_front()?;
        Some(Parts::open(source, self.limits, self.spool.clone(), &self.read_bytes))
    }

    /// Returns the same inputs once more, but for standard input, for a look at them beforehand.
    pub fn again(&self) -> Self {
        let files = self.rest.iter().filter(|source| matches!(source, Source::File(_)));
        Self {
            rest: files.cloned().collect(),
            limits: self.limits,
            ..Self::default()
        }
    }

    fn add(&mut self, path: &Path, depth: usize) -> Result<(), SourceError> {
        let unreadable = |source| SourceError::Path {
            path: path.to_owned(),
            source,
        };
        let metadata = fs::metadata(path).map_err(unreadable)?;
        if !metadata.is_dir() {
            if self.rest.len() == MAX_FILES {
                return Err(SourceError::TooManyFiles);
            }
            self.total_bytes += metadata.len();
            self.rest.push_back(Source::File(path.to_owned()));
            return Ok(());
        }
        if depth == MAX_FOLDER_DEPTH {
            return Err(SourceError::TooDeep(path.to_owned()));
        }
        let entries = fs::read_dir(path).map_err(unreadable)?;
        let entries = entries.map(|entry| entry.map(|entry| entry.path()));
        let mut entries = entries.collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
        entries.sort_unstable();
        for entry in entries {
            // A link to a folder may lead back to it.
            let is_link = fs::symlink_metadata(&entry).is_ok_and(|metadata| metadata.is_symlink());
            let is_folder = fs::metadata(&entry).is_ok_and(|metadata| metadata.is_dir());
            match (is_folder, is_link) {
                (true, false) => self.add(&entry, depth + 1)?,
                (false, _) if is_named(&entry, &ENDINGS) => self.add(&entry, depth + 1)?,
                _ if self.passed_over.len() < MAX_FILES => self.passed_over.push(entry),
                _ => return Err(SourceError::TooManyFiles),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
