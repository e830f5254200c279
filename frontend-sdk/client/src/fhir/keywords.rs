//! The keywords of a resource.

use super::{FhirError, MAX_RESOURCE_KEYWORDS, Resource, date, narrative, walk};
use aegle_sealed::{Indexing, Keyword, KeywordError, Kind};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The code system of UCUM.
const UCUM: &str = "http://unitsofmeasure.org";

/// What was found in a resource.
pub struct Extraction {
    /// Its keywords, each once, in ascending order.
    pub keywords: Vec<Keyword>,
    /// How many codings, statuses, days and quantities are malformed, so that the resource is not found by them. A
    /// quantity with a comparator (`< 0.01`) is among them: it is a bound and no value.
    pub skipped: usize,
}

pub(super) fn extract(resource: &Resource, indexing: &Indexing) -> Result<Extraction, FhirError> {
    let mut found = Found {
        indexing,
        keywords: BTreeSet::new(),
        skipped: 0,
    };
    found.add(Keyword::resource_type(resource.resource_type()));
    let fields = resource.fields();
    if let Some(status) = fields.get("status").and_then(Value::as_str) {
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
        found.add_all(indexing.day(day));
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

struct Found<'a> {
    indexing: &'a Indexing,
    keywords: BTreeSet<Keyword>,
    skipped: usize,
}

impl Found<'_> {
    fn add(&mut self, keyword: Result<Keyword, KeywordError>) {
        self.add_all(keyword.map(|keyword| vec![keyword]));
    }

    /// All keywords of one thing.
    fn add_all(&mut self, keywords: Result<Vec<Keyword>, KeywordError>) {
        match keywords {
            Ok(keywords) => self.keywords.extend(keywords),
            Err(_) => self.skipped += 1,
        }
    }
}

impl walk::Finder for Found<'_> {
    fn code(&mut self, system: &str, code: &str) {
        self.add_all(self.indexing.code(system, code));
    }

    fn quantity(&mut self, fields: &Map<String, Value>) {
        let of = |name: &str| fields.get(name).and_then(Value::as_str);
        let Some(Value::Number(number)) = fields.get("value").filter(|_| self.indexing.has(Kind::NumberRanges)) else {
            return;
        };
        if fields.contains_key("comparator") {
            self.skipped += 1;
            return;
        }
        let number = number.to_string();
        let unit = of("code").filter(|_| of("system") == Some(UCUM));
        let keywords = self.indexing.quantity(&number, unit);
        if unit.is_some() && keywords == Err(KeywordError::NotAUnit) {
            // The number as it is written is still worth finding.
            self.add_all(self.indexing.quantity(&number, None));
        }
        self.add_all(keywords);
    }

    fn number(&mut self, number: &str) {
        self.add_all(self.indexing.quantity(number, None));
    }

    fn text(&mut self, text: &str) {
        self.add_all(self.indexing.text(text));
    }

    fn narrative(&mut self, xhtml: &str) {
        self.text(&narrative::text(xhtml));
    }
}
