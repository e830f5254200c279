//! `aegle servers`.

use crate::{
    bundles::{NamedServer, write_book},
    context::Context,
};
use aegle_client::native::PinnedServer;
use anyhow::{Context as _, Result, bail};
use clap::Subcommand;
use std::fs;

/// `aegle servers`. The account of an indexer is what `aegle-indexer account` prints for its operator; that of a token
/// service is its custodian's. Take it from them by a way that you trust, never from the server.
#[derive(Subcommand)]
pub(crate) enum Servers {
    /// Write into the address book which account the server at an address has; with --ca, also who vouches for it
    Add {
        /// The account, `=`, and the address
        #[arg(value_name = "ACCOUNT=URL")]
        server: NamedServer,
        /// Replace what the address book says of this address
        #[arg(long)]
        replace: bool,
    },
    /// Take a server out of the address book
    Remove {
        /// Its address
        url: String,
    },
    /// Show the servers of the address book
    List,
}

impl Servers {
    pub(crate) fn run(self, context: &Context) -> Result<()> {
        let (path, mut book) = (context.addresses()?, context.address_book()?);
        match self {
            Self::Add { server, replace } => {
                let authorities = context.authorities().map(|file| {
                    // The book is read from any folder.
                    fs::canonicalize(file).with_context(|| format!("cannot read {}", file.display()))
                });
                let pinned = PinnedServer {
                    account: server.account,
                    authorities: authorities.transpose()?,
                };
                if let Some(there) = book.servers.get(&server.url)
                    && *there != pinned
                    && !replace
                {
                    bail!(
                        "the address book says that {} has the account {}: --replace it, if its operator says so",
                        server.url,
                        there.account
                    );
                }
                book.servers.insert(server.url, pinned);
                write_book(&book, &path)?;
            }
            Self::Remove { url } => {
                let removed = book.servers.remove(url.trim_end_matches('/'));
                removed.with_context(|| format!("{url} is not in the address book"))?;
                write_book(&book, &path)?;
            }
            Self::List => {}
        }
        context.output.result(&book.servers, || {
            let lines = book.servers.iter().map(|(url, server)| {
                let authorities = server.authorities.as_ref();
                let authorities = authorities.map_or_else(String::new, |file| format!("  {}", file.display()));
                format!("{}  {url}{authorities}", server.account)
            });
            lines.collect::<Vec<_>>().join("\n")
        })?;
        Ok(())
    }
}
