//! Text analysis: the words under which a text is found.
//!
//! 1. Unicode's NFKC; characters that are not seen (soft hyphens, zero-width spaces and joiners, the Arabic tatweel)
//!    vanish; upper and lower case are one, by full case mapping (`ß` is `ss`, a final sigma a sigma).
//! 2. Words are runs of letters, digits and marks. An English `'s` belongs to its word.
//! 3. Accents, vowel marks and points fold: `sévère` is `severe`. The word with its accents is searchable as well.
//! 4. Snowball's English stemmer.
//! 5. Scripts that are written without spaces (ideographs, kana, Hangul, Thai, Lao, Khmer, Myanmar) are found by every
//!    two characters in a row, ideographs and Hangul by single ones too.
//! 6. Words that are too common to find anything, and words of one character, are searchable next to their neighbour:
//!    `no fever`, `hepatitis a`.

mod script;

use crate::limits::MAX_WORD_CHARS;
use script::{Script, script};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Words that are too common in English to find anything by themselves: Lucene's list, which tantivy uses. In
/// alphabetical order.
const STOP_WORDS: [&str; 33] = [
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is", "it", "no", "not", "of",
    "on", "or", "such", "that", "the", "their", "then", "there", "these", "they", "this", "to", "was", "will", "with",
];
/// Letters that Unicode does not take apart, and what they are without their accent.
const LETTERS: [(char, &str); 8] = [
    ('æ', "ae"),
    ('œ', "oe"),
    ('ø', "o"),
    ('ł', "l"),
    ('đ', "d"),
    ('ð', "d"),
    ('þ', "th"),
    ('ħ', "h"),
];

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// A word.
    Word(Word),
    /// A run of a script without spaces: its characters, each with its marks, and whether it is found by itself.
    Run(Vec<(String, bool)>),
    /// A word of more than [`MAX_WORD_CHARS`].
    TooLong,
}

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// Without accents, before stemming.
    pub(crate) folded: String,
    /// With accents, where these differ.
    pub(crate) accented: Option<String>,
}

/// What of a text is searchable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Searchable {
    /// A stem, or characters of a script without spaces.
    Word(String),
    /// A word with its accents.
    Accented(String),
    /// Two neighbours, one of which is too common or too short by itself.
    Pair(String, String),
}

impl Word {
    pub(crate) fn stem(&self) -> String {
        let stem = frostem::Stemmer::new(frostem::Algorithm::English)
            .stem(&self.folded)
            .into_owned();
        // No stem is empty but that of a word that is nothing else than an ending.
        if stem.is_empty() { self.folded.clone() } else { stem }
    }

    /// Whether it is too common to find anything by itself.
    pub(crate) fn is_common(&self) -> bool {
        STOP_WORDS.binary_search(&self.folded.as_str()).is_ok()
    }

    /// Whether it means something only together with its neighbour.
    fn is_weak(&self) -> bool {
        self.is_common() || self.folded.chars().nth(1).is_none()
    }
}

/// Returns the stemmed words of `text` that are searchable by themselves, in the order of the text; a word may come
/// more than once, and there may be none. Scripts without spaces give every two characters in a row.
///
/// ```
/// assert_eq!(aegle_sealed::analyse("Patient reports the worsening chest pains"), [
///     "patient", "report", "worsen", "chest", "pain"
/// ]);
/// assert_eq!(aegle_sealed::analyse("糖尿病"), ["糖", "糖尿", "尿", "尿病", "病"]);
/// ```
pub fn analyse(text: &str) -> Vec<String> {
    let searchable = parts(text).into_iter().flat_map(|part| alone(&part));
    let words = searchable.filter_map(|searchable| match searchable {
        Searchable::Word(word) => Some(word),
        _ => None,
    });
    words.collect()
}

/// What a part is found by without its neighbours.
pub(crate) fn alone(part: &Part) -> Vec<Searchable> {
    match part {
        Part::Word(word) => {
            let stem = (!word.is_common()).then(|| Searchable::Word(word.stem()));
            let accented = word.accented.clone().map(Searchable::Accented);
            stem.into_iter().chain(accented).collect()
        }
        Part::Run(characters) => {
            let mut found = Vec::new();
            for (place, (character, by_itself)) in characters.iter().enumerate() {
                if *by_itself || characters.len() == 1 {
                    found.push(Searchable::Word(character.clone()));
                }
                if let Some((next, _)) = characters.get(place + 1) {
                    found.push(Searchable::Word(format!("{character}{next}")));
                }
            }
            found
        }
        Part::TooLong => Vec::new(),
    }
}

