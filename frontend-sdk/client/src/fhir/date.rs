//! FHIR dates: days for keywords, and the moment of writing.

use aegle_rules::Timestamp;
use serde_json::{Map, Value};

/// Top-level elements that say when something happened or was written down.
const DATES: [&str; 38] = [
    "abatementDateTime",
    "assertedDate",
    "authored",
    "authoredOn",
    "birthDate",
    "created",
    "createdDateTime",
    "date",
    "dateAsserted",
    "dateTime",
    "dateWritten",
    "deceasedDateTime",
    "detectedDateTime",
    "effectiveDateTime",
    "effectiveInstant",
    "end",
    "enteredDate",
    "identifiedDateTime",
    "issued",
    "lastModified",
    "lastOccurrence",
    "occurrenceDateTime",
    "onsetDateTime",
    "performedDateTime",
    "received",
    "receivedTime",
    "recorded",
    "recordedDate",
    "recordedOn",
    "sent",
    "servicedDate",
    "start",
    "startDate",
    "started",
    "statusDate",
    "timingDateTime",
    "whenHandedOver",
    "whenPrepared",
];
/// Top-level elements that are a period, or have dates inside: their first and last day count.
const PERIODS: [&str; 15] = [
    "abatementPeriod",
    "billablePeriod",
    "collection",
    "createdPeriod",
    "effectivePeriod",
    "executionPeriod",
    "identifiedPeriod",
    "occurredPeriod",
    "occurrencePeriod",
    "onsetPeriod",
    "performedPeriod",
    "period",
    "servicePeriod",
    "servicedPeriod",
    "timingPeriod",
];
/// Elements of a period, and of `Specimen.collection`.
const PERIOD_ENDS: [&str; 3] = ["start", "end", "collectedDateTime"];
/// Elements that say when a resource was written, the most telling first.
const AUTHORED: [&str; 16] = [
    "recordedDate",
    "authoredOn",
    "authored",
    "dateAsserted",
    "issued",
    "date",
    "created",
    "recorded",
    "sent",
    "effectiveInstant",
    "effectiveDateTime",
    "occurrenceDateTime",
    "performedDateTime",
    "whenHandedOver",
    "receivedTime",
    "started",
];

/// The days (`YYYY-MM-DD`) that a resource names, as it writes them: in the time zone of the place. Dates without a day
/// (`2012`, `2012-05`) have none.
pub(super) fn days(fields: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let dates = DATES.iter().filter_map(|name| fields.get(*name));
    let periods = PERIODS
        .iter()
        .filter_map(|name| fields.get(*name))
        .flat_map(|period| PERIOD_ENDS.iter().filter_map(|end| period.get(end)));
    dates
        .chain(periods)
        .filter_map(Value::as_str)
        .filter_map(|date| date.get(..10))
}

/// See [`super::Resource::authored_at`].
pub(super) fn authored_at(fields: &Map<String, Value>) -> Option<Timestamp> {
    let top = AUTHORED.iter().filter_map(|name| fields.get(*name));
    let period = PERIODS.iter().filter_map(|name| fields.get(*name)?.get("start"));
    let updated = fields.get("meta").and_then(|meta| meta.get("lastUpdated"));
    top.chain(period)
        .chain(updated)
        .filter_map(Value::as_str)
        .find_map(timestamp)
}

/// Milliseconds since the Unix epoch of a FHIR date, dateTime or instant; what is not said counts as its beginning in
/// UTC. `None` before 1970, or when it is malformed.
fn timestamp(text: &str) -> Option<Timestamp> {
    let (date, time) = text
        .split_once('T')
        .map_or((text, None), |(date, time)| (date, Some(time)));
    let mut parts = date.split('-');
    let year = digits(parts.next()?, 4)?;
    let month = parts.next().map_or(Some(1), |part| digits(part, 2))?;
    let day = parts.next().map_or(Some(1), |part| digits(part, 2))?;
    if parts.next().is_some() || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let milliseconds = time.map_or(Some(0), time_of_day)?;
    u64::try_from(days_since_epoch(year, month, day) * 86_400_000 + milliseconds).ok()
}

