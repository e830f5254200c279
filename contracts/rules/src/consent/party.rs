//! For whom somebody asks: their organisations, and which of them a decision rests on.

use super::{Decision, Lookup};
use crate::{
    consortium::{current_roles, Role, Standing},
    AccountId, OrganisationId, Timestamp,
};
use alloc::vec::Vec;
use scale::{Decode, Encode, MaxEncodedLen};

/// A decision, and the organisation through which the requester has the role that it rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Explained {
    /// The decision.
    pub decision: Decision,
    /// Through which organisation: the one that the grant is to, or else the first of those through which the requester has a
    /// role that fits; of a denial by name, the one that is denied. `None` where the answer rests on no role.
    pub organisation: Option<OrganisationId>,
}

impl From<Decision> for Explained {
    fn from(decision: Decision) -> Self {
        Self {
            decision,
            organisation: None,
        }
    }
}

/// Somebody who may use what they were given: who, and for which organisations.
pub(super) struct Party {
    /// The account; `None` for an organisation.
    pub(super) account: Option<AccountId>,
    /// Through which something may be permitted: at least one.
    pub(super) through: Vec<OrganisationId>,
    /// All of them, whatever their standing: their denials and their proxies count.
    pub(super) works_for: Vec<OrganisationId>,
}

impl Party {
    /// Makes the party of an account, at a time; roles permit something that fit and count.
    pub(super) fn of(account: AccountId, lookup: &impl Lookup, at: Timestamp, fits: impl Fn(&Role) -> bool) -> Self {
        let (mut through, mut works_for) = (Vec::new(), Vec::new());
        for role in current_roles(&lookup.roles(&account), at) {
            works_for.push(role.organisation);
            if lookup.organisations().standing(role.organisation) == Some(Standing::Member) && fits(role) {
                through.push(role.organisation);
            }
        }
        Self {
            account: Some(account),
            through,
            works_for,
        }
    }
}

#[cfg(test)]
mod tests;
