//! `aegle addresses`.

use super::shown;
use crate::{bundles::write_book, context::Context};
use aegle_client::{
    address::ss58,
    chain::Chain,
    native::AddressBook,
    rules::consortium::{Contracts as Connected, messages::Contracts},
};
use anyhow::{Result, ensure};
use clap::Subcommand;
use serde_json::json;
use std::path::PathBuf;

/// `aegle addresses`. The address book says where the contracts are and which servers are known; without it nothing is
/// found.
#[derive(Subcommand)]
#[command(after_help = "Examples:
  aegle addresses import addresses.json
  aegle addresses show
  aegle addresses check")]
pub(crate) enum Addresses {
    /// Show the address book
    Show,
    /// Take over an address book that somebody else gave you, after a check of it against the chain
    Import {
        /// The file
        file: PathBuf,
        /// Replace the address book of another deployment
        #[arg(long)]
        replace: bool,
    },
    /// Check the address book against the chain: the contracts are there and know each other
    Check,
}

impl Addresses {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        match self {
            Self::Show => show(context, &context.address_book()?),
            Self::Check => {
                let book = context.address_book()?;
                check(context, &book).await?;
                context
                    .output
                    .result(&json!({ "contracts": book.contracts, "checked": true }), || {
                        "the contracts are there and know each other".into()
                    })?;
                Ok(())
            }
            Self::Import { file, replace } => {
                let book = AddressBook::read(&file)?;
                let path = context.addresses()?;
                if path.exists() {
                    let there = context.address_book()?;
                    ensure!(
                        replace || there.contracts == book.contracts,
                        "{} is the address book of another deployment, `{}`: give --replace to forget it, or --addresses for \
                         another file",
                        path.display(),
                        there.name
                    );
                }
                check(context, &book).await?;
                write_book(&book, &path)?;
                show(context, &book)
            }
        }
    }
}

fn show(context: &Context, book: &AddressBook) -> Result<()> {
    let contracts = book.contracts;
    let [consortium, consent, ledger] = contracts.accounts();
    let value = json!({
        "name": book.name, "genesis": contracts.genesis, "first_block": book.first_block,
        "consortium": shown(&consortium), "consent": shown(&consent), "ledger": shown(&ledger),
        "organisations": book.organisations, "servers": book.servers,
    });
    context.output.result(&value, || {
        let mut lines = vec![format!(
            "consortium `{}` on the chain that began with {}",
            book.name, contracts.genesis
        )];
        for (name, contract) in [("consortium", consortium), ("consent", consent), ("ledger", ledger)] {
            lines.push(format!("{name:<11} {contract}  {}", ss58(&contract)));
        }
        lines.push(format!("first block {}", book.first_block + 1));
        let organisations = book.organisations.iter();
        lines.extend(organisations.map(|(name, number)| format!("organisation {number} is {name}")));
        let servers = book.servers.iter();
        lines.extend(servers.map(|(url, server)| format!("{url} has the account {}", server.account)));
        lines.join("\n")
    })?;
    Ok(())
}

/// Whether the contracts of a book are on the chain, and the consortium knows the two others.
async fn check(context: &Context, book: &AddressBook) -> Result<()> {
    let chain = book.chain(context.chain_url()).await?;
    let head = chain.finalized().await?;
    for contract in book.contracts.accounts() {
        ensure!(
            chain.code_hash(&head, contract).await?.is_some(),
            "there is no contract at {contract} on this chain: the address book is of another one, or out of date"
        );
    }
    let connected = chain.read(head.hash, book.contracts.consortium, &Contracts {}).await?;
    let expected = Connected {
        consent: book.contracts.consent,
        ledger: book.contracts.ledger,
    };
    ensure!(
        connected == Some(expected),
        "{}",
        match connected {
            None =>
                "the consortium does not know the other contracts yet: its committee runs `aegle deploy` to its end",
            Some(_) => "the consortium knows other contracts than the address book: ask for a newer one",
        }
    );
    Ok(())
}
