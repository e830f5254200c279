//! Questions beyond equality about resources: ranges, beginnings and words with one edit.

use crate::example;
use aegle_client::{
    fhir::Resource,
    sealed::{Expression, Indexing, Keyword, Kind, query},
};
use std::collections::HashSet;

/// Whether a query finds a resource, by the keywords that it has under every kind of indexing.
pub(crate) fn finds(text: &str, resource: &Resource) -> bool {
    fn holds(expression: &Expression, has: &impl Fn(usize) -> bool) -> bool {
        match expression {
            Expression::Term(term) => has(*term),
            Expression::And(parts) => parts.iter().all(|part| holds(part, has)),
            Expression::Or(parts) => parts.iter().any(|part| holds(part, has)),
            Expression::Not(part) => !holds(part, has),
        }
    }
    let query = query::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let found = resource.keywords_under(&Indexing::of(Kind::ALL)).keywords;
    let found: HashSet<Keyword> = found.into_iter().collect();
    holds(&query.expression, &|term| found.contains(&query.terms[term]))
}

#[test]
fn resources_are_found_by_values_dates_beginnings_and_with_one_edit() {
    // Pressures of 107 (systolic) and 60 (diastolic) mm[Hg] on 2012-09-17; an onset on 2012-05-24; a dose of 5 mg by its
    // UCUM code.
    let cases = [
        (
            "Observation-blood-pressure",
            "code:loinc|8480-6>100 mm[Hg] AND date:2012",
            true,
        ),
        ("Observation-blood-pressure", "code:loinc|8480-6=107 mmHg", true),
        ("Observation-blood-pressure", "code:snomed|271649006 = 107 mmHg", true),
        ("Observation-blood-pressure", "code:loinc|8480-6>107 mm[Hg]", false),
        ("Observation-blood-pressure", "code:loinc|8480-6=60 mm[Hg]", false),
        ("Observation-blood-pressure", "code:loinc|8462-4=60 mm[Hg]", true),
        ("Observation-blood-pressure", "code:loinc|8462-4<100 mm[Hg]", true),
        ("Observation-blood-pressure", "code:loinc|8480-6<100 mm[Hg]", false),
        ("Observation-blood-pressure", "code:loinc|85354-9>1 mm[Hg]", false),
        ("Observation-blood-pressure", "code:loinc|8480-6=14.2..14.3 kPa", true),
        ("Observation-blood-pressure", "code:loinc|8480-6=107 mg/dL", false),
        ("Observation-blood-pressure", "date:2012-09-01..2012-09-16", false),
        ("Observation-blood-pressure", "date:>=2012-09-17", true),
        ("Observation-blood-pressure", "text:pressur* AND text:systolc~", true),
        ("Observation-blood-pressure", "code:bp-*", true),
        ("Condition-example", "date:2012-05", true),
        ("Condition-example", "date:<2012-05-24", false),
        (
            "Immunization-example",
            "code:urn:oid:1.2.36.1.2001.1005.17|FLUVAX=5 mg",
            true,
        ),
        (
            "Immunization-example",
            "code:urn:oid:1.2.36.1.2001.1005.17|FLUVAX=0.005 g",
            true,
        ),
        ("Immunization-example", "code:FLUV*", true),
        ("Immunization-example", "code:urn:oid:1.2.36.1.2001.1005.17|FLU*", true),
    ];
    for (name, text, expected) in cases {
        let resource = Resource::parse(&example(&format!("{name}.json"))).unwrap();
        assert_eq!(finds(text, &resource), expected, "{name}: {text}");
    }
}

fn findings(resource: &Resource) -> u64 {
    resource.keywords().report.iter().map(|(_, tally)| tally.count).sum()
}

