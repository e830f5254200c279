//! Searching where the searcher is: in the labels of a scope's records, which were fetched as they are, so that whoever
//! keeps them learns neither what is asked nor what is found.

use crate::{Expression, Label, LeafKey, Query, Salt, limits::MAX_BATCH_RECORDS};

/// The labels of a scope's records in a batch, or in a span of batches that have their labels in common.
///
/// Whoever makes it has the labels of *every* record of the scope there that is not erased: a counter that is missing
/// would tell of a record that is withheld.
pub struct LocalLabels {
    salt: Salt,
    counters: u32,
    records: usize,
    /// Every label with the place of its record, in order.
    sorted: Vec<(Label, usize)>,
}

/// Why labels are not searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LocalLabelsError {
    /// Fewer counters than records, or more than a batch can have.
    #[error("{records} records and {counters} counters; there are as many counters as records of the scope")]
    Counters {
        /// Records with labels.
        records: usize,
        /// Records of the scope, those that are erased included.
        counters: u32,
    },
    /// Two records have the same label.
    #[error("a label comes twice")]
    Duplicate,
}

impl LocalLabels {
    /// Takes the labels of records, each record's in any order. `counters` is how many records of the scope there are in the
    /// span, those that are erased included: no keyword has a label with a higher counter.
    ///
    /// # Errors
    /// See [`LocalLabelsError`].
    pub fn new<R: AsRef<[Label]>>(salt: Salt, counters: u32, records: &[R]) -> Result<Self, LocalLabelsError> {
        if counters > MAX_BATCH_RECORDS || records.len() > counters as usize {
            return Err(LocalLabelsError::Counters {
                records: records.len(),
                counters,
            });
        }
        let places = records.iter().enumerate();
        let mut sorted: Vec<(Label, usize)> = places
            .flat_map(|(place, labels)| labels.as_ref().iter().map(move |label| (*label, place)))
            .collect();
        sorted.sort_unstable();
        if sorted.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return Err(LocalLabelsError::Duplicate);
        }
        Ok(Self {
            salt,
            counters,
            records: records.len(),
            sorted,
        })
    }

    /// Returns the number of records.
    pub fn records(&self) -> usize {
        self.records
    }

    /// Finds the places of the records that a query finds, in rising order. `keys` has for each term its key in this span; a
    /// term without one finds nothing.
    pub fn find(&self, query: &Query, keys: &[LeafKey]) -> Vec<usize> {
        let terms: Vec<Vec<bool>> = (0..query.terms()).map(|term| self.having(keys.get(term))).collect();
        let found = self.evaluate(query.expression(), &terms);
        let places = found.into_iter().enumerate();
        places
            .filter_map(|(place, is_found)| is_found.then_some(place))
            .collect()
    }

    /// For each record whether it has a keyword.
    fn having(&self, key: Option<&LeafKey>) -> Vec<bool> {
        let mut having = vec![false; self.records];
        for label in key
            .into_iter()
            .flat_map(|key| (0..self.counters).map(|c| key.label(&self.salt, c)))
        {
            if let Ok(at) = self.sorted.binary_search_by(|(own, _)| own.cmp(&label)) {
                having[self.sorted[at].1] = true;
            }
        }
        having
    }

    fn evaluate(&self, expression: &Expression, terms: &[Vec<bool>]) -> Vec<bool> {
        let joined = |parts: &[Expression], of_nothing: bool, join: fn(bool, bool) -> bool| {
            let parts = parts.iter().map(|part| self.evaluate(part, terms));
            parts.fold(vec![of_nothing; self.records], |all, part| {
                all.into_iter().zip(part).map(|(one, other)| join(one, other)).collect()
            })
        };
        match expression {
            // A verified query names no other term.
            Expression::Term(term) => terms.get(*term).cloned().unwrap_or_else(|| vec![false; self.records]),
            Expression::And(parts) => joined(parts, true, |one, other| one && other),
            Expression::Or(parts) => joined(parts, false, |one, other| one || other),
            Expression::Not(part) => self.evaluate(part, terms).into_iter().map(|found| !found).collect(),
        }
    }
}
