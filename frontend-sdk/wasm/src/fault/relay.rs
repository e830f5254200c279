//! Why an act is not relayed, or nobody knows whether it was.

use super::Fault;
use aegle_client::{
    relayer::{Objection, RelayerError},
    remote::RemoteError,
};
use serde_json::json;
use std::error::Error;

impl Fault {
    /// An invitation is given, and nobody pays.
    pub(crate) fn nobody_invites() -> Self {
        let message = "an invitation is for a relayer, and this connection has none: connect with `relay: true`";
        Self::argument(message.into())
    }

    /// Nobody knows whether an act was carried out.
    fn unknown(reason: &str, error: &dyn Error) -> Self {
        Self::new("outcome-unknown", error).with(json!({ "reason": reason }))
    }
}

impl From<RelayerError> for Fault {
    fn from(error: RelayerError) -> Self {
        match &error {
            RelayerError::NotRelayed { message } => {
                let sentence = format!(
                    "`{message}` is not relayed: only what patients, their guardians and recovery keys do for themselves is"
                );
                Self::plain("not-relayed", sentence).with(json!({ "message": message }))
            }
            RelayerError::Off => Self::plain("relayer-off", "the indexer relays no acts".into()),
            RelayerError::Funds => {
                let sentence = "the account that pays for relayed acts has too few tokens";
                Self::plain("relayer-without-funds", sentence.into())
            }
            RelayerError::Refused { reason, .. } => {
                Self::new("relay-refused", &error).with(json!({ "reason": reason }))
            }
            RelayerError::Pending => Self::unknown("relay-pending", &error),
            RelayerError::Taken => Self::unknown("relay-taken", &error),
            RelayerError::NotTaken => Self::unknown("relay-not-taken", &error),
            RelayerError::NodeBehind { block } => {
                let mut fault = Self::unknown("relay-node-behind", &error);
                fault.details["block"] = json!(block);
                fault
            }
            RelayerError::Forged { block } => Self::new("relay-forged", &error)
                .with(json!({ "block": block }))
                .tampered(true),
            RelayerError::Unverified(_) => Self::unknown("relay-unverified", &error),
            RelayerError::Lost(lost) => {
                let mut fault = Self::unknown("relay-answer-lost", &error);
                if let RemoteError::Transport(unreachable) = lost {
                    fault.details["url"] = json!(unreachable.url);
                }
                fault
            }
            _ => match error {
                // JavaScript knows by itself until when it can be done, of whatever was handed over.
                RelayerError::NotDone { no, .. } => match no {
                    Objection::Relayer(no) => (*no).into(),
                    Objection::Chain(error) => error.into(),
                },
                RelayerError::Indexer(error) => error.into(),
                error => Self::new("service-refused", &error),
            },
        }
    }
}
