//! `aegle custodian ingest`.

use super::{erasures::Reason, records::Records};
use crate::{
    context::Context,
    failure::LeftOut,
    output::{Progress, bytes, count},
};
use aegle_client::{
    custodian::Step,
    native::intake::{BATCH_RECORDS, Event, IntakeError, Options, Outcome},
};
use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::json;
use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// Arguments of `aegle custodian ingest`.
#[derive(Args)]
pub(crate) struct Ingest {
    #[command(flatten)]
    records: Records,
    /// Leave out resources of patients without a card, and of nobody, instead of refusing
    #[arg(long)]
    skip_others: bool,
    /// Leave out what cannot be read or taken in, instead of stopping there; the exit code is 5 then
    #[arg(long)]
    keep_going: bool,
    /// Write what --keep-going leaves out to this file, one JSON object a line
    #[arg(long, value_name = "FILE", requires = "keep_going")]
    left_out: Option<PathBuf>,
    /// Only read and count: nothing is sealed, kept or sent
    #[arg(long)]
    dry_run: bool,
    /// The most records of a batch
    #[arg(long, value_name = "NUMBER", default_value_t = BATCH_RECORDS)]
    batch_records: usize,
    /// Go on although the chain has batches of the domain that the journal does not know: others ingest into it with journals
    /// of their own
    #[arg(long)]
    other_journals: bool,
    /// The ground on which records are erased whose deletion a history tells
    #[arg(long, value_enum, default_value = "retention-ended")]
    deleted_as: Reason,
}

impl Ingest {
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        let custodian = self.records.custodian(context)?;
        let sources = self.records.sources()?;
        let connected = context.connect().await?;
        let journal = self.records.journal(context)?;
        let options = Options {
            skip_others: self.skip_others,
            keep_going: self.keep_going,
            dry_run: self.dry_run,
            batch_records: self.batch_records,
            deletion: self.deleted_as.into(),
            other_journals: self.other_journals,
            ..Options::default()
        };
        let intake = self.records.intake(&custodian, &connected, &journal, options)?;
        let mut left_out = self.left_out.as_deref().map(LeftOutFile::create).transpose()?;
        let mut shown = Shown::new(context, sources.total_bytes(), sources.read_bytes());
        let mut watch = |event: Event<'_>| {
            if let (Some(file), Event::Fault(fault)) = (&mut left_out, &event) {
                file.write(&fault.to_string());
            }
            shown.show(event);
        };
        let ran = intake.run(sources, &mut watch).await;
        drop(shown);
        let outcome = ran.map_err(|error| {
            let begun = !self.dry_run && journal.pending().is_ok_and(|pending| pending.is_some());
            explained(error, begun)
        })?;
        if let Some(file) = left_out {
            file.finish()?;
        }
        self.say(context, &outcome, journal.receipts())?;
        match outcome.faults {
            0 => Ok(()),
            faults => Err(LeftOut(faults).into()),
        }
    }

    fn say(&self, context: &Context, outcome: &Outcome, receipts: &Path) -> Result<()> {
        let mut value = serde_json::to_value(outcome)?;
        value["dry_run"] = json!(self.dry_run);
        value["receipts"] = json!(receipts);
        context.output.result(&value, || {
            let mut lines = Vec::new();
            for batch in &outcome.batches {
                let records = count(batch.records as usize, "record");
                let resumed = if batch.resumed { ", begun by an earlier run" } else { "" };
                let sealed = bytes(batch.ciphertext_bytes);
                lines.push(format!(
                    "batch {}: {records}, {sealed} sealed, anchored in block {}{resumed}",
                    batch.batch, batch.block
                ));
            }
            let would = if self.dry_run { "would be " } else { "" };
            lines.push(format!("{} {would}new, {} known", outcome.new, outcome.known));
            for (number, what) in [
                (outcome.old, "older than what is sealed, or deleted since: left out"),
                (outcome.superseded, "superseded by newer versions"),
                (
                    outcome.erased,
                    "to be erased, because their deletion is told: run `aegle custodian relabel` for their batches once that is final \
                     (`aegle custodian erasures`)",
                ),
                (
                    outcome.withdrawn,
                    "to be erased, because their labels rose: they are shown as before until that is final, or a second admin runs \
                     `aegle custodian erase --second` (`aegle custodian erasures` lists them); then relabel their batches",
                ),
                (
                    outcome.not_erased,
                    "still to be erased: only an admin of the organisation asks for that, and not for more than the day's limit",
                ),
                (
                    outcome.refiled.len() as u64,
                    "refiled by an earlier run, which this one finished: the receipts name who had opened them",
                ),
                (
                    outcome.to_refile,
                    "under patients whose charts go on in others': run `aegle custodian refile --merged` with their files",
                ),
                (outcome.faults, "not taken in"),
            ] {
                if number > 0 {
                    lines.push(format!("{number} {what}"));
                }
            }
            lines.extend(outcome.not_erased_examples.iter().map(|example| format!("    to be erased: {example}")));
            lines.extend(outcome.fault_examples.iter().map(|example| format!("    {example}")));
            if !outcome.report.is_empty() {
                lines.push(outcome.report.to_string());
            }
            if self.dry_run {
                lines.push("nothing was sealed or sent".into());
            } else {
                lines.push(format!("receipts: {}", receipts.display()));
            }
            lines.join("\n")
        })?;
        Ok(())
    }
}

