//! `aegle deploy`.

use super::{Paid, now};
use crate::{
    bundles::{bundles, founded_book, write_book},
    context::Context,
};
use aegle_client::{
    chain::Chain,
    native::{
        AddressBook,
        founding::{Founded, Founding, Plan, Step, Waiting},
    },
};
use anyhow::{Context as _, Result, ensure};
use clap::Args;
use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Largest description that is read, in bytes.
const MAX_PLAN_BYTES: u64 = 1 << 20;

/// Arguments of `aegle deploy`. Run it again after a failure, when others have voted, or with newer contracts: it does
/// what is missing.
#[derive(Args)]
pub(crate) struct Deploy {
    /// The consortium's description (TOML): committee, limits, organisations, proxies. Without it, the account that
    /// signs is the committee, and nothing else is set
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// Only check by dry runs that the chain would accept the deployment
    #[arg(long)]
    check: bool,
    /// Make a new deployment and forget the one in the address book
    #[arg(long)]
    replace: bool,
}

impl Deploy {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        let path = context.addresses()?;
        let book = match path.exists() && !self.replace {
            true => Some(context.address_book()?),
            false => None,
        };
        let plan = match &self.plan {
            Some(file) => read_plan(file)?,
            // A name of its own, so that it is a new deployment; the address book keeps it for another run.
            None => Plan::alone(
                book.as_ref()
                    .map_or_else(|| format!("aegle-{}", now()), |book| book.name.clone()),
            ),
        };
        if let Some(book) = &book {
            ensure!(
                book.name == plan.name,
                "{} is the address book of `{}`, not of `{}`; --replace makes a new one",
                path.display(),
                book.name,
                plan.name
            );
        }
        let account = context.account()?;
        let chain = context.chain().await?;
        let bundles = bundles()?;
        let mut founding = Founding::new(&chain, &account, &bundles, &plan)?;
        if let Some(book) = &book {
            ensure!(
                book.contracts.genesis == chain.genesis(),
                "the node is of another chain than the address book"
            );
            founding = founding.at(book.contracts, book.first_block);
        }
        if self.check {
            founding.check().await?;
            let value = json!({ "contracts": founding.contracts() });
            context.output.result(&value, || "the chain takes it".into())?;
            return Ok(());
        }
        if book.is_none() {
            // Before anything is done, so that another run finds what this one leaves.
            let first_block = chain.finalized().await?.number;
            let planned = AddressBook {
                contracts: *founding.contracts(),
                first_block,
                name: plan.name.clone(),
                organisations: Default::default(),
                servers: Default::default(),
            };
            founding.check().await?;
            write_book(&planned, &path)?;
            founding = founding.at(planned.contracts, first_block);
        }
        let mut progress = context.output.progress("deploying", 0);
        let founded = founding.run(&mut |_: Step| progress.advance(1)).await?;
        drop(progress);
        let servers = book.map(|book| book.servers).unwrap_or_default();
        let book = AddressBook {
            servers,
            ..founded_book(&plan.name, &founded)
        };
        write_book(&book, &path)?;
        report(context, &path, &founded)
    }
}

fn read_plan(file: &Path) -> Result<Plan> {
    let length = fs::metadata(file)
        .with_context(|| format!("cannot read {}", file.display()))?
        .len();
    ensure!(
        length <= MAX_PLAN_BYTES,
        "{} is larger than {MAX_PLAN_BYTES} bytes",
        file.display()
    );
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    toml::from_str(&text).with_context(|| format!("{} describes no consortium", file.display()))
}

fn report(context: &Context, path: &Path, founded: &Founded) -> Result<()> {
    let contracts = founded.contracts;
    let paid: Vec<Paid> = founded.receipts.iter().map(Paid::from).collect();
    let waiting: Vec<String> = founded.waiting.iter().map(describe).collect();
    let value = json!({
        "addresses": path,
        "contracts": contracts,
        "organisations": founded.organisations,
        "transactions": paid,
        "waiting": waiting,
    });
    context.output.result(&value, || {
        let mut lines = vec![
            format!("consortium {}", contracts.consortium),
            format!("consent    {}", contracts.consent),
            format!("ledger     {}", contracts.ledger),
        ];
        let organisation = |(name, number)| format!("organisation {number} is {name}");
        lines.extend(founded.organisations.iter().map(organisation));
        lines.push(match founded.receipts.len() {
            0 => "nothing was missing".into(),
            count => format!("{count} transactions"),
        });
        lines.extend(waiting.iter().map(|line| format!("waiting: {line}")));
        lines.push(format!("written to {}", path.display()));
        lines.join("\n")
    })?;
    Ok(())
}

fn describe(waiting: &Waiting) -> String {
    match waiting {
        Waiting::Votes {
            action,
            proposal,
            votes,
            threshold,
        } => format!("proposal {proposal} has {votes} of {threshold} votes: {action:?}"),
        Waiting::TimeLock { contract, not_before } => {
            format!("new code of {contract:?} may be in force from {not_before} (milliseconds since 1970)")
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::io::Write;

    #[test]
    fn the_example_describes_a_consortium_that_the_contracts_take() {
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("consortium.example.toml");
        let plan = read_plan(&example).unwrap();
        assert_eq!(plan.verify(), Ok(()));
        assert_eq!(plan.committee.unwrap().threshold, 2);
        assert_eq!((plan.organisations.len(), plan.proxies.len()), (2, 1));
    }

    #[test]
    fn what_describes_no_consortium_is_refused_with_its_line() {
        for (text, expected) in [
            ("", "missing field `name`"),
            ("name = 7", "invalid type"),
            ("name = \"north\"\ncolour = \"blue\"", "unknown field `colour`"),
            (
                "name = \"north\"\n[committee]\nmembers = [\"0x12\"]\nthreshold = 1",
                "line 3",
            ),
        ] {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(text.as_bytes()).unwrap();
            let error = format!("{:#}", read_plan(file.path()).unwrap_err());
            assert!(error.contains(expected), "{text:?}: {error}");
        }
    }
}
