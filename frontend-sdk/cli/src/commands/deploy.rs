//! `aegle deploy`.

mod verify;

use super::{Paid, now, proposals::whose_turn, shown};
use crate::{
    bundles::{bundles, founded_book, write_book},
    context::Context,
};
use aegle_client::{
    account::AccountKey,
    chain::Chain,
    day::minute,
    native::{
        AddressBook, ChainClient,
        founding::{Costs, Founded, Founding, Plan, Step, Waiting},
    },
    rules::AccountId,
    words,
};
use anyhow::{Context as _, Result, ensure};
use clap::Args;
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Largest description that is read, in bytes.
const MAX_PLAN_BYTES: u64 = 1 << 20;

/// Arguments of `aegle deploy`. Run it again after a failure, when others have voted, or with newer contracts: it does
/// what is missing, and nothing twice.
#[derive(Args)]
#[command(after_help = "Examples:
  aegle --as alice deploy --plan north.toml --check      # would the chain take it, and what does it cost?
  aegle --as alice deploy --plan north.toml --found      # one member founds; without a [committee], no --found is needed
  aegle --as bob deploy --plan north.toml                # the others find it, vote, and do what is missing
  aegle --as bob proposals                               # what waits, and for whom
  aegle deploy --verify                                  # is what is on chain what this program was built with?")]
