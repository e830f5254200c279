//! Fixtures of the consortium's tests, and a consortium in memory that does with the rules what the contract does.

use super::{
    accept, action_hash, decide, may_execute, may_take_effect, may_withdraw, notices::Notice, open_proposal,
    validate_action, vote, waits, AccountRoles, Action, Change, ConsortiumError, Contracts, JurisdictionDefault,
    Limits, Outcome, Proposal, ProxyOperator, Role, Standing, State, Upgrade, Which,
};
use crate::{
    consent::Research, AccountId, Hash, JurisdictionId, OrganisationId, ProposalId, Purposes, Roles, Timestamp,
};
use alloc::{collections::BTreeMap, vec, vec::Vec};
use blake2::{digest::consts::U32, Blake2b, Digest};
use proptest::prelude::*;

pub(crate) const NOW: Timestamp = 1_000_000_000_000;
pub(crate) const HOSPITAL: OrganisationId = OrganisationId(1);
pub(crate) const SUSPENDED: OrganisationId = OrganisationId(2);
pub(crate) const UNKNOWN: OrganisationId = OrganisationId(3);
pub(crate) const STRANGER: AccountId = AccountId([99; 32]);
pub(crate) const CONTRACTS: Contracts = Contracts {
    consent: AccountId([101; 32]),
    ledger: AccountId([102; 32]),
};

pub(crate) fn account(byte: u8) -> AccountId {
    AccountId([byte; 32])
}

/// Returns members 1 to `count`.
pub(crate) fn members(count: u8) -> Vec<AccountId> {
    (1..=count).map(account).collect()
}

pub(crate) fn blake2(bytes: &[u8]) -> Hash {
    Hash(Blake2b::<U32>::digest(bytes).into())
}

pub(crate) fn hash_of(action: &Action) -> Hash {
    action_hash(action, blake2)
}

pub(crate) fn role(roles: Roles, organisation: OrganisationId, until: Timestamp) -> Role {
    Role {
        roles,
        organisation,
        until,
    }
}

/// Returns where operations are permitted until a patient objects.
pub(crate) fn opt_out(jurisdiction: u8) -> JurisdictionDefault {
    JurisdictionDefault {
        jurisdiction: JurisdictionId(jurisdiction),
        permits: Purposes::HOPERAT,
        research: Research::NONE,
    }
}

/// Returns an account that has these roles, and is offered none.
pub(crate) fn held<const N: usize>(roles: [Role; N]) -> AccountRoles {
    AccountRoles {
        held: roles.into(),
        offered: Vec::new(),
    }
}

/// Returns a connected consortium of `count` members with one member organisation and one that is suspended.
pub(crate) fn state(count: u8, threshold: u8) -> State {
    let mut state = State::new(members(count), threshold).expect("a committee");
    state.contracts = Some(CONTRACTS);
    state.organisations.admitted = 2;
    state.organisations.set_standing(SUSPENDED, Standing::Suspended);
    state
}

/// Returns one action of each kind, all of them fit for a [`World::ready`] of three members at [`NOW`].
pub(crate) fn actions() -> Vec<Action> {
    let state = state(1, 1);
    vec![
        Action::Admit { admin: STRANGER },
        Action::Suspend { organisation: HOSPITAL },
        Action::Reinstate {
            organisation: SUSPENDED,
        },
        Action::SetRole {
            account: STRANGER,
            role: role(Roles::CLINICIAN, HOSPITAL, Timestamp::MAX),
        },
        Action::RevokeRole { account: STRANGER },
        Action::Rotate {
            members: members(4),
            threshold: 2,
        },
        Action::Connect {
            consent: account(111),
            ledger: account(112),
        },
        Action::SetProxies {
            operators: vec![ProxyOperator {
                account: account(50),
                organisation: HOSPITAL,
            }],
        },
        Action::SetLimits { limits: Limits::MIN },
        Action::ScheduleUpgrade {
            contract: Which::Ledger,
            code_hash: Hash([5; 32]),
            layout: 2,
            not_before: NOW + state.limits.timelock_ms,
        },
        Action::CancelUpgrade {
            contract: Which::Consortium,
        },
        Action::Resume,
        Action::SetSeats {
            organisations: vec![Some(HOSPITAL), None, Some(SUSPENDED)],
        },
        Action::Succeed {
            organisation: SUSPENDED,
            successor: HOSPITAL,
        },
        Action::TakeRole {
            account: STRANGER,
            organisation: HOSPITAL,
        },
        Action::SetJurisdiction { default: opt_out(2) },
        Action::Place {
            organisation: HOSPITAL,
            jurisdiction: Some(JurisdictionId(1)),
        },
        Action::SetResidence {
            patient: STRANGER,
            jurisdiction: Some(JurisdictionId(1)),
        },
    ]
}

