//! Dates to search by (FHIR R4, 3.1.1.4.6): every precision that FHIR writes, and the moments that they stand for.
use aegle_rules::Timestamp;
use std::ops::Range;

const DAY_MS: i64 = 86_400_000;
const MINUTE_MS: i64 = 60_000;

/// The reason why a date is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum DateError {
    /// The prefix is one that is not supported.
    #[error("the prefixes of a date are eq, ge, gt, sa, le, lt and eb, or none")]
    Prefix,
    /// It is no date.
    #[error(
        "a date is YYYY, YYYY-MM, YYYY-MM-DD, or YYYY-MM-DDThh:mm with seconds or without and with a time zone, Z or +hh:mm; write the + of a time zone as %2B"
    )]
    Malformed,
}

/// Reads a date with its prefix, and returns the moments that it is true of, in milliseconds since the Unix epoch. A date without
/// a time is one of UTC.
pub(super) fn moments(text: &str) -> Result<Range<Timestamp>, DateError> {
    let digits = text
        .find(|one: char| one.is_ascii_digit())
        .ok_or(DateError::Malformed)?;
    let (prefix, date) = text.split_at(digits);
    let Range { start, end } = range(date).ok_or(DateError::Malformed)?;
    Ok(match prefix {
        "" | "eq" => start..end,
        "ge" => start..Timestamp::MAX,
        // What is recorded is one moment: to be later than the range is to begin after it.
        "gt" | "sa" => end..Timestamp::MAX,
        "le" => 0..end,
        "lt" | "eb" => 0..start,
        _ => return Err(DateError::Prefix),
    })
}

/// The moments of a date, to its precision. What was before 1970 is nothing.
fn range(text: &str) -> Option<Range<Timestamp>> {
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut parts = date.split('-');
    let year = number(parts.next()?, 4)?;
    let month = parts
        .next()
        .map(|text| number(text, 2))
        .map_or(Some(None), |found| found.map(Some))?;
    let day = parts
        .next()
        .map(|text| number(text, 2))
        .map_or(Some(None), |found| found.map(Some))?;
    if parts.next().is_some() || year == 0 {
        return None;
    }
    let (first, end) = match (month, day, time) {
        (None, None, None) => (day_number(year, 1, 1)?, day_number(year + 1, 1, 1)?),
        (Some(month), None, None) => {
            let next = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
            (day_number(year, month, 1)?, day_number(next.0, next.1, 1)?)
        }
        (Some(month), Some(day), None) => {
            let first = day_number(year, month, day)?;
            (first, first + 1)
        }
        (Some(month), Some(day), Some(time)) => {
            let Range { start, end } = moment(time)?;
            let midnight = day_number(year, month, day)? * DAY_MS;
            return Some(since_epoch(midnight + start)..since_epoch(midnight + end));
        }
        _ => return None,
    };
    Some(since_epoch(first * DAY_MS)..since_epoch(end * DAY_MS))
}

fn since_epoch(ms: i64) -> Timestamp {
    Timestamp::try_from(ms).unwrap_or_default()
}

/// The time of a day in UTC, in milliseconds after the midnight that is written: `hh:mm`, with seconds and their fraction or
/// without, and a time zone.
fn moment(text: &str) -> Option<Range<i64>> {
    let zone = text.find(['Z', '+', '-'])?;
    let (time, zone) = text.split_at(zone);
    let offset = match zone.split_at_checked(1)? {
        ("Z", "") => 0,
        (sign, zone) => {
            let (hours, minutes) = zone.split_once(':')?;
            let minutes = number(hours, 2).filter(|hours| *hours <= 14)? * 60 + below(number(minutes, 2)?, 60)?;
            match sign {
                "+" => minutes,
                "-" => -minutes,
                _ => return None,
            }
        }
    };
    let mut parts = time.split(':');
    let hours = below(number(parts.next()?, 2)?, 24)?;
    let minutes = below(number(parts.next()?, 2)?, 60)?;
    let (seconds, length) = match parts.next() {
        None => (0, MINUTE_MS),
        Some(text) => seconds(text)?,
    };
    if parts.next().is_some() {
        return None;
    }
    let start = (hours * 60 + minutes - offset) * MINUTE_MS + seconds;
    Some(start..start + length)
}

