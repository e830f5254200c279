//! What the committee may do.

use super::{
    held::current_roles, proxies::organisations_exist, validate_committee, validate_proxies, AccountRoles, Action,
    Change, ConsortiumError, Contracts, ProxyOperators, Role, Standing, State, Upgrade, Which, MAX_ORGANISATIONS,
    MAX_SUCCESSIONS,
};
use crate::{JurisdictionId, OrganisationId, Roles, Timestamp};
use alloc::vec::Vec;

/// Decides whether an action is well formed, whatever the state: one that is not could never be executed later either.
///
/// # Errors
/// For `SetRole` [`InvalidRole`](ConsortiumError::InvalidRole), then
/// [`RoleEndsInThePast`](ConsortiumError::RoleEndsInThePast); for `Rotate`
/// [`InvalidCommittee`](ConsortiumError::InvalidCommittee); for `Connect`
/// [`InvalidContracts`](ConsortiumError::InvalidContracts); for `SetProxies`
/// [`InvalidProxies`](ConsortiumError::InvalidProxies); for `SetLimits`
/// [`InvalidLimits`](ConsortiumError::InvalidLimits); for `SetJurisdiction`
/// [`InvalidJurisdiction`](ConsortiumError::InvalidJurisdiction).
pub fn validate_action(action: &Action, now: Timestamp) -> Result<(), ConsortiumError> {
    match action {
        Action::SetRole { role, .. } => {
            if role.roles.is_empty() || !Roles::ALL.contains(role.roles) {
                return Err(ConsortiumError::InvalidRole);
            }
            if role.until <= now {
                return Err(ConsortiumError::RoleEndsInThePast);
            }
            Ok(())
        }
        Action::Rotate { members, threshold } => validate_committee(members, *threshold),
        Action::Connect { consent, ledger } if consent == ledger => Err(ConsortiumError::InvalidContracts),
        Action::SetProxies { operators } => validate_proxies(operators),
        Action::SetLimits { limits } => limits.validate(),
        Action::SetJurisdiction { default } => default.validate(),
        _ => Ok(()),
    }
}

/// Decides on an action for which the committee voted; `roles` are those of the account that the action is
/// [about](Action::account), as they are kept.
///
/// # Errors
/// Those of [`validate_action`]; then [`NotConnected`](ConsortiumError::NotConnected), for an action that makes or takes
/// a role or schedules new code for another contract; then what does not fit the state, as the variants of
/// [`ConsortiumError`] say.
pub fn decide(action: Action, state: &State, roles: &AccountRoles, now: Timestamp) -> Result<Change, ConsortiumError> {
    validate_action(&action, now)?;
    match action {
        Action::Admit { admin } => {
            connected(state)?;
            let number = state.organisations.admitted.checked_add(1);
            let number = number.filter(|number| *number <= MAX_ORGANISATIONS);
            let organisation = OrganisationId(number.ok_or(ConsortiumError::TooMany)?);
            let role = Role {
                roles: Roles::ORGANISATION_ADMIN,
                organisation,
                until: Timestamp::MAX,
            };
            let roles = with_role(roles, role, now)?;
            Ok(Change::Admitted {
                organisation,
                admin,
                role,
                roles,
            })
        }
        Action::Suspend { organisation } => change_standing(organisation, state, Standing::Member, Standing::Suspended),
        Action::Reinstate { organisation } => {
            change_standing(organisation, state, Standing::Suspended, Standing::Member)
        }
        Action::SetRole { account, role } => {
            connected(state)?;
            if state.organisations.standing(role.organisation).is_none() {
                return Err(ConsortiumError::UnknownOrganisation);
            }
            let roles = with_role(roles, role, now)?;
            Ok(Change::Role { account, role, roles })
        }
        Action::RevokeRole { account } => {
            connected(state)?;
            let (organisation, roles) = (None, roles.barred()?);
            Ok(Change::RoleTaken {
                account,
                organisation,
                roles,
            })
        }
        Action::TakeRole { account, organisation } => {
            connected(state)?;
            let left = roles.without(|id| id == organisation);
            if left == *roles || roles.is_barred() {
                return Err(ConsortiumError::NoRole);
            }
            Ok(Change::RoleTaken {
                account,
                organisation: Some(organisation),
                roles: left,
            })
        }
        Action::Rotate { members, threshold } => state.committee.rotated(members, threshold).map(Change::Committee),
        Action::Connect { consent, ledger } => {
            // What was scheduled for a contract was not meant for the one that takes its place.
            if state.upgrades.consent.is_some() || state.upgrades.ledger.is_some() {
                return Err(ConsortiumError::UpgradePending);
            }
            Ok(Change::Contracts(Contracts { consent, ledger }))
        }
        Action::SetProxies { operators } => {
            if !organisations_exist(&operators, &state.organisations) {
                return Err(ConsortiumError::UnknownOrganisation);
            }
            Ok(Change::Proxies(ProxyOperators { operators }))
        }
        Action::SetLimits { limits } => Ok(Change::Limits(limits)),
        Action::SetJurisdiction { default } => state.jurisdictions.with(default).map(Change::Jurisdictions),
        Action::Place {
            organisation,
            jurisdiction,
        } => {
            let standing = state.organisations.standing(organisation);
            standing.ok_or(ConsortiumError::UnknownOrganisation)?;
            known(jurisdiction, state)?;
            Ok(Change::Placed {
                organisation,
                jurisdiction,
            })
        }
        Action::SetResidence { patient, jurisdiction } => {
            known(jurisdiction, state)?;
            Ok(Change::Residence { patient, jurisdiction })
        }
        Action::SetSeats { organisations } => set_seats(organisations, state),
        Action::Succeed {
            organisation,
            successor,
        } => succeed(organisation, successor, state),
        Action::ScheduleUpgrade {
            contract,
            code_hash,
            layout,
            not_before,
        } => {
            if contract != Which::Consortium {
                connected(state)?;
            }
            if not_before < now.saturating_add(state.limits.timelock_ms) {
                return Err(ConsortiumError::TooEarly);
            }
            let upgrade = Some(Upgrade {
                code_hash,
                layout,
                not_before,
            });
            Ok(Change::Upgrade { contract, upgrade })
        }
        Action::Resume if now < state.pauses.until => Ok(Change::Resumed),
        Action::Resume => Err(ConsortiumError::NotPaused),
        Action::CancelUpgrade { contract } => {
            state.upgrades.of(contract).ok_or(ConsortiumError::NothingScheduled)?;
            Ok(Change::Upgrade {
                contract,
                upgrade: None,
            })
        }
    }
}

