//! Dates as text.

/// The first day of a year, a month or a day.
pub(crate) fn first_day(date: &str) -> String {
    format!("{date}{}", &"0000-01-01"[date.len()..])
}

/// The last day of a year, a month or a day.
pub(crate) fn last_day(date: &str) -> String {
    let whole = |month: &str| -> String {
        let number = |text: &str| text.parse::<u32>().expect("dates are written in digits");
        let (year, of_year) = (number(&month[..4]), number(&month[5..]));
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match of_year {
            2 => 28 + u32::from(leap),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        format!("{month}-{days}")
    };
    match date.len() {
        4 => format!("{date}-12-31"),
        7 => whole(date),
        _ => date.to_owned(),
    }
}
