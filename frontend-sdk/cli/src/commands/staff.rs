//! `aegle staff`.

use super::{Paid, account, consortium::role, days, in_days};
use crate::context::Context;
use aegle_client::{
    organisation::Staff as People,
    rules::{AccountId, Roles},
    words,
};
use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use serde_json::json;
use std::path::PathBuf;

/// Largest file of accounts, in bytes.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// `aegle staff`: what an organisation's admin does for its people, without the committee.
#[derive(Subcommand)]
pub(crate) enum Staff {
    /// Give accounts roles in your organisation: clinician, researcher, device, custodian
    #[command(after_help = "Examples:
  aegle staff appoint --role clinician --days 365 5FHneW...
  aegle staff appoint --role clinician --accounts clinicians.txt")]
    Appoint(Appoint),
    /// Take the roles of accounts of your organisation
    #[command(after_help = "Example:
  aegle staff dismiss 5FHneW...")]
    Dismiss(Accounts),
    /// Give your own role back
    Renounce,
}

/// Arguments of `aegle staff appoint`.
#[derive(Args)]
pub(crate) struct Appoint {
    #[command(flatten)]
    accounts: Accounts,
    /// The role; may be given more than once
    #[arg(long = "role", value_parser = role(), required = true)]
    roles: Vec<Roles>,
    /// The number of days that it lasts
    #[arg(long, value_parser = days, default_value_t = 365)]
    days: u64,
}

/// The accounts that are meant.
#[derive(Args)]
pub(crate) struct Accounts {
    /// The accounts, in hexadecimal or SS58
    #[arg(value_parser = account, required_unless_present = "file")]
    accounts: Vec<AccountId>,
    /// A file of more accounts, one a line
    #[arg(long = "accounts", value_name = "FILE")]
    file: Option<PathBuf>,
}

impl Accounts {
    fn all(self) -> Result<Vec<AccountId>> {
        let mut accounts = self.accounts;
        let Some(file) = self.file else { return Ok(accounts) };
        let size = std::fs::metadata(&file)
            .with_context(|| format!("{} cannot be read", file.display()))?
            .len();
        anyhow::ensure!(
            size <= MAX_FILE_BYTES,
            "{} is larger than {MAX_FILE_BYTES} bytes",
            file.display()
        );
        let text = std::fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() {
                continue;
            }
            let read = account(line).map_err(|error| anyhow::anyhow!("{}, line {number}: {error}", file.display()))?;
            accounts.push(read);
        }
        Ok(accounts)
    }
}

impl Staff {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        let connected = context.connect_to_chain().await?;
        let aegle = connected.aegle();
        let key = context.account()?;
        let people = People {
            chain: aegle.chain,
            consortium: aegle.contracts.consortium,
            key: &key,
        };
        let mut receipts = Vec::new();
        let done = match self {
            Self::Appoint(Appoint { accounts, roles, days }) => {
                let accounts = accounts.all()?;
                let roles = roles.into_iter().fold(Roles::NONE, Roles::union);
                people.appoint(&accounts, roles, in_days(days), &mut receipts).await?;
                format!("{} accounts are {} now", accounts.len(), words::roles(roles))
            }
            Self::Dismiss(accounts) => {
                let accounts = accounts.all()?;
                people.dismiss(&accounts, &mut receipts).await?;
                format!("{} accounts have no role any more", accounts.len())
            }
            Self::Renounce => {
                receipts.push(people.renounce().await?);
                "you have no role any more".into()
            }
        };
        let paid: Vec<Paid> = receipts.iter().map(Paid::from).collect();
        context.output.result(&json!({ "transactions": paid }), || done)?;
        Ok(())
    }
}
