//! Whatever is asked of the sealed index, it finds what the plaintext says, and nothing else.
#![allow(missing_docs, clippy::print_stdout)]

mod scopes;
mod sealed;

use aegle_keys::KeyCache;
use aegle_population::{
    asking::Kind,
    draws::Draws,
    files,
    population::{Level, Population},
    words::Words,
};
use aegle_sealed::{Window, query};
use anyhow::{Context, Result, bail, ensure};
use scopes::{Scopes, level};
use sealed::{Position, Sealed};
use std::{
    collections::{BTreeMap, BTreeSet},
    thread,
    time::Instant,
};

/// The questions unless `AEGLE_QUESTIONS` says otherwise, every other one of a patient's records, and how large a population
/// makes them worth asking.
const QUESTIONS: usize = 5_000;
const LEAST_PATIENTS: usize = 1_000;
const LEAST_RECORDS: usize = 100_000;
/// What is drawn follows from this, unless `AEGLE_SEED` says otherwise.
const SEED: u64 = 20_260_630;
const THREADS: usize = 2;
/// One question in so many is asked of some of the batches.
const WINDOWED: usize = 4;
/// Records of each side that are told when both differ.
const TOLD: usize = 3;

#[test]
fn every_kind_of_question_finds_what_the_plaintext_says() -> Result<()> {
    let seed = match std::env::var("AEGLE_SEED") {
        Ok(text) => text.parse().context("AEGLE_SEED is no number")?,
        Err(_) => SEED,
    };
    let questions = match std::env::var("AEGLE_QUESTIONS") {
        Ok(text) => text.parse().context("AEGLE_QUESTIONS is no number")?,
        Err(_) => QUESTIONS,
    };
    let least = least()?;
    println!("AEGLE_SEED={seed} AEGLE_QUESTIONS={questions}");
    let began = Instant::now();
    let mut population = Population::read(&files::folder()?, THREADS, |patient| level(seed, patient).max(least))?;
    let (patients, records) = (population.patients.len(), population.records.len());
    let keywords: usize = population.records.iter().map(|record| record.keywords.len()).sum();
    println!(
        "{patients} patients, {records} records, {keywords} keywords: read in {:.1?}",
        began.elapsed()
    );
    println!(
        "besides, {} resources name no patient, and {} facts are malformed",
        population.without_patient, population.malformed
    );

    let drawn: Vec<Level> = population.patients.iter().map(|patient| level(seed, patient)).collect();
    let scopes = Scopes::new(&population, &drawn, least);
    for level in [Level::Equality, Level::Usual, Level::Beginnings, Level::Everything] {
        let records = population.records.iter().filter(|record| record.level == level).count();
        println!("{level:?}: {} patients, {records} records", scopes.patients(level));
    }

    let began = Instant::now();
    let folder = tempfile::tempdir()?;
    let mut draws = Draws::from_seed(seed);
    let sealed = Sealed::build(&mut population, &scopes.members, folder.path(), THREADS, &mut draws)?;
    println!(
        "{} labels: labelled and indexed in {:.1?}",
        sealed.labels,
        began.elapsed()
    );

    let began = Instant::now();
    let world = World {
        population: &population,
        sealed: &sealed,
        scopes: &scopes,
        seed,
        questions,
    };
    let asked = thread::scope(|scope| {
        let askers: Vec<_> = (0..THREADS)
            .map(|part| {
                scope.spawn({
                    let world = &world;
                    move || world.ask_all(part)
                })
            })
            .collect();
        let join = |asker: thread::ScopedJoinHandle<'_, _>| asker.join().expect("what fails is told as an error");
        askers.into_iter().map(join).collect::<Result<Vec<Vec<Asked>>>>()
    })?;
    println!("{questions} questions: asked in {:.1?}", began.elapsed());
    tell(asked.iter().flatten())?;
    ensure!(
        patients >= LEAST_PATIENTS && records >= LEAST_RECORDS,
        "the population is too small"
    );
    Ok(())
}

/// Returns what every patient is labelled for at least: `AEGLE_LEVEL`, which is `equality`, `usual` or `everything`.
/// More than equality takes minutes, and gigabytes of memory.
fn least() -> Result<Level> {
    Ok(match std::env::var("AEGLE_LEVEL").as_deref() {
        Err(_) | Ok("equality") => Level::Equality,
        Ok("usual") => Level::Usual,
        Ok("everything") => Level::Everything,
        Ok(other) => bail!("AEGLE_LEVEL is equality, usual or everything, not {other}"),
    })
}

