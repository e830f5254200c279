//! The roles of one account: one in each organisation that it works for.
//!
//! An organisation's admin appoints whom they like, but nobody who works for another organisation without their consent: what
//! a patient denies to one of an account's organisations the account is denied, whatever another one was granted, so that
//! a hostile admin could blind another hospital's people by appointing them.

use super::{ConsortiumError, Organisations, Role, Standing};
use crate::{OrganisationId, Roles, Timestamp};
use alloc::vec::Vec;
use scale::{Decode, Encode};

/// Most organisations that one account has a role in, or is offered one by: what bounds the price of a question that an
/// account asks.
pub const MAX_ORGANISATIONS_PER_ACCOUNT: usize = 4;

/// The roles of one account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AccountRoles {
    /// Those that it has, at most one in each organisation, the first one first; or the [bar](Role::bar) alone. With those
    /// that are offered, at most [`MAX_ORGANISATIONS_PER_ACCOUNT`].
    pub held: Vec<Role>,
    /// Those that other organisations offer it, and that do not count before it accepts them.
    pub offered: Vec<Role>,
}

impl AccountRoles {
    /// Returns whether nothing is kept of the account.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty() && self.offered.is_empty()
    }

    /// Returns whether the committee took the account's roles, so that no admin gives it another one.
    pub fn is_barred(&self) -> bool {
        self.held.first().is_some_and(Role::is_bar)
    }

    /// Returns the role in an organisation, as it is kept.
    pub fn in_organisation(&self, organisation: OrganisationId) -> Option<Role> {
        let mut held = self.held.iter().filter(|role| !role.is_bar());
        held.find(|role| role.organisation == organisation).copied()
    }

    /// Returns what other contracts are told: the roles that the account has, and none where it is barred.
    pub fn told(&self) -> Vec<Role> {
        self.held.iter().filter(|role| !role.is_bar()).copied().collect()
    }

    /// Returns the roles once the account has this one, instead of what it had, or was offered, in that organisation. A
    /// bar is lifted.
    ///
    /// # Errors
    /// [`TooMany`](ConsortiumError::TooMany): the account has as many roles and offers as it may, and none of them has ended.
    pub fn with(&self, role: Role, now: Timestamp) -> Result<Self, ConsortiumError> {
        let mut roles = self.clone();
        roles.held.retain(|held| !held.is_bar());
        roles.offered.retain(|offer| offer.organisation != role.organisation);
        let same = |held: &&mut Role| held.organisation == role.organisation;
        if let Some(held) = roles.held.iter_mut().find(same) {
            *held = role;
            return Ok(roles);
        }
        roles.make_room(now)?;
        roles.held.push(role);
        Ok(roles)
    }

    /// Returns the roles once an organisation offers the account this one, instead of what it offered before.
    ///
    /// # Errors
    /// Those of [`with`](Self::with).
    pub fn with_offer(&self, role: Role, now: Timestamp) -> Result<Self, ConsortiumError> {
        let mut roles = self.clone();
        roles.offered.retain(|offer| offer.organisation != role.organisation);
        roles.make_room(now)?;
        roles.offered.push(role);
        Ok(roles)
    }

    /// Returns the roles without what the account has, or is offered, in the organisations that are meant.
    pub fn without(&self, is_meant: impl Fn(OrganisationId) -> bool) -> Self {
        let others = |roles: &[Role]| {
            let others = roles.iter().filter(|role| !is_meant(role.organisation));
            others.copied().collect()
        };
        Self {
            held: others(&self.held),
            offered: others(&self.offered),
        }
    }

    /// Returns the organisations in which the account has, and is offered, nothing any more once its roles are these;
    /// where a bar is lifted, none: those roles went when they were taken.
    pub fn lost<'a>(&'a self, after: &'a Self) -> impl Iterator<Item = OrganisationId> + 'a {
        let of = |roles: &'a Self| {
            let roles = roles.held.iter().chain(&roles.offered).filter(|role| !role.is_bar());
            roles.map(|role| role.organisation)
        };
        of(self).filter(move |organisation| !of(after).any(|other| other == *organisation))
    }

    /// Returns what stays once the committee took every role.
    ///
    /// # Errors
    /// [`NoRole`](ConsortiumError::NoRole): there is none, or they were taken already.
    pub fn barred(&self) -> Result<Self, ConsortiumError> {
        let first = self.held.first().or(self.offered.first());
        let first = first.filter(|role| !role.is_bar()).ok_or(ConsortiumError::NoRole)?;
        Ok(Self {
            held: Vec::from([first.bar()]),
            offered: Vec::new(),
        })
    }

    /// Returns the roles once the account takes what an organisation offers, instead of what it had there.
    ///
    /// # Errors
    /// [`NoRole`](ConsortiumError::NoRole): that organisation offers none, or its time is over.
    pub fn accepted(&self, organisation: OrganisationId, now: Timestamp) -> Result<(Self, Role), ConsortiumError> {
        let offers = |offer: &&Role| offer.organisation == organisation && now < offer.until;
        let offer = *self.offered.iter().find(offers).ok_or(ConsortiumError::NoRole)?;
        Ok((self.with(offer, now)?, offer))
    }

    /// Returns the roles once the account gives back what it has, or is offered, in an organisation, or in every one;
    /// with those that are given back. What was deposited for them stays, so that it goes back to who dismisses the
    /// account, not to the account.
    ///
    /// # Errors
    /// [`NoRole`](ConsortiumError::NoRole): there is nothing that has not ended, or the committee took it.
    pub fn given_back(
        &self,
        organisation: Option<OrganisationId>,
        now: Timestamp,
    ) -> Result<(Self, Vec<Role>), ConsortiumError> {
        let (mut roles, mut ended) = (self.clone(), Vec::new());
        for role in roles.held.iter_mut().chain(&mut roles.offered) {
            let is_meant = organisation.is_none_or(|id| role.organisation == id);
            if is_meant && now < role.until && !role.is_bar() {
                *role = role.given_back();
                ended.push(*role);
            }
        }
        if ended.is_empty() {
            return Err(ConsortiumError::NoRole);
        }
        Ok((roles, ended))
    }

    /// Forgets one that has ended, where there is no room for another.
    fn make_room(&mut self, now: Timestamp) -> Result<(), ConsortiumError> {
        if self.held.len().saturating_add(self.offered.len()) < MAX_ORGANISATIONS_PER_ACCOUNT {
            return Ok(());
        }
        let ended = |role: &Role| role.until <= now;
        if let Some(place) = self.offered.iter().position(ended) {
            self.offered.remove(place);
        } else {
            let place = self.held.iter().position(ended).ok_or(ConsortiumError::TooMany)?;
            self.held.remove(place);
        }
        Ok(())
    }
}

/// Returns the roles that count at a time, of those that an account has: neither ended, nor in an organisation that is
/// suspended.
pub fn effective_roles(roles: &[Role], organisations: &Organisations, at: Timestamp) -> Vec<Role> {
    let counts = |role: &&Role| organisations.standing(role.organisation) == Some(Standing::Member);
    current_roles(roles, at).filter(counts).copied().collect()
}

/// Returns the roles that have not ended, whatever the standing of their organisations. Whom an account works for is
/// told by these: a suspension does not make it anybody else's.
pub fn current_roles(roles: &[Role], at: Timestamp) -> impl Iterator<Item = &Role> {
    roles.iter().filter(move |role| at < role.until && !role.is_bar())
}

/// Returns the role, of those that count, as an organisation's admin. An account is an admin of one organisation alone.
pub(super) fn admin_of(roles: &[Role], organisations: &Organisations, now: Timestamp) -> Option<Role> {
    let mut effective = effective_roles(roles, organisations, now).into_iter();
    effective.find(|role| role.roles.contains(Roles::ORGANISATION_ADMIN))
}

#[cfg(test)]
mod tests;
