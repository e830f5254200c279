//! Ranked queries: what they ask, what they refuse, and in which order their hits come.

use aegle_sealed::{
    Expression,
    limits::{MAX_RANKED_PARTS, MAX_WEIGHT},
    query::{QueryFault, RankedQuery, parse, parse_ranked},
};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn ranked(text: &str) -> RankedQuery {
    let query = parse_ranked(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    query.unwrap_or_else(|| panic!("{text} is not ranked"))
}

/// What a part asks, over the query's own keywords.
fn asked(query: &RankedQuery, part: usize) -> String {
    fn written(expression: &Expression, names: &[String]) -> String {
        let all = |parts: &[Expression], between: &str| {
            let parts: Vec<String> = parts.iter().map(|part| written(part, names)).collect();
            format!("({})", parts.join(between))
        };
        match expression {
            Expression::Term(term) => names[*term].clone(),
            Expression::And(parts) => all(parts, " & "),
            Expression::Or(parts) => all(parts, " | "),
            Expression::Not(part) => format!("!{}", written(part, names)),
        }
    }
    let part = &query.parts[part];
    let names: Vec<String> = part.terms.iter().map(|term| query.terms[*term].to_string()).collect();
    written(&part.expression, &names)
}

#[test]
fn parts_are_queries_with_weights_and_a_condition() {
    let query = ranked("any(fever, \"chest, pain\"^3, (status:final OR status:amended) ^ 2)");
    assert_eq!(query.at_least, 1);
    let weights: Vec<u32> = query.parts.iter().map(|part| part.weight).collect();
    assert_eq!(weights, [1, 3, 2]);
    assert_eq!(asked(&query, 0), "text|fever");
    assert_eq!(asked(&query, 1), "(text|chest & text|pain)");
    assert_eq!(asked(&query, 2), "(status|final | status|amended)");

    let query = ranked("At Least 2 OF (fever, chills) and status:final");
    assert_eq!((query.at_least, query.terms.len()), (2, 3));
    assert_eq!(asked(&query, 1), "(text|chill & status|final)");
    let query = ranked("any(fever) NOT status:final");
    assert_eq!(asked(&query, 0), "(text|fever & !status|final)");
    // A keyword of several parts is asked for once.
    assert_eq!(
        ranked("any(fever, fever AND status:final, status:final)").terms.len(),
        2
    );
    for part in &query.parts {
        assert!(part.expression.clone().verify(part.terms.len()).is_ok());
    }
}

#[test]
fn what_does_not_begin_so_is_no_ranked_query() {
    for text in [
        "any fever",
        "at least two",
        "many(fever)",
        "fever",
        "at least 2 fever",
        "\"any(\"",
        "",
        "anything",
    ] {
        assert_eq!(parse_ranked(text), Ok(None), "{text}");
    }
    assert!(parse("at least two fevers").is_ok(), "these are words");
}

#[test]
fn faults_are_named_with_their_column() {
    let many = format!("any({})", vec!["fever"; MAX_RANKED_PARTS + 1].join(","));
    for (text, column, fault) in [
        ("any(fever", 4, QueryFault::OpenParenthesis),
        ("any(\"fever)", 5, QueryFault::OpenQuotation),
        ("any()", 5, QueryFault::ExpectedTerm),
        ("any(fever,, chills)", 11, QueryFault::ExpectedTerm),
        ("any(fever, färbe:x)", 12, QueryFault::UnknownField),
        ("any(fever^0)", 12, QueryFault::NoWeight),
        ("any(fever^101)", 14, QueryFault::NoWeight),
        ("any(fever^x)", 12, QueryFault::NoWeight),
        ("any(fever) chills", 12, QueryFault::ExpectedOperator),
        ("any(fever) OR chills", 12, QueryFault::ExpectedOperator),
        ("at least 3 of (fever, chills)", 10, QueryFault::NoSuchNumber),
        ("at least 0 of (fever, chills)", 10, QueryFault::NoSuchNumber),
        ("any(fever) AND date:2024-13", 21, QueryFault::NoSuchDate),
        (&many, 4 + 6 * MAX_RANKED_PARTS + 1, QueryFault::TooManyParts),
    ] {
        let error = parse_ranked(text).expect_err(text);
        assert_eq!((error.column, error.fault), (column, fault), "{text}");
    }
    assert!(parse_ranked(&format!("any(fever^{MAX_WEIGHT})")).is_ok());
}

proptest! {
    /// The order is that of the weighted sums, by a count of its own.
    #[test]
    fn hits_come_by_the_sum_of_the_weights_of_what_finds_them(
        weights in prop::collection::vec(1..=MAX_WEIGHT, 1..6),
        at_least in 1..4_usize,
        hits in prop::collection::vec(prop::collection::btree_set(0..20_u32, 0..12), 6),
    ) {
        let at_least = at_least.min(weights.len());
        let parts: Vec<String> = weights.iter().enumerate().map(|(at, weight)| format!("word{at}^{weight}")).collect();
        let query = ranked(&format!("at least {at_least} of ({})", parts.join(", ")));
        let found: Vec<Vec<u32>> = hits[..weights.len()].iter().map(|hits| hits.iter().copied().collect()).collect();
        let result = query.rank(&found);
        let mut expected: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (weight, hits) in weights.iter().zip(&found) {
            hits.iter().for_each(|hit| expected.entry(*hit).or_default().push(*weight));
        }
        expected.retain(|_, weights| weights.len() >= at_least);
        prop_assert_eq!(result.len(), expected.len());
        for scored in &result {
            prop_assert_eq!(scored.score, expected[&scored.found].iter().sum::<u32>());
        }
        let order = |pair: &[aegle_sealed::query::Scored<u32>]| {
            pair[0].score > pair[1].score || pair[0].score == pair[1].score && pair[0].found < pair[1].found
        };
        prop_assert!(result.windows(2).all(order));
    }
}
