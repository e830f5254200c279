//! The events of the consortium contract.

use super::{KeyEntry, Role};
use crate::{message::events, AccountId, OrganisationId};

events! {
    /// The committee admitted an organisation. A `RoleSet` for its admin follows.
    OrganisationAdmitted(
        "aegle/consortium/organisation-admitted/v1",
        "71d4d87b8bdd024b6e0a904c77f70992e9f3e14d4e0cb98f5d9228eb4c78f439"
    ) {
        /// Its number.
        organisation: OrganisationId,
        /// Its first admin.
        admin: AccountId,
    }

    /// The committee suspended an organisation.
    OrganisationSuspended(
        "aegle/consortium/organisation-suspended/v1",
        "0c46aad39f10bdb7d024c2a9d87a2b8ed1ee123f44d45fa531571521cee7521a"
    ) {
        /// Its number.
        organisation: OrganisationId,
    }

    /// The committee ended a suspension.
    OrganisationReinstated(
        "aegle/consortium/organisation-reinstated/v1",
        "df9b905c8b487643fc1246d5ec04e09ac3bce4172376bf93aa1cf3df49628945"
    ) {
        /// Its number.
        organisation: OrganisationId,
    }

    /// An account has this role from now on, and no other.
    RoleSet(
        "aegle/consortium/role-set/v1",
        "cd17906d2d564a4a582b5c94b45e73cf00efd6382d1dea106167fc3607014c3d"
    ) {
        /// The account.
        account: AccountId,
        /// Its role.
        role: Role,
    }

    /// An account has no role any more.
    RoleRevoked(
        "aegle/consortium/role-revoked/v1",
        "92f5415385d396d418b20f1b1763751a73bd4e3e6509cbb09f1858c80a61e1e3"
    ) {
        /// The account.
        account: AccountId,
    }

    /// An account set its entry of the key directory.
    KeySet(
        "aegle/consortium/key-set/v1",
        "149ab96468fea854f78684e7737aa7b98b150e813b3c792b7c7c9171d61a8051"
    ) {
        /// The account.
        account: AccountId,
        /// The new entry.
        entry: KeyEntry,
    }
}
