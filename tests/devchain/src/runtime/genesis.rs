//! The state of block 0: the development accounts, funded.

use sp_core::{Pair, sr25519};
use sp_runtime::{BuildStorage, Storage};

use super::{AccountId, Balance, BalancesConfig, RuntimeGenesisConfig, prices::UNIT};

/// The balance of every development account at the start, in units of 10^-12 token.
pub(crate) const ENDOWMENT: Balance = 1_000_000 * UNIT;

/// The names of the development accounts.
const NAMES: [&str; 6] = ["Alice", "Bob", "Charlie", "Dave", "Eve", "Ferdie"];

/// Returns `//Alice` to `//Ferdie` and their `//stash` accounts, of the public development phrase.
pub(crate) fn development_accounts() -> Vec<AccountId> {
    ["", "//stash"]
        .into_iter()
        .flat_map(|suffix| NAMES.map(|name| format!("//{name}{suffix}")))
        .map(|path| {
            let pair = sr25519::Pair::from_string(&path, None);
            let pair = pair.expect("a hard derivation from the development phrase always gives a key");
            sp_runtime::AccountId32::new(pair.public().0)
        })
        .collect()
}

/// Builds the storage of block 0.
///
/// # Errors
/// The message of the pallet that refused its part of the configuration.
pub(crate) fn storage() -> Result<Storage, String> {
    let balances = development_accounts()
        .into_iter()
        .map(|account| (account, ENDOWMENT))
        .collect();
    RuntimeGenesisConfig {
        balances: BalancesConfig {
            balances,
            ..Default::default()
        },
        ..Default::default()
    }
    .build_storage()
}
