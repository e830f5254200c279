use super::{Authored, Interval, authored, intervals, timestamp};
use crate::fhir::json::Object;
use proptest::prelude::*;

fn object(text: &str) -> Object {
    let raw = serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    Object::parse(raw).unwrap_or_else(|(fault, _)| panic!("{text}: {fault:?}"))
}

#[test]
fn moments_are_read_with_their_zones() {
    let cases = [
        ("1970-01-01", Some(0)),
        ("2000-02-29", Some(951_782_400_000)),
        ("2013-04-02T09:30:10+01:00", Some(1_364_891_410_000)),
        ("2015-02-07T13:28:17.239Z", Some(1_423_315_697_239)),
        ("2015-02-07T13:28:17.2-05:00", Some(1_423_333_697_200)),
        ("1969-12-31T23:00:00-02:00", Some(3_600_000)),
        ("1960-01-01", None),
        ("2012", None),
        ("2012-05", None),
        ("2012-13-01", None),
        ("2012-02-31", None),
        ("2011-02-29", None),
        ("2012-04-31", None),
        ("2012-5-1", None),
        ("0000-01-01", None),
        ("yesterday", None),
        ("", None),
        ("2012-01-01T25:00:00Z", None),
        ("2012-01-01T10:00:00+15:00", None),
        ("2012-01-01T10:00:00Zulu", None),
    ];
    for (text, expected) in cases {
        assert_eq!(timestamp(text), expected, "{text}");
    }
}

#[test]
fn the_first_element_that_is_there_says_when_a_resource_was_written() {
    let vague = |text: &str| Authored::Vague(text.into());
    let cases = [
        (r#"{"recordedDate":"2000-02-29"}"#, Authored::At(951_782_400_000)),
        (
            r#"{"effectiveDateTime":"2000-02-29"}"#,
            Authored::Guessed(951_782_400_000),
        ),
        (
            r#"{"effectiveDateTime":"2001-02-28","issued":"2000-02-29"}"#,
            Authored::At(951_782_400_000),
        ),
        (
            r#"{"period":{"start":"2000-02-29"}}"#,
            Authored::Guessed(951_782_400_000),
        ),
        (r#"{"recordedDate":"1965-04-02"}"#, vague("1965-04-02")),
        (r#"{"recordedDate":"2012"}"#, vague("2012")),
        (
            r#"{"recordedDate":"1969-12-31","meta":{"lastUpdated":"2026-01-02T03:04:05Z"}}"#,
            vague("1969-12-31"),
        ),
        (r#"{"meta":{"lastUpdated":"2026-01-02T03:04:05Z"}}"#, Authored::Unknown),
        (r#"{"onsetDateTime":"1995-04-02"}"#, Authored::Unknown),
        (
            r#"{"recordedDate":"2012-02-31","issued":"2013-01-01"}"#,
            Authored::Malformed("2012-02-31".into()),
        ),
        (r#"{}"#, Authored::Unknown),
    ];
    for (text, expected) in cases {
        assert_eq!(authored(&object(text)), expected, "{text}");
    }
}

#[test]
fn times_are_found_in_elements_that_say_when_and_in_no_others() {
    type Found<'a> = Result<(Option<&'a str>, Option<&'a str>), &'a str>;
    let one = |day| Ok((Some(day), Some(day)));
    let cases: [(&str, Vec<Found<'_>>); 18] = [
        (
            r#"{"timingPeriod":{"start":"2026-01-15T00:45:00Z","end":"2026-01-19T11:01:00Z"}}"#,
            vec![Ok((Some("2026-01-15"), Some("2026-01-19")))],
        ),
        (
            r#"{"timingDateTime":"2026-01-15","recordedOn":"2026-01-16"}"#,
            vec![one("2026-01-16"), one("2026-01-15")],
        ),
        (
            r#"{"start":"2013-12-10T09:00:00Z","end":"2013-12-11T11:00:00Z"}"#,
            vec![Ok((Some("2013-12-10"), Some("2013-12-11")))],
        ),
        (
            r#"{"billablePeriod":{"start":"2014-08-16"}}"#,
            vec![Ok((Some("2014-08-16"), None))],
        ),
        (r#"{"period":{"end":"2014"}}"#, vec![Ok((None, Some("2014")))]),
        (r#"{"period":{}}"#, vec![]),
        (
            r#"{"collection":{"collectedDateTime":"2011-05-30T06:15:00Z"}}"#,
            vec![one("2011-05-30")],
        ),
        (r#"{"effectiveDateTime":"2012-05"}"#, vec![one("2012-05")]),
        (r#"{"birthDate":"1974"}"#, vec![one("1974")]),
        (r#"{"expirationDate":"2015-02-15"}"#, vec![]),
        (r#"{"onsetDateTime":"2012-02-30"}"#, vec![Err("2012-02-30")]),
        (
            r#"{"onsetPeriod":{"start":"2012-02-28","end":"soon"}}"#,
            vec![Err("soon")],
        ),
        (
            r#"{"onsetDateTime":"2012-02-28T99:00Z"}"#,
            vec![Err("2012-02-28T99:00Z")],
        ),
        (r#"{"onsetDateTime":"2012-02T10:00Z"}"#, vec![Err("2012-02T10:00Z")]),
        (
            r#"{"occurrenceTiming":{"event":["2012-03-01","2012-02","2012-04-01T10:00:00Z"]}}"#,
            vec![Ok((Some("2012-02"), Some("2012-04-01")))],
        ),
        (
            r#"{"dosageInstruction":[{"timing":{"repeat":{"boundsPeriod":{"start":"2012-03-01"}}}}]}"#,
            vec![Ok((Some("2012-03-01"), None))],
        ),
        (r#"{"occurrenceTiming":{"repeat":{"frequency":1}}}"#, vec![]),
        (
            r#"{"onsetDateTime":"2012","abatementDateTime":"2013"}"#,
            vec![one("2013"), one("2012")],
        ),
    ];
    for (text, expected) in cases {
        let object = object(text);
        let found: Vec<Found<'_>> = intervals(&object)
            .into_iter()
            .map(|interval| interval.map(|Interval { from, to }| (from, to)))
            .collect();
        assert_eq!(found, expected, "{text}");
    }
}

proptest! {
    #[test]
    fn a_day_is_read_exactly_when_the_calendar_has_it(year in 1970_i64..2300, month in 0_i64..14, day in 0_i64..33) {
        let text = format!("{year:04}-{month:02}-{day:02}");
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let lengths = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let there = (1..=12).contains(&month) && (1..=lengths[(month.clamp(1, 12) - 1) as usize]).contains(&day);
        prop_assert_eq!(timestamp(&text).is_some(), there, "{}", text);
    }
}
