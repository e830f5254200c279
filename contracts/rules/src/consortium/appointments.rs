//! The roles that an organisation gives and takes by itself, through its admins.

use super::{effective_role, ConsortiumError, Organisations, Role};
use crate::{Roles, Timestamp};

/// How long after the end of a role only its organisation appoints the account again, in milliseconds: 30 days. Otherwise
/// another one could take a hospital's people whose roles were renewed a block too late.
pub const APPOINTMENT_GRACE_MS: u64 = 30 * 24 * 60 * 60 * 1_000;
/// Most accounts that one message appoints or dismisses.
pub const MAX_APPOINTED: usize = 64;

/// The roles that an organisation's admin gives: those of its own people. Admins, insurers, auditors and who runs a proxy
/// are for the committee, which the others have to trust, to appoint.
pub const APPOINTABLE: Roles = Roles::CLINICIAN
    .union(Roles::RESEARCHER)
    .union(Roles::DEVICE)
    .union(Roles::CUSTODIAN);

/// Decides on an appointment by an account with the role `admin`, as it is kept: the role that every account gets, instead
/// of what it had in the same organisation. `current` is what each of them has.
///
/// # Errors
/// In this order: [`NotAdmin`](ConsortiumError::NotAdmin), [`TooMany`](ConsortiumError::TooMany),
/// [`InvalidRole`](ConsortiumError::InvalidRole), [`RoleEndsInThePast`](ConsortiumError::RoleEndsInThePast),
/// [`NotYours`](ConsortiumError::NotYours).
pub fn appoint(
    admin: Option<Role>,
    organisations: &Organisations,
    current: &[Option<Role>],
    roles: Roles,
    until: Timestamp,
    now: Timestamp,
) -> Result<Role, ConsortiumError> {
    let admin = administration(admin, organisations, now)?;
    check_number(current)?;
    if roles.is_empty() || !APPOINTABLE.contains(roles) {
        return Err(ConsortiumError::InvalidRole);
    }
    if until <= now {
        return Err(ConsortiumError::RoleEndsInThePast);
    }
    // A role that ended long ago binds nobody to an organisation any more; one of a suspended organisation does.
    let is_free = |role: &Role| {
        let over = role.until.saturating_add(APPOINTMENT_GRACE_MS) <= now;
        !role.is_bar() && (over || is_of(role, &admin, organisations))
    };
    if !current.iter().flatten().all(is_free) {
        return Err(ConsortiumError::NotYours);
    }
    Ok(Role {
        roles,
        organisation: admin.organisation,
        until,
    })
}

/// Decides whether an account with the role `admin`, as it is kept, may take the roles of accounts. `current` is what each
/// of them has.
///
/// # Errors
/// In this order: [`NotAdmin`](ConsortiumError::NotAdmin), [`TooMany`](ConsortiumError::TooMany); for the first account
/// that has it, [`NoRole`](ConsortiumError::NoRole) or [`NotYours`](ConsortiumError::NotYours).
pub fn dismiss(
    admin: Option<Role>,
    organisations: &Organisations,
    current: &[Option<Role>],
    now: Timestamp,
) -> Result<(), ConsortiumError> {
    let admin = administration(admin, organisations, now)?;
    check_number(current)?;
    for role in current {
        let role = role
            .as_ref()
            .filter(|role| !role.is_bar())
            .ok_or(ConsortiumError::NoRole)?;
        if !is_of(role, &admin, organisations) {
            return Err(ConsortiumError::NotYours);
        }
    }
    Ok(())
}

/// Decides on giving back the role that an account has, as it is kept: what is kept of it then.
///
/// # Errors
/// [`NoRole`](ConsortiumError::NoRole): it has none, it has ended, or the committee took it.
pub fn give_back(role: Option<Role>, now: Timestamp) -> Result<Role, ConsortiumError> {
    let role = role.filter(|role| now < role.until && !role.is_bar());
    role.map(Role::given_back).ok_or(ConsortiumError::NoRole)
}

/// What `role` is worth as that of an organisation's admin.
///
/// # Errors
/// [`NotAdmin`](ConsortiumError::NotAdmin).
pub(super) fn administration(
    role: Option<Role>,
    organisations: &Organisations,
    now: Timestamp,
) -> Result<Role, ConsortiumError> {
    let standing = role.and_then(|role| organisations.standing(role.organisation));
    effective_role(role, standing, now)
        .filter(|role| role.roles.contains(Roles::ORGANISATION_ADMIN))
        .ok_or(ConsortiumError::NotAdmin)
}

/// Whether a role is one that `admin` may replace or take: that of their own organisation's people, and of the people of
/// those whose place it took.
fn is_of(role: &Role, admin: &Role, organisations: &Organisations) -> bool {
    organisations.current(role.organisation) == admin.organisation && APPOINTABLE.contains(role.roles)
}

fn check_number(accounts: &[Option<Role>]) -> Result<(), ConsortiumError> {
    if accounts.is_empty() || accounts.len() > MAX_APPOINTED {
        Err(ConsortiumError::TooMany)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
