//! Days of the Gregorian calendar, by number: 0 is 1970-01-01.

use crate::{
    limits::{DAY_SPAN_LEVELS, FIRST_SPAN_YEAR, LAST_SPAN_YEAR},
    spans::Line,
};

/// The line of days.
pub(crate) const DAYS: Line = Line {
    first: new_year(FIRST_SPAN_YEAR),
    last: new_year(LAST_SPAN_YEAR + 1) - 1,
    top: DAY_SPAN_LEVELS,
};

// Both lines lie inside their four greatest spans, with a step to spare at each end.
const _: () = assert!(DAYS.last < (2 << (2 * DAYS.top)) - 1 && DAYS.first > -(2 << (2 * DAYS.top)));

/// The days from `first` to `last`, both of them in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Period {
    pub(crate) first: i32,
    pub(crate) last: i32,
}

/// The days of a year (`YYYY`), a month (`YYYY-MM`) or a day (`YYYY-MM-DD`); `None` when there is no such one.
pub(crate) fn period(text: &str) -> Option<Period> {
    let mut parts = text.split('-');
    let year = digits(parts.next()?, 4).filter(|year| *year > 0)?;
    let month = match parts.next() {
        Some(part) => Some(digits(part, 2).filter(|month| (1..=12).contains(month))?),
        None => None,
    };
    let day = match (month, parts.next()) {
        (Some(month), Some(part)) => Some(digits(part, 2).filter(|day| (1..=days_in(year, month)).contains(day))?),
        _ => None,
    };
    if parts.next().is_some() {
        return None;
    }
    let (first_month, last_month) = month.map_or((1, 12), |month| (month, month));
    let (first_day, last_day) = day.map_or((1, days_in(year, last_month)), |day| (day, day));
    Some(Period {
        first: number(year, first_month, first_day),
        last: number(year, last_month, last_day),
    })
}

/// The number of a day of the form `YYYY-MM-DD`; `None` when there is no such one.
pub(crate) fn day(text: &str) -> Option<i32> {
    // A day alone has this length.
    (text.len() == "YYYY-MM-DD".len())
        .then(|| period(text))?
        .map(|period| period.first)
}

/// Computes year, month and day of a number of days since 1970-01-01 (Howard Hinnant, "chrono-compatible low-level date
/// algorithms", `civil_from_days`), for years of up to six digits.
pub fn civil(number: i32) -> (i32, i32, i32) {
    let shifted = number + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (year_of_era + era * 400 + i32::from(month <= 2), month, day)
}

/// The day of a number, in the form `YYYY-MM-DD`.
pub(crate) fn written(number: i32) -> String {
    let (year, month, day) = civil(number);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The number of a day (as above, `days_from_civil`).
const fn number(year: i32, month: i32, day: i32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The number of the first day of a year.
pub(crate) const fn new_year(year: i32) -> i32 {
    number(year, 1, 1)
}

fn days_in(year: i32, month: i32) -> i32 {
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 31,
    }
}

fn digits(text: &str, length: usize) -> Option<i32> {
    (text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::{day, new_year, period, written};

    #[test]
    fn numbers_and_days_are_each_others_inverse() {
        let (first, last) = (new_year(1), new_year(10_000) - 1);
        let mut previous = String::new();
        for number in first..=last {
            let text = written(number);
            assert_eq!(day(&text), Some(number), "{text}");
            assert!(previous < text, "{previous} {text}");
            previous = text;
        }
        assert_eq!(day("1970-01-01"), Some(0));
        assert_eq!(day("2000-02-29"), Some(11_016));
        assert_eq!(previous, "9999-12-31");
    }

    #[test]
    fn periods_are_years_months_and_days() {
        let cases = [
            ("2024", Some(("2024-01-01", "2024-12-31"))),
            ("2024-02", Some(("2024-02-01", "2024-02-29"))),
            ("1900-02", Some(("1900-02-01", "1900-02-28"))),
            ("2024-11", Some(("2024-11-01", "2024-11-30"))),
            ("2024-11-07", Some(("2024-11-07", "2024-11-07"))),
            ("2024-11-31", None),
            ("2024-13", None),
            ("2024-00", None),
            ("2024-1", None),
            ("0000", None),
            ("24", None),
            ("2024-", None),
            ("2024-01-01-01", None),
            ("", None),
        ];
        for (text, expected) in cases {
            let found = period(text).map(|period| (written(period.first), written(period.last)));
            let found = found.as_ref().map(|(first, last)| (first.as_str(), last.as_str()));
            assert_eq!(found, expected, "{text}");
        }
    }
}