pub(crate) struct Deploy {
    /// The consortium's description (TOML): committee, limits, organisations, proxies. Without it, the account that
    /// signs is the committee, and nothing else is set
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// Only check by dry runs that the chain would accept the deployment, and tell what it costs
    #[arg(long)]
    check: bool,
    /// Found a consortium whose committee has several members: one of them does so, once
    #[arg(long)]
    found: bool,
    /// Only compare what is on chain with the contracts that this program was built with: their code, that they are
    /// connected, and what waits to be put in force. Ends with 1 where anything differs
    #[arg(long, conflicts_with_all = ["check", "found", "replace"])]
    verify: bool,
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
        // Who only compares needs no keys.
        let account = match self.verify {
            true => AccountKey::generate()?,
            false => context.account()?,
        };
        let chain = context.chain().await?;
        let bundles = bundles()?;
        let mut founding = Founding::new(&chain, &account, &bundles, &plan)?;
        let mut is_found = book.is_some();
        if let Some(book) = &book {
            ensure!(
                book.contracts.genesis == chain.genesis(),
                "the node is of another chain than the address book"
            );
            founding = founding.at(book.contracts, book.first_block);
        } else if !self.replace
            && let Some(located) = founding.locate().await?
        {
            (founding, is_found) = (founding.located(located), true);
        }
        if self.verify {
            ensure!(
                is_found,
                "no deployment of `{}` is known here: give its address book by --addresses, or import it by `aegle addresses \
                 import`",
                plan.name
            );
            return verify::verify(context, &founding).await;
        }
        if self.check {
            let costs = checked(&founding, &chain, account.account()).await?;
            return tell_costs(context, &founding, &costs, is_found);
        }
        if !is_found {
            self.may_found(&plan, account.account(), &path)?;
            let costs = checked(&founding, &chain, account.account()).await?;
            ensure!(
                costs.lacking() == 0,
                "{} has {} of the chain's smallest unit, and founding takes {} (deposits {}, fees {} at most): send it {} \
                 more with `aegle keys fund`",
                words::account(&account.account()),
                costs.balance,
                costs.needed(),
                costs.deposit,
                costs.fee,
                costs.lacking()
            );
            // Before anything is done, so that another run finds what this one leaves.
            let first_block = chain.finalized().await?.number;
            let planned = AddressBook {
                contracts: *founding.contracts(),
                first_block,
                name: plan.name.clone(),
                organisations: Default::default(),
                servers: Default::default(),
            };
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

    /// Refuses to found by mistake what another member has founded.
    fn may_found(&self, plan: &Plan, account: AccountId, path: &Path) -> Result<()> {
        let Some(committee) = &plan.committee else {
            return Ok(());
        };
        ensure!(
            committee.members.contains(&account),
            "{} is not of the committee that the description names: use the keys of a member, with --as",
            words::account(&account)
        );
        ensure!(
            committee.members.len() == 1 || self.found || self.replace,
            "no deployment of `{}` is known: there is no address book at {}, and no member of the committee has deployed this \
             release's contracts under that name. If another member has founded it, ask for their address book, and run \
             `aegle addresses import FILE` or give --addresses FILE. If nobody has, found it with --found",
            plan.name,
            path.display()
        );
        Ok(())
    }
}

/// Checks that the chain takes the deployment. An account that cannot pay is told how much is kept for the code alone.
async fn checked(founding: &Founding<'_>, chain: &ChainClient, account: AccountId) -> Result<Costs> {
    let error = match founding.check().await {
        Ok(costs) => return Ok(costs),
        Err(error) => error,
    };
    let (balance, deposit) = (chain.balance(account).await?, founding.code_deposit().await?);
    if balance > deposit {
        return Err(error.into());
    }
    Err(anyhow::Error::from(error).context(format!(
        "{} has {balance} of the chain's smallest unit, and {deposit} are kept for the contracts' code alone: send it more \
         than that with `aegle keys fund`",
        words::account(&account)
    )))
}

fn tell_costs(context: &Context, founding: &Founding<'_>, costs: &Costs, is_found: bool) -> Result<()> {
    let value = json!({
        "contracts": founding.contracts(), "deployed": is_found, "missing_contracts": costs.contracts,
        "deposit": costs.deposit.to_string(), "fee": costs.fee.to_string(), "needed": costs.needed().to_string(),
        "balance": costs.balance.to_string(), "lacking": costs.lacking().to_string(), "acts_at_most": costs.acts,
    });
    context.output.result(&value, || {
        let mut lines = vec!["the chain takes it".to_owned()];
        lines.push(match (is_found, costs.contracts) {
            (true, 0) => "the contracts are deployed: only acts of the committee may be missing".into(),
            (true, missing) => format!("{missing} of the contracts are missing"),
            (false, _) => "nobody has deployed it: one member founds it".into(),
        });
        if costs.contracts > 0 {
            lines.push(format!(
                "deploying {} contracts takes {}: deposits {}, fees {} at most",
                costs.contracts,
                costs.needed(),
                costs.deposit,
                costs.fee
            ));
        }
        lines.push(format!(
            "the account has {}{}",
            costs.balance,
            match costs.lacking() {
                0 => String::new(),
                lacking => format!(", and lacks {lacking}: send it that by `aegle keys fund`"),
            }
        ));
        lines.push(format!(
            "then the committee acts up to {} times, each a small transaction of every member who votes",
            costs.acts
        ));
        lines.push("amounts are in the chain's smallest unit".into());
        lines.join("\n")
    })?;
    Ok(())
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
    let proposals = founded.waiting.iter().filter_map(|waiting| match waiting {
        Waiting::Votes {
            action,
            proposal,
            votes,
            threshold,
            missing,
        } => {
            let missing: Vec<Value> = missing.iter().map(shown).collect();
            Some(json!({
                "proposal": proposal, "what": words::action(action), "votes": votes, "threshold": threshold,
                "next": missing.first(), "missing": missing,
            }))
        }
        Waiting::TimeLock { .. } | Waiting::Agreed { .. } => None,
    });
    let proposals: Vec<Value> = proposals.collect();
    let value = json!({
        "addresses": path,
        "contracts": contracts,
        "organisations": founded.organisations,
        "transactions": paid,
        "waiting": waiting,
        "proposals": proposals,
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
            0 if founded.waiting.is_empty() => "nothing was missing".into(),
            0 => "nothing was sent: it waits".into(),
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
            missing,
        } => format!(
            "proposal {proposal} has {votes} of {threshold} votes: {}; {}, by `aegle vote {proposal}` or the same command",
            words::action(action),
            whose_turn(missing)
        ),
        Waiting::Agreed {
            action,
            proposal,
            not_before,
            unaccepted,
        } => {
            let unaccepted: Vec<String> = unaccepted.iter().map(words::account).collect();
            let mut line = format!(
                "proposal {proposal} is agreed to, and carried out by the same command from {} on: {}",
                minute(*not_before),
                words::action(action)
            );
            if !unaccepted.is_empty() {
                line = format!(
                    "{line}; to be accepted by {}, by `aegle accept {proposal}`",
                    unaccepted.join(" and ")
                );
            }
            line
        }
        Waiting::TimeLock { contract, not_before } => format!(
            "new code of the {} contract may be in force from {} on",
            words::contract_name(*contract),
            minute(*not_before)
        ),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use aegle_client::rules::consortium::Limits;
    use std::io::Write;

    #[test]
    fn the_example_describes_a_consortium_that_the_contracts_take() {
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("consortium.example.toml");
        let plan = read_plan(&example).unwrap();
        assert_eq!(plan.verify(), Ok(()));
        assert_eq!(plan.committee.unwrap().threshold, 2);
        assert_eq!((plan.organisations.len(), plan.proxies.len()), (4, 3));
    }

    #[test]
    fn limits_that_are_not_stated_are_the_contracts_own() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let alice = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
        write!(
            file,
            "name = \"north\"\n[committee]\nmembers = [\"{alice}\"]\nthreshold = 1\n[limits]\nglasses_per_day = 3\n"
        )
        .unwrap();
        let plan = read_plan(file.path()).unwrap();
        let own = Limits::DEFAULT;
        assert_eq!(
            plan.limits,
            Some(Limits {
                glasses_per_day: 3,
                ..own
            })
        );
        let member = plan.committee.unwrap().members[0];
        assert_eq!(aegle_client::address::ss58(&member), alice);
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
