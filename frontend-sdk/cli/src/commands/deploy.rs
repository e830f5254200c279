//! `aegle deploy`.

use super::{Paid, now};
use crate::{bundles, context::Context};
use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde_json::json;
use std::fs;

/// Arguments of `aegle deploy`. The account that signs becomes the committee.
#[derive(Args)]
pub(crate) struct Deploy {
    /// Replace an address book that is there
    #[arg(long)]
    replace: bool,
}

impl Deploy {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        let path = context.addresses()?;
        if path.exists() && !self.replace {
            bail!(
                "{} is there already; --replace makes a new deployment and forgets that one",
                path.display()
            );
        }
        let account = context.account()?;
        let chain = context.chain().await?;
        let progress = context.output.progress("deploying three contracts", 0);
        let (book, receipts) = bundles::deploy(&chain, &account, &now().to_le_bytes()).await?;
        drop(progress);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let contracts = book.contracts;
        fs::write(&path, serde_json::to_vec_pretty(&book)?)
            .with_context(|| format!("cannot write {}; the contracts are {contracts:?}", path.display()))?;
        let paid: Vec<Paid> = receipts.iter().map(Paid::from).collect();
        let value = json!({ "addresses": path, "contracts": contracts, "transactions": paid });
        context.output.result(&value, || {
            format!(
                "consortium {}\nconsent    {}\nledger     {}\nwritten to {}",
                contracts.consortium,
                contracts.consent,
                contracts.ledger,
                path.display()
            )
        })?;
        Ok(())
    }
}
