//! Which calls are paid for: of whom, how many, and at what cost.
use super::{Accepted, Parts, Presented, RelayError, limits::CALLS_OF_ONE_BEFORE_ACTIVATION};
use crate::{
    gate::DAY_MS,
    store::{NewRelayed, Newcomer, RelayCapacity, RelaySpent},
};
use aegle_chain::{
    dry_run::DryRun,
    node::{ContractCall, Node},
};
use aegle_http::wall_clock;
use aegle_protocol::{
    Head,
    wire::{InvitationError, RelayedCall, VerifiedInvitation},
};
use aegle_rules::{
    Hash, OrganisationId, Roles,
    consent::{self, Call, SignedAct, messages as consents},
    consortium::{self, messages as consortiums},
};

/// Whose quota a call counts against.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purse {
    /// That of a patient for whom an organisation vouches.
    Patients,
    /// That of those for whom none does yet, who were invited or were not, and of the organisation that is to.
    Newcomers(Newcomer),
}

impl Purse {
    fn newcomer(&self) -> Option<&Newcomer> {
        match self {
            Self::Patients => None,
            Self::Newcomers(newcomer) => Some(newcomer),
        }
    }
}

impl Parts {
    /// Decides whether a call is paid for; signs the transaction that carries it. `None` where the contract has taken a call
    /// with its nonce already.
    pub(super) async fn decide(
        &self,
        node: &Node,
        presented: &Presented,
        finalized: &Head,
    ) -> Result<Option<Accepted>, RelayError> {
        let Presented { call, invitation } = presented;
        let relayed = call.call();
        let purse = self.purse(node, relayed, invitation, finalized).await?;
        let (signer, patient, digest) = (relayed.signer(), relayed.patient(), call.digest());
        // No dry run sees what waits in the node's pool: the same act may be signed twice.
        if self.store.relayed_waits(&patient, &signer, &digest).await? {
            return Err(RelayError::Pending);
        }
        let day = wall_clock() / DAY_MS;
        let spent = self.spent(&purse, relayed, day).await?;
        let limits = &self.limits;
        let account = self.key.account();
        let balance = node.balance(account).await?;
        // What was promised may not be in the finalized balance yet.
        let promised = u128::from(spent.promised);
        self.funded(balance, promised)?;
        // What is in a block already counts, final or not: the transaction comes after it.
        let best = node.best().await?;
        let next = self.next_nonce(node, best.hash, relayed).await?;
        match relayed.nonce() {
            nonce if nonce < next => return Ok(None),
            nonce if nonce > next => return Err(RelayError::Number { found: nonce, next }),
            _ => {}
        }
        let run = self.dry_run(node, best.hash, relayed).await?;
        let takes = &run.gas_limit;
        if takes.time > limits.weight.time || takes.proof > limits.weight.proof {
            return Err(RelayError::TooDear);
        }
        let reserved = self.deposit(run.deposit, spent.held, capacity(relayed))?;
        let data = relayed.call_data();
        let contract_call = ContractCall {
            contract: call.contract(),
            gas_limit: run.gas_limit,
            // What was counted, whatever the state is by then.
            deposit_limit: reserved.into(),
            data: &data,
        };
        let transaction = node
            .sign_call(account, &contract_call, |payload| self.key.sign(payload))
            .await?;
        let fee = node.fee(best.hash, &transaction.encoded).await?;
        let fee = self.fee(fee, reserved, relayed, &spent)?;
        self.funded(balance, promised + u128::from(fee) + u128::from(reserved))?;
        Ok(Some(Accepted {
            call: NewRelayed {
                digest,
                signer,
                patient,
                capacity: capacity(relayed),
                day,
                newcomer: purse.newcomer().copied(),
                transaction: transaction.encoded.clone(),
                nonce: transaction.nonce,
                since: finalized.number,
                last: transaction.last,
                fee,
                reserved,
            },
            transaction,
        }))
    }

