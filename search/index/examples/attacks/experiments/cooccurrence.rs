//! Co-occurrence matching: Islam, Kuzu and Kantarcioglu, "Access pattern disclosure on searchable encryption", NDSS 2012,
//! in the refined-score form of Damie, Hahn and Peter, "A highly accurate query-recovery attack against searchable
//! encryption using non-indexed documents", USENIX Security 2021, algorithm 2.
//!
//! The adversary has records of the same population, and is told what a few strings stand for. A string is compared with
//! each keyword by how often it occurs alone and together with what is known; the most certain names become known, and
//! so on. Differences are weighted by their variance, so that rare keywords count as well.

use super::{
    population::Dice,
    strings::{Documents, Guesses, Strings, deal, look_alikes},
};
use std::collections::{BTreeSet, HashMap, HashSet};

/// How many names become known in a round: the paper's refinement speed.
const REFINEMENT: usize = 10;

/// What is known: strings and their keywords, in the order in which they became known.
type Known = Vec<(usize, usize)>;

/// How often a string occurs, and then how often together with each known one with which it does: position and number.
type Sign = (u32, Vec<(usize, u32)>);

/// Names every string; `told` are those that the adversary was told.
pub(crate) fn attack(
    strings: &Strings,
    auxiliary: &Documents,
    told: &HashMap<usize, usize>,
    dice: &mut Dice,
) -> Guesses {
    let mut known: Known = told.iter().map(|(string, keyword)| (*string, *keyword)).collect();
    known.sort_unstable();
    let mut signs: Vec<Sign> = (0..strings.holders.len())
        .map(|string| (strings.volume(string), Vec::new()))
        .collect();
    let mut seen = 0;
    loop {
        for (position, (known_string, _)) in known.iter().enumerate().skip(seen) {
            let mut together: HashMap<usize, u32> = HashMap::new();
            for record in &strings.holders[*known_string] {
                for string in &strings.records[*record as usize] {
                    *together.entry(*string).or_default() += 1;
                }
            }
            for (string, count) in together {
                signs[string].1.push((position, count));
            }
        }
        seen = known.len();

        let taken: HashSet<usize> = known.iter().map(|(string, _)| *string).collect();
        let used: BTreeSet<usize> = known.iter().map(|(_, keyword)| *keyword).collect();
        let free: Vec<usize> = (0..auxiliary.keywords)
            .filter(|keyword| !used.contains(keyword))
            .collect();
        let groups = look_alikes(strings.holders.len(), &taken, |string| signs[string].clone());
        let (mut certain, mut rest) = (Vec::new(), Vec::new());
        // A keyword has one string at most, so no more of them can be named than keywords are left: the most frequent.
        let rare = groups.len().saturating_sub(free.len());
        for (position, (sign, alike)) in groups.into_iter().enumerate() {
            if position < rare || alike.len() > free.len() {
                // Nothing tells these apart, and any keyword may be meant.
                rest.push((alike, Vec::new()));
                continue;
            }
            let ranked = rank(&sign, &known, &free, auxiliary, strings.records.len());
            if let ([string], [best, second, ..]) = (&alike[..], &ranked[..]) {
                certain.push((second.0 / best.0.max(f64::MIN_POSITIVE), *string, best.1));
            }
            let fitting = ranked
                .into_iter()
                .take(alike.len())
                .map(|(_, keyword)| keyword)
                .collect();
            rest.push((alike, fitting));
        }
        if certain.len() <= REFINEMENT {
            return finish(strings, &known, rest, auxiliary.keywords, dice);
        }
        certain.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
        let mut given = HashSet::new();
        let names = certain.into_iter().filter(|(_, _, keyword)| given.insert(*keyword));
        known.extend(names.take(REFINEMENT).map(|(_, string, keyword)| (string, keyword)));
    }
}

/// Ranks the free keywords by their distance from a string, nearest first.
fn rank(sign: &Sign, known: &Known, free: &[usize], auxiliary: &Documents, records: usize) -> Vec<(f64, usize)> {
    let scale = records as f64 / auxiliary.documents as f64;
    let distance = |observed: f64, expected: f64| {
        let expected = expected * scale;
        (observed - expected).powi(2) / (observed + expected + 1.0)
    };
    let mut observed = vec![0.0; known.len()];
    for (position, count) in &sign.1 {
        observed[*position] = f64::from(*count);
    }
    let score = |keyword: usize| {
        let alone = distance(f64::from(sign.0), f64::from(auxiliary.volume(keyword)));
        let pairs = known.iter().zip(&observed);
        alone
            + pairs
                .map(|((_, other), observed)| distance(*observed, f64::from(auxiliary.together(keyword, *other))))
                .sum::<f64>()
    };
    let mut ranked: Vec<(f64, usize)> = free.iter().map(|keyword| (score(*keyword), *keyword)).collect();
    ranked.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
    ranked
}

fn finish(
    strings: &Strings,
    known: &Known,
    rest: Vec<(Vec<usize>, Vec<usize>)>,
    keywords: usize,
    dice: &mut Dice,
) -> Guesses {
    let mut guesses = vec![None; strings.holders.len()];
    for (string, keyword) in known {
        guesses[*string] = Some(*keyword);
    }
    for (alike, fitting) in rest {
        deal(&alike, &fitting, keywords, dice, |string, keyword| {
            guesses[string] = Some(keyword)
        });
    }
    guesses
}
