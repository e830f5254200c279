//! JSON at the border.

use crate::{fault::Fault, proxies::proxy_faults};
use aegle_client::{
    chain::Receipt,
    crypto::classes::ClassMap,
    history::Held,
    patient::Granted,
    protocol::{commitment::DocumentSalt, record::RecordId},
    words,
};
use aegle_rules::{
    AccountId, Confidentiality, Hash, Purposes, SLOTS, Slot, Slots, Timestamp,
    consent::{Effect, Grantee},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

/// Reads an argument.
pub(crate) fn read<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| Fault::argument(format!("{what}: {error}")))
}

/// Writes a result.
pub(crate) fn write(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("what is written has string keys and serializes without fail")
}

/// An account that JavaScript names.
pub(crate) fn account(what: &'static str, text: &str) -> Result<AccountId, Fault> {
    text.parse()
        .map_err(|_| Fault::argument(format!("{what} is no account of 64 hexadecimal digits: `{text}`")))
}

/// A record that JavaScript names.
pub(crate) fn record(text: &str) -> Result<RecordId, Fault> {
    text.parse().map_err(|_| {
        Fault::argument(format!(
            "`{text}` is no record: 0x and 32 hexadecimal digits, as search returns"
        ))
    })
}

/// The salt of a reason that JavaScript has drawn.
pub(crate) fn salt(text: &str) -> Result<DocumentSalt, Fault> {
    text.parse()
        .map_err(|_| Fault::argument("the salt is not `0x` and 64 hexadecimal digits".into()))
}

/// The purposes of these names.
pub(crate) fn purposes(names: &[String]) -> Result<Purposes, Fault> {
    let known = |name: &String| {
        let found = Purposes::NAMES.iter().find(|(known, _)| known == name);
        found.map(|(_, purpose)| *purpose).ok_or_else(|| {
            let all: Vec<_> = Purposes::NAMES.iter().map(|(name, _)| *name).collect();
            Fault::argument(format!(
                "`{name}` is no purpose of use: write one of {}",
                all.join(", ")
            ))
        })
    };
    names
        .iter()
        .try_fold(Purposes::NONE, |purposes, name| Ok(purposes.union(known(name)?)))
}

/// The name of a confidentiality, as FHIR codes it.
pub(crate) fn confidentiality(name: &str) -> Result<Confidentiality, Fault> {
    match name {
        "normal" => Ok(Confidentiality::Normal),
        "restricted" => Ok(Confidentiality::Restricted),
        "very-restricted" => Ok(Confidentiality::VeryRestricted),
        _ => Err(Fault::argument(format!(
            "`{name}` is no confidentiality that can be granted: write normal, restricted or very-restricted"
        ))),
    }
}

/// A receipt as JavaScript gets it: amounts as text, since they do not fit its numbers.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Paid {
    block: u32,
    block_hash: Hash,
    transaction: Hash,
    bytes: u32,
    fee: String,
    deposit: String,
}

impl From<&Receipt> for Paid {
    fn from(receipt: &Receipt) -> Self {
        Self {
            block: receipt.block,
            block_hash: receipt.block_hash,
            transaction: receipt.transaction,
            bytes: receipt.bytes,
            fee: receipt.fee.to_string(),
            deposit: receipt.deposit.to_string(),
        }
    }
}

/// A grant that stands, and the proxies that have not taken their shares.
pub(crate) fn granted(granted: &Granted) -> Value {
    json!({
        "grant": granted.id,
        "documentSalt": granted.document_salt,
        "undelivered": proxy_faults(&granted.undelivered),
        "receipt": Paid::from(&granted.receipt),
    })
}

/// A time that JavaScript gives, in milliseconds since the Unix epoch.
pub(crate) fn time(milliseconds: f64) -> Timestamp {
    milliseconds as Timestamp
}

/// The codes of purposes.
pub(crate) fn purpose_names(purposes: Purposes) -> Vec<&'static str> {
    let named = Purposes::NAMES
        .iter()
        .filter(|(_, purpose)| purposes.contains(*purpose));
    named.map(|(name, _)| *name).collect()
}

/// The data classes of slots, by the patient's own map; nothing without it, for nobody else knows.
pub(crate) fn classes(slots: Slots, map: Option<&ClassMap>) -> Option<Vec<&'static str>> {
    let slots = (0..SLOTS).map(Slot).filter(|slot| slots.contains(*slot));
    map.map(|map| {
        slots
            .filter_map(|slot| map.class(slot))
            .map(|class| class.name())
            .collect()
    })
}

/// The name of a confidentiality, as it is written when granting.
pub(crate) fn confidentiality_name(confidentiality: Confidentiality) -> &'static str {
    match confidentiality {
        Confidentiality::Normal => "normal",
        Confidentiality::Restricted => "restricted",
        Confidentiality::VeryRestricted => "very-restricted",
    }
}

/// A grant as it stands on chain at a time.
pub(crate) fn held(held: &Held, map: Option<&ClassMap>, now: Timestamp) -> Value {
    let terms = &held.terms;
    let to = match &terms.grantee {
        Grantee::Account(account) => json!({ "kind": "account", "account": account }),
        Grantee::Organisation(organisation) => json!({ "kind": "organisation", "organisation": organisation }),
        Grantee::Anyone => json!({ "kind": "anyone" }),
    };
    json!({
        "grant": held.id,
        "effect": match terms.effect { Effect::Permit => "permit", Effect::Deny => "deny" },
        "to": to,
        "purposes": purpose_names(terms.purposes),
        "everything": terms.slots == Slots::ALL,
        "classes": classes(terms.slots, map),
        "confidentiality": confidentiality_name(terms.confidentiality),
        "from": terms.from,
        "until": terms.until,
        "ended": terms.until <= now,
        "delegable": terms.delegable,
        "passedOnBy": held.passed_on_by,
        "sentence": words::terms(terms, map),
    })
}
