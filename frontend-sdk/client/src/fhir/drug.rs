//! A drug that a resource refers to.

use super::json::{Json, Object};

/// A drug that a resource refers to.
#[derive(Clone)]
pub(super) struct Drug {
    pub(super) reference: String,
    /// The elements of the `Medication` that say which it is; `None` while it is not known.
    pub(super) found: Option<Vec<(&'static str, Json)>>,
}

impl Drug {
    /// The elements that say which it is; `None` when it is not in the input.
    pub(super) fn found(&self) -> Option<&[(&'static str, Json)]> {
        self.found.as_deref()
    }

    pub(super) fn reference(&self) -> &str {
        &self.reference
    }
}

/// The drugs that a resource refers to, those that it contains itself apart.
pub(super) fn of(fields: &Object) -> Vec<Drug> {
    let references = fields.at("medicationReference").into_iter();
    let references = references.filter_map(|reference| reference.get("reference")?.as_str());
    let references = references.filter(|reference| !reference.starts_with('#'));
    let drug = |reference: &str| Drug {
        reference: reference.to_owned(),
        found: None,
    };
    references.map(drug).collect()
}
