//! The messages of the consent contract, in the order of their arguments.

use super::{ConsentError, Decision, Facts, Grantee, Terms};
use crate::{message::message, AccountId, GrantId, Purposes, Slots, Timestamp};
use alloc::vec::Vec;
use scale::{Decode, Encode};

/// The constructor.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct New {
    /// The consortium contract, which is asked for roles and organisations.
    pub consortium: AccountId,
}
message!(New, "new", 0x9bae_9d5e, ());

/// The number that a patient's next grant gets.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct NextGrant {
    /// The patient.
    pub patient: AccountId,
}
message!(NextGrant, "next_grant", 0x1445_88e1, GrantId);

/// Gives a grant; the caller is the patient.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Grant {
    /// The number that `next_grant` says.
    pub id: GrantId,
    /// What is granted.
    pub terms: Terms,
}
message!(Grant, "grant", 0x3d08_287a, Result<(), ConsentError>);

/// Ends a grant; the caller is the patient.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Revoke {
    /// The grant.
    pub id: GrantId,
    /// To whom it was given.
    pub grantee: Grantee,
}
message!(Revoke, "revoke", 0x0a53_8d12, Result<(), ConsentError>);

/// Marks the slots that need a grant of their own, replacing what was marked; the caller is the patient.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SetRestricted {
    /// The restricted slots.
    pub slots: Slots,
}
message!(SetRestricted, "set_restricted", 0x55fe_e041, ());

/// The slots that a patient has marked restricted.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Restricted {
    /// The patient.
    pub patient: AccountId,
}
message!(Restricted, "restricted", 0x1e36_bbb7, Slots);

/// The grants of a patient to one grantee that were not revoked, oldest first; some may have ended.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Grants {
    /// The patient.
    pub patient: AccountId,
    /// The grantee.
    pub grantee: Grantee,
}
message!(Grants, "grants", 0x9f77_8329, Vec<(GrantId, Terms)>);

/// Whether a record may be shown to somebody for a purpose at a time.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Check {
    /// Who asks.
    pub requester: AccountId,
    /// Whose record it is.
    pub patient: AccountId,
    /// For what: exactly one purpose.
    pub purpose: Purposes,
    /// What the record is, as far as policy goes.
    pub facts: Facts,
    /// The time asked about.
    pub at: Timestamp,
}
message!(Check, "check", 0xaf0a_4058, Decision);
