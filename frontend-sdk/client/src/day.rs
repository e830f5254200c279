//! Days as people read them in messages.

use aegle_rules::Timestamp;
use aegle_sealed::civil;

/// Milliseconds of a day.
const DAY_MS: u64 = 86_400_000;
/// Milliseconds of a minute.
const MINUTE_MS: u64 = 60_000;
/// The first moment that is said to be without end: the year 5000. What never ends is written as a time far ahead.
const WITHOUT_END_MS: u64 = 95_617_584_000_000;
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Formats the day of a moment in UTC, such as `3 May 2026`; what is thousands of years ahead as `no end`.
pub fn day(at: Timestamp) -> String {
    if at >= WITHOUT_END_MS {
        return "no end".into();
    }
    // Days before the year 5000 fit.
    let (year, month, day) = civil(i32::try_from(at / DAY_MS).unwrap_or(i32::MAX));
    let month = usize::try_from(month - 1)
        .ok()
        .and_then(|month| MONTHS.get(month))
        .copied();
    format!("{day} {} {year}", month.unwrap_or_default())
}

/// Formats the minute of a moment in UTC, such as `3 May 2026, 14:05 UTC`.
pub fn minute(at: Timestamp) -> String {
    if at >= WITHOUT_END_MS {
        return day(at);
    }
    let minutes = at % DAY_MS / MINUTE_MS;
    format!("{}, {:02}:{:02} UTC", day(at), minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (at, expected) in [
            (0, "1 January 1970"),
            (951_782_400_000, "29 February 2000"),
            (1_777_766_400_000, "3 May 2026"),
            (1_777_766_400_000 + DAY_MS - 1, "3 May 2026"),
            (4_102_444_799_999, "31 December 2099"),
            (u64::MAX, "no end"),
        ] {
            assert_eq!(day(at), expected);
        }
        assert_eq!(
            minute(1_777_766_400_000 + 14 * 3_600_000 + 5 * MINUTE_MS),
            "3 May 2026, 14:05 UTC"
        );
    }
}
