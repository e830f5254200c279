//! The messages of the consortium contract, in the order of their arguments.

use super::{Action, ConsortiumError, KeyEntry, Role, Standing};
use crate::{message::message, AccountId, EncryptionKey, Hash, OrganisationId, Timestamp};
use scale::{Decode, Encode};

/// The constructor: a committee of one.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct New {
    /// The committee's member.
    pub member: AccountId,
}
message!(New, "new", 0x9bae_9d5e, ());

/// Lets the committee act; returns the number of the organisation that it admitted.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Enact {
    /// What to do.
    pub action: Action,
}
message!(
    Enact,
    "enact",
    0x7aa1_0660,
    Result<Option<OrganisationId>, ConsortiumError>
);

/// What an account may do at a time: `None` when it has no role, the role has ended, or its organisation is suspended.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RoleOf {
    /// The account.
    pub account: AccountId,
    /// The time asked about.
    pub at: Timestamp,
}
message!(RoleOf, "role_of", 0x55ce_ac53, Option<Role>);

/// An organisation's standing: `None` when there is no such organisation.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Organisation {
    /// The organisation.
    pub id: OrganisationId,
}
message!(Organisation, "organisation", 0xdfb5_a499, Option<Standing>);

/// Sets the caller's own entry of the key directory; returns its version.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SetKey {
    /// The key that others seal to.
    pub key: EncryptionKey,
    /// Hash of the bundle of slot keys; all zero for an account that has none.
    pub bundle: Hash,
}
message!(SetKey, "set_key", 0xacf3_fa83, Result<u32, ConsortiumError>);

/// An account's entry of the key directory.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct KeyOf {
    /// The account.
    pub account: AccountId,
}
message!(KeyOf, "key_of", 0x9f4f_5f13, Option<KeyEntry>);
