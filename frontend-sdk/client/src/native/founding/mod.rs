//! Founding a consortium, or bringing one up to date: the three contracts on a chain, connected, with what a [`Plan`] says.
//!
//! Everything is looked up on chain before it is done, so that it can be run again after a failure, by any member of the
//! committee, and does only what is missing. Where the committee is more than one, each run votes for what is open and
//! says what still waits for votes.

mod accounts;
mod costs;
mod plan;
mod steps;
mod verify;

pub use costs::Costs;
pub use plan::{
    CommitteePlan, MAX_NAME_BYTES, MAX_PLANNED_ORGANISATIONS, Numbered, OrganisationPlan, Plan, PlanError, ProxyPlan,
};
pub use steps::{Founded, Step, Waiting};
pub use verify::VerifiedContract;

use super::{ChainClient, ContractBundle, bundle::code_hash};
use crate::{
    account::AccountKey,
    chain::{Chain, ChainError, Contracts, Head},
    committee::{CommitteeError, blake2_256},
    words,
};
use aegle_rules::{AccountId, Hash, consortium::Which};
use scale::Encode;

/// What pallet-contracts puts before what it hashes to a contract's address.
const ADDRESS_TAG: [u8; 16] = *b"contract_addr_v1";

/// The three contracts as they were built.
pub struct Bundles {
    /// The consortium contract.
    pub consortium: ContractBundle,
    /// The consent contract.
    pub consent: ContractBundle,
    /// The ledger contract.
    pub ledger: ContractBundle,
}

/// Why a consortium is not what its description says.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FoundingError {
    /// The description is none.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The chain takes no code of that size.
    #[error("the {contract} contract has {bytes} bytes of code, and the chain takes {most} at most")]
    CodeTooLarge {
        /// The contract.
        contract: &'static str,
        /// Length of its code.
        bytes: usize,
        /// The chain's limit.
        most: usize,
    },
    /// Several members of the committee have deployed the contracts under the same name.
    #[error(
        "`{name}` was deployed more than once, by {}: agree on one, and give its address book by --addresses",
        deployers.iter().map(words::account).collect::<Vec<_>>().join(" and by ")
    )]
    Ambiguous {
        /// The consortium's name.
        name: String,
        /// The members who did.
        deployers: Vec<AccountId>,
    },
    /// An address book names a contract that is not there, and that this account cannot put there.
    #[error("there is no contract at {0}, which the address book names")]
    Gone(AccountId),
    /// The node has dropped the state of the blocks in which the contracts came to be.
    #[error("the contracts are older than the node's oldest state: give the address book that was written with them")]
    FirstBlockUnknown,
    /// The committee did not act.
    #[error(transparent)]
    Committee(#[from] CommitteeError),
    /// The chain did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// A consortium that is being founded, or brought up to date.
pub struct Founding<'a> {
    chain: &'a ChainClient,
    signer: &'a AccountKey,
    bundles: &'a Bundles,
    plan: &'a Plan,
    contracts: Contracts,
    /// Where this account would put contracts of the bundles.
    computed: Contracts,
    /// The block after which the contracts are, where that is known.
    first_block: Option<u32>,
}

