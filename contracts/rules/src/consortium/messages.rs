//! The messages of the consortium contract, in the order of their arguments.

use super::{
    AccountRoles, Action, Call, ConsortiumError, KeyEntry, Named, Outcome, Registration, Role, Standing, Which,
};
use crate::{
    message::message, relay, AccountId, EncryptionKey, Hash, JurisdictionId, OrganisationId, ProposalId, Roles,
    Timestamp,
};
use alloc::vec::Vec;
use scale::{Decode, Encode};

/// The constructor.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct New {
    /// The committee's members.
    pub members: Vec<AccountId>,
    /// How many of them have to agree.
    pub threshold: u8,
    /// Hash of the chain's first block.
    pub genesis: Hash,
}
message!(New, "new", 0x9bae_9d5e, Result<(), ConsortiumError>);

/// Proposes something to the committee, or does it where one vote is enough.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Propose {
    /// What to do.
    pub action: Action,
}
message!(Propose, "propose", 0xcb14_b5b5, Result<Outcome, ConsortiumError>);

/// Votes for a proposal; returns how many members have.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Vote {
    /// The proposal.
    pub id: ProposalId,
    /// Hash of what the caller votes for ([`action_hash`](super::action_hash)).
    pub hash: Hash,
}
message!(Vote, "vote", 0x083b_e260, Result<u8, ConsortiumError>);

/// Does what a proposal says that has enough votes; returns the number of the organisation that was admitted.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Execute {
    /// The proposal.
    pub id: ProposalId,
    /// What it says.
    pub action: Action,
}
message!(
    Execute,
    "execute",
    0xd00e_c894,
    Result<Option<OrganisationId>, ConsortiumError>
);

/// Accepts the seat that a proposed rotation of the committee gives the caller.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Accept {
    /// The proposal.
    pub id: ProposalId,
    /// What it says.
    pub action: Action,
}
message!(Accept, "accept", 0x8411_95f4, Result<(), ConsortiumError>);

/// Removes a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Withdraw {
    /// The proposal.
    pub id: ProposalId,
}
message!(Withdraw, "withdraw", 0x410f_cc9d, Result<(), ConsortiumError>);

/// Tells the connected contracts an account's role once more, and of which jurisdiction it is, or the organisations.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Publish {
    /// The account; `None` for the organisations.
    pub account: Option<AccountId>,
}
message!(Publish, "publish", 0x5fc7_59c5, Result<(), ConsortiumError>);

/// Carries out a scheduled upgrade.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Upgrade {
    /// The contract.
    pub contract: Which,
}
message!(Upgrade, "upgrade", 0x9852_f7b0, Result<(), ConsortiumError>);

/// Gives accounts the same role in the caller's organisation, instead of what they had in it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Appoint {
    /// The accounts: 1 to [`MAX_APPOINTED`](super::MAX_APPOINTED).
    pub accounts: Vec<AccountId>,
    /// The roles, of those in [`APPOINTABLE`](super::APPOINTABLE).
    pub roles: Roles,
    /// First millisecond at which they no longer count.
    pub until: Timestamp,
}
message!(Appoint, "appoint", 0x8898_68b0, Result<(), ConsortiumError>);

/// Takes the roles of accounts of the caller's organisation.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Dismiss {
    /// The accounts: 1 to [`MAX_APPOINTED`](super::MAX_APPOINTED).
    pub accounts: Vec<AccountId>,
}
message!(Dismiss, "dismiss", 0xf12e_a69a, Result<(), ConsortiumError>);

/// Accepts the role that an organisation offers the caller.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct AcceptRole {
    /// The organisation.
    pub organisation: OrganisationId,
}
message!(AcceptRole, "accept_role", 0x907a_021a, Result<(), ConsortiumError>);

/// Gives the caller's own role in an organisation back, or declines what it offers.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Renounce {
    /// The organisation; `None` for every one.
    pub organisation: Option<OrganisationId>,
}
message!(Renounce, "renounce", 0xe7b3_e5cc, Result<(), ConsortiumError>);

/// Calls for a pause; returns until when there is one, where enough members have called.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Pause {}
message!(Pause, "pause", 0x81e0_c604, Result<Option<Timestamp>, ConsortiumError>);

/// First millisecond at which nothing is paused any more: 0 when nothing ever was, or the committee ended it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct PausedUntil {}
message!(PausedUntil, "paused_until", 0x571f_cca1, Timestamp);

