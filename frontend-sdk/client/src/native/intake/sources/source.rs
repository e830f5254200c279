//! One input: what it is, how much of it is read, and why it is not.

use super::LargeError;
use crate::{
    coding::MAX_DECODED_BYTES,
    fhir::{FhirError, MAX_INPUT_BYTES, MAX_RESOURCE_BYTES},
};
use std::{
    fmt, io,
    path::{Path, PathBuf},
};

/// Most files of one run.
pub const MAX_FILES: usize = 1_000_000;
/// How deep folders may lie in folders.
pub const MAX_FOLDER_DEPTH: usize = 32;
/// Longest line of an input of one value a line, in bytes: 64 MiB.
pub const MAX_LINE_BYTES: usize = 64 << 20;
/// Largest resource that is put aside instead of being held in memory, in bytes: what can be decoded when it is opened, 256 MiB.
pub const MAX_LARGE_BYTES: u64 = MAX_DECODED_BYTES;
/// What names of files end with whose every line is a value.
pub(super) const LINE_ENDINGS: [&str; 2] = [".ndjson", ".jsonl"];

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

/// Whether a file's name, without `.gz`, ends with one of these.
pub(super) fn is_named(path: &Path, endings: &[&str]) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase());
    let name = name.unwrap_or_default();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    endings.iter().any(|ending| name.ends_with(ending))
}