/// What two parts that stand next to each other are found by besides; nothing when both mean something alone.
pub(crate) fn together(one: &Part, other: &Part) -> Option<Searchable> {
    let weak = |part: &Part| matches!(part, Part::Word(word) if word.is_weak());
    if !weak(one) && !weak(other) {
        return None;
    }
    let near = |part: &Part, last: bool| match part {
        Part::Word(word) => Some(word.stem()),
        Part::Run(characters) => {
            let nearest = if last { characters.last() } else { characters.first() };
            nearest.map(|(character, _)| character.clone())
        }
        Part::TooLong => None,
    };
    Some(Searchable::Pair(near(one, true)?, near(other, false)?))
}

/// The parts of `text`, in its order.
pub(crate) fn parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut open: Option<(Script, String)> = None;
    let mut apostrophe = false;
    for character in normal(text) {
        let kind = match (script(character), &open) {
            // A mark belongs to the character before it, whatever that is.
            (Script::Mark, Some((kind, _))) => Some(*kind),
            (Script::Mark | Script::None, _) => None,
            (kind, _) => Some(kind),
        };
        match (kind, &mut open) {
            (Some(kind), Some((own, run))) if kind == *own => run.push(character),
            _ => {
                close(open.take(), &mut apostrophe, &mut parts);
                apostrophe |= matches!(character, '\'' | '\u{2019}') && matches!(parts.last(), Some(Part::Word(_)));
                open = kind.map(|kind| (kind, character.to_string()));
                if kind.is_none() && !matches!(character, '\'' | '\u{2019}') {
                    apostrophe = false;
                }
            }
        }
    }
    close(open, &mut apostrophe, &mut parts);
    parts
}

/// Ends a run. An `s` behind the apostrophe of a word is nothing by itself.
fn close(run: Option<(Script, String)>, apostrophe: &mut bool, parts: &mut Vec<Part>) {
    let Some((kind, text)) = run else { return };
    let possessive = std::mem::take(apostrophe) && text == "s";
    match kind {
        _ if possessive => {}
        Script::Spaced if text.chars().nth(MAX_WORD_CHARS).is_some() => parts.push(Part::TooLong),
        Script::Spaced => {
            let folded = fold(&text);
            parts.push(Part::Word(Word {
                accented: (folded != text).then_some(text),
                folded,
            }));
        }
        _ => parts.push(Part::Run(characters(&text))),
    }
}

/// The characters of a run, each with the marks behind it.
fn characters(text: &str) -> Vec<(String, bool)> {
    let mut characters: Vec<(String, bool)> = Vec::new();
    for character in text.chars() {
        match characters.last_mut() {
            Some((last, _)) if is_combining_mark(character) => last.push(character),
            _ => characters.push((character.to_string(), script::stands_alone(character))),
        }
    }
    characters
}

/// The characters of a text that are seen, in compatibility form and in one case.
fn normal(text: &str) -> Vec<char> {
    let seen = text.nfkc().filter(|character| !script::is_unseen(*character));
    let one_case = seen.flat_map(one_case).collect::<String>();
    one_case.nfkc().collect()
}

/// Lower case after upper case: what Unicode's full case folding makes one, becomes one.
fn one_case(character: char) -> impl Iterator<Item = char> {
    let upper = character.to_lowercase().flat_map(char::to_uppercase);
    upper.flat_map(char::to_lowercase)
}

/// Without accents, vowel marks and points.
fn fold(word: &str) -> String {
    if word.is_ascii() {
        return word.to_owned();
    }
    let bare: String = word
        .nfd()
        .filter(|character| !script::is_accent(*character))
        .nfc()
        .collect();
    let mut folded = String::with_capacity(bare.len());
    for character in bare.chars() {
        match LETTERS.iter().find(|(letter, _)| *letter == character) {
            Some((_, plain)) => folded.push_str(plain),
            None => folded.push(character),
        }
    }
    // A word of nothing but accents is what it is.
    if folded.is_empty() { word.to_owned() } else { folded }
}
