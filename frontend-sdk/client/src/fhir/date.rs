//! FHIR dates: the days for which a resource is found, and the moment of writing.

use super::json::{Json, Object};
use aegle_rules::Timestamp;

/// Elements that say when something happened or was written down: a date, a moment, a period or a timing each.
const TIMES: [&str; 66] = [
    "abatementDateTime",
    "abatementPeriod",
    "activity.detail.scheduledPeriod",
    "activity.detail.scheduledTiming",
    "assertedDate",
    "authored",
    "authoredOn",
    "billablePeriod",
    "birthDate",
    "bornDate",
    "bornPeriod",
    "collection.collectedDateTime",
    "collection.collectedPeriod",
    "context.period",
    "created",
    "createdDateTime",
    "createdPeriod",
    "date",
    "dateAsserted",
    "dateTime",
    "dateWritten",
    "deceasedDate",
    "deceasedDateTime",
    "detected",
    "detectedDateTime",
    "dosageInstruction.timing",
    "effectiveDateTime",
    "effectiveInstant",
    "effectivePeriod",
    "effectiveTiming",
    "enteredDate",
    "event.period",
    "executionPeriod",
    "identifiedDateTime",
    "identifiedPeriod",
    "issued",
    "lastModified",
    "lastOccurrence",
    "occurredDateTime",
    "occurredPeriod",
    "occurrenceDateTime",
    "occurrencePeriod",
    "occurrenceTiming",
    "onsetDateTime",
    "onsetPeriod",
    "performedDateTime",
    "performedPeriod",
    "period",
    "planningHorizon",
    "reaction.onset",
    "received",
    "receivedTime",
    "recorded",
    "recordedDate",
    "recordedOn",
    "sent",
    "servicePeriod",
    "servicedDate",
    "servicedPeriod",
    "startDate",
    "started",
    "statusDate",
    "timingDateTime",
    "timingPeriod",
    "whenHandedOver",
    "whenPrepared",
];
/// Elements of an appointment, which are a period together.
const ENDS: [&str; 2] = ["start", "end"];

/// Elements that say when a resource was written, the most telling first.
const WRITTEN: [&str; 14] = [
    "recordedDate",
    "authoredOn",
    "authored",
    "dateAsserted",
    "assertedDate",
    "issued",
    "recorded",
    "dateWritten",
    "enteredDate",
    "recordedOn",
    "created",
    "date",
    "dateTime",
    "sent",
];
/// Elements that say when something happened, which for want of better was when it was written.
const HAPPENED: [&str; 12] = [
    "effectiveInstant",
    "effectiveDateTime",
    "occurrenceDateTime",
    "performedDateTime",
    "whenHandedOver",
    "whenPrepared",
    "receivedTime",
    "started",
    "effectivePeriod.start",
    "performedPeriod.start",
    "occurrencePeriod.start",
    "period.start",
];

/// Some days in a row, each end as FHIR writes it without a time of day: `2012`, `2012-05` or `2012-05-24`, in the time
/// zone of the place. An end that is not known is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Interval<'a> {
    pub(super) from: Option<&'a str>,
    pub(super) to: Option<&'a str>,
}

/// Each time that a resource names; what is malformed, as it is written.
pub(super) fn intervals(fields: &Object) -> Vec<Result<Interval<'_>, &str>> {
    let mut found = Vec::new();
    for time in TIMES.iter().flat_map(|path| fields.at(path)) {
        match time {
            Json::String(text) => found.push(interval(Some(text), Some(text))),
            Json::Object(fields) if fields.has("repeat") || fields.has("event") => found.extend(timing(fields)),
            Json::Object(fields) => found.extend(period(fields)),
            _ => {}
        }
    }
    if ENDS.iter().any(|end| fields.str(end).is_some()) {
        let [start, end] = ENDS.map(|name| fields.str(name));
        found.push(interval(start, end));
    }
    found
}

/// A `Period`; nothing when it says no end.
fn period(fields: &Object) -> Option<Result<Interval<'_>, &str>> {
    let (start, end) = (fields.str("start"), fields.str("end"));
    (start.is_some() || end.is_some()).then(|| interval(start, end))
}

/// The bounds of a `Timing`: those that it says, else from its first event to its last.
fn timing(fields: &Object) -> Option<Result<Interval<'_>, &str>> {
    if let Some(Json::Object(bounds)) = fields.at("repeat.boundsPeriod").first() {
        return period(bounds);
    }
    let mut events: Vec<&str> = fields.at("event").into_iter().filter_map(Json::as_str).collect();
    // FHIR's dates are in order as texts as far as both say them.
    events.sort_unstable();
    Some(interval(Some(events.first()?), Some(events.last()?)))
}

