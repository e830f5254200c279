//! What a search must find, computed on the plaintext by the simplest means there are.

use aegle_client::sealed::{Expression, Keyword, query::ParsedQuery};
use std::collections::HashSet;

/// Returns the numbers of the records, counted from 0, that a query must find among `records`, given by their keywords.
pub(crate) fn answer(query: &ParsedQuery, records: &[HashSet<Keyword>]) -> Vec<usize> {
    let matches = |record: &HashSet<Keyword>| holds(&query.expression, &query.terms, record);
    (0..records.len()).filter(|number| matches(&records[*number])).collect()
}

fn holds(expression: &Expression, terms: &[Keyword], record: &HashSet<Keyword>) -> bool {
    match expression {
        Expression::Term(term) => record.contains(&terms[*term]),
        Expression::And(parts) => parts.iter().all(|part| holds(part, terms, record)),
        Expression::Or(parts) => parts.iter().any(|part| holds(part, terms, record)),
        Expression::Not(part) => !holds(part, terms, record),
    }
}
