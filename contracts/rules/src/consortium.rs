//! The consortium: a committee, its organisations, the roles of accounts and the directory of their keys.

mod decide;
pub mod events;
pub mod messages;
mod organisations;

pub use decide::{decide, effective_role, next_key, Change};
pub use organisations::{Organisations, MAX_SUSPENDED};

use crate::{AccountId, EncryptionKey, Hash, OrganisationId, Roles, Timestamp};
use scale::{Decode, Encode, MaxEncodedLen};

/// What the committee may do.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Action {
    /// Admits an organisation; `admin` becomes its first organisation admin, without expiry.
    Admit {
        /// The organisation's first admin.
        admin: AccountId,
    },
    /// Suspends an organisation: it can neither anchor nor be granted to, and its roles do not count.
    Suspend {
        /// The organisation.
        organisation: OrganisationId,
    },
    /// Ends a suspension.
    Reinstate {
        /// The organisation.
        organisation: OrganisationId,
    },
    /// Sets the roles of an account, replacing what it had.
    SetRole {
        /// The account.
        account: AccountId,
        /// Its role.
        role: Role,
    },
    /// Takes every role from an account.
    RevokeRole {
        /// The account.
        account: AccountId,
    },
}

/// What an account may do, for which organisation, until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Role {
    /// The role bits.
    pub roles: Roles,
    /// The organisation that the account acts for.
    pub organisation: OrganisationId,
    /// First millisecond at which the role no longer counts.
    pub until: Timestamp,
}

/// An organisation's standing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Standing {
    /// A member in good standing.
    Member,
    /// Suspended by the committee.
    Suspended,
}

/// An entry of the key directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct KeyEntry {
    /// 1 for the first key of an account, then one more each time.
    pub version: u32,
    /// The key that others seal to.
    pub key: EncryptionKey,
    /// Hash of the account's bundle of slot keys; all zero for an account that has none.
    pub bundle: Hash,
}

/// Why a message of the consortium refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum ConsortiumError {
    /// The caller is not of the committee.
    NotCommittee,
    /// There is no such organisation.
    UnknownOrganisation,
    /// The organisation is suspended already, or is not.
    WrongStanding,
    /// The role has no bit, or an unknown one.
    InvalidRole,
    /// The role ends before now.
    RoleEndsInThePast,
    /// The account has no role to take.
    NoRole,
    /// A counter would overflow, or more than [`MAX_SUSPENDED`] organisations would be suspended at once.
    TooMany,
    /// The key is all zero.
    InvalidKey,
}
