//! What founding costs, before anything is paid for.

use super::{Founding, FoundingError};
use crate::chain::{Chain, Contracts};

/// What of a description is missing on chain, and what it costs the account that deploys. Amounts are in the chain's
/// smallest unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Costs {
    /// How many contracts are missing.
    pub contracts: u32,
    /// What the chain keeps as deposits for them, and gives back when they are removed.
    pub deposit: u128,
    /// What their deployment costs in fees, at most.
    pub fee: u128,
    /// What the account has.
    pub balance: u128,
    /// How many acts of the committee follow at most. Each is a small transaction of every member who votes, whose cost
    /// is known once the contracts are there.
    pub acts: u32,
}

impl Costs {
    /// Returns what the account must have for the contracts alone.
    pub fn needed(&self) -> u128 {
        self.deposit.saturating_add(self.fee)
    }

    /// Returns how much the account lacks.
    pub fn lacking(&self) -> u128 {
        self.needed().saturating_sub(self.balance)
    }
}

impl Founding<'_> {
    /// Checks, before anything is paid for, that the chain takes what is missing, and tells what it costs.
    ///
    /// # Errors
    /// [`FoundingError::CodeTooLarge`], [`FoundingError::Gone`]; and what the chain answers to a dry run of each
    /// constructor, for example that the account cannot pay the deposits.
    pub async fn check(&self) -> Result<Costs, FoundingError> {
        let most = self.chain.max_code_bytes().await?;
        let head = self.chain.finalized().await?;
        let Contracts {
            consortium,
            consent,
            ledger,
            ..
        } = self.computed;
        let mut costs = Costs {
            contracts: 0,
            deposit: 0,
            fee: 0,
            balance: self.chain.balance(self.signer.account()).await?,
            acts: self.most_acts(),
        };
        for (contract, bundle, arguments, address) in self.three() {
            if bundle.code.len() > most {
                return Err(FoundingError::CodeTooLarge {
                    contract,
                    bytes: bundle.code.len(),
                    most,
                });
            }
            match self.chain.code_hash(&head, address).await? {
                Some(_) => {}
                // Deployed now, it would be somewhere else than the address book says.
                None if ![consortium, consent, ledger].contains(&address) => return Err(FoundingError::Gone(address)),
                None => {
                    let salt = self.plan.name.as_bytes();
                    let cost = self
                        .chain
                        .deployment_cost(self.signer, bundle, &arguments, salt)
                        .await?;
                    costs.contracts += 1;
                    costs.deposit = costs.deposit.saturating_add(cost.deposit);
                    costs.fee = costs.fee.saturating_add(cost.fee);
                }
            }
        }
        Ok(costs)
    }

    /// Returns what the chain keeps as a deposit for the code of the three contracts alone, in the chain's smallest unit:
    /// the most of what founding costs, which is known for an account that cannot pay for a dry run too.
    ///
    /// # Errors
    /// The node does not answer.
    pub async fn code_deposit(&self) -> Result<u128, FoundingError> {
        let bytes: usize = self.three().iter().map(|(_, bundle, ..)| bundle.code.len()).sum();
        let per_byte = self.chain.node().await?.deposit_per_byte().await?;
        Ok(per_byte.saturating_mul(bytes as u128))
    }

    /// Connecting the contracts, the limits, each organisation and the proxies.
    fn most_acts(&self) -> u32 {
        let organisations = u32::try_from(self.plan.organisations.len()).unwrap_or(u32::MAX);
        let seats = self
            .plan
            .committee
            .as_ref()
            .is_some_and(|committee| !committee.seats.is_empty());
        let others = [self.plan.limits.is_some(), !self.plan.proxies.is_empty(), seats];
        let others = 1 + others.into_iter().map(u32::from).sum::<u32>();
        organisations.saturating_add(others)
    }
}
