//! Why a role does not count, with the day on which it ended.

use crate::{
    chain::{Chain, ChainError, Head},
    day::day,
    deployment::OnChain,
    words,
};
use aegle_rules::{AccountId, OrganisationId, Purposes, Roles, Timestamp, consent::role_fits, consortium::Role};

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
    /// An organisation offers it one, which it has not accepted.
    #[error(
        "organisation {organisation} makes {account} {} once it accepts that: `aegle staff accept --organisation {organisation}`",
        words::roles(*roles)
    )]
    Offered {
        /// The account.
        account: AccountId,
        /// What it is offered.
        roles: Roles,
        /// The organisation that offers it.
        organisation: OrganisationId,
    },
    /// It has none, or its organisation is suspended.
    #[error("{0} has no role, or its organisation is suspended: the committee gives roles, and ends suspensions")]
    None(AccountId),
}

/// Finds out why no role of an account counts for `purposes`; `None` if one does for each of them. With no purpose, any role
/// that counts does.
///
/// # Errors
/// The chain does not answer.
pub async fn role_problem<C: Chain>(
    aegle: &OnChain<'_, C>,
    head: &Head,
    account: AccountId,
    purposes: Purposes,
) -> Result<Option<RoleProblem>, ChainError> {
    let effective = aegle.effective_roles(head, account).await?;
    if fit(&effective, purposes) {
        return Ok(None);
    }
    let kept = aegle.roles(head, account).await?;
    let offer = kept
        .offered
        .iter()
        .find(|offer| head.timestamp < offer.until && fit(&[**offer], purposes));
    if let Some(offer) = offer {
        return Ok(Some(RoleProblem::Offered {
            account,
            roles: offer.roles,
            organisation: offer.organisation,
        }));
    }
    if let Some(role) = effective.first() {
        return Ok(Some(RoleProblem::Other {
            account,
            roles: role.roles,
            organisation: role.organisation,
        }));
    }
    // One that was given back, or that the committee took, has not ended on a day.
    let ended = kept
        .held
        .iter()
        .filter(|role| role.until != 0 && role.until <= head.timestamp && !role.is_bar());
    Ok(Some(match ended.max_by_key(|role| role.until) {
        Some(role) => RoleProblem::Ended {
            account,
            roles: role.roles,
            organisation: role.organisation,
            ended: role.until,
        },
        None => RoleProblem::None(account),
    }))
}

/// Whether each of the purposes takes one of these roles; with none, whether there is a role.
fn fit(roles: &[Role], purposes: Purposes) -> bool {
    let mut asked = Purposes::NAMES
        .iter()
        .filter(|(_, purpose)| purposes.contains(*purpose));
    !roles.is_empty() && asked.all(|(_, purpose)| roles.iter().any(|role| role_fits(role.roles, *purpose)))
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
