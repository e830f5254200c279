//! The patients whom records can be sealed to: their cards by the ids that the files call them.

use crate::{
    chain::ChainError,
    custodian::{Custodian, EnrolledError, EnrolledPatient},
    deployment::{Aegle, OnChain},
    native::{ChainClient, HttpTransport},
    patient::PatientCard,
};
use aegle_crypto::classes::Class;
use aegle_rules::AccountId;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

/// Most patients whose keys are remembered at once.
const MAX_REMEMBERED: usize = 8_192;
/// How long the keys of a patient are used before they are fetched again.
const KEYS_KEPT: Duration = Duration::from_secs(5 * 60);
/// Longest file of a card, in bytes.
const MAX_CARD_BYTES: u64 = 64 << 10;
/// Longest file of patients, in bytes.
const MAX_PATIENTS_BYTES: u64 = 256 << 20;

/// The reason why a patient cannot be told or sealed to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CardError {
    /// It is not `ID=CARD`.
    #[error("{place}: a patient is given as ID=CARD, the id in the files and the file of their card")]
    Form {
        /// Where it stands.
        place: String,
    },
    /// A patient has two cards.
    #[error("{id} is named twice; a patient has one card")]
    Twice {
        /// The patient.
        id: String,
    },
    /// A file cannot be read.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// A file is no card.
    #[error("{} is no card as `aegle keys card` writes it: {source}", path.display())]
    NoCard {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// The patient cannot be enrolled.
    #[error("{id}, with the card {}: {source}", path.display())]
    Enrolled {
        /// The patient.
        id: String,
        /// Their card.
        path: PathBuf,
        /// Why.
        source: Box<EnrolledError>,
    },
}

/// Cards by ids, and the keys of those patients who came last.
#[derive(Default)]
pub struct Cards {
    files: BTreeMap<String, PathBuf>,
    accounts: HashMap<String, AccountId>,
    enrolled: HashMap<String, Remembered>,
}

/// A patient whose keys are remembered.
struct Remembered {
    patient: Arc<EnrolledPatient>,
    fetched: Instant,
}

impl Cards {
    /// Adds a patient, as `ID=CARD`; `place` says where that stands.
    ///
    /// # Errors
    /// It has another form, or the patient has a card.
    pub fn add(&mut self, patient: &str, folder: &Path, place: &str) -> Result<(), CardError> {
        let form = || CardError::Form {
            place: place.to_owned(),
        };
        let (id, file) = patient.split_once('=').ok_or_else(form)?;
        let (id, file) = (id.trim(), file.trim());
        let id = id.strip_prefix("Patient/").unwrap_or(id);
        if id.is_empty() || file.is_empty() {
            return Err(form());
        }
        if self.files.insert(id.to_owned(), folder.join(file)).is_some() {
            return Err(CardError::Twice { id: id.to_owned() });
        }
        Ok(())
    }

