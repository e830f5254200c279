//! What an indexer needs to know to start.
use crate::relay::RelayerConfig;
pub use aegle_http::{Listen, Origin, Origins, TlsFiles};
pub use aegle_policy::MAX_BLOCK_AGE;
use aegle_protocol::{BlockNumber, Contracts};
use aegle_rules::{AccountId, Hash};
use serde::Deserialize;
use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

/// The configuration of an indexer.
#[derive(Clone, Debug)]
pub struct Config {
    /// WebSocket address of a contracts node.
    pub chain_url: String,
    /// The deployment's contracts; the node and the database must agree on them.
    pub contracts: Contracts,
    /// The first block that may have events of the contracts.
    pub first_block: BlockNumber,
    /// The folder for the vault, the index, the proxy's key, and the private database.
    pub data: PathBuf,
    /// The address where the API listens, with or without TLS, and the web pages that may ask.
    pub listen: Listen,
    /// The database that everything else is derived from.
    pub database: Database,
    /// The folders of the erasure keys' replicas, best on several disks, and never in an archive; two in the data folder where
    /// none is named.
    pub erasure_keys: Vec<PathBuf>,
    /// Whether a replica of the erasure keys is made in a folder that holds none, from the others: to replace a disk. A folder
    /// without one is refused otherwise, since its disk may only not be mounted.
    pub makes_key_replicas: bool,
    /// The account of the proxy on chain, if it has one. It is this server's account: requests are signed for it.
    pub proxy_account: Option<AccountId>,
    /// How calls of patients are relayed; `None` for not at all. A proxy by itself relays none.
    pub relayer: Option<RelayerConfig>,
    /// The oldest block, by its own timestamp, at which anything is decided: [`MAX_BLOCK_AGE`] at most, which is what
    /// counts where this is longer.
    pub max_block_age: Duration,
}

/// The database that everything else is derived from.
#[derive(Clone)]
pub enum Database {
    /// A private Postgres cluster in the data folder, started and stopped with the indexer.
    Private,
    /// A Postgres server that somebody else runs: a connection string.
    Url(String),
}

// A connection string may hold a password.
impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Private => "Private",
            Self::Url(_) => "Url(..)",
        })
    }
}

/// The addresses of a deployment, as `aegle deploy` writes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Addresses {
    /// Hash of the chain's first block.
    pub genesis: Hash,
    /// The consortium contract.
    pub consortium: AccountId,
    /// The consent contract.
    pub consent: AccountId,
    /// The ledger contract.
    pub ledger: AccountId,
    /// The first block that may have events of the contracts.
    #[serde(default)]
    pub first_block: BlockNumber,
}

/// A reason why a file of addresses cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AddressesError {
    /// It cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// It is not what the deploying command writes.
    #[error("{} holds no addresses: {source}", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// The fault.
        source: serde_json::Error,
    },
}

impl Addresses {
    /// Reads the JSON file that the deploying command writes; fields that are not named here are left alone.
    ///
    /// # Errors
    /// [`AddressesError`].
    pub fn read(path: &Path) -> Result<Self, AddressesError> {
        let text = fs::read_to_string(path).map_err(|source| AddressesError::Read {
            path: path.to_owned(),
            source,
        })?;
        serde_json::from_str(&text).map_err(|source| AddressesError::Parse {
            path: path.to_owned(),
            source,
        })
    }

    /// Returns the contracts among the addresses.
    pub fn contracts(&self) -> Contracts {
        Contracts {
            genesis: self.genesis,
            consortium: self.consortium,
            consent: self.consent,
            ledger: self.ledger,
        }
    }
}
