//! Why a role does not count, with the day on which it ended.

use crate::{
    chain::{Chain, ChainError, Head},
    day::day,
    deployment::OnChain,
    words,
};
use aegle_rules::{
    AccountId, OrganisationId, Purposes, Roles, Timestamp, consent::role_fits, consortium::messages::RoleOf,
};

/// The reason why an account's role does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RoleProblem {
    /// Its time is over.
    #[error(
        "the role of {account} as {} of organisation {organisation} ended on {}: the committee gives it anew",
        words::roles(*roles), day(*ended)
    )]
    Ended {
        /// The account.
        account: AccountId,
        /// What it was.
        roles: Roles,
        /// The organisation that it acted for.
        organisation: OrganisationId,
        /// First millisecond at which it no longer counted.
        ended: Timestamp,
    },
    /// It is another one than what is done needs.
    #[error(
        "{account} is {} of organisation {organisation}, which does not fit: the committee gives roles",
        words::roles(*roles)
    )]
    Other {
        /// The account.
        account: AccountId,
        /// What it is.
        roles: Roles,
        /// The organisation that it acts for.
        organisation: OrganisationId,
    },
    /// It has none, or its organisation is suspended.
    #[error("{0} has no role, or its organisation is suspended: the committee gives roles, and ends suspensions")]
    None(AccountId),
}

/// Finds out why the role of an account does not count for `purposes`; `None` if it does. With no purpose, any role that
/// counts does.
///
/// # Errors
/// The chain does not answer.
pub async fn role_problem<C: Chain>(
    aegle: &OnChain<'_, C>,
    head: &Head,
    account: AccountId,
    purposes: Purposes,
) -> Result<Option<RoleProblem>, ChainError> {
    // Asked about the first moment of all, the contract tells of a role that has ended too.
    let message = RoleOf { account, at: 0 };
    let role = aegle
        .chain
        .read(head.hash, aegle.contracts.consortium, &message)
        .await?;
    let Some(role) = role else {
        return Ok(Some(RoleProblem::None(account)));
    };
    if role.until <= head.timestamp {
        return Ok(Some(RoleProblem::Ended {
            account,
            roles: role.roles,
            organisation: role.organisation,
            ended: role.until,
        }));
    }
    let mut asked = Purposes::NAMES
        .iter()
        .filter(|(_, purpose)| purposes.contains(*purpose));
    if asked.all(|(_, purpose)| role_fits(role.roles, *purpose)) {
        return Ok(None);
    }
    Ok(Some(RoleProblem::Other {
        account,
        roles: role.roles,
        organisation: role.organisation,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_that_ended_says_on_which_day() {
        let problem = RoleProblem::Ended {
            account: AccountId([7; 32]),
            roles: Roles::CLINICIAN.union(Roles::RESEARCHER),
            organisation: OrganisationId(2),
            ended: 1_777_766_400_000,
        };
        let text = problem.to_string();
        assert!(
            text.contains("as clinician and researcher of organisation 2 ended on 3 May 2026"),
            "{text}"
        );
    }
}
