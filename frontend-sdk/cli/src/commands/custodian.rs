//! `aegle custodian`.

use super::{Paid, purpose};
use crate::{
    context::Context,
    output::{bytes, count},
};
use aegle_client::{
    authorisation::Asking,
    crypto::protocol::Bundle,
    custodian::{EnrolledPatient, IngestError, NewRecord, Step},
    fhir::{self, PatientReference, Resource},
    patient::PatientCard,
    rules::{AccountId, DomainId, Purposes},
    sealed::query,
    service::{Quota, ServiceConfig, Serving},
};
use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use scale::Encode;
use serde_json::json;
use std::{
    collections::BTreeMap,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::signal::unix::{SignalKind, signal};

/// `aegle custodian`.
#[derive(Subcommand)]
pub(crate) enum Custodian {
    /// Register the search domain of your key
    Register,
    /// Seal, label, anchor and upload FHIR resources, as one batch
    Ingest(Ingest),
    /// Upload a batch that is anchored but that the indexer did not get
    Upload {
        /// The file that `ingest` kept it in
        file: PathBuf,
    },
    /// Give tokens for a query to somebody whom the patient's consent permits to search
    Token(Token),
    /// Answer searchers who do not tell what they search for, until told to stop
    Serve(Serve),
}

/// Arguments of `aegle custodian serve`.
#[derive(Args)]
pub(crate) struct Serve {
    /// Where to listen; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8088")]
    listen: SocketAddr,
    /// The audit log; audit.jsonl in the home folder without it
    #[arg(long, value_name = "FILE")]
    audit: Option<PathBuf>,
    /// Most requests of one account in a minute
    #[arg(long, default_value_t = Quota::default().requests_a_minute)]
    requests_a_minute: u32,
    /// Most keywords of one account in an hour
    #[arg(long, default_value_t = Quota::default().elements_an_hour)]
    elements_an_hour: u32,
}

/// Arguments of `aegle custodian ingest`.
#[derive(Args)]
pub(crate) struct Ingest {
    /// The search domain's number
    #[arg(long)]
    domain: u32,
    /// Whose card is whose: the patient's id in the FHIR files, `=`, and the file of the card; once a patient
    #[arg(long = "patient", value_name = "ID=CARD", required = true)]
    patients: Vec<String>,
    /// FHIR R4 JSON files: resources or bundles
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Leave out resources of patients without a card, instead of refusing
    #[arg(long)]
    skip_others: bool,
    /// Let consented research and your own operations search over patients besides; it doubles the labels
    #[arg(long)]
    cohort: bool,
}

/// Arguments of `aegle custodian token`.
#[derive(Args)]
pub(crate) struct Token {
    /// The search domain's number
    #[arg(long)]
    domain: u32,
    /// Who will search
    #[arg(long)]
    requester: AccountId,
    /// Whose records
    #[arg(long)]
    patient: AccountId,
    /// For what: TREAT, HRESCH ...
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
            Self::Upload { file } => upload(context, &file).await,
            Self::Token(token) => token.run(context).await,
            Self::Serve(serve) => serve.run(context).await,
        }
    }
}

async fn register(context: &Context) -> Result<()> {
    let connected = context.connect().await?;
    let (domain, receipt) = context.custodian()?.register_domain(&connected.aegle()).await?;
    let value = json!({ "domain": domain, "transaction": Paid::from(&receipt) });
    context
        .output
        .result(&value, || format!("registered as search domain {domain}"))?;
    Ok(())
}

async fn upload(context: &Context, file: &Path) -> Result<()> {
    let bundle = Bundle::from_bytes(&fs::read(file).with_context(|| format!("cannot read {}", file.display()))?)?;
    let connected = context.connect().await?;
    context.custodian()?.upload(&connected.aegle(), &bundle).await?;
    fs::remove_file(file)?;
    let value = json!({ "batch": bundle.batch, "records": bundle.records.len() });
    context
        .output
        .result(&value, || format!("batch {} uploaded", bundle.batch))?;
    Ok(())
}

