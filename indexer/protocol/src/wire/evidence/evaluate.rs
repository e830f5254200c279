//! Which record numbers a query finds, given those of each of its terms.

use aegle_sealed::{Expression, Query};
use std::collections::BTreeSet;

/// A set of record numbers, or everything but one: so NOT needs no list of what there is until the very end, and `a NOT
/// b` never does.
enum Numbers {
    In(BTreeSet<u32>),
    NotIn(BTreeSet<u32>),
}

/// Returns the numbers that the query finds; `None` when they depend on which records the scope has, and `universe` is
/// `None`.
///
/// `terms` must have a set for each term of the query.
pub(super) fn evaluate(
    query: &Query,
    terms: &[BTreeSet<u32>],
    universe: Option<&BTreeSet<u32>>,
) -> Option<BTreeSet<u32>> {
    match combine(query.expression(), terms) {
        Numbers::In(numbers) => Some(numbers),
        Numbers::NotIn(numbers) => universe.map(|universe| universe - &numbers),
    }
}

/// Combines the sets of the terms. Recursion is bounded: a query is at most
/// [`aegle_sealed::limits::MAX_EXPRESSION_DEPTH`] deep.
fn combine(expression: &Expression, terms: &[BTreeSet<u32>]) -> Numbers {
    let all = |parts: &[Expression], intersect: bool| {
        let mut sets = parts.iter().map(|part| combine(part, terms));
        let first = sets.next();
        let joined = |first| sets.fold(first, |left, right| join(left, right, intersect));
        // A verified query has no AND or OR of nothing.
        first.map_or(Numbers::In(BTreeSet::new()), joined)
    };
    match expression {
        Expression::Term(term) => Numbers::In(terms[*term].clone()),
        Expression::And(parts) => all(parts, true),
        Expression::Or(parts) => all(parts, false),
        Expression::Not(part) => complement(combine(part, terms)),
    }
}

fn complement(numbers: Numbers) -> Numbers {
    match numbers {
        Numbers::In(numbers) => Numbers::NotIn(numbers),
        Numbers::NotIn(numbers) => Numbers::In(numbers),
    }
}

fn join(left: Numbers, right: Numbers, intersect: bool) -> Numbers {
    use Numbers::{In, NotIn};
    if !intersect {
        // De Morgan: a OR b is what is not in NOT a AND NOT b.
        return complement(join(complement(left), complement(right), true));
    }
    match (left, right) {
        (In(left), In(right)) => In(&left & &right),
        (In(these), NotIn(those)) | (NotIn(those), In(these)) => In(&these - &those),
        (NotIn(left), NotIn(right)) => NotIn(&left | &right),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn set(numbers: impl IntoIterator<Item = u32>) -> BTreeSet<u32> {
        numbers.into_iter().collect()
    }

    #[test]
    fn operators_are_those_of_sets() {
        use Expression::{And, Not, Or, Term};
        let not = |part| Not(Box::new(part));
        let terms = [set([0, 1, 2]), set([2, 3]), set([])];
        let universe = set(0..6);
        // What it finds, and whether that can be told without the universe.
        let cases = [
            (Term(0), set([0, 1, 2]), true),
            (And(vec![Term(0), Term(1)]), set([2]), true),
            (Or(vec![Term(0), Term(1)]), set([0, 1, 2, 3]), true),
            (And(vec![Term(0), not(Term(1))]), set([0, 1]), true),
            (And(vec![not(Term(1)), Term(0)]), set([0, 1]), true),
            (not(Term(0)), set([3, 4, 5]), false),
            (not(Term(2)), set(0..6), false),
            (not(not(Term(1))), set([2, 3]), true),
            (And(vec![not(Term(0)), not(Term(1))]), set([4, 5]), false),
            (Or(vec![Term(1), not(Term(0))]), set([2, 3, 4, 5]), false),
            (Or(vec![not(Term(0)), not(Term(1))]), set([0, 1, 3, 4, 5]), false),
            (And(vec![Term(2), not(Term(0))]), set([]), true),
        ];
        for (expression, expected, alone) in cases {
            let query = expression.clone().verify(terms.len()).unwrap();
            assert_eq!(
                evaluate(&query, &terms, Some(&universe)),
                Some(expected.clone()),
                "{expression:?}"
            );
            assert_eq!(
                evaluate(&query, &terms, None),
                alone.then_some(expected),
                "{expression:?}"
            );
        }
    }
}
