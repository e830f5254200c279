//! Ids of resources: whose, and which.

use aegle_rules::AccountId;
use core::{fmt, str::FromStr};

/// The id of a Consent or an AuditEvent: base58 of the patient's account, a full stop, and a number: the grant's, or the log
/// entry's. At most 64 characters, as FHIR has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResourceId {
    /// The patient.
    pub patient: AccountId,
    /// The number of the grant, or of the entry of the patient's log.
    pub number: u64,
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", bs58::encode(self.patient.0).into_string(), self.number)
    }
}

/// It is the id of no resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is the id of no resource: take ids from what a search answered")]
pub struct NoResourceId;

impl FromStr for ResourceId {
    type Err = NoResourceId;

    /// Reads an id; one resource has one id, so that another form of the same is none.
    fn from_str(text: &str) -> Result<Self, NoResourceId> {
        let (patient, number) = text.split_once('.').ok_or(NoResourceId)?;
        let mut account = [0; 32];
        let length = bs58::decode(patient).onto(&mut account).map_err(|_| NoResourceId)?;
        let number = number.parse().map_err(|_| NoResourceId)?;
        let id = Self {
            patient: AccountId(account),
            number,
        };
        if length == account.len() && id.to_string() == text {
            Ok(id)
        } else {
            Err(NoResourceId)
        }
    }
}