/// Registers the caller as a patient.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RegisterPatient {
    /// The organisation that alone may vouch for them; `None` for nobody, until they [name one](NameOrganisation).
    pub named: Option<Named>,
}
message!(
    RegisterPatient,
    "register_patient",
    0x19cd_f2d0,
    Result<(), ConsortiumError>
);

/// Names the organisation that alone may vouch for a patient, instead of the one named before.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct NameOrganisation {
    /// The patient: the caller, or one whose account the caller controls.
    pub account: AccountId,
    /// The organisation; `None` for nobody.
    pub named: Option<Named>,
}
message!(
    NameOrganisation,
    "name_organisation",
    0x60ea_737d,
    Result<(), ConsortiumError>
);

/// Lets the caller's organisation vouch for a patient who named it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ActivatePatient {
    /// The patient.
    pub patient: AccountId,
}
message!(
    ActivatePatient,
    "activate_patient",
    0x4598_4c3e,
    Result<(), ConsortiumError>
);

/// A patient's registration: `None` when the account did not register.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Patient {
    /// The account.
    pub account: AccountId,
}
message!(Patient, "patient", 0x846a_7f0a, Option<Registration>);

/// Sets the caller's own entry of the key directory; returns its version.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SetKey {
    /// The account: the caller's own, or a patient's whose account the caller controls.
    pub account: AccountId,
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

/// Carries out what an account signed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Relayed {
    /// The signed call.
    pub call: relay::Relayed<Call>,
}
message!(Relayed, "relayed", 0x95fd_d505, Result<(), ConsortiumError>);

/// The number that an account's next relayed call has to have.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RelayNonce {
    /// The account.
    pub account: AccountId,
}
message!(RelayNonce, "relay_nonce", 0x3951_19cf, u64);

/// What an account may do at a time, in the first of its organisations where it may do anything: `None` when it has no role,
/// or each has ended or is in an organisation that is suspended.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RoleOf {
    /// The account.
    pub account: AccountId,
    /// The time asked about.
    pub at: Timestamp,
}
message!(RoleOf, "role_of", 0x55ce_ac53, Option<Role>);

/// What an account may do at a time, in each of its organisations: no role that has ended, or is in an organisation that is
/// suspended.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct EffectiveRoles {
    /// The account.
    pub account: AccountId,
    /// The time asked about.
    pub at: Timestamp,
}
message!(EffectiveRoles, "effective_roles", 0x8378_5cc9, Vec<Role>);

/// Every role that an account has or is offered, as it is kept, whether or not it counts.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RolesOf {
    /// The account.
    pub account: AccountId,
}
message!(RolesOf, "roles_of", 0x81a4_28fe, AccountRoles);

/// An organisation's standing: `None` when there is no such organisation.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Organisation {
    /// The organisation.
    pub id: OrganisationId,
}
message!(Organisation, "organisation", 0xdfb5_a499, Option<Standing>);

/// What counts where a patient has said nothing, in every jurisdiction that is known.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Jurisdictions {}
message!(Jurisdictions, "jurisdictions", 0x0249_883a, super::Jurisdictions);

/// In which jurisdiction an organisation is.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct JurisdictionOf {
    /// The organisation.
    pub organisation: OrganisationId,
}
message!(JurisdictionOf, "jurisdiction_of", 0xe10e_df02, Option<JurisdictionId>);

/// The committee.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Committee {}
message!(Committee, "committee", 0x9106_0c9d, super::Committee);

/// A proposal: `None` when it was never opened, or was executed or withdrawn.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Proposal {
    /// The proposal.
    pub id: ProposalId,
}
message!(Proposal, "proposal", 0x025a_ac7e, Option<super::Proposal>);

/// How many proposals were ever opened, which is the number of the last one.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Proposals {}
message!(Proposals, "proposals", 0x26c5_6e6b, u32);

/// The limits.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Limits {}
message!(Limits, "limits", 0x9593_f846, super::Limits);

/// Where the other two contracts are: `None` until they are connected.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Contracts {}
message!(Contracts, "contracts", 0x171b_a292, Option<super::Contracts>);

/// What is scheduled for a contract.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Scheduled {
    /// The contract.
    pub contract: Which,
}
message!(Scheduled, "scheduled", 0x1be5_d908, Option<super::Upgrade>);

/// The proxies.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Proxies {}
message!(Proxies, "proxies", 0x144b_0535, super::ProxyOperators);
