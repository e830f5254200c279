//! The keywords of a resource.

use super::{
    Finding, MAX_RESOURCE_KEYWORDS, Report, Resource, date,
    json::{Json, Object},
    narrative, walk,
};
use aegle_sealed::{Field, Indexing, Keyword, KeywordError, Kind};
use std::collections::BTreeSet;

/// The code system of UCUM.
const UCUM: &str = "http://unitsofmeasure.org";

/// What was found in a resource.
#[derive(Clone)]
pub struct Extraction {
    /// Its keywords, each once, in ascending order: at most [`MAX_RESOURCE_KEYWORDS`].
    pub keywords: Vec<Keyword>,
    /// What of it is malformed or too much, so that the resource is not found by it.
    pub report: Report,
}

pub(super) fn extract(resource: &Resource, indexing: &Indexing) -> Extraction {
    let mut found = Found {
        name: resource.name(),
        indexing,
        keywords: BTreeSet::new(),
        report: Report::default(),
    };
    found.add(
        Finding::MalformedCode,
        "resourceType",
        Keyword::resource_type(resource.resource_type()),
    );
    let fields = resource.fields();
    if let Some(status) = fields.str("status") {
        found.add(Finding::MalformedCode, status, Keyword::status(status));
    }
    for element in ["clinicalStatus", "verificationStatus"] {
        for (_, code) in fields.get(element).map(walk::codings).unwrap_or_default() {
            found.add(Finding::MalformedCode, code, Keyword::status(code));
        }
    }
    for (system, code) in fields.get("category").map(walk::codings).unwrap_or_default() {
        found.add(Finding::MalformedCode, code, Keyword::category(system, code));
    }
    for interval in date::intervals(fields) {
        match interval {
            Ok(date::Interval { from, to }) => {
                let days = from.into_iter().chain(to).filter(|day| day.len() == "YYYY-MM-DD".len());
                for day in days.collect::<BTreeSet<_>>() {
                    found.add_all(Finding::MalformedTime, day, indexing.day(day));
                }
            }
            Err(text) => found.tell(Finding::MalformedTime, text),
        }
    }
    walk::walk(fields, &mut found);
    for drug in &resource.drugs {
        match drug.found() {
            Some(elements) => elements
                .iter()
                .for_each(|(name, value)| walk::visit(name, value, true, &mut found)),
            None => found.tell(Finding::UnknownDrug, drug.reference()),
        }
    }
    found.bounded()
}

struct Found<'a> {
    /// The resource.
    name: String,
    indexing: &'a Indexing,
    keywords: BTreeSet<Keyword>,
    report: Report,
}

impl Found<'_> {
    fn tell(&mut self, finding: Finding, what: &str) {
        self.report.add(finding, || format!("{}: {what}", self.name));
    }

    fn add(&mut self, finding: Finding, what: &str, keyword: Result<Keyword, KeywordError>) {
        self.add_all(finding, what, keyword.map(|keyword| vec![keyword]));
    }

    /// All keywords of one thing.
    fn add_all(&mut self, finding: Finding, what: &str, keywords: Result<Vec<Keyword>, KeywordError>) {
        match keywords {
            Ok(keywords) => self.keywords.extend(keywords),
            Err(_) => self.tell(finding, what),
        }
    }

    /// As many as a resource may have, the most telling first.
    fn bounded(mut self) -> Extraction {
        let excess = self.keywords.len().saturating_sub(MAX_RESOURCE_KEYWORDS);
        let mut keywords: Vec<Keyword> = self.keywords.into_iter().collect();
        if excess > 0 {
            keywords.sort_by_key(|keyword| rank(keyword.field()));
            for keyword in keywords.split_off(MAX_RESOURCE_KEYWORDS) {
                self.report
                    .add(Finding::TooManyKeywords, || format!("{}: {keyword}", self.name));
            }
            keywords.sort_unstable();
        }
        Extraction {
            keywords,
            report: self.report,
        }
    }
}

/// How telling keywords of a field are: first what a resource is, says and when; then the words of its texts; last what
/// makes these found otherwise than by themselves.
fn rank(field: Field) -> u8 {
    match field {
        Field::Type | Field::Status | Field::Category | Field::Code | Field::Day => 0,
        Field::DaySpan => 1,
        Field::CodePrefix => 2,
        Field::Text => 3,
        Field::ValueSpan => 4,
        _ => 5,
    }
}

impl walk::Finder for Found<'_> {
    fn code(&mut self, system: &str, code: &str) {
        self.add_all(Finding::MalformedCode, code, self.indexing.code(system, code));
    }

    fn quantity(&mut self, fields: &Object) {
        let Some(value) = fields.get("value").filter(|_| self.indexing.has(Kind::NumberRanges)) else {
            return;
        };
        let Json::Number(number) = value else {
            self.tell(Finding::MalformedQuantity, "a value that is no number");
            return;
        };
        if fields.has("comparator") {
            self.tell(Finding::MalformedQuantity, "a bound in place of a value");
            return;
        }
        let unit = fields.str("code").filter(|_| fields.str("system") == Some(UCUM));
        let keywords = self.indexing.quantity(number, unit);
        if unit.is_some() && keywords == Err(KeywordError::NotAUnit) {
            // The number as it is written is still worth finding.
            self.add_all(Finding::MalformedQuantity, number, self.indexing.quantity(number, None));
        }
        self.add_all(Finding::MalformedQuantity, unit.unwrap_or(number), keywords);
    }

    fn number(&mut self, number: &str) {
        self.add_all(Finding::MalformedQuantity, number, self.indexing.quantity(number, None));
    }

    fn text(&mut self, text: &str) {
        self.add_all(Finding::LongWord, "a text", self.indexing.text(text));
    }

    fn narrative(&mut self, xhtml: &str) {
        self.text(&narrative::text(xhtml));
    }
}
