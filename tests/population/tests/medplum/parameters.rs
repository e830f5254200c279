//! Which parameters of FHIR's searches ask for what a field of our queries does.

use serde_json::Value;

/// What is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Code,
    Status,
    Category,
    Date,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::Code, Self::Status, Self::Category, Self::Date];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Status => "status",
            Self::Category => "category",
            Self::Date => "date",
        }
    }
}

/// The parameters of a type that together ask for what our field does.
pub(crate) struct Parameter {
    pub(crate) resource_type: &'static str,
    pub(crate) kind: Kind,
    pub(crate) names: &'static [&'static str],
}

const fn of(resource_type: &'static str, kind: Kind, names: &'static [&'static str]) -> Parameter {
    Parameter {
        resource_type,
        kind,
        names,
    }
}

/// The parameters that are asked for.
pub(crate) const PARAMETERS: [Parameter; 42] = [
    of("Observation", Kind::Code, &["combo-code", "combo-value-concept"]),
    of("Observation", Kind::Status, &["status"]),
    of("Observation", Kind::Category, &["category"]),
    of("Observation", Kind::Date, &["date"]),
    of(
        "Condition",
        Kind::Code,
        &["code", "body-site", "severity", "stage", "evidence"],
    ),
    of("Condition", Kind::Status, &["clinical-status", "verification-status"]),
    of("Condition", Kind::Category, &["category"]),
    of(
        "Condition",
        Kind::Date,
        &["onset-date", "abatement-date", "recorded-date"],
    ),
    of("Procedure", Kind::Code, &["code", "reason-code"]),
    of("Procedure", Kind::Status, &["status"]),
    of("Procedure", Kind::Category, &["category"]),
    of("Procedure", Kind::Date, &["date"]),
    of("MedicationRequest", Kind::Code, &["code"]),
    of("MedicationRequest", Kind::Status, &["status"]),
    of("MedicationRequest", Kind::Category, &["category"]),
    of("MedicationRequest", Kind::Date, &["authoredon", "date"]),
    of("MedicationAdministration", Kind::Status, &["status"]),
    of(
        "MedicationAdministration",
        Kind::Code,
        &["code", "reason-given", "reason-not-given"],
    ),
    of("MedicationAdministration", Kind::Date, &["effective-time"]),
    of("MedicationStatement", Kind::Status, &["status"]),
    of("MedicationStatement", Kind::Date, &["effective"]),
    of("DiagnosticReport", Kind::Code, &["code", "conclusion"]),
    of("DiagnosticReport", Kind::Status, &["status"]),
    of("DiagnosticReport", Kind::Category, &["category"]),
    of("DiagnosticReport", Kind::Date, &["date", "issued"]),
    of(
        "Encounter",
        Kind::Code,
        &["class", "type", "reason-code", "special-arrangement"],
    ),
    of("Encounter", Kind::Status, &["status"]),
    of("Encounter", Kind::Date, &["date"]),
    of(
        "Immunization",
        Kind::Code,
        &["vaccine-code", "reason-code", "status-reason"],
    ),
    of("Immunization", Kind::Status, &["status"]),
    of("Immunization", Kind::Date, &["date", "reaction-date"]),
    of("AllergyIntolerance", Kind::Code, &["code", "manifestation", "route"]),
    of(
        "AllergyIntolerance",
        Kind::Status,
        &["clinical-status", "verification-status"],
    ),
    of("AllergyIntolerance", Kind::Date, &["date", "onset", "last-date"]),
    of(
        "DocumentReference",
        Kind::Code,
        &["type", "event", "facility", "setting"],
    ),
    of("DocumentReference", Kind::Status, &["status"]),
    of("DocumentReference", Kind::Category, &["category"]),
    of("DocumentReference", Kind::Date, &["date", "period"]),
    of("ServiceRequest", Kind::Code, &["code", "body-site", "performer-type"]),
    of("ServiceRequest", Kind::Status, &["status"]),
    of("ServiceRequest", Kind::Category, &["category"]),
    of("ServiceRequest", Kind::Date, &["authored", "occurrence"]),
];

/// Adds what a resource says of a kind: codings as `system|code`, statuses, dates as they are written.
pub(crate) fn values(kind: Kind, resource: &Value, values: &mut Vec<String>) {
    match kind {
        Kind::Code => {
            for (name, element) in resource.as_object().into_iter().flatten() {
                let apart = ["category", "clinicalStatus", "verificationStatus", "meta", "contained"];
                if !apart.contains(&name.as_str()) {
                    walk(element, name, &mut |_, element| values.extend(coding(element)));
                }
            }
        }
        Kind::Category => walk(&resource["category"], "", &mut |_, element| {
            values.extend(coding(element))
        }),
        Kind::Status => {
            values.extend(resource["status"].as_str().map(str::to_owned));
            for element in ["clinicalStatus", "verificationStatus"] {
                walk(&resource[element], "", &mut |_, element| {
                    let (_, code) = coding(element)
                        .and_then(|coding| coding.split_once('|').map(own))
                        .unzip();
                    values.extend(code);
                });
            }
        }
        Kind::Date => walk(resource, "", &mut |name, element| {
            let text = element.as_str().unwrap_or_default();
            let is_date = text.len() >= 4 && text.chars().take(4).all(|letter| letter.is_ascii_digit());
            let named = [
                "date", "time", "period", "start", "end", "issued", "recorded", "authored",
            ];
            if is_date && named.iter().any(|part| name.to_lowercase().contains(part)) {
                values.push(text.to_owned());
            }
        }),
    }
}

fn own((system, code): (&str, &str)) -> (String, String) {
    (system.to_owned(), code.to_owned())
}

/// A coding with its system. One whose code is empty, which FHIR does not allow and some records have, is nothing to ask for.
fn coding(element: &Value) -> Option<String> {
    let (system, code) = (element["system"].as_str()?, element["code"].as_str()?);
    let can_be_asked = !code.is_empty() && !system.contains('|') && !code.contains('|');
    can_be_asked.then(|| format!("{system}|{code}"))
}

/// Visits every element with the name that it, or the list that it is of, has.
fn walk(value: &Value, name: &str, visit: &mut impl FnMut(&str, &Value)) {
    visit(name, value);
    match value {
        Value::Array(list) => list.iter().for_each(|item| walk(item, name, visit)),
        Value::Object(fields) => {
            for (name, inner) in fields {
                if !["meta", "extension", "identifier", "text", "contained"].contains(&name.as_str()) {
                    walk(inner, name, visit);
                }
            }
        }
        _ => {}
    }
}
