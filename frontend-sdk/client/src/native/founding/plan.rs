//! What a consortium is to be: the description that `aegle deploy` reads.

use super::accounts;
use aegle_rules::{
    AccountId, OrganisationId,
    consortium::{Limits, MAX_COMMITTEE, MAX_PROXIES, validate_committee},
};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeSet;

/// Most organisations in one description.
pub const MAX_PLANNED_ORGANISATIONS: usize = 256;
/// Longest name of a consortium or an organisation, in bytes.
pub const MAX_NAME_BYTES: usize = 64;

/// A consortium's description. Names stay with whoever holds the description; the chain sees accounts and numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Name of the consortium. With the account that deploys, it settles the contracts' addresses, so that deploying
    /// again after a failure finds what is there already.
    pub name: String,
    /// Who decides; whoever deploys, alone, where there is none.
    #[serde(default)]
    pub committee: Option<CommitteePlan>,
    /// The periods and rates; the contracts' own where there are none, and for each that is not stated.
    #[serde(default, deserialize_with = "stated_limits")]
    pub limits: Option<Limits>,
    /// The organisations to admit.
    #[serde(default, rename = "organisation")]
    pub organisations: Vec<OrganisationPlan>,
    /// The proxy operators, in the order of their numbers.
    #[serde(default, rename = "proxy")]
    pub proxies: Vec<ProxyPlan>,
}

/// Limits of which some are stated.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StatedLimits {
    proposal_ms: Option<u64>,
    timelock_ms: Option<u64>,
    request_ms: Option<u64>,
    glass_ms: Option<u64>,
    review_ms: Option<u64>,
    glasses_per_day: Option<u8>,
    erasure_ms: Option<u64>,
    erasures_per_day: Option<u32>,
}

fn stated_limits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Limits>, D::Error> {
    let stated = StatedLimits::deserialize(deserializer)?;
    let own = Limits::DEFAULT;
    Ok(Some(Limits {
        proposal_ms: stated.proposal_ms.unwrap_or(own.proposal_ms),
        timelock_ms: stated.timelock_ms.unwrap_or(own.timelock_ms),
        request_ms: stated.request_ms.unwrap_or(own.request_ms),
        glass_ms: stated.glass_ms.unwrap_or(own.glass_ms),
        review_ms: stated.review_ms.unwrap_or(own.review_ms),
        glasses_per_day: stated.glasses_per_day.unwrap_or(own.glasses_per_day),
        erasure_ms: stated.erasure_ms.unwrap_or(own.erasure_ms),
        erasures_per_day: stated.erasures_per_day.unwrap_or(own.erasures_per_day),
    }))
}

/// Who decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommitteePlan {
    /// The members.
    #[serde(deserialize_with = "accounts::many")]
    pub members: Vec<AccountId>,
    /// How many of them must agree.
    pub threshold: u8,
    /// The names of the organisations that the members are of, in the same order: a pause takes members of different ones.
    /// Without them, of a member it is known only whose role they have.
    #[serde(default)]
    pub seats: Vec<String>,
}

/// An organisation to admit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganisationPlan {
    /// Its name, here alone.
    pub name: String,
    /// Its first admin, who must be nobody else's.
    #[serde(deserialize_with = "accounts::one")]
    pub admin: AccountId,
}

/// A proxy operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProxyPlan {
    /// The account that signs for the proxy.
    #[serde(deserialize_with = "accounts::one")]
    pub account: AccountId,
    /// Name of the organisation that runs it.
    pub organisation: String,
}

