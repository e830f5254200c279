//! Questions beyond equality about resources: ranges, beginnings and words with one edit.

use crate::example;
use aegle_client::{
    fhir::Resource,
    sealed::{Expression, Indexing, Keyword, Kind, query},
};
use std::collections::HashSet;

/// Whether a query finds a resource, by the keywords that it has under every kind of indexing.
fn finds(text: &str, resource: &Resource) -> bool {
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
    // Pressures of 107 and 60 mm[Hg] on 2012-09-17; an onset on 2012-05-24; a dose of 5 mg by its UCUM code.
    let cases = [
        ("Observation-blood-pressure", "value:>100 mm[Hg] AND date:2012", true),
        ("Observation-blood-pressure", "value:107", true),
        ("Observation-blood-pressure", "value:>107", false),
        ("Observation-blood-pressure", "value:61..<107 mm[Hg]", false),
        ("Observation-blood-pressure", "value:14.2..14.3 kPa", true),
        ("Observation-blood-pressure", "value:107 mg/dL", false),
        ("Observation-blood-pressure", "date:2012-09-01..2012-09-16", false),
        ("Observation-blood-pressure", "date:>=2012-09-17", true),
        ("Observation-blood-pressure", "text:pressur* AND text:systolc~", true),
        ("Observation-blood-pressure", "code:bp-*", true),
        ("Condition-example", "date:2012-05", true),
        ("Condition-example", "date:<2012-05-24", false),
        ("Immunization-example", "value:5 mg", true),
        ("Immunization-example", "value:0.005 g", true),
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
    let observation = |value: &str| Resource::parse(&format!(r#"{{"resourceType":"Observation",{value}}}"#)).unwrap();
    let ucum = r#""system":"http://unitsofmeasure.org""#;
    let cases = [
        (
            format!(r#""valueQuantity":{{"value":6.1,"code":"mmol/L",{ucum}}}"#),
            "value:6.1 mmol/L",
            true,
            0,
        ),
        (
            format!(r#""valueQuantity":{{"value":6.10,"code":"mmol/L",{ucum}}}"#),
            "value:6100 umol/L",
            true,
            0,
        ),
        (
            format!(r#""valueQuantity":{{"value":-1e-3,"code":"1",{ucum}}}"#),
            "value:<0 {score}",
            true,
            0,
        ),
        // A unit of another system is no UCUM unit; the number is still there.
        (
            r#""valueQuantity":{"value":6.1,"unit":"mmol/L"}"#.into(),
            "value:6.1 mmol/L",
            false,
            0,
        ),
        (
            r#""valueQuantity":{"value":6.1,"unit":"mmol/L"}"#.into(),
            "value:6.1",
            true,
            0,
        ),
        (
            format!(r#""valueQuantity":{{"value":37,"code":"°C",{ucum}}}"#),
            "value:37",
            true,
            1,
        ),
        // A bound is no value.
        (
            format!(r#""valueQuantity":{{"value":5,"comparator":"<","code":"mg",{ucum}}}"#),
            "value:5",
            false,
            1,
        ),
        (
            format!(r#""valueQuantity":{{"code":"mg",{ucum}}}"#),
            "value:<1e13",
            false,
            0,
        ),
        (r#""valueInteger":42"#.into(), "value:42", true, 0),
        (
            format!(r#""component":[{{"valueQuantity":{{"value":2,"code":"mg",{ucum}}}}}]"#),
            "value:2 mg",
            true,
            0,
        ),
        (
            format!(r#""referenceRange":[{{"low":{{"value":3,"code":"mg",{ucum}}}}}]"#),
            "value:3",
            false,
            0,
        ),
        (
            format!(r#""extension":[{{"url":"x","valueQuantity":{{"value":3,"code":"mg",{ucum}}}}}]"#),
            "value:3",
            false,
            0,
        ),
    ];
    for (value, text, expected, skipped) in cases {
        let resource = observation(&value);
        assert_eq!(finds(text, &resource), expected, "{value}: {text}");
        assert_eq!(findings(&resource), skipped, "{value}");
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
