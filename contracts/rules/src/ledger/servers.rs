//! The servers of a domain: who answers for it off chain. Clients sign each request for one server's account, and take
//! that account from here.

use super::{administers, events, messages, LedgerError, StoredDomain};
use crate::{consortium::Role, AccountId};
use alloc::vec::Vec;
use scale::{Decode, Encode};

/// Most proxies that a domain names.
pub const MAX_DOMAIN_PROXIES: usize = 32;

/// The accounts of a domain's servers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Servers {
    /// The indexer.
    pub indexer: Option<AccountId>,
    /// The token service.
    pub token_service: Option<AccountId>,
    /// The proxies, all different: at most [`MAX_DOMAIN_PROXIES`].
    pub proxies: Vec<AccountId>,
}

/// Decides on the servers of a domain: what is kept of them, and what to tell the world.
///
/// # Errors
/// In this order: [`UnknownDomain`](LedgerError::UnknownDomain), [`NotCustodian`](LedgerError::NotCustodian),
/// [`InvalidServers`](LedgerError::InvalidServers).
pub fn set_servers(
    request: &messages::SetServers,
    domain: Option<StoredDomain>,
    role: Option<Role>,
) -> Result<events::ServersSet, LedgerError> {
    let messages::SetServers { domain: id, servers } = request;
    let custodian = domain.ok_or(LedgerError::UnknownDomain)?.custodian;
    if !administers(role, custodian) {
        return Err(LedgerError::NotCustodian);
    }
    let proxies = &servers.proxies;
    let mut numbered = proxies.iter().enumerate();
    let differ = numbered.all(|(number, proxy)| !proxies.iter().take(number).any(|earlier| earlier == proxy));
    // Nobody has the key of the account that is all zero: it is what an unset field looks like.
    let named = [servers.indexer, servers.token_service];
    let mut accounts = proxies.iter().chain(named.iter().flatten());
    if proxies.len() > MAX_DOMAIN_PROXIES || !differ || accounts.any(|account| account.0 == [0; 32]) {
        return Err(LedgerError::InvalidServers);
    }
    Ok(events::ServersSet {
        domain: *id,
        servers: servers.clone(),
    })
}

#[cfg(test)]
mod tests;
