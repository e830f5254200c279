//! Every limit of the scheme, by name.

/// Batches of one segment: the leaves of one GGM tree.
pub const SEGMENT_BATCHES: u32 = aegle_rules::ledger::SEGMENT_BATCHES;
/// Levels of a GGM tree below its root.
pub const TREE_DEPTH: u8 = 10;
/// Most nodes of a minimal cover inside one segment: two a level below the root's children.
pub const MAX_TOKEN_NODES: usize = 2 * (TREE_DEPTH as usize - 1);
/// Most batches that one window may span: 64 segments.
pub const MAX_WINDOW_BATCHES: u32 = 64 * SEGMENT_BATCHES;

/// Most records of one batch.
pub const MAX_BATCH_RECORDS: u32 = aegle_rules::ledger::MAX_BATCH_RECORDS;
/// Fewest labels of one record: shorter lists are padded to this.
pub const MIN_RECORD_LABELS: usize = 8;
/// Most labels of one record, over all its scopes, padding included.
pub const MAX_RECORD_LABELS: usize = 4_096;
/// Most labels of one batch, padding included: 80 MiB of labels.
pub const MAX_BATCH_LABELS: usize = 8_388_608;
/// Fewest entries of a count table, sentinels and padding included.
pub const MIN_COUNT_ENTRIES: usize = 16;
/// Most entries of a count table, sentinels and padding included: 56 MiB.
pub const MAX_COUNT_ENTRIES: usize = 4_194_304;

/// Most bytes of one keyword in canonical form.
pub const MAX_KEYWORD_BYTES: usize = 1_024;
/// Words of this many bytes or more are dropped by the text analysis, as by tantivy's default chain.
pub const WORD_BYTES_LIMIT: usize = 40;

/// Most distinct terms of one query.
pub const MAX_QUERY_TERMS: usize = 32;
/// Most nodes of one expression, operators and terms together.
pub const MAX_EXPRESSION_NODES: usize = 256;
/// Deepest nesting of one expression; a term alone has depth 1.
pub const MAX_EXPRESSION_DEPTH: usize = 16;
/// Most bytes of a query's text.
pub const MAX_QUERY_BYTES: usize = 4_096;

/// Keyword keys that a custodian keeps at hand before it starts over: about 128 MiB.
#[cfg(feature = "custodian")]
pub const MAX_CACHED_KEYS: usize = 524_288;

const _: () = assert!(1 << TREE_DEPTH == SEGMENT_BATCHES);