#[test]
fn quantities_are_searchable_as_far_as_they_are_values() {
    let observation = |value: &str| {
        let code = r#""code":{"coding":[{"system":"urn:x","code":"c"}]}"#;
        Resource::parse(&format!(r#"{{"resourceType":"Observation",{code},{value}}}"#)).unwrap()
    };
    let ucum = r#""system":"http://unitsofmeasure.org""#;
    let quantity = |fields: &str| format!(r#""valueQuantity":{{{fields}}}"#);
    let cases = [
        (
            quantity(&format!(r#""value":6.1,"code":"mmol/L",{ucum}"#)),
            "=6.1 mmol/L",
            true,
            0,
        ),
        (
            quantity(&format!(r#""value":6.10,"code":"mmol/L",{ucum}"#)),
            "=6100 umol/L",
            true,
            0,
        ),
        (
            quantity(&format!(r#""value":-1e-3,"code":"1",{ucum}"#)),
            "<0 {score}",
            true,
            0,
        ),
        (
            quantity(&format!(r#""value":6.100000000000000000000001,"code":"1",{ucum}"#)),
            "=6.1 1",
            true,
            0,
        ),
        (
            quantity(&format!(r#""value":1e400,"code":"1",{ucum}"#)),
            ">1e13 1",
            true,
            0,
        ),
        // What people write is read, and what is not known compared as it is written, and counted.
        (quantity(r#""value":6.1,"unit":"mmol/L""#), "=6.1 mmol/L", true, 0),
        (quantity(r#""value":120,"unit":"mmHg""#), "=15.9..16.1 kPa", true, 0),
        (
            quantity(&format!(r#""value":37,"code":"°C",{ucum}"#)),
            "=98.6 [degF]",
            true,
            0,
        ),
        (quantity(r#""value":6.1,"unit":"smidgens""#), "=6.1 smidgens", true, 1),
        (quantity(r#""value":6.1"#), "=6.1 1", true, 0),
        (quantity(r#""value":6.1,"unit":"° in a  row""#), "=6.1 1", false, 2),
        (quantity(r#""value":"7.25","unit":"mg""#), "=7.25 mg", false, 1),
        // A bound is every value that it may be.
        (
            quantity(r#""value":0.01,"comparator":"<","unit":"mg""#),
            "<0.02 mg",
            true,
            0,
        ),
        (
            quantity(r#""value":0.01,"comparator":"<","unit":"mg""#),
            "=0.005 mg",
            true,
            0,
        ),
        (
            quantity(r#""value":0.01,"comparator":"<","unit":"mg""#),
            "=0.01 mg",
            false,
            0,
        ),
        (
            quantity(r#""value":0.01,"comparator":"<","unit":"mg""#),
            ">0.01 mg",
            false,
            0,
        ),
        (
            quantity(r#""value":0.01,"comparator":"<=","unit":"mg""#),
            "=0.01 mg",
            true,
            0,
        ),
        (
            quantity(r#""value":500,"comparator":">","unit":"mg""#),
            "=600..700 mg",
            true,
            0,
        ),
        (
            quantity(r#""value":500,"comparator":">","unit":"mg""#),
            "<=500 mg",
            false,
            0,
        ),
        (
            quantity(r#""value":500,"comparator":">=","unit":"mg""#),
            "<=500 mg",
            true,
            0,
        ),
        (
            quantity(r#""value":500,"comparator":"~","unit":"mg""#),
            "=500 mg",
            false,
            1,
        ),
        (quantity(&format!(r#""code":"mg",{ucum}"#)), "<1e13 mg", false, 0),
        (r#""valueInteger":42"#.into(), "=42 1", true, 0),
        (r#""valueRange":{"low":{"value":1}}"#.into(), ">0 1", false, 1),
        // A component without a code of its own is of what the resource is of.
        (
            r#""component":[{"valueQuantity":{"value":2,"unit":"mg"}}]"#.into(),
            "=2 mg",
            true,
            0,
        ),
        (
            r#""component":[{"code":{"coding":[{"code":"other"}]},"valueQuantity":{"value":2,"unit":"mg"}}]"#.into(),
            "=2 mg",
            false,
            0,
        ),
        (
            r#""referenceRange":[{"low":{"value":3,"unit":"mg"}}]"#.into(),
            "=3 mg",
            false,
            0,
        ),
        (
            r#""extension":[{"url":"x","valueQuantity":{"value":3,"unit":"mg"}}]"#.into(),
            "=3 mg",
            false,
            0,
        ),
    ];
    for (value, range, expected, counted) in cases {
        let resource = observation(&value);
        let text = format!("code:urn:x|c{range}");
        assert_eq!(finds(&text, &resource), expected, "{value}: {text}");
        assert_eq!(
            findings(&resource),
            counted,
            "{value}: {:?}",
            resource.keywords().report
        );
    }
    let answer =
        Resource::parse(r#"{"resourceType":"QuestionnaireResponse","item":[{"answer":[{"valueInteger":4}]}]}"#);
    assert_eq!(findings(&answer.unwrap()), 1, "a value of nothing is counted");
}

#[test]
fn doses_are_of_their_drugs_wherever_these_stand() {
    let dose = r#""dosageInstruction":[{"doseAndRate":[{"doseQuantity":{"value":5,"unit":"mg"}}]}]"#;
    let code = r#"{"coding":[{"system":"urn:x","code":"warfarin"}]}"#;
    let requests = [
        format!(r#"{{"resourceType":"MedicationRequest","medicationCodeableConcept":{code},{dose}}}"#),
        format!(
            r##"{{"resourceType":"MedicationRequest","contained":[{{"resourceType":"Medication","id":"m","code":{code}}}],"medicationReference":{{"reference":"#m"}},{dose}}}"##
        ),
        format!(
            r#"{{"resourceType":"Bundle","entry":[{{"fullUrl":"urn:uuid:1","resource":{{"resourceType":"MedicationRequest","medicationReference":{{"reference":"urn:uuid:2"}},{dose}}}}},
            {{"fullUrl":"urn:uuid:2","resource":{{"resourceType":"Medication","code":{code}}}}}]}}"#
        ),
    ];
    for request in requests {
        let reading = aegle_client::fhir::read(request.as_bytes()).unwrap();
        assert!(finds("code:urn:x|warfarin = 5 mg", &reading.resources[0]), "{request}");
        assert!(!finds("code:urn:x|warfarin > 5 mg", &reading.resources[0]), "{request}");
    }
}

#[test]
fn what_is_not_indexed_has_no_keywords() {
    let resource = Resource::parse(&example("Observation-blood-pressure.json")).unwrap();
    let fields = |indexing: &Indexing| -> HashSet<Option<Kind>> {
        let found = resource.keywords_under(indexing).keywords;
        found.iter().map(|keyword| Kind::of(keyword.field())).collect()
    };
    assert_eq!(fields(&Indexing::of([])), HashSet::from([None]));
    for kind in Kind::ALL {
        assert_eq!(
            fields(&Indexing::of([kind])),
            HashSet::from([None, Some(kind)]),
            "{kind:?}"
        );
    }
    let equal = |indexing: Indexing| resource.keywords_under(&indexing).keywords;
    assert_eq!(resource.keywords().keywords, equal(Indexing::default()));
}