/// A consortium in memory: it does with the rules what the contract does, and undoes a message that fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct World {
    pub(crate) state: State,
    pub(crate) proposals: BTreeMap<ProposalId, Proposal>,
    pub(crate) roles: BTreeMap<AccountId, AccountRoles>,
    /// What the other contracts were told.
    pub(crate) told: Vec<(AccountId, Notice)>,
    /// A contract that refuses every notice.
    pub(crate) deaf: Option<AccountId>,
    pub(crate) now: Timestamp,
}

impl World {
    pub(crate) fn new(count: u8, threshold: u8) -> Self {
        Self {
            state: state(count, threshold),
            proposals: BTreeMap::new(),
            roles: BTreeMap::new(),
            told: Vec::new(),
            deaf: None,
            now: NOW,
        }
    }

    /// One in which every one of [`actions`] can be done: [`STRANGER`] has a role, new code is scheduled for the
    /// consortium contract, there is a pause, and a jurisdiction is known.
    pub(crate) fn ready(count: u8, threshold: u8) -> Self {
        let mut world = Self::new(count, threshold);
        world
            .roles
            .insert(STRANGER, held([role(Roles::CLINICIAN, HOSPITAL, NOW)]));
        let upgrade = Upgrade {
            code_hash: Hash([4; 32]),
            layout: 1,
            not_before: NOW,
        };
        world.state.upgrades.consortium = Some(upgrade);
        world.state.pauses.until = NOW + 1;
        world.state.jurisdictions.defaults = vec![opt_out(1)];
        world
    }

    fn message<T>(
        &mut self,
        message: impl FnOnce(&mut Self) -> Result<T, ConsortiumError>,
    ) -> Result<T, ConsortiumError> {
        let before = self.clone();
        let answer = message(self);
        if answer.is_err() {
            *self = before;
        }
        answer
    }

    pub(crate) fn propose(&mut self, caller: AccountId, action: &Action) -> Result<Outcome, ConsortiumError> {
        self.message(|world| {
            world.state.committee.vote_of(&caller)?;
            let waits = waits(action, &world.state);
            if world.state.committee.threshold == 1 && !waits {
                return world.enact(action).map(Outcome::Done);
            }
            validate_action(action, world.now)?;
            let (id, proposal) = open_proposal(&world.state, caller, hash_of(action), waits, world.now)?;
            world.state.proposals = id.0;
            assert_eq!(world.proposals.insert(id, proposal), None, "{id} is used once");
            Ok(Outcome::Pending(id))
        })
    }

    /// Proposes what one vote is not enough for.
    pub(crate) fn pending(&mut self, caller: AccountId, action: &Action) -> ProposalId {
        match self.propose(caller, action) {
            Ok(Outcome::Pending(id)) => id,
            other => panic!("{action:?} became {other:?}"),
        }
    }

    pub(crate) fn vote(&mut self, caller: AccountId, id: ProposalId, hash: Hash) -> Result<u8, ConsortiumError> {
        self.message(|world| {
            let proposal = world.proposals.get(&id).copied();
            let after = vote(&world.state.committee, proposal, caller, hash, world.now)?;
            world.proposals.insert(id, after);
            Ok(after.votes())
        })
    }

    pub(crate) fn execute(
        &mut self,
        caller: AccountId,
        id: ProposalId,
        action: &Action,
    ) -> Result<Option<OrganisationId>, ConsortiumError> {
        self.message(|world| {
            let proposal = world.proposals.get(&id).copied();
            may_execute(&world.state.committee, proposal, caller, hash_of(action), world.now)?;
            may_take_effect(action, &world.state, proposal, world.now)?;
            world.proposals.remove(&id);
            world.enact(action)
        })
    }

    pub(crate) fn accept(&mut self, caller: AccountId, id: ProposalId, action: &Action) -> Result<(), ConsortiumError> {
        self.message(|world| {
            let proposal = world.proposals.get(&id).copied();
            let after = accept(
                &world.state.committee,
                proposal,
                caller,
                action,
                hash_of(action),
                world.now,
            )?;
            world.proposals.insert(id, after);
            Ok(())
        })
    }

    /// Lets what was agreed to take effect, where it has to wait for that.
    pub(crate) fn wait_for(&mut self, id: ProposalId, action: &Action) {
        if waits(action, &self.state) {
            self.now += self.state.limits.timelock_ms;
        }
        if let Action::Rotate { members, .. } = action {
            for member in members {
                self.accept(*member, id, action).expect("the rotation names them");
            }
        }
    }

