//! What the committee's acts, and those of admins, change: what is stored, told to the other contracts, and to the world.

use crate::{
    consortium::Consortium,
    telling::{ask, deliver, emit, tell, this, EMERGENCY_PROOF_BYTES, EMERGENCY_QUESTIONS, EMERGENCY_REF_TIME},
};
use aegle_rules::{
    self as rules,
    consortium::{
        events,
        notices::{Appointment, Holder, Notice},
        AccountRoles, Action, AskLayout, Change, ConsortiumError, Contracts, Organisations, Role, Standing, State,
        Which,
    },
    JurisdictionId, OrganisationId,
};
use ink::{
    env::{CallFlags, DefaultEnvironment},
    prelude::vec::Vec,
};

/// Tells the world of which jurisdiction a patient is now.
#[inline(never)]
fn tell_residence(patient: rules::AccountId, jurisdiction: Option<JurisdictionId>) {
    emit(events::Event::ResidenceSet(events::ResidenceSet {
        patient,
        jurisdiction,
    }));
}

impl Consortium {
    /// Does what the committee decided; returns the number of an organisation that was admitted.
    #[inline(never)]
    pub(crate) fn enact(
        &mut self,
        mut state: State,
        action: Action,
    ) -> Result<Option<OrganisationId>, ConsortiumError> {
        let about = action.account();
        let law = match action {
            Action::SetJurisdiction { default } => Some(default),
            _ => None,
        };
        let roles = about.map_or_else(AccountRoles::default, |account| self.roles_kept(account));
        let now = ink::env::block_timestamp::<DefaultEnvironment>();
        let change = rules::consortium::decide(action, &state, &roles, now)?;
        let replaced = state.contracts.filter(|_| matches!(change, Change::Contracts(_)));
        let notices = state.apply(&change);
        let emergency = change.is_emergency();
        if !matches!(
            change,
            Change::Role { .. } | Change::RoleTaken { .. } | Change::Placed { .. } | Change::Residence { .. }
        ) {
            self.state.set(&state);
        }
        let admitted = self.store_change(change, &roles)?;
        if let Some(default) = law {
            emit(events::Event::JurisdictionSet(events::JurisdictionSet { default }));
        }
        if let Some(contracts) = state.contracts {
            for notice in &notices {
                if emergency {
                    self.deliver_where_possible(contracts, notice)?;
                } else {
                    deliver(contracts, notice)?;
                }
            }
        }
        if let Some((replaced, current)) = replaced.zip(state.contracts) {
            self.retire(replaced, current)?;
        }
        Ok(admitted)
    }

    /// Tells contracts that others took the place of that there is no organisation any more: no role counts there, so
    /// that they permit nothing and anchor nothing.
    fn retire(&self, replaced: Contracts, current: Contracts) -> Result<(), ConsortiumError> {
        if replaced == current {
            return Ok(());
        }
        emit(events::Event::ContractsRetired(events::ContractsRetired {
            contracts: replaced,
        }));
        let notice = Notice::Organisations(Organisations::default());
        if replaced.consent != current.consent {
            self.tell_where_possible(Which::Consent, replaced.consent, &notice)?;
        }
        if replaced.ledger != current.ledger {
            self.tell_where_possible(Which::Ledger, replaced.ledger, &notice)?;
        }
        Ok(())
    }

    /// Gives a notice to every connected contract that needs it and takes it, and says which one does not.
    ///
    /// What fails for want of gas must not look like a refusal, or whoever executes could spare a contract the notice and
    /// use the proposal up. So each delivery gets at most a share of the gas, and after one that failed there has to be
    /// as much left as a delivery takes: enough to ask this contract something a few times.
    fn deliver_where_possible(&self, contracts: Contracts, notice: &Notice) -> Result<(), ConsortiumError> {
        self.tell_where_possible(Which::Consent, contracts.consent, notice)?;
        if notice.concerns_ledger() {
            self.tell_where_possible(Which::Ledger, contracts.ledger, notice)?;
        }
        Ok(())
    }

    #[inline(never)]
    fn tell_where_possible(
        &self,
        contract: Which,
        receiver: rules::AccountId,
        notice: &Notice,
    ) -> Result<(), ConsortiumError> {
        if tell(receiver, notice, EMERGENCY_REF_TIME, EMERGENCY_PROOF_BYTES).is_ok() {
            return Ok(());
        }
        let this = this();
        for _ in 0..EMERGENCY_QUESTIONS {
            let answer = ask(this, &AskLayout {}, CallFlags::ALLOW_REENTRY);
            answer.ok_or(ConsortiumError::NotDelivered)?;
        }
        let account = notice.account();
        emit(events::Event::DeliveryRefused(events::DeliveryRefused {
            contract,
            account,
        }));
        Ok(())
    }

