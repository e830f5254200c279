//! Records and questions at random.

use super::{FORMS, Form, Quantity, Question, Record, SYSTEMS, UNITS, days_of};
use aegle_sealed::{Comparator, Keyword};
use proptest::{prelude::*, sample::select};

fn days() -> impl Strategy<Value = String> {
    let year = prop_oneof![4 => 2023..=2025, 1 => select(vec![1_000, 1_611, 1_612, 1_969, 2_327, 2_328, 9_999])];
    (year, 1..=12, 1..=31).prop_filter_map("a day of the calendar", |(year, month, day)| {
        let text = format!("{year:04}-{month:02}-{day:02}");
        Keyword::day(&text).is_ok().then_some(text)
    })
}

/// A day, its month or its year.
fn parts() -> impl Strategy<Value = String> {
    (days(), select(vec![4_usize, 7, 10, 10])).prop_map(|(day, cut)| day[..cut].to_owned())
}

/// From a date to another, or an open end.
fn times() -> impl Strategy<Value = (Option<String>, Option<String>)> {
    let one = parts().prop_map(|date| (Some(date.clone()), Some(date)));
    let two = (parts(), parts()).prop_map(|(one, other)| {
        let (low, high) = if days_of(&one).0 <= days_of(&other).0 {
            (one, other)
        } else {
            (other, one)
        };
        if days_of(&high).1 < days_of(&low).0 {
            (Some(high), Some(low))
        } else {
            (Some(low), Some(high))
        }
    });
    let open =
        (parts(), any::<bool>()).prop_map(|(date, from)| if from { (Some(date), None) } else { (None, Some(date)) });
    prop_oneof![2 => one, 2 => two, 1 => open]
}

const COMPARATORS: [Comparator; 8] = [
    Comparator::Is,
    Comparator::Is,
    Comparator::Is,
    Comparator::Is,
    Comparator::Less,
    Comparator::AtMost,
    Comparator::More,
    Comparator::AtLeast,
];

fn quantities() -> impl Strategy<Value = Quantity> {
    let digits = prop_oneof![
        -20_i64..20,
        -99_999_i64..100_000,
        select(vec![13_999, 14_000, 14_001, 10_000, 99_999])
    ];
    (digits, -2..2_i32, 0..UNITS.len()).prop_map(|(digits, shift, unit)| Quantity { digits, shift, unit })
}

fn codes() -> impl Strategy<Value = (&'static str, String)> {
    (select(&SYSTEMS[..]), "I[12]{2}(\\.[12]{0,2})?")
}

pub(super) fn records() -> impl Strategy<Value = Vec<Record>> {
    let record = (
        prop::collection::vec(codes(), 0..5),
        prop::collection::vec(times(), 0..3),
        prop::collection::vec((0..3_usize, select(&COMPARATORS[..]), quantities()), 0..3),
        prop::collection::vec("[xy]{2,7}", 0..5),
    );
    let record = record.prop_map(|(codes, times, quantities, text)| Record {
        codes,
        times,
        quantities,
        text,
    });
    prop::collection::vec(record, 1..10)
}

/// Ranges of dates in the order of their bounds, which may lack day and month.
fn dates() -> impl Strategy<Value = Question> {
    let cut = || select(vec![4_usize, 7, 10, 10]);
    (select(&FORMS[..]), days(), cut(), days(), cut()).prop_filter_map(
        "a range",
        |(form, one, cut, other, other_cut)| {
            let reachable = |day: &String| (1_612..=2_327).contains(&day[..4].parse::<i32>().unwrap());
            let (low, high) = if one <= other { (one, other) } else { (other, one) };
            let (low_cut, high_cut) = (low[..cut].to_owned(), high[..other_cut].to_owned());
            // What ends before it begins is refused, as `2024..<2024-01`.
            let empty = matches!(form, Form::HalfOpen) && low >= high_cut
                || low_cut.len() > high_cut.len() && low_cut.starts_with(&high_cut);
            (reachable(&low) && reachable(&high) && !empty).then_some(Question::Dates(form, low_cut, high_cut))
        },
    )
}

fn values() -> impl Strategy<Value = Question> {
    (0..3_usize, select(&FORMS[..]), quantities(), quantities()).prop_filter_map(
        "a range",
        |(code, form, one, other)| {
            let other = Quantity {
                unit: one.unit,
                ..other
            };
            let (low, high) = if one.scaled() <= other.scaled() {
                (one, other)
            } else {
                (other, one)
            };
            let empty = matches!(form, Form::HalfOpen) && low.scaled() == high.scaled();
            (!empty).then_some(Question::Values(code, form, low, high))
        },
    )
}

pub(super) fn terms() -> impl Strategy<Value = Question> {
    prop_oneof![
        2 => codes().prop_map(|(system, code)| Question::Code(system, code)),
        2 => (prop::option::of(select(&SYSTEMS[..3])), "I[12]{2}(\\.[12]{0,1})?")
            .prop_map(|(system, prefix)| Question::CodePrefix(system, prefix)),
        3 => dates(),
        3 => values(),
        2 => "[xy]{3,5}".prop_map(Question::Prefix),
        3 => "[xyz]{4,6}".prop_map(Question::Fuzzy),
    ]
}

pub(super) fn questions() -> impl Strategy<Value = Question> {
    terms().prop_recursive(2, 4, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(one, other)| Question::And(one.into(), other.into())),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| Question::Or(one.into(), other.into())),
            inner.prop_map(|part| Question::Not(part.into())),
        ]
    })
}
