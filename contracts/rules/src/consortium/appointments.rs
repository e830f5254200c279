//! The roles that an organisation gives and takes by itself, through its admins.

use super::{
    held::{admin_of, current_roles},
    AccountRoles, ConsortiumError, Organisations, Role,
};
use crate::{Roles, Timestamp};
use alloc::vec::Vec;

/// Most accounts that one message appoints or dismisses.
pub const MAX_APPOINTED: usize = 64;

/// The roles that an organisation's admin gives: those of its own people. Admins, insurers, auditors and who runs a proxy
/// are for the committee, which the others have to trust, to appoint.
pub const APPOINTABLE: Roles = Roles::CLINICIAN
    .union(Roles::RESEARCHER)
    .union(Roles::DEVICE)
    .union(Roles::CUSTODIAN);

/// Decides on an appointment by an account with the roles `admin`, as they are kept: the role that every account gets in the
/// admin's organisation, instead of what it had there, and what each of them has then. `current` is what each has before.
/// An account that works for another organisation is offered the role, unless it has one in this organisation that has not ended.
///
/// # Errors
/// In this order: [`NotAdmin`](ConsortiumError::NotAdmin), [`TooMany`](ConsortiumError::TooMany),
/// [`InvalidRole`](ConsortiumError::InvalidRole), [`RoleEndsInThePast`](ConsortiumError::RoleEndsInThePast); for the first
/// account that has it, [`NotYours`](ConsortiumError::NotYours) or [`TooMany`](ConsortiumError::TooMany).
pub fn appoint(
    admin: &AccountRoles,
    organisations: &Organisations,
    current: &[AccountRoles],
    roles: Roles,
    until: Timestamp,
    now: Timestamp,
) -> Result<(Role, Vec<AccountRoles>), ConsortiumError> {
    let organisation = administration(admin, organisations, now)?.organisation;
    check_number(current)?;
    if roles.is_empty() || !APPOINTABLE.contains(roles) {
        return Err(ConsortiumError::InvalidRole);
    }
    if until <= now {
        return Err(ConsortiumError::RoleEndsInThePast);
    }
    let role = Role {
        roles,
        organisation,
        until,
    };
    let is_own = |held: &Role| organisations.current(held.organisation) == organisation;
    let appointed = |account: &AccountRoles| {
        let mut own = account.held.iter().filter(|held| is_own(held));
        if account.is_barred() || !own.all(|held| APPOINTABLE.contains(held.roles)) {
            return Err(ConsortiumError::NotYours);
        }
        // One that has ended, or was given back, is none that the account has agreed to any more: an admin could have given it
        // before the account worked for anybody.
        let is_known = current_roles(&account.held, now).any(is_own);
        let is_elsewhere = current_roles(&account.held, now).any(|held| !is_own(held));
        if is_elsewhere && !is_known {
            return account.with_offer(role, now);
        }
        // What it had in organisations whose place this one took goes with it.
        let merged = |id| id != organisation && organisations.current(id) == organisation;
        account.without(merged).with(role, now)
    };
    let appointed: Result<_, _> = current.iter().map(appointed).collect();
    Ok((role, appointed?))
}

/// Decides whether an account with the roles `admin`, as they are kept, may take those that accounts have or are offered in
/// the admin's organisation: what each of them has then. `current` is what each has before.
///
/// # Errors
/// In this order: [`NotAdmin`](ConsortiumError::NotAdmin), [`TooMany`](ConsortiumError::TooMany); for the first account
/// that has it, [`NoRole`](ConsortiumError::NoRole) or [`NotYours`](ConsortiumError::NotYours).
pub fn dismiss(
    admin: &AccountRoles,
    organisations: &Organisations,
    current: &[AccountRoles],
    now: Timestamp,
) -> Result<Vec<AccountRoles>, ConsortiumError> {
    let organisation = administration(admin, organisations, now)?.organisation;
    check_number(current)?;
    let is_own = |id| organisations.current(id) == organisation;
    let dismissed = |account: &AccountRoles| {
        if account.is_barred() || account.is_empty() {
            return Err(ConsortiumError::NoRole);
        }
        let mut own = account.held.iter().chain(&account.offered);
        let mut own = own.by_ref().filter(|role| is_own(role.organisation)).peekable();
        if own.peek().is_none() || !own.all(|role| APPOINTABLE.contains(role.roles)) {
            return Err(ConsortiumError::NotYours);
        }
        Ok(account.without(is_own))
    };
    current.iter().map(dismissed).collect()
}

/// Returns what the roles of an account are worth as those of an organisation's admin.
///
/// # Errors
/// [`NotAdmin`](ConsortiumError::NotAdmin).
pub(super) fn administration(
    roles: &AccountRoles,
    organisations: &Organisations,
    now: Timestamp,
) -> Result<Role, ConsortiumError> {
    admin_of(&roles.held, organisations, now).ok_or(ConsortiumError::NotAdmin)
}

fn check_number(accounts: &[AccountRoles]) -> Result<(), ConsortiumError> {
    if accounts.is_empty() || accounts.len() > MAX_APPOINTED {
        Err(ConsortiumError::TooMany)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
