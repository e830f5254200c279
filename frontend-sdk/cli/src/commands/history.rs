//! `aegle history`.

use super::{account, lists::Source, shown};
use crate::context::Context;
use aegle_client::{
    day::minute,
    history::{consents, prove_complete},
    rules::AccountId,
    words,
};
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

/// Arguments of `aegle history`. The chain lists nothing, so that this is collected from the contracts' events; the contract
/// keeps a running hash of them, by which the list is proved to be whole.
#[derive(Args)]
#[command(after_help = "Examples:
  aegle --as ana history --verify
  aegle history --patient 5Grwva... --verify --json")]
pub(crate) struct Consents {
    /// The patient, in hexadecimal or SS58; you without it
    #[arg(long, value_parser = account)]
    patient: Option<AccountId>,
    /// Prove that the list is complete and unchanged
    #[arg(long)]
    verify: bool,
}

impl Consents {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        let patient = match self.patient {
            Some(patient) => patient,
            None => context.patient()?.account(),
        };
        let connected = context.connect_to_chain().await?;
        let (history, head) = context.history(&connected, None).await?;
        let proved = match self.verify {
            true => Some(prove_complete(&connected.aegle(), &head, &history, patient).await?),
            false => None,
        };
        let told: Vec<_> = consents(&history, patient)
            .map(|(dated, event)| (dated, words::consent_event(event)))
            .collect();
        let entries: Vec<Value> = told
            .iter()
            .map(|(dated, text)| json!({ "block": dated.block, "at": dated.at, "what": text }))
            .collect();
        let value = json!({
            "patient": shown(&patient), "events": entries, "complete": proved.is_some(), "hash": proved.map(|proved| proved.hash),
            "source": Source::events(&history),
        });
        context.output.result(&value, || {
            let mut lines: Vec<String> = told
                .iter()
                .map(|(dated, text)| format!("{}  block {}  {text}", minute(dated.at), dated.block))
                .collect();
            lines.extend(proved.map(|proved| {
                format!(
                    "(complete: the chain has counted {} events, and hashed just these, to {})",
                    proved.events, proved.hash
                )
            }));
            Source::events(&history).after(lines, "no consent was ever given")
        })?;
        Ok(())
    }
}
