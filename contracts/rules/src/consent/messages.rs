//! The messages of the consent contract, in the order of their arguments.

mod acts;

pub use crate::consortium::notices::Notify;
pub use acts::*;

use super::{
    ConsentError, Decision, Declaration, Explained, Extent, Facts, Grantee, Membership, Parent, SlotEpochs, Terms,
};
use crate::{message::message, AccountId, GrantId, Hash, JurisdictionId, Purposes, Slots, Timestamp};
use alloc::vec::Vec;
use scale::{Decode, Encode};

/// The constructor.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct New {
    /// The consortium contract, which tells of roles, organisations, proxies and limits.
    pub consortium: AccountId,
    /// The hash of the chain's genesis block, which relayed calls are signed for.
    pub genesis: Hash,
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

/// Gives several grants, all or none; the caller is the patient.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct GrantMany {
    /// At most [`MAX_GRANTS_AT_ONCE`](super::MAX_GRANTS_AT_ONCE), with the numbers that come next.
    pub grants: Vec<(GrantId, Terms)>,
}
message!(GrantMany, "grant_many", 0x4a2b_5d1a, Result<(), ConsentError>);

/// Ends a grant, or what somebody passed on; the caller is the patient.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Revoke {
    /// The grant.
    pub id: GrantId,
    /// To whom it was given.
    pub grantee: Grantee,
}
message!(Revoke, "revoke", 0x0a53_8d12, Result<(), ConsentError>);

/// Ends every grant, and what was passed on; the caller is the patient.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RevokeAll {}
message!(RevokeAll, "revoke_all", 0x5e47_68c9, Result<(), ConsentError>);

/// Removes the grants to one grantee that have ended or are void, and what was passed on from such; the caller is the
/// patient.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Clear {
    /// The grantee.
    pub grantee: Grantee,
}
message!(Clear, "clear", 0x6b38_5365, Result<(), ConsentError>);

/// Passes on a part of a grant; the caller is its grantee, or an admin of the organisation that is its grantee.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Delegate {
    /// The patient.
    pub patient: AccountId,
    /// What a part is passed on of.
    pub parent: Parent,
    /// Which part, and to whom.
    pub terms: Terms,
}
message!(Delegate, "delegate", 0xc596_54fe, Result<GrantId, ConsentError>);

/// Takes back what was passed on; the caller is one who could pass it on.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Undelegate {
    /// The patient.
    pub patient: AccountId,
    /// What was passed on.
    pub id: GrantId,
    /// To whom.
    pub grantee: Grantee,
}
message!(Undelegate, "undelegate", 0x2456_de34, Result<(), ConsentError>);

/// Marks the slots that need a grant of their own, replacing what was marked; the caller is the patient.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SetRestricted {
    /// The restricted slots.
    pub slots: Slots,
}
message!(
    SetRestricted,
    "set_restricted",
    0x55fe_e041,
    Result<(), ConsentError>
);

/// Moves the epochs of slots on, so that what is written from now on is sealed to keys of which nobody holds a share; the
/// caller is the patient.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct AdvanceEpochs {
    /// The slots: at least one.
    pub slots: Slots,
}
message!(AdvanceEpochs, "advance_epochs", 0x41d9_32de, Result<(), ConsentError>);

/// The slots that a patient has marked restricted.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Restricted {
    /// The patient.
    pub patient: AccountId,
}
message!(Restricted, "restricted", 0x1e36_bbb7, Slots);

/// The epochs of a patient's slots, under which records are sealed from now on.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Epochs {
    /// The patient.
    pub patient: AccountId,
}
message!(Epochs, "epochs", 0x46ba_5d6a, SlotEpochs);

/// The grants over a patient's records to one grantee that were not revoked, oldest first, with those that were passed
/// on; some may have ended, or were passed on from one that no longer stands.
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
    /// What a researcher declares; the default for other purposes.
    pub research: Declaration,
    /// How far their research goes, which counts for `HRESCH` alone; whoever decides says it by what they do next.
    pub extent: Extent,
    /// A proof about the set of records that a grant is narrowed to.
    pub membership: Option<Membership>,
    /// The time asked about.
    pub at: Timestamp,
}
message!(Check, "check", 0xaf0a_4058, Decision);

/// Whether a record may be shown, as `check` says, and through which of the requester's organisations.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Explain(pub Check);
message!(Explain, "explain", 0x2465_1026, Explained);

/// A patient's jurisdiction, where it is known.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Residence {
    /// The patient.
    pub patient: AccountId,
}
message!(Residence, "residence", 0xe7db_edf5, Option<JurisdictionId>);
