//! Every limit of the index, by name.

use std::time::Duration;

/// Most tokens of one term: one a segment of the longest window, of each of three epochs.
pub const MAX_TERM_TOKENS: usize = 3 * 65;
/// Most batches that one search may go through.
pub const MAX_SEARCH_BATCHES: usize = 65_536;
/// Most labels that one search may look up: as many as 32 batches of the greatest size have records.
pub const MAX_LOOKUPS: usize = 2_097_152;
/// Bytes that a writer thread buffers before it flushes a segment: fewer segments make faster look-ups.
pub const WRITER_BYTES_PER_THREAD: usize = 256 * 1024 * 1024;
/// Threads that write documents. Each makes segments of its own.
pub const WRITER_THREADS: usize = 1;
/// Threads that merge segments.
pub const MERGE_THREADS: usize = 2;
/// Segments of a size that are merged into one as soon as there are so many. A batch is in one segment, so that many
/// segments cost a search nothing but open files, and each merge rewrites every label.
pub const SEGMENTS_TO_MERGE: usize = 8;
/// The share of deleted documents from which on a segment is rewritten. Tantivy's default never does that.
pub const DELETED_SHARE_BEFORE_MERGE: f32 = 0.1;
/// The number of times that a purge asks for the removal of old files, with [`REMOVAL_PAUSE`] between.
pub(crate) const REMOVAL_ATTEMPTS: u32 = 500;
/// See [`REMOVAL_ATTEMPTS`].
pub(crate) const REMOVAL_PAUSE: Duration = Duration::from_millis(10);
/// Most bytes of memory for tokens that were seen before.
pub const TOKEN_CACHE_BYTES: usize = 64 * 1024 * 1024;
/// Most bytes of them for the tokens of one account: a token with 100,000 hits in 1,000 batches takes 0.4 MiB.
pub const TOKEN_CACHE_OWNER_BYTES: usize = 8 * 1024 * 1024;
/// Bytes that an entry takes besides its contents, by estimate.
pub(crate) const CACHED_TOKEN_OVERHEAD_BYTES: usize = 192;
/// Most threads of one search.
pub const MAX_SEARCH_THREADS: usize = 4;
/// Batches for which a thread is worth being started.
pub(crate) const BATCHES_PER_THREAD: usize = 32;
/// Most batches of a segment that merges make: with the greatest batches, as many labels as a segment can number.
pub const MAX_SEGMENT_BATCHES: u32 = 511;
