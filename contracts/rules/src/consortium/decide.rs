//! What the committee may do, what a role is worth, and how a key entry follows another.

use super::{Action, ConsortiumError, KeyEntry, Organisations, Role, Standing, MAX_SUSPENDED};
use crate::{AccountId, EncryptionKey, Hash, OrganisationId, Roles, Timestamp};

/// What an action changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new member, whose admin gets `role`.
    Admitted {
        /// The new member's number, which is also how many were ever admitted now.
        organisation: OrganisationId,
        /// Its first admin.
        admin: AccountId,
        /// The role of that admin.
        role: Role,
    },
    /// An organisation's standing.
    Standing {
        /// The organisation.
        organisation: OrganisationId,
        /// Its new standing.
        standing: Standing,
    },
    /// An account's role.
    Role {
        /// The account.
        account: AccountId,
        /// Its new role; `None` for no role any more.
        role: Option<Role>,
    },
}

/// Decides on an action of the committee; `role` is what the account has whose role the action revokes.
///
/// # Errors
/// In this order: [`NotCommittee`](ConsortiumError::NotCommittee); then what is wrong with the action itself, and then
/// what does not fit the state, as the variants of [`ConsortiumError`] say.
pub fn decide(
    by_committee: bool,
    action: &Action,
    organisations: &Organisations,
    role: Option<Role>,
    now: Timestamp,
) -> Result<Change, ConsortiumError> {
    if !by_committee {
        return Err(ConsortiumError::NotCommittee);
    }
    match *action {
        Action::Admit { admin } => {
            let number = organisations.admitted.checked_add(1).ok_or(ConsortiumError::TooMany)?;
            let organisation = OrganisationId(number);
            let role = Role {
                roles: Roles::ORGANISATION_ADMIN,
                organisation,
                until: Timestamp::MAX,
            };
            Ok(Change::Admitted {
                organisation,
                admin,
                role,
            })
        }
        Action::Suspend { organisation } => {
            let change = change_standing(organisation, organisations, Standing::Member, Standing::Suspended)?;
            let room = organisations.suspended.len() < MAX_SUSPENDED;
            room.then_some(change).ok_or(ConsortiumError::TooMany)
        }
        Action::Reinstate { organisation } => {
            change_standing(organisation, organisations, Standing::Suspended, Standing::Member)
        }
        Action::SetRole { account, role } => {
            if role.roles.is_empty() || !Roles::ALL.contains(role.roles) {
                return Err(ConsortiumError::InvalidRole);
            }
            if role.until <= now {
                return Err(ConsortiumError::RoleEndsInThePast);
            }
            if organisations.standing(role.organisation).is_none() {
                return Err(ConsortiumError::UnknownOrganisation);
            }
            Ok(Change::Role {
                account,
                role: Some(role),
            })
        }
        Action::RevokeRole { account } => match role {
            Some(_) => Ok(Change::Role { account, role: None }),
            None => Err(ConsortiumError::NoRole),
        },
    }
}

fn change_standing(
    organisation: OrganisationId,
    organisations: &Organisations,
    from: Standing,
    to: Standing,
) -> Result<Change, ConsortiumError> {
    match organisations.standing(organisation) {
        None => Err(ConsortiumError::UnknownOrganisation),
        Some(standing) if standing == from => Ok(Change::Standing {
            organisation,
            standing: to,
        }),
        Some(_) => Err(ConsortiumError::WrongStanding),
    }
}

/// What an account's role is worth at a time: nothing after its end, and nothing while its organisation is suspended.
pub fn effective_role(role: Option<Role>, standing: Option<Standing>, at: Timestamp) -> Option<Role> {
    role.filter(|role| at < role.until && standing == Some(Standing::Member))
}