    /// Decides whether a call is of a kind that is paid for, and for whom: patients for whom an organisation vouches; before
    /// that, registering, and naming the organisation that is to vouch, which it takes to get there, where that one has invited
    /// them.
    async fn purse(
        &self,
        node: &Node,
        call: &RelayedCall,
        invitation: &Result<Option<VerifiedInvitation>, InvitationError>,
        finalized: &Head,
    ) -> Result<Purse, RelayError> {
        use consortium::Call as Act;
        let names = match call {
            RelayedCall::Consent(_) if frees_alone(call) => return Err(RelayError::OthersDeposits),
            RelayedCall::Consent(_) => None,
            RelayedCall::Consortium(relayed) => match &relayed.call {
                Act::SetKey { .. } => None,
                Act::NameOrganisation { named, .. } => Some(named),
                Act::RegisterPatient { named: None } => return Err(RelayError::Unnamed),
                Act::RegisterPatient { named: Some(named) } => {
                    return self.newcomers(node, named.organisation, invitation, finalized).await;
                }
                Act::Renounce { .. } | Act::AcceptRole { .. } => return Err(RelayError::Role),
            },
        };
        let account = call.patient();
        let message = consortiums::Patient { account };
        let registration = node.read(finalized.hash, self.contracts.consortium, &message).await?;
        let registration = registration.ok_or(RelayError::Unregistered)?;
        if let Some(organisation) = registration.activated_by {
            // Whom a suspended organisation has vouched for may be nobody's patients: nothing is put on deposit for them.
            let message = consortiums::Organisation { id: organisation };
            let standing = node.read(finalized.hash, self.contracts.consortium, &message).await?;
            let is_member = standing == Some(consortium::Standing::Member);
            return match is_member || ends_access(call) {
                true => Ok(Purse::Patients),
                false => Err(RelayError::Suspended { organisation }),
            };
        }
        // Whoever names nobody any more takes a name back: it is for the organisation that has it to have invited them.
        let named = names.ok_or(RelayError::NotActivated)?.or(registration.named);
        let named = named.ok_or(RelayError::Unnamed)?;
        self.newcomers(node, named.organisation, invitation, finalized).await
    }

    /// Decides whether something is paid for somebody for whom nobody vouches yet: for whom an admin of the organisation that is to
    /// vouch has invited, or for anybody, where the operator wants that.
    async fn newcomers(
        &self,
        node: &Node,
        named: OrganisationId,
        invitation: &Result<Option<VerifiedInvitation>, InvitationError>,
        finalized: &Head,
    ) -> Result<Purse, RelayError> {
        let Some(invitation) = invitation.as_ref().map_err(|error| *error)? else {
            if self.limits.calls_uninvited == 0 {
                return Err(RelayError::NotInvited { named });
            }
            let invited_by = None;
            return Ok(Purse::Newcomers(Newcomer { named, invited_by }));
        };
        if invitation.organisation() != named {
            let by = invitation.organisation();
            return Err(RelayError::InvitedElsewhere { by, named });
        }
        let message = consortiums::EffectiveRoles {
            account: invitation.admin(),
            at: finalized.timestamp,
        };
        let roles = node.read(finalized.hash, self.contracts.consortium, &message).await?;
        let is_admin =
            |role: &consortium::Role| role.organisation == named && role.roles.contains(Roles::ORGANISATION_ADMIN);
        if !roles.iter().any(is_admin) {
            return Err(RelayError::NoAdmin { named });
        }
        let invited_by = Some(invitation.admin());
        Ok(Purse::Newcomers(Newcomer { named, invited_by }))
    }

    /// Makes sure that another call is within what is paid a day; returns what was spent.
    async fn spent(&self, purse: &Purse, call: &RelayedCall, day: u64) -> Result<RelaySpent, RelayError> {
        let (signer, patient) = (call.signer(), call.patient());
        let spent = self
            .store
            .relay_spent(&signer, &patient, capacity(call), purse.newcomer(), day);
        let (limits, spent) = (&self.limits, spent.await?);
        let limit = limits.calls_of_one;
        if spent.by_signer >= limit {
            return Err(RelayError::OneSpent { limit });
        }
        if spent.by_capacity >= limit {
            return Err(RelayError::CapacitySpent { limit });
        }
        if let Some(newcomer) = purse.newcomer() {
            let quota = limits.quota_of(newcomer);
            if spent.by_signer >= CALLS_OF_ONE_BEFORE_ACTIVATION {
                return Err(RelayError::NewcomerSpent);
            }
            if spent.newcomers >= quota.calls {
                return Err(RelayError::NewcomersSpent);
            }
            if spent.naming >= quota.calls_naming_one {
                return Err(RelayError::OrganisationSpent);
            }
        }
        let ends = ends_access(call);
        if spent.in_all >= limits.calls_in_all_for(ends) {
            return Err(RelayError::AllSpent);
        }
        if spent.cost >= limits.spend_a_day_for(ends) {
            return Err(RelayError::MoneySpent);
        }
        if !ends && spent.cost_of_patient >= limits.spend_of_one {
            return Err(RelayError::OneSpentMoney);
        }
        Ok(spent)
    }

    async fn next_nonce(&self, node: &Node, at: Hash, call: &RelayedCall) -> Result<u64, RelayError> {
        let contracts = &self.contracts;
        let account = call.signer();
        Ok(match call {
            RelayedCall::Consortium(_) => {
                let message = consortiums::RelayNonce { account };
                node.read(at, contracts.consortium, &message).await?
            }
            RelayedCall::Consent(relayed) => match &relayed.call {
                SignedAct::Controller { patient, .. } => {
                    let message = consents::RelayNonce { account: *patient };
                    node.read(at, contracts.consent, &message).await?
                }
                SignedAct::Guardian { .. } | SignedAct::Recovery { .. } => {
                    let message = consents::GuardianNonce { account };
                    node.read(at, contracts.consent, &message).await?
                }
            },
        })
    }

