//! Finding codings and texts in a resource's JSON, whatever its type.

use super::json::{Json, Object};

/// Elements whose codings say nothing about the patient's health: they are about the resource, or about identity.
const SKIPPED: [&str; 8] = [
    "meta",
    "extension",
    "modifierExtension",
    "identifier",
    "security",
    "language",
    "photo",
    "securityLabel",
];
/// Elements whose codings are not codes but statuses or categories; at the top level they are keywords of their own.
const NOT_CODES: [&str; 4] = ["category", "clinicalStatus", "verificationStatus", "status"];
/// String elements whose words are searchable.
const TEXTS: [&str; 14] = [
    "display",
    "text",
    "valueString",
    "conclusion",
    "description",
    "comment",
    "title",
    "summary",
    "note",
    "patientInstruction",
    "instruction",
    "deceasedString",
    "onsetString",
    "performedString",
];

/// Elements that are quantities which were measured or given. Others, such as reference ranges and amounts to be
/// dispensed, say nothing about the patient.
const QUANTITIES: [&str; 3] = ["valueQuantity", "doseQuantity", "dose"];
/// Elements that are numbers which were measured or answered.
const NUMBERS: [&str; 2] = ["valueInteger", "valueDecimal"];
/// Elements that are values of several numbers, for which there are no ranges.
const SEVERAL: [&str; 4] = ["valueRange", "valueRatio", "valueSampledData", "doseRange"];

/// Codings, as system (empty when it has none) and code.
pub(super) type Codings<'a> = [(&'a str, &'a str)];

/// What a walk through a resource finds.
pub(super) trait Finder {
    /// A coding that is a code: system (empty when it has none) and code.
    fn code(&mut self, system: &str, code: &str);
    /// The fields of a Quantity, and the codings of what it is a value of.
    fn quantity(&mut self, fields: &Object, of: &Codings<'_>);
    /// A number without a unit, as JSON writes it, and the codings of what it is a value of.
    fn number(&mut self, number: &str, of: &Codings<'_>);
    /// An element that is several numbers.
    fn several(&mut self, element: &str);
    /// A text for reading.
    fn text(&mut self, text: &str);
    /// A narrative's XHTML.
    fn narrative(&mut self, xhtml: &str);
}

/// Where a walk is.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// Whether codings count as codes here.
    pub(super) codes: bool,
    /// What values here are of: the codings of the nearest `code` around them.
    pub(super) of: &'a Codings<'a>,
}

impl<'a> Place<'a> {
    /// The same, in an element of a name.
    fn within(self, name: &str) -> Self {
        Self {
            codes: self.codes && !NOT_CODES.contains(&name),
            ..self
        }
    }
}

/// Walks through a resource, contained ones included. `of` are the codings of what its own values are of.
pub(super) fn walk(fields: &Object, of: &Codings<'_>, finder: &mut impl Finder) {
    let place = Place { codes: true, of };
    for (name, value) in fields.iter().filter(|(name, _)| !SKIPPED.contains(name)) {
        visit(name, value, place.within(name), finder);
    }
}

/// Walks through an element. Depth is bounded by [`super::MAX_JSON_DEPTH`].
pub(super) fn visit(name: &str, value: &Json, place: Place<'_>, finder: &mut impl Finder) {
    match value {
        Json::String(text) if name == "div" => finder.narrative(text),
        Json::String(text) if TEXTS.contains(&name) => finder.text(text),
        Json::Number(number) if NUMBERS.contains(&name) => finder.number(number, place.of),
        Json::Array(list) => list.iter().for_each(|item| visit(name, item, place, finder)),
        Json::Object(fields) => {
            if QUANTITIES.contains(&name) {
                finder.quantity(fields, place.of);
            } else if SEVERAL.contains(&name) {
                finder.several(name);
            }
            let coding = place.codes.then(|| coding(name, fields)).flatten();
            if let Some((system, code)) = coding {
                finder.code(system, code);
            }
            // What has a code itself, as a component of an observation, has values of its own.
            let own = fields.get("code").map(codings).unwrap_or_default();
            let place = if own.is_empty() {
                place
            } else {
                Place { of: &own, ..place }
            };
            for (name, value) in fields.iter().filter(|(name, _)| !SKIPPED.contains(name)) {
                visit(name, value, place.within(name), finder);
            }
        }
        _ => {}
    }
}

/// System and code of an object that is a Coding: an item of `coding`, or anything with a system and a code that is
/// no Quantity (those have a value, or are the bounds of one).
fn coding<'a>(name: &str, fields: &'a Object) -> Option<(&'a str, &'a str)> {
    let code = fields.str("code")?;
    let system = fields.str("system");
    if name == "coding" {
        return Some((system.unwrap_or_default(), code));
    }
    let quantity = ["value", "unit", "comparator"].iter().any(|field| fields.has(field));
    if quantity { None } else { Some((system?, code)) }
}

/// System and code of every coding in a CodeableConcept, or in a list of them.
pub(super) fn codings(concept: &Json) -> Vec<(&str, &str)> {
    match concept {
        Json::Array(list) => list.iter().flat_map(codings).collect(),
        Json::Object(fields) => match fields.get("coding") {
            Some(Json::Array(list)) => list
                .iter()
                .filter_map(Json::as_object)
                .filter_map(|item| coding("coding", item))
                .collect(),
            _ => coding("", fields).into_iter().collect(),
        },
        _ => Vec::new(),
    }
}

/// Elements that say what a resource is about.
const TITLES: [&str; 8] = [
    "code",
    "medicationCodeableConcept",
    "vaccineCode",
    "type",
    "medicationReference",
    "description",
    "title",
    "class",
];

/// What a person would call a resource.
pub(super) fn title(fields: &Object) -> Option<&str> {
    TITLES
        .iter()
        .filter_map(|element| fields.get(element))
        .find_map(concept_title)
}

fn concept_title(concept: &Json) -> Option<&str> {
    match concept {
        Json::String(text) => Some(text),
        Json::Array(list) => list.iter().find_map(concept_title),
        Json::Object(fields) => {
            let of = |name: &str| fields.str(name);
            let coding = || fields.get("coding").and_then(concept_title);
            of("text").or_else(|| of("display")).or_else(coding)
        }
        _ => None,
    }
}
