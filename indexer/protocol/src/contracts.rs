//! Where a deployment is.

use crate::Deployment;
use aegle_rules::{AccountId, Hash};
use serde::{Deserialize, Serialize};

/// Where the three contracts of a deployment are. The command line keeps it in a file, the *address book*.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contracts {
    /// Genesis hash of the chain that they are on.
    pub genesis: Hash,
    /// The consortium contract.
    pub consortium: AccountId,
    /// The consent contract.
    pub consent: AccountId,
    /// The ledger contract.
    pub ledger: AccountId,
}

impl Contracts {
    /// Returns whether `contract` is one of them.
    pub fn contains(&self, contract: &AccountId) -> bool {
        self.accounts().contains(contract)
    }

    /// Returns the accounts: consortium, consent, ledger.
    pub fn accounts(&self) -> [AccountId; 3] {
        [self.consortium, self.consent, self.ledger]
    }

    /// Returns what sealed records, splits and requests are bound to.
    pub fn deployment(&self) -> Deployment {
        Deployment {
            genesis: self.genesis,
            consent: self.consent,
        }
    }
}
