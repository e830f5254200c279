//! What the committee's acts, and those of admins, change: what is stored, told to the other contracts, and to the world.

use crate::{
    consortium::Consortium,
    telling::{ask, deliver, emit, tell, this, EMERGENCY_PROOF_BYTES, EMERGENCY_QUESTIONS, EMERGENCY_REF_TIME},
};
use aegle_rules::{
    self as rules,
    consortium::{
        events,
        notices::{Appointment, Notice},
        Action, AskLayout, Change, ConsortiumError, Contracts, Organisations, Role, Standing, State, Which,
    },
    OrganisationId,
};
use ink::{
    env::{CallFlags, DefaultEnvironment},
    prelude::{vec, vec::Vec},
};

impl Consortium {
    /// Does what the committee decided; returns the number of an organisation that was admitted.
    #[inline(never)]
    pub(crate) fn enact(
        &mut self,
        mut state: State,
        action: Action,
    ) -> Result<Option<OrganisationId>, ConsortiumError> {
        let role = match action {
            Action::RevokeRole { account } => self.roles.get(account),
            _ => None,
        };
        let now = ink::env::block_timestamp::<DefaultEnvironment>();
        let change = rules::consortium::decide(action, &state, role, now)?;
        let replaced = state.contracts.filter(|_| matches!(change, Change::Contracts(_)));
        let notices = state.apply(&change);
        let emergency = change.is_emergency();
        if !matches!(change, Change::Role { .. } | Change::Barred { .. }) {
            self.state.set(&state);
        }
        let admitted = self.store_change(change);
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

    /// Stores what of a change is not in the state, and tells the world.
    fn store_change(&mut self, change: Change) -> Option<OrganisationId> {
        match change {
            Change::Admitted {
                organisation,
                admin,
                role,
            } => {
                emit(events::Event::OrganisationAdmitted(events::OrganisationAdmitted {
                    organisation,
                    admin,
                }));
                self.set_role(admin, Some(role));
                return Some(organisation);
            }
            Change::Standing { organisation, standing } => match standing {
                Standing::Member => emit(events::Event::OrganisationReinstated(events::OrganisationReinstated {
                    organisation,
                })),
                Standing::Suspended => emit(events::Event::OrganisationSuspended(events::OrganisationSuspended {
                    organisation,
                })),
            },
            Change::Role { account, role } => self.set_role(account, Some(role)),
            Change::Barred { account, bar } => {
                self.roles.insert(account, &bar);
                emit(events::Event::RoleRevoked(events::RoleRevoked { account }));
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
        }
        None
    }

    /// Gives the role of an account back.
    #[inline(never)]
    pub(crate) fn give_back(&mut self, account: rules::AccountId) -> Result<(), ConsortiumError> {
        let contracts = self.state().contracts.ok_or(ConsortiumError::NotConnected)?;
        let before = self.roles.get(account);
        let ended = rules::consortium::give_back(before, ink::env::block_timestamp::<DefaultEnvironment>())?;
        self.set_roles(contracts, vec![account], &[before], Some(ended))
    }

    /// Sets or takes the role of accounts that had those before, and tells the connected contracts; the ledger only where
    /// it asks for such roles, which a quarter of the price of each hangs on.
    #[inline(never)]
    pub(crate) fn set_roles(
        &mut self,
        contracts: Contracts,
        accounts: Vec<rules::AccountId>,
        before: &[Option<Role>],
        role: Option<Role>,
    ) -> Result<(), ConsortiumError> {
        for account in &accounts {
            self.set_role(*account, role);
        }
        let mut roles = before.iter().chain([&role]).flatten();
        let notice = Notice::Roles(Appointment { accounts, role });
        if roles.any(|role| rules::ledger::asks_for(role.roles)) {
            return deliver(contracts, &notice);
        }
        tell(contracts.consent, &notice, 0, 0)
    }

    fn set_role(&mut self, account: rules::AccountId, role: Option<Role>) {
        match role {
            Some(role) => {
                self.roles.insert(account, &role);
                emit(events::Event::RoleSet(events::RoleSet { account, role }));
            }
            None => {
                self.roles.remove(account);
                emit(events::Event::RoleRevoked(events::RoleRevoked { account }));
            }
        }
    }
}
