//! What is missing of a plan, done one after the other.

use super::{ContractBundle, Founding, FoundingError, Numbered, ProxyPlan, code_hash};
use crate::{
    chain::{Chain, ChainError, Contracts, Head, Receipt},
    committee::{CommitteeError, Member, Progress, upgrade_time},
    native::ChainClient,
};
use aegle_rules::{
    AccountId, Hash, ProposalId, Roles,
    consortium::{Action, ConsortiumError, Layout, ProxyOperator, Role, Upgrade, Which, messages},
    message::Message,
};

/// A step that was taken, for who watches.
#[derive(Clone, Debug)]
pub enum Step {
    /// A contract was deployed.
    Deployed(&'static str),
    /// The committee acted, or this account's vote for it stands.
    Acted(Action),
    /// New code of a contract is in force.
    Upgraded(Which),
}

/// An action that still waits.
#[derive(Clone, Debug)]
pub enum Waiting {
    /// For votes: others of the committee run the same, or vote.
    Votes {
        /// The action.
        action: Action,
        /// Its proposal.
        proposal: ProposalId,
        /// How many have voted for it.
        votes: u32,
        /// How many must.
        threshold: u8,
        /// Who has not, in the committee's order: any of them is next.
        missing: Vec<AccountId>,
    },
    /// For the end of the time lock, after enough votes, or for new members of the committee to accept their seats.
    Agreed {
        /// The action.
        action: Action,
        /// Its proposal.
        proposal: ProposalId,
        /// First millisecond at which it can be carried out.
        not_before: u64,
        /// Who has not accepted a seat.
        unaccepted: Vec<AccountId>,
    },
    /// For the end of the time lock before new code.
    TimeLock {
        /// The contract that gets new code.
        contract: Which,
        /// First millisecond at which it may.
        not_before: u64,
    },
}

/// A consortium, as far as it is what its plan says.
#[derive(Clone, Debug)]
pub struct Founded {
    /// Where the contracts are.
    pub contracts: Contracts,
    /// The last block before them.
    pub first_block: u32,
    /// The numbers of the plan's organisations that are admitted.
    pub organisations: Numbered,
    /// What was paid for.
    pub receipts: Vec<Receipt>,
    /// What still waits; run again later. Empty when everything is as the plan says.
    pub waiting: Vec<Waiting>,
}

impl Founding<'_> {
    /// Carries out the steps that are missing.
    ///
    /// # Errors
    /// See [`FoundingError`]. What was done by then stands, and is found when it is run again.
    pub async fn run(self, progress: &mut impl FnMut(Step)) -> Result<Founded, FoundingError> {
        self.check().await?;
        let mut founded = Founded {
            contracts: self.contracts,
            first_block: 0,
            organisations: Numbered::new(),
            receipts: Vec::new(),
            waiting: Vec::new(),
        };
        let before = self.chain.finalized().await?;
        let mut deployed = false;
        for (contract, bundle, arguments, address) in self.three() {
            if self.chain.code_hash(&before, address).await?.is_some() {
                continue;
            }
            let salt = self.plan.name.as_bytes();
            let there = self.chain.deploy_encoded(self.signer, bundle, &arguments, salt).await?;
            debug_assert_eq!(there.address, address, "the address is computed as the pallet does");
            deployed |= contract == "consortium";
            founded.receipts.push(there.receipt);
            progress(Step::Deployed(contract));
        }
        founded.first_block = match self.first_block {
            Some(block) => block,
            None if deployed => before.number,
            None => self.first_block(&before).await?,
        };
        self.settle(&mut founded, progress).await?;
        Ok(founded)
    }

    /// Brings the consortium's state to what the plan says, as far as votes go.
    async fn settle(&self, founded: &mut Founded, progress: &mut impl FnMut(Step)) -> Result<(), FoundingError> {
        let head = self.chain.finalized().await?;
        let contracts = self.contracts;
        let connected = aegle_rules::consortium::Contracts {
            consent: contracts.consent,
            ledger: contracts.ledger,
        };
        let known = self.ask(&head, &messages::Contracts {}).await?;
        let before = self.ask(&head, &messages::Limits {}).await?;
        let limits = self.plan.limits.filter(|limits| *limits != before);
        // Before the contracts are connected, a shorter time lock need not wait for the one that it replaces.
        let shorter = limits.filter(|limits| known.is_none() && limits.timelock_ms < before.timelock_ms);
        if let Some(limits) = shorter
            && !self.act(Action::SetLimits { limits }, founded, progress).await?
        {
            return Ok(());
        }
        if known != Some(connected) {
            let Contracts { consent, ledger, .. } = contracts;
            if !self.act(Action::Connect { consent, ledger }, founded, progress).await? {
                return Ok(());
            }
        }
        if let Some(limits) = limits.filter(|_| shorter.is_none()) {
            self.act(Action::SetLimits { limits }, founded, progress).await?;
        }
        for planned in &self.plan.organisations {
            let account = planned.admin;
            let admin = messages::EffectiveRoles {
                account,
                at: head.timestamp,
            };
            let is_admin = |role: &&Role| role.roles.contains(Roles::ORGANISATION_ADMIN);
            let roles = self.ask(&head, &admin).await?;
            if !roles.iter().any(|role| is_admin(&role)) {
                let admit = Action::Admit { admin: account };
                if !self.act(admit, founded, progress).await? {
                    continue;
                }
            }
            let head = self.chain.finalized().await?;
            if let Some(role) = self.ask(&head, &admin).await?.iter().find(is_admin) {
                founded.organisations.insert(planned.name.clone(), role.organisation);
            }
        }
        self.set_seats(founded, progress).await?;
        self.set_proxies(founded, progress).await?;
        self.upgrade(founded, progress).await
    }

