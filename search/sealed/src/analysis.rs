//! Text analysis: the words under which a text is found.
//!
//! The chain of tantivy's `en_stem` tokenizer after Unicode normalization, with the English stop words of Lucene:
//! NFKC, split where a character is not alphanumeric, drop words of [`WORD_BYTES_LIMIT`] bytes or more, lower case,
//! drop stop words, Snowball's English stemmer. `search/index` tests it against tantivy's own.

use crate::limits::WORD_BYTES_LIMIT;
use unicode_normalization::UnicodeNormalization;

/// Words that are too common in English to find anything: Lucene's list, which tantivy uses. In alphabetical order.
const STOP_WORDS: [&str; 33] = [
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is", "it", "no", "not", "of",
    "on", "or", "such", "that", "the", "their", "then", "there", "these", "they", "this", "to", "was", "will", "with",
];

/// The stemmed words of `text` in its order; a word may come more than once, and there may be none.
///
/// ```
/// assert_eq!(aegle_sealed::analyse("Patient reports the worsening chest pains"), [
///     "patient", "report", "worsen", "chest", "pain"
/// ]);
/// ```
pub fn analyse(text: &str) -> Vec<String> {
    let normal: String = text.nfkc().collect();
    let stemmer = frostem::Stemmer::new(frostem::Algorithm::English);
    normal
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && word.len() < WORD_BYTES_LIMIT)
        .map(lower_case)
        .filter(|word| STOP_WORDS.binary_search(&word.as_str()).is_err())
        .map(|word| stemmer.stem(&word).into_owned())
        .filter(|word| !word.is_empty())
        .collect()
}

/// Lower case letter by letter, as tantivy does: a final Greek sigma is not treated apart.
fn lower_case(word: &str) -> String {
    word.chars().flat_map(char::to_lowercase).collect()
}
