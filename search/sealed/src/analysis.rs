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
    let stemmer = frostem::Stemmer::new(frostem::Algorithm::English);
    let stems = words(text).into_iter().map(|word| stemmer.stem(&word).into_owned());
    stems.filter(|word| !word.is_empty()).collect()
}

/// The words of `text` before stemming, in its order.
pub(crate) fn words(text: &str) -> Vec<String> {
    let all = split(text)
        .into_iter()
        .filter(|word| !word.is_empty() && word.len() < WORD_BYTES_LIMIT);
    let lower = all.map(|word| lower_case(&word));
    lower
        .filter(|word| STOP_WORDS.binary_search(&word.as_str()).is_err())
        .collect()
}

/// The runs of alphanumeric characters in `text` after normalization; an empty one at either end tells that it begins
/// or ends with something else.
pub(crate) fn split(text: &str) -> Vec<String> {
    let normal: String = text.nfkc().collect();
    normal
        .split(|c: char| !c.is_alphanumeric())
        .map(str::to_owned)
        .collect()
}

/// Lower case letter by letter, as tantivy does: a final Greek sigma is not treated apart.
pub(crate) fn lower_case(word: &str) -> String {
    word.chars().flat_map(char::to_lowercase).collect()
}