impl Ingest {
    async fn run(self, context: &Context) -> Result<()> {
        let mut custodian = context.custodian()?;
        if self.cohort {
            custodian = custodian.with_cohort();
        }
        let connected = context.connect().await?;
        let aegle = connected.aegle();
        let mut patients: BTreeMap<String, EnrolledPatient> = BTreeMap::new();
        for patient in &self.patients {
            let (id, file) = patient.split_once('=').context("--patient is ID=CARD")?;
            let card: PatientCard =
                serde_json::from_slice(&fs::read(file).with_context(|| format!("cannot read {file}"))?)?;
            let id = id.strip_prefix("Patient/").unwrap_or(id).to_owned();
            patients.insert(id, custodian.enrolled(&aegle, &card).await?);
        }
        let resources = self.resources(&patients)?;
        let new_record = |resource| {
            let id = Resource::patient(resource).map(PatientReference::id);
            id.and_then(|id| patients.get(id))
                .map(|patient| NewRecord { patient, resource })
        };
        let records: Vec<NewRecord<'_>> = resources.iter().filter_map(new_record).collect();
        let mut progress = context.output.progress("sealing and storing", 2 * records.len() as u64);
        let mut watch = |step| {
            if matches!(step, Step::Sealed | Step::Stored) {
                progress.advance(1)
            }
        };
        let ingested = custodian
            .ingest(&aegle, DomainId(self.domain), &records, &mut watch)
            .await;
        drop(progress);
        let ingested = match ingested {
            Err(IngestError::NotUploaded { bundle, source }) => {
                // What is anchored must not be lost: the bundle is all that the indexer still needs.
                let file = context
                    .home()?
                    .join(format!("domain-{}-batch-{}.bundle", bundle.domain, bundle.batch));
                fs::write(&file, bundle.encode())
                    .with_context(|| format!("cannot keep the bundle in {}", file.display()))?;
                return Err(source).with_context(|| {
                    format!(
                        "the batch is anchored, but was not uploaded: run `aegle custodian upload {}`",
                        file.display()
                    )
                });
            }
            other => other?,
        };
        let value = json!({
            "batch": ingested.batch,
            "records": ingested.records,
            "keywords": ingested.keywords,
            "skipped_codes": ingested.skipped,
            "labels": ingested.labels,
            "ciphertext_bytes": ingested.ciphertext_bytes,
            "manifest_salt": ingested.manifest_salt,
            "transaction": Paid::from(&ingested.receipt),
        });
        context.output.result(&value, || {
            let records = count(ingested.records.len(), "record");
            format!(
                "batch {}: {records}, {} sealed, anchored in block {}",
                ingested.batch,
                bytes(ingested.ciphertext_bytes),
                ingested.receipt.block
            )
        })?;
        Ok(())
    }

    fn resources(&self, patients: &BTreeMap<String, EnrolledPatient>) -> Result<Vec<Resource>> {
        let mut resources = Vec::new();
        for file in &self.files {
            let text = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
            for resource in fhir::read(&text).with_context(|| file.display().to_string())? {
                let known = resource
                    .patient()
                    .is_some_and(|patient| patients.contains_key(patient.id()));
                if known {
                    resources.push(resource);
                } else if !self.skip_others {
                    bail!(
                        "{}: a {} of a patient without a card; give --patient, or --skip-others",
                        file.display(),
                        resource.resource_type()
                    );
                }
            }
        }
        Ok(resources)
    }
}

impl Token {
    async fn run(self, context: &Context) -> Result<()> {
        let query = query::parse(&self.query)?;
        let connected = context.connect().await?;
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

impl Serve {
    async fn run(self, context: &Context) -> Result<()> {
        let audit = match self.audit {
            Some(path) => path,
            None => context.home()?.join("audit.jsonl"),
        };
        let config = ServiceConfig {
            listen: self.listen,
            audit,
            quota: Quota {
                requests_a_minute: self.requests_a_minute,
                elements_an_hour: self.elements_an_hour,
            },
        };
        let place = context.connect().await?.into_parts();
        let service = Serving::start(Arc::new(context.custodian()?), place, config).await?;
        let url = service.url();
        context
            .output
            .result(&json!({ "listening": url }), || format!("listening on {url}"))?;
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted?,
            _ = terminate.recv() => {}
        }
        service.stop().await;
        Ok(())
    }
}
