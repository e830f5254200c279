//! `aegle jurisdictions`, and what `aegle consortium jurisdiction` takes.

use super::{
    grants::{Permission, Reach},
    lists::Source,
    modifier, purpose, united,
};
use crate::context::Context;
use aegle_client::{
    chain::Chain,
    rules::{
        JurisdictionId, Purposes,
        consent::{DuoModifiers, Research},
        consortium::JurisdictionDefault,
    },
    words,
};
use anyhow::Result;
use clap::Args;
use serde_json::json;

/// Arguments of `aegle consortium jurisdiction`.
#[derive(Args)]
#[command(after_help = "Examples:
  aegle consortium jurisdiction 1
  aegle consortium jurisdiction 2 --permits HRESCH --permission health --require IRB --extent find")]
pub(crate) struct Jurisdiction {
    /// The jurisdiction\'s number, from 1
    number: u8,
    /// A purpose that is permitted until a patient says something about it (opt-out); may be given more than once. For every
    /// other one, patients are asked first (opt-in)
    #[arg(long = "permits", value_parser = purpose)]
    permits: Vec<Purposes>,
    /// With HRESCH: the research that is permitted
    #[arg(long, value_enum)]
    permission: Option<Permission>,
    /// With HRESCH: how far it may go
    #[arg(long, value_enum, default_value_t = Reach::Count)]
    extent: Reach,
    /// With HRESCH: a condition that research must meet, by its DUO code such as IRB; may be given more than once
    #[arg(long = "require", value_parser = modifier)]
    required: Vec<DuoModifiers>,
}

impl From<Jurisdiction> for JurisdictionDefault {
    fn from(given: Jurisdiction) -> Self {
        let modifiers = given.required.into_iter().fold(DuoModifiers::NONE, DuoModifiers::union);
        let research = given.permission.map(|permission| Research {
            permission: permission.into(),
            modifiers,
            extent: given.extent.into(),
        });
        Self {
            jurisdiction: JurisdictionId(given.number),
            permits: united(&given.permits),
            research: research.unwrap_or(Research::NONE),
        }
    }
}

/// Runs `aegle jurisdictions`.
pub(crate) async fn jurisdictions(context: &Context) -> Result<()> {
    let connected = context.connect_to_chain().await?;
    let aegle = connected.aegle();
    let head = aegle.chain.finalized().await?;
    let known = aegle.jurisdictions(&head).await?;
    let source = Source::state(&head);
    let value = json!({ "jurisdictions": known.defaults, "source": source });
    context.output.result(&value, || {
        let lines = known.defaults.iter().map(words::jurisdiction).collect();
        source.after(lines, "no jurisdiction is known: every patient is asked first")
    })?;
    Ok(())
}
