//! Where a deployment is, and which servers are known: the file that `aegle deploy` and `aegle servers add` write.

use super::{ChainClient, IndexerClient, ServerAddress, ServerAddressError, TokenServiceClient, founding::Numbered};
use crate::chain::{Chain, ChainError, Contracts};
use aegle_rules::AccountId;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// The addresses of a deployment and of its servers, for clients and indexers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AddressBook {
    /// The contracts.
    #[serde(flatten)]
    pub contracts: Contracts,
    /// The block after which they were deployed: an indexer need not look at those before, whose state a node may have
    /// dropped.
    pub first_block: u32,
    /// The name of the consortium, from which the addresses follow.
    #[serde(default)]
    pub name: String,
    /// The numbers of the organisations that the description names.
    #[serde(default)]
    pub organisations: Numbered,
    /// The servers that are known, by their addresses.
    #[serde(default)]
    pub servers: BTreeMap<String, PinnedServer>,
}

/// What is known of a server: its own answers are not asked for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PinnedServer {
    /// The account that requests are signed for.
    pub account: AccountId,
    /// PEM file with the certificates of its authorities; those of the system without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorities: Option<PathBuf>,
}

/// The reason why an address book does not lead to a deployment or a server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AddressBookError {
    /// There is no such file, or it cannot be read.
    #[error(
        "no address book at {}: take one from somebody who takes part, by `aegle addresses import FILE` or --addresses FILE; \
         who founds a consortium runs `aegle deploy`",
        path.display()
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// The file holds something else.
    #[error("{} is no address book", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: serde_json::Error,
    },
    /// The book does not know the server.
    #[error(
        "the account of {url} is not known, and requests are signed for it: ask the server's operator, then run \
         `aegle servers add ACCOUNT={url}`, or give --server ACCOUNT={url}"
    )]
    UnknownServer {
        /// The server's address.
        url: String,
    },
    /// The certificates of a server's authorities cannot be read.
    #[error("cannot read {}", path.display())]
    Authorities {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// The server cannot be asked at its address.
    #[error(transparent)]
    Address(#[from] ServerAddressError),
    /// The node does not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The node is of another chain.
    #[error("the node at {url} is of another chain than the address book")]
    OtherChain {
        /// The node's address.
        url: String,
    },
}

impl PinnedServer {
    /// Returns how the server is reached at `url`, with the certificates of its authorities.
    ///
    /// # Errors
    /// [`AddressBookError::Authorities`].
    pub fn address(&self, url: &str) -> Result<ServerAddress, AddressBookError> {
        let read = |path: &PathBuf| {
            fs::read(path).map_err(|source| AddressBookError::Authorities {
                path: path.clone(),
                source,
            })
        };
        Ok(ServerAddress {
            url: url.trim_end_matches('/').to_owned(),
            account: self.account,
            authorities: self.authorities.as_ref().map(read).transpose()?,
        })
    }
}

impl AddressBook {
    /// Reads the address book in a file.
    ///
    /// # Errors
    /// [`AddressBookError::Unreadable`] or [`AddressBookError::Malformed`].
    pub fn read(path: &Path) -> Result<Self, AddressBookError> {
        let text = fs::read(path).map_err(|source| AddressBookError::Unreadable {
            path: path.into(),
            source,
        })?;
        serde_json::from_slice(&text).map_err(|source| AddressBookError::Malformed {
            path: path.into(),
            source,
        })
    }

    /// Returns what is known of the server at an address, with or without a `/` at its end.
    ///
    /// # Errors
    /// [`AddressBookError::UnknownServer`].
    pub fn pinned(&self, url: &str) -> Result<&PinnedServer, AddressBookError> {
        let url = url.trim_end_matches('/');
        let pinned = self.servers.get(url);
        pinned.ok_or_else(|| AddressBookError::UnknownServer { url: url.to_owned() })
    }

    /// Connects to the chain through the node at `url`, `ws://` or `wss://`, which must be of the contracts' chain.
    ///
    /// # Errors
    /// [`AddressBookError::Chain`] or [`AddressBookError::OtherChain`].
    pub async fn chain(&self, url: &str) -> Result<ChainClient, AddressBookError> {
        let chain = ChainClient::connect(url).await?;
        if chain.genesis() != self.contracts.genesis {
            return Err(AddressBookError::OtherChain { url: url.to_owned() });
        }
        Ok(chain)
    }

    /// Returns the indexer at an address that the book knows. Nothing is sent yet.
    ///
    /// # Errors
    /// The book does not know it, or it cannot be asked there.
    pub fn indexer(&self, url: &str) -> Result<IndexerClient, AddressBookError> {
        Ok(IndexerClient::at(&self.pinned(url)?.address(url)?, &self.contracts)?)
    }

    /// Returns the token service at an address that the book knows. Nothing is sent yet.
    ///
    /// # Errors
    /// The book does not know it, or it cannot be asked there.
    pub fn token_service(&self, url: &str) -> Result<TokenServiceClient, AddressBookError> {
        Ok(TokenServiceClient::at(
            &self.pinned(url)?.address(url)?,
            &self.contracts,
        )?)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const URL: &str = "https://indexer.example";

    fn at(byte: u8) -> String {
        format!("0x{}", hex::encode([byte; 32]))
    }

    /// The book of a deployment with one server, which certificates in `authorities` vouch for.
    fn written(path: &Path, authorities: &Path) -> AddressBook {
        let book = serde_json::json!({
            "genesis": at(1), "consortium": at(2), "consent": at(3), "ledger": at(4), "first_block": 7,
            "servers": { URL: { "account": at(5), "authorities": authorities } },
        });
        fs::write(path, book.to_string()).unwrap();
        AddressBook::read(path).unwrap()
    }

    #[test]
    fn a_server_is_what_the_book_says() {
        let folder = tempfile::tempdir().unwrap();
        let authorities = folder.path().join("ca.pem");
        let book = written(&folder.path().join("addresses.json"), &authorities);
        assert_eq!((book.first_block, book.contracts.ledger), (7, AccountId([4; 32])));
        let pinned = book.pinned("https://indexer.example/").unwrap();
        assert_eq!(pinned.account, AccountId([5; 32]));
        let missing = pinned.address(URL);
        assert!(
            matches!(missing, Err(AddressBookError::Authorities { .. })),
            "{missing:?}"
        );
        fs::write(&authorities, "of ours").unwrap();
        let expected = ServerAddress {
            authorities: Some(b"of ours".to_vec()),
            ..ServerAddress::new(URL, AccountId([5; 32]))
        };
        assert_eq!(pinned.address("https://indexer.example/").unwrap(), expected);
    }

    #[test]
    fn an_unknown_server_is_not_asked() {
        let folder = tempfile::tempdir().unwrap();
        let book = written(&folder.path().join("addresses.json"), folder.path());
        for url in [
            "https://other.example",
            "http://indexer.example",
            "https://indexer.example:1",
        ] {
            for error in [book.indexer(url).err(), book.token_service(url).err()] {
                assert!(
                    matches!(error, Some(AddressBookError::UnknownServer { .. })),
                    "{error:?}"
                );
            }
        }
    }

    #[test]
    fn a_file_without_addresses_is_no_book() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("addresses.json");
        let missing = AddressBook::read(&path);
        assert!(
            matches!(missing, Err(AddressBookError::Unreadable { .. })),
            "{missing:?}"
        );
        for text in ["", "{}", "[]", r#"{"genesis": "0x01"}"#] {
            fs::write(&path, text).unwrap();
            let read = AddressBook::read(&path);
            assert!(
                matches!(read, Err(AddressBookError::Malformed { .. })),
                "{text}: {read:?}"
            );
        }
    }
}
