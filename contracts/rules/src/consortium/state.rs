//! What the contract keeps in one cell for the committee, and what an action changes in it.

use super::{
    notices::Notice, AccountRoles, Committee, ConsortiumError, Contracts, Jurisdictions, Limits, Organisations, Pauses,
    ProxyOperators, Role, Standing, Upgrade, Upgrades, Which,
};
use crate::{AccountId, JurisdictionId, OrganisationId};
use alloc::{vec, vec::Vec};
use scale::{Decode, Encode};

/// Everything of which there is one. The default has no committee, so that nobody can do anything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
pub struct State {
    /// The committee.
    pub committee: Committee,
    /// The organisations.
    pub organisations: Organisations,
    /// Where the other two contracts are; `None` until they are connected.
    pub contracts: Option<Contracts>,
    /// The limits.
    pub limits: Limits,
    /// The proxies.
    pub proxies: ProxyOperators,
    /// How many proposals were ever opened, which is the number of the last one.
    pub proposals: u32,
    /// The upgrades that are scheduled.
    pub upgrades: Upgrades,
    /// Whether what is permitted is paused.
    pub pauses: Pauses,
    /// What counts where a patient has said nothing.
    pub jurisdictions: Jurisdictions,
}

/// What an action changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new member, whose admin gets `role`.
    Admitted {
        /// The new member's number, which is also how many were ever admitted now.
        organisation: OrganisationId,
        /// Its first admin.
        admin: AccountId,
        /// The role of that admin.
        role: Role,
        /// Every role that the admin has then.
        roles: AccountRoles,
    },
    /// An organisation's standing.
    Standing {
        /// The organisation.
        organisation: OrganisationId,
        /// Its new standing.
        standing: Standing,
    },
    /// An account's role in one organisation. Nothing of it is in [`State`].
    Role {
        /// The account.
        account: AccountId,
        /// Its new role.
        role: Role,
        /// Every role that it has then.
        roles: AccountRoles,
    },
    /// An account's role in one organisation, or every one, is taken. Nothing of it is in [`State`].
    RoleTaken {
        /// The account.
        account: AccountId,
        /// The organisation; `None` for every one.
        organisation: Option<OrganisationId>,
        /// What is kept of its roles.
        roles: AccountRoles,
    },
    /// The committee.
    Committee(Committee),
    /// Of which organisation each member of the committee is.
    Seats(Vec<Option<OrganisationId>>),
    /// One organisation takes the place of another.
    Succeeded {
        /// The other one.
        organisation: OrganisationId,
        /// The one that takes its place.
        successor: OrganisationId,
    },
    /// Where the other contracts are.
    Contracts(Contracts),
    /// The proxies.
    Proxies(ProxyOperators),
    /// The limits.
    Limits(Limits),
    /// What is scheduled for a contract; `None` for nothing any more.
    Upgrade {
        /// The contract.
        contract: Which,
        /// What is scheduled.
        upgrade: Option<Upgrade>,
    },
    /// The end of a pause.
    Resumed,
    /// What counts where a patient has said nothing.
    Jurisdictions(Jurisdictions),
    /// In which jurisdiction an organisation is. Nothing of it is in [`State`].
    Placed {
        /// The organisation.
        organisation: OrganisationId,
        /// The jurisdiction.
        jurisdiction: Option<JurisdictionId>,
    },
    /// Of which jurisdiction a patient is, where an organisation [vouches](super::settle_residence) for them. Nothing of it is
    /// in [`State`].
    Residence {
        /// The patient.
        patient: AccountId,
        /// The jurisdiction.
        jurisdiction: Option<JurisdictionId>,
    },
}

impl Change {
    /// Returns whether it only takes something away from somebody, and so counts wherever it can be told.
    pub const fn is_emergency(&self) -> bool {
        matches!(
            self,
            Self::RoleTaken { .. }
                | Self::Standing {
                    standing: Standing::Suspended,
                    ..
                }
        )
    }
}

impl State {
    /// Makes what a new consortium begins with.
    ///
    /// # Errors
    /// [`InvalidCommittee`](ConsortiumError::InvalidCommittee).
    pub fn new(members: Vec<AccountId>, threshold: u8) -> Result<Self, ConsortiumError> {
        Ok(Self {
            committee: Committee::new(members, threshold)?,
            organisations: Organisations::default(),
            contracts: None,
            limits: Limits::DEFAULT,
            proxies: ProxyOperators::default(),
            proposals: 0,
            upgrades: Upgrades::default(),
            pauses: Pauses::default(),
            jurisdictions: Jurisdictions::default(),
        })
    }

    /// Notes a change; returns what the connected contracts have to be told, in this order.
    pub fn apply(&mut self, change: &Change) -> Vec<Notice> {
        match change {
            Change::Admitted {
                organisation,
                admin,
                roles,
                ..
            } => {
                self.organisations.admitted = organisation.0;
                vec![
                    Notice::Organisations(self.organisations.clone()),
                    Notice::roles(*admin, roles),
                ]
            }
            Change::Standing { organisation, standing } => {
                self.organisations.set_standing(*organisation, *standing);
                vec![Notice::Organisations(self.organisations.clone())]
            }
            Change::Role { account, roles, .. } | Change::RoleTaken { account, roles, .. } => {
                vec![Notice::roles(*account, roles)]
            }
            Change::Committee(committee) => {
                self.committee = committee.clone();
                Vec::new()
            }
            Change::Seats(organisations) => {
                self.committee.organisations = organisations.clone();
                Vec::new()
            }
            Change::Succeeded {
                organisation,
                successor,
            } => {
                self.organisations.succeed(*organisation, *successor);
                vec![Notice::Organisations(self.organisations.clone())]
            }
            Change::Contracts(contracts) => {
                self.contracts = Some(*contracts);
                vec![
                    Notice::Organisations(self.organisations.clone()),
                    Notice::Limits(self.limits),
                    Notice::Proxies(self.proxies.clone()),
                    Notice::Jurisdictions(self.jurisdictions.clone()),
                    Notice::Paused {
                        until: self.pauses.until,
                    },
                ]
            }
            Change::Proxies(proxies) => {
                self.proxies = proxies.clone();
                vec![Notice::Proxies(proxies.clone())]
            }
            Change::Limits(limits) => {
                self.limits = *limits;
                vec![Notice::Limits(*limits)]
            }
            Change::Upgrade { contract, upgrade } => {
                self.upgrades.set(*contract, *upgrade);
                Vec::new()
            }
            Change::Resumed => {
                self.pauses.until = 0;
                vec![Notice::Paused { until: 0 }]
            }
            Change::Jurisdictions(jurisdictions) => {
                self.jurisdictions = jurisdictions.clone();
                vec![Notice::Jurisdictions(jurisdictions.clone())]
            }
            Change::Placed { .. } => Vec::new(),
            Change::Residence { patient, jurisdiction } => vec![Notice::Resident {
                patient: *patient,
                jurisdiction: *jurisdiction,
            }],
        }
    }
}

#[cfg(test)]
mod tests;