/// The entry of the key directory that follows `previous`.
///
/// # Errors
/// In this order: [`InvalidKey`](ConsortiumError::InvalidKey), [`TooMany`](ConsortiumError::TooMany).
pub fn next_key(previous: Option<KeyEntry>, key: EncryptionKey, bundle: Hash) -> Result<KeyEntry, ConsortiumError> {
    if key.0 == [0; 32] {
        return Err(ConsortiumError::InvalidKey);
    }
    let version = previous
        .map_or(0, |entry| entry.version)
        .checked_add(1)
        .ok_or(ConsortiumError::TooMany)?;
    Ok(KeyEntry { version, key, bundle })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{vec, vec::Vec};

    const ADMIN: AccountId = AccountId([1; 32]);
    const NOW: Timestamp = 1_000;
    const HOSPITAL: OrganisationId = OrganisationId(1);
    const SUSPENDED: OrganisationId = OrganisationId(2);

    fn clinician(until: Timestamp) -> Role {
        Role {
            roles: Roles::CLINICIAN,
            organisation: HOSPITAL,
            until,
        }
    }

    /// One member, one that is suspended.
    fn two() -> Organisations {
        Organisations {
            admitted: 2,
            suspended: vec![SUSPENDED],
        }
    }

    fn check(action: Action, organisations: &Organisations, expected: Result<Change, ConsortiumError>) {
        let role = matches!(action, Action::RevokeRole { account: ADMIN }).then_some(clinician(NOW));
        let decision = decide(true, &action, organisations, role, NOW);
        assert_eq!(decision, expected, "{action:?} on {organisations:?}");
        let decision = decide(false, &action, organisations, role, NOW);
        assert_eq!(
            decision,
            Err(ConsortiumError::NotCommittee),
            "only the committee acts: {action:?}"
        );
    }

    #[test]
    fn admitting_numbers_from_one_and_makes_an_admin_without_end() {
        let role = Role {
            roles: Roles::ORGANISATION_ADMIN,
            organisation: HOSPITAL,
            until: Timestamp::MAX,
        };
        let admitted = Change::Admitted {
            organisation: HOSPITAL,
            admin: ADMIN,
            role,
        };
        check(Action::Admit { admin: ADMIN }, &Organisations::default(), Ok(admitted));
        let full = Organisations {
            admitted: u32::MAX,
            suspended: vec![],
        };
        check(Action::Admit { admin: ADMIN }, &full, Err(ConsortiumError::TooMany));
    }

    #[test]
    fn only_members_are_suspended_and_only_suspended_ones_reinstated() {
        for (suspend, organisation, expected) in [
            (true, OrganisationId(3), Err(ConsortiumError::UnknownOrganisation)),
            (true, HOSPITAL, Ok(Standing::Suspended)),
            (true, SUSPENDED, Err(ConsortiumError::WrongStanding)),
            (false, OrganisationId(3), Err(ConsortiumError::UnknownOrganisation)),
            (false, HOSPITAL, Err(ConsortiumError::WrongStanding)),
            (false, SUSPENDED, Ok(Standing::Member)),
        ] {
            let action = if suspend {
                Action::Suspend { organisation }
            } else {
                Action::Reinstate { organisation }
            };
            check(
                action,
                &two(),
                expected.map(|standing| Change::Standing { organisation, standing }),
            );
        }
    }

    #[test]
    fn no_more_are_suspended_at_once_than_the_limit_says() {
        let suspended: Vec<OrganisationId> = (2..).map(OrganisationId).take(MAX_SUSPENDED).collect();
        let mut organisations = Organisations {
            admitted: 1_000,
            suspended,
        };
        let action = Action::Suspend { organisation: HOSPITAL };
        check(action.clone(), &organisations, Err(ConsortiumError::TooMany));
        organisations.set_standing(SUSPENDED, Standing::Member);
        let change = Change::Standing {
            organisation: HOSPITAL,
            standing: Standing::Suspended,
        };
        check(action, &organisations, Ok(change));
    }

    #[test]
    fn a_role_needs_known_bits_an_end_to_come_and_an_organisation() {
        let with = |roles, until, organisation| Role {
            roles,
            organisation,
            until,
        };
        for (role, expected) in [
            (with(Roles::NONE, NOW + 1, HOSPITAL), Err(ConsortiumError::InvalidRole)),
            (
                with(Roles(1 << 15), NOW + 1, HOSPITAL),
                Err(ConsortiumError::InvalidRole),
            ),
            (
                with(Roles::CLINICIAN, NOW, HOSPITAL),
                Err(ConsortiumError::RoleEndsInThePast),
            ),
            (
                with(Roles::CLINICIAN, NOW + 1, OrganisationId(3)),
                Err(ConsortiumError::UnknownOrganisation),
            ),
            (with(Roles::CLINICIAN, NOW + 1, HOSPITAL), Ok(())),
            (with(Roles::CLINICIAN, NOW + 1, SUSPENDED), Ok(())),
        ] {
            let expected = expected.map(|()| Change::Role {
                account: ADMIN,
                role: Some(role),
            });
            check(Action::SetRole { account: ADMIN, role }, &two(), expected);
        }
    }

    #[test]
    fn only_a_role_that_is_there_is_revoked() {
        let revoked = Change::Role {
            account: ADMIN,
            role: None,
        };
        check(Action::RevokeRole { account: ADMIN }, &two(), Ok(revoked));
        check(
            Action::RevokeRole {
                account: AccountId([2; 32]),
            },
            &two(),
            Err(ConsortiumError::NoRole),
        );
    }

    #[test]
    fn a_role_counts_until_its_end_and_while_the_organisation_stands() {
        let role = clinician(NOW);
        for (standing, at, counts) in [
            (Some(Standing::Member), 0, true),
            (Some(Standing::Member), NOW - 1, true),
            (Some(Standing::Member), NOW, false),
            (Some(Standing::Suspended), 0, false),
            (None, 0, false),
        ] {
            assert_eq!(
                effective_role(Some(role), standing, at).is_some(),
                counts,
                "{standing:?} at {at}"
            );
        }
        assert_eq!(effective_role(None, Some(Standing::Member), 0), None);
    }

    #[test]
    fn keys_are_numbered_from_one() {
        let key = EncryptionKey([7; 32]);
        let bundle = Hash([0; 32]);
        let first = KeyEntry {
            version: 1,
            key,
            bundle,
        };
        assert_eq!(next_key(None, key, bundle), Ok(first));
        assert_eq!(next_key(Some(first), key, bundle), Ok(KeyEntry { version: 2, ..first }));
        let last = KeyEntry {
            version: u32::MAX,
            ..first
        };
        assert_eq!(next_key(Some(last), key, bundle), Err(ConsortiumError::TooMany));
        assert_eq!(
            next_key(None, EncryptionKey([0; 32]), bundle),
            Err(ConsortiumError::InvalidKey)
        );
    }
}
