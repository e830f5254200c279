//! `aegle custodian follow`.

use super::{erasures::Reason, ingest::LeftOutFile, records::Records};
use crate::{context::Context, output::count};
use aegle_client::native::{
    intake::{BATCH_RECORDS, Event, FollowedFolder, IntakeError, Options, Outcome, Sources},
    journal::{FileStamp, Journal, JournalError},
};
use anyhow::{Context as _, Result, ensure};
use clap::Args;
use serde_json::json;
use std::{
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

/// The longest pause after failures, in seconds.
const MAX_PAUSE_S: u64 = 300;

/// Arguments of `aegle custodian follow`.
#[derive(Args)]
pub(crate) struct Follow {
    /// The folder into which exports are dropped
    #[command(flatten)]
    records: Records,
    /// How often the folder is looked at, in seconds: a file is taken in when it has not changed between two looks
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    every: u64,
    /// Leave out resources of patients without a card, and of nobody, without counting them as faults
    #[arg(long)]
    skip_others: bool,
    /// Add what cannot be taken in to this file, one JSON object a line
    #[arg(long, value_name = "FILE")]
    left_out: Option<PathBuf>,
    /// The most records of a batch
    #[arg(long, value_name = "NUMBER", default_value_t = BATCH_RECORDS)]
    batch_records: usize,
    /// Go on although the chain has batches of the domain that the journal does not know
    #[arg(long)]
    other_journals: bool,
    /// The ground on which records are erased whose deletion a history tells
    #[arg(long, value_enum, default_value = "retention-ended")]
    deleted_as: Reason,
}

impl Follow {
    /// Takes in what is dropped into the folder, until it is ended. It may be ended at any moment.
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        let folder = self.folder()?;
        let mut followed = FollowedFolder::new(&folder);
        let mut pause_s = self.every;
        loop {
            match self.look(context, &mut followed).await {
                Ok(()) => pause_s = self.every,
                Err(error) if is_temporary(&error) => {
                    pause_s = (2 * pause_s).clamp(self.every, MAX_PAUSE_S.max(self.every));
                    // A closed pipe is no reason to stop what is being done.
                    let _ = writeln!(
                        std::io::stderr().lock(),
                        "aegle: {error:#}; nothing is lost, and it is tried again in {pause_s} seconds"
                    );
                }
                Err(error) => return Err(error),
            }
            tokio::time::sleep(Duration::from_secs(pause_s)).await;
        }
    }

    fn folder(&self) -> Result<PathBuf> {
        let [folder] = self.records.paths() else {
            anyhow::bail!("one folder is followed: run it for each");
        };
        ensure!(folder.is_dir(), "{} is no folder", folder.display());
        folder
            .canonicalize()
            .with_context(|| format!("cannot look at {}", folder.display()))
    }

    /// Looks at the folder, and takes in what is whole and new.
    async fn look(&self, context: &Context, followed: &mut FollowedFolder) -> Result<()> {
        // Open only meanwhile, so that other commands can use it in between.
        let journal = self.records.journal(context)?;
        let ready = followed.look(&journal)?;
        if ready.is_empty() {
            return Ok(());
        }
        let outcome = self.take_in(context, &journal, &ready).await?;
        journal.take_files(&ready)?;
        self.say(context, &ready, &outcome)
    }

    async fn take_in(&self, context: &Context, journal: &Journal, ready: &[(PathBuf, FileStamp)]) -> Result<Outcome> {
        let custodian = self.records.custodian(context)?;
        let connected = context.connect().await?;
        let options = Options {
            skip_others: self.skip_others,
            // One file that is broken holds up no other.
            keep_going: true,
            batch_records: self.batch_records,
            deletion: self.deleted_as.into(),
            other_journals: self.other_journals,
            ..Options::default()
        };
        let intake = self.records.intake(&custodian, &connected, journal, options)?;
        let paths: Vec<PathBuf> = ready.iter().map(|(path, _)| path.clone()).collect();
        let mut left_out = self.left_out.as_deref().map(LeftOutFile::append).transpose()?;
        let mut watch = |event: Event<'_>| {
            if let (Some(file), Event::Fault(fault)) = (&mut left_out, &event) {
                file.write(&fault.to_string());
            }
        };
        let ran = intake.run(Sources::find(&paths)?, &mut watch).await;
        if let Some(file) = left_out {
            file.finish()?;
        }
        Ok(ran?)
    }

    fn say(&self, context: &Context, ready: &[(PathBuf, FileStamp)], outcome: &Outcome) -> Result<()> {
        let files: Vec<&Path> = ready.iter().map(|(path, _)| path.as_path()).collect();
        let mut value = serde_json::to_value(outcome)?;
        value["files"] = json!(files);
        context.output.result(&value, || {
            let mut lines: Vec<String> = files.iter().map(|file| format!("{}", file.display())).collect();
            let (new, known, faults) = (outcome.new, outcome.known, outcome.faults);
            let files = count(files.len(), "file");
            lines.push(format!("{files}: {new} new, {known} known, {faults} not taken in"));
            lines.extend(outcome.fault_examples.iter().map(|example| format!("    {example}")));
            lines.join("\n")
        })?;
        Ok(())
    }
}

/// Whether something fails that may come back by itself.
fn is_temporary(error: &anyhow::Error) -> bool {
    let intake = error.chain().find_map(|cause| cause.downcast_ref::<IntakeError>());
    let journal = error.chain().find_map(|cause| cause.downcast_ref::<JournalError>());
    let connecting = error
        .chain()
        .any(|cause| cause.is::<aegle_client::chain::ChainError>() || cause.is::<aegle_client::remote::RemoteError>());
    match (intake, journal) {
        (Some(error), _) => error.is_temporary(),
        (None, Some(error)) => matches!(error, JournalError::InUse(_)),
        (None, None) => connecting,
    }
}