    pub(crate) fn withdraw(&mut self, caller: AccountId, id: ProposalId) -> Result<(), ConsortiumError> {
        self.message(|world| {
            let proposal = world.proposals.get(&id).copied();
            may_withdraw(&world.state.committee, proposal, caller, world.now)?;
            world.proposals.remove(&id);
            Ok(())
        })
    }

    fn enact(&mut self, action: &Action) -> Result<Option<OrganisationId>, ConsortiumError> {
        let about = action.account();
        let roles = about.and_then(|account| self.roles.get(&account).cloned());
        let change = decide(action.clone(), &self.state, &roles.unwrap_or_default(), self.now)?;
        let notices = self.state.apply(&change);
        let emergency = change.is_emergency();
        let admitted = match change {
            Change::Admitted {
                organisation,
                admin,
                roles,
                ..
            } => {
                self.roles.insert(admin, roles);
                Some(organisation)
            }
            Change::Role { account, roles, .. } | Change::RoleTaken { account, roles, .. } => {
                self.roles.insert(account, roles);
                None
            }
            _ => None,
        };
        for notice in &notices {
            let Some(contracts) = self.state.contracts else { break };
            let ledger = notice.concerns_ledger().then_some(contracts.ledger);
            for receiver in [Some(contracts.consent), ledger].into_iter().flatten() {
                if self.deaf == Some(receiver) {
                    if emergency {
                        continue;
                    }
                    return Err(ConsortiumError::NotDelivered);
                }
                self.told.push((receiver, notice.clone()));
            }
        }
        Ok(admitted)
    }
}

fn accounts() -> impl Strategy<Value = Vec<AccountId>> {
    proptest::collection::vec((1..8_u8).prop_map(account), 0..7)
}

/// Returns an action that need not be valid. Few values, so that two of them are often alike.
pub(crate) fn action() -> impl Strategy<Value = Action> {
    let organisation = || (0..5_u32).prop_map(OrganisationId);
    let who = || (1..8_u8).prop_map(account);
    let which = || prop_oneof![Just(Which::Consortium), Just(Which::Consent), Just(Which::Ledger)];
    let set_role = (who(), 0..=Roles::ALL.0 + 1, organisation(), any::<bool>());
    let upgrade = (which(), any::<u8>(), any::<bool>());
    prop_oneof![
        who().prop_map(|admin| Action::Admit { admin }),
        organisation().prop_map(|organisation| Action::Suspend { organisation }),
        organisation().prop_map(|organisation| Action::Reinstate { organisation }),
        set_role.prop_map(|(account, roles, organisation, over)| Action::SetRole {
            account,
            role: role(Roles(roles), organisation, if over { NOW } else { Timestamp::MAX }),
        }),
        who().prop_map(|account| Action::RevokeRole { account }),
        (who(), organisation()).prop_map(|(account, organisation)| Action::TakeRole { account, organisation }),
        (accounts(), 0..5_u8).prop_map(|(members, threshold)| Action::Rotate { members, threshold }),
        (who(), who()).prop_map(|(consent, ledger)| Action::Connect { consent, ledger }),
        (accounts(), organisation()).prop_map(|(accounts, organisation)| Action::SetProxies {
            operators: accounts
                .into_iter()
                .map(|account| ProxyOperator { account, organisation })
                .collect(),
        }),
        any::<u8>().prop_map(|glasses_per_day| Action::SetLimits {
            limits: Limits {
                glasses_per_day,
                ..Limits::DEFAULT
            },
        }),
        upgrade.prop_map(|(contract, byte, early)| Action::ScheduleUpgrade {
            contract,
            code_hash: Hash([byte; 32]),
            layout: byte.into(),
            not_before: if early { NOW } else { Timestamp::MAX },
        }),
        which().prop_map(|contract| Action::CancelUpgrade { contract }),
        Just(Action::Resume),
        proptest::collection::vec(proptest::option::of(organisation()), 0..6)
            .prop_map(|organisations| Action::SetSeats { organisations }),
        (any::<u16>(), 0..3_u8).prop_map(|(permits, number)| Action::SetJurisdiction {
            default: JurisdictionDefault {
                permits: Purposes(permits),
                ..opt_out(number)
            },
        }),
        (organisation(), proptest::option::of((0..3_u8).prop_map(JurisdictionId))).prop_map(
            |(organisation, jurisdiction)| Action::Place {
                organisation,
                jurisdiction,
            }
        ),
        (who(), proptest::option::of((0..3_u8).prop_map(JurisdictionId)))
            .prop_map(|(patient, jurisdiction)| Action::SetResidence { patient, jurisdiction }),
        (organisation(), organisation()).prop_map(|(organisation, successor)| Action::Succeed {
            organisation,
            successor,
        }),
    ]
}
