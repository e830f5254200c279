//! What a resource says, in plain strings, taken from its JSON by the simplest means.

use crate::{
    calendar::{first_day, last_day},
    lexicon::{Aspect, Lexicon},
    words::Words,
};
use serde_json::{Map, Number, Value};

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
        let drug = |name: &str| {
            concepts(fields.get(name))
                .into_iter()
                .filter_map(written)
                .collect::<Vec<_>>()
        };
        let contained = fields.get("contained").map(items).unwrap_or_default().iter();
        let contained = contained.filter(|own| own.get("resourceType").and_then(Value::as_str) == Some("Medication"));
        let contained = contained.flat_map(|own| {
            concepts(own.get("code"))
                .into_iter()
                .filter_map(written)
                .collect::<Vec<_>>()
        });
        let refers = fields.contains_key("medicationReference");
        let mut of = [drug("code"), drug("medicationCodeableConcept"), drug("vaccineCode")].concat();
        of.extend(contained.filter(|_| refers));
        found.below(fields, true, &of);
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
        // Whatever looks like a date is one: the names of the elements do not matter, but for those of these elements.
        let within = ["collection", "context", "event", "reaction", "dosageInstruction"];
        let within = within.iter().filter_map(|name| fields.get(*name)).flat_map(items);
        let within = within.filter_map(Value::as_object).flat_map(|part| part.iter());
        let within = within.filter(|(name, _)| {
            matches!(
                name.as_str(),
                "period" | "onset" | "timing" | "collectedDateTime" | "collectedPeriod"
            )
        });
        let pair = ["start", "end"];
        let own = fields
            .iter()
            .filter(|(name, _)| !pair.contains(&name.as_str()) && *name != "expirationDate");
        for value in own.chain(within).map(|(_, value)| value).flat_map(items) {
            self.time(value);
        }
        let [start, end] = pair.map(|name| fields.get(name).and_then(Value::as_str));
        if start.is_some() || end.is_some() {
            self.interval(start, end);
        }
    }

    /// A date or moment, a period, or the bounds of a timing.
    fn time(&mut self, value: &Value) {
        let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        if let Some(date) = value.as_str() {
            self.interval(Some(date), Some(date));
        } else if let Some(bounds) = value.pointer("/repeat/boundsPeriod") {
            self.interval(text(bounds, "start").as_deref(), text(bounds, "end").as_deref());
        } else if let Some(events) = value.get("event").and_then(Value::as_array) {
            let mut events: Vec<&str> = events.iter().filter_map(Value::as_str).collect();
            events.sort_unstable();
            self.interval(events.first().copied(), events.last().copied());
        } else if value.get("start").or(value.get("end")).is_some() {
            self.interval(text(value, "start").as_deref(), text(value, "end").as_deref());
        }
    }

    fn interval(&mut self, from: Option<&str>, to: Option<&str>) {
        let (Some(begin), Some(end)) = (from.map_or(Some(""), date), to.map_or(Some(""), date)) else {
            return;
        };
        let backwards = !begin.is_empty() && !end.is_empty() && last_day(end) < first_day(begin);
        if backwards || (begin.is_empty() && end.is_empty()) {
            return;
        }
        for day in [begin, end].into_iter().filter(|date| date.len() == 10) {
            self.say(Aspect::Day, day);
        }
        self.say(Aspect::Time, &format!("{begin}..{end}"));
    }

    /// What stands anywhere: codes, quantities, texts. `codes` says whether codings are codes here.
    /// `of` are the codings of what values here are of.
    fn below(&mut self, fields: &Map<String, Value>, codes: bool, of: &[String]) {
        let own: Vec<String> = concepts(fields.get("code")).into_iter().filter_map(written).collect();
        let of = if own.is_empty() { of } else { &own };
        for (name, value) in fields {
            let name = name.as_str();
            if !IGNORED.contains(&name) {
                self.element(name, value, codes && !CLASSIFYING.contains(&name), of);
            }
        }
    }

    fn element(&mut self, name: &str, value: &Value, codes: bool, of: &[String]) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.element(name, item, codes, of)),
            Value::String(text) if name == "div" => self.read(&without_tags(text)),
            Value::String(text) if READABLE.contains(&name) => self.read(text),
            Value::Number(number) if matches!(name, "valueInteger" | "valueDecimal") => {
                self.value(of, "=", number, "1");
            }
            Value::Object(fields) => {
                if matches!(name, "valueQuantity" | "doseQuantity" | "dose") {
                    self.quantity(fields, of);
                }
                let measured = ["value", "unit", "comparator"]
                    .iter()
                    .any(|part| fields.contains_key(*part));
                let coding = name == "coding" || (fields.contains_key("system") && !measured);
                if let Some(coding) = written(fields).filter(|_| codes && coding) {
                    self.say(Aspect::Code, &coding);
                }
                self.below(fields, codes, of);
            }
            _ => {}
        }
    }

    /// A number that was measured or given, or its bound.
    fn quantity(&mut self, fields: &Map<String, Value>, of: &[String]) {
        let Some(Value::Number(number)) = fields.get("value") else {
            return;
        };
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        let ucum = text("code").filter(|_| text("system") == Some("http://unitsofmeasure.org"));
        let unit = ucum.or(text("unit")).or(text("code")).unwrap_or("1");
        self.value(of, text("comparator").unwrap_or("="), number, unit);
    }

    fn value(&mut self, of: &[String], comparator: &str, number: &Number, unit: &str) {
        for coding in of {
            self.say(Aspect::Value, &format!("{comparator}\n{number}\n{unit}\n{coding}"));
        }
    }

    fn read(&mut self, text: &str) {
        let said = self.words.of(text);
        for (aspect, texts) in [
            (Aspect::Word, &said.words),
            (Aspect::Stem, &said.stems),
            (Aspect::Pair, &said.pairs),
        ] {
            let strings = self.lexicon.of_mut(aspect);
            self.facts.aspects[aspect as usize].extend(texts.iter().map(|text| strings.number(text)));
        }
    }
}

/// The items of a list; anything else is one.
fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice)
}

/// The codings of a concept or of several.
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

/// The date of a date or a moment: a year, a month or a day.
fn date(text: &str) -> Option<&str> {
    let date = text.split('T').next().unwrap_or_default();
    let shape = |(place, byte): (usize, u8)| match place {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    let written = matches!(date.len(), 4 | 7 | 10) && date.bytes().enumerate().all(shape);
    let month = |date: &str| date.get(5..7).is_none_or(|month| ("01"..="12").contains(&month));
    let day = |date: &str| date.len() < 10 || (&date[8..] >= "01" && date <= last_day(&date[..7]).as_str());
    (written && month(date) && day(date)).then_some(date)
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
