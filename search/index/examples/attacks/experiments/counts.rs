//! The count attack: Cash, Grubbs, Perry and Ristenpart, "Leakage-abuse attacks against searchable encryption", CCS 2015,
//! section 4.2. The adversary knows all documents, but not which record is which.
//!
//! A string whose volume only one keyword has is that keyword; of the others, those are that occur together with the known
//! ones as often as their keywords do. On count tables, which say nothing of what occurs together, a name is compared by
//! its counts in all batches.

use super::{
    Error,
    designs::{Sealed, TableKeyword},
    population::Dice,
    strings::{Documents, Guesses, Strings, Tally, deal, look_alikes},
};
use aegle_rules::BatchNumber;
use aegle_sealed::Scope;
use roaring::RoaringBitmap;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Names every string.
pub(crate) fn attack(strings: &Strings, known: &Documents, dice: &mut Dice) -> Guesses {
    let by_volume = |volume: u32| (0..known.keywords).filter(move |keyword| known.volume(*keyword) == volume);
    let groups = look_alikes(strings.holders.len(), &HashSet::new(), |string| strings.volume(string));

    // Groups that are no larger than the choice of keywords for them; nothing can be told about the others.
    let mut open: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut guesses = vec![None; strings.holders.len()];
    for (volume, alike) in groups {
        let fitting: Vec<usize> = by_volume(volume).collect();
        if fitting.len() >= alike.len() {
            open.extend(alike.into_iter().map(|string| (string, fitting.clone())));
        } else {
            deal(&alike, &fitting, known.keywords, dice, |string, keyword| {
                guesses[string] = Some(keyword)
            });
        }
    }
    let holders = open
        .keys()
        .map(|string| (*string, strings.holders[*string].iter().copied().collect()));
    let holders: HashMap<usize, RoaringBitmap> = holders.collect();

    let mut found: Vec<(usize, usize)> = Vec::new();
    let mut fresh: Vec<(usize, usize)> = Vec::new();
    loop {
        for (string, fitting) in &mut open {
            let together = |other: usize| holders[string].intersection_len(&holders[&other]) as u32;
            for (other, keyword) in &fresh {
                let expected = together(*other);
                fitting.retain(|fit| fit != keyword && known.together(*fit, *keyword) == expected);
            }
        }
        found.append(&mut fresh);
        fresh.extend(
            open.iter()
                .filter(|(_, fitting)| fitting.len() == 1)
                .map(|(string, fitting)| (*string, fitting[0])),
        );
        if fresh.is_empty() {
            break;
        }
        open.retain(|_, fitting| fitting.len() > 1);
    }
    for (string, keyword) in found {
        guesses[string] = Some(keyword);
    }
    for (string, fitting) in open {
        deal(&[string], &fitting, known.keywords, dice, |string, keyword| {
            guesses[string] = Some(keyword)
        });
    }
    guesses
}

/// What the attack on count tables gives.
#[derive(Default)]
pub(crate) struct Tables {
    /// Entries named rightly in the sealed tables.
    pub(crate) sealed: Tally,
    /// Entries named rightly in tables of deterministic tokens with their counts in the clear.
    pub(crate) baseline: Tally,
    /// Entries that would be named rightly in the sealed tables if their counts had no pad: what the pad hides.
    pub(crate) without_pad: Tally,
    /// How many entries of the sealed tables chance would name rightly.
    pub(crate) chance: f64,
}

/// The counts that a name has, by batch.
type Counts = BTreeMap<u32, u32>;

/// An entry of a table: what it is, if it is not padding, and what it shows.
type Entry = (Option<TableKeyword>, Counts);

/// Names the entries of count tables by their counts in all batches where their name stands: in the sealed tables as they
/// are stored, and in tables that have for each token of a batch the number of its records.
pub(crate) fn attack_tables(sealed: &mut Sealed<'_>, dice: &mut Dice) -> Result<Tables, Error> {
    let mut tables = Tables::default();
    let mut known: BTreeMap<TableKeyword, Counts> = BTreeMap::new();
    let mut truth: HashMap<[u8; 10], TableKeyword> = HashMap::new();
    let mut stored: BTreeMap<[u8; 10], Counts> = BTreeMap::new();
    for batch in 0..sealed.batches() {
        for (keyword, count) in sealed.table_counts(BatchNumber(batch)) {
            known.entry(keyword).or_default().insert(batch, count);
        }
        truth.extend(sealed.table_truth(BatchNumber(batch)));
        for entry in sealed.batch(BatchNumber(batch)).counts().entries() {
            stored.entry(entry.fingerprint).or_default().insert(batch, entry.masked);
        }
    }
    let entries = stored
        .into_iter()
        .map(|(name, counts)| (truth.get(&name).copied(), counts));
    let mut entries: Vec<Entry> = entries.collect();
    NamedEntries {
        tally: tables.sealed,
        chance: tables.chance,
    } = name_entries(&entries, &known, dice);

    for (keyword, counts) in &mut entries {
        let clear = keyword.as_ref().map(|keyword| &known[keyword]);
        for (batch, count) in counts.iter_mut() {
            *count = clear.and_then(|clear| clear.get(batch)).copied().unwrap_or(*count);
        }
    }
    tables.without_pad = name_entries(&entries, &known, dice).tally;

    // One table a batch, as there is one token a keyword, whoever the patient.
    known.retain(|(scope, _), _| *scope == Scope::Cohort);
    let tokens = known.iter().map(|(keyword, counts)| (Some(*keyword), counts.clone()));
    tables.baseline = name_entries(&tokens.collect::<Vec<_>>(), &known, dice).tally;
    Ok(tables)
}

/// The score of named entries, and that of chance.
struct NamedEntries {
    tally: Tally,
    chance: f64,
}

/// Names entries by the counts that are known: by those in all batches; where no keyword has these, by the one in the
/// batch; and where none has that, by any keyword of the batch. The score is over what is not padding, and comes with
/// that of chance.
fn name_entries(entries: &[Entry], known: &BTreeMap<TableKeyword, Counts>, dice: &mut Dice) -> NamedEntries {
    let mut by_counts: HashMap<&Counts, Vec<TableKeyword>> = HashMap::new();
    let mut by_count: HashMap<(u32, u32), Vec<TableKeyword>> = HashMap::new();
    let mut by_batch: HashMap<u32, Vec<TableKeyword>> = HashMap::new();
    for (keyword, counts) in known {
        by_counts.entry(counts).or_default().push(*keyword);
        for (batch, count) in counts {
            by_count.entry((*batch, *count)).or_default().push(*keyword);
            by_batch.entry(*batch).or_default().push(*keyword);
        }
    }
    let (mut tally, mut chance) = (Tally::default(), 0.0);
    for (counts, alike) in look_alikes(entries.len(), &HashSet::new(), |entry| &entries[entry].1) {
        let (batch, count) = counts.first_key_value().expect("an entry stands in a batch");
        let all = &by_batch[batch];
        let narrower = [by_counts.get(counts), by_count.get(&(*batch, *count))];
        let mut narrower = narrower.into_iter().flatten();
        let candidates = narrower.find(|fitting| fitting.len() >= alike.len()).unwrap_or(all);
        for entry in alike {
            if let Some(truth) = entries[entry].0 {
                tally.count(candidates[dice.below(candidates.len())] == truth);
                chance += 1.0 / all.len() as f64;
            }
        }
    }
    NamedEntries { tally, chance }
}