fn interval<'a>(from: Option<&'a str>, to: Option<&'a str>) -> Result<Interval<'a>, &'a str> {
    let day = |text: Option<&'a str>| text.map(|text| date(text).ok_or(text)).transpose();
    Ok(Interval {
        from: day(from)?,
        to: day(to)?,
    })
}

/// The date of a FHIR date, dateTime or instant; `None` when it is none.
fn date(text: &str) -> Option<&str> {
    let (date, time) = split(text);
    days(date)?;
    if let Some(time) = time {
        (date.len() == "YYYY-MM-DD".len()).then(|| time_of_day(time))??;
    }
    Some(date)
}

/// When a resource was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Authored {
    /// Then.
    At(Timestamp),
    /// Something happened then.
    Guessed(Timestamp),
    /// It is known to the month or year only, or lies before 1970.
    Vague(String),
    /// What should say it is malformed.
    Malformed(String),
    /// Nothing says it.
    Unknown,
}

impl Authored {
    /// The moment, if it is known.
    pub(super) fn timestamp(&self) -> Option<Timestamp> {
        match self {
            Self::At(time) | Self::Guessed(time) => Some(*time),
            _ => None,
        }
    }
}

/// See [`super::Resource::authored_at`]. The first element that is there decides, so that a time which cannot be used is
/// not replaced by a later one.
pub(super) fn authored(fields: &Object) -> Authored {
    let first = |paths: &[&str]| {
        let mut found = paths.iter().flat_map(|path| fields.at(path));
        found.find_map(Json::as_str)
    };
    let (text, written) = match first(&WRITTEN) {
        Some(text) => (text, true),
        None => match first(&HAPPENED) {
            Some(text) => (text, false),
            None => return Authored::Unknown,
        },
    };
    match (date(text), timestamp(text)) {
        (None, _) => Authored::Malformed(text.to_owned()),
        (Some(_), None) => Authored::Vague(text.to_owned()),
        (Some(_), Some(time)) if written => Authored::At(time),
        (Some(_), Some(time)) => Authored::Guessed(time),
    }
}

/// Milliseconds since the Unix epoch of a FHIR date, dateTime or instant; a day counts as its first millisecond in UTC,
/// and so does a time of day without a zone. `None` before 1970, without a day, or when it is malformed.
pub(super) fn timestamp(text: &str) -> Option<Timestamp> {
    let (date, time) = split(text);
    let day = days(date)?.filter(|_| date.len() == "YYYY-MM-DD".len())?;
    let milliseconds = time.map_or(Some(0), time_of_day)?;
    u64::try_from(day * 86_400_000 + milliseconds).ok()
}

fn split(text: &str) -> (&str, Option<&str>) {
    text.split_once('T')
        .map_or((text, None), |(date, time)| (date, Some(time)))
}

/// The number of a day from 1970-01-01 on; `Some(None)` for a month or a year, `None` when there is none such.
fn days(date: &str) -> Option<Option<i64>> {
    let mut parts = date.split('-');
    let year = digits(parts.next()?, 4).filter(|year| *year > 0)?;
    let Some(month) = parts.next() else { return Some(None) };
    let month = digits(month, 2).filter(|month| (1..=12).contains(month))?;
    let Some(day) = parts.next() else { return Some(None) };
    let day = digits(day, 2).filter(|day| (1..=days_in(year, month)).contains(day))?;
    parts.next().is_none().then(|| Some(days_since_epoch(year, month, day)))
}

fn days_in(year: i64, month: i64) -> i64 {
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 31,
    }
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
    // 60 is a leap second, and 24:00 the end of the day.
    if parts.next().is_some() || hour > 24 || minute > 59 || second > 60 || (hour == 24 && minute + second > 0) {
        return None;
    }
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let fraction = format!("{:0<3}", fraction);
    let milliseconds = digits(fraction.get(..3)?, 3)?;
    let offset = match zone.as_bytes().first() {
        None => 0,
        Some(b'Z') => (zone.len() == 1).then_some(0)?,
        Some(sign) => {
            let (hours, minutes) = zone[1..].split_once(':')?;
            let hours = digits(hours, 2).filter(|hours| *hours <= 14)?;
            let minutes = digits(minutes, 2).filter(|minutes| *minutes <= 59)?;
            let offset = hours * 60 + minutes;
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
mod tests;