/// Returns the roles of an account to which the committee gives one. Whoever is an admin of two organisations would act
/// for neither of them in particular.
fn with_role(roles: &AccountRoles, role: Role, now: Timestamp) -> Result<AccountRoles, ConsortiumError> {
    let is_admin = |role: &Role| role.roles.contains(Roles::ORGANISATION_ADMIN);
    let mut elsewhere = current_roles(&roles.held, now).filter(|held| held.organisation != role.organisation);
    if is_admin(&role) && elsewhere.any(is_admin) {
        return Err(ConsortiumError::AdminElsewhere);
    }
    roles.with(role, now)
}

fn connected(state: &State) -> Result<(), ConsortiumError> {
    state.contracts.map(|_| ()).ok_or(ConsortiumError::NotConnected)
}

fn known(jurisdiction: Option<JurisdictionId>, state: &State) -> Result<(), ConsortiumError> {
    if jurisdiction.is_some_and(|jurisdiction| state.jurisdictions.of(jurisdiction).is_none()) {
        return Err(ConsortiumError::InvalidJurisdiction);
    }
    Ok(())
}

fn set_seats(organisations: Vec<Option<OrganisationId>>, state: &State) -> Result<Change, ConsortiumError> {
    if organisations.len() != state.committee.members.len() {
        return Err(ConsortiumError::InvalidCommittee);
    }
    let mut named = organisations.iter().flatten();
    if !named.all(|organisation| state.organisations.standing(*organisation).is_some()) {
        return Err(ConsortiumError::UnknownOrganisation);
    }
    Ok(Change::Seats(organisations))
}

fn succeed(organisation: OrganisationId, successor: OrganisationId, state: &State) -> Result<Change, ConsortiumError> {
    let organisations = &state.organisations;
    organisations
        .standing(organisation)
        .ok_or(ConsortiumError::UnknownOrganisation)?;
    let standing = organisations
        .standing(successor)
        .ok_or(ConsortiumError::UnknownOrganisation)?;
    let is_last = |id| organisations.current(id) == id;
    if organisation == successor || !is_last(organisation) || !is_last(successor) {
        return Err(ConsortiumError::InvalidSuccessor);
    }
    if standing != Standing::Member {
        return Err(ConsortiumError::WrongStanding);
    }
    if organisations.successions.len() >= MAX_SUCCESSIONS {
        return Err(ConsortiumError::TooMany);
    }
    Ok(Change::Succeeded {
        organisation,
        successor,
    })
}

fn change_standing(
    organisation: OrganisationId,
    state: &State,
    from: Standing,
    to: Standing,
) -> Result<Change, ConsortiumError> {
    match state.organisations.standing(organisation) {
        None => Err(ConsortiumError::UnknownOrganisation),
        Some(standing) if standing == from => Ok(Change::Standing {
            organisation,
            standing: to,
        }),
        Some(_) => Err(ConsortiumError::WrongStanding),
    }
}

#[cfg(test)]
mod tests;
