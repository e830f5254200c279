//! Where the population lies, and its resources.

use aegle_client::fhir::{self, FhirError, Resource};
use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

/// The population's folder in the cache, as `scripts/population.sh` names it: version, seed, people.
const FOLDER: &str = "clinosim-0.6.5-20260630-2000";

/// Why the population cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// None of `AEGLE_CACHE`, `XDG_CACHE_HOME` and `HOME` is set.
    #[error("none of AEGLE_CACHE, XDG_CACHE_HOME and HOME is set")]
    NoCache,
    /// It was not generated: a test without its population has proved nothing, so it does not pass.
    #[error("the population is not in {0}: run scripts/population.sh")]
    Missing(PathBuf),
    /// A file cannot be read.
    #[error("{file} cannot be read")]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A line is no FHIR resource.
    #[error(transparent)]
    Fhir(#[from] FhirError),
    /// What the plaintext says cannot be compared with a record that has not all its keywords.
    #[error("{0} has more keywords than a record may have")]
    TooManyKeywords(String),
    /// A resource's text is no JSON for a general reader.
    #[error("{0} is no JSON")]
    Json(String, #[source] serde_json::Error),
}

/// Returns the population's folder.
///
/// # Errors
/// [`ReadError::NoCache`], [`ReadError::Missing`].
pub fn folder() -> Result<PathBuf, ReadError> {
    let home = || env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let shared = || env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(home);
    let cache = env::var_os("AEGLE_CACHE")
        .map(PathBuf::from)
        .or_else(|| Some(shared()?.join("aegle")));
    let folder = cache.ok_or(ReadError::NoCache)?.join(FOLDER);
    // The generator's output is moved here as a whole.
    if folder.join("Patient.ndjson").exists() {
        Ok(folder)
    } else {
        Err(ReadError::Missing(folder))
    }
}

/// Returns the texts of all resource files, in order of their names: one resource a line.
///
/// # Errors
/// [`ReadError::File`].
pub fn texts(folder: &Path) -> Result<Vec<String>, ReadError> {
    let failed = |file: &Path| {
        let file = file.to_owned();
        move |source| ReadError::File { file, source }
    };
    let entries = fs::read_dir(folder).map_err(failed(folder))?;
    let mut files = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<Vec<_>>>()
        .map_err(failed(folder))?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "ndjson"));
    files.sort();
    files
        .iter()
        .map(|file| fs::read_to_string(file).map_err(failed(file)))
        .collect()
}

/// Parses the resources of a line: one, or those of a bundle.
///
/// # Errors
/// [`ReadError::Fhir`].
pub fn resources(line: &str) -> Result<Vec<Resource>, ReadError> {
    Ok(fhir::read(line.as_bytes())?.resources)
}
