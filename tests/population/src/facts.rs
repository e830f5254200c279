//! What a resource says, in plain strings, taken from its JSON by the simplest means.

use crate::{
    lexicon::{Aspect, Lexicon},
    words::Words,
};
use serde_json::{Map, Value};

/// Elements that say nothing about the patient's health, with all that is in them.
const IGNORED: [&str; 8] = [
    "extension",
    "identifier",
    "language",
    "meta",
    "modifierExtension",
    "photo",
    "security",
    "securityLabel",
];
/// Elements that are words for a person to read.
const READABLE: [&str; 14] = [
    "comment",
    "conclusion",
    "deceasedString",
    "description",
    "display",
    "instruction",
    "note",
    "onsetString",
    "patientInstruction",
    "performedString",
    "summary",
    "text",
    "title",
    "valueString",
];
/// Elements whose codings are no codes.
const CLASSIFYING: [&str; 4] = ["category", "clinicalStatus", "status", "verificationStatus"];

/// The facts of a resource: for each aspect the numbers of its strings, each once, in order.
#[derive(Default)]
pub struct Facts {
    aspects: [Vec<u32>; Aspect::COUNT],
}

impl Facts {
    /// Collects what the resource of these fields says.
    pub fn of(fields: &Map<String, Value>, lexicon: &mut Lexicon, words: &mut Words) -> Self {
        let mut found = Found {
            facts: Self::default(),
            lexicon,
            words,
        };
        found.top(fields);
        found.below(fields, true);
        let mut facts = found.facts;
        facts.order();
        facts
    }

    /// Gives the strings other numbers: for each aspect, the new ones in order of the old ones.
    pub(crate) fn renumber(&mut self, numbers: &[Vec<u32>; Aspect::COUNT]) {
        for (strings, numbers) in self.aspects.iter_mut().zip(numbers) {
            for string in strings {
                *string = numbers[*string as usize];
            }
        }
        self.order();
    }

    fn order(&mut self) {
        for strings in &mut self.aspects {
            strings.sort_unstable();
            strings.dedup();
        }
    }

    /// Returns the numbers of the strings of an aspect.
    pub fn about(&self, aspect: Aspect) -> &[u32] {
        &self.aspects[aspect as usize]
    }
}

struct Found<'a> {
    facts: Facts,
    lexicon: &'a mut Lexicon,
    words: &'a mut Words,
}

