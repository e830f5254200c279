//! Requests: somebody with a role asks a patient for access, and the patient answers.

use super::{role_fits, ConsentError, Effect, Grantee, Terms};
use crate::{consortium::Role, AccountId, Confidentiality, GrantId, Hash, Purposes, Slots, Timestamp};
use scale::{Decode, Encode, MaxEncodedLen};

/// What somebody asks a patient for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Ask {
    /// For which purposes of use.
    pub purposes: Purposes,
    /// Over which slots.
    pub slots: Slots,
    /// Up to which confidentiality.
    pub confidentiality: Confidentiality,
    /// First millisecond at which the access would end.
    pub until: Timestamp,
    /// Salted hash of the reason, which the patient gets another way.
    pub why: Hash,
}

/// A request that waits for its answer, as the contract keeps it under the patient and the requester: in 55 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Request {
    /// What is asked for.
    pub ask: Ask,
    /// First millisecond at which it can no longer be approved.
    pub expires: Timestamp,
}

/// How a request ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Answer {
    /// The patient gave this grant.
    Approved(GrantId),
    /// The patient declined.
    Declined,
    /// The requester took it back.
    Withdrawn,
}

/// Decides on a request; what is returned takes the place of `open`, the requester's last request to that patient.
///
/// `roles` are the requester's roles now, and `request_ms` how long a request waits.
///
/// # Errors
/// In this order: [`EmptyTerms`](ConsentError::EmptyTerms), [`InvalidPeriod`](ConsentError::InvalidPeriod),
/// [`GranteeIsPatient`](ConsentError::GranteeIsPatient), [`WrongRole`](ConsentError::WrongRole) where no role
/// fits one of the purposes, [`RequestOpen`](ConsentError::RequestOpen).
pub fn request(
    patient: AccountId,
    requester: AccountId,
    ask: Ask,
    roles: &[Role],
    open: Option<Request>,
    request_ms: u64,
    now: Timestamp,
) -> Result<Request, ConsentError> {
    if ask.purposes.is_empty() || !Purposes::ALL.contains(ask.purposes) || ask.slots.is_empty() {
        return Err(ConsentError::EmptyTerms);
    }
    if ask.until <= now {
        return Err(ConsentError::InvalidPeriod);
    }
    if requester == patient {
        return Err(ConsentError::GranteeIsPatient);
    }
    if !fits_every(roles, ask.purposes) {
        return Err(ConsentError::WrongRole);
    }
    if open.is_some_and(|request| now < request.expires) {
        return Err(ConsentError::RequestOpen);
    }
    let expires = now.saturating_add(request_ms);
    Ok(Request { ask, expires })
}

fn fits_every(roles: &[Role], purposes: Purposes) -> bool {
    (0..Purposes::ALL.0.count_ones())
        .map(|shift| Purposes(1 << shift))
        .filter(|purpose| purposes.contains(*purpose))
        .all(|purpose| roles.iter().any(|role| role_fits(role.roles, purpose)))
}

/// Decides whether the patient may answer `request`, of `requester`, with these terms. Whether they may be granted is
/// another question. A denial does not answer a request, and what is given may not be passed on.
///
/// # Errors
/// In this order: [`UnknownRequest`](ConsentError::UnknownRequest), [`RequestExpired`](ConsentError::RequestExpired),
/// [`WiderThanAsked`](ConsentError::WiderThanAsked).
pub fn approve(
    request: Option<Request>,
    requester: AccountId,
    terms: &Terms,
    now: Timestamp,
) -> Result<(), ConsentError> {
    let Request { ask, expires } = request.ok_or(ConsentError::UnknownRequest)?;
    if expires <= now {
        return Err(ConsentError::RequestExpired);
    }
    let within = terms.effect == Effect::Permit
        && terms.grantee == Grantee::Account(requester)
        && ask.purposes.contains(terms.purposes)
        && terms.slots.is_within(ask.slots)
        && terms.confidentiality <= ask.confidentiality
        && terms.until <= ask.until
        && !terms.delegable;
    within.then_some(()).ok_or(ConsentError::WiderThanAsked)
}

#[cfg(test)]
mod tests;