    /// Adds the patients of a file: one a line, as `ID=CARD`, cards relative to the file. Empty lines, and those that begin
    /// with `#`, are nothing.
    ///
    /// # Errors
    /// It cannot be read, or a line is of another form.
    pub fn add_file(&mut self, path: &Path) -> Result<(), CardError> {
        let text = read(path, MAX_PATIENTS_BYTES)?;
        let text = String::from_utf8(text).map_err(|error| CardError::File {
            path: path.to_owned(),
            source: io::Error::new(io::ErrorKind::InvalidData, error),
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        for (line, patient) in (1..).zip(text.lines()) {
            let patient = patient.trim();
            if !patient.is_empty() && !patient.starts_with('#') {
                self.add(patient, folder, &format!("{}, line {line}", path.display()))?;
            }
        }
        Ok(())
    }

    /// Returns whether a patient has a card.
    pub fn has(&self, id: &str) -> bool {
        self.files.contains_key(id)
    }

    /// Returns how many patients have cards.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Returns whether nobody has a card.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    fn card(&self, id: &str) -> Result<(PathBuf, PatientCard), CardError> {
        let path = self.files.get(id).cloned();
        let path = path.ok_or_else(|| CardError::Form { place: id.to_owned() })?;
        match serde_json::from_slice(&read(&path, MAX_CARD_BYTES)?) {
            Ok(card) => Ok((path, card)),
            Err(source) => Err(CardError::NoCard { path, source }),
        }
    }

    /// Finds the account of a patient who has a card.
    ///
    /// # Errors
    /// There is no card, or it cannot be read.
    pub fn account(&mut self, id: &str) -> Result<AccountId, CardError> {
        if let Some(known) = self.accounts.get(id) {
            return Ok(*known);
        }
        let (_, card) = self.card(id)?;
        self.accounts.insert(id.to_owned(), card.account);
        Ok(card.account)
    }

    /// Opens the card of a patient who has one, and fetches their keys.
    ///
    /// # Errors
    /// See [`CardError`].
    pub async fn enrolled(
        &mut self,
        aegle: &Aegle<'_, ChainClient, HttpTransport>,
        custodian: &Custodian,
        id: &str,
    ) -> Result<Arc<EnrolledPatient>, CardError> {
        let known = self.enrolled.get(id);
        if let Some(known) = known.filter(|known| known.fetched.elapsed() < KEYS_KEPT) {
            return Ok(known.patient.clone());
        }
        let fetched = Instant::now();
        let (path, card) = self.card(id)?;
        let enrolled = custodian.enrolled(aegle, &card).await;
        let enrolled = enrolled.map_err(|source| CardError::Enrolled {
            id: id.to_owned(),
            path,
            source: Box::new(source),
        })?;
        if self.enrolled.len() == MAX_REMEMBERED {
            self.enrolled.clear();
        }
        let enrolled = Arc::new(enrolled);
        let patient = enrolled.clone();
        self.enrolled.insert(id.to_owned(), Remembered { patient, fetched });
        Ok(enrolled)
    }

    /// Returns a patient whom a record of a class can be sealed to.
    ///
    /// # Errors
    /// The patient has published no key for the slot's epoch.
    pub(super) fn with_key(
        &self,
        id: &str,
        patient: Arc<EnrolledPatient>,
        class: Class,
    ) -> Result<Arc<EnrolledPatient>, CardError> {
        match patient.key(class) {
            Ok(_) => Ok(patient),
            Err(run_out) => Err(CardError::Enrolled {
                id: id.to_owned(),
                path: self.files.get(id).cloned().unwrap_or_default(),
                source: Box::new(run_out.into()),
            }),
        }
    }

    /// Forgets the keys of those of some patients whose entry in the key directory, or whose epochs, are others now: nothing
    /// new is sealed to keys of an epoch that has ended.
    ///
    /// # Errors
    /// The chain does not answer.
    pub async fn forget_changed(
        &mut self,
        aegle: &OnChain<'_, ChainClient>,
        custodian: &Custodian,
        ids: &BTreeSet<String>,
    ) -> Result<(), ChainError> {
        let known = ids.iter().filter_map(|id| self.enrolled.get(id));
        let moved = custodian.moved(aegle, known.map(|known| &*known.patient)).await?;
        self.enrolled
            .retain(|_, known| !moved.contains(&known.patient.account()));
        Ok(())
    }
}

impl CardError {
    /// Whether it is the patient's own: others can be sealed to.
    pub(super) fn is_of_one(&self) -> bool {
        match self {
            Self::Enrolled { source, .. } => !matches!(**source, EnrolledError::Chain(_) | EnrolledError::Indexer(_)),
            _ => true,
        }
    }
}

fn read(path: &Path, limit: u64) -> Result<Vec<u8>, CardError> {
    use std::io::Read;
    let unreadable = |source| CardError::File {
        path: path.to_owned(),
        source,
    };
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(unreadable)?;
    file.take(limit + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > limit {
        return Err(unreadable(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("more than {limit} bytes"),
        )));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn patients_come_from_a_file_and_each_has_one_card() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("patients");
        let read = |text: &str| {
            fs::write(&path, text).unwrap();
            let mut cards = Cards::default();
            cards.add_file(&path).map(|()| cards)
        };
        let cards = read("# ward 3\n\n 17=ana.card\r\nPatient/18 = cards/ben.card\n").unwrap();
        assert_eq!(cards.len(), 2);
        assert_eq!(cards.files["18"], folder.path().join("cards/ben.card"));
        assert!(cards.has("17") && !cards.has("Patient/17"));
        assert!(matches!(read("17=a\nPatient/17=b"), Err(CardError::Twice { .. })));
        for wrong in ["17", "=a", "17=", "17 ana.card"] {
            let error = read(&format!("1=a\n{wrong}\n")).err().unwrap();
            assert!(error.to_string().contains("line 2"), "{wrong}: {error}");
        }
    }
}
