//! The words of a text, by tantivy's tokenizers, and of scripts without spaces character by character.

use std::collections::HashMap;
use tantivy::tokenizer::{Language, SimpleTokenizer, Stemmer, StopWordFilter, TextAnalyzer};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Words of more characters are not searchable.
const LONGEST: usize = 64;
/// Letters with a stroke or joined, which no normalization takes apart.
const STROKES: [(&str, &str); 9] = [
    ("\u{df}", "ss"),
    ("\u{e6}", "ae"),
    ("\u{153}", "oe"),
    ("\u{f8}", "o"),
    ("\u{142}", "l"),
    ("\u{111}", "d"),
    ("\u{f0}", "d"),
    ("\u{fe}", "th"),
    ("\u{3c2}", "\u{3c3}"),
];

/// What a text says.
#[derive(Clone, Default)]
pub struct Said {
    /// Its words, without accents and in lower case.
    pub words: Vec<String>,
    /// The stems of those that mean something alone; characters, and every two of them, of scripts without spaces.
    pub stems: Vec<String>,
    /// What an asker may take for granted of it: stems and pairs of characters, without single ones within a run.
    pub asked: Vec<String>,
    /// Neighbours of which one means nothing alone: their stems, with a space between.
    pub pairs: Vec<String>,
    /// Whether every word of it can be asked for.
    pub askable: bool,
}

/// The analysis. It remembers texts: most displays come thousands of times.
pub struct Words {
    stem: TextAnalyzer,
    telling: TextAnalyzer,
    known: HashMap<Box<str>, Said>,
}

impl Default for Words {
    fn default() -> Self {
        let common = StopWordFilter::new(Language::English).expect("tantivy has a list of English stop words");
        Self {
            stem: TextAnalyzer::builder(SimpleTokenizer::default())
                .filter(Stemmer::new(Language::English))
                .build(),
            telling: TextAnalyzer::builder(SimpleTokenizer::default()).filter(common).build(),
            known: HashMap::new(),
        }
    }
}

/// A word, or a run of characters of a script without spaces.
enum Unit {
    Word(String),
    Run(Vec<String>),
}

impl Words {
    /// Reads what `text` says.
    pub fn of(&mut self, text: &str) -> &Said {
        if !self.known.contains_key(text) {
            let said = self.analysed(text);
            self.known.insert(text.into(), said);
        }
        &self.known[text]
    }

    /// Returns whether a word is too common to mean anything alone.
    pub fn is_common(&mut self, word: &str) -> bool {
        run(&mut self.telling, word).is_empty()
    }

    fn analysed(&mut self, text: &str) -> Said {
        let units = units(&plain(text));
        let mut said = Said {
            askable: !units.is_empty(),
            ..Said::default()
        };
        let (mut before, mut paired): (Option<(String, bool)>, bool) = (None, false);
        for (place, unit) in units.iter().enumerate() {
            let (first, last, weak, common) = match unit {
                Unit::Word(word) if word.chars().count() > LONGEST => {
                    said.askable = false;
                    before = None;
                    continue;
                }
                Unit::Word(word) => {
                    let stem = self.stem(word);
                    let common = self.is_common(word);
                    said.words.push(word.clone());
                    if !common {
                        said.stems.push(stem.clone());
                        said.asked.push(stem.clone());
                    }
                    (stem.clone(), stem, common || word.chars().count() == 1, common)
                }
                Unit::Run(characters) => {
                    let alone = |character: &String| characters.len() == 1 || character.chars().any(is_syllable);
                    let singles = characters.iter().filter(|character| alone(character));
                    said.stems.extend(singles.cloned());
                    let pairs: Vec<String> = characters.windows(2).map(|pair| pair.concat()).collect();
                    said.stems.extend(pairs.iter().cloned());
                    said.asked.extend(pairs);
                    let single = (characters.len() == 1).then(|| &characters[0]);
                    if let Some(single) = single.filter(|single| single.chars().any(is_syllable)) {
                        said.asked.push(single.clone());
                    }
                    said.askable &= single.is_none_or(|single| single.chars().any(is_syllable));
                    let ends = (characters.first().cloned(), characters.last().cloned());
                    (ends.0.unwrap_or_default(), ends.1.unwrap_or_default(), false, false)
                }
            };
            let own = before
                .filter(|(_, earlier)| *earlier || weak)
                .map(|(word, _)| format!("{word} {first}"));
            // A common word needs a neighbour on one side.
            let neighbour = own.is_some() || paired || place + 1 < units.len();
            said.askable &= !common || neighbour;
            paired = false;
            said.pairs.extend(own);
            before = Some((last, weak));
        }
        said
    }

    fn stem(&mut self, word: &str) -> String {
        // tantivy's tokenizer would part a word at its marks.
        match run(&mut self.stem, word).as_slice() {
            [stem] if !stem.is_empty() => stem.clone(),
            _ => word.to_owned(),
        }
    }
}

