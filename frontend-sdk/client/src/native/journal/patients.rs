//! What is known of a system's patients: the servers that have them, and whose charts were merged into whose.

use super::{Journal, JournalError, MAX_MERGES, MERGES, SERVERS};
use aegle_rules::AccountId;
use redb::ReadableTableMetadata;
use std::collections::{HashMap, HashSet};

impl Journal {
    /// Reads the server that is said to have a patient of a system; `None` where nothing was said.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub fn server_of(&self, patient: &str) -> Result<Option<String>, JournalError> {
        self.read(|transaction| {
            let table = transaction.open_table(SERVERS)?;
            Ok(table.get(patient)?.map(|value| value.value().to_owned()))
        })
    }

    /// Remembers the servers that are said to have patients.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub fn set_servers(&self, servers: &HashMap<String, String>) -> Result<(), JournalError> {
        if servers.is_empty() {
            return Ok(());
        }
        self.write(|transaction| {
            let mut table = transaction.open_table(SERVERS)?;
            for (patient, server) in servers {
                table.insert(patient.as_str(), server.as_str())?;
            }
            Ok(())
        })
    }

    /// Reads which patients of a system have charts that go on in others', each with whose.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub fn merges(&self, source: &str) -> Result<HashMap<String, String>, JournalError> {
        self.read(|transaction| {
            let table = transaction.open_table(MERGES)?;
            let mut merges = HashMap::new();
            for entry in table.range((source, "")..)? {
                let (key, by) = entry?;
                let (own, replaced) = key.value();
                if own != source {
                    break;
                }
                merges.insert(replaced.to_owned(), by.value().to_owned());
            }
            Ok(merges)
        })
    }

    /// Remembers patients of a system whose charts go on in others'.
    ///
    /// # Errors
    /// [`JournalError::TooManyMerges`], and the database's.
    pub fn set_merges(&self, source: &str, merges: &HashMap<String, String>) -> Result<(), JournalError> {
        if merges.is_empty() {
            return Ok(());
        }
        let known = self.read(|transaction| Ok(transaction.open_table(MERGES)?.len()?))?;
        if known + merges.len() as u64 > MAX_MERGES {
            return Err(JournalError::TooManyMerges);
        }
        self.write(|transaction| {
            let mut table = transaction.open_table(MERGES)?;
            for (replaced, by) in merges {
                table.insert((source, replaced.as_str()), by.as_str())?;
            }
            Ok(())
        })
    }

    /// Counts the records that count and are under some patients.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub fn records_under(&self, source: &str, patients: &HashSet<AccountId>) -> Result<u64, JournalError> {
        let mut found = 0;
        if patients.is_empty() {
            return Ok(found);
        }
        self.each_history(|identity, history| {
            if identity.source == source {
                found += history
                    .current()
                    .filter(|held| patients.contains(&held.patient))
                    .count() as u64;
            }
        })?;
        Ok(found)
    }
}
