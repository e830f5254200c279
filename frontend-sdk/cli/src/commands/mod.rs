//! The commands, one a module: arguments, what is done by the client library, and the result.

pub(crate) mod consortium;
pub(crate) mod custodian;
pub(crate) mod deploy;
pub(crate) mod grants;
pub(crate) mod keys;
pub(crate) mod opening;
pub(crate) mod record;
pub(crate) mod search;
pub(crate) mod servers;
pub(crate) mod serving;

use aegle_client::{
    chain::Receipt,
    crypto::classes::Class,
    rules::{Purposes, consent::DuoModifiers},
};
use serde::Serialize;
use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds of a day.
const DAY_MS: u64 = 86_400_000;

/// A transaction in JSON output: its block, its hash, and its fee and deposit in planck.
#[derive(Serialize)]
struct Paid {
    block: u32,
    transaction: String,
    fee: u128,
    deposit: i128,
}

impl From<&Receipt> for Paid {
    fn from(receipt: &Receipt) -> Self {
        let Receipt {
            block,
            transaction,
            fee,
            deposit,
            ..
        } = receipt;
        Self {
            block: *block,
            transaction: transaction.to_string(),
            fee: *fee,
            deposit: *deposit,
        }
    }
}

/// Reads a purpose by its code, such as TREAT.
fn purpose(text: &str) -> Result<Purposes, String> {
    let named = Purposes::NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
    named.map(|(_, purpose)| *purpose).ok_or_else(|| {
        let names: Vec<&str> = Purposes::NAMES.iter().map(|(name, _)| *name).collect();
        format!("a purpose is one of {}", names.join(", "))
    })
}

/// Reads a condition of research by its DUO code, such as IRB.
fn modifier(text: &str) -> Result<DuoModifiers, String> {
    let named = DuoModifiers::NAMES
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(text));
    named.map(|(_, modifier)| *modifier).ok_or_else(|| {
        let names: Vec<&str> = DuoModifiers::NAMES.iter().map(|(name, _)| *name).collect();
        format!("a condition is one of {}", names.join(", "))
    })
}

/// Reads a data class by its name, such as laboratory.
fn class(text: &str) -> Result<Class, String> {
    Class::ALL
        .iter()
        .copied()
        .find(|class| class.name() == text)
        .ok_or_else(|| {
            let names: Vec<&str> = Class::ALL.iter().map(|class| class.name()).collect();
            format!("a class is one of {}", names.join(", "))
        })
}

/// Returns the milliseconds since the Unix epoch, by this machine's clock.
fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}
