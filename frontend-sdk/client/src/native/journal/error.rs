//! Why a journal is not used.

use super::tables::{FILE, FORMAT, MAX_MERGES};
use scale::{Decode, DecodeAll};
use std::{io, path::PathBuf};

/// The reason why a journal is not used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// Another process has it open.
    #[error("another process ingests with the journal in {}; wait until it has ended", .0.display())]
    InUse(PathBuf),
    /// It is of another deployment or domain.
    #[error("the journal in {} is of another deployment or search domain: give another --journal", .0.display())]
    Other(PathBuf),
    /// It is of an earlier release, which kept less of each record.
    #[error(
        "the journal in {} has the format {found} of another release, and this one has {FORMAT}: finish what stands in it with \
         the release that wrote it, and give another --journal from then on", folder.display()
    )]
    Format {
        /// The folder.
        folder: PathBuf,
        /// Its format.
        found: u32,
    },
    /// Its database is gone, and what only it can tell apart from rubbish is there.
    #[error(
        "{FILE} is missing in {}, where receipts or an unfinished batch are: put it back from a backup, or, without one, move \
         the whole folder away and keep it, since the receipts alone have the salts of what was sealed", .0.display()
    )]
    Lost(PathBuf),
    /// More charts were merged than it remembers.
    #[error("more than {MAX_MERGES} charts were merged: give another --journal for some of the systems")]
    TooManyMerges,
    /// Its database fails.
    #[error("the journal: {0}")]
    Database(#[from] redb::Error),
    /// A file next to it fails.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// What it holds is not what it wrote.
    #[error("the journal is damaged: {0} cannot be read; put back its folder from a backup")]
    Damaged(&'static str),
}

/// Decodes what the journal wrote as `what`.
pub(super) fn decoded<T: Decode>(bytes: &[u8], what: &'static str) -> Result<T, JournalError> {
    T::decode_all(&mut &bytes[..]).map_err(|_| JournalError::Damaged(what))
}
