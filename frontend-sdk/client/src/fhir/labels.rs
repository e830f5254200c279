//! Security labels: every place where R4 puts one, and what is understood of them.
//!
//! A label that is not understood counts as the highest level of confidentiality, and stands in the report: a system
//! that ignored it would show what somebody meant to withhold.

mod tables;

use super::{
    Restriction,
    json::{Json, Object},
    report::{Finding, Report},
};
use aegle_crypto::classes::Class;
use aegle_rules::Confidentiality;
use std::collections::BTreeSet;
use tables::{HANDLING, INFORMATION, LEVELS, SENSITIVITY, SYSTEMS, System, V2_CODES};

/// The extension by which a label stands at an element within a resource (HL7 FHIR DS4P, `inline security label`).
const INLINE: &str = "http://hl7.org/fhir/uv/security-label-ds4p/StructureDefinition/extension-inline-sec-label";

/// What the labels of a resource say, those of the bundles around it included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Labels {
    /// Rows of the table of sensitivities, in its order: the first decides.
    sensitivities: BTreeSet<usize>,
    /// The highest level that is named; `None` when none is.
    level: Option<Confidentiality>,
    /// Labels that are not understood, as they are written.
    unknown: Vec<String>,
}

impl Labels {
    /// The labels of a resource or a bundle's own, contained resources and elements within included; the entries of a
    /// bundle are resources of their own.
    pub(super) fn of(resource_type: &str, fields: &Object) -> Self {
        let mut labels = Self::default();
        labels.resource(resource_type, fields);
        labels
    }

    /// Adds those of a bundle around the resource, or of the document that it is a part of.
    pub(super) fn add(&mut self, around: &Self) {
        self.sensitivities.extend(&around.sensitivities);
        self.level = self.level.max(around.level);
        self.unknown.extend(around.unknown.iter().cloned());
    }

    /// Adds those of another copy of the same resource, each that is not understood once.
    pub(super) fn join(&mut self, copy: &Self) {
        let unknown = copy.unknown.iter().filter(|label| !self.unknown.contains(label));
        let unknown: Vec<String> = unknown.cloned().collect();
        self.sensitivities.extend(&copy.sensitivities);
        self.level = self.level.max(copy.level);
        self.unknown.extend(unknown);
    }

    /// Takes on what a copy of the resource is withheld by.
    pub(super) fn restrict(&mut self, restriction: &Restriction) {
        self.sensitivities.extend(rows(&restriction.sensitivities));
        self.level = self.level.max(Some(restriction.level));
    }

    /// What the resource is withheld by.
    pub(super) fn restriction(&self) -> Restriction {
        let codes = self.sensitivities.iter().map(|row| SENSITIVITY[*row].0.to_owned());
        Restriction {
            sensitivities: codes.collect(),
            class: self.class(),
            level: self.confidentiality(),
        }
    }

    /// The class that a sensitivity stands for; `None` when no label has one.
    pub(super) fn class(&self) -> Option<Class> {
        let classes = || self.sensitivities.iter().filter_map(|row| SENSITIVITY[*row].1);
        let named = |class| classes().any(|other| other == class);
        // HL7 has no label of its own for counselling notes of substance use treatment: they have both.
        if named(Class::SubstanceUse) && named(Class::PsychotherapyNotes) {
            return Some(Class::SubstanceUseNotes);
        }
        classes().next()
    }

    /// The level; normal when no label names one.
    pub(super) fn confidentiality(&self) -> Confidentiality {
        if !self.unknown.is_empty() {
            return Confidentiality::VeryRestricted;
        }
        // A sensitivity without a class of its own is withheld by its level.
        let unclassed = self.sensitivities.iter().any(|row| SENSITIVITY[*row].1.is_none());
        let least = if unclassed {
            Confidentiality::Restricted
        } else {
            Confidentiality::Normal
        };
        self.level.unwrap_or(Confidentiality::Normal).max(least)
    }

    /// Counts what is not understood.
    pub(super) fn tell(&self, name: &str, report: &mut Report) {
        for label in &self.unknown {
            report.add(Finding::UnknownLabel, || format!("{name}: {label}"));
        }
    }

    fn resource(&mut self, resource_type: &str, fields: &Object) {
        for label in fields.at("meta.security") {
            self.label(label);
        }
        match resource_type {
            "Composition" => {
                if let Some(level) = fields.get("confidentiality") {
                    self.level_code(level);
                }
            }
            "AuditEvent" => self.concepts(&fields.at("entity.securityLabel")),
            _ => {}
        }
        // Consent.provision.securityLabel says which data a consent is about, and is no label of the consent.
        if resource_type != "Consent" {
            self.concepts(&fields.at("securityLabel"));
        }
        for (name, value) in fields.iter() {
            if name != "contained" && !(resource_type == "Bundle" && name == "entry") {
                self.inline(value);
            }
        }
        for contained in fields.at("contained") {
            if let Some(fields) = contained.as_object() {
                self.resource(fields.str("resourceType").unwrap_or_default(), fields);
            }
        }
    }

