//! `aegle servers`.

use super::{Paid, account};
use crate::{
    bundles::{NamedServer, write_book},
    context::Context,
};
use aegle_client::{
    chain::Chain,
    custodian,
    native::{AddressBook, PinnedServer},
    rules::{AccountId, DomainId, ledger},
    words,
};
use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use serde_json::json;
use std::fs;

/// `aegle servers`. The account of an indexer is what `aegle-indexer account` prints for its operator; that of a token
/// service is its custodian's. Take it from the chain, where the custodian of a search domain names them, or from their
/// operators by a way that you trust, never from the server.
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
    /// Write the servers of a search domain into the address book: their accounts as the ledger has them, and where you say
    /// that they are. Without an address, show what the ledger has
    Take(Take),
    /// Name the servers of a search domain on chain, instead of those that were (as an admin of its custodian)
    Set(Set),
    /// Take a server out of the address book
    Remove {
        /// Its address
        url: String,
    },
    /// Show the servers of the address book
    List,
}

/// Arguments of `aegle servers take`.
#[derive(Args)]
pub(crate) struct Take {
    /// The search domain's number
    #[arg(long)]
    domain: u32,
    /// Where its indexer is
    #[arg(long, value_name = "URL")]
    indexer: Option<String>,
    /// Where its token service is
    #[arg(long, value_name = "URL")]
    token_service: Option<String>,
    /// Replace what the address book says of these addresses
    #[arg(long)]
    replace: bool,
}

/// Arguments of `aegle servers set`.
#[derive(Args)]
pub(crate) struct Set {
    /// The search domain's number
    #[arg(long)]
    domain: u32,
    /// The account of its indexer
    #[arg(long, value_parser = account)]
    indexer: Option<AccountId>,
    /// The account of its token service
    #[arg(long, value_parser = account)]
    token_service: Option<AccountId>,
    /// The account of a proxy; may be given more than once
    #[arg(long = "proxy", value_parser = account)]
    proxies: Vec<AccountId>,
}

impl Set {
    async fn run(self, context: &Context) -> Result<()> {
        let connected = context.connect_to_chain().await?;
        let domain = DomainId(self.domain);
        let servers = ledger::Servers {
            indexer: self.indexer,
            token_service: self.token_service,
            proxies: self.proxies,
        };
        let key = context.account()?;
        let receipt = custodian::set_servers(&connected.aegle(), &key, domain, servers.clone()).await?;
        let value = json!({ "domain": domain, "servers": servers, "transaction": Paid::from(&receipt) });
        context.output.result(&value, || {
            format!("the servers of search domain {domain} are named on chain")
        })?;
        Ok(())
    }
}

/// The servers of a search domain as the ledger has them.
async fn on_chain(context: &Context, domain: DomainId) -> Result<ledger::Servers> {
    let connected = context.connect_to_chain().await?;
    let aegle = connected.aegle();
    let head = aegle.chain.finalized().await?;
    let servers = aegle.servers(&head, domain).await?;
    servers.with_context(|| {
        format!("the custodian of search domain {domain} has named no servers: ask its operator for their accounts")
    })
}

/// Writes into a book which account the server at an address has.
fn pin(book: &mut AddressBook, url: &str, pinned: PinnedServer, replace: bool) -> Result<()> {
    let url = url.trim_end_matches('/');
    if let Some(there) = book.servers.get(url)
        && *there != pinned
        && !replace
    {
        bail!(
            "the address book says that {url} has the account {}: --replace it, if its operator says so",
            there.account
        );
    }
    book.servers.insert(url.to_owned(), pinned);
    Ok(())
}

impl Servers {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        let (path, mut book) = (context.addresses()?, context.address_book()?);
        let pinned = |account| {
            let authorities = context.authorities().map(|file| {
                // The book is read from any folder.
                fs::canonicalize(file).with_context(|| format!("cannot read {}", file.display()))
            });
            anyhow::Ok(PinnedServer {
                account,
                authorities: authorities.transpose()?,
            })
        };
        match self {
            Self::Set(set) => return set.run(context).await,
            Self::Take(take) => {
                let servers = on_chain(context, DomainId(take.domain)).await?;
                if take.indexer.is_none() && take.token_service.is_none() {
                    context.output.result(&servers, || shown(&servers))?;
                    return Ok(());
                }
                for (what, url, account) in [
                    ("indexer", take.indexer, servers.indexer),
                    ("token service", take.token_service, servers.token_service),
                ] {
                    let Some(url) = url else { continue };
                    let account = account.with_context(|| format!("the ledger names no {what} of that domain"))?;
                    pin(&mut book, &url, pinned(account)?, take.replace)?;
                }
                write_book(&book, &path)?;
            }
            Self::Add { server, replace } => {
                pin(&mut book, &server.url, pinned(server.account)?, replace)?;
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

/// The servers of a domain, a line each.
fn shown(servers: &ledger::Servers) -> String {
    let line = |what: &str, account: &AccountId| format!("{what} {}", words::account(account));
    let indexer = servers.indexer.iter().map(|account| line("indexer", account));
    let token_service = servers
        .token_service
        .iter()
        .map(|account| line("token service", account));
    let proxies = servers.proxies.iter().map(|account| line("proxy", account));
    indexer
        .chain(token_service)
        .chain(proxies)
        .collect::<Vec<_>>()
        .join("\n")
}