/// Says what a failure leaves behind, and what to do.
fn explained(error: IntakeError, begun: bool) -> anyhow::Error {
    let what = match (begun, &error) {
        (_, IntakeError::UnknownBatches { .. }) => "nothing was read or sent",
        (true, _) => {
            "a batch is begun and is kept in the journal, with nothing of it lost: run the same command again to finish it"
        }
        (false, IntakeError::Fault(_)) => {
            "this was not taken in, nor what follows it (--keep-going leaves out what cannot be taken in); batches that were \
             finished before are known when you run it again"
        }
        (false, _) => "nothing stands half done: run the same command again",
    };
    anyhow::Error::from(error).context(what)
}

/// The file of what is left out.
pub(super) struct LeftOutFile {
    path: PathBuf,
    file: io::BufWriter<fs::File>,
    written: io::Result<()>,
}

impl LeftOutFile {
    fn create(path: &Path) -> Result<Self> {
        Self::of(path, fs::File::create(path))
    }

    /// Opens one to add to what stands in it.
    pub(super) fn append(path: &Path) -> Result<Self> {
        Self::of(path, fs::File::options().create(true).append(true).open(path))
    }

    fn of(path: &Path, opened: io::Result<fs::File>) -> Result<Self> {
        let file = opened.with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self {
            path: path.to_owned(),
            file: io::BufWriter::new(file),
            written: Ok(()),
        })
    }

    pub(super) fn write(&mut self, reason: &str) {
        if self.written.is_ok() {
            self.written = writeln!(self.file, "{}", json!({ "left_out": reason }));
        }
    }

    pub(super) fn finish(mut self) -> Result<()> {
        self.written
            .and_then(|()| self.file.flush())
            .with_context(|| format!("cannot write {}", self.path.display()))
    }
}

/// Progress: what is read, sealed, and done.
pub(super) struct Shown {
    progress: Progress,
    read_bytes: Arc<AtomicU64>,
    sealed: u64,
    stored: u64,
    done: u64,
    acted: u64,
    phase: &'static str,
}

impl Shown {
    pub(super) fn new(context: &Context, total_bytes: u64, read_bytes: Arc<AtomicU64>) -> Self {
        Self {
            progress: context.output.progress_bytes("reading", total_bytes),
            read_bytes,
            sealed: 0,
            stored: 0,
            done: 0,
            acted: 0,
            phase: "reading",
        }
    }

    pub(super) fn show(&mut self, event: Event<'_>) {
        match event {
            Event::Read | Event::Fault(_) => self.phase = "reading",
            Event::Step(step) => {
                (self.sealed, self.stored, self.phase) = match step {
                    Step::Sealed => (self.sealed + 1, self.stored, "sealing"),
                    Step::Stored => (self.sealed, self.stored + 1, "storing"),
                    Step::Labelled => (self.sealed, self.stored, "anchoring"),
                    Step::Anchored => (self.sealed, self.stored, "uploading"),
                    Step::Uploaded => (self.sealed, self.stored, "uploaded"),
                }
            }
            Event::Batch(batch) => self.done += u64::from(batch.records),
            Event::Acted(_) => {
                self.acted += 1;
                self.phase = "superseding and erasing";
            }
        }
        let (phase, sealed, stored, done, acted) = (self.phase, self.sealed, self.stored, self.done, self.acted);
        let mut what = || {
            let acted = if acted > 0 {
                format!(", {acted} superseded or erased")
            } else {
                String::new()
            };
            format!("{phase}; records: {sealed} sealed, {stored} stored, {done} done{acted}")
        };
        self.progress.reach(self.read_bytes.load(Ordering::Relaxed), &mut what);
    }
}
