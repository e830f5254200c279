//! The official HL7 FHIR R4 examples, and the patients in them.

use crate::output::Output;
use aegle_client::fhir::{self, PatientReference, Resource};
use anyhow::{Context, Result, bail, ensure};
use std::{
    collections::{BTreeMap, HashSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The npm package (CC0) that has the examples.
const PACKAGE: &str = "hl7.fhir.r4.examples";
const VERSION: &str = "4.0.1";
/// SHA-256 of the package's archive.
const DIGEST: &str = "dce87f1b5b9341867033f7d1f544fa1b5232503f6d62813887ac6b8a8b6cb682";
/// Files without this word speak about no patient; reading 190 MB of definitions would only take time.
const ABOUT_PATIENTS: &[u8] = b"Patient/";
/// Resource types of a patient that are about money, logistics or law, not about their health.
const NOT_CLINICAL: [&str; 24] = [
    "Account",
    "Appointment",
    "AppointmentResponse",
    "AuditEvent",
    "Basic",
    "ChargeItem",
    "Claim",
    "ClaimResponse",
    "Consent",
    "Contract",
    "Coverage",
    "CoverageEligibilityRequest",
    "CoverageEligibilityResponse",
    "EnrollmentRequest",
    "ExplanationOfBenefit",
    "Group",
    "Invoice",
    "MeasureReport",
    "Person",
    "Provenance",
    "RelatedPerson",
    "ResearchSubject",
    "SupplyRequest",
    "Task",
];

/// One patient and everything clinical about them.
pub(crate) struct Chart {
    /// The patient, as the hospital's system names them.
    pub(crate) patient: PatientReference,
    /// Their resources, in order of the files.
    pub(crate) resources: Vec<Resource>,
}

/// Returns the folder of the examples: `given`, or the cache, into which they are fetched if they are not there.
pub(crate) fn folder(given: Option<&Path>, output: Output) -> Result<PathBuf> {
    if let Some(folder) = given {
        return Ok(folder.into());
    }
    let folder = cache()?.join(format!("{PACKAGE}-{VERSION}"));
    let package = folder.join("package");
    if !package.join("package.json").exists() {
        let _progress = output.progress("fetching the HL7 FHIR R4 examples (19 MB, once)", 0);
        fetch(&folder)?;
    }
    Ok(package)
}

fn cache() -> Result<PathBuf> {
    if let Some(cache) = std::env::var_os("AEGLE_CACHE") {
        return Ok(cache.into());
    }
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(home);
    Ok(cache.context("neither XDG_CACHE_HOME nor HOME is set")?.join("aegle"))
}

fn fetch(folder: &Path) -> Result<()> {
    let parent = folder.parent().context("the cache has no folder")?;
    fs::create_dir_all(parent)?;
    let work = tempfile::tempdir_in(parent)?;
    let archive = work.path().join(format!("{PACKAGE}-{VERSION}.tgz"));
    run(Command::new("npm")
        .args(["pack", "--silent", &format!("{PACKAGE}@{VERSION}")])
        .current_dir(work.path()))
    .context("fetching the FHIR examples needs npm and a connection to its registry; or give --examples DIR")?;
    let digest = sha256(&fs::read(&archive)?);
    ensure!(
        digest == DIGEST,
        "the archive of the FHIR examples is not the expected one (SHA-256 {digest})"
    );
    run(Command::new("tar").arg("-xzf").arg(&archive).arg("-C").arg(work.path()))?;
    fs::remove_file(&archive)?;
    // A folder that is there is complete: renaming is atomic, and whoever comes second finds it done.
    if fs::rename(work.path(), folder).is_err() {
        ensure!(
            folder.join("package/package.json").exists(),
            "cannot write {}",
            folder.display()
        );
    }
    Ok(())
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    hex::encode(sha2::Sha256::digest(bytes))
}

fn run(command: &mut Command) -> Result<()> {
    let output = command
        .output()
        .with_context(|| format!("{} does not start", command.get_program().display()))?;
    if !output.status.success() {
        bail!(
            "{} failed: {}",
            command.get_program().display(),
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(())
}

/// Reads every clinical resource of a patient in the folder's files, bundles unpacked, each once; patients in order.
pub(crate) fn read(folder: &Path, output: Output) -> Result<Vec<Chart>> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .with_context(|| format!("cannot read the examples in {}", folder.display()))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let mut progress = output.progress("reading FHIR files", files.len() as u64);
    let mut charts: BTreeMap<PatientReference, Vec<Resource>> = BTreeMap::new();
    let mut seen = HashSet::new();
    for file in &files {
        let text = fs::read(file)?;
        progress.advance(1);
        let hidden = file
            .file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        let about_patients = memchr::memmem::find(&text, ABOUT_PATIENTS).is_some();
        if hidden || !about_patients {
            continue;
        }
        let reading = fhir::read(&text).with_context(|| format!("{} is no FHIR", file.display()))?;
        for resource in reading.resources {
            let Some(patient) = resource.patient().filter(|_| is_clinical(&resource)) else {
                continue;
            };
            // The same resource stands alone and in bundles.
            let name = resource.id().map_or_else(|| resource.text().to_owned(), str::to_owned);
            if seen.insert((resource.resource_type().to_owned(), name)) {
                charts.entry(patient.clone()).or_default().push(resource);
            }
        }
    }
    let charts: Vec<Chart> = charts
        .into_iter()
        .map(|(patient, resources)| Chart { patient, resources })
        .collect();
    ensure!(!charts.is_empty(), "no patient in {}", folder.display());
    Ok(charts)
}

/// Returns whether a resource is about a patient's health; their demographics are, for searches by birth date.
fn is_clinical(resource: &Resource) -> bool {
    !NOT_CLINICAL.contains(&resource.resource_type())
}