/// Seconds in milliseconds, and how long what they are written to is.
fn seconds(text: &str) -> Option<(i64, i64)> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let whole = below(number(whole, 2)?, 60)? * 1_000;
    let Some(fraction) = fraction else {
        return Some((whole, 1_000));
    };
    // Nothing is recorded finer than to the millisecond.
    let length = match fraction.len() {
        1 => 100,
        2 => 10,
        3 => 1,
        _ => return None,
    };
    Some((whole + number(fraction, fraction.len())? * length, length))
}

fn below(number: i64, limit: i64) -> Option<i64> {
    (number < limit).then_some(number)
}

/// A number of exactly so many digits.
fn number(text: &str, digits: usize) -> Option<i64> {
    let fits = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| text.parse().ok()).flatten()
}

/// The number of days since 1970-01-01 (Howard Hinnant, "chrono-compatible low-level date algorithms", `days_from_civil`);
/// `None` where the month has no such day.
fn day_number(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=days).contains(&day) {
        return None;
    }
    // The year begins in March, so that the leap day is its last.
    let (shifted_year, shifted_month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let year_of_era = shifted_year.rem_euclid(400);
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(shifted_year.div_euclid(400) * 146_097 + day_of_era - 719_468)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use aegle_protocol::fhir::instant;

    #[test]
    fn a_date_stands_for_the_moments_of_its_precision() {
        for (text, first, end) in [
            ("2026", "2026-01-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z"),
            ("eq2026-12", "2026-12-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z"),
            ("2024-02", "2024-02-01T00:00:00.000Z", "2024-03-01T00:00:00.000Z"),
            ("2024-02-29", "2024-02-29T00:00:00.000Z", "2024-03-01T00:00:00.000Z"),
            (
                "2026-05-03T14:05Z",
                "2026-05-03T14:05:00.000Z",
                "2026-05-03T14:06:00.000Z",
            ),
            (
                "2026-05-03T14:05:09Z",
                "2026-05-03T14:05:09.000Z",
                "2026-05-03T14:05:10.000Z",
            ),
            (
                "2026-05-03T14:05:09.25Z",
                "2026-05-03T14:05:09.250Z",
                "2026-05-03T14:05:09.260Z",
            ),
            (
                "2026-05-03T00:30:00.001+02:00",
                "2026-05-02T22:30:00.001Z",
                "2026-05-02T22:30:00.002Z",
            ),
            (
                "2026-12-31T23:30-01:30",
                "2027-01-01T01:00:00.000Z",
                "2027-01-01T01:01:00.000Z",
            ),
            ("1960", "1970-01-01T00:00:00.000Z", "1970-01-01T00:00:00.000Z"),
        ] {
            let found = moments(text).unwrap();
            assert_eq!(instant(found.start).unwrap(), first, "{text}");
            assert_eq!(instant(found.end).unwrap(), end, "{text}");
        }
    }

    #[test]
    fn prefixes_compare_with_the_whole_range() {
        let day = moments("2026-05-03").unwrap();
        for (prefix, expected) in [
            ("ge", day.start..u64::MAX),
            ("gt", day.end..u64::MAX),
            ("sa", day.end..u64::MAX),
            ("le", 0..day.end),
            ("lt", 0..day.start),
            ("eb", 0..day.start),
        ] {
            assert_eq!(moments(&format!("{prefix}2026-05-03")), Ok(expected), "{prefix}");
        }
        for prefix in ["ne", "ap", "xx", "GE"] {
            assert_eq!(moments(&format!("{prefix}2026")), Err(DateError::Prefix));
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "ge",
            "26",
            "0000",
            "2026-13",
            "2026-00",
            "2026-1",
            "2026-02-29",
            "2026-04-31",
            "2026-05-03-01",
            "2026-05-03T",
            "2026-05T10:00Z",
            "2026-05-03T14",
            "2026-05-03T14:05",
            "2026-05-03T24:00Z",
            "2026-05-03T14:60Z",
            "2026-05-03T14:05:60Z",
            "2026-05-03T14:05:09.1234Z",
            "2026-05-03T14:05:09.Z",
            "2026-05-03T14:05 02:00",
            "2026-05-03T14:05+15:00",
            "2026-05-03T14:05+02",
            "2026,2027",
            "2026 ",
        ] {
            assert_eq!(moments(text), Err(DateError::Malformed), "{text:?}");
        }
    }
}
