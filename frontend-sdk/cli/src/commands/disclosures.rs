//! `aegle disclosures`.

use crate::context::Context;
use aegle_client::{
    address::ss58,
    patient::{ServerLog, acts},
    protocol::wire::DisclosureEntry,
    rules::AccountId,
};
use anyhow::Result;
use serde_json::{Value, json};

/// Runs `aegle disclosures`: one line for what somebody did in one go, the last one last; with `--json` every entry of every
/// server's log.
pub(crate) async fn disclosures(context: &Context) -> Result<()> {
    let connected = context.connect().await?;
    let patient = context.patient()?;
    let logs = patient.disclosures_by_server(&connected.aegle()).await?;
    // The indexer's is the first, and what would be shown without any other.
    let (mut entries, mut silent) = (Vec::new(), Vec::new());
    for ServerLog { server, entries: log } in logs {
        match log {
            Ok(log) => entries.extend(log.into_iter().map(|entry| (server, entry))),
            Err(error) if server == connected.aegle().indexer.account() => return Err(error.into()),
            Err(error) => silent.push((server, error)),
        }
    }
    for (server, error) in &silent {
        let server = ss58(server);
        let note = format!("what proxy {server} has written down is not shown: {error}");
        context.output.note(&note);
    }
    let value = |(server, entry): &(AccountId, DisclosureEntry)| {
        let mut value = serde_json::to_value(entry)?;
        value["server"] = json!(server);
        Ok(value)
    };
    let values: Vec<Value> = entries.iter().map(value).collect::<Result<_>>()?;
    context.output.result(&values, || {
        let acts = acts(&entries);
        let lines: Vec<_> = acts.iter().map(|act| act.sentence(patient.account())).collect();
        match lines.is_empty() {
            true => "nobody has seen anything".into(),
            false => lines.join("\n"),
        }
    })?;
    Ok(())
}
