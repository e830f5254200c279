//! Consent: grants, their revocation, and the decision that everything asks for.
//!
//! [`check`] says what decides, [`delegation`] how grants are passed on, [`research`] what research may be about, and
//! [`membership`] how a record is shown to be among those that a grant is narrowed to.

pub mod calls;
mod cell;
pub mod control;
mod decide;
pub mod delegation;
pub mod events;
pub mod glass;
mod grants;
pub mod guardians;
pub mod history;
mod lineage;
mod lookup;
pub mod membership;
pub mod messages;
mod narrowing;
mod party;
pub mod requests;
pub mod research;
mod state;
mod terms;
#[cfg(test)]
mod tests;

pub use calls::{Call, SignedAct};
pub use cell::{GrantCell, KeptGrant};
pub use control::{Control, Exclusivity, RecoveryAct, Replacement, CONTROL_DELAY_MS};
pub use decide::{before_grants, check, explain, role_fits, MAX_HOLDERS};
pub use glass::{Breaker, Glass, GlassDay, Unreviewed, Verdict, MAX_UNJUSTIFIED, MAX_UNREVIEWED};
pub use grants::{
    add_grant, clear_grants, revoke_grant, Origin, Parent, StoredGrant, MAX_DELEGATED_PER_GRANTEE,
    MAX_DELEGATED_PER_ROOT, MAX_GRANTS_AT_ONCE, MAX_GRANTS_PER_GRANTEE,
};
pub use guardians::{Acted, Authority, Change, Guardians, Guardianship, MAX_GUARDIANS};
pub use history::HistoryHash;
pub use lineage::Lineage;
pub use lookup::Lookup;
#[cfg(feature = "std")]
pub use membership::record_set;
pub use membership::{Membership, MembershipProof, Neighbour, MAX_MEMBERSHIP_PATH};
pub use messages::Check;
pub use narrowing::Narrowing;
pub use party::Explained;
pub use requests::{Answer, Ask, Request};
pub use research::{Declaration, DuoModifiers, DuoPermission, DuoUse, Extent, Research};
pub use state::{PatientState, SlotEpochs};
pub use terms::{validate_grantee, validate_research, validate_terms, MAX_NESTING};

use crate::{
    message::decode_apart, relay::RelayError, AccountId, Confidentiality, GrantId, Hash, JurisdictionId,
    OrganisationId, Purposes, Slot, Slots, Timestamp,
};
use scale::{Decode, Encode, MaxEncodedLen};

/// To whom a grant is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Grantee {
    /// One account.
    Account(AccountId),
    /// Everybody who acts for an organisation.
    Organisation(OrganisationId),
    /// Everybody whose role fits the purpose: the patient's base provision.
    Anyone,
}

/// Whether a grant permits or denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Effect {
    /// The grant permits.
    Permit,
    /// The grant denies, and overrides every permit of its rank.
    Deny,
}

/// What a patient grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Terms {
    /// Permit or deny.
    pub effect: Effect,
    /// To whom.
    pub grantee: Grantee,
    /// For which purposes of use.
    pub purposes: Purposes,
    /// Over which slots.
    pub slots: Slots,
    /// The highest confidentiality that is covered.
    pub confidentiality: Confidentiality,
    /// First millisecond of validity. Nothing is granted for the past: what is earlier than the block in which the grant
    /// is given counts from that block, and 0 means just that.
    pub from: Timestamp,
    /// First millisecond at which the grant no longer counts.
    pub until: Timestamp,
    /// How deep the provision is nested in the patient's consent: 0 to [`MAX_NESTING`]. The deeper one decides.
    pub depth: u8,
    /// Whether the grantee may pass it on.
    pub delegable: bool,
    /// What it allows of research; [`Research::NONE`] without `HRESCH`, and for a denial.
    pub research: Research,
    /// To which records it is narrowed.
    pub narrowing: Option<Narrowing>,
    /// The proxies that hold shares of the split.
    pub proxies: Proxies,
    /// How many of them it takes to open a record.
    pub threshold: u8,
    /// Salted hash of the full FHIR Consent document.
    pub document: Hash,
    /// Salted hash of the key-split document (`Hk("split", salt, D)` of the delegation scheme); all zero for a denial,
    /// and for a permit to [`Grantee::Anyone`].
    pub split: Hash,
}

