//! Query recovery after searches: the adversary is the indexer. It sees which records each queried token finds, knows a part
//! of the documents in the clear, was told the keywords of a few queries, and matches volumes and co-occurrences of
//! results (Damie, Hahn and Peter 2021; the case of known documents is that of Cash et al. 2015).
//!
//! Where the indexer searches, nothing hides which records a search finds, so this is reported, and not expected to fail.
//! Where the searcher fetches all labels and searches there, the indexer sees the same whatever is asked; what is opened
//! afterwards shows it again.

use super::{
    Error, Size, cooccurrence,
    designs::Sealed,
    population::Dice,
    strings::{Documents, Strings, Tally},
};
use aegle_rules::BatchNumber;
use aegle_sealed::Expression;

/// Queries recovered of those that the adversary was not told.
pub(crate) fn attack(
    results: &[(usize, Vec<u32>)],
    records: usize,
    known: &Documents,
    size: &Size,
    dice: &mut Dice,
) -> Tally {
    let strings = Strings::from_results(records, results);
    let told = strings.told(0..size.told_queries);
    let guesses = cooccurrence::attack(&strings, known, &told, dice);
    let mut tally = Tally::default();
    for (query, (keyword, _)) in results.iter().enumerate().skip(size.told_queries) {
        tally.count(guesses[query] == Some(*keyword));
    }
    tally
}

/// Returns what the indexer sees when each keyword is searched in the cohort scope, over all batches: record numbers,
/// counted through the batches.
pub(crate) fn sealed_results(
    sealed: &Sealed<'_>,
    queries: &[usize],
    size: &Size,
) -> Result<Vec<(usize, Vec<u32>)>, Error> {
    let mut results = Vec::new();
    for keyword in queries {
        let found = sealed.search(sealed.token(*keyword, sealed.batches())?)?;
        let position = |(batch, number): (u32, u32)| batch * size.batch_records as u32 + number;
        let hits = found
            .iter()
            .flat_map(|(batch, hits)| hits.iter().map(|number| (batch.0, number)));
        let mut hits: Vec<u32> = hits.map(position).collect();
        hits.sort_unstable();
        results.push((*keyword, hits));
    }
    Ok(results)
}

/// What the indexer sees of searches in labels that were fetched.
pub(crate) struct Private {
    /// Of the search alone: each time the labels of every record.
    pub(crate) searched: Vec<(usize, Vec<u32>)>,
    /// Of opening what is found, and nothing else.
    pub(crate) opened: Vec<(usize, Vec<u32>)>,
}

/// Searches each keyword in the labels of all records, fetched as they are, and opens what is found.
pub(crate) fn private_results(sealed: &Sealed<'_>, queries: &[usize], size: &Size) -> Result<Private, Error> {
    let fetched = sealed.fetched()?;
    let query = Expression::Term(0).verify(1)?;
    let mut private = Private {
        searched: Vec::new(),
        opened: Vec::new(),
    };
    for keyword in queries {
        let token = sealed.token(*keyword, sealed.batches())?;
        let (mut all, mut hits) = (Vec::new(), Vec::new());
        for (batch, labels) in (0_u32..).zip(&fetched) {
            let key = token.iter().find_map(|token| token.leaf(BatchNumber(batch)));
            let first = batch * size.batch_records as u32;
            let found = labels.find(&query, &Vec::from_iter(key));
            hits.extend(found.into_iter().map(|place| first + place as u32));
            all.extend((0..labels.records() as u32).map(|place| first + place));
        }
        private.searched.push((*keyword, all));
        private.opened.push((*keyword, hits));
    }
    Ok(private)
}
