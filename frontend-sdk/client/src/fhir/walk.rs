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
const QUANTITIES: [&str; 2] = ["valueQuantity", "doseQuantity"];
/// Elements that are numbers which were measured or answered.
const NUMBERS: [&str; 2] = ["valueInteger", "valueDecimal"];

/// What a walk through a resource finds.
pub(super) trait Finder {
    /// A coding that is a code: system (empty when it has none) and code.
    fn code(&mut self, system: &str, code: &str);
    /// The fields of a Quantity.
    fn quantity(&mut self, fields: &Object);
    /// A number without a unit, as JSON writes it.
    fn number(&mut self, number: &str);
    /// A text for reading.
    fn text(&mut self, text: &str);
    /// A narrative's XHTML.
    fn narrative(&mut self, xhtml: &str);
}

/// Walks through a resource, contained ones included.
pub(super) fn walk(fields: &Object, finder: &mut impl Finder) {
    for (name, value) in fields.iter() {
        if !SKIPPED.contains(&name) {
            visit(name, value, !NOT_CODES.contains(&name), finder);
        }
    }
}

/// `codes` says whether codings below count as codes. Depth is bounded by [`super::MAX_JSON_DEPTH`].
pub(super) fn visit(name: &str, value: &Json, codes: bool, finder: &mut impl Finder) {
    match value {
        Json::String(text) if name == "div" => finder.narrative(text),
        Json::String(text) if TEXTS.contains(&name) => finder.text(text),
        Json::Number(number) if NUMBERS.contains(&name) => finder.number(number),
        Json::Array(list) => list.iter().for_each(|item| visit(name, item, codes, finder)),
        Json::Object(fields) => {
            if QUANTITIES.contains(&name) {
                finder.quantity(fields);
            }
            if codes && let Some((system, code)) = coding(name, fields) {
                finder.code(system, code);
            }
            for (name, value) in fields.iter() {
                if !SKIPPED.contains(&name) {
                    visit(name, value, codes && !NOT_CODES.contains(&name), finder);
                }
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
        .filter_map(|element| fields.get(*element))
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
