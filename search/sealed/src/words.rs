//! Words that are found by their beginning, or with one letter wrong.
//!
//! Both work on words as they are written, normalized and in lower case, but without the stemmer: `worsening~` must not
//! be compared with `worsen`. Letters are Unicode characters.

use crate::limits::*;
use std::collections::BTreeSet;

/// What stands for any one letter; no word has it.
const ANY: char = '?';

/// The beginnings of a text that are searchable: those of [`MIN_PREFIX_CHARS`] to `most` characters.
pub(crate) fn beginnings(text: &str, most: usize) -> impl Iterator<Item = &str> {
    let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
    ends.take(most).skip(MIN_PREFIX_CHARS - 1).map(|end| &text[..end])
}

/// The forms under which a word is written into the index: the word itself, and the word with each letter in turn left
/// open. [`asked`] and this share a form exactly when the two words are an edit or none apart.
///
/// This is the deletion neighbourhood of Mor and Fraenkel (Communications of the ACM 25, 1982) with the place of the
/// deletion kept. Without it words two edits apart would meet where each has lost a letter at another place, as `cold`
/// and `olds` at `old`.
pub(crate) fn neighbours(word: &str) -> BTreeSet<String> {
    let letters: Vec<char> = word.chars().collect();
    let mut forms = BTreeSet::new();
    // The word itself is asked for by words that are a letter longer, the open forms by those as long or shorter.
    if (MIN_FUZZY_CHARS - 1..MAX_FUZZY_CHARS).contains(&letters.len()) {
        forms.insert(word.to_owned());
    }
    if (MIN_FUZZY_CHARS..=MAX_FUZZY_CHARS + 1).contains(&letters.len()) {
        forms.extend(opened(&letters));
    }
    forms
}

/// The forms that a query asks for, all of words at most one edit away from `word`: a letter replaced (or none), a
/// letter more, a letter less. Two letters that changed places are two edits. At most three times the letters and one.
pub(crate) fn asked(word: &str) -> BTreeSet<String> {
    let letters: Vec<char> = word.chars().collect();
    let mut forms: BTreeSet<String> = opened(&letters).collect();
    forms.extend((0..=letters.len()).map(|gap| {
        let mut longer = letters.clone();
        longer.insert(gap, ANY);
        longer.into_iter().collect::<String>()
    }));
    forms.extend((0..letters.len()).map(|at| {
        let mut shorter = letters.clone();
        shorter.remove(at);
        shorter.into_iter().collect::<String>()
    }));
    forms
}

/// The word with each letter in turn left open.
fn opened(letters: &[char]) -> impl Iterator<Item = String> + '_ {
    (0..letters.len()).map(|at| {
        let mut open = letters.to_vec();
        open[at] = ANY;
        open.into_iter().collect()
    })
}

const _: () = assert!(
    3 * MAX_FUZZY_CHARS < MAX_RANGE_TERMS,
    "no term of a query becomes more than a range does"
);

#[cfg(test)]
mod tests {
    use super::{asked, beginnings, neighbours};
    use crate::limits::*;
    use proptest::prelude::*;

    /// Levenshtein's distance by the textbook.
    fn distance(left: &str, right: &str) -> usize {
        let right: Vec<char> = right.chars().collect();
        let mut row: Vec<usize> = (0..=right.len()).collect();
        for (i, a) in left.chars().enumerate() {
            let mut diagonal = row[0];
            row[0] = i + 1;
            for (j, b) in right.iter().enumerate() {
                let replaced = diagonal + usize::from(a != *b);
                diagonal = row[j + 1];
                row[j + 1] = replaced.min(row[j] + 1).min(row[j + 1] + 1);
            }
        }
        row[right.len()]
    }

    #[test]
    fn all_short_words_of_two_letters_meet_exactly_when_they_are_an_edit_apart() {
        let words: Vec<String> = (3..=7)
            .flat_map(|length| (0..1_u32 << length).map(move |bits| (length, bits)))
            .map(|(length, bits)| {
                (0..length)
                    .map(|at| if bits >> at & 1 == 0 { 'a' } else { 'é' })
                    .collect()
            })
            .collect();
        let written: Vec<_> = words.iter().map(|word| neighbours(word)).collect();
        for needle in words
            .iter()
            .filter(|word| (MIN_FUZZY_CHARS..=6).contains(&word.chars().count()))
        {
            let asked = asked(needle);
            for (word, written) in words.iter().zip(&written) {
                let meet = !asked.is_disjoint(written);
                assert_eq!(meet, distance(needle, word) <= 1, "{needle} {word}");
            }
        }
    }

    proptest! {
        #[test]
        fn words_meet_exactly_when_they_are_an_edit_apart(
            needle in "[abc]{4,16}", edits in prop::collection::vec((0_usize..18, "[abcd]", 0..3), 0..3),
        ) {
            let mut word: Vec<char> = needle.chars().collect();
            for (at, letter, kind) in edits {
                let at = at % (word.len() + 1);
                match kind {
                    0 => word.insert(at, letter.chars().next().unwrap_or('d')),
                    1 if at < word.len() => drop(word.remove(at)),
                    _ if at < word.len() => word[at] = letter.chars().next().unwrap_or('d'),
                    _ => {}
                }
            }
            let word: String = word.into_iter().collect();
            let meet = !asked(&needle).is_disjoint(&neighbours(&word));
            prop_assert_eq!(meet, distance(&needle, &word) <= 1, "{} {}", needle, word);
        }
    }

    #[test]
    fn the_longest_and_the_shortest_words_have_all_their_neighbours() {
        for length in [MIN_FUZZY_CHARS, MAX_FUZZY_CHARS] {
            let needle = "abcdefghijklmnop"[..length].to_owned();
            let terms = asked(&needle);
            assert_eq!(
                terms.len(),
                3 * length + 1,
                "no two forms of different letters are the same"
            );
            for word in [
                format!("{needle}x"),
                format!("x{needle}"),
                needle[1..].to_owned(),
                needle.clone(),
            ] {
                assert!(!terms.is_disjoint(&neighbours(&word)), "{needle} {word}");
            }
        }
        assert!(neighbours("ab").is_empty());
        assert!(neighbours(&"x".repeat(MAX_FUZZY_CHARS + 2)).is_empty());
    }

    #[test]
    fn beginnings_have_so_many_characters() {
        let cases: [(&str, usize, &[&str]); 5] = [
            ("I20.0", 8, &["I20", "I20.", "I20.0"]),
            ("I2", 8, &[]),
            ("", 8, &[]),
            ("éèêë", 8, &["éèê", "éèêë"]),
            ("abcdefgh", 5, &["abc", "abcd", "abcde"]),
        ];
        for (text, most, expected) in cases {
            assert_eq!(beginnings(text, most).collect::<Vec<_>>(), expected, "{text}");
        }
    }
}
