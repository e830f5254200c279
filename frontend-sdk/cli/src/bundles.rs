//! The contracts, as they were built with this program, and where a deployment of them is.

use aegle_client::{
    chain::{ChainError, Contracts},
    native::{
        ContractBundle,
        founding::{Bundles, Founded, Numbered},
    },
};
use serde::{Deserialize, Serialize};

const CONSORTIUM: &[u8] = include_bytes!("../../../contracts/artifacts/consortium.contract");
const CONSENT: &[u8] = include_bytes!("../../../contracts/artifacts/consent.contract");
const LEDGER: &[u8] = include_bytes!("../../../contracts/artifacts/ledger.contract");

/// The addresses of a deployment, as `aegle deploy` writes them for clients and indexers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AddressBook {
    /// The contracts.
    #[serde(flatten)]
    pub(crate) contracts: Contracts,
    /// The block after which they were deployed: an indexer need not look at those before, whose state a node may have
    /// dropped.
    pub(crate) first_block: u32,
    /// The name of the consortium, from which the addresses follow.
    #[serde(default)]
    pub(crate) name: String,
    /// The numbers of the organisations that the description names.
    #[serde(default)]
    pub(crate) organisations: Numbered,
}

impl AddressBook {
    /// Builds the address book of a consortium that was founded.
    pub(crate) fn of(name: &str, founded: &Founded) -> Self {
        Self {
            contracts: founded.contracts,
            first_block: founded.first_block,
            name: name.into(),
            organisations: founded.organisations.clone(),
        }
    }
}

/// Parses the three contract bundles that this program was built with.
///
/// # Errors
/// When one of them was not built as a bundle.
pub(crate) fn bundles() -> Result<Bundles, ChainError> {
    Ok(Bundles {
        consortium: ContractBundle::parse(CONSORTIUM)?,
        consent: ContractBundle::parse(CONSENT)?,
        ledger: ContractBundle::parse(LEDGER)?,
    })
}
