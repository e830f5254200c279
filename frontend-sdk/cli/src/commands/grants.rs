//! `aegle grant`, `aegle revoke`, `aegle disclosures`.

use super::{DAY_MS, Paid, class, now, purpose};
use crate::context::Context;
use aegle_client::{
    crypto::slots::Class,
    patient::GrantRequest,
    rules::{AccountId, Confidentiality, GrantId, Purposes, consent::Grantee},
};
use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};
use serde_json::json;
use std::{fs, path::PathBuf};

/// Arguments of `aegle grant`.
#[derive(Args)]
pub(crate) struct Grant {
    /// The account that may read
    #[arg(long)]
    to: AccountId,
    /// For what; may be given more than once
    #[arg(long = "purpose", value_parser = purpose, default_value = "TREAT")]
    purposes: Vec<Purposes>,
    /// Which data classes; all but the restricted ones without it. A restricted one stands alone
    #[arg(long = "class", value_parser = class)]
    classes: Vec<Class>,
    /// Up to which confidentiality
    #[arg(long, value_enum, default_value_t = Ceiling::Normal)]
    confidentiality: Ceiling,
    /// For how many days
    #[arg(long, default_value_t = 90)]
    days: u64,
    /// The FHIR Consent document that it stands for; on chain there is a salted commitment to it
    #[arg(long, value_name = "FILE")]
    document: Option<PathBuf>,
}

/// How confidential a record may be.
#[derive(Clone, Copy, ValueEnum)]
enum Ceiling {
    /// N
    Normal,
    /// R
    Restricted,
    /// V
    VeryRestricted,
}

/// Arguments of `aegle revoke`.
#[derive(Args)]
pub(crate) struct Revoke {
    /// The grant's number
    grant: u32,
    /// The account that it was given to
    #[arg(long)]
    to: AccountId,
}

impl Grant {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        let all = || {
            Class::ALL
                .iter()
                .copied()
                .filter(|class| !class.is_restricted())
                .collect()
        };
        let classes: Vec<Class> = if self.classes.is_empty() { all() } else { self.classes };
        let document = match &self.document {
            Some(path) => fs::read(path).with_context(|| format!("cannot read {}", path.display()))?,
            None => Vec::new(),
        };
        let from = now();
        let request = GrantRequest {
            grantee: self.to,
            purposes: self.purposes.into_iter().fold(Purposes::NONE, Purposes::union),
            classes: &classes,
            confidentiality: match self.confidentiality {
                Ceiling::Normal => Confidentiality::Normal,
                Ceiling::Restricted => Confidentiality::Restricted,
                Ceiling::VeryRestricted => Confidentiality::VeryRestricted,
            },
            from,
            until: from.saturating_add(self.days.saturating_mul(DAY_MS)),
            document: &document,
        };
        let connected = context.connect().await?;
        let granted = context.patient()?.grant(&connected.aegle(), &request).await?;
        let value = json!({
            "grant": granted.id,
            "document_salt": granted.document_salt,
            "transaction": Paid::from(&granted.receipt),
        });
        context
            .output
            .result(&value, || format!("grant {} stands for {} days", granted.id, self.days))?;
        Ok(())
    }
}

impl Revoke {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        let connected = context.connect().await?;
        let grantee = Grantee::Account(self.to);
        let receipt = context
            .patient()?
            .revoke(&connected.aegle(), GrantId(self.grant), grantee)
            .await?;
        context.output.result(&Paid::from(&receipt), || {
            format!("grant {} ended in block {}", self.grant, receipt.block)
        })?;
        Ok(())
    }
}

/// `aegle disclosures`.
pub(crate) async fn disclosures(context: &Context) -> Result<()> {
    let connected = context.connect().await?;
    let entries = context.patient()?.disclosures(&connected.aegle()).await?;
    context.output.result(&entries, || match entries.is_empty() {
        true => "nobody has seen anything".into(),
        false => {
            let line = |entry: &aegle_client::crypto::protocol::DisclosureEntry| {
                let disclosure = &entry.disclosure;
                let purpose = Purposes::NAMES
                    .iter()
                    .find(|(_, purpose)| *purpose == disclosure.purpose);
                let purpose = purpose.map_or("?", |(name, _)| name);
                let grant = disclosure
                    .grant
                    .map_or_else(|| "own".into(), |grant| format!("grant {grant}"));
                let kind = format!("{:?}", disclosure.kind).to_lowercase();
                format!(
                    "{:>6}  {kind:<10}  {}  by {}  {purpose}  {grant}",
                    entry.number, disclosure.record, disclosure.requester
                )
            };
            entries.iter().map(line).collect::<Vec<_>>().join("\n")
        }
    })?;
    Ok(())
}
