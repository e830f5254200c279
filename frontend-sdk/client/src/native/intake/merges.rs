//! Merged charts: a record of a patient whose chart goes on in another one's is that one's.
//!
//! What R4's `Patient.link` says of it is remembered in the journal, since later exports name the replaced patient too. Where
//! two links contradict each other, or lead in a circle, the records of those patients are refused.

use super::error::{MAX_CHAIN, MergeError};
use crate::fhir::Merge;
use std::collections::{BTreeMap, HashMap};

/// The charts of a system that were merged.
#[derive(Default)]
pub(super) struct Merges {
    /// Whose chart goes on in whose.
    by: HashMap<String, String>,
    /// Those of them that the journal does not have.
    new: HashMap<String, String>,
    /// Patients of whom it is not certain, and why.
    refused: BTreeMap<String, MergeError>,
}

impl Merges {
    pub(super) fn of(known: HashMap<String, String>) -> Self {
        Self {
            by: known,
            ..Self::default()
        }
    }

    /// Takes in that a chart goes on in another one.
    pub(super) fn add(&mut self, merge: &Merge) -> Result<(), MergeError> {
        let (replaced, by) = (merge.replaced.id(), merge.by.id());
        if let Some(refused) = self.refused.get(replaced) {
            return Err(refused.clone());
        }
        match self.by.get(replaced) {
            Some(known) if known == by => return Ok(()),
            Some(known) => {
                let error = MergeError::Two {
                    replaced: replaced.to_owned(),
                    one: known.clone(),
                    other: by.to_owned(),
                };
                self.refuse(replaced, &error);
                return Err(error);
            }
            None => {}
        }
        // Where it would lead: never back.
        let mut last = by;
        for _ in 0..MAX_CHAIN {
            if last == replaced {
                let error = MergeError::Circle {
                    replaced: replaced.to_owned(),
                    by: by.to_owned(),
                };
                let by = by.to_owned();
                self.refuse(replaced, &error);
                self.refuse(&by, &error);
                return Err(error);
            }
            match self.by.get(last) {
                Some(next) => last = next,
                None => {
                    self.by.insert(replaced.to_owned(), by.to_owned());
                    self.new.insert(replaced.to_owned(), by.to_owned());
                    return Ok(());
                }
            }
        }
        let error = MergeError::TooLong(replaced.to_owned());
        self.refuse(replaced, &error);
        Err(error)
    }

    pub(super) fn refuse(&mut self, patient: &str, error: &MergeError) {
        self.refused.entry(patient.to_owned()).or_insert_with(|| error.clone());
        // What is refused is not remembered for later runs.
        self.new.remove(patient);
    }

    /// The patient in whose chart that of a patient goes on: their own, unless they were merged.
    pub(super) fn current<'a>(&'a self, patient: &'a str) -> Result<&'a str, MergeError> {
        let mut current = patient;
        for _ in 0..=MAX_CHAIN {
            if let Some(refused) = self.refused.get(current) {
                return Err(refused.clone());
            }
            match self.by.get(current) {
                Some(next) => current = next,
                None => return Ok(current),
            }
        }
        Err(MergeError::TooLong(patient.to_owned()))
    }

    /// The patients whose charts go on in that of a patient.
    pub(super) fn merged_into<'a>(&'a self, patient: &'a str) -> impl Iterator<Item = &'a str> {
        let replaced = self.by.keys().map(String::as_str);
        replaced.filter(move |replaced| self.current(replaced) == Ok(patient))
    }

    /// What the journal is to remember.
    pub(super) fn take_new(&mut self) -> HashMap<String, String> {
        std::mem::take(&mut self.new)
    }

    /// The patients who were replaced, each with who is used instead.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        let replaced = self.by.keys().map(String::as_str);
        replaced.filter_map(|replaced| Some((replaced, self.current(replaced).ok()?)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::fhir::Resource;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn merge(replaced: &str, by: &str) -> Merge {
        let link = format!(r#"{{"type":"replaced-by","other":{{"reference":"Patient/{by}"}}}}"#);
        let text = format!(r#"{{"resourceType":"Patient","id":"{replaced}","link":[{link}]}}"#);
        Resource::parse(&text).unwrap().merges().unwrap().remove(0)
    }

    fn merges(pairs: &[(&str, &str)]) -> Merges {
        let mut merges = Merges::default();
        for (replaced, by) in pairs {
            let _ = merges.add(&merge(replaced, by));
        }
        merges
    }

    #[test]
    fn a_chart_goes_on_where_the_last_merge_says() {
        let mut known = merges(&[("a", "b"), ("b", "c"), ("x", "c")]);
        for (patient, current) in [("a", "c"), ("b", "c"), ("c", "c"), ("d", "d")] {
            assert_eq!(known.current(patient), Ok(current));
        }
        let mut into: Vec<&str> = known.merged_into("c").collect();
        into.sort_unstable();
        assert_eq!(into, ["a", "b", "x"]);
        assert_eq!(known.add(&merge("a", "b")), Ok(()), "the same again");
        assert_eq!(known.take_new().len(), 3);
        assert!(known.take_new().is_empty());
    }

    #[test]
    fn what_contradicts_itself_is_refused_for_all_whom_it_is_about() {
        let two = merges(&[("a", "b"), ("a", "c")]);
        assert!(matches!(two.current("a"), Err(MergeError::Two { .. })));
        assert_eq!(two.current("b"), Ok("b"));
        let mut circle = merges(&[("a", "b"), ("b", "c"), ("c", "a")]);
        for patient in ["a", "b", "c"] {
            assert!(
                matches!(circle.current(patient), Err(MergeError::Circle { .. })),
                "{patient}"
            );
        }
        assert!(!circle.take_new().contains_key("c"), "it is not remembered");
        assert!(
            matches!(circle.add(&merge("c", "d")), Err(MergeError::Circle { .. })),
            "in this run"
        );
    }

    proptest! {
        /// Whatever is said, in whatever order: every patient has one chart, that goes on nowhere else, or is refused.
        #[test]
        fn every_patient_has_one_chart_or_is_refused(said in prop::collection::vec((0..8_u8, 0..8_u8), 0..24)) {
            let mut merges = Merges::default();
            let name = |patient: u8| format!("p{patient}");
            for (replaced, by) in said.iter().filter(|(replaced, by)| replaced != by) {
                let _ = merges.add(&merge(&name(*replaced), &name(*by)));
            }
            for patient in 0..8 {
                let patient = name(patient);
                if let Ok(current) = merges.current(&patient) {
                    prop_assert_eq!(merges.current(current), Ok(current));
                    prop_assert!(!merges.by.contains_key(current));
                    // Nobody else is said to replace them.
                    let replacing = said.iter().filter(|(one, by)| one != by && name(*one) == patient);
                    let replacing: HashSet<u8> = replacing.map(|(_, by)| *by).collect();
                    prop_assert!(replacing.len() <= 1, "{:?}", replacing);
                }
            }
        }
    }
}
