//! Ranges of dates and numbers.

use super::{
    fault::{QueryFault, Refusal},
    letters::{Letter, string},
    tree::Tree,
};
use crate::{
    Keyword, KeywordError,
    calendar::{self, DAYS, Period},
    indexing::decimal,
    number::NUMBERS,
    spans::{Line, Point, Span},
    unit::Unit,
};

/// One end of a range.
#[derive(Clone, Copy)]
struct End<'a> {
    letters: &'a [Letter],
    /// Where it stands in the query.
    at: usize,
    /// Whether the range goes up to it only.
    exclusive: bool,
}

impl<'a> End<'a> {
    /// `None` when there are no letters.
    fn new(letters: &'a [Letter], exclusive: bool) -> Option<Self> {
        letters.first().map(|first| Self {
            letters,
            at: first.at,
            exclusive,
        })
    }
}

/// Both ends of a range, at least one of them there.
struct Ends<'a> {
    from: Option<End<'a>>,
    to: Option<End<'a>>,
    /// A value alone: both ends are it.
    single: bool,
}

/// A term about dates: see [`crate::query`].
pub(super) fn date(letters: &[Letter], at: usize) -> Result<Tree, Refusal> {
    let ends = ends(letters, at)?;
    let period = |end: End<'_>| -> Result<Period, Refusal> {
        let refuse = |fault| Refusal::new(end.at, fault);
        let period = calendar::period(&string(end.letters)).ok_or(refuse(QueryFault::NoSuchDate))?;
        // A day alone is found by its own keyword, also where no range reaches.
        let reachable = DAYS.first <= period.first && period.last <= DAYS.last;
        if reachable || (ends.single && period.first == period.last) {
            return Ok(period);
        }
        Err(refuse(QueryFault::DateOutOfRange))
    };
    let from = |end: End<'_>| period(end).map(|period| if end.exclusive { period.last + 1 } else { period.first });
    let to = |end: End<'_>| period(end).map(|period| if end.exclusive { period.first - 1 } else { period.last });
    let (from, to) = (ends.from.map(from).transpose()?, ends.to.map(to).transpose()?);
    match (ends.single, from) {
        // Days beyond the line are told apart by their own keyword alone.
        (true, Some(day)) if from == to && DAYS.point(day) != Point::On(day) => {
            let day = Keyword::day(&calendar::written(day));
            let day = day.map_err(|error| Refusal::new(at, QueryFault::Keyword(error)))?;
            Ok(Tree::Term(day, at))
        }
        _ => cover(&DAYS, from, to, touched_days, Keyword::all_days, at),
    }
}

/// The keywords of a span of days that is touched. One day is touched by what happened on it, and by what lasted longer.
fn touched_days(span: Span) -> Result<Vec<Keyword>, KeywordError> {
    let mut keywords = Vec::new();
    if let Span::On { level: 0, index } = span {
        keywords.push(Keyword::day(&calendar::written(index))?);
    }
    keywords.push(Keyword::day_span(span)?);
    Ok(keywords)
}

/// A term about the values of what a coding says: numbers and their unit.
pub(super) fn value(coding: (&str, &str), letters: &[Letter], at: usize) -> Result<Tree, Refusal> {
    let (range, rest) = parted(letters);
    let ends = ends(range, at)?;
    let Some(first) = rest.first() else {
        return Err(Refusal::new(at, QueryFault::NoUnit));
    };
    let unit = Unit::parse(string(rest).trim());
    let unit = unit.map_err(|error| Refusal::new(first.at, QueryFault::Keyword(error)))?;
    let place = |end: End<'_>| -> Result<i32, Refusal> {
        let refuse = |fault| Refusal::new(end.at, fault);
        let number = decimal(&string(end.letters)).map_err(|error| refuse(QueryFault::Keyword(error)))?;
        if !number.is_short() {
            return Err(refuse(QueryFault::TooPrecise));
        }
        match unit.place(number) {
            Point::On(place) => Ok(place),
            Point::Below | Point::Above => Err(refuse(QueryFault::NumberOutOfRange)),
        }
    };
    let from = |end: End<'_>| place(end).map(|place| place + i32::from(end.exclusive));
    let to = |end: End<'_>| place(end).map(|place| place - i32::from(end.exclusive));
    let (from, to) = (ends.from.map(from).transpose()?, ends.to.map(to).transpose()?);
    let unit = unit.canonical();
    cover(
        &NUMBERS,
        from,
        to,
        |span| Ok(vec![Keyword::value_span(span, unit, coding)?]),
        |span| Keyword::all_values(span, unit, coding),
        at,
    )
}

/// The range, and the unit behind it.
fn parted(letters: &[Letter]) -> (&[Letter], &[Letter]) {
    let blank = |letter: &Letter| letter.character.is_whitespace();
    let space = letters.iter().position(blank).unwrap_or(letters.len());
    let (range, rest) = letters.split_at(space);
    let unit = rest.iter().position(|letter| !blank(letter)).unwrap_or(rest.len());
    (range, &rest[unit..])
}

/// The ends of `>a`, `>=a`, `<a`, `<=a`, `a..b`, `a..<b`, `a..`, `..b`, `..<b` and `a`.
fn ends(letters: &[Letter], at: usize) -> Result<Ends<'_>, Refusal> {
    let character = |index: usize| letters.get(index).map(|letter| letter.character);
    let behind = letters
        .last()
        .map_or(at, |letter| letter.at + letter.character.len_utf8());
    let missing = Refusal::new(behind, QueryFault::ExpectedValue);
    if let Some(sign @ ('<' | '>')) = character(0) {
        let inclusive = character(1) == Some('=');
        let bound = End::new(&letters[1 + usize::from(inclusive)..], !inclusive).ok_or(missing)?;
        let (from, to) = if sign == '>' {
            (Some(bound), None)
        } else {
            (None, Some(bound))
        };
        return Ok(Ends {
            from,
            to,
            single: false,
        });
    }
    let dots = (0..letters.len()).find(|index| character(*index) == Some('.') && character(index + 1) == Some('.'));
    let Some(dots) = dots else {
        let both = End::new(letters, false);
        return match both {
            Some(_) => Ok(Ends {
                from: both,
                to: both,
                single: true,
            }),
            None => Err(missing),
        };
    };
    let exclusive = character(dots + 2) == Some('<');
    let from = End::new(&letters[..dots], false);
    let to = End::new(&letters[dots + 2 + usize::from(exclusive)..], exclusive);
    match (&from, &to) {
        (_, None) if exclusive => Err(missing),
        (None, None) => Err(Refusal::new(at, QueryFault::NoBound)),
        _ => Ok(Ends {
            from,
            to,
            single: false,
        }),
    }
}

/// The keywords of a range: of the spans that a record touches, and of those around them that it fills.
fn cover(
    line: &Line,
    from: Option<i32>,
    to: Option<i32>,
    touched: impl Fn(Span) -> Result<Vec<Keyword>, KeywordError>,
    filled: impl Fn(Span) -> Result<Keyword, KeywordError>,
    at: usize,
) -> Result<Tree, Refusal> {
    if let (Some(from), Some(to)) = (from, to) {
        if from > to {
            return Err(Refusal::new(at, QueryFault::EmptyRange));
        }
    }
    let (spans, around) = line.range(from, to);
    let refuse = |error| Refusal::new(at, QueryFault::Keyword(error));
    let mut keywords = Vec::new();
    for span in spans {
        keywords.extend(touched(span).map_err(refuse)?);
    }
    for span in around {
        keywords.push(filled(span).map_err(refuse)?);
    }
    Ok(Tree::any(keywords, at))
}