    /// Runs the call as the account that pays, without a transaction.
    async fn dry_run(&self, node: &Node, at: Hash, call: &RelayedCall) -> Result<DryRun<()>, RelayError> {
        let (account, contracts) = (self.key.account(), &self.contracts);
        match call {
            RelayedCall::Consent(relayed) => {
                let relayed = (**relayed).clone();
                let message = consents::RelayedCall { relayed };
                let run = node.dry_run(at, account, contracts.consent, &message).await?;
                run.try_map(|output: Result<(), consent::ConsentError>| output.map_err(RelayError::Consent))
            }
            RelayedCall::Consortium(call) => {
                let message = consortiums::Relayed { call: (**call).clone() };
                let run = node.dry_run(at, account, contracts.consortium, &message).await?;
                run.try_map(|output: Result<(), consortium::ConsortiumError>| output.map_err(RelayError::Consortium))
            }
        }
    }

    /// Makes sure that the account that pays keeps what it is to keep, once it has paid what was promised.
    fn funded(&self, balance: u128, promised: u128) -> Result<(), RelayError> {
        let least = u128::from(self.limits.least_balance);
        if balance.saturating_sub(promised) < least {
            let account = self.key.account();
            tracing::error!(%account, balance, promised, least, "does not relay a call: the account that pays has too little");
            return Err(RelayError::Funds);
        }
        Ok(())
    }

    /// Makes sure that what a call puts on deposit is paid for; returns what may be held more.
    fn deposit(&self, deposit: i128, held: u64, capacity: RelayCapacity) -> Result<u64, RelayError> {
        let more = u64::try_from(deposit.max(0)).map_err(|_| RelayError::TooDear)?;
        if more > self.limits.deposit {
            return Err(RelayError::TooDear);
        }
        // What takes nothing is done whatever is held: to revoke, above all.
        if more > 0 && held.saturating_add(more) > self.limits.deposit_of_one_for(capacity) {
            return Err(RelayError::DepositSpent);
        }
        Ok(more)
    }

    /// Makes sure that what a call may cost is within what is paid a day, in all and for the patient; returns its fee.
    fn fee(&self, fee: u128, reserved: u64, call: &RelayedCall, spent: &RelaySpent) -> Result<u64, RelayError> {
        let fee = u64::try_from(fee).map_err(|_| RelayError::TooDear)?;
        let (limits, ends) = (&self.limits, ends_access(call));
        let cost = fee.saturating_add(reserved);
        // No other day has more.
        if cost
            > limits
                .spend_a_day
                .min(if ends { u64::MAX } else { limits.spend_of_one })
        {
            return Err(RelayError::TooDear);
        }
        if spent.cost.saturating_add(cost) > limits.spend_a_day_for(ends) {
            return Err(RelayError::MoneySpent);
        }
        if !ends && spent.cost_of_patient.saturating_add(cost) > limits.spend_of_one {
            return Err(RelayError::OneSpentMoney);
        }
        Ok(fee)
    }
}

/// Returns as whom the signer of a call acts for the patient.
fn capacity(call: &RelayedCall) -> RelayCapacity {
    match call {
        RelayedCall::Consent(relayed) => match &relayed.call {
            SignedAct::Controller { .. } => RelayCapacity::Controller,
            SignedAct::Guardian { .. } => RelayCapacity::Guardian,
            SignedAct::Recovery { .. } => RelayCapacity::Recovery,
        },
        RelayedCall::Consortium(_) => RelayCapacity::Controller,
    }
}

/// Whether a call does nothing but free what is over: nobody's access depends on it.
fn frees_alone(call: &RelayedCall) -> bool {
    let RelayedCall::Consent(relayed) = call else {
        return false;
    };
    match &relayed.call {
        SignedAct::Controller { call, .. } | SignedAct::Guardian { call, .. } => matches!(call, Call::Clear { .. }),
        SignedAct::Recovery { .. } => false,
    }
}

/// Whether a call ends access, or takes back who acts for the patient: what must not wait for others who have spent the day's
/// money. With a recovery key nothing else is signed.
fn ends_access(call: &RelayedCall) -> bool {
    let RelayedCall::Consent(relayed) = call else {
        return false;
    };
    match &relayed.call {
        SignedAct::Controller { call, .. } | SignedAct::Guardian { call, .. } => matches!(
            call,
            Call::Revoke { .. } | Call::RevokeAll | Call::Decline { .. } | Call::CloseGlass { .. } | Call::Veto
        ),
        SignedAct::Recovery { .. } => true,
    }
}
