//! Days as people read them in messages.

use aegle_rules::Timestamp;

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
    let (year, month, day) = civil(at / DAY_MS);
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

/// Computes year, month and day of a number of days since 1970 (Howard Hinnant, "chrono-compatible low-level date
/// algorithms", `civil_from_days`).
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
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
