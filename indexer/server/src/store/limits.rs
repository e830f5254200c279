//! How long the database may take, and how much of it one indexer takes.
use std::time::Duration;

/// Connections that one indexer holds at most.
pub(super) const MAX_CONNECTIONS: usize = 16;
/// How long a connection may take to be made, or to become free.
pub(super) const CONNECTION_TIMEOUT: Duration = Duration::from_secs(10);
/// How long one statement may take: the slowest stores the labels of the greatest batch.
pub(super) const STATEMENT_TIMEOUT: Duration = Duration::from_secs(60);
/// What the server ends by itself: a statement that nobody waits for any more, and a transaction whose owner is frozen.
pub(super) const SESSION_LIMITS: &str = "-c statement_timeout=90s -c idle_in_transaction_session_timeout=60s";
