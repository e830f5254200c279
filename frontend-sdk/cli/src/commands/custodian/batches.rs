//! `aegle custodian batches` and `status`: what is on chain of a search domain, and what this machine knows of it.

use super::records::Domain;
use crate::{context::Context, output::count};
use aegle_client::{
    chain::Chain,
    custodian,
    native::journal::{Journal, JournalError, Stage},
    rules::BatchNumber,
};
use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::{Value, json};

/// The number of the latest erasures that are looked at for some that are not final.
const LAST_ERASURES: u32 = 100;

/// Arguments of `aegle custodian batches`.
#[derive(Args)]
pub(crate) struct Batches {
    #[command(flatten)]
    domain: Domain,
    /// How many batches to show, the last ones
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    last: u32,
}

/// Arguments of `aegle custodian status`.
#[derive(Args)]
pub(crate) struct Status {
    #[command(flatten)]
    domain: Domain,
}

/// The journal, if there is one that can be opened; else why not.
fn journal(domain: &Domain, context: &Context) -> Result<Result<Journal, String>> {
    let folder = domain.folder(context)?;
    if !folder.is_dir() {
        return Ok(Err(format!(
            "there is none in {}: nothing was ingested from here",
            folder.display()
        )));
    }
    match Journal::open(&folder, &context.contracts()?, domain.number()) {
        Ok(journal) => Ok(Ok(journal)),
        Err(
            error @ (JournalError::InUse(_)
            | JournalError::Other(_)
            | JournalError::Format { .. }
            | JournalError::Lost(_)),
        ) => Ok(Err(error.to_string())),
        Err(error) => Err(error.into()),
    }
}

impl Batches {
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        let connected = context.connect_to_chain().await?;
        let (aegle, domain) = (connected.aegle(), self.domain.number());
        let head = aegle.chain.finalized().await?;
        let state = aegle.domain(&head, domain).await?;
        let state = state.with_context(|| format!("there is no search domain {domain}"))?;
        let journal = journal(&self.domain, context)?;
        for number in (state.next_batch.saturating_sub(self.last)..state.next_batch).map(BatchNumber) {
            let batch = aegle.batch(&head, domain, number).await?;
            let batch = batch.with_context(|| format!("batch {number} of domain {domain} is not on chain"))?;
            let known = match &journal {
                Ok(journal) => Some(journal.batch(number)?),
                Err(_) => None,
            };
            let done = known.as_ref().and_then(Option::as_ref);
            let value = json!({
                "domain": domain,
                "batch": number,
                "records": batch.records,
                "anchored_at": batch.anchored_at,
                "version": batch.version,
                "manifest": batch.manifest,
                "uploaded_from_here": known.as_ref().map(Option::is_some),
                "block": done.map(|done| done.block),
                "transaction": done.and_then(|done| done.transaction),
                "salt": done.map(|done| done.salt()),
            });
            context.output.result(&value, || {
                let records = count(batch.records as usize, "record");
                let here = match (&known, done) {
                    (_, Some(_)) => "uploaded from here",
                    (Some(None), _) => "not in this journal",
                    _ => "no journal",
                };
                format!("batch {number}: {records}, labels of version {}, {here}", batch.version)
            })?;
        }
        Ok(())
    }
}

impl Status {
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        let connected = context.connect().await?;
        let (aegle, domain) = (connected.aegle(), self.domain.number());
        let head = aegle.chain.finalized().await?;
        let state = aegle.domain(&head, domain).await?;
        let state = state.with_context(|| format!("there is no search domain {domain}"))?;
        let mut lines = vec![format!(
            "search domain {domain} of organisation {}: {}, key epoch {}",
            state.custodian,
            count_batches(u64::from(state.next_batch)),
            state.epoch
        )];
        let erasures = custodian::erasures(&aegle, &head, domain, LAST_ERASURES).await?;
        let pending = erasures.iter().filter(|(_, erasure)| !erasure.is_final(head.timestamp));
        let pending: Vec<u32> = pending.map(|(id, _)| id.0).collect();
        if !pending.is_empty() {
            lines.push(format!(
                "{} asked for and not final: `aegle custodian erasures --domain {domain}` lists them",
                count(pending.len(), "erasure")
            ));
        }
        let indexer = match aegle.indexer.status(aegle.contracts).await {
            Ok(status) => {
                lines.push(format!(
                    "the indexer has indexed block {} of {}",
                    status.indexed, head.number
                ));
                json!({ "indexed": status.indexed, "finalized": status.finalized.number })
            }
            Err(error) => {
                lines.push(format!("the indexer does not answer: {error}"));
                json!({ "error": error.to_string() })
            }
        };
        let journal = match journal(&self.domain, context)? {
            Ok(journal) => of_journal(&journal, &mut lines)?,
            Err(reason) => {
                lines.push(format!("journal: {reason}"));
                json!({ "error": reason })
            }
        };
        let value = json!({
            "domain": domain,
            "custodian": state.custodian,
            "epoch": state.epoch,
            "batches": state.next_batch,
            "block": head.number,
            "erasures_pending": pending,
            "indexer": indexer,
            "journal": journal,
        });
        context.output.result(&value, || lines.join("\n"))?;
        Ok(())
    }
}

fn of_journal(journal: &Journal, lines: &mut Vec<String>) -> Result<Value> {
    let counts = journal.counts()?;
    lines.push(format!(
        "journal: {} known, {} done from here",
        count(usize::try_from(counts.resources)?, "resource"),
        count_batches(counts.batches)
    ));
    let pending = journal.pending()?;
    let unfinished = pending.as_ref().map(|pending| {
        let (stage, batch, what) = match pending.stage {
            Stage::Sealed => ("sealed", None, "is sealed, and not anchored".to_owned()),
            Stage::Labelled(batch) => (
                "labelled",
                Some(batch),
                format!("is labelled as batch {batch}, and perhaps anchored"),
            ),
            Stage::Anchored { batch, .. } => (
                "anchored",
                Some(batch),
                format!("is anchored as batch {batch}, and perhaps not uploaded"),
            ),
        };
        let records = count(pending.records as usize, "record");
        lines.push(format!(
            "a batch of {records} {what}: run `aegle custodian ingest` again to finish it"
        ));
        json!({ "records": pending.records, "stage": stage, "batch": batch })
    });
    if counts.actions > 0 {
        let actions = counts.actions;
        lines.push(format!(
            "{actions} records are still to be superseded or erased on chain: run `aegle custodian ingest` again"
        ));
    }
    let to_relabel = journal.to_relabel()?;
    if !to_relabel.is_empty() {
        let batches: Vec<String> = to_relabel.iter().map(ToString::to_string).collect();
        lines.push(format!(
            "records of batches {} were erased since these were labelled: run `aegle custodian relabel` for each",
            batches.join(", ")
        ));
    }
    lines.push(format!("receipts: {}", journal.receipts().display()));
    Ok(json!({
        "to_relabel": to_relabel,
        "folder": journal.folder(),
        "receipts": journal.receipts(),
        "resources": counts.resources,
        "batches": counts.batches,
        "to_do": counts.actions,
        "unfinished": unfinished,
    }))
}

fn count_batches(number: u64) -> String {
    match number {
        1 => "1 batch".into(),
        _ => format!("{number} batches"),
    }
}
