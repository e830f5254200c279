//! The consortium: a committee, its organisations, the roles of accounts, the directory of their keys, and patients.
//!
//! The committee acts by [proposals](Proposal), each bound to the hash of an [`Action`]. What it changes is told to the
//! consent and the ledger contract as [notices](notices::Notice).

mod accounts;
mod appointments;
mod committee;
mod decide;
pub mod events;
mod held;
mod jurisdictions;
mod limits;
pub mod messages;
pub mod notices;
mod organisations;
mod pauses;
mod proposals;
mod proxies;
mod registrations;
mod state;
#[cfg(test)]
mod testing;
mod upgrades;
mod waits;

pub use accounts::{may_act, next_key};
pub use appointments::{appoint, dismiss, APPOINTABLE, MAX_APPOINTED};
pub use committee::{validate_committee, Committee, MAX_COMMITTEE};
pub use decide::{decide, validate_action};
pub use held::{current_roles, effective_roles, AccountRoles, MAX_ORGANISATIONS_PER_ACCOUNT};
pub use jurisdictions::{JurisdictionDefault, Jurisdictions, DEFAULT_PURPOSES, MAX_JURISDICTIONS};
pub use limits::{Limits, UPGRADE_WINDOW_MS};
pub use notices::Contracts;
pub use organisations::{Organisations, Succession, MAX_ORGANISATIONS, MAX_SUCCESSIONS};
pub use pauses::{PauseCall, Pauses, PAUSE_CALLS, PAUSE_CALL_MS, PAUSE_MS, PAUSE_REST_MS};
pub use proposals::{action_hash, may_execute, may_withdraw, open_proposal, vote, Outcome, Proposal, ACTION_TAG};
pub use proxies::{validate_proxies, ProxyOperator, ProxyOperators, MAX_PROXIES};
pub use registrations::{
    activate_patient, name_counts, name_organisation, register_patient, settle_residence, Named, Registration,
    MAX_NAMED_MS,
};
pub use state::{Change, State};
#[cfg(feature = "layout-2")]
pub use upgrades::OtherLayout;
pub use upgrades::{AskLayout, KeptLayout, Layout, Upgrade, Upgrades, Which};
pub use waits::{accept, may_take_effect, waits};

use crate::{relay::RelayError, AccountId, EncryptionKey, Hash, JurisdictionId, OrganisationId, Roles, Timestamp};
use alloc::vec::Vec;
use scale::{Decode, Encode, MaxEncodedLen};

