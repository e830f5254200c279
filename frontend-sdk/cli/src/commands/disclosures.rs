//! `aegle disclosures`.

use crate::context::Context;
use aegle_client::{
    address::ss58,
    patient::{ServerLog, acts},
    protocol::{fhir::disclosure_bundle, wire::DisclosureEntry},
    rules::AccountId,
};
use anyhow::{Result, ensure};
use clap::Args;
use serde_json::{Value, json};

/// Arguments of `aegle disclosures`.
#[derive(Args)]
pub(crate) struct Disclosures {
    /// Write the entries as a FHIR R4 Bundle of AuditEvents, once each log is verified to be one chain of hashes
    #[arg(long)]
    fhir: bool,
}

impl Disclosures {
    /// Runs `aegle disclosures`: one line for what somebody did in one go, the last one last; with `--json` every entry of every
    /// server's log, and with `--fhir` the same as AuditEvents.
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
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
        if self.fhir {
            let deployment = connected.aegle().bound_to();
            let verified = entries.iter().map(|(server, entry)| (server, entry));
            let bundle = disclosure_bundle(&deployment, verified);
            context.output.result(&bundle, || format!("{bundle:#}"))?;
            // Nobody takes a part for the whole.
            ensure!(
                silent.is_empty(),
                "the Bundle lacks what {} of your proxies have written down: ask again when they answer",
                silent.len()
            );
            return Ok(());
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
}
