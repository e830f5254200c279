//! Accounts in a description of a consortium, as people write them.

use crate::address;
use aegle_rules::AccountId;
use serde::{Deserialize, Deserializer, de::Error as _};

/// An account in a description, in either form.
#[derive(Deserialize)]
#[serde(transparent)]
struct Written(#[serde(deserialize_with = "one")] AccountId);

/// Reads an account in either form, for serde.
pub(super) fn one<'de, D: Deserializer<'de>>(deserializer: D) -> Result<AccountId, D::Error> {
    address::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// Reads a list of accounts in either form, for serde.
pub(super) fn many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<AccountId>, D::Error> {
    let written = Vec::<Written>::deserialize(deserializer)?;
    Ok(written.into_iter().map(|Written(account)| account).collect())
}
