//! `aegle insurer`.

use super::account;
use crate::{context::Context, output::count};
use aegle_client::{
    insurer::{Aggregate, LeftOut, OpenedRecord, Question, aggregate_granted},
    rules::{AccountId, DomainId},
    sealed::query,
    words,
};
use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// `aegle insurer`: what an insurer does with what patients have granted for payment (HPAYMT).
#[derive(Subcommand)]
pub(crate) enum Insurer {
    /// Add up the records, and the amounts of the claims among them, that patients have granted you for payment: as they are now, so
    /// that what was revoked is not in it
    #[command(after_help = "Examples:
  aegle --as insurer insurer aggregate --domain 1 --custodian URL --patient 5Grwva... --patient 5FHneW...
  aegle --as insurer insurer aggregate --domain 1 --custodian URL --patient 5Grwva... 'type:Claim AND date:2026'")]
    Aggregate(Whose),
}

/// Arguments of `aegle insurer aggregate`.
#[derive(Args)]
pub(crate) struct Whose {
    /// The search domain's number
    #[arg(long)]
    domain: u32,
    /// The custodian's token service, asked blindly: it does not learn the query
    #[arg(long, value_name = "URL", env = "AEGLE_CUSTODIAN_URL")]
    custodian: String,
    /// A patient, in hexadecimal or SS58; may be given more than once
    #[arg(long = "patient", value_parser = account, required = true)]
    patients: Vec<AccountId>,
    /// The query that records must match, such as 'type:Claim AND date:2026'
    #[arg(default_value = "*")]
    query: String,
}

impl Insurer {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        let Self::Aggregate(whose) = self;
        let query = query::parse(&whose.query)?;
        let connected = context.connect().await?;
        let (aegle, reader) = (connected.aegle(), context.reader()?);
        let question = Question {
            domain: DomainId(whose.domain),
            patients: whose.patients.into_iter().collect(),
            query,
        };
        let service = context.token_service(&whose.custodian)?;
        let open = async |record| OpenedRecord::open(&aegle, &reader, record).await;
        let found = aggregate_granted(&aegle, &reader, &service, &question, &open).await?;
        context.output.result(&value(&found), || lines(&found).join("\n"))?;
        Ok(())
    }
}

/// It as JSON: the names of the members do not change.
fn value(found: &Aggregate) -> Value {
    let sums = found.sums.iter().map(|(category, sum)| {
        json!({
            "type": category.resource_type, "category": category.category, "currency": category.currency,
            "amount": sum.amount, "count": sum.count,
        })
    });
    let sums: Vec<Value> = sums.collect();
    json!({ "patients": found.patients, "types": found.types, "sums": sums, "left_out": found.left_out })
}

fn lines(found: &Aggregate) -> Vec<String> {
    let records = |number: u64| count(usize::try_from(number).unwrap_or(usize::MAX), "record");
    let mut lines = Vec::new();
    for (patient, number) in &found.patients {
        lines.push(match number {
            0 => format!("{}: nothing that you may open for payment", words::account(patient)),
            number => format!("{}: {}", words::account(patient), records(*number)),
        });
    }
    lines.extend(found.types.iter().map(|(kind, number)| format!("{number:6}  {kind}")));
    for (of, sum) in &found.sums {
        let (amount, currency) = (sum.amount, &of.currency);
        lines.push(format!(
            "{amount} {currency}  {} {}, of {}",
            of.resource_type, of.category, sum.count
        ));
    }
    let LeftOut {
        unasked,
        superseded,
        not_active,
        unopened,
        unread,
    } = &found.left_out;
    for reason in unasked.values().collect::<BTreeSet<_>>() {
        let of_reason = || unasked.iter().filter(|(_, given)| *given == reason);
        let number = count(of_reason().count(), "patient");
        let names: Vec<String> = of_reason().map(|(patient, _)| words::account(patient)).collect();
        lines.push(format!(
            "{number} left out, not asked about: {}: {reason}",
            names.join(", ")
        ));
    }
    if *superseded > 0 {
        lines.push(format!("{} left out: superseded", records(*superseded)));
    }
    if *not_active > 0 {
        let reason = "entered in error, drafts or cancelled";
        lines.push(format!("{} left out: {reason}", records(*not_active)));
    }
    lines.extend(
        unopened
            .iter()
            .map(|(record, reason)| format!("{record} not opened: {reason}")),
    );
    lines.extend(
        unread
            .iter()
            .map(|(record, reason)| format!("{record} is in no sum: {reason}")),
    );
    lines
}
