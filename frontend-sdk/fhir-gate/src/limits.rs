//! How much is read.

/// Most bytes of all pages of one search.
pub const MAX_SEARCH_BYTES: usize = 64 << 20;