    fn concepts(&mut self, concepts: &[&Json]) {
        for concept in concepts {
            match concept.get("coding") {
                Some(codings) => codings.items().iter().for_each(|coding| self.label(coding)),
                // A text alone, or a coding where a concept belongs.
                None => self.label(concept),
            }
        }
    }

    /// A label somewhere within the resource.
    fn inline(&mut self, value: &Json) {
        match value {
            Json::Array(items) => items.iter().for_each(|item| self.inline(item)),
            Json::Object(fields) => {
                if fields.str("url") == Some(INLINE) {
                    match fields.get("valueCoding") {
                        Some(coding) => self.label(coding),
                        None => self.unknown.push("an inline label without a coding".into()),
                    }
                }
                fields.iter().for_each(|(_, value)| self.inline(value));
            }
            _ => {}
        }
    }

    /// `Composition.confidentiality` is a code alone.
    fn level_code(&mut self, code: &Json) {
        match code.as_str().and_then(level) {
            Some(level) => self.level = self.level.max(Some(level)),
            None => self.unknown.push(format!("confidentiality {}", written(code))),
        }
    }

    fn label(&mut self, coding: &Json) {
        let text = |name| coding.get(name).and_then(Json::as_str).unwrap_or_default();
        if !self.understand(text("system"), text("code")) {
            // What the code means elsewhere it may mean here too: the class is withheld besides the level.
            self.sensitivity(text("code"));
            self.unknown.push(match (text("system"), text("code")) {
                ("", "") => written(coding),
                (system, code) => format!("{system}|{code}"),
            });
        }
    }

    /// Takes a label in, if it is understood.
    fn understand(&mut self, system: &str, code: &str) -> bool {
        let system = system.split_once('|').map_or(system, |(system, _version)| system);
        let Some((_, kind)) = SYSTEMS.iter().find(|(name, _)| *name == system) else {
            return false;
        };
        let sensitivity = match kind {
            System::Confidentiality => match level(code) {
                Some(level) => {
                    self.level = self.level.max(Some(level));
                    return true;
                }
                None if INFORMATION.contains(&code) => code,
                None => return false,
            },
            System::ActCode if HANDLING.contains(&code) => return true,
            System::ActCode => code,
            System::Version2 => match V2_CODES.iter().find(|(own, _)| *own == code) {
                Some((_, Ok(level))) => {
                    self.level = self.level.max(Some(*level));
                    return true;
                }
                Some((_, Err(sensitivity))) => sensitivity,
                None => return false,
            },
            System::Handling => return HANDLING.contains(&code),
        };
        self.sensitivity(sensitivity)
    }

    /// Takes a sensitivity in, if the table has it.
    fn sensitivity(&mut self, code: &str) -> bool {
        let row = SENSITIVITY.iter().position(|(own, _)| *own == code);
        self.sensitivities.extend(row);
        row.is_some()
    }
}

impl Restriction {
    /// Returns what both say together: all sensitivities, and the higher level.
    #[must_use]
    pub fn join(&self, other: &Self) -> Self {
        let sensitivities: BTreeSet<String> = self.sensitivities.union(&other.sensitivities).cloned().collect();
        let class = class_of(&sensitivities);
        Self {
            class: class.or(self.class).or(other.class),
            level: self.level.max(other.level),
            sensitivities,
        }
    }
}

/// The class that some sensitivities stand for.
fn class_of(sensitivities: &BTreeSet<String>) -> Option<Class> {
    let labels = Labels {
        sensitivities: rows(sensitivities).collect(),
        ..Labels::default()
    };
    labels.class()
}

/// The rows of sensitivities in the table.
fn rows(sensitivities: &BTreeSet<String>) -> impl Iterator<Item = usize> + '_ {
    let row = |code: &String| SENSITIVITY.iter().position(|(own, _)| own == code);
    sensitivities.iter().filter_map(row)
}

/// The level of a code of HL7 v3 Confidentiality.
fn level(code: &str) -> Option<Confidentiality> {
    LEVELS.iter().find(|(own, _)| *own == code).map(|(_, level)| *level)
}

/// A label that has neither system nor code, as far as it says something.
fn written(label: &Json) -> String {
    match label {
        Json::String(text) => text.to_string(),
        other => {
            let said = ["display", "text"].iter().find_map(|name| other.get(name)?.as_str());
            said.unwrap_or("a label without a code").to_owned()
        }
    }
}

#[cfg(test)]
mod tests;
