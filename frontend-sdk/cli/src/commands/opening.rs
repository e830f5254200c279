//! Records as a person sees them: opened as whoever may, here, with what they are.

use crate::context::Context;
use aegle_client::{
    clinician::reader::{Opened, OpeningError, Reader},
    deployment::Aegle,
    fhir::Resource,
    native::{ChainClient, HttpTransport},
    patient::Patient,
    protocol::record::RecordId,
    remote::RemoteError,
    rules::{AccountId, Purposes},
};
use anyhow::Result;
use serde_json::{Value, json};

/// Milliseconds of a day.
const DAY_MS: u64 = super::DAY_MS;

/// Whoever opens records: as the patient whose they are, else by a grant.
pub(crate) struct Opener {
    reader: Reader,
    patient: Option<Patient>,
    purpose: Option<Purposes>,
}

impl Opener {
    /// Builds that of the context's holder. Without a purpose, one's own records are opened for oneself and others' for
    /// treatment.
    pub(crate) fn of(context: &Context, purpose: Option<Purposes>) -> Result<Self> {
        Ok(Self {
            reader: context.reader()?,
            patient: context.patient_if_any()?,
            purpose,
        })
    }

    /// Opens a record; `owner` is whose it is, where that is known.
    pub(crate) async fn open(
        &self,
        aegle: &Aegle<'_, ChainClient, HttpTransport>,
        record: RecordId,
        owner: Option<AccountId>,
    ) -> Result<Opened, OpeningError> {
        let may_be_own = |patient: &&Patient| owner.is_none_or(|owner| owner == patient.account());
        let for_oneself = self.purpose.is_none_or(|purpose| purpose == Purposes::PATRQT);
        let patient = self.patient.as_ref().filter(may_be_own).filter(|_| for_oneself);
        let as_another = self.reader.open(aegle, record, self.purpose.unwrap_or(Purposes::TREAT));
        let Some(patient) = patient else {
            return as_another.await;
        };
        match patient.open(aegle, record).await {
            Err(OpeningError::Indexer(RemoteError::NotFound)) if owner.is_none() => as_another.await,
            // Another's record does not open with one's own keys; if one's own does not, that error is what matters.
            Err(error) if owner.is_none() => as_another.await.map_err(|_| error),
            opened => opened,
        }
    }
}

/// What a record is, as JSON: the names of these members do not change.
pub(crate) fn described(opened: &Opened) -> Value {
    let resource = resource(opened);
    json!({
        "type": resource.as_ref().map(Resource::resource_type),
        "title": resource.as_ref().map(Resource::title),
        "id": resource.as_ref().and_then(Resource::id),
    })
}

/// The content as a FHIR resource, if it is one.
pub(crate) fn resource(opened: &Opened) -> Option<Resource> {
    Resource::parse(std::str::from_utf8(&opened.content.bytes).ok()?).ok()
}

/// The content as JSON; in hexadecimal where it is none.
pub(crate) fn content(opened: &Opened) -> Value {
    let bytes = &opened.content.bytes;
    serde_json::from_slice(bytes).unwrap_or_else(|_| json!(hex::encode(bytes)))
}

/// The day of a time in milliseconds since the Unix epoch, as YYYY-MM-DD in UTC; `None` for a time that is not known.
pub(crate) fn day(time: u64) -> Option<String> {
    if time >= aegle_client::fhir::UNKNOWN_TIME {
        return None;
    }
    // Days to a date of the Gregorian calendar, by eras of 400 years that begin in March (Hinnant, "chrono-compatible
    // low-level date algorithms").
    let days = time / DAY_MS + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    Some(format!("{year:04}-{month:02}-{day:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (time, expected) in [
            (0, "1970-01-01"),
            (951_782_400_000, "2000-02-29"),
            (951_868_800_000, "2000-03-01"),
            (1_772_755_199_999, "2026-03-05"),
            (1_772_755_200_000, "2026-03-06"),
            (4_107_542_400_000, "2100-03-01"),
            (1_735_603_200_000, "2024-12-31"),
        ] {
            assert_eq!(day(time).as_deref(), Some(expected), "{time}");
        }
        assert_eq!(day(aegle_client::fhir::UNKNOWN_TIME), None);
    }
}
