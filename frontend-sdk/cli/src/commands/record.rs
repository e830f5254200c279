//! `aegle record`.

use super::{
    opening::{self, Opener},
    purpose,
    search::List,
};
use crate::context::Context;
use aegle_client::{clinician::reader::Opened, protocol::record::RecordId, rules::Purposes};
use anyhow::{Context as _, Error, Result, ensure};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

/// Most records that are opened by one command.
const MAX_RECORDS: usize = 10_000;

/// `aegle record`.
#[derive(Subcommand)]
pub(crate) enum Record {
    /// Open records, verify them against the chain, and write their content
    Get(Get),
    /// List your own records, or those of a patient, at a custodian
    List(List),
}

/// Arguments of `aegle record get`.
#[derive(Args)]
pub(crate) struct Get {
    /// The records' names
    #[arg(required = true, value_name = "RECORD")]
    records: Vec<RecordId>,
    /// The purpose of use: TREAT, HRESCH ...; PATRQT for your own records and TREAT for others' without it
    #[arg(long, value_parser = purpose)]
    purpose: Option<Purposes>,
    /// Write the content to this file
    #[arg(long, value_name = "FILE", conflicts_with = "folder")]
    output: Option<PathBuf>,
    /// Write the content of each record to a file in this folder, with the record's name
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

impl Record {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        match self {
            Self::Get(get) => get.run(context).await,
            Self::List(list) => list.run(context).await,
        }
    }
}

impl Get {
    async fn run(self, context: &Context) -> Result<()> {
        let records = self.records.len();
        ensure!(
            records <= MAX_RECORDS,
            "{records} records; {MAX_RECORDS} are opened at most"
        );
        ensure!(
            records == 1 || self.output.is_none(),
            "--output is for one record; give --folder for several"
        );
        let connected = context.connect().await?;
        let aegle = connected.aegle();
        let opener = Opener::of(context, self.purpose)?;
        let mut failed: Option<Error> = None;
        for record in &self.records {
            let shown = match opener.open(&aegle, *record, None).await {
                Ok(opened) => self.show(context, &opened),
                Err(error) => Err(error.into()),
            };
            let Err(error) = shown else { continue };
            if records > 1 {
                let value = json!({ "record": record, "error": error.to_string() });
                context.output.result(&value, || format!("{record}: {error}"))?;
            }
            // The worst is what the exit code tells.
            failed = Some(match failed {
                Some(worst) if crate::failure::code(&worst) >= crate::failure::code(&error) => worst,
                _ => error,
            });
        }
        failed.map_or(Ok(()), Err)
    }

    fn show(&self, context: &Context, opened: &Opened) -> Result<()> {
        let row = opened.record.row();
        let mut value = json!({
            "record": row.id,
            "media_type": opened.content.media_type,
            "patient": row.header.patient,
            "author": row.header.author,
            "authored_at": opening::day(row.header.authored_at).map(|_| row.header.authored_at),
            "date": opening::day(row.header.authored_at),
            "domain": opened.domain,
            "batch": opened.batch,
            "grant": opened.grant,
            "verified": true,
        });
        let described = opening::described(opened);
        for name in ["type", "title", "id"] {
            value[name] = described[name].clone();
        }
        if !opened.mismatches.is_empty() {
            let named: Vec<String> = opened.mismatches.iter().map(ToString::to_string).collect();
            context.output.note(&format!("{}: {}", row.id, named.join("; ")));
            value["mismatches"] = json!(named);
        }
        if !opened.faults.is_empty() {
            let named: Vec<String> = opened.faults.iter().map(ToString::to_string).collect();
            let listed = named.join("; ");
            let note = format!(
                "{}: opened with the parts of other proxies, tell their operators: {listed}",
                row.id
            );
            context.output.note(&note);
            value["faults"] = json!(named);
        }
        let in_folder = self.folder.as_ref().map(|folder| folder.join(row.id.to_string()));
        match self.output.as_ref().or(in_folder.as_ref()) {
            Some(path) => write(context, &value, path, &opened.content.bytes),
            None => {
                value["content"] = opening::content(opened);
                let text = || String::from_utf8_lossy(&opened.content.bytes).into_owned();
                Ok(context.output.result(&value, text)?)
            }
        }
    }
}

fn write(context: &Context, value: &Value, path: &Path, bytes: &[u8]) -> Result<()> {
    fs::File::create(path)
        .and_then(|mut file| file.write_all(bytes))
        .with_context(|| format!("cannot write {}", path.display()))?;
    context.output.result(value, || {
        format!("verified against the chain; written to {}", path.display())
    })?;
    Ok(())
}
