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
/// Most characters of a word that is searchable.
pub const MAX_WORD_CHARS: usize = 64;

/// Fewest characters of the beginning of a code or word: a shorter one would find nearly everything.
pub const MIN_PREFIX_CHARS: usize = 3;
/// Most characters of the beginning of a code: those of ICD-10-CM, ATC and OPS are not longer.
pub const MAX_CODE_PREFIX_CHARS: usize = 8;
/// Most characters of the beginning of a word.
pub const MAX_TEXT_PREFIX_CHARS: usize = 10;
/// Fewest characters of a word that is asked for with one edit.
pub const MIN_FUZZY_CHARS: usize = 4;
/// Most characters of a word that is asked for with one edit.
pub const MAX_FUZZY_CHARS: usize = 16;
/// The first year whose days ranges tell apart; earlier ones are only known to be before.
pub const FIRST_SPAN_YEAR: i32 = 1612;
/// The last year whose days ranges tell apart; later ones are only known to be after.
pub const LAST_SPAN_YEAR: i32 = 2327;
/// Significant digits to which numbers are kept for ranges.
pub const NUMBER_DIGITS: u32 = 5;
/// The greatest level of a span of days: 4^8, 179 years.
pub const DAY_SPAN_LEVELS: u8 = 8;
/// The greatest level of a span of numbers: 4^10, eleven and a half decades.
pub const NUMBER_SPAN_LEVELS: u8 = 10;
/// Most spans that cover a range: the worst one of numbers.
pub const MAX_COVER_SPANS: usize = 62;
/// Most keywords for which one term of a query stands: the spans of the worst range of numbers, and those around them.
pub const MAX_RANGE_TERMS: usize = MAX_COVER_SPANS + 2 * NUMBER_SPAN_LEVELS as usize;

/// Most distinct keywords of one query, after each range, beginning and fuzzy word has become its keywords: three of
/// the worst ranges.
pub const MAX_QUERY_TERMS: usize = 256;
/// Most blinded keywords of one field and segment that are evaluated under one proof.
pub const MAX_BLIND_ELEMENTS: usize = MAX_QUERY_TERMS;
/// Most groups of one query.
pub const MAX_GROUPS: usize = 64;
/// Most nodes of one expression, operators and keywords together.
pub const MAX_EXPRESSION_NODES: usize = 1_024;
/// Deepest nesting of one expression; a term alone has depth 1.
pub const MAX_EXPRESSION_DEPTH: usize = 16;
/// Most parts of a ranked query.
pub const MAX_RANKED_PARTS: usize = 32;
/// The greatest weight of a part of a ranked query.
pub const MAX_WEIGHT: u32 = 100;
/// Most bytes of a query's text.
pub const MAX_QUERY_BYTES: usize = 4_096;

const _: () = assert!(1 << TREE_DEPTH == SEGMENT_BATCHES);
