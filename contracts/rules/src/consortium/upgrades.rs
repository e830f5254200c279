//! New code for the contracts: scheduled by the committee, carried out by anybody once its time has come.
//!
//! Whoever carries it out cannot break anything by it: in the same transaction, the new code has to say that it is that
//! contract's, in the [layout](Layout) that was voted for, and to read what is kept and take a notice. Where it does not,
//! the transaction is undone, and the old code goes on.

use super::{limits::UPGRADE_WINDOW_MS, ConsortiumError};
use crate::{message::message, Hash, Timestamp};
use scale::{Decode, Encode, MaxEncodedLen};

/// One of the three contracts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Which {
    /// The consortium contract itself.
    Consortium,
    /// The connected consent contract.
    Consent,
    /// The connected ledger contract.
    Ledger,
}

/// What a contract's code says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Layout {
    /// Which of the three contracts it is the code of.
    pub contract: Which,
    /// How it keeps what it keeps. Code that keeps anything otherwise, under another key or as another type, has another
    /// number.
    pub version: u32,
}

impl Layout {
    /// Returns what the code of these sources says, for each contract.
    pub const fn of(contract: Which) -> Self {
        let version = match contract {
            Which::Consortium | Which::Consent | Which::Ledger => KeptLayout::VERSION,
        };
        Self { contract, version }
    }
}

/// The layout in which a contract keeps what it keeps: the first byte of its root cell, which every message reads first. Code
/// that does not know a layout does nothing in it; code that brings another one reads the earlier one too, and so tells
/// them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
pub struct KeptLayout(u8);

impl KeptLayout {
    /// The layout of these sources.
    pub const VERSION: u32 = 1;
}

impl Default for KeptLayout {
    fn default() -> Self {
        Self(1)
    }
}

impl Decode for KeptLayout {
    fn decode<I: scale::Input>(input: &mut I) -> Result<Self, scale::Error> {
        let kept = Self(input.read_byte()?);
        if kept == Self::default() {
            Ok(kept)
        } else {
            Err("kept in another layout".into())
        }
    }
}

/// The same for the code of another layout that tests of upgrades go over to, and that nobody deploys: it reads the root cell of
/// the layout before this one too, and writes its own.
#[cfg(feature = "layout-2")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
pub struct OtherLayout {
    /// How many cells were moved by themselves.
    pub moved: u32,
}

#[cfg(feature = "layout-2")]
impl OtherLayout {
    /// The layout of that code.
    pub const VERSION: u32 = 2;
    /// Most cells that one message moves.
    pub const MAX_MOVED: usize = 16;
    /// The first byte of its root cell.
    const MARK: u8 = 2;
}

#[cfg(feature = "layout-2")]
impl Encode for OtherLayout {
    fn encode_to<T: scale::Output + ?Sized>(&self, destination: &mut T) {
        destination.push_byte(Self::MARK);
        self.moved.encode_to(destination);
    }
}

#[cfg(feature = "layout-2")]
impl Decode for OtherLayout {
    fn decode<I: scale::Input>(input: &mut I) -> Result<Self, scale::Error> {
        match input.read_byte()? {
            Self::MARK => u32::decode(input).map(|moved| Self { moved }),
            mark => KeptLayout::decode(&mut &[mark][..]).map(|_| Self::default()),
        }
    }
}

/// Asks a contract what its code says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct AskLayout {}
message!(AskLayout, "layout", 0x1f94_30b8, Layout);

/// An upgrade that was scheduled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Upgrade {
    /// Hash of the new code.
    pub code_hash: Hash,
    /// The [layout](Layout::version) that the new code has to say it has.
    pub layout: u32,
    /// First millisecond at which it can be carried out. It can be for [`UPGRADE_WINDOW_MS`] from then on.
    pub not_before: Timestamp,
}

impl Upgrade {
    /// Decides whether the upgrade can be carried out now.
    ///
    /// # Errors
    /// [`TooEarly`](ConsortiumError::TooEarly) before its time, [`Expired`](ConsortiumError::Expired) after its window.
    pub fn is_due(&self, now: Timestamp) -> Result<(), ConsortiumError> {
        if now < self.not_before {
            Err(ConsortiumError::TooEarly)
        } else if now >= self.not_before.saturating_add(UPGRADE_WINDOW_MS) {
            Err(ConsortiumError::Expired)
        } else {
            Ok(())
        }
    }
}

/// What is scheduled: one upgrade a contract at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Upgrades {
    /// That of the consortium contract.
    pub consortium: Option<Upgrade>,
    /// That of the consent contract.
    pub consent: Option<Upgrade>,
    /// That of the ledger contract.
    pub ledger: Option<Upgrade>,
}

impl Upgrades {
    /// Returns what is scheduled for a contract; it stays until it is carried out, cancelled or replaced, even if its
    /// window has passed.
    pub fn of(&self, contract: Which) -> Option<Upgrade> {
        match contract {
            Which::Consortium => self.consortium,
            Which::Consent => self.consent,
            Which::Ledger => self.ledger,
        }
    }

    /// Notes what is scheduled for a contract, instead of what was.
    pub fn set(&mut self, contract: Which, upgrade: Option<Upgrade>) {
        let place = match contract {
            Which::Consortium => &mut self.consortium,
            Which::Consent => &mut self.consent,
            Which::Ledger => &mut self.ledger,
        };
        *place = upgrade;
    }

    /// Returns the upgrade of a contract that can be carried out now.
    ///
    /// # Errors
    /// In this order: [`NothingScheduled`](ConsortiumError::NothingScheduled), [`TooEarly`](ConsortiumError::TooEarly),
    /// [`Expired`](ConsortiumError::Expired).
    pub fn due(&self, contract: Which, now: Timestamp) -> Result<Upgrade, ConsortiumError> {
        let upgrade = self.of(contract).ok_or(ConsortiumError::NothingScheduled)?;
        upgrade.is_due(now)?;
        Ok(upgrade)
    }
}

#[cfg(test)]
mod tests;
