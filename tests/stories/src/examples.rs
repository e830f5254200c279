//! The official HL7 FHIR R4 examples, by patient.

use aegle_client::fhir::{self, PatientReference, Resource};
use anyhow::{Context, Result, ensure};
use std::{
    collections::{BTreeMap, HashSet},
    fs,
    path::PathBuf,
};

/// The folder of the examples in the cache, as scripts/examples.sh unpacks them.
const FOLDER: &str = "hl7.fhir.r4.examples-4.0.1/package";
/// Files without this word speak about no patient; reading 190 MB of definitions would only take time.
const ABOUT_PATIENTS: &str = "Patient/";

/// One patient and every resource about them.
pub struct Chart {
    /// The patient, as the examples name them.
    pub patient: PatientReference,
    /// Their resources, each once, in order of the files.
    pub resources: Vec<Resource>,
}

/// Returns the folder of the examples.
///
/// # Errors
/// They have not been fetched: a story without its records has proved nothing, so it does not pass.
pub fn folder() -> Result<PathBuf> {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let shared = || std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(home);
    let cache = std::env::var_os("AEGLE_CACHE")
        .map(PathBuf::from)
        .or_else(|| Some(shared()?.join("aegle")));
    let folder = cache
        .context("none of AEGLE_CACHE, XDG_CACHE_HOME and HOME is set")?
        .join(FOLDER);
    ensure!(
        folder.join("package.json").exists(),
        "the HL7 FHIR examples are not in {}: run scripts/examples.sh",
        folder.display()
    );
    Ok(folder)
}

/// Reads every resource of each patient, bundles unpacked; patients in order of their references.
///
/// # Errors
/// The examples are missing, or one of them cannot be read.
pub fn charts() -> Result<Vec<Chart>> {
    let folder = folder()?;
    let mut files = fs::read_dir(&folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let mut charts: BTreeMap<PatientReference, Vec<Resource>> = BTreeMap::new();
    let mut seen = HashSet::new();
    for file in files {
        let text = fs::read_to_string(&file)?;
        let hidden = file
            .file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if hidden || !text.contains(ABOUT_PATIENTS) {
            continue;
        }
        let reading = fhir::read(text.as_bytes()).with_context(|| format!("{} is no FHIR", file.display()))?;
        for resource in reading.resources {
            let Some(patient) = resource.patient().cloned() else {
                continue;
            };
            // The same resource stands alone and in bundles.
            let name = resource.id().map_or_else(|| resource.text().to_owned(), str::to_owned);
            if seen.insert((resource.resource_type().to_owned(), name)) {
                charts.entry(patient).or_default().push(resource);
            }
        }
    }
    Ok(charts
        .into_iter()
        .map(|(patient, resources)| Chart { patient, resources })
        .collect())
}
