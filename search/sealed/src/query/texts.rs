//! Terms about the words of a text.

use super::{
    fault::{QueryFault, Refusal},
    letters::{Letter, Mark, marked, string},
    terms::needle,
    tree::Tree,
};
use crate::{
    Keyword,
    analysis::{Part, Searchable, alone, parts, together},
    limits::*,
    words,
};

/// All words of a text, some of which may be marked. No word is left out: what cannot be searched for is refused.
pub(super) fn text(letters: &[Letter], at: usize) -> Result<Tree, Refusal> {
    let mut found = Vec::new();
    // Words in a row that are not marked are searched together, so that each stands next to its neighbours.
    let mut plain: Vec<Letter> = Vec::new();
    for word in letters.split(|letter| letter.character.is_whitespace()) {
        let accented = word
            .first()
            .is_some_and(|first| first.character == '=' && !first.escaped);
        let marked = marked(word);
        let written = marked.map_or(word, |(written, ..)| written);
        if let Some(misplaced) = written.iter().find(|letter| letter.mark().is_some()) {
            return Err(Refusal::new(misplaced.at, QueryFault::MisplacedMark));
        }
        match marked {
            Some((written, last, mark)) => {
                let before = marked_word(written, last, mark)?;
                plain.extend(before.0);
                unmarked(&std::mem::take(&mut plain), &mut found)?;
                found.push(before.1);
            }
            None if accented => {
                unmarked(&std::mem::take(&mut plain), &mut found)?;
                found.push(exact(&word[1..], word[0].at)?);
            }
            None => {
                plain.extend(word);
                plain.extend(word.last().map(|last| Letter {
                    character: ' ',
                    at: last.at,
                    escaped: false,
                }));
            }
        }
    }
    unmarked(&plain, &mut found)?;
    if found.is_empty() {
        return Err(Refusal::new(at, QueryFault::NoWords));
    }
    Ok(Tree::joined(found, Tree::And))
}

/// Words without a mark, in a row.
fn unmarked(letters: &[Letter], found: &mut Vec<Tree>) -> Result<(), Refusal> {
    let Some(first) = letters.first() else { return Ok(()) };
    let refuse = |fault| Refusal::new(first.at, fault);
    let parts = parts(&string(letters));
    let mut searched = Vec::new();
    for (place, part) in parts.iter().enumerate() {
        let next = parts.get(place + 1).and_then(|next| together(part, next));
        let before = place.checked_sub(1).and_then(|before| together(&parts[before], part));
        match part {
            Part::TooLong => return Err(refuse(QueryFault::LongWord)),
            Part::Word(word) if word.is_common() && next.is_none() && before.is_none() => {
                return Err(refuse(QueryFault::CommonWord));
            }
            // Every two characters; one by itself where it can be a word.
            Part::Run(characters) => match characters.as_slice() {
                [(_, false)] if next.is_none() && before.is_none() => return Err(refuse(QueryFault::ShortRun)),
                [(one, true)] => searched.push(Searchable::Word(one.clone())),
                [_] => {}
                several => {
                    let pairs = several.windows(2).map(|pair| format!("{}{}", pair[0].0, pair[1].0));
                    searched.extend(pairs.map(Searchable::Word));
                }
            },
            Part::Word(_) => {
                let own = alone(part).into_iter();
                searched.extend(own.filter(|own| matches!(own, Searchable::Word(_))));
            }
        }
        searched.extend(next);
    }
    for own in &searched {
        let keyword = Keyword::searchable(own).map_err(|error| refuse(QueryFault::Keyword(error)))?;
        found.push(Tree::Term(keyword, first.at));
    }
    Ok(())
}

/// A word with its accents.
fn exact(letters: &[Letter], at: usize) -> Result<Tree, Refusal> {
    let refuse = |fault| Refusal::new(at, fault);
    match parts(&string(letters)).as_slice() {
        [Part::Word(word)] => match &word.accented {
            Some(accented) => {
                let keyword = Keyword::searchable(&Searchable::Accented(accented.clone()));
                Ok(Tree::Term(
                    keyword.map_err(|error| refuse(QueryFault::Keyword(error)))?,
                    at,
                ))
            }
            None => Err(refuse(QueryFault::NoAccent)),
        },
        _ => Err(refuse(QueryFault::NoAccent)),
    }
}

/// A word with a mark: what stands before its last part, and the keywords of that part.
fn marked_word(written: &[Letter], last: Letter, mark: Mark) -> Result<(Vec<Letter>, Tree), Refusal> {
    // The analysis may make several words of it: the mark is the last one's.
    let is_part = |letter: &Letter| {
        letter.character.is_alphanumeric() || unicode_normalization::char::is_combining_mark(letter.character)
    };
    let begin = written
        .iter()
        .rposition(|letter| !is_part(letter))
        .map_or(0, |end| end + 1);
    let (before, own) = written.split_at(begin);
    let first = own.first().unwrap_or(&last);
    let asked = match parts(&string(own)).pop() {
        None => String::new(),
        Some(Part::Word(word)) => word.folded,
        Some(Part::Run(_)) => return Err(Refusal::new(last.at, QueryFault::NoMark)),
        Some(Part::TooLong) => return Err(Refusal::new(first.at, QueryFault::LongWord)),
    };
    let length = asked.chars().count();
    let keywords = match mark {
        Mark::Beginning => {
            needle(first, length, MIN_PREFIX_CHARS, MAX_TEXT_PREFIX_CHARS)?;
            vec![Keyword::text_prefix(&asked)]
        }
        Mark::Fuzzy => {
            needle(first, length, MIN_FUZZY_CHARS, MAX_FUZZY_CHARS)?;
            words::asked(&asked)
                .iter()
                .map(|form| Keyword::text_fuzzy(form))
                .collect()
        }
    };
    let keywords = keywords.into_iter().collect::<Result<Vec<_>, _>>();
    let keywords = keywords.map_err(|error| Refusal::new(first.at, QueryFault::Keyword(error)))?;
    Ok((before.to_vec(), Tree::any(keywords, first.at)))
}
