//! The contracts, as they were built with this program.

use aegle_client::{
    account::AccountKey,
    chain::{Chain, ChainError, Contracts, Receipt},
    native::{ChainClient, ContractBundle},
};

const CONSORTIUM: &[u8] = include_bytes!("../../../contracts/artifacts/consortium.contract");
const CONSENT: &[u8] = include_bytes!("../../../contracts/artifacts/consent.contract");
const LEDGER: &[u8] = include_bytes!("../../../contracts/artifacts/ledger.contract");

/// Deploys the three contracts; `signer` becomes the first member of the committee. `salt` makes the addresses new.
///
/// # Errors
/// When the chain refuses.
pub(crate) async fn deploy(
    chain: &ChainClient,
    signer: &AccountKey,
    salt: &[u8],
) -> Result<(Contracts, [Receipt; 3]), ChainError> {
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
    Ok((contracts, [consortium.receipt, consent.receipt, ledger.receipt]))
}
