//! A private Postgres server: making its cluster, starting, supervising and stopping it.

mod cluster;
mod keeper;
mod layout;
mod postmaster;

pub use cluster::Cluster;
pub(crate) use keeper::{SharedCluster, keep};

use std::{
    io,
    path::{Path, PathBuf},
};

/// The user that the server runs as when the indexer runs as root.
pub(super) const SERVER_USER: &str = "postgres";

/// A reason why the private cluster did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// No Postgres on this system.
    #[error(
        "no Postgres binaries (pg_ctl, initdb, postgres) in PATH or /usr/lib/postgresql; install Postgres or set DATABASE_URL"
    )]
    NoBinaries,
    /// The server cannot run as root, and there is no other user to run it as.
    #[error(
        "Postgres does not run as root and there is no user `{SERVER_USER}`; run the indexer as another user or set DATABASE_URL"
    )]
    NoUser,
    /// The server's user cannot enter a folder above the data folder.
    #[error("the user `{SERVER_USER}` cannot enter {}, so the data folder below it cannot hold the cluster; choose another data folder or set DATABASE_URL", folder.display())]
    Unreachable {
        /// The folder in the way.
        folder: PathBuf,
    },
    /// The file system refused.
    #[error("cannot prepare {}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// One of Postgres's programs failed.
    #[error("{program} failed: {message}")]
    Program {
        /// Which one.
        program: &'static str,
        /// The last lines that it wrote.
        message: String,
    },
    /// The server does not answer, and was ended.
    #[error("the private database did not answer, and was ended")]
    Silent,
    /// Processes of the server do not end.
    #[error("processes of the private database do not end: look for a disk that hangs")]
    Endless,
}

pub(super) fn io_error(path: &Path) -> impl FnOnce(io::Error) -> ClusterError + '_ {
    move |source| ClusterError::Io {
        path: path.to_owned(),
        source,
    }
}
