//! What the consortium contract tells the consent and the ledger contract.
//!
//! They keep a mirror of the roles and of the few values that they need, because a question to another contract would
//! cost more than everything else that they do. What changes here is told to them within the same transaction, so that a
//! suspension counts at once; when one of them refuses, nothing changes. Only a suspension, and taking a role, count
//! wherever they can be told: what protects must not wait for a contract that is broken.

pub use super::{Jurisdictions, Limits, Organisations, ProxyOperator, ProxyOperators};

use super::{
    AccountRoles, Role, Succession, MAX_APPOINTED, MAX_ORGANISATIONS, MAX_ORGANISATIONS_PER_ACCOUNT, MAX_SUCCESSIONS,
};
use crate::{message::message, AccountId, Hash, JurisdictionId, Timestamp};
use alloc::{vec, vec::Vec};
use scale::{Compact, Decode, Encode, MaxEncodedLen};

/// Something to note down: each is the whole new value, not a difference.
#[derive(Clone, Debug, PartialEq, Eq, Encode, MaxEncodedLen)]
#[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Notice {
    /// The roles of accounts; which of them count is for [`effective_roles`](super::effective_roles) to say.
    Roles(Appointment),
    /// The organisations.
    Organisations(Organisations),
    /// The proxies.
    Proxies(ProxyOperators),
    /// The limits.
    Limits(Limits),
    /// The receiver is to run other code from now on.
    Upgrade {
        /// Hash of that code.
        code_hash: Hash,
    },
    /// Nothing is permitted until then, but for what a broken glass shows.
    Paused {
        /// First millisecond at which the pause is over.
        until: Timestamp,
    },
    /// What counts where a patient has said nothing.
    Jurisdictions(Jurisdictions),
    /// A patient is of a jurisdiction, or of none.
    Resident {
        /// The patient.
        patient: AccountId,
        /// The jurisdiction; `None` for none.
        jurisdiction: Option<JurisdictionId>,
    },
}

impl Decode for Notice {
    // Derived, it would become a part of the function through which every message of a receiver enters; the chain charges
    // for compiling that one each time, by its size: 9 microseconds.
    #[inline(never)]
    fn decode<I: scale::Input>(input: &mut I) -> Result<Self, scale::Error> {
        Ok(match input.read_byte()? {
            0 => Self::Roles(Appointment::decode(input)?),
            1 => Self::Organisations(Organisations::decode(input)?),
            2 => Self::Proxies(ProxyOperators::decode(input)?),
            3 => Self::Limits(Limits::decode(input)?),
            4 => Self::Upgrade {
                code_hash: Hash::decode(input)?,
            },
            5 => Self::Paused {
                until: Timestamp::decode(input)?,
            },
            6 => Self::Jurisdictions(Jurisdictions::decode(input)?),
            7 => Self::Resident {
                patient: AccountId::decode(input)?,
                jurisdiction: Option::decode(input)?,
            },
            _ => return Err("no such notice".into()),
        })
    }
}

impl Notice {
    /// Tells the roles of one account.
    pub fn roles(account: AccountId, roles: &AccountRoles) -> Self {
        Self::Roles(Appointment {
            holders: vec![Holder::of(account, roles)],
        })
    }

    /// Returns whose roles the notice tells of first, if it tells of any.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Roles(appointment) => appointment.holders.first().map(|holder| holder.account),
            _ => None,
        }
    }

    /// Returns whether the ledger contract has a use for the notice; the consent contract has one for every notice.
    pub fn concerns_ledger(&self) -> bool {
        !matches!(
            self,
            Self::Proxies(_) | Self::Paused { .. } | Self::Jurisdictions(_) | Self::Resident { .. }
        )
    }
}

/// The message by which the consortium contract, and nobody else, gives a notice to the consent and the ledger contract.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Notify {
    /// The notice.
    pub notice: Notice,
}
// The consortium contract does not care why a receiver refuses.
message!(Notify, "notify", 0xe6a7_7c8e, Result<(), ()>);

/// Where the other two contracts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Contracts {
    /// The consent contract.
    pub consent: AccountId,
    /// The ledger contract.
    pub ledger: AccountId,
}

/// Accounts whose roles are these from now on.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Appointment {
    /// The accounts: 1 to [`MAX_APPOINTED`].
    pub holders: Vec<Holder>,
}

/// An account, and the roles that it has.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Holder {
    /// The account.
    pub account: AccountId,
    /// Its roles, as they are kept, at most [`MAX_ORGANISATIONS_PER_ACCOUNT`]; none for no role any more.
    pub roles: Vec<Role>,
}

impl Holder {
    /// Returns what is told of an account that has these roles.
    pub fn of(account: AccountId, roles: &AccountRoles) -> Self {
        let roles = roles.told();
        Self { account, roles }
    }
}

impl MaxEncodedLen for Holder {
    fn max_encoded_len() -> usize {
        let roles = Role::max_encoded_len().saturating_mul(MAX_ORGANISATIONS_PER_ACCOUNT);
        AccountId::max_encoded_len()
            .saturating_add(Compact::<u32>::max_encoded_len())
            .saturating_add(roles)
    }
}

impl MaxEncodedLen for Appointment {
    fn max_encoded_len() -> usize {
        let holders = Holder::max_encoded_len().saturating_mul(MAX_APPOINTED);
        Compact::<u32>::max_encoded_len().saturating_add(holders)
    }
}

impl MaxEncodedLen for Organisations {
    fn max_encoded_len() -> usize {
        let suspended = MAX_ORGANISATIONS.div_ceil(8) as usize;
        u32::max_encoded_len()
            .saturating_add(Compact::<u32>::max_encoded_len())
            .saturating_add(suspended)
            .saturating_add(Compact::<u32>::max_encoded_len())
            .saturating_add(Succession::max_encoded_len().saturating_mul(MAX_SUCCESSIONS))
    }
}

#[cfg(test)]
mod tests;
