//! What is done and said after slots have moved on: for the grants that stand.

use super::Paid;
use crate::context::Context;
use aegle_client::{chain::Receipt, patient::Settled};
use anyhow::Result;
use serde_json::{Value, json};
use std::fmt::Display;

/// Runs `aegle grant renew`.
pub(super) async fn renew(context: &Context) -> Result<()> {
    let connected = context.connect().await?;
    let settled = context.patient()?.settle(&connected.aegle()).await?;
    context.output.result(&value(&settled), || {
        let said = said(&settled);
        match said.is_empty() {
            true => "nothing is to be done: your grants have every key, and your keys last".into(),
            false => said.join("\n"),
        }
    })?;
    Ok(())
}

/// Tells of a revocation, and what came of the other grants. The revocation stands whether or not an indexer answers.
pub(super) async fn tell_ended(context: &Context, receipt: &Receipt, told: String) -> Result<()> {
    let settled = settle(context).await;
    let paid = serde_json::to_value(Paid::from(receipt))?;
    let mut value = settled.as_ref().map_or_else(|_| json!({}), value);
    if let (Value::Object(value), Value::Object(paid)) = (&mut value, paid) {
        value.extend(paid);
        value.insert("note".into(), json!(notes(&settled)));
    }
    context.output.result(&value, || {
        notes(&settled)
            .into_iter()
            .fold(told, |text, line| format!("{text}\n{line}"))
    })?;
    Ok(())
}

async fn settle(context: &Context) -> Result<Settled> {
    let connected = context.connect().await?;
    Ok(context.patient()?.settle(&connected.aegle()).await?)
}

/// What is to be said of what was brought up to date.
pub(super) fn notes<E: Display>(settled: &Result<Settled, E>) -> Vec<String> {
    match settled {
        Ok(settled) => said(settled),
        Err(why) => vec![format!(
            "your other grants were not looked at ({why:#}): where slots have moved on, they open nothing that is filed from now \
             on until `aegle grant renew`"
        )],
    }
}

fn said(settled: &Settled) -> Vec<String> {
    let mut lines = Vec::new();
    if !settled.moved.is_empty() {
        lines.push("slots of grants that had ended by themselves have moved on".to_owned());
    }
    if settled.published {
        lines.push("new public keys are published".to_owned());
    }
    lines.extend(
        settled
            .split_again
            .iter()
            .map(|grant| format!("grant {grant} has the keys of what is filed from now on")),
    );
    lines.extend(settled.undelivered.iter().map(|own| {
        format!(
            "a proxy of grant {} has not its share yet, and `aegle grant renew` brings it: {}",
            own.grant, own.fault
        )
    }));
    lines.extend(settled.waiting.iter().map(|own| {
        format!(
            "grant {} opens nothing that is filed from now on until `aegle grant renew`: {}",
            own.grant, own.reason
        )
    }));
    lines
}

fn value(settled: &Settled) -> Value {
    let waiting = settled
        .waiting
        .iter()
        .map(|own| json!({ "grant": own.grant, "reason": own.reason.to_string() }));
    let undelivered = settled
        .undelivered
        .iter()
        .map(|own| json!({ "grant": own.grant, "proxy": own.fault.proxy, "reason": own.fault.failure.to_string() }));
    json!({
        "moved_slots": settled.moved.0, "keys_published": settled.published, "split_again": settled.split_again,
        "waiting": waiting.collect::<Vec<_>>(),
        "undelivered": undelivered.collect::<Vec<_>>(),
    })
}
