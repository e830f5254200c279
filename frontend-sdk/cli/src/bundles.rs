//! The contracts, as they were built with this program.

use aegle_client::{
    account::AccountKey,
    chain::{Chain, ChainError, Contracts, Receipt},
    native::{ChainClient, ContractBundle},
};
use serde::Serialize;

const CONSORTIUM: &[u8] = include_bytes!("../../../contracts/artifacts/consortium.contract");
const CONSENT: &[u8] = include_bytes!("../../../contracts/artifacts/consent.contract");
const LEDGER: &[u8] = include_bytes!("../../../contracts/artifacts/ledger.contract");

/// What `aegle deploy` writes of a deployment, for clients and indexers.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct AddressBook {
    /// The contracts.
    #[serde(flatten)]
    pub(crate) contracts: Contracts,
    /// The block after which they were deployed: an indexer need not look at those before, whose state a node may have
    /// dropped.
    pub(crate) first_block: u32,
}

/// Deploys the three contracts; `signer` becomes the first member of the committee. `salt` makes the addresses new.
///
/// # Errors
/// When the chain refuses.
pub(crate) async fn deploy(
    chain: &ChainClient,
    signer: &AccountKey,
    salt: &[u8],
) -> Result<(AddressBook, [Receipt; 3]), ChainError> {
    let first_block = chain.finalized().await?.number;
    let consortium = chain
        .deploy(signer, &ContractBundle::parse(CONSORTIUM)?, signer.account(), salt)
        .await?;
    let consent = chain
        .deploy(signer, &ContractBundle::parse(CONSENT)?, consortium.address, salt)
        .await?;
    let ledger = chain
        .deploy(signer, &ContractBundle::parse(LEDGER)?, consortium.address, salt)
        .await?;
    let contracts = Contracts {
        genesis: chain.genesis(),
        consortium: consortium.address,
        consent: consent.address,
        ledger: ledger.address,
    };
    let book = AddressBook { contracts, first_block };
    Ok((book, [consortium.receipt, consent.receipt, ledger.receipt]))
}
