//! Why erasure keys cannot be used.
use super::place::MAX_KEYS;
use std::{io, path::PathBuf};

/// A reason why keys are not drawn, read or destroyed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErasureKeyError {
    /// A replica cannot be read or written.
    #[error("cannot use the erasure keys in {}: {source}", path.display())]
    Io {
        /// The replica.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// No replica has a place that is whole.
    #[error("the erasure key {0} is damaged in every replica: what it wraps is lost")]
    Damaged(u64),
    /// The key was drawn after what the replicas hold was written.
    #[error(
        "the erasure keys are older than the database: they were set back, and what was wrapped since is lost; put the newest replica back"
    )]
    Older,
    /// No replica is named.
    #[error("name at least one folder for erasure keys")]
    NoReplica,
    /// A folder has no replica of a set that there is.
    #[error(
        "{} holds no replica of this database's erasure keys: mount its disk; only if a new replica is to be made there, start once with --make-erasure-key-replicas", path.display()
    )]
    NotThere {
        /// Where one should be.
        path: PathBuf,
    },
    /// No folder has the keys of the database.
    #[error(
        "no folder holds the erasure keys of this database, without which nothing that it stores opens: name their folders with --erasure-keys"
    )]
    SetMissing,
    /// A set is to be begun in place of one that is there.
    #[error("{} has the erasure keys of this database, which are not lost: start with this folder; nothing was changed", path.display())]
    StillThere {
        /// The file.
        path: PathBuf,
    },
    /// A set is to be begun in place of one that may be there.
    #[error(
        "{} has erasure keys behind a damaged header, which may be those of this database: they are not lost for certain; nothing was changed", path.display()
    )]
    MayBeThere {
        /// The file.
        path: PathBuf,
    },
    /// A set is to be begun in place of another one, and there was none.
    #[error("the database has had no erasure keys, so that none are lost: start it, and it begins a set of its own")]
    NothingLost,
    /// A folder has the keys of another database.
    #[error("{} is not of this database's erasure keys: name the right folder; nothing was changed in it", path.display())]
    OtherSet {
        /// The file.
        path: PathBuf,
    },
    /// Two folders are the same one.
    #[error("{} is named twice as a replica of the erasure keys: name folders on different disks", path.display())]
    Twice {
        /// The file.
        path: PathBuf,
    },
    /// Another process is at work on the keys, and does not end.
    #[error(
        "another process has locked the erasure keys in {} and does not go on: it is frozen, or hangs at its disk; stop it first", path.display()
    )]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// Another indexer has taken the keys since.
    #[error(
        "another indexer has taken the erasure keys since: nothing more is written here, and this one must be stopped"
    )]
    Taken,
    /// There is no place for more.
    #[error("there are {MAX_KEYS} erasure keys, and no more")]
    Full,
    /// The system gives no randomness.
    #[error("the system gives no randomness")]
    Randomness,
    /// What is stored does not open under its key.
    #[error("what is stored does not open under its erasure key")]
    Unwrap,
}
