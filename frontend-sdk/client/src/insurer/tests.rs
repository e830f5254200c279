#![allow(clippy::unwrap_used)]
use super::*;
use serde_json::json;

const ANA: AccountId = AccountId([1; 32]);

fn counted(resources: &[Value]) -> Aggregate {
    let mut aggregate = Aggregate::default();
    for (number, resource) in (1..).zip(resources) {
        let record = RecordId([number; 16]);
        aggregate.count(ANA, record, resource.to_string().as_bytes()).unwrap();
    }
    aggregate
}

fn claim(status: &str, value: Value) -> Value {
    json!({
        "resourceType": "Claim", "status": status, "use": "claim", "patient": { "reference": "Patient/ana" },
        "total": { "value": value, "currency": "EUR" },
    })
}

fn benefit(category: &str, value: Value) -> Value {
    json!({
        "resourceType": "ExplanationOfBenefit", "status": "active", "patient": { "reference": "Patient/ana" },
        "total": [
            { "category": { "coding": [{ "code": "submitted" }] }, "amount": { "value": 100, "currency": "EUR" } },
            { "category": { "coding": [{ "code": category }] }, "amount": { "value": value, "currency": "EUR" } },
        ],
    })
}

fn sums(aggregate: &Aggregate) -> Vec<(&str, &str, String, u64)> {
    let sums = aggregate.sums.iter();
    sums.map(|(of, sum)| {
        (
            of.resource_type.as_str(),
            of.category.as_str(),
            format!("{} {}", sum.amount, of.currency),
            sum.count,
        )
    })
    .collect()
}

#[test]
fn totals_are_added_up_by_type_category_and_currency() {
    let dollars = json!({
        "resourceType": "Claim", "status": "active", "patient": { "reference": "Patient/ana" },
        "total": { "value": 7.5, "currency": "USD" },
    });
    let visit = json!({ "resourceType": "Encounter", "status": "finished", "subject": { "reference": "Patient/ana" } });
    let resources = [
        claim("active", json!(0.1)),
        claim("active", json!(120.2)),
        dollars,
        benefit("benefit", json!(80.05)),
        benefit("benefit", json!(-0.05)),
        visit,
    ];
    let aggregate = counted(&resources);
    assert_eq!(
        sums(&aggregate),
        [
            ("Claim", "total", "120.30 EUR".into(), 2),
            ("Claim", "total", "7.50 USD".into(), 1),
            ("ExplanationOfBenefit", "benefit", "80.00 EUR".into(), 2),
            ("ExplanationOfBenefit", "submitted", "200.00 EUR".into(), 2),
        ]
    );
    assert_eq!(aggregate.patients, BTreeMap::from([(ANA, 6)]));
    let types = [("Claim", 3), ("Encounter", 1), ("ExplanationOfBenefit", 2)];
    assert_eq!(
        aggregate.types,
        types.map(|(kind, count)| (kind.to_owned(), count)).into()
    );
    assert_eq!(aggregate.left_out, LeftOut::default());
}

#[test]
fn what_is_no_active_claim_is_left_out_and_what_cannot_be_read_is_named() {
    let without = json!({ "resourceType": "Claim", "status": "active", "patient": { "reference": "Patient/ana" } });
    let no_currency = json!({
        "resourceType": "Claim", "status": "active", "patient": { "reference": "Patient/ana" }, "total": { "value": 3 },
    });
    let uncoded = json!({
        "resourceType": "ClaimResponse", "status": "active", "patient": { "reference": "Patient/ana" },
        "total": [{ "category": { "text": "all of it" }, "amount": { "value": 3, "currency": "EUR" } }],
    });
    let aggregate = counted(&[
        claim("cancelled", json!(10)),
        claim("draft", json!(10)),
        claim("entered-in-error", json!(10)),
        without,
        no_currency,
        uncoded,
        claim("active", json!(0.1234567)),
        claim("active", json!("12")),
        claim("active", json!(5)),
    ]);
    assert_eq!(sums(&aggregate), [("Claim", "total", "5.00 EUR".into(), 1)]);
    assert_eq!(aggregate.left_out.not_active, 3);
    let unread: Vec<u8> = aggregate.left_out.unread.keys().map(|record| record.0[0]).collect();
    assert_eq!(unread, [4, 5, 6, 7, 8]);
    assert_eq!(aggregate.patients, BTreeMap::from([(ANA, 6)]), "they count as records");
    let mut other = Aggregate::default();
    other.count(ANA, RecordId([9; 16]), b"no FHIR").unwrap();
    assert_eq!(other.left_out.unopened.len(), 1);
    assert!(other.patients.is_empty() && other.types.is_empty());
}
