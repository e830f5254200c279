//! The keywords of a resource.

use super::{FhirError, MAX_RESOURCE_KEYWORDS, Resource, date, narrative, walk};
use aegle_sealed::{Keyword, KeywordError, analyse};
use std::collections::BTreeSet;

/// What was found in a resource.
pub struct Extraction {
    /// Its keywords, each once, in ascending order.
    pub keywords: Vec<Keyword>,
    /// How many codings, statuses and days are malformed, so that the resource is not found by them.
    pub skipped: usize,
}

pub(super) fn extract(resource: &Resource) -> Result<Extraction, FhirError> {
    let mut found = Found::default();
    found.add(Keyword::resource_type(resource.resource_type()));
    let fields = resource.fields();
    if let Some(status) = fields.get("status").and_then(serde_json::Value::as_str) {
        found.add(Keyword::status(status));
    }
    for element in ["clinicalStatus", "verificationStatus"] {
        for (_, code) in fields.get(element).map(walk::codings).unwrap_or_default() {
            found.add(Keyword::status(code));
        }
    }
    for (system, code) in fields.get("category").map(walk::codings).unwrap_or_default() {
        found.add(Keyword::category(system, code));
    }
    for day in date::days(fields) {
        found.add(Keyword::day(day));
    }
    walk::walk(fields, &mut found);
    if found.keywords.len() > MAX_RESOURCE_KEYWORDS {
        return Err(FhirError::TooManyKeywords {
            resource_type: resource.resource_type().into(),
        });
    }
    Ok(Extraction {
        keywords: found.keywords.into_iter().collect(),
        skipped: found.skipped,
    })
}

#[derive(Default)]
struct Found {
    keywords: BTreeSet<Keyword>,
    skipped: usize,
}

impl Found {
    fn add(&mut self, keyword: Result<Keyword, KeywordError>) {
        match keyword {
            Ok(keyword) => {
                self.keywords.insert(keyword);
            }
            Err(_) => self.skipped += 1,
        }
    }
}

impl walk::Finder for Found {
    fn code(&mut self, system: &str, code: &str) {
        self.add(Keyword::code(system, code));
    }

    fn text(&mut self, text: &str) {
        for word in analyse(text) {
            self.add(Keyword::text(&word));
        }
    }

    fn narrative(&mut self, xhtml: &str) {
        self.text(&narrative::text(xhtml));
    }
}