impl Terms {
    /// Returns the purposes about which the terms say something: a denial about [those below
    /// them](Purposes::with_narrower) too.
    pub fn speaks_of(&self) -> Purposes {
        match self.effect {
            Effect::Permit => self.purposes,
            Effect::Deny => self.purposes.with_narrower(),
        }
    }

    /// Returns the terms as they count when they are given at a time: nothing of them before it.
    pub fn given_at(&self, now: Timestamp) -> Self {
        Self {
            from: self.from.max(now),
            ..*self
        }
    }
}

/// Proxies by their numbers, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Proxies(pub u32);

impl Proxies {
    /// No proxy.
    pub const NONE: Self = Self(0);

    /// Returns how many there are.
    pub const fn count(self) -> u32 {
        self.0.count_ones()
    }

    /// Returns whether the proxy of that number is among them.
    pub const fn contains(self, number: usize) -> bool {
        number < 32 && self.0 & (1 << number) != 0
    }
}

/// What a question is about: one record's policy facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, MaxEncodedLen)]
#[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Facts {
    /// The record's slot.
    pub slot: Slot,
    /// The record's confidentiality.
    pub confidentiality: Confidentiality,
    /// Who authored it.
    pub author: AccountId,
    /// When it was authored. A time after the one that is asked about says that it is not known.
    pub authored_at: Timestamp,
}
decode_apart!(Facts {
    slot,
    confidentiality,
    author,
    authored_at
});

/// Whether something may be shown, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Decision {
    /// The controller of the patient's account asks about the patient's own record.
    Own,
    /// Permitted by this grant.
    Permitted(GrantId),
    /// Permitted because the requester has broken the glass.
    Glass,
    /// Denied.
    Denied(Denial),
    /// Permitted because the requester is a personal representative: a guardian who reads what the patient may read (45 CFR
    /// 164.502(g)).
    Representative,
    /// Permitted because the patient has said nothing about the purpose, and the law of their jurisdiction lets them object.
    Jurisdiction(JurisdictionId),
}

/// Why something may not be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Denial {
    /// No grant matches the question.
    NoGrant,
    /// A denying grant matches.
    DeniedBy(GrantId),
    /// The requester's account has no role, now, that fits the purpose, or its organisation is suspended.
    Role,
    /// The question is malformed: no purpose, several of them, or a slot over 31.
    Malformed,
    /// The purpose is `BTG`, and the requester has no glass open at the patient.
    GlassClosed,
    /// The question is about a time before the block that it is asked at, of which nothing is known any more.
    Past,
    /// The consortium has paused what is permitted.
    Paused,
    /// The requester is the patient's account, and its key does not control it: it was replaced, or exclusive guardians read.
    NotController,
}

