//! The records of `aegle custodian ingest`, `relabel` and `compact`: where they come from, and whose they are.

use crate::context::{Connected, Context};
use aegle_client::{
    custodian::Custodian,
    native::{
        intake::{Cards, Intake, Options, Sources},
        journal::Journal,
    },
    rules::DomainId,
};
use anyhow::{Context as _, Result, ensure};
use clap::Args;
use std::path::{Path, PathBuf};

/// The search domain, and the journal of what was ingested into it.
#[derive(Args)]
pub(super) struct Domain {
    /// The search domain's number
    #[arg(long)]
    domain: u32,
    /// Folder of the journal and the receipts; ingest/NAME/domain-NUMBER in the home folder without it
    #[arg(long, value_name = "FOLDER")]
    journal: Option<PathBuf>,
}

/// The records, and how they are labelled.
#[derive(Args)]
pub(super) struct Records {
    #[command(flatten)]
    domain: Domain,
    /// A patient's id in the FHIR files, `=`, and the file of their card; may be given more than once
    #[arg(long = "patient", value_name = "ID=CARD", required_unless_present = "patients_file")]
    patients: Vec<String>,
    /// A file of patients: one ID=CARD a line, cards relative to the file
    #[arg(long = "patients", value_name = "FILE", id = "patients_file")]
    patients_file: Option<PathBuf>,
    /// FHIR R4 JSON: files, folders with .json, .ndjson and .jsonl files, each perhaps with .gz, or - for standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The system that the records are exported from, where you have several: ids are unique in each
    #[arg(long, value_name = "NAME", default_value = "")]
    source: String,
    /// Label for the cohort too, so that consented research and your own operations can search over all patients; this
    /// doubles the labels
    #[arg(long)]
    cohort: bool,
}

impl Domain {
    pub(super) fn number(&self) -> DomainId {
        DomainId(self.domain)
    }

    /// The journal's folder.
    pub(super) fn folder(&self, context: &Context) -> Result<PathBuf> {
        match &self.journal {
            Some(folder) => Ok(folder.clone()),
            None => {
                let holder = context.holder().to_string();
                let domain = format!("domain-{}", self.domain);
                Ok(context.home()?.join("ingest").join(holder).join(domain))
            }
        }
    }

    /// Opens the journal, or makes one.
    pub(super) fn open(&self, context: &Context) -> Result<Journal> {
        Ok(Journal::open(
            &self.folder(context)?,
            &context.contracts()?,
            self.number(),
        )?)
    }
}

impl Records {
    pub(super) fn domain(&self) -> DomainId {
        self.domain.number()
    }

    pub(super) fn custodian(&self, context: &Context) -> Result<Custodian> {
        let custodian = context.custodian()?;
        Ok(if self.cohort {
            custodian.with_cohort()
        } else {
            custodian
        })
    }

    /// Opens the journal, or makes one.
    pub(super) fn journal(&self, context: &Context) -> Result<Journal> {
        self.domain.open(context)
    }

    /// The inputs, as they were named.
    pub(super) fn paths(&self) -> &[PathBuf] {
        &self.paths
    }

    /// Finds the inputs.
    pub(super) fn sources(&self) -> Result<Sources> {
        let sources = Sources::find(&self.paths)?;
        let some = sources.rest().next().is_some();
        ensure!(some, "there is no .json, .ndjson or .jsonl file in what you named");
        Ok(sources)
    }

    /// Builds what takes the records in.
    pub(super) fn intake<'a>(
        &self,
        custodian: &'a Custodian,
        connected: &'a Connected,
        journal: &'a Journal,
        options: Options,
    ) -> Result<Intake<'a>> {
        let mut cards = Cards::default();
        if let Some(file) = &self.patients_file {
            cards.add_file(file)?;
        }
        for patient in &self.patients {
            cards.add(patient, Path::new(""), "--patient")?;
        }
        ensure!(!cards.is_empty(), "the file of patients names nobody");
        let options = Options {
            source: self.source.clone(),
            ..options
        };
        Intake::new(custodian, connected.aegle(), journal, cards, options).context("--batch-records")
    }
}