impl<'a> Founding<'a> {
    /// Each contract, where it is, and what was built of it.
    fn addressed(&self) -> [(Which, AccountId, &'a ContractBundle); 3] {
        let Contracts {
            consortium,
            consent,
            ledger,
            ..
        } = self.contracts;
        [
            (Which::Consortium, consortium, &self.bundles.consortium),
            (Which::Consent, consent, &self.bundles.consent),
            (Which::Ledger, ledger, &self.bundles.ledger),
        ]
    }

    /// Prepares the consortium of a description. Its addresses follow from the description's name, the account that
    /// deploys and the contracts' code.
    ///
    /// # Errors
    /// [`FoundingError::Plan`].
    pub fn new(
        chain: &'a ChainClient,
        signer: &'a AccountKey,
        bundles: &'a Bundles,
        plan: &'a Plan,
    ) -> Result<Self, FoundingError> {
        plan.verify()?;
        let contracts = addresses(bundles, plan, signer.account(), chain.genesis());
        Ok(Self {
            chain,
            signer,
            bundles,
            plan,
            contracts,
            computed: contracts,
            first_block: None,
        })
    }

    /// Finds the consortium of the description on chain, without an address book: where a member of its committee has
    /// deployed contracts of the same code. Nobody else can put a contract there, for its address follows from the account
    /// that deploys. `None` where nobody has, or with other code than this release's.
    ///
    /// # Errors
    /// [`FoundingError::Ambiguous`]; or the node does not answer.
    pub async fn locate(&self) -> Result<Option<Contracts>, FoundingError> {
        let head = self.chain.finalized().await?;
        let (members, _) = self.plan.committee(self.signer.account());
        let mut found = Vec::new();
        for member in members {
            let contracts = addresses(self.bundles, self.plan, member, self.contracts.genesis);
            if self.chain.code_hash(&head, contracts.consortium).await?.is_some() {
                found.push((member, contracts));
            }
        }
        match found[..] {
            [] => Ok(None),
            [(_, contracts)] => Ok(Some(contracts)),
            _ => Err(FoundingError::Ambiguous {
                name: self.plan.name.clone(),
                deployers: found.into_iter().map(|(member, _)| member).collect(),
            }),
        }
    }

    /// Takes the consortium of an address book, whatever code it has today. `first_block` is the last block before it.
    #[must_use]
    pub fn at(self, contracts: Contracts, first_block: u32) -> Self {
        Self {
            contracts,
            first_block: Some(first_block),
            ..self
        }
    }

    /// Takes the consortium that was [located](Self::locate); the block before it is found by bisection.
    #[must_use]
    pub fn located(self, contracts: Contracts) -> Self {
        Self { contracts, ..self }
    }

    /// Returns the addresses at which the contracts are, or will be.
    pub fn contracts(&self) -> &Contracts {
        &self.contracts
    }

    /// The contracts of the bundles, each with the arguments of its constructor and its address.
    fn three(&self) -> [(&'static str, &'a ContractBundle, Vec<u8>, AccountId); 3] {
        let Contracts {
            genesis,
            consortium,
            consent,
            ledger,
        } = self.contracts;
        let founding = consortium_arguments(self.plan, self.signer.account(), genesis);
        [
            ("consortium", &self.bundles.consortium, founding, consortium),
            (
                "consent",
                &self.bundles.consent,
                (consortium, genesis).encode(),
                consent,
            ),
            ("ledger", &self.bundles.ledger, consortium.encode(), ledger),
        ]
    }

    /// The last block without the consortium contract, found by bisection.
    async fn first_block(&self, head: &Head) -> Result<u32, FoundingError> {
        let (mut without, mut with) = (0, head.number);
        while with - without > 1 {
            let middle = without + (with - without) / 2;
            let found = self.chain.code_hash_at(middle, self.contracts.consortium).await;
            match found.map_err(|_| FoundingError::FirstBlockUnknown)? {
                Some(_) => with = middle,
                None => without = middle,
            }
        }
        Ok(without)
    }
}

/// Where an account would put contracts of the bundles.
fn addresses(bundles: &Bundles, plan: &Plan, deployer: AccountId, genesis: Hash) -> Contracts {
    let at = |bundle: &ContractBundle, arguments: &[u8]| {
        let data = [&bundle.constructor, arguments].concat();
        contract_address(deployer, &bundle.code, &data, plan.name.as_bytes())
    };
    let consortium = at(&bundles.consortium, &consortium_arguments(plan, deployer, genesis));
    Contracts {
        genesis,
        consortium,
        consent: at(&bundles.consent, &(consortium, genesis).encode()),
        ledger: at(&bundles.ledger, &consortium.encode()),
    }
}

fn consortium_arguments(plan: &Plan, deployer: AccountId, genesis: Hash) -> Vec<u8> {
    let (members, threshold) = plan.committee(deployer);
    (members, threshold, genesis).encode()
}

/// Where pallet-contracts puts a contract (its `DefaultAddressGenerator`).
fn contract_address(deployer: AccountId, code: &[u8], data: &[u8], salt: &[u8]) -> AccountId {
    let parts = (ADDRESS_TAG, deployer, code_hash(code), data, salt);
    AccountId(blake2_256(&parts.encode()).0)
}