impl Found<'_> {
    fn say(&mut self, aspect: Aspect, text: &str) {
        let number = self.lexicon.of_mut(aspect).number(text);
        self.facts.aspects[aspect as usize].push(number);
    }

    /// Adds what only the resource itself says: type, status, category, days.
    fn top(&mut self, fields: &Map<String, Value>) {
        for name in ["resourceType", "status"] {
            let aspect = if name == "status" { Aspect::Status } else { Aspect::Type };
            if let Some(text) = fields.get(name).and_then(Value::as_str) {
                self.say(aspect, text);
            }
        }
        for name in ["clinicalStatus", "verificationStatus"] {
            for coding in concepts(fields.get(name)) {
                if let Some(code) = coding.get("code").and_then(Value::as_str) {
                    self.say(Aspect::Status, code);
                }
            }
        }
        for coding in concepts(fields.get("category")) {
            if let Some(coding) = written(coding) {
                self.say(Aspect::Category, &coding);
            }
        }
        // Whatever looks like a day is one: the names of the elements do not matter.
        for value in fields.values() {
            let ends = ["start", "end", "collectedDateTime"].map(|end| value.get(end));
            for text in ends.into_iter().flatten().chain([value]).filter_map(Value::as_str) {
                if let Some(day) = day(text) {
                    self.say(Aspect::Day, day);
                }
            }
        }
    }

    /// Adds what stands anywhere: codes, quantities, texts. `codes` says whether codings are codes here.
    fn below(&mut self, fields: &Map<String, Value>, codes: bool) {
        for (name, value) in fields {
            let name = name.as_str();
            if !IGNORED.contains(&name) {
                self.element(name, value, codes && !CLASSIFYING.contains(&name));
            }
        }
    }

    fn element(&mut self, name: &str, value: &Value, codes: bool) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.element(name, item, codes)),
            Value::String(text) if name == "div" => self.read(&without_tags(text)),
            Value::String(text) if READABLE.contains(&name) => self.read(text),
            Value::Number(number) if matches!(name, "valueInteger" | "valueDecimal") => {
                self.say(Aspect::Quantity, &number.to_string());
            }
            Value::Object(fields) => {
                if matches!(name, "valueQuantity" | "doseQuantity") {
                    self.quantity(fields);
                }
                let measured = ["value", "unit", "comparator"]
                    .iter()
                    .any(|part| fields.contains_key(*part));
                let coding = name == "coding" || (fields.contains_key("system") && !measured);
                if let Some(coding) = written(fields).filter(|_| codes && coding) {
                    self.say(Aspect::Code, &coding);
                }
                self.below(fields, codes);
            }
            _ => {}
        }
    }

    /// Adds a number that was measured or given. One that is only a bound is none.
    fn quantity(&mut self, fields: &Map<String, Value>) {
        let (Some(Value::Number(number)), None) = (fields.get("value"), fields.get("comparator")) else {
            return;
        };
        let of = |name: &str| fields.get(name).and_then(Value::as_str);
        match of("code").filter(|_| of("system") == Some("http://unitsofmeasure.org")) {
            Some(unit) => self.say(Aspect::Quantity, &format!("{number} {unit}")),
            None => self.say(Aspect::Quantity, &number.to_string()),
        }
    }

    fn read(&mut self, text: &str) {
        let (words, stems) = self.words.of(text);
        for (aspect, texts) in [(Aspect::Word, words), (Aspect::Stem, stems)] {
            let strings = self.lexicon.of_mut(aspect);
            self.facts.aspects[aspect as usize].extend(texts.iter().map(|text| strings.number(text)));
        }
    }
}

/// Adds the codings of a concept or of several.
fn concepts(value: Option<&Value>) -> Vec<&Map<String, Value>> {
    match value {
        Some(Value::Array(concepts)) => concepts.iter().flat_map(|concept| concepts_of(concept)).collect(),
        Some(concept) => concepts_of(concept),
        None => Vec::new(),
    }
}

fn concepts_of(concept: &Value) -> Vec<&Map<String, Value>> {
    let codings = concept.get("coding").and_then(Value::as_array);
    codings.into_iter().flatten().filter_map(Value::as_object).collect()
}

/// Writes a coding as `system|code`. A code of no characters, which the generator writes for a few results, is none.
fn written(coding: &Map<String, Value>) -> Option<String> {
    let code = coding.get("code")?.as_str().filter(|code| !code.is_empty())?;
    let system = coding.get("system").and_then(Value::as_str).unwrap_or_default();
    Some(format!("{system}|{code}"))
}

/// Returns the day of a date or a moment, `YYYY-MM-DD`.
fn day(text: &str) -> Option<&str> {
    let day = text.get(..10)?;
    let shape = |(index, byte): (usize, u8)| match index {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    let ends = matches!(text.as_bytes().get(10), None | Some(b'T'));
    (ends && day.bytes().enumerate().all(shape)).then_some(day)
}

/// Returns XHTML's text: a space for each tag, and its characters for the entities that the generator writes.
fn without_tags(xhtml: &str) -> String {
    let mut text = String::new();
    for (index, part) in xhtml.split('<').enumerate() {
        match part.split_once('>') {
            Some((_, after)) if index > 0 => text.extend([" ", after]),
            _ => text.push_str(part),
        }
    }
    [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text, |text, (entity, character)| text.replace(entity, character))
}