    /// Stores what of a change is not in the state, and tells the world; `before` are the roles, as they were, of the account
    /// whose roles it changes.
    fn store_change(
        &mut self,
        change: Change,
        before: &AccountRoles,
    ) -> Result<Option<OrganisationId>, ConsortiumError> {
        match change {
            Change::Admitted {
                organisation,
                admin,
                role,
                roles,
            } => {
                emit(events::Event::OrganisationAdmitted(events::OrganisationAdmitted {
                    organisation,
                    admin,
                }));
                self.keep_roles(admin, &roles);
                emit(events::Event::RoleSet(events::RoleSet { account: admin, role }));
                self.tell_lost(admin, before, &roles);
                return Ok(Some(organisation));
            }
            Change::Standing { organisation, standing } => match standing {
                Standing::Member => emit(events::Event::OrganisationReinstated(events::OrganisationReinstated {
                    organisation,
                })),
                Standing::Suspended => emit(events::Event::OrganisationSuspended(events::OrganisationSuspended {
                    organisation,
                })),
            },
            Change::Role { account, role, roles } => {
                self.keep_roles(account, &roles);
                emit(events::Event::RoleSet(events::RoleSet { account, role }));
                self.tell_lost(account, before, &roles);
            }
            Change::RoleTaken {
                account,
                organisation,
                roles,
            } => {
                self.keep_roles(account, &roles);
                emit(events::Event::RoleRevoked(events::RoleRevoked {
                    account,
                    organisation,
                }));
            }
            Change::Committee(committee) => {
                emit(events::Event::CommitteeRotated(events::CommitteeRotated { committee }))
            }
            Change::Seats(organisations) => emit(events::Event::SeatsSet(events::SeatsSet { organisations })),
            Change::Succeeded {
                organisation,
                successor,
            } => emit(events::Event::OrganisationSucceeded(events::OrganisationSucceeded {
                organisation,
                successor,
            })),
            Change::Contracts(contracts) => emit(events::Event::ContractsConnected(events::ContractsConnected {
                contracts,
            })),
            Change::Proxies(proxies) => emit(events::Event::ProxiesSet(events::ProxiesSet { proxies })),
            Change::Limits(limits) => emit(events::Event::LimitsSet(events::LimitsSet { limits })),
            Change::Upgrade {
                contract,
                upgrade: Some(upgrade),
            } => emit(events::Event::UpgradeScheduled(events::UpgradeScheduled {
                contract,
                upgrade,
            })),
            Change::Upgrade {
                contract,
                upgrade: None,
            } => emit(events::Event::UpgradeCancelled(events::UpgradeCancelled { contract })),
            Change::Resumed => emit(events::Event::Resumed(events::Resumed {})),
            Change::Jurisdictions(_) => {}
            Change::Placed {
                organisation,
                jurisdiction,
            } => {
                match &jurisdiction {
                    Some(jurisdiction) => {
                        self.places.insert(organisation, jurisdiction);
                    }
                    None => self.places.remove(organisation),
                }
                emit(events::Event::OrganisationPlaced(events::OrganisationPlaced {
                    organisation,
                    jurisdiction,
                }));
            }
            Change::Residence { patient, jurisdiction } => {
                let settled = rules::consortium::settle_residence(self.registration(patient), jurisdiction)?;
                self.keep_registration(patient, &settled);
                tell_residence(patient, jurisdiction);
            }
        }
        Ok(None)
    }

    /// Gives what an account has in an organisation, or in every one, back.
    #[inline(never)]
    pub(crate) fn give_back(
        &mut self,
        account: rules::AccountId,
        organisation: Option<OrganisationId>,
    ) -> Result<(), ConsortiumError> {
        let contracts = self.contracts_connected()?;
        let before = self.roles_kept(account);
        let now = ink::env::block_timestamp::<DefaultEnvironment>();
        let (after, ended) = before.given_back(organisation, now)?;
        for role in ended {
            self.tell_role(account, role, &after);
        }
        self.set_roles(contracts, &[account], &[before], &[after])
    }

