//! The records of `aegle custodian ingest`, `relabel` and `compact`: FHIR files, and whose they are.

use crate::context::Context;
use aegle_client::{
    custodian::{Custodian, EnrolledPatient, NewRecord},
    deployment::Aegle,
    fhir::{self, Finding, PatientReference, Reading, Report, Resource},
    native::{ChainClient, HttpTransport},
    patient::PatientCard,
    rules::DomainId,
};
use anyhow::{Context as _, Result, bail};
use clap::Args;
use std::{collections::BTreeMap, fs, path::PathBuf};

/// The records, and how they are labelled.
#[derive(Args)]
pub(super) struct Records {
    /// The search domain's number
    #[arg(long)]
    domain: u32,
    /// A patient's id in the FHIR files, `=`, and the file of their card; may be given more than once
    #[arg(long = "patient", value_name = "ID=CARD", required = true)]
    patients: Vec<String>,
    /// FHIR R4 JSON files: resources or bundles
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Label for the cohort too, so that consented research and your own operations can search over all patients; this
    /// doubles the labels
    #[arg(long)]
    cohort: bool,
}

impl Records {
    pub(super) fn domain(&self) -> DomainId {
        DomainId(self.domain)
    }

    pub(super) fn custodian(&self, context: &Context) -> Result<Custodian> {
        let custodian = context.custodian()?;
        Ok(if self.cohort {
            custodian.with_cohort()
        } else {
            custodian
        })
    }

    pub(super) async fn patients(
        &self,
        aegle: &Aegle<'_, ChainClient, HttpTransport>,
        custodian: &Custodian,
    ) -> Result<BTreeMap<String, EnrolledPatient>> {
        let mut patients = BTreeMap::new();
        for patient in &self.patients {
            let (id, file) = patient.split_once('=').context("--patient is ID=CARD")?;
            let card: PatientCard =
                serde_json::from_slice(&fs::read(file).with_context(|| format!("cannot read {file}"))?)?;
            let id = id.strip_prefix("Patient/").unwrap_or(id).to_owned();
            let enrolled = custodian.enrolled(aegle, &card).await?;
            if patients.insert(id.clone(), enrolled).is_some() {
                bail!("--patient names {id} twice; a patient has one card");
            }
        }
        Ok(patients)
    }

    pub(super) fn resources(
        &self,
        patients: &BTreeMap<String, EnrolledPatient>,
        skip_others: bool,
    ) -> Result<(Vec<Resource>, Report)> {
        let mut readings = Vec::new();
        for file in &self.files {
            let text = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
            let reading = fhir::read(&text).with_context(|| file.display().to_string())?;
            for resource in &reading.resources {
                let place = || format!("{}, line {}: {}", file.display(), resource.line(), resource.name());
                // Whose a record is must be certain, whatever is left out.
                let owner = resource.owner().with_context(place)?;
                let known = owner.is_some_and(|patient| patients.contains_key(patient.id()));
                if !known && !skip_others {
                    let whose = owner.map_or("names no patient".into(), |owner| {
                        format!("is of {owner}, who has no card")
                    });
                    bail!("{} {whose}; give --patient, or --skip-others", place());
                }
            }
            readings.push(reading);
        }
        let Reading {
            resources, mut report, ..
        } = fhir::join(readings)?;
        let of_patients = |resource: &Resource| match resource.patient() {
            Some(patient) if patients.contains_key(patient.id()) => true,
            Some(_) => {
                report.add(Finding::OtherPatient, || resource.name());
                false
            }
            None => {
                report.add(Finding::NoPatient, || resource.name());
                false
            }
        };
        let kept = resources.into_iter().filter(of_patients);
        Ok((kept.collect(), report))
    }
}

/// Pairs each resource with its patient.
pub(super) fn new_records<'a>(
    resources: &'a [Resource],
    patients: &'a BTreeMap<String, EnrolledPatient>,
) -> Vec<NewRecord<'a>> {
    let new_record = |resource| {
        let id = Resource::patient(resource).map(PatientReference::id);
        id.and_then(|id| patients.get(id))
            .map(|patient| NewRecord { patient, resource })
    };
    resources.iter().filter_map(new_record).collect()
}
