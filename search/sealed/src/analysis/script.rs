//! How characters are written: with spaces between words, without, on other characters, or not at all.

use unicode_normalization::char::is_combining_mark;

/// How a character is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    /// A letter or digit of a script with spaces between words.
    Spaced,
    /// An ideograph, kana or Hangul.
    Eastern,
    /// Thai, Lao, Myanmar or Khmer.
    SouthEastern,
    /// It stands on the character before it.
    Mark,
    /// No part of a word.
    None,
}

/// How a character is written.
pub(super) fn script(character: char) -> Script {
    match character {
        _ if character.is_ascii_alphanumeric() => Script::Spaced,
        _ if character.is_ascii() => Script::None,
        _ if is_combining_mark(character) => Script::Mark,
        // Marks of repetition and length are parts of their words.
        '々' | '〆' | '〇' | 'ー' => Script::Eastern,
        _ if !character.is_alphanumeric() => Script::None,
        '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' => Script::SouthEastern,
        _ if stands_alone(character) => Script::Eastern,
        // Kana and their extensions.
        '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{1b000}'..='\u{1b16f}' => Script::Eastern,
        _ => Script::Spaced,
    }
}

/// Whether a character may be a word: an ideograph, or a syllable of Hangul.
pub(super) fn stands_alone(character: char) -> bool {
    matches!(character,
        '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}'
        | '\u{ac00}'..='\u{d7a3}' | '〇')
}

/// Whether a character is not seen: soft hyphens, joiners, zero-width spaces, marks of direction, variation selectors,
/// and the stroke that lengthens Arabic words.
pub(super) fn is_unseen(character: char) -> bool {
    matches!(character,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{0640}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a mark changes how a letter is said and not which it is: accents of Latin, Greek and Cyrillic, points of
/// Hebrew, vowel marks of Arabic and Syriac. Not so the marks of Indic and South-East Asian scripts, nor of kana.
pub(super) fn is_accent(character: char) -> bool {
    matches!(character,
        '\u{0300}'..='\u{036f}' | '\u{0483}'..='\u{0489}' | '\u{0591}'..='\u{05bd}' | '\u{05bf}'
        | '\u{05c1}'..='\u{05c2}' | '\u{05c4}'..='\u{05c5}' | '\u{05c7}' | '\u{0610}'..='\u{061a}'
        | '\u{064b}'..='\u{065f}' | '\u{0670}' | '\u{06d6}'..='\u{06dc}' | '\u{06df}'..='\u{06e4}'
        | '\u{06e7}'..='\u{06e8}' | '\u{06ea}'..='\u{06ed}' | '\u{0711}' | '\u{0730}'..='\u{074a}'
        | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}