/// Why a message of the consent contract refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum ConsentError {
    /// The caller is not the consortium contract.
    NotConsortium,
    /// The chain has no code with the hash that the contract is to run.
    UnknownCode,
    /// The grant's number is not the patient's next one; read `next_grant` and try again.
    GrantIdTaken,
    /// The terms have no purpose, no slot, or an unknown bit.
    EmptyTerms,
    /// The terms end before they begin, or have ended.
    InvalidPeriod,
    /// The terms are nested deeper than [`MAX_NESTING`].
    TooDeep,
    /// A restricted slot and another one, or two restricted ones, are in one permitting grant.
    RestrictedTogether,
    /// The grantee is the patient.
    GranteeIsPatient,
    /// The grantee is an organisation that does not exist; or the grant permits, and that organisation, or the one that
    /// the account acts for, is suspended.
    GranteeOrganisation,
    /// The patient has as many grants to that grantee as may stand at once ([`MAX_GRANTS_PER_GRANTEE`], or
    /// [`MAX_DELEGATED_PER_GRANTEE`] where it is passed on, and [`MAX_DELEGATED_PER_ROOT`] of those from one grant of the
    /// patient), or as many were ever given as can be numbered.
    TooManyGrants,
    /// More grants at once than [`MAX_GRANTS_AT_ONCE`], or none.
    TooManyAtOnce,
    /// There is no such grant.
    UnknownGrant,
    /// A permit for somebody in particular without a split, or any other grant with one.
    WrongSplit,
    /// The threshold is not between 1 and the number of proxies, those of suspended organisations not counted, or a
    /// proxy does not exist; or a grant without a split names proxies or a threshold.
    WrongProxies,
    /// The grantee's own organisation, with that of whoever passes it on, runs as many of the proxies as it takes to open
    /// a record.
    ProxiesOfGrantee,
    /// The grant permits research and does not say which, or says something about research and does not permit it.
    WrongResearch,
    /// The narrowing narrows nothing, or to nothing.
    WrongNarrowing,
    /// A permit to an account that is an insurer's, and no clinician's or researcher's, for another purpose than
    /// payment.
    InsurerPurpose,
    /// The grant may not be passed on, or has ended; or it is of a kind that never can be: a denial, or for anyone.
    NotDelegable,
    /// The caller is neither the grantee nor an admin of the organisation that is the grantee.
    NotDelegator,
    /// What is passed on is more than what was given.
    WiderThanParent,
    /// The grant was passed on [`MAX_DELEGATION`](delegation::MAX_DELEGATION) times already.
    ChainTooLong,
    /// None of the grants there has ended or is void.
    NothingToClear,
    /// A relayed call is refused.
    Relay(RelayError),
    /// The account's role does not fit.
    WrongRole,
    /// A request of that requester is open already.
    RequestOpen,
    /// There is no such request.
    UnknownRequest,
    /// The request has expired.
    RequestExpired,
    /// The terms are wider than what was asked for.
    WiderThanAsked,
    /// More guardians than [`MAX_GUARDIANS`].
    TooManyGuardians,
    /// A guardian is named twice or is the patient, or the threshold is 0 or more than there are guardians.
    WrongGuardians,
    /// The caller is not a guardian of the patient.
    NotGuardian,
    /// The guardians can no longer act.
    GuardiansEnded,
    /// Only the patient does that: naming a recovery key, and naming guardians, unless those that there are act alone.
    NotForGuardians,
    /// The clinician has a glass open at the patient.
    GlassOpen,
    /// A review of a glass that the clinician broke is overdue.
    ReviewOverdue,
    /// As many glasses of the clinician as may wait for review do ([`MAX_UNREVIEWED`]).
    TooManyUnreviewed,
    /// The clinician broke as many glasses in the last day as they may.
    TooManyGlasses,
    /// There is no such glass.
    UnknownGlass,
    /// The caller may not review the glass.
    NotReviewer,
    /// The caller does not control the patient's account: its key was replaced, or never did.
    NotController,
    /// Exclusive guardians act for the patient, and nobody else, until their time is over.
    ExclusiveGuardians,
    /// Only guardians replace the controller.
    OnlyGuardians,
    /// The controller is being replaced, and may only deny, revoke and close until then.
    ReplacementPending,
    /// The account controls the patient's already.
    WrongController,
    /// There is nothing that could be taken back, or no time of exclusive guardians that could be ended.
    NothingToVeto,
    /// The controller has used its one veto.
    VetoUsed,
    /// The patient has a recovery key, which alone names the next one, or has guardians, and it must come before them.
    RecoveryKeyFixed,
    /// The caller is not the patient's recovery key.
    NotRecoveryKey,
    /// The glass was closed less than [`COOL_DOWN_MS`](glass::COOL_DOWN_MS) ago.
    GlassCooling,
    /// As many glasses of the clinician were found unjustified as bar them ([`MAX_UNJUSTIFIED`]).
    TooManyUnjustified,
    /// The clinicians of the organisation broke as many glasses in a day as they may.
    TooManyOfOrganisation,
}