/// What is wrong with a description.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// A name is empty or has more than [`MAX_NAME_BYTES`].
    #[error("the name `{0}` is empty or longer than {MAX_NAME_BYTES} bytes")]
    Name(String),
    /// The committee has no member, too many, one twice, or a threshold that it cannot reach.
    #[error("the committee needs 1 to {MAX_COMMITTEE} different members and a threshold from 1 to their number")]
    Committee,
    /// The seats name an organisation that is not in the description, or are not as many as the members.
    #[error(
        "the seats of the committee need, for each member in order, the name of an organisation of the description"
    )]
    Seats,
    /// A limit is outside of its bounds.
    #[error("a limit is outside of the bounds that the consortium contract sets")]
    Limits,
    /// More than [`MAX_PLANNED_ORGANISATIONS`].
    #[error("more than {MAX_PLANNED_ORGANISATIONS} organisations")]
    TooManyOrganisations,
    /// Two organisations have the same name or the same admin.
    #[error("the organisation `{0}` shares its name or its admin with another one")]
    OrganisationTwice(String),
    /// More than [`MAX_PROXIES`].
    #[error("more than {MAX_PROXIES} proxies")]
    TooManyProxies,
    /// A proxy is run by an organisation that is not in the description.
    #[error("the proxy {account} is run by `{organisation}`, which is no organisation of the description")]
    UnknownOrganisation {
        /// The proxy.
        account: AccountId,
        /// The name.
        organisation: String,
    },
    /// A proxy stands in the description twice.
    #[error("the proxy {0} stands in the description twice")]
    ProxyTwice(AccountId),
}

impl Plan {
    /// Returns the plan of a consortium of whoever deploys it, with nothing else.
    pub fn alone(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            committee: None,
            limits: None,
            organisations: Vec::new(),
            proxies: Vec::new(),
        }
    }

    /// Checks whether the contracts can take the plan.
    ///
    /// # Errors
    /// What is wrong, in the order of the fields.
    pub fn verify(&self) -> Result<(), PlanError> {
        let names = self.organisations.iter().map(|organisation| &organisation.name);
        for name in [&self.name].into_iter().chain(names) {
            if name.is_empty() || name.len() > MAX_NAME_BYTES {
                return Err(PlanError::Name(name.clone()));
            }
        }
        if let Some(committee) = &self.committee {
            validate_committee(&committee.members, committee.threshold).map_err(|_| PlanError::Committee)?;
            let seats = &committee.seats;
            let planned = self.organisations.iter().map(|organisation| &organisation.name);
            let known = seats.iter().all(|seat| planned.clone().any(|name| name == seat));
            if !known || !(seats.is_empty() || seats.len() == committee.members.len()) {
                return Err(PlanError::Seats);
            }
        }
        if self.limits.as_ref().is_some_and(|limits| limits.validate().is_err()) {
            return Err(PlanError::Limits);
        }
        self.verify_organisations()?;
        self.verify_proxies()
    }

    fn verify_organisations(&self) -> Result<(), PlanError> {
        if self.organisations.len() > MAX_PLANNED_ORGANISATIONS {
            return Err(PlanError::TooManyOrganisations);
        }
        let (mut names, mut admins) = (BTreeSet::new(), BTreeSet::new());
        for OrganisationPlan { name, admin } in &self.organisations {
            if !names.insert(name) || !admins.insert(admin) {
                return Err(PlanError::OrganisationTwice(name.clone()));
            }
        }
        Ok(())
    }

    fn verify_proxies(&self) -> Result<(), PlanError> {
        if self.proxies.len() > MAX_PROXIES {
            return Err(PlanError::TooManyProxies);
        }
        let mut accounts = BTreeSet::new();
        for ProxyPlan { account, organisation } in &self.proxies {
            if !self.organisations.iter().any(|planned| planned.name == *organisation) {
                return Err(PlanError::UnknownOrganisation {
                    account: *account,
                    organisation: organisation.clone(),
                });
            }
            if !accounts.insert(account) {
                return Err(PlanError::ProxyTwice(*account));
            }
        }
        Ok(())
    }

    /// The committee: that of the description, or `deployer` alone.
    pub(super) fn committee(&self, deployer: AccountId) -> (Vec<AccountId>, u8) {
        match &self.committee {
            Some(committee) => (committee.members.clone(), committee.threshold),
            None => (vec![deployer], 1),
        }
    }
}