/// Compatibility characters, lower case, without what is not seen and without accents.
fn plain(text: &str) -> String {
    let unseen = |c: char| {
        let code = u32::from(c);
        matches!(
            code,
            0xad | 0x34f | 0x61c | 0x640 | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x3164 | 0xfeff | 0xffa0
        ) || [
            (0x180b, 0x180f),
            (0x200b, 0x200f),
            (0x202a, 0x202e),
            (0x2060, 0x206f),
            (0xfe00, 0xfe0f),
            (0xe0000, 0xe0fff),
        ]
        .iter()
        .any(|(first, last)| (*first..=*last).contains(&code))
    };
    let seen: String = text.nfkc().filter(|c| !unseen(*c)).collect();
    let lower: String = seen.to_lowercase().nfkc().collect();
    // The blocks of Latin, Greek, Cyrillic, Hebrew, Arabic and Syriac marks.
    let accent = |c: char| {
        let code = u32::from(c);
        let blocks = [
            (0x300, 0x36f),
            (0x483, 0x489),
            (0x591, 0x5c7),
            (0x610, 0x61a),
            (0x64b, 0x65f),
            (0x6d6, 0x6ed),
            (0x711, 0x74a),
        ];
        let later = [(0x1ab0, 0x1aff), (0x1dc0, 0x1dff), (0x20d0, 0x20ff), (0xfe20, 0xfe2f)];
        let within = |(first, last): &(u32, u32)| (*first..=*last).contains(&code);
        is_combining_mark(c) && (code == 0x670 || blocks.iter().any(within) || later.iter().any(within))
    };
    let bare: String = lower.nfd().filter(|c| !accent(*c)).nfc().collect();
    STROKES
        .iter()
        .fold(bare, |text, (letter, plain)| text.replace(letter, plain))
}

fn units(plain: &str) -> Vec<Unit> {
    let characters: Vec<char> = plain.chars().collect();
    let mut units: Vec<Unit> = Vec::new();
    // The unit that the next character may still belong to.
    let mut open = false;
    for (at, c) in characters.iter().enumerate() {
        let mark = is_combining_mark(*c);
        if !c.is_alphanumeric() && !mark || mark && !open {
            open = false;
            continue;
        }
        // An `s` alone behind the apostrophe of a word.
        let before = at.checked_sub(2).and_then(|at| characters.get(at..at + 2));
        let possessive = *c == 's'
            && before.is_some_and(|before| {
                before[0].is_alphanumeric() && !is_unspaced(before[0]) && matches!(before[1], '\'' | '\u{2019}')
            })
            && characters
                .get(at + 1)
                .is_none_or(|next| !next.is_alphanumeric() && !is_combining_mark(*next));
        if possessive {
            open = false;
            continue;
        }
        match units.last_mut() {
            Some(Unit::Word(word)) if open && (mark || !is_unspaced(*c)) => word.push(*c),
            Some(Unit::Run(run)) if open && mark => run.last_mut().expect("runs have a character").push(*c),
            Some(Unit::Run(run))
                if open && is_unspaced(*c) && is_southern(run[0].chars().next().unwrap_or(*c)) == is_southern(*c) =>
            {
                run.push(c.to_string());
            }
            _ if is_unspaced(*c) => units.push(Unit::Run(vec![c.to_string()])),
            _ => units.push(Unit::Word(c.to_string())),
        }
        open = true;
    }
    units
}

/// Ideographs and Hangul.
fn is_syllable(c: char) -> bool {
    let code = u32::from(c);
    c == '\u{3007}'
        || [
            (0x3400, 0x4dbf),
            (0x4e00, 0x9fff),
            (0xf900, 0xfaff),
            (0x20000, 0x3ffff),
            (0xac00, 0xd7a3),
        ]
        .iter()
        .any(|(first, last)| (*first..=*last).contains(&code))
}

/// Thai, Lao, Myanmar, Khmer.
fn is_southern(c: char) -> bool {
    let code = u32::from(c);
    [(0xe00, 0xeff), (0x1000, 0x109f), (0x1780, 0x17ff)]
        .iter()
        .any(|(first, last)| (*first..=*last).contains(&code))
}

fn is_unspaced(c: char) -> bool {
    let code = u32::from(c);
    let kana =
        (0x3040..=0x30ff).contains(&code) || (0x31f0..=0x31ff).contains(&code) || (0x1b000..=0x1b16f).contains(&code);
    is_syllable(c) || is_southern(c) || kana || matches!(c, '\u{3005}' | '\u{3006}')
}

fn run(chain: &mut TextAnalyzer, text: &str) -> Vec<String> {
    let mut words = Vec::new();
    chain
        .token_stream(text)
        .process(&mut |token| words.push(token.text.clone()));
    words
}