/// What the committee may do.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
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
    /// Sets the role of an account in one organisation, replacing what it had there.
    SetRole {
        /// The account.
        account: AccountId,
        /// Its role.
        role: Role,
    },
    /// Takes every role from an account, and keeps every admin from giving it another one, until the committee does.
    RevokeRole {
        /// The account.
        account: AccountId,
    },
    /// Replaces the committee, and voids every open vote; waits for the time lock, and for who is new to accept.
    Rotate {
        /// The new members: 1 to [`MAX_COMMITTEE`], all different.
        members: Vec<AccountId>,
        /// How many of them have to agree.
        threshold: u8,
    },
    /// Says where the other contracts are, and tells them everything but the roles; those that they replace are told that
    /// there is no organisation any more. Waits for the time lock, but for the first time.
    Connect {
        /// The consent contract.
        consent: AccountId,
        /// The ledger contract.
        ledger: AccountId,
    },
    /// Says who runs the proxies, replacing what was said. The number of a proxy is its place. Waits for the time lock,
    /// but for the first time.
    SetProxies {
        /// The proxies: at most [`MAX_PROXIES`], with different accounts.
        operators: Vec<ProxyOperator>,
    },
    /// Sets every limit; waits for the time lock where it becomes shorter.
    SetLimits {
        /// The limits, each between [`Limits::MIN`] and [`Limits::MAX`].
        limits: Limits,
    },
    /// Schedules new code for a contract, replacing what was scheduled for it.
    ScheduleUpgrade {
        /// The contract.
        contract: Which,
        /// Hash of the new code.
        code_hash: Hash,
        /// The [layout](Layout::version) that the new code has to say it has.
        layout: u32,
        /// First millisecond at which it can be carried out: at least the limit `timelock_ms` after this is executed.
        not_before: Timestamp,
    },
    /// Takes back what was scheduled for a contract.
    CancelUpgrade {
        /// The contract.
        contract: Which,
    },
    /// Ends a pause.
    Resume,
    /// Says of which organisation each member of the committee is: a pause takes members of different ones.
    SetSeats {
        /// The organisations, in the order of the members.
        organisations: Vec<Option<OrganisationId>>,
    },
    /// Lets one organisation take the place of another as the custodian of its search domains; waits for the time lock.
    /// Roles, and grants to the other one, do not pass over.
    Succeed {
        /// The organisation that is merged into the other.
        organisation: OrganisationId,
        /// The one that takes its place, a member in good standing.
        successor: OrganisationId,
    },
    /// Takes the role of an account in one organisation, whoever gave it.
    TakeRole {
        /// The account.
        account: AccountId,
        /// The organisation.
        organisation: OrganisationId,
    },
    /// Says what counts in a jurisdiction where a patient has said nothing, replacing what was said. Waits for the time lock.
    SetJurisdiction {
        /// What counts.
        default: JurisdictionDefault,
    },
    /// Says in which jurisdiction an organisation is, of those that are known: patients for whom it vouches from then on are of
    /// that one, and those for whom it vouched before stay of theirs. Waits for the time lock.
    Place {
        /// The organisation.
        organisation: OrganisationId,
        /// The jurisdiction; `None` for none.
        jurisdiction: Option<JurisdictionId>,
    },
    /// Says of which jurisdiction, of those that are known, a patient is for whom an organisation vouches, where that was
    /// settled wrongly and they cannot name another one. Waits for the time lock.
    SetResidence {
        /// The patient.
        patient: AccountId,
        /// The jurisdiction; `None` for none.
        jurisdiction: Option<JurisdictionId>,
    },
}

impl Action {
    /// Returns whose roles the action changes, if it changes any.
    pub const fn account(&self) -> Option<AccountId> {
        match self {
            Self::Admit { admin: account }
            | Self::SetRole { account, .. }
            | Self::RevokeRole { account }
            | Self::TakeRole { account, .. } => Some(*account),
            _ => None,
        }
    }
}

