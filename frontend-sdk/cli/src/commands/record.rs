//! `aegle record`.

use super::purpose;
use crate::context::Context;
use aegle_client::{fhir::UNKNOWN_TIME, protocol::record::RecordId, rules::Purposes};
use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use serde_json::json;
use std::{fs, io::Write, path::PathBuf};

/// `aegle record`.
#[derive(Subcommand)]
pub(crate) enum Record {
    /// Open a record, verify it against the chain, and write its content
    Get(Get),
}

/// Arguments of `aegle record get`.
#[derive(Args)]
pub(crate) struct Get {
    /// The record's name
    record: RecordId,
    /// The purpose of use: TREAT, HRESCH ...
    #[arg(long, value_parser = purpose, default_value = "TREAT")]
    purpose: Purposes,
    /// Open as the patient whose record it is
    #[arg(long)]
    own: bool,
    /// Write the content to this file
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Record {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        let Self::Get(get) = self;
        let connected = context.connect().await?;
        let aegle = connected.aegle();
        let opened = match get.own {
            true => context.patient()?.open(&aegle, get.record).await?,
            false => context.reader()?.open(&aegle, get.record, get.purpose).await?,
        };
        let row = opened.record.row();
        let mut value = json!({
            "record": row.id,
            "media_type": opened.content.media_type,
            "patient": row.header.patient,
            "author": row.author,
            "authored_at": (row.authored_at < UNKNOWN_TIME).then_some(row.authored_at),
            "domain": opened.domain,
            "batch": opened.batch,
            "grant": opened.grant,
            "verified": true,
        });
        if let Some(path) = &get.output {
            fs::File::create(path)
                .and_then(|mut file| file.write_all(&opened.content.bytes))
                .with_context(|| format!("cannot write {}", path.display()))?;
            context.output.result(&value, || {
                format!("verified against the chain; written to {}", path.display())
            })?;
            return Ok(());
        }
        value["content"] =
            serde_json::from_slice(&opened.content.bytes).unwrap_or_else(|_| json!(hex::encode(&opened.content.bytes)));
        context
            .output
            .result(&value, || String::from_utf8_lossy(&opened.content.bytes).into_owned())?;
        Ok(())
    }
}
