//! What an adversary has before it: records with strings that it cannot read, whatever the design that made them.

use super::population::{Dice, Visit};
use std::collections::{HashMap, HashSet};

/// The scores of guesses: of occurrences of keywords, and of distinct keywords.
#[derive(Clone, Copy)]
pub(crate) struct Scores {
    pub(crate) occurrences: Tally,
    pub(crate) distinct: Tally,
}

/// Records of strings. Equal strings have one number, wherever they stand.
#[derive(Default)]
pub(crate) struct Strings {
    /// For each record, the numbers of its strings.
    pub(crate) records: Vec<Vec<usize>>,
    /// For each string, the records that have it, in rising order.
    pub(crate) holders: Vec<Vec<u32>>,
    /// For each string, the keyword that it stands for, if any. Only the score looks here.
    truth: Vec<Option<usize>>,
}

/// For each string, the keyword that the adversary takes it for.
pub(crate) type Guesses = Vec<Option<usize>>;

/// How many things were named, and how many of them rightly.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    /// Rightly.
    pub(crate) right: u64,
    /// In all.
    pub(crate) of: u64,
}

impl Tally {
    /// Counts one more.
    pub(crate) fn count(&mut self, right: bool) {
        self.right += u64::from(right);
        self.of += 1;
    }

    /// Returns the share, from 0 to 1.
    pub(crate) fn share(self) -> f64 {
        self.right as f64 / self.of.max(1) as f64
    }
}

impl Strings {
    /// Collects records as byte strings, each with what it stands for.
    pub(crate) fn new<B: AsRef<[u8]>>(records: &[Vec<(B, Option<usize>)>]) -> Self {
        let mut strings = Self::default();
        let mut numbers: HashMap<&[u8], usize> = HashMap::new();
        for (number, record) in (0_u32..).zip(records) {
            let mut row = Vec::with_capacity(record.len());
            for (bytes, keyword) in record {
                let at = *numbers.entry(bytes.as_ref()).or_insert_with(|| {
                    strings.holders.push(Vec::new());
                    strings.truth.push(*keyword);
                    strings.holders.len() - 1
                });
                strings.holders[at].push(number);
                row.push(at);
            }
            strings.records.push(row);
        }
        strings
    }

    /// Converts the results of queries to strings: a query is a string of each record that it found.
    pub(crate) fn from_results(records: usize, queries: &[(usize, Vec<u32>)]) -> Self {
        let mut strings = Self {
            records: vec![Vec::new(); records],
            ..Self::default()
        };
        for (at, (keyword, results)) in queries.iter().enumerate() {
            for record in results {
                strings.records[*record as usize].push(at);
            }
            strings.holders.push(results.clone());
            strings.truth.push(Some(*keyword));
        }
        strings
    }

    /// Returns the results of searches for keywords, where each keyword has one string.
    pub(crate) fn results(&self, keywords: &[usize]) -> Vec<(usize, Vec<u32>)> {
        let positions = self.truth.iter().enumerate();
        let positions: HashMap<usize, usize> = positions.filter_map(|(at, keyword)| Some(((*keyword)?, at))).collect();
        let result = |keyword: &usize| {
            let holders = positions.get(keyword).map(|at| self.holders[*at].clone());
            (*keyword, holders.unwrap_or_default())
        };
        keywords.iter().map(result).collect()
    }

    /// Returns the strings that more than one record has.
    pub(crate) fn repeated(&self) -> u64 {
        self.holders.iter().filter(|holders| holders.len() > 1).count() as u64
    }

    /// Returns the number of records that have a string.
    pub(crate) fn volume(&self, string: usize) -> u32 {
        self.holders[string].len() as u32
    }

    /// Returns every string of the first `records` records, with what it stands for: what an adversary is told that
    /// wrote those records itself.
    pub(crate) fn told_by(&self, records: usize) -> HashMap<usize, usize> {
        let told = self.records.iter().take(records).flatten();
        told.filter_map(|string| Some((*string, self.truth[*string]?)))
            .collect()
    }

    /// Returns what each of these strings stands for.
    pub(crate) fn told(&self, strings: impl Iterator<Item = usize>) -> HashMap<usize, usize> {
        strings
            .filter_map(|string| Some((string, self.truth[string]?)))
            .collect()
    }

    /// Scores guesses: of the occurrences of keywords; and of the distinct keywords, of which more than half the
    /// occurrences must be named rightly. Padding does not count, nor does what the adversary was told.
    pub(crate) fn score(&self, guesses: &Guesses, told: &HashMap<usize, usize>) -> Scores {
        let (mut occurrences, mut keywords) = (Tally::default(), HashMap::<usize, Tally>::new());
        for string in self.records.iter().flatten() {
            if let (Some(truth), false) = (self.truth[*string], told.contains_key(string)) {
                let right = guesses[*string] == Some(truth);
                occurrences.count(right);
                keywords.entry(truth).or_default().count(right);
            }
        }
        let mut distinct = Tally::default();
        for tally in keywords.values() {
            distinct.count(2 * tally.right > tally.of);
        }
        Scores { occurrences, distinct }
    }
}

/// The same of the adversary's own documents: how many have a keyword, and how many have two of them.
pub(crate) struct Documents {
    /// How many there are.
    pub(crate) documents: usize,
    /// Keywords of the vocabulary.
    pub(crate) keywords: usize,
    together: Vec<u32>,
}

impl Documents {
    /// Counts the keywords of visits.
    pub(crate) fn new(keywords: usize, visits: &[Visit]) -> Self {
        let mut together = vec![0; keywords * keywords];
        for visit in visits {
            for one in &visit.keywords {
                for other in &visit.keywords {
                    together[one * keywords + other] += 1;
                }
            }
        }
        Self {
            documents: visits.len(),
            keywords,
            together,
        }
    }

    /// Returns the number of documents that have both keywords.
    pub(crate) fn together(&self, one: usize, other: usize) -> u32 {
        self.together[one * self.keywords + other]
    }

    /// Returns the number of documents that have the keyword.
    pub(crate) fn volume(&self, keyword: usize) -> u32 {
        self.together(keyword, keyword)
    }
}

/// Names strings that the adversary cannot tell apart. When the `fitting` keywords are as many as the strings or more, each
/// string gets one of those; otherwise no keyword has one string alone, the attack has learnt nothing, and each gets
/// any of `all`.
///
/// The draws are even and independent, so that chance names each string rightly once in as many times as there are
/// candidates.
pub(crate) fn deal(
    alike: &[usize],
    fitting: &[usize],
    all: usize,
    dice: &mut Dice,
    mut name: impl FnMut(usize, usize),
) {
    for string in alike {
        let keyword = if fitting.len() >= alike.len() {
            fitting[dice.below(fitting.len())]
        } else {
            dice.below(all)
        };
        name(*string, keyword);
    }
}

/// Groups the strings that are not in `told` by the same `sign`, in the order of the signs.
pub(crate) fn look_alikes<S: Ord>(
    strings: usize,
    told: &HashSet<usize>,
    sign: impl Fn(usize) -> S,
) -> Vec<(S, Vec<usize>)> {
    let mut groups = std::collections::BTreeMap::<S, Vec<usize>>::new();
    for string in (0..strings).filter(|string| !told.contains(string)) {
        groups.entry(sign(string)).or_default().push(string);
    }
    groups.into_iter().collect()
}
