//! Why nothing is added up.

use super::Fault;
use aegle_client::insurer::{AggregateError, MAX_PATIENTS, MAX_RECORDS};
use serde_json::json;

impl From<AggregateError> for Fault {
    fn from(error: AggregateError) -> Self {
        match error {
            AggregateError::Indexer(error) => error.into(),
            AggregateError::Chain(error) => error.into(),
            AggregateError::Tokens { patient, source } => {
                let fault = Self::from(*source);
                let patient = json!({ "patient": patient });
                if fault.details.is_null() {
                    fault.with(patient)
                } else {
                    fault
                }
            }
            AggregateError::TooMany => Self::new("limit", &error).with(json!({ "most": MAX_RECORDS })),
            AggregateError::TooManyPatients(_) => Self::new("limit", &error).with(json!({ "most": MAX_PATIENTS })),
            AggregateError::Tampered { record, .. } => Self::new("false-answer", &error)
                .with(json!({ "record": record }))
                .tampered(true),
            AggregateError::NoInsurer => Self::new("no-role", &error),
            AggregateError::NotForPayment => Self::argument(error.to_string()),
            _ => Self::new("content", &error),
        }
    }
}
