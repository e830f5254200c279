//! Consent: grants, their revocation, and the decision that everything asks for.

mod decide;
pub mod events;
mod grants;
pub mod messages;

pub use decide::{before_grants, check, role_fits};
pub use grants::{add_grant, remove_grant, validate_terms, PatientState, StoredGrant, MAX_GRANTS_PER_GRANTEE};

use crate::{AccountId, Confidentiality, GrantId, Hash, OrganisationId, Purposes, Slot, Slots, Timestamp};
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
    /// The grant denies, and overrides every permit at its level.
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
    /// First millisecond of validity.
    pub from: Timestamp,
    /// First millisecond at which the grant no longer counts.
    pub until: Timestamp,
    /// Salted hash of the full FHIR Consent document.
    pub document: Hash,
    /// Salted hash of the key-split document (`Hk("split", salt, D)` of the delegation scheme); all zero for a denial.
    pub split: Hash,
}

/// What a question is about: one record's policy facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Facts {
    /// The record's slot.
    pub slot: Slot,
    /// The record's confidentiality.
    pub confidentiality: Confidentiality,
    /// Who authored it.
    pub author: AccountId,
    /// When it was authored.
    pub authored_at: Timestamp,
}

/// Whether something may be shown, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Decision {
    /// The patient asks about their own record.
    Own,
    /// Permitted by this grant.
    Permitted(GrantId),
    /// Denied.
    Denied(Denial),
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
    /// The consortium contract did not answer, so the requester's role is not known.
    ConsortiumUnavailable,
}

/// Why a message of the consent contract refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum ConsentError {
    /// The grant's number is not the patient's next one; read `next_grant` and try again.
    GrantIdTaken,
    /// The terms have no purpose, no slot, or an unknown bit.
    EmptyTerms,
    /// The terms end before they begin, or have ended.
    InvalidPeriod,
    /// A restricted slot and another one, or two restricted ones, are in one permitting grant.
    RestrictedTogether,
    /// The grantee is the patient.
    GranteeIsPatient,
    /// The grantee is an organisation that does not exist, or the grant permits and that organisation is suspended.
    GranteeOrganisation,
    /// The patient has as many grants to that grantee as may stand at once ([`MAX_GRANTS_PER_GRANTEE`]), or ever gave
    /// as many as can be numbered.
    TooManyGrants,
    /// There is no such grant.
    UnknownGrant,
    /// A permitting grant without a split, or a denying one with it.
    WrongSplit,
    /// The consortium contract did not answer.
    ConsortiumUnavailable,
}
