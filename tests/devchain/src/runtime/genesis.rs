//! The state of block 0: the development accounts, funded.

use sp_keyring::Sr25519Keyring;
use sp_runtime::{BuildStorage, Storage};

use super::{AccountId, Balance, BalancesConfig, RuntimeGenesisConfig, prices::UNIT};

/// What every development account holds at the start, in units of 10^-12 token.
pub(crate) const ENDOWMENT: Balance = 1_000_000 * UNIT;

/// `//Alice` to `//Ferdie` and their `//stash` accounts, of the public development phrase.
pub(crate) fn development_accounts() -> Vec<AccountId> {
    use Sr25519Keyring as Key;
    [
        Key::Alice,
        Key::Bob,
        Key::Charlie,
        Key::Dave,
        Key::Eve,
        Key::Ferdie,
        Key::AliceStash,
        Key::BobStash,
        Key::CharlieStash,
        Key::DaveStash,
        Key::EveStash,
        Key::FerdieStash,
    ]
    .into_iter()
    .map(|key| key.to_account_id())
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
