//! Why the database gave no answer.
use super::limits::STATEMENT_TIMEOUT;
use crate::erasure_keys::ErasureKeyError;

/// What the database says to a writer of an earlier epoch: see `queries/fence.sql`.
const REFUSED: &str = "AEG01";

/// A reason why the database gave no answer, or one that makes no sense.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// No connection could be had.
    #[error("cannot connect to the database: {0}")]
    Connect(#[from] deadpool_postgres::PoolError),
    /// The pool could not be built.
    #[error("cannot build the connection pool: {0}")]
    Pool(#[from] deadpool_postgres::BuildError),
    /// `DATABASE_URL` makes no sense; its text may hold a password and is not repeated.
    #[error("DATABASE_URL is not a Postgres connection string")]
    Url,
    /// The database refused.
    #[error("the database refused: {0}")]
    Database(#[source] tokio_postgres::Error),
    /// The database does not answer.
    #[error("the database did not answer within {} s: look whether it runs, and what it waits for", STATEMENT_TIMEOUT.as_secs())]
    Silent,
    /// A migration failed, or the database is newer than this release.
    #[error("the schema cannot be brought up to date: {0}")]
    Migration(#[from] refinery::Error),
    /// The schema is that of a later release.
    #[error(
        "the database has the schema {found} of a later release, and this one knows {known}: install that release again"
    )]
    NeedsUpgrade {
        /// The database's version.
        found: i32,
        /// The last one that this release knows.
        known: i32,
    },
    /// A stored value cannot be read back.
    #[error("column {column} holds a value that this release cannot read")]
    Corrupt {
        /// Which one.
        column: &'static str,
    },
    /// The database mirrors another chain or other contracts.
    #[error("the database belongs to another deployment (genesis {genesis})")]
    OtherDeployment {
        /// The genesis hash that it belongs to.
        genesis: aegle_rules::Hash,
    },
    /// Another indexer runs on this database.
    #[error("another indexer runs on this database: stop it first, or give this one a database of its own")]
    InUse,
    /// Another indexer has taken this database since.
    #[error(
        "another indexer has taken this database since: nothing more is written here, and this one must be stopped"
    )]
    Fenced,
    /// An erasure key cannot be drawn, read or destroyed.
    #[error(transparent)]
    ErasureKey(#[from] ErasureKeyError),
    /// The store was opened only to look at it.
    #[error("the store was opened without its erasure keys")]
    WithoutKeys,
    /// What was waited for was given up, because the process ends.
    #[error("the work was interrupted")]
    Interrupted,
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        if is_refusal(&error) {
            Self::Fenced
        } else {
            Self::Database(error)
        }
    }
}

impl StoreError {
    /// Returns whether asking again can help: the database or the way to it is at fault, not what it holds.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Connect(_) | Self::Database(_) | Self::Silent | Self::InUse)
    }
}

/// Returns whether the database refused a write because another indexer has taken it.
fn is_refusal(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|code| code.code() == REFUSED)
}