/// What an account may let somebody else submit for it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Call {
    /// Sets an account's entry of the key directory, which whoever controls the account signs.
    SetKey {
        /// The account: the signer's own, or a patient's whose account the signer controls.
        account: AccountId,
        /// The key that others seal to.
        key: EncryptionKey,
        /// Hash of the bundle of slot keys; all zero for an account that has none.
        bundle: Hash,
    },
    /// Registers the account as a patient.
    RegisterPatient {
        /// The organisation that alone may vouch for them; `None` for nobody, until they name one.
        named: Option<Named>,
    },
    /// Gives the account's role in an organisation back, or declines what it offers.
    Renounce {
        /// The organisation; `None` for every one.
        organisation: Option<OrganisationId>,
    },
    /// Accepts the role that an organisation offers the account.
    AcceptRole {
        /// The organisation.
        organisation: OrganisationId,
    },
    /// Names the organisation that alone may vouch for a patient, which whoever controls the account signs.
    NameOrganisation {
        /// The patient: the signer, or one whose account the signer controls.
        account: AccountId,
        /// The organisation; `None` for nobody.
        named: Option<Named>,
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

impl Role {
    /// Returns what stays of a role that the committee took: no admin gives the account another one.
    pub const fn bar(self) -> Self {
        Self {
            roles: Roles::NONE,
            ..self
        }
    }

    /// Returns whether it is what stays of a role that the committee took.
    pub const fn is_bar(&self) -> bool {
        self.roles.is_empty()
    }

    /// Returns what stays of a role that its account gave back: it has ended, and binds the account to nobody. Nothing
    /// is freed, so that what was deposited for it goes back to who dismisses the account, not to the account.
    pub const fn given_back(self) -> Self {
        Self { until: 0, ..self }
    }
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
    /// The account has a role in that organisation that only the committee gives and takes, or the committee took its roles;
    /// or it is to be dismissed, and has roles in other organisations alone.
    NotYours,
    /// A counter would overflow, more than [`MAX_ORGANISATIONS`] organisations would be admitted, no account or more
    /// than [`MAX_APPOINTED`] are appointed or dismissed at once, or an account would have roles in more than
    /// [`MAX_ORGANISATIONS_PER_ACCOUNT`] organisations, those counted that it is offered.
    TooMany,
    /// The key is all zero.
    InvalidKey,
    /// The caller does not control the account: it is another one, or its key was replaced.
    NotController,
    /// Another key is to control the account: until then, nobody sets its keys, names who may vouch for it, or vouches.
    ReplacementPending,
    /// Exclusive guardians act for the account, and its key does not.
    ExclusiveGuardians,
    /// The consent contract does not say who controls the account.
    NoAnswer,
    /// The committee would have no member, more than [`MAX_COMMITTEE`] or one of them twice, or its threshold is 0 or
    /// more than it has members.
    InvalidCommittee,
    /// There is no such proposal: it was never opened, or it was executed or withdrawn.
    UnknownProposal,
    /// The proposal is for something else than the caller means.
    ChangedProposal,
    /// The proposal's time, or the window of the upgrade, has passed.
    Expired,
    /// The committee was rotated after the proposal was opened.
    Superseded,
    /// Fewer members voted for the proposal than the committee's threshold.
    NotEnoughVotes,
    /// The caller did not open the proposal, and it can still be voted on, or they are not of the committee.
    NotProposer,
    /// The consent and the ledger contract are not connected yet.
    NotConnected,
    /// The consent and the ledger contract would be one.
    InvalidContracts,
    /// There would be more than [`MAX_PROXIES`] proxies, or two with one account.
    InvalidProxies,
    /// A limit is out of its bounds ([`Limits::MIN`], [`Limits::MAX`]).
    InvalidLimits,
    /// The upgrade is scheduled earlier than the limit `timelock_ms` allows; or its time, or that of what waits for the time
    /// lock, has not come.
    TooEarly,
    /// No upgrade of that contract is scheduled.
    NothingScheduled,
    /// An upgrade of the consent or the ledger contract is scheduled; cancel it before connecting others.
    UpgradePending,
    /// A connected contract did not take a notice, or there was too little gas to say whether it would; nothing was
    /// changed.
    NotDelivered,
    /// The chain does not have the code that the consortium contract is to run.
    UnknownCode,
    /// The account is a patient already.
    AlreadyRegistered,
    /// The caller is not, now, an admin of a member organisation.
    NotAdmin,
    /// The account did not register as a patient.
    UnknownPatient,
    /// An organisation vouches for the patient already, and they named no other one since.
    AlreadyActivated,
    /// The relayed call is not to be carried out.
    Relay(RelayError),
    /// The new code does not say that it is this contract's in the layout that was scheduled, or cannot read what is kept;
    /// the old code goes on.
    WrongLayout,
    /// There is a pause already.
    AlreadyPaused,
    /// There is no pause to end.
    NotPaused,
    /// The member called for the last pause: they cannot for another one, for [`PAUSE_REST_MS`].
    PauseSpent,
    /// A new member of the committee has not accepted their seat.
    NotAccepted,
    /// The proposal gives the caller no seat in the committee.
    NotNamed,
    /// An organisation would take its own place, or one of the two has a successor already.
    InvalidSuccessor,
    /// The account is an admin of another organisation, for which it would no longer be known to act.
    AdminElsewhere,
    /// What counts in a jurisdiction permits another purpose than a default [may](DEFAULT_PURPOSES), or research of which it does
    /// not say what, or has no number; or there is no such jurisdiction.
    InvalidJurisdiction,
    /// The patient did not name the caller's organisation: it may not vouch for them.
    NotChosen,
    /// No organisation vouches for the patient, so that there is nothing to correct.
    NotVouchedFor,
    /// The organisation is not in the jurisdiction that the patient named with it.
    OtherJurisdiction,
    /// The name would end before now, or more than [`MAX_NAMED_MS`] after it.
    InvalidEnd,
    /// The time for which the patient named the organisation has passed.
    NameEnded,
    /// Another key controls the account than the one that named the organisation.
    ControllerReplaced,
}

#[cfg(test)]
mod tests;