    /// Lets an account take what an organisation offers it.
    #[inline(never)]
    pub(crate) fn take_offer(
        &mut self,
        account: rules::AccountId,
        organisation: OrganisationId,
    ) -> Result<(), ConsortiumError> {
        let contracts = self.contracts_connected()?;
        let before = self.roles_kept(account);
        let now = ink::env::block_timestamp::<DefaultEnvironment>();
        let (after, role) = before.accepted(organisation, now)?;
        self.tell_role(account, role, &after);
        self.set_roles(contracts, &[account], &[before], &[after])
    }

    /// Tells the world of a role that an account has, or is offered.
    pub(crate) fn tell_role(&self, account: rules::AccountId, role: Role, roles: &AccountRoles) {
        emit(if roles.held.contains(&role) {
            events::Event::RoleSet(events::RoleSet { account, role })
        } else {
            events::Event::RoleOffered(events::RoleOffered { account, role })
        });
    }

    /// Tells the world of what an account has, and is offered, no more.
    #[inline(never)]
    fn tell_lost(&self, account: rules::AccountId, before: &AccountRoles, after: &AccountRoles) {
        for organisation in before.lost(after) {
            emit(events::Event::RoleRevoked(events::RoleRevoked {
                account,
                organisation: Some(organisation),
            }));
        }
    }

    /// Keeps the roles of accounts, as they were before and as they are now, in the order of the accounts, and tells the connected contracts of those that
    /// count otherwise now, and the world of those that are gone; the ledger only where it asks for such roles, which a quarter of the price of each hangs on.
    #[inline(never)]
    pub(crate) fn set_roles(
        &mut self,
        contracts: Contracts,
        accounts: &[rules::AccountId],
        before: &[AccountRoles],
        after: &[AccountRoles],
    ) -> Result<(), ConsortiumError> {
        let (mut holders, mut concerns_ledger) = (Vec::with_capacity(accounts.len()), false);
        for (account, (before, after)) in accounts.iter().zip(before.iter().zip(after)) {
            self.keep_roles(*account, after);
            self.tell_lost(*account, before, after);
            if before.held != after.held {
                let mut roles = before.held.iter().chain(&after.held);
                concerns_ledger |= roles.any(|role| rules::ledger::asks_for(role.roles));
                holders.push(Holder::of(*account, after));
            }
        }
        if holders.is_empty() {
            return Ok(());
        }
        let notice = Notice::Roles(Appointment { holders });
        if concerns_ledger {
            return deliver(contracts, &notice);
        }
        tell(contracts.consent, &notice, 0, 0)
    }

    /// Lets the organisation of the account `by` vouch for a patient.
    #[inline(never)]
    pub(crate) fn vouch(&mut self, patient: rules::AccountId, by: rules::AccountId) -> Result<(), ConsortiumError> {
        let (roles, state) = (self.roles_kept(by), self.state());
        let (before, now) = (
            self.registration(patient),
            ink::env::block_timestamp::<DefaultEnvironment>(),
        );
        let place = |organisation| self.place(organisation);
        let (after, organisation) =
            rules::consortium::activate_patient(&roles, &state.organisations, before, place, now)?;
        rules::consortium::name_counts(self.may_act(&state, patient, after.named_by))?;
        self.keep_registration(patient, &after);
        emit(events::Event::PatientActivated(events::PatientActivated {
            patient,
            organisation,
            by,
        }));
        let jurisdiction = after.jurisdiction;
        if before.and_then(|before| before.jurisdiction) == jurisdiction {
            return Ok(());
        }
        tell_residence(patient, jurisdiction);
        match state.contracts {
            Some(contracts) => tell(contracts.consent, &Notice::Resident { patient, jurisdiction }, 0, 0),
            None => Ok(()),
        }
    }

    /// Returns the roles of accounts, as they are kept, in their order.
    #[inline(never)]
    pub(crate) fn roles_before(&self, accounts: &[rules::AccountId]) -> Vec<AccountRoles> {
        accounts.iter().map(|account| self.roles_kept(*account)).collect()
    }

    /// Returns the roles of an account, as they are kept.
    #[inline(never)]
    pub(crate) fn roles_kept(&self, account: rules::AccountId) -> AccountRoles {
        self.roles.get(account).unwrap_or_default()
    }

    #[inline(never)]
    fn keep_roles(&mut self, account: rules::AccountId, roles: &AccountRoles) {
        if roles.is_empty() {
            self.roles.remove(account);
        } else {
            self.roles.insert(account, roles);
        }
    }

    fn contracts_connected(&self) -> Result<Contracts, ConsortiumError> {
        self.state().contracts.ok_or(ConsortiumError::NotConnected)
    }
}
