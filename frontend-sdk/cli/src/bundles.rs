//! The contracts, as they were built with this program, and where a deployment of them is.

use aegle_client::{
    address,
    chain::ChainError,
    native::{
        AddressBook, ContractBundle, PinnedServer, ServerAddress,
        founding::{Bundles, Founded},
    },
    rules::AccountId,
};
use anyhow::{Context as _, Result, bail};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

const CONSORTIUM: &[u8] = include_bytes!("../../../contracts/artifacts/consortium.contract");
const CONSENT: &[u8] = include_bytes!("../../../contracts/artifacts/consent.contract");
const LEDGER: &[u8] = include_bytes!("../../../contracts/artifacts/ledger.contract");

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
            account: address::parse(account).map_err(|_| expected)?,
            url: url.trim_end_matches('/').to_owned(),
        })
    }
}

/// Builds the address book of a consortium that was founded.
pub(crate) fn founded_book(name: &str, founded: &Founded) -> AddressBook {
    AddressBook {
        contracts: founded.contracts,
        first_block: founded.first_block,
        name: name.into(),
        organisations: founded.organisations.clone(),
        servers: BTreeMap::new(),
    }
}

/// Writes an address book whole or not at all.
pub(crate) fn write_book(book: &AddressBook, path: &Path) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer_pretty(&mut file, book)?;
    file.persist(path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(())
}

/// Returns the server at an address, with the account that `named` or the book says it has.
pub(crate) fn server(
    book: &AddressBook,
    url: &str,
    named: &[NamedServer],
    authorities: Option<&PathBuf>,
) -> Result<ServerAddress> {
    let url = url.trim_end_matches('/');
    let named = named.iter().find(|server| server.url == url);
    let pinned = match (named, book.servers.get(url)) {
        (Some(named), Some(pinned)) if named.account != pinned.account => bail!(
            "--server says that {url} has the account {}, and the address book says {}",
            named.account,
            pinned.account
        ),
        (Some(named), None) => PinnedServer {
            account: named.account,
            authorities: None,
        },
        _ => book.pinned(url)?.clone(),
    };
    let server = PinnedServer {
        account: pinned.account,
        authorities: authorities.cloned().or(pinned.authorities),
    };
    Ok(server.address(url)?)
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
