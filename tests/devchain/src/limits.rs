//! Every limit of the chain's outside, by name. The runtime's own are in `runtime::prices`.

use std::time::Duration;

/// The most time by which a chain may be moved ahead, all advances taken together: ten years of 365 days.
pub const MAX_ADVANCE: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// Transactions that the pool holds, ready and future together.
pub(crate) const MAX_POOL_TRANSACTIONS: usize = 8_192;
/// Bytes of transactions that the pool holds.
pub(crate) const MAX_POOL_BYTES: usize = 20 * 1024 * 1024;
/// Status reports that may wait for one watcher of a transaction; it gets no more than these four
/// kinds: future, ready, in block, finalized.
pub(crate) const MAX_WAITING_STATUSES: usize = 8;
/// Commands that may wait for the authoring thread.
pub(crate) const MAX_WAITING_COMMANDS: usize = 4_096;
/// Reads and dry-runs that may wait for a runtime thread.
pub(crate) const MAX_WAITING_READS: usize = 4_096;
/// Threads that run reads and dry-runs.
pub(crate) const RUNTIME_THREADS: usize = 2;
/// Stack of every thread that runs the runtime, in bytes. Nested contract calls recurse natively.
pub(crate) const RUNTIME_STACK_BYTES: usize = 64 * 1024 * 1024;
/// Open connections.
pub(crate) const MAX_CONNECTIONS: u32 = 256;
/// Bytes of a request, as a node's default.
pub(crate) const MAX_REQUEST_BYTES: u32 = 15 * 1024 * 1024;
/// Bytes of an answer, as a node's default.
pub(crate) const MAX_RESPONSE_BYTES: u32 = 15 * 1024 * 1024;
/// Subscriptions of one connection.
pub(crate) const MAX_SUBSCRIPTIONS: u32 = 1_024;
/// Messages that may wait for one slow connection before its subscriptions wait too.
pub(crate) const MAX_WAITING_MESSAGES: u32 = 1_024;
/// Requests in one batch.
pub(crate) const MAX_BATCH_REQUESTS: u32 = 256;
/// Keys of one page of `state_getKeysPaged`, as a node's default.
pub(crate) const MAX_PAGE_KEYS: u32 = 1_000;
/// Keys that the methods without paging list.
pub(crate) const MAX_LISTED_KEYS: usize = 100_000;
/// Keys that one request may name, or one subscription may watch.
pub(crate) const MAX_NAMED_KEYS: usize = 1_024;
/// Blocks that one `state_queryStorage` may span.
pub(crate) const MAX_QUERIED_BLOCKS: u32 = 4_096;
