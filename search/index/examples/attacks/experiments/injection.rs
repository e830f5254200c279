//! File injection: Zhang, Katz and Papamanthou, "All your queries are belong to us", USENIX Security 2016, section 3. The
//! adversary holds tokens that were given before, and then has records written whose keywords it chose: the i-th holds
//! every keyword whose number has bit i. Which of them a token finds spells the keyword.

use super::{
    Error, Size,
    designs::{Sealed, token},
    population::{Population, Visit},
    strings::Tally,
};
use roaring::RoaringBitmap;
use std::collections::HashSet;

/// The patient whose records the adversary has written: none of the sample's.
const INJECTED_PATIENT: u32 = u32::MAX;

/// What the attack gives.
pub(crate) struct Injection {
    /// Keywords spelt by tokens that end before the injected batch.
    pub(crate) sealed: Tally,
    /// Keywords spelt by deterministic tokens.
    pub(crate) baseline: Tally,
    /// Keywords spelt by tokens that were given after the injection: no scheme without oblivious access avoids that.
    pub(crate) later: Tally,
}

/// Takes tokens for `queries`, injects a batch, and searches it with them.
pub(crate) fn attack(
    population: &Population,
    sealed: &mut Sealed<'_>,
    queries: &[usize],
    size: &Size,
) -> Result<Injection, Error> {
    let end = sealed.batches();
    let earlier = queries.iter().map(|keyword| sealed.token(*keyword, end));
    let earlier = earlier.collect::<Result<Vec<_>, _>>()?;

    let files = injected_files(population.vocabulary().len(), size);
    let batch = sealed.add(files.clone())?;
    let tokens_of = |file: &Visit| {
        file.keywords
            .iter()
            .map(|keyword| token(population, *keyword))
            .collect()
    };
    let blind: Vec<HashSet<[u8; 32]>> = files.iter().map(tokens_of).collect();

    let mut injection = Injection {
        sealed: Tally::default(),
        baseline: Tally::default(),
        later: Tally::default(),
    };
    for (keyword, token_given) in queries.iter().zip(earlier) {
        let leaf = sealed.any_leaf_finds(&token_given, batch);
        let found = sealed.search(token_given)?.remove(&batch).unwrap_or_default();
        injection.sealed.count(leaf || spelt(&found) == Some(*keyword));

        let deterministic = token(population, *keyword);
        let found = (0_u32..).zip(&blind).filter(|(_, file)| file.contains(&deterministic));
        injection
            .baseline
            .count(spelt(&found.map(|(number, _)| number).collect()) == Some(*keyword));

        let found = sealed
            .search(sealed.token(*keyword, end + 1)?)?
            .remove(&batch)
            .unwrap_or_default();
        injection.later.count(spelt(&found) == Some(*keyword));
    }
    Ok(injection)
}

/// Returns one file a bit of the keywords' numbers, counted from 1, so that each keyword is in one of them at least.
fn injected_files(keywords: usize, size: &Size) -> Vec<Visit> {
    let bits = usize::BITS - keywords.leading_zeros();
    debug_assert!(bits as usize <= size.batch_records);
    let file = |bit: u32| Visit {
        patient: INJECTED_PATIENT,
        keywords: (0..keywords).filter(|keyword| (keyword + 1) >> bit & 1 == 1).collect(),
    };
    (0..bits).map(file).collect()
}

/// Returns the keyword whose number the files found spell; `None` when nothing was found.
fn spelt(files: &RoaringBitmap) -> Option<usize> {
    files.iter().map(|bit| 1_usize << bit).sum::<usize>().checked_sub(1)
}
