//! The commands, one a module: arguments, what is done by the client library, and the result.

pub(crate) mod addresses;
pub(crate) mod consortium;
pub(crate) mod custodian;
pub(crate) mod delegation;
pub(crate) mod deploy;
pub(crate) mod disclosures;
pub(crate) mod explain;
mod gate;
pub(crate) mod glass;
pub(crate) mod grants;
pub(crate) mod guardian;
pub(crate) mod history;
pub(crate) mod insurer;
pub(crate) mod jurisdictions;
pub(crate) mod keys;
pub(crate) mod lists;
pub(crate) mod members;
pub(crate) mod opening;
pub(crate) mod proposals;
pub(crate) mod record;
mod renewal;
pub(crate) mod requests;
pub(crate) mod search;
pub(crate) mod servers;
pub(crate) mod serving;
pub(crate) mod staff;
pub(crate) mod status;
pub(crate) mod watch;

use aegle_client::{
    address::{self, AddressError, ss58},
    chain::Receipt,
    crypto::classes::Class,
    rules::{AccountId, Confidentiality, Purposes, consent::DuoModifiers},
};
use clap::ValueEnum;
use serde::Serialize;
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds of a day.
const DAY_MS: u64 = 86_400_000;
/// Most days that a grant, a request or a role lasts.
const MAX_DAYS: u64 = 3_650;

/// A transaction in JSON output: its block, its hash, and its fee and deposit in planck.
#[derive(Serialize)]
pub(crate) struct Paid {
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

/// The highest confidentiality of a grant (HL7 Confidentiality).
#[derive(Clone, Copy, ValueEnum)]
enum Ceiling {
    /// Normal (N)
    Normal,
    /// Restricted (R)
    Restricted,
    /// Very restricted (V)
    VeryRestricted,
}

impl From<Ceiling> for Confidentiality {
    fn from(ceiling: Ceiling) -> Self {
        match ceiling {
            Ceiling::Normal => Self::Normal,
            Ceiling::Restricted => Self::Restricted,
            Ceiling::VeryRestricted => Self::VeryRestricted,
        }
    }
}

/// Reads an account, in hexadecimal or SS58.
fn account(text: &str) -> Result<AccountId, AddressError> {
    address::parse(text)
}

/// Shows an account in JSON: in both forms.
fn shown(account: &AccountId) -> Value {
    json!({ "account": account, "ss58": ss58(account) })
}

/// Unites purposes.
fn united(purposes: &[Purposes]) -> Purposes {
    purposes.iter().copied().fold(Purposes::NONE, Purposes::union)
}

/// Returns the time that many days from now.
fn in_days(days: u64) -> u64 {
    now().saturating_add(days.saturating_mul(DAY_MS))
}

/// Reads a number of days: 1 to ten years. What never ends is nobody's intention.
fn days(text: &str) -> Result<u64, String> {
    let days: Option<u64> = text.parse().ok();
    days.filter(|days| (1..=MAX_DAYS).contains(days))
        .ok_or_else(|| format!("a number of days from 1 to {MAX_DAYS}"))
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