    /// Says of which organisation each member of the committee is, where the committee is still that of the plan.
    async fn set_seats(&self, founded: &mut Founded, progress: &mut impl FnMut(Step)) -> Result<(), FoundingError> {
        let Some(planned) = self.plan.committee.as_ref().filter(|planned| !planned.seats.is_empty()) else {
            return Ok(());
        };
        let number = |name: &String| founded.organisations.get(name).copied().map(Some);
        // Where an organisation still waits for votes, its seats wait with it.
        let Some(organisations) = planned.seats.iter().map(number).collect::<Option<Vec<_>>>() else {
            return Ok(());
        };
        let head = self.chain.finalized().await?;
        let committee = self.ask(&head, &messages::Committee {}).await?;
        if committee.members != planned.members || committee.organisations == organisations {
            return Ok(());
        }
        self.act(Action::SetSeats { organisations }, founded, progress).await?;
        Ok(())
    }

    async fn set_proxies(&self, founded: &mut Founded, progress: &mut impl FnMut(Step)) -> Result<(), FoundingError> {
        let number = |proxy: &ProxyPlan| -> Option<ProxyOperator> {
            let organisation = *founded.organisations.get(&proxy.organisation)?;
            Some(ProxyOperator {
                account: proxy.account,
                organisation,
            })
        };
        // Where an organisation still waits for votes, its proxies wait with it.
        let Some(operators) = self.plan.proxies.iter().map(number).collect::<Option<Vec<_>>>() else {
            return Ok(());
        };
        let head = self.chain.finalized().await?;
        if operators.is_empty() || self.ask(&head, &messages::Proxies {}).await?.operators == operators {
            return Ok(());
        }
        self.act(Action::SetProxies { operators }, founded, progress).await?;
        Ok(())
    }

    /// Schedules the code of the bundles where the chain has other code, and applies what is due.
    async fn upgrade(&self, founded: &mut Founded, progress: &mut impl FnMut(Step)) -> Result<(), FoundingError> {
        for (contract, address, bundle) in self.addressed() {
            let head = self.chain.finalized().await?;
            let wanted = code_hash(&bundle.code);
            if self.chain.code_hash(&head, address).await? == Some(wanted) {
                continue;
            }
            let scheduled = self.ask(&head, &messages::Scheduled { contract }).await?;
            // One whose window has passed is scheduled anew.
            let stands = |scheduled: &Upgrade| {
                scheduled.code_hash == wanted && scheduled.is_due(head.timestamp) != Err(ConsortiumError::Expired)
            };
            let not_before = match scheduled.filter(stands) {
                Some(scheduled) => scheduled.not_before,
                None => match self.schedule(contract, wanted, bundle, founded, progress).await? {
                    Some(not_before) => not_before,
                    None => continue,
                },
            };
            if head.timestamp < not_before {
                founded.waiting.push(Waiting::TimeLock { contract, not_before });
                continue;
            }
            let upgrade = messages::Upgrade { contract };
            let upgraded = self.chain.call(self.signer, self.contracts.consortium, &upgrade).await;
            let (_, receipt) = upgraded.map_err(CommitteeError::from)?;
            founded.receipts.push(receipt);
            progress(Step::Upgraded(contract));
        }
        Ok(())
    }

    /// Uploads code and proposes it. Returns from when on it may be in force, once the committee has agreed.
    async fn schedule(
        &self,
        contract: Which,
        wanted: Hash,
        bundle: &ContractBundle,
        founded: &mut Founded,
        progress: &mut impl FnMut(Step),
    ) -> Result<Option<u64>, FoundingError> {
        if let Some(receipt) = self.chain.upload(self.signer, bundle).await? {
            founded.receipts.push(receipt);
        }
        let head = self.chain.finalized().await?;
        let lock = self.ask(&head, &messages::Limits {}).await?.timelock_ms;
        let not_before = upgrade_time(head.timestamp, lock);
        let action = Action::ScheduleUpgrade {
            contract,
            code_hash: wanted,
            layout: Layout::of(contract).version,
            not_before,
        };
        Ok(self.act(action, founded, progress).await?.then_some(not_before))
    }

    /// Has the committee act, as far as this account's vote goes. Returns whether it did.
    async fn act(
        &self,
        action: Action,
        founded: &mut Founded,
        progress: &mut impl FnMut(Step),
    ) -> Result<bool, FoundingError> {
        let acted = self.member().act(action.clone(), &mut founded.receipts).await?;
        progress(Step::Acted(action.clone()));
        match acted {
            Progress::Done { .. } => Ok(true),
            Progress::Waiting {
                proposal,
                votes,
                threshold,
                missing,
            } => {
                founded.waiting.push(Waiting::Votes {
                    action,
                    proposal,
                    votes,
                    threshold,
                    missing,
                });
                Ok(false)
            }
            Progress::Agreed {
                proposal,
                not_before,
                unaccepted,
            } => {
                founded.waiting.push(Waiting::Agreed {
                    action,
                    proposal,
                    not_before,
                    unaccepted,
                });
                Ok(false)
            }
        }
    }

    fn member(&self) -> Member<'_, ChainClient> {
        Member {
            chain: self.chain,
            consortium: self.contracts.consortium,
            key: self.signer,
        }
    }

    pub(super) async fn ask<M: Message>(&self, head: &Head, message: &M) -> Result<M::Output, ChainError> {
        self.member().ask(head, message).await
    }
}
