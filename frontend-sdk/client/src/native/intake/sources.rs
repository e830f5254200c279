//! Where records come from: files, folders and standard input, compressed or not, a value a line or one altogether.

use crate::{
    coding::MAX_DECODED_BYTES,
    fhir::{FhirError, MAX_INPUT_BYTES, MAX_RESOURCE_BYTES},
};
use std::{
    collections::VecDeque,
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicU64},
};

mod large;
mod large_error;
mod outline;
mod parts;

pub use large::LargeContent;
pub use large_error::LargeError;
pub use parts::{Part, Parts};

/// Most files of one run.
pub const MAX_FILES: usize = 1_000_000;
/// How deep folders may lie in folders.
pub const MAX_FOLDER_DEPTH: usize = 32;
/// Longest line of an input of one value a line, in bytes: 64 MiB.
pub const MAX_LINE_BYTES: usize = 64 << 20;
/// Largest resource that is put aside instead of being held in memory, in bytes: what can be decoded when it is opened, 256 MiB.
pub const MAX_LARGE_BYTES: u64 = MAX_DECODED_BYTES;
/// What names of files end with that are read from folders; `.gz` may follow.
const ENDINGS: [&str; 3] = [".json", ".ndjson", ".jsonl"];
/// What names of files end with whose every line is a value.
const LINE_ENDINGS: [&str; 2] = [".ndjson", ".jsonl"];
/// The argument that stands for standard input.
const STANDARD_INPUT: &str = "-";

/// How much of an input is read at once.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Longest line, in bytes.
    pub line_bytes: usize,
    /// Longest input that is one value, in bytes.
    pub document_bytes: usize,
    /// Largest resource that is read whole, in bytes; larger ones are put aside.
    pub resource_bytes: usize,
    /// Largest resource that is put aside, in bytes.
    pub large_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line_bytes: MAX_LINE_BYTES,
            document_bytes: MAX_INPUT_BYTES,
            resource_bytes: MAX_RESOURCE_BYTES,
            large_bytes: MAX_LARGE_BYTES,
        }
    }
}

/// One input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// Standard input: it can be read once.
    StandardInput,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::StandardInput => f.write_str("standard input"),
        }
    }
}

/// The reason why an input, or a part of it, is not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// A file or folder is not there, or cannot be read; of gzip, the file is cut off or damaged.
    #[error("{source_name}, after line {line}: {source}")]
    Read {
        /// The input.
        source_name: Source,
        /// The lines that were read before.
        line: usize,
        /// What went wrong.
        source: io::Error,
    },
    /// A path cannot be looked at.
    #[error("{}: {source}", path.display())]
    Path {
        /// The path.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// A line is longer than allowed. The lines after it can be read.
    #[error("{source_name}, line {line}: the line has more than {limit} bytes; a resource a line is expected")]
    LongLine {
        /// The input.
        source_name: Source,
        /// The line.
        line: usize,
        /// The limit.
        limit: usize,
    },
    /// One value is longer than allowed.
    #[error("{source_name}: one value of more than {limit} bytes; write it as NDJSON, a resource a line")]
    LargeDocument {
        /// The input.
        source_name: Source,
        /// The limit.
        limit: usize,
    },
    /// A large resource is not taken in. What follows it can be read, where it is one a line.
    #[error("{source_name}, line {line}: {source}")]
    Large {
        /// The input.
        source_name: Source,
        /// The line in which it begins.
        line: usize,
        /// Why.
        source: LargeError,
    },
    /// It is not FHIR.
    #[error("{source_name}: {source}")]
    Fhir {
        /// The input.
        source_name: Source,
        /// What is wrong.
        source: FhirError,
    },
    /// More files than [`MAX_FILES`].
    #[error("more than {MAX_FILES} files: name fewer folders at once")]
    TooManyFiles,
    /// Folders lie deeper than [`MAX_FOLDER_DEPTH`].
    #[error("{}: folders lie more than {MAX_FOLDER_DEPTH} deep", .0.display())]
    TooDeep(PathBuf),
    /// Standard input is named twice.
    #[error("`-` is named twice; standard input can be read once")]
    StandardInputTwice,
}

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

/// Whether a file's name, without `.gz`, ends with one of these.
fn is_named(path: &Path, endings: &[&str]) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase());
    let name = name.unwrap_or_default();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    endings.iter().any(|ending| name.ends_with(ending))
}

#[cfg(test)]
mod tests;
