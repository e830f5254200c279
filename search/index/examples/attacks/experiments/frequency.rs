//! Frequency matching on the index at rest: Naveed, Kamara and Wright, "Inference attacks on property-preserving encrypted
//! databases", CCS 2015. For frequencies alone their l_p optimisation is the matching of ranks; Lacharité and Paterson
//! (2015) show that it is the most probable one.
//!
//! The adversary has records of other patients of the same population.

use super::{
    population::Dice,
    strings::{Documents, Guesses, Strings, deal, look_alikes},
};
use std::{cmp::Reverse, collections::HashSet};

/// Names every string by the rank of its volume among those of the keywords.
pub(crate) fn attack(strings: &Strings, auxiliary: &Documents, dice: &mut Dice) -> Guesses {
    let mut ranked: Vec<usize> = (0..auxiliary.keywords).collect();
    ranked.sort_by_key(|keyword| (Reverse(auxiliary.volume(*keyword)), *keyword));

    let mut guesses = vec![None; strings.holders.len()];
    // With more strings than keywords, each keyword stands for as many ranks in a row.
    let (strings_count, keywords) = (strings.holders.len(), ranked.len());
    let scale = |rank: usize| (rank * keywords).div_ceil(strings_count.max(keywords));
    let mut rank = 0;
    for (_, alike) in look_alikes(strings_count, &HashSet::new(), |string| Reverse(strings.volume(string))) {
        let first = scale(rank).min(keywords - 1);
        rank += alike.len();
        let fitting = &ranked[first..scale(rank).max(first + 1)];
        deal(&alike, fitting, keywords, dice, |string, keyword| {
            guesses[string] = Some(keyword)
        });
    }
    guesses
}
