//! Who runs the proxies that hold shares of keys.

use super::{ConsortiumError, Organisations};
use crate::{AccountId, OrganisationId};
use alloc::vec::Vec;
use scale::{Compact, Decode, Encode, MaxEncodedLen};

/// Most proxies; a grant names its own by one bit each.
pub const MAX_PROXIES: usize = 32;

/// Who runs one proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ProxyOperator {
    /// The account of the proxy.
    pub account: AccountId,
    /// The organisation that runs it.
    pub organisation: OrganisationId,
}

/// The proxies. The number of a proxy is its place here, and grants refer to it: to add one is to append it, to replace
/// one is to put the new one into the same place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ProxyOperators {
    /// Proxy 0, proxy 1 and so on, with different accounts: at most [`MAX_PROXIES`].
    pub operators: Vec<ProxyOperator>,
}

impl ProxyOperators {
    /// Returns the number of the proxy that signs with this account.
    pub fn number_of(&self, account: AccountId) -> Option<u8> {
        let mut numbered = (0_u8..).zip(&self.operators);
        numbered
            .find(|(_, operator)| operator.account == account)
            .map(|(number, _)| number)
    }
}

impl MaxEncodedLen for ProxyOperators {
    fn max_encoded_len() -> usize {
        let operators = ProxyOperator::max_encoded_len().saturating_mul(MAX_PROXIES);
        Compact::<u32>::max_encoded_len().saturating_add(operators)
    }
}

/// Decides whether these can be the proxies at all: no more than [`MAX_PROXIES`], and no account twice.
///
/// # Errors
/// [`InvalidProxies`](ConsortiumError::InvalidProxies).
pub fn validate_proxies(operators: &[ProxyOperator]) -> Result<(), ConsortiumError> {
    let mut numbered = operators.iter().enumerate();
    let different = numbered.all(|(number, operator)| {
        let mut earlier = operators.iter().take(number);
        !earlier.any(|other| other.account == operator.account)
    });
    if operators.len() <= MAX_PROXIES && different {
        Ok(())
    } else {
        Err(ConsortiumError::InvalidProxies)
    }
}

/// Returns whether the organisations of all proxies exist.
pub(super) fn organisations_exist(operators: &[ProxyOperator], organisations: &Organisations) -> bool {
    let mut operators = operators.iter();
    operators.all(|operator| organisations.standing(operator.organisation).is_some())
}

#[cfg(test)]
mod tests;
