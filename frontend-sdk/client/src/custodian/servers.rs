//! The servers of a search domain, which clients sign their requests for.

use crate::{
    account::AccountKey,
    chain::{CallError, Chain, Receipt},
    deployment::OnChain,
};
use aegle_rules::{
    DomainId,
    ledger::{self, LedgerError, Servers},
};

/// Names the servers of a search domain on chain, instead of those that were, as an admin of its custodian.
///
/// # Errors
/// The ledger refuses, or the chain does not answer.
pub async fn set_servers<C: Chain>(
    aegle: &OnChain<'_, C>,
    key: &AccountKey,
    domain: DomainId,
    servers: Servers,
) -> Result<Receipt, CallError<LedgerError>> {
    let message = ledger::messages::SetServers { domain, servers };
    let ((), receipt) = aegle.chain.call(key, aegle.contracts.ledger, &message).await?;
    Ok(receipt)
}