/// Prints what became of the questions of each kind; fails if there is a kind that hardly found anything.
fn tell<'a>(asked: impl Iterator<Item = &'a Asked>) -> Result<()> {
    let mut kinds: BTreeMap<(Kind, bool), Vec<&Asked>> = BTreeMap::new();
    for one in asked {
        kinds.entry((one.kind, one.of_cohort)).or_default().push(one);
    }
    println!(
        "{:>22} {:>8} {:>10} {:>9} {:>8} {:>5} {:>5}",
        "kind", "scope", "questions", "hits", "nothing", "some", "all"
    );
    for ((kind, of_cohort), asked) in &kinds {
        let scope = if *of_cohort { "cohort" } else { "patient" };
        let hits: usize = asked.iter().map(|one| one.hits).sum();
        let nothing = asked.iter().filter(|one| one.hits == 0).count();
        let all = asked
            .iter()
            .filter(|one| one.hits > 0 && one.hits == one.reachable)
            .count();
        let (questions, some) = (asked.len(), asked.len() - nothing - all);
        println!(
            "{:>22} {scope:>8} {questions:>10} {hits:>9} {nothing:>8} {some:>5} {all:>5}",
            format!("{kind:?}")
        );
        // A question that finds nothing proves little. Some must: windows leave out what words and ranges are taken from.
        ensure!(
            4 * some > questions,
            "{kind:?} finds too little in the scope of the {scope}"
        );
    }
    ensure!(kinds.len() == 2 * Kind::ALL.len(), "a kind was not asked");
    Ok(())
}

/// One question, and what it found.
struct Asked {
    kind: Kind,
    of_cohort: bool,
    hits: usize,
    reachable: usize,
}

/// What questions are asked of.
struct World<'a> {
    population: &'a Population,
    sealed: &'a Sealed,
    scopes: &'a Scopes,
    seed: u64,
    questions: usize,
}

impl World<'_> {
    /// Asks every `THREADS`th question.
    fn ask_all(&self, part: usize) -> Result<Vec<Asked>> {
        let (mut cache, mut words) = (KeyCache::default(), Words::default());
        let numbers = (part..self.questions).step_by(THREADS);
        numbers.map(|number| self.ask(number, &mut cache, &mut words)).collect()
    }

    /// Asks a question, and compares.
    fn ask(&self, number: usize, cache: &mut KeyCache, words: &mut Words) -> Result<Asked> {
        let Self { population, sealed, .. } = self;
        let mut draws = Draws::from_seed(self.seed.wrapping_add(number as u64));
        let (kind, of_cohort) = (Kind::ALL[number / 2 % Kind::ALL.len()], number.is_multiple_of(2));
        let (patient, asker, question) = loop {
            let (patient, asker) = self.scopes.asker(population, kind, of_cohort, &mut draws);
            if let Some(question) = asker.question(kind, &mut draws) {
                break (patient, asker, question);
            }
        };
        let window = window(sealed.window(), &mut draws);
        let in_window = |record: &&usize| (window.from..window.to).contains(&sealed.positions[**record].0);
        let reachable: Vec<&usize> = asker.records.iter().filter(in_window).collect();
        let answer = question.answer(population, words);
        let expected: BTreeSet<Position> = reachable
            .iter()
            .filter(|record| answer.finds(&population.records[***record]))
            .map(|record| sealed.positions[**record])
            .collect();

        let text = question.text();
        let told = || format!("question {number}, {kind:?}, of patient {patient:?}, {window:?}: {text}");
        let query = query::parse(&text).with_context(told)?;
        asker.level.indexing().check(&query.terms).with_context(told)?;
        let searcher = sealed.searcher(patient);
        let found = searcher
            .search(query, window, asker.records, cache)
            .with_context(told)?;
        let missed: Vec<&Position> = expected.difference(&found).take(TOLD).collect();
        let wrong: Vec<&Position> = found.difference(&expected).take(TOLD).collect();
        ensure!(
            missed.is_empty() && wrong.is_empty(),
            "{}\n{} expected, {} found; missed (batch, number): {missed:?}, wrong: {wrong:?}",
            told(),
            expected.len(),
            found.len()
        );
        Ok(Asked {
            kind,
            of_cohort,
            hits: found.len(),
            reachable: reachable.len(),
        })
    }
}

/// Draws all batches, or some of them.
fn window(all: Window, draws: &mut Draws) -> Window {
    if !draws.once_in(WINDOWED) {
        return all;
    }
    let count = (all.to - all.from) as usize;
    let from = draws.below(count / 2);
    let length = count / 3 + draws.below(count / 2);
    Window {
        from: all.from + from as u32,
        to: all.from + (from + length).min(count) as u32,
    }
}
