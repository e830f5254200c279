//! The keywords of a resource.

use super::{
    Finding, MAX_RESOURCE_KEYWORDS, Report, Resource, date,
    json::{Json, Object},
    narrative, walk,
};
use aegle_sealed::{Comparator, Field, Indexing, Keyword, KeywordError, Kind, Text, is_known_unit};
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

impl Resource {
    /// Extracts the keywords by which the resource is found, each once, in order, under the default indexing: equality,
    /// ranges of dates and numbers, and beginnings of codes.
    pub fn keywords(&self) -> Extraction {
        self.keywords_under(&Indexing::default())
    }

    /// Extracts the keywords by which the resource is found, each once, in order, for the kinds of questions in
    /// `indexing`. When they are more than [`MAX_RESOURCE_KEYWORDS`], the most telling ones are kept and the others
    /// counted.
    pub fn keywords_under(&self, indexing: &Indexing) -> Extraction {
        extract(self, indexing)
    }
}

fn extract(resource: &Resource, indexing: &Indexing) -> Extraction {
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
                let what = from.or(to).unwrap_or_default();
                found.add_all(Finding::MalformedTime, what, indexing.dates(from, to));
            }
            Err(text) => found.tell(Finding::MalformedTime, text),
        }
    }
    let measured = measured(resource);
    walk::walk(fields, &measured, &mut found);
    let place = walk::Place {
        codes: true,
        of: &measured,
    };
    for drug in &resource.drugs {
        match drug.found() {
            Some(elements) => elements
                .iter()
                .for_each(|(name, value)| walk::visit(name, value, place, &mut found)),
            None => found.tell(Finding::UnknownDrug, drug.reference()),
        }
    }
    found.bounded()
}

/// The codings of what the resource's own values are of: its code, or the drug that was given.
fn measured(resource: &Resource) -> Vec<(&str, &str)> {
    let fields = resource.fields();
    let own = ["code", "medicationCodeableConcept", "vaccineCode"].into_iter();
    let own = own.filter_map(|name| fields.get(name)).flat_map(walk::codings);
    let refers = !fields.at("medicationReference").is_empty();
    let contained = fields.at("contained").into_iter().filter(|_| refers);
    let contained =
        contained.filter(|contained| contained.get("resourceType").and_then(Json::as_str) == Some("Medication"));
    let contained = contained
        .filter_map(|medication| medication.get("code"))
        .flat_map(walk::codings);
    let found = resource.drugs.iter().filter_map(|drug| drug.found()).flatten();
    let found = found
        .filter(|(name, _)| *name == "code")
        .flat_map(|(_, code)| walk::codings(code));
    let codings: BTreeSet<(&str, &str)> = own.chain(contained).chain(found).collect();
    codings.into_iter().collect()
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
            keywords.sort_by_key(rank);
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

/// How telling a keyword is: first what a resource is, says and when; then the words of its texts; last what makes these
/// found otherwise than by themselves.
fn rank(keyword: &Keyword) -> u8 {
    match keyword.field() {
        Field::Type | Field::Status | Field::Category | Field::Code | Field::Day => 0,
        Field::DaySpan => 1,
        Field::ValueSpan => 2,
        Field::CodePrefix => 3,
        // Pairs of neighbours have a space.
        Field::Text if !keyword.as_bytes().contains(&b' ') => 4,
        Field::Text => 5,
        _ => 6,
    }
}

/// How a value lies to its number; `None` for a comparator that R4 does not have.
fn comparator(fields: &Object) -> Option<Comparator> {
    let Some(comparator) = fields.get("comparator") else {
        return Some(Comparator::Is);
    };
    match comparator.as_str()? {
        "<" => Some(Comparator::Less),
        "<=" => Some(Comparator::AtMost),
        ">" => Some(Comparator::More),
        ">=" => Some(Comparator::AtLeast),
        _ => None,
    }
}

impl Found<'_> {
    /// A value of what some codings say.
    fn value(&mut self, of: &walk::Codings<'_>, comparator: Comparator, number: &str, unit: &str) {
        // A malformed coding is counted where it stands.
        let codings = of.iter().filter(|(system, code)| Keyword::code(system, code).is_ok());
        let mut bound = false;
        for coding in codings {
            bound = true;
            let keywords = self.indexing.quantity(*coding, comparator, number, unit);
            self.add_all(Finding::MalformedQuantity, &format!("{number} {unit}"), keywords);
        }
        if !bound {
            self.tell(Finding::UnboundValue, &format!("{number} {unit}"));
        }
    }
}

impl walk::Finder for Found<'_> {
    fn code(&mut self, system: &str, code: &str) {
        self.add_all(Finding::MalformedCode, code, self.indexing.code(system, code));
    }

    fn quantity(&mut self, fields: &Object, of: &walk::Codings<'_>) {
        let Some(value) = fields.get("value").filter(|_| self.indexing.has(Kind::NumberRanges)) else {
            return;
        };
        let (Json::Number(number), Some(comparator)) = (value, comparator(fields)) else {
            self.tell(
                Finding::MalformedQuantity,
                "a value that is no number, or not compared to one",
            );
            return;
        };
        // UCUM's code, else what is written for people, else a code of another system.
        let code = fields.str("code");
        let ucum = code.filter(|_| fields.str("system") == Some(UCUM));
        let written = [fields.str("unit"), code];
        let known = || written.into_iter().flatten().find(|unit| is_known_unit(unit));
        let unit = ucum.or_else(known).or(written[0]).or(written[1]).unwrap_or("1");
        if !is_known_unit(unit) {
            self.tell(Finding::UnknownUnit, unit);
        }
        self.value(of, comparator, number, unit);
    }

    fn number(&mut self, number: &str, of: &walk::Codings<'_>) {
        if self.indexing.has(Kind::NumberRanges) {
            self.value(of, Comparator::Is, number, "1");
        }
    }

    fn several(&mut self, element: &str) {
        if self.indexing.has(Kind::NumberRanges) {
            self.tell(Finding::UnboundValue, element);
        }
    }

    fn text(&mut self, text: &str) {
        let Text { keywords, dropped } = self.indexing.text(text);
        self.keywords.extend(keywords);
        for _ in 0..dropped {
            self.tell(Finding::LongWord, "a word of a text");
        }
    }

    fn narrative(&mut self, xhtml: &str) {
        self.text(&narrative::text(xhtml));
    }
}
