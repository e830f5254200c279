//! The contracts, as they were built with this program, and where a deployment of them is.

use aegle_client::{
    chain::{ChainError, Contracts},
    native::{
        ContractBundle,
        founding::{Bundles, Founded, Numbered},
    },
};
use aegle_client::{native::ServerAddress, rules::AccountId};
use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

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
    /// The servers that are known, by their addresses.
    #[serde(default)]
    pub(crate) servers: BTreeMap<String, PinnedServer>,
}

/// What is known of a server: its own answers are not asked for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PinnedServer {
    /// The account that requests are signed for.
    pub(crate) account: AccountId,
    /// PEM file with the certificates of its authorities; those of the system without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) authorities: Option<PathBuf>,
}

/// `ACCOUNT=URL`, as commands take it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedServer {
    /// The account that requests are signed for.
    pub(crate) account: AccountId,
    /// Where the server is.
    pub(crate) url: String,
}

impl std::str::FromStr for NamedServer {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let expected = "the account of a server, `=`, and its address, such as 0x12...=https://indexer.example";
        let (account, url) = text.split_once('=').ok_or(expected)?;
        Ok(Self {
            account: account.parse().map_err(|_| expected)?,
            url: url.trim_end_matches('/').to_owned(),
        })
    }
}

impl AddressBook {
    /// Builds the address book of a consortium that was founded.
    pub(crate) fn of(name: &str, founded: &Founded) -> Self {
        Self {
            contracts: founded.contracts,
            first_block: founded.first_block,
            name: name.into(),
            organisations: founded.organisations.clone(),
            servers: BTreeMap::new(),
        }
    }

    /// Writes the book whole or not at all.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer_pretty(&mut file, self)?;
        file.persist(path)
            .with_context(|| format!("cannot write {}", path.display()))?;
        Ok(())
    }

    /// Returns the server at an address, with the account that `named` or this book says it has.
    pub(crate) fn server(
        &self,
        url: &str,
        named: &[NamedServer],
        authorities: Option<&PathBuf>,
    ) -> Result<ServerAddress> {
        let url = url.trim_end_matches('/');
        let pinned = self.servers.get(url);
        let named = named
            .iter()
            .find(|server| server.url == url)
            .map(|server| server.account);
        let account = match (named, pinned.map(|server| server.account)) {
            (Some(named), Some(pinned)) if named != pinned => {
                bail!("--server says that {url} has the account {named}, and the address book says {pinned}")
            }
            (Some(account), _) | (None, Some(account)) => account,
            (None, None) => bail!(
                "the account of {url} is not known, and requests are signed for it: ask the server's operator, then run \
                 `aegle servers add ACCOUNT={url}`, or give --server ACCOUNT={url}"
            ),
        };
        let file = authorities.or(pinned.and_then(|server| server.authorities.as_ref()));
        let read = |file: &PathBuf| fs::read(file).with_context(|| format!("cannot read {}", file.display()));
        Ok(ServerAddress {
            url: url.to_owned(),
            account,
            authorities: file.map(read).transpose()?,
        })
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
