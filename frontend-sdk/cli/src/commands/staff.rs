//! `aegle staff`.

use super::{DAY_MS, Paid, account, consortium::role, days, in_days};
use crate::context::Context;
use aegle_client::{
    chain::Chain,
    deployment::OnChain,
    organisation::Staff as People,
    protocol::wire::MAX_INVITATION_MS,
    rules::{AccountId, OrganisationId, Roles},
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
    /// Vouch for a patient who named your organisation; they are of its jurisdiction from then on
    Vouch {
        /// The patient's account, in hexadecimal or SS58
        #[arg(value_parser = account)]
        patient: AccountId,
    },
    /// Write an invitation for a patient who has no tokens: the indexer pays for registering with your organisation, and for naming
    /// it, before you vouch
    #[command(after_help = "Examples:
  aegle staff invite 5FHneW... > ana.invitation
  aegle --as ana --relayed keys register --organisation 1 --invitation ana.invitation")]
    Invite {
        /// The patient's account, in hexadecimal or SS58
        #[arg(value_parser = account)]
        patient: AccountId,
        /// The number of days for which it counts, 30 at most
        #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u64).range(1..=MAX_INVITATION_MS / DAY_MS))]
        days: u64,
    },
    /// Accept the role that an organisation offers you, because you work for another one
    Accept {
        /// The organisation's number
        #[arg(long)]
        organisation: u32,
    },
    /// Give your own role back, and decline what is offered
    Renounce {
        /// The organisation's number; every one without it
        #[arg(long)]
        organisation: Option<u32>,
    },
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
        let people = People::new(&aegle, &key);
        let mut receipts = Vec::new();
        let done = match self {
            Self::Appoint(Appoint { accounts, roles, days }) => {
                let accounts = accounts.all()?;
                let roles = roles.into_iter().fold(Roles::NONE, Roles::union);
                people.appoint(&accounts, roles, in_days(days), &mut receipts).await?;
                appointed(&aegle, &accounts, roles).await?
            }
            Self::Dismiss(accounts) => {
                let accounts = accounts.all()?;
                people.dismiss(&accounts, &mut receipts).await?;
                format!("{} accounts have no role in your organisation any more", accounts.len())
            }
            Self::Vouch { patient } => {
                receipts.push(people.vouch(patient).await?);
                format!("your organisation vouches for {}", words::account(&patient))
            }
            Self::Invite { patient, days } => return invite(context, &people, patient, days).await,
            Self::Accept { organisation } => {
                receipts.push(people.accept(OrganisationId(organisation)).await?);
                format!("you have the role in organisation {organisation} now")
            }
            Self::Renounce { organisation } => {
                receipts.push(people.renounce(organisation.map(OrganisationId)).await?);
                match organisation {
                    Some(organisation) => format!("you have no role in organisation {organisation} any more"),
                    None => "you have no role any more".into(),
                }
            }
        };
        let paid: Vec<Paid> = receipts.iter().map(Paid::from).collect();
        context.output.result(&json!({ "transactions": paid }), || done)?;
        Ok(())
    }
}

/// Writes an invitation to the indexer, of which the address book has the account.
async fn invite<C: Chain>(context: &Context, people: &People<'_, C>, patient: AccountId, days: u64) -> Result<()> {
    let server = context.server(context.indexer_url())?.account;
    let signed = people.invite(server, patient, days * DAY_MS).await?;
    let line = signed.to_string();
    let value = json!({
        "invitation": line,
        "patient": patient,
        "organisation": signed.invitation.organisation,
        "server": server,
        "expires": signed.invitation.expires,
    });
    context.output.result(&value, || line)?;
    Ok(())
}

/// Says what became of an appointment: who works for another organisation has to accept it.
async fn appointed<C: Chain>(aegle: &OnChain<'_, C>, accounts: &[AccountId], roles: Roles) -> Result<String> {
    let head = aegle.chain.finalized().await?;
    let mut asked = 0;
    for account in accounts {
        let kept = aegle.roles(&head, *account).await?;
        let has_it = kept
            .held
            .iter()
            .any(|role| role.roles == roles && head.timestamp < role.until);
        asked += usize::from(!has_it);
    }
    let named = words::roles(roles);
    let done = accounts.len() - asked;
    Ok(match asked {
        0 => format!("{done} accounts are {named} now"),
        _ => format!(
            "{done} accounts are {named} now; {asked} work for another organisation, and are once they accept (`aegle staff accept`)"
        ),
    })
}
