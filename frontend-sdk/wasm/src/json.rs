//! JSON at the border.

use crate::fault::Fault;
use aegle_client::chain::Receipt;
use aegle_rules::{Confidentiality, Hash, Purposes};
use serde::{Serialize, de::DeserializeOwned};

/// Reads an argument.
pub(crate) fn read<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| Fault::argument(format!("{what}: {error}")))
}

/// Writes a result.
pub(crate) fn write(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("what is written has string keys and serializes without fail")
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
