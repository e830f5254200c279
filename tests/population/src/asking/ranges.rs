//! Terms about dates and values.

use super::{Asker, Kind};
use crate::{
    calendar::first_day,
    draws::Draws,
    form::Form,
    lexicon::Aspect,
    number::{Fraction, Rounded},
    term::Term,
    unit,
};

/// How much of a day is written: the year, the month, or all of it.
const PRECISIONS: [usize; 3] = ["2026".len(), "2026-06".len(), "2026-06-30".len()];
/// At how many tenths of a value a range around it begins and ends.
const BEGINS: [i128; 4] = [2, 5, 8, 10];
const ENDS: [i128; 4] = [10, 11, 13, 30];

impl Asker<'_> {
    pub(super) fn date(&self, kind: Kind, draws: &mut Draws) -> Option<Term> {
        let mut dates = [self.end(draws)?, self.end(draws)?];
        dates.sort();
        let bounds = dates.map(|date| date[..date.len().min(*draws.choose(&PRECISIONS))].to_owned());
        let [from, to] = bounds.clone();
        let form = match kind {
            Kind::DatePeriod => Form::At(from),
            // A range up to where it begins is refused: it would find nothing.
            Kind::DateBetween if draws.once_in(2) && first_day(&from) < first_day(&to) => Form::Before(from, to),
            Kind::DateBetween => Form::Between(from, to),
            Kind::DateOpen => open(draws.choose(&bounds).clone(), draws),
            _ => sign(draws.choose(&bounds).clone(), draws),
        };
        Some(Term::Date(form))
    }

    /// An end of a time.
    fn end(&self, draws: &mut Draws) -> Option<String> {
        let time = self.string(Aspect::Time, draws)?;
        let (from, to) = time.split_once("..")?;
        let end = if draws.once_in(2) || to.is_empty() { from } else { to };
        Some(if end.is_empty() { to } else { end }.to_owned())
    }

    pub(super) fn value(&self, kind: Kind, draws: &mut Draws) -> Option<Term> {
        let value = self.string(Aspect::Value, draws)?;
        let lines: Vec<&str> = value.split('\n').collect();
        let [_, number, unit, coding] = lines.as_slice() else {
            return None;
        };
        let (number, unit) = (Fraction::parse(number)?, *unit);
        let (value, unit, kind) = match kind {
            Kind::QuantityInAnotherUnit => {
                let others = unit::others(unit);
                let other = *others.get(draws.below(others.len().max(1)))?;
                let forms = [
                    Kind::Quantity,
                    Kind::QuantityBetween,
                    Kind::QuantityOpen,
                    Kind::QuantityCompared,
                ];
                (unit::converted(number, unit, other), other, *draws.choose(&forms))
            }
            kind => (number, unit, kind),
        };
        let form = match kind {
            Kind::Quantity => Form::At(value.rounded().written()),
            Kind::QuantityBetween => between(value, unit, draws)?,
            Kind::QuantityOpen => open(bound(value, draws).written(), draws),
            _ => sign(bound(value, draws).written(), draws),
        };
        Some(Term::Value((*coding).to_owned(), form, unit.to_owned()))
    }
}

fn open(bound: String, draws: &mut Draws) -> Form {
    draws.choose(&[Form::From, Form::To, Form::UpTo])(bound)
}

fn sign(bound: String, draws: &mut Draws) -> Form {
    draws.choose(&[Form::Above, Form::AtLeast, Form::Below, Form::AtMost])(bound)
}

/// Returns the value itself, or with fewer digits.
fn bound(value: Fraction, draws: &mut Draws) -> Rounded {
    value.rounded().cut_to(1 + draws.below(5) as u32)
}

/// A range around a value, or with an end at it; or beside it, when an end has fewer digits.
fn between(value: Fraction, unit: &str, draws: &mut Draws) -> Option<Form> {
    let mut end = |tenths: &[i128]| bound(value.times(Fraction::new(*draws.choose(tenths), 10)), draws);
    let (one, other) = (end(&BEGINS), end(&ENDS));
    let (from, to) = (one.min(other).written(), one.max(other).written());
    let position = |text: &str| {
        let value = Fraction::parse(text)?;
        Some(unit::compared(value, unit).value.rounded())
    };
    // As with dates.
    Some(if draws.once_in(2) && position(&from)? < position(&to)? {
        Form::Before(from, to)
    } else {
        Form::Between(from, to)
    })
}
