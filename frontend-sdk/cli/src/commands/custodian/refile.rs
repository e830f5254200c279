//! `aegle custodian refile`.

use super::{
    ingest::Shown,
    labels::{erased_until, label_anew},
    records::Records,
};
use crate::{commands::shown, context::Context, failure::LeftOut, output::count};
use aegle_client::{
    address::ss58,
    day,
    native::intake::{Event, Options, Outcome, Refiled, Refiling},
    rules::BatchNumber,
    sealed::BatchSpan,
};
use anyhow::{Context as _, Result, anyhow};
use clap::Args;
use serde_json::{Value, json};

/// Arguments of `aegle custodian refile`.
#[derive(Args)]
pub(crate) struct Refile {
    /// Files that have the records with the right patient, and for labelling anew those of the same batches
    #[command(flatten)]
    records: Records,
    /// A record to refile, by type and id, such as Observation/17; may be given more than once
    #[arg(long = "record", value_name = "TYPE/ID", value_parser = named)]
    named: Vec<(String, String)>,
    /// Refile the records of charts that were merged into others, by the links of their patients in these files or in earlier
    /// ones
    #[arg(long, required_unless_present = "named")]
    merged: bool,
    /// Leave out what cannot be read or refiled, instead of stopping there; the exit code is 5 then
    #[arg(long)]
    keep_going: bool,
    /// Only read and count: nothing is sealed, erased or sent
    #[arg(long)]
    dry_run: bool,
    /// Go on although the chain has batches of the domain that the journal does not know
    #[arg(long)]
    other_journals: bool,
}

/// A batch that is not labelled anew yet.
struct Unlabelled {
    batch: BatchNumber,
    reason: String,
}

/// Reads `TYPE/ID`.
fn named(text: &str) -> Result<(String, String), String> {
    let parts = text
        .split_once('/')
        .filter(|(kind, id)| !kind.is_empty() && !id.is_empty());
    let parts = parts.map(|(kind, id)| (kind.to_owned(), id.to_owned()));
    parts.ok_or_else(|| "a record is given as its type, `/`, and its id, such as Observation/17".into())
}

impl Refile {
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        let (outcome, batches) = self.refile(context).await?;
        let (mut relabelled, mut unlabelled) = (Vec::new(), Vec::new());
        for batch in batches {
            let labelled = match erased_until(context, batch, &self.records).await? {
                Some(final_at) => Err(anyhow!("erasures in it are final on {}", day::minute(final_at))),
                None => label_anew(context, BatchSpan::one(batch), &self.records).await,
            };
            match labelled {
                Ok(_) => relabelled.push(batch),
                Err(error) => unlabelled.push(Unlabelled {
                    batch,
                    reason: format!("{error:#}"),
                }),
            }
        }
        self.say(context, &outcome, &relabelled, &unlabelled)?;
        match outcome.faults {
            0 => Ok(()),
            faults => Err(LeftOut(faults).into()),
        }
    }

    /// Refiles; gives what was done, and the batches that are to be labelled anew.
    async fn refile(&self, context: &Context) -> Result<(Outcome, Vec<BatchNumber>)> {
        let custodian = self.records.custodian(context)?;
        let sources = self.records.sources()?;
        let connected = context.connect().await?;
        let journal = self.records.journal(context)?;
        let options = Options {
            skip_others: true,
            keep_going: self.keep_going,
            dry_run: self.dry_run,
            other_journals: self.other_journals,
            ..Options::default()
        };
        let intake = self.records.intake(&custodian, &connected, &journal, options)?;
        let mut progress = Shown::new(context, sources.total_bytes(), sources.read_bytes());
        let refiling = Refiling::of(self.named.iter().cloned().collect(), self.merged);
        let ran = intake
            .refile(sources, refiling, &mut |event: Event<'_>| progress.show(event))
            .await;
        drop(progress);
        let outcome = ran.context("run the same command again to go on; what is done stands in the journal")?;
        let batches = match self.dry_run {
            true => Vec::new(),
            false => journal.to_relabel()?,
        };
        Ok((outcome, batches))
    }

    fn say(
        &self,
        context: &Context,
        outcome: &Outcome,
        relabelled: &[BatchNumber],
        unlabelled: &[Unlabelled],
    ) -> Result<()> {
        let mut value = serde_json::to_value(outcome)?;
        value["dry_run"] = json!(self.dry_run);
        value["refiled"] = outcome.refiled.iter().map(refiled).collect();
        value["relabelled"] = json!(relabelled);
        let unlabelled_json = unlabelled
            .iter()
            .map(|own| json!({ "batch": own.batch, "reason": own.reason }));
        value["to_relabel"] = unlabelled_json.collect();
        context.output.result(&value, || {
            let mut lines: Vec<String> = outcome.refiled.iter().flat_map(lines).collect();
            let would = if self.dry_run { "would be " } else { "" };
            let (sealed, known) = (outcome.new, outcome.known);
            lines.push(format!(
                "{sealed} {would}sealed to the right patient, {known} are there already"
            ));
            for (number, what) in [
                (outcome.passed_over, "of the input are not to be refiled: passed over"),
                (
                    outcome.not_erased,
                    "still to be erased, which this key may not ask for: ask an admin of the organisation to run it",
                ),
                (outcome.faults, "not refiled"),
            ] {
                if number > 0 {
                    lines.push(format!("{number} {what}"));
                }
            }
            lines.extend(outcome.fault_examples.iter().map(|example| format!("    {example}")));
            lines.extend(relabelled.iter().map(|batch| format!("batch {batch} is labelled anew")));
            lines.extend(unlabelled.iter().map(|own| {
                let (batch, reason) = (own.batch, &own.reason);
                format!(
                    "batch {batch} is still to be labelled anew, by this command or `aegle custodian relabel`: {reason}"
                )
            }));
            if !outcome.report.is_empty() {
                lines.push(outcome.report.to_string());
            }
            lines.join("\n")
        })?;
        Ok(())
    }
}

/// A record that was refiled as JSON: accounts in both forms.
fn refiled(own: &Refiled) -> Value {
    let mut value = json!(own);
    for (opening, named) in own.opened_by.iter().enumerate() {
        let account = shown(&named.account);
        value["opened_by"][opening]["ss58"] = account["ss58"].clone();
    }
    value
}

/// A record that was refiled, and who had opened it, a line each.
fn lines(own: &Refiled) -> Vec<String> {
    let Refiled {
        resource, place, by, ..
    } = own;
    let mut lines = vec![format!(
        "{resource}: the erasure of record {} of batch {} is asked for, and record {} of batch {} is of the right patient",
        place.index, place.batch, by.index, by.batch
    )];
    lines.extend(own.opened_by.iter().map(|opening| {
        let what = if opening.content {
            "had its content"
        } else {
            "had its row alone"
        };
        let at = day::minute(opening.first_at);
        format!("    {} {what}, first on {at}", ss58(&opening.account))
    }));
    if own.opened_by.is_empty() {
        lines.push(format!("    {} had opened it", count(0, "account")));
    }
    lines.push(
        "    until the erasure is final it is still shown under the wrong patient: let a second admin ask for it too (`aegle \
         custodian erase --second`)"
            .into(),
    );
    lines
}
