//! `aegle custodian`.

mod batches;
mod erasures;
mod follow;
mod ingest;
mod kept;
mod labels;
mod records;
mod refile;

use self::{
    batches::{Batches, Status},
    erasures::{CancelErasure, Erase, Erasures},
    follow::Follow,
    ingest::Ingest,
    kept::upload,
    labels::{Compact, Relabel},
    refile::Refile,
};
use super::{Paid, gate::Gate, purpose, serving::Serve};
use crate::context::Context;
use aegle_client::{
    chain::Chain,
    keys::DomainKey,
    keystore::{KeyStore, SecretKind},
    rules::{AccountId, DomainId, Purposes},
    sealed::query,
    search::asking::Asking,
};
use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use serde_json::json;
use std::path::PathBuf;

/// `aegle custodian`.
#[derive(Subcommand)]
pub(crate) enum Custodian {
    /// Register the search domain of your key; say which it is, when it is registered
    Register,
    /// Seal, label, anchor and upload FHIR resources, batch by batch; each once, however often it is run
    Ingest(Ingest),
    /// Ingest what is dropped into a folder, again and again until it is stopped
    Follow(Follow),
    /// Refile records that are under the wrong patient: seal them to the right one, erase them where they were, and name who
    /// had opened them
    Refile(Refile),
    /// List the batches of a search domain
    Batches(Batches),
    /// Show how far a search domain is, and what stands unfinished
    Status(Status),
    /// Rotate the key of the search domain: run it with --prepare, restart the token service, run it without
    Rotate {
        /// The search domain's number
        #[arg(long)]
        domain: u32,
        /// Only make the key, so that the token service has it when it starts again
        #[arg(long)]
        prepare: bool,
    },
    /// Ask for the erasure of records: it is final after the consortium's limit (a day), unless an admin calls it off
    Erase(Erase),
    /// Call an erasure off that is not final
    CancelErasure(CancelErasure),
    /// List the erasures that were asked for, and when each is final
    Erasures(Erasures),
    /// Label a batch anew after an erasure, so that no label or count of the erased record remains
    Relabel(Relabel),
    /// Compact several batches: label them together, so that a search goes through them at once
    Compact(Compact),
    /// Upload a batch, or new labels, that are on chain but that the indexer did not receive
    Upload {
        /// The file in which `ingest`, `relabel` or `compact` kept it
        file: PathBuf,
    },
    /// Make the search tokens of a query for an account that the patient's consent permits to search
    Token(Token),
    /// Run the token service, which makes search tokens without learning the keywords, until it is stopped
    Serve(Serve),
    /// Run a gate before the hospital's FHIR server, which shows what consent permits to whom, until it is stopped
    Gate(Gate),
}

/// Arguments of `aegle custodian token`.
#[derive(Args)]
pub(crate) struct Token {
    /// The search domain's number
    #[arg(long)]
    domain: u32,
    /// The account that will search
    #[arg(long)]
    requester: AccountId,
    /// The patient whose records will be searched
    #[arg(long)]
    patient: AccountId,
    /// The purpose of use: TREAT, HRESCH ...
    #[arg(long, value_parser = purpose, default_value = "TREAT")]
    purpose: Purposes,
    /// The query, such as 'type:Observation AND text:"chest pain"'
    query: String,
}

impl Custodian {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        match self {
            Self::Register => register(context).await,
            Self::Ingest(ingest) => ingest.run(context).await,
            Self::Follow(follow) => follow.run(context).await,
            Self::Refile(refile) => refile.run(context).await,
            Self::Batches(batches) => batches.run(context).await,
            Self::Status(status) => status.run(context).await,
            Self::Rotate { domain, prepare } => rotate(context, DomainId(domain), prepare).await,
            Self::Erase(erase) => erase.run(context).await,
            Self::CancelErasure(cancel) => cancel.run(context).await,
            Self::Erasures(erasures) => erasures.run(context).await,
            Self::Relabel(relabel) => relabel.run(context).await,
            Self::Compact(compact) => compact.run(context).await,
            Self::Upload { file } => upload(context, &file).await,
            Self::Token(token) => token.run(context).await,
            Self::Serve(serve) => serve.run(context).await,
            Self::Gate(gate) => gate.run(context).await,
        }
    }
}

async fn register(context: &Context) -> Result<()> {
    let connected = context.connect_to_chain().await?;
    let (aegle, custodian) = (connected.aegle(), context.custodian()?);
    if let Some(domain) = custodian.registered_domain(&aegle).await? {
        let value = json!({ "domain": domain, "registered_before": true });
        context.output.result(&value, || {
            format!("search domain {domain} was registered with this key before")
        })?;
        return Ok(());
    }
    let (domain, receipt) = custodian.register_domain(&aegle).await?;
    let value = json!({ "domain": domain, "registered_before": false, "transaction": Paid::from(&receipt) });
    context
        .output
        .result(&value, || format!("registered as search domain {domain}"))?;
    Ok(())
}

async fn rotate(context: &Context, domain: DomainId, prepare: bool) -> Result<()> {
    let connected = context.connect_to_chain().await?;
    let aegle = connected.aegle();
    let head = aegle.chain.finalized().await?;
    let state = aegle.domain(&head, domain).await?;
    let state = state.with_context(|| format!("there is no search domain {domain}"))?;
    let epoch = state.epoch.checked_add(1).context("there are no more epochs")?;
    let (keys, holder) = (context.keys()?, context.holder().at_epoch(epoch)?);
    if prepare {
        keys.get_or_create(&holder, SecretKind::Domain)?;
        let value = json!({ "domain": domain, "epoch": epoch, "prepared": true });
        context.output.result(&value, || {
            format!("the key of epoch {epoch} is made; restart the token service, then run this without --prepare")
        })?;
        return Ok(());
    }
    let seed = keys
        .get(&holder, SecretKind::Domain)
        .context("run this with --prepare first, and restart the token service, so that no query fails")?;
    let public = DomainKey::from_seed(&seed).public_key();
    let (epoch, receipt) = context.custodian()?.rotate(&aegle, domain, public).await?;
    let value = json!({ "domain": domain, "epoch": epoch, "transaction": Paid::from(&receipt) });
    context.output.result(&value, || {
        format!("epoch {epoch} has begun; label earlier batches anew if the old key has leaked")
    })?;
    Ok(())
}

impl Token {
    async fn run(self, context: &Context) -> Result<()> {
        let query = query::parse(&self.query)?;
        let connected = context.connect_to_chain().await?;
        let asking = Asking::patient(self.requester, self.patient, self.purpose);
        let tokens = context
            .custodian()?
            .tokens(&connected.aegle(), DomainId(self.domain), &asking, &query.terms)
            .await?;
        let text = serde_json::to_string(&tokens)?;
        context.output.result(&tokens, || text)?;
        Ok(())
    }
}