/// The number of an organisation of the description, once it is admitted.
pub type Numbered = std::collections::BTreeMap<String, OrganisationId>;

#[cfg(test)]
mod tests {
    use super::*;

    fn account(byte: u8) -> AccountId {
        AccountId([byte; 32])
    }

    fn organisation(name: &str, admin: u8) -> OrganisationPlan {
        OrganisationPlan {
            name: name.into(),
            admin: account(admin),
        }
    }

    fn proxy(byte: u8, organisation: &str) -> ProxyPlan {
        ProxyPlan {
            account: account(byte),
            organisation: organisation.into(),
        }
    }

    fn good() -> Plan {
        Plan {
            committee: Some(CommitteePlan {
                members: vec![account(1), account(2)],
                threshold: 2,
                seats: vec!["hospital".into(), "trust".into()],
            }),
            organisations: vec![organisation("hospital", 3), organisation("trust", 4)],
            proxies: vec![proxy(5, "trust")],
            ..Plan::alone("north")
        }
    }

    #[test]
    fn a_description_that_the_contracts_cannot_take_says_what_is_wrong() {
        let committee = |members: &[u8], threshold| Plan {
            committee: Some(CommitteePlan {
                members: members.iter().copied().map(account).collect(),
                threshold,
                seats: Vec::new(),
            }),
            ..good()
        };
        let seats = |seats: &[&str]| Plan {
            committee: Some(CommitteePlan {
                members: vec![account(1), account(2)],
                threshold: 2,
                seats: seats.iter().map(|seat| (*seat).into()).collect(),
            }),
            ..good()
        };
        let organisations = |organisations| Plan {
            organisations,
            committee: None,
            ..good()
        };
        let proxies = |proxies| Plan { proxies, ..good() };
        let all: Vec<u8> = (0..=MAX_COMMITTEE as u8).collect();
        let cases = [
            (good(), Ok(())),
            (Plan::alone("north"), Ok(())),
            (Plan::alone(""), Err(PlanError::Name(String::new()))),
            (Plan::alone("x".repeat(MAX_NAME_BYTES)), Ok(())),
            (
                Plan::alone("x".repeat(MAX_NAME_BYTES + 1)),
                Err(PlanError::Name("x".repeat(MAX_NAME_BYTES + 1))),
            ),
            (committee(&[], 1), Err(PlanError::Committee)),
            (committee(&[1, 1], 1), Err(PlanError::Committee)),
            (committee(&[1, 2], 0), Err(PlanError::Committee)),
            (committee(&[1, 2], 3), Err(PlanError::Committee)),
            (committee(&all[1..], 1), Ok(())),
            (committee(&all, 1), Err(PlanError::Committee)),
            (seats(&[]), Ok(())),
            (seats(&["trust", "trust"]), Ok(())),
            (seats(&["trust"]), Err(PlanError::Seats)),
            (seats(&["trust", "nobody"]), Err(PlanError::Seats)),
            (
                organisations(vec![organisation("trust", 4), organisation("trust", 5)]),
                Err(PlanError::OrganisationTwice("trust".into())),
            ),
            (
                organisations(vec![organisation("trust", 4), organisation("lab", 4)]),
                Err(PlanError::OrganisationTwice("lab".into())),
            ),
            (
                proxies(vec![proxy(5, "nobody")]),
                Err(PlanError::UnknownOrganisation {
                    account: account(5),
                    organisation: "nobody".into(),
                }),
            ),
            (
                proxies(vec![proxy(5, "trust"), proxy(5, "hospital")]),
                Err(PlanError::ProxyTwice(account(5))),
            ),
        ];
        for (plan, expected) in cases {
            assert_eq!(plan.verify(), expected, "{plan:?}");
        }
    }
}