/// Milliseconds since midnight in UTC; below 0 or beyond a day where the time zone shifts the date.
fn time_of_day(text: &str) -> Option<i64> {
    let zone_at = text.find(['Z', '+', '-']).unwrap_or(text.len());
    let (clock, zone) = text.split_at(zone_at);
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let mut parts = clock.split(':');
    let hour = digits(parts.next()?, 2)?;
    let minute = digits(parts.next()?, 2)?;
    let second = parts.next().map_or(Some(0), |part| digits(part, 2))?;
    // 60 is a leap second.
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let fraction = format!("{:0<3}", fraction);
    let milliseconds = digits(fraction.get(..3)?, 3)?;
    let offset = match zone.as_bytes().first() {
        None | Some(b'Z') => 0,
        Some(sign) => {
            let (hours, minutes) = zone[1..].split_once(':')?;
            let offset = digits(hours, 2)? * 60 + digits(minutes, 2)?;
            if *sign == b'-' { -offset } else { offset }
        }
    };
    Some((((hour * 60 + minute - offset) * 60) + second) * 1_000 + milliseconds)
}

fn digits(text: &str, length: usize) -> Option<i64> {
    (text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar (Howard Hinnant, "chrono-compatible low-level date
/// algorithms", `days_from_civil`).
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::{days, timestamp};
    use serde_json::Value;

    #[test]
    fn moments_are_read_with_their_zones() {
        let cases = [
            ("1970-01-01", Some(0)),
            ("2000-02-29", Some(951_782_400_000)),
            ("2012", Some(1_325_376_000_000)),
            ("2012-05", Some(1_335_830_400_000)),
            ("2013-04-02T09:30:10+01:00", Some(1_364_891_410_000)),
            ("2015-02-07T13:28:17.239Z", Some(1_423_315_697_239)),
            ("2015-02-07T13:28:17.2-05:00", Some(1_423_333_697_200)),
            ("1969-12-31T23:00:00-02:00", Some(3_600_000)),
            ("1960-01-01", None),
            ("2012-13-01", None),
            ("2012-5-1", None),
            ("yesterday", None),
            ("", None),
            ("2012-01-01T25:00:00Z", None),
        ];
        for (text, expected) in cases {
            assert_eq!(timestamp(text), expected, "{text}");
        }
    }

    #[test]
    fn days_are_found_in_elements_that_say_when_and_in_no_others() {
        let cases: [(&str, &[&str]); 8] = [
            (
                r#"{"timingPeriod":{"start":"2026-01-15T00:45:00Z","end":"2026-01-19T11:01:00Z"}}"#,
                &["2026-01-15", "2026-01-19"],
            ),
            (
                r#"{"timingDateTime":"2026-01-15","recordedOn":"2026-01-16"}"#,
                &["2026-01-16", "2026-01-15"],
            ),
            (
                r#"{"start":"2013-12-10T09:00:00Z","end":"2013-12-10T11:00:00Z"}"#,
                &["2013-12-10", "2013-12-10"],
            ),
            (
                r#"{"startDate":"2015-04-05","statusDate":"2016-02-14"}"#,
                &["2015-04-05", "2016-02-14"],
            ),
            (r#"{"billablePeriod":{"start":"2014-08-16"}}"#, &["2014-08-16"]),
            (
                r#"{"collection":{"collectedDateTime":"2011-05-30T06:15:00Z"}}"#,
                &["2011-05-30"],
            ),
            (r#"{"effectiveDateTime":"2012-05"}"#, &[]),
            (r#"{"expirationDate":"2015-02-15"}"#, &[]),
        ];
        for (json, expected) in cases {
            let Ok(Value::Object(fields)) = serde_json::from_str(json) else {
                panic!("{json} is no object")
            };
            assert_eq!(days(&fields).collect::<Vec<_>>(), expected, "{json}");
        }
    }
}
