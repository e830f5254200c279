//! What a search finds is what the plaintext says, and nothing else.

use crate::questions::{Keywords, Question, Vocabulary, keywords, terms};
use aegle_client::sealed::limits::MAX_QUERY_BYTES;
use aegle_population::draws::Draws;
use aegle_protocol::{record::RecordId, wire::Hit};
use aegle_stories::{
    examples::{self, Chart},
    world::{Person, World},
};
use std::collections::{BTreeSet, HashMap};

/// How many questions are asked.
const QUESTIONS: usize = 200;
/// Patients with fewer records are not asked about: nearly everything would find all or nothing.
const FEWEST_RECORDS: usize = 5;
/// What the questions follow from, unless `AEGLE_SEED` says otherwise.
const SEED: u64 = 20_261_120;

#[tokio::test(flavor = "multi_thread")]
async fn a_search_finds_what_the_plaintext_says() {
    let seed = std::env::var("AEGLE_SEED")
        .ok()
        .map_or(SEED, |seed| seed.parse().expect("AEGLE_SEED is a number"));
    println!("AEGLE_SEED={seed}");
    let mut draws = Draws::from_seed(seed);
    let charts = examples::charts().expect("the examples can be read");
    let world = World::with_charts(&charts).await.expect("a world with the examples");
    let asked: Vec<(&Chart, &Person)> = charts
        .iter()
        .zip(&world.people)
        .filter(|(chart, _)| chart.resources.len() >= FEWEST_RECORDS)
        .collect();
    let everything: Vec<_> = charts.iter().flat_map(|chart| terms(&chart.resources)).collect();
    let mut subjects = Vec::new();
    for (chart, person) in asked {
        world
            .grant_chart(person, world.clinician(), &chart.resources)
            .await
            .expect("the patient grants");
        subjects.push((
            Subject::new(chart, person),
            Vocabulary::of(&chart.resources, &everything),
        ));
    }

    let mut tally = Tally::default();
    for number in 0..QUESTIONS {
        let (subject, vocabulary) = &subjects[number % subjects.len()];
        let question = question(number / subjects.len(), vocabulary, &mut draws);
        let text = question.text();
        let expected = subject.answer(&question);
        // Clinicians and patients ask alike; their answers are permitted by different rules.
        let hits = match number % 4 {
            0 => world.search_own(subject.person, &text).await,
            _ => world.search(world.clinician(), subject.person, &text).await,
        };
        let hits = hits.unwrap_or_else(|error| panic!("seed {seed}, question {number}: {text}: {error}"));
        let found = found(&hits);
        assert_eq!(
            found, expected,
            "seed {seed}, question {number} to {}: {text}",
            subject.name
        );
        tally.count(&question, &found, subject.records.len());
    }
    tally.check();
}

/// Every other round one keyword, of one field after the other; else something nested.
fn question(round: usize, vocabulary: &Vocabulary, draws: &mut Draws) -> Question {
    if round.is_multiple_of(2) {
        let fields: Vec<&str> = vocabulary.fields().collect();
        return vocabulary.term(Some(fields[(round / 2) % fields.len()]), draws);
    }
    loop {
        let question = vocabulary.question(draws);
        if question.text().len() <= MAX_QUERY_BYTES {
            return question;
        }
    }
}

/// A patient, and the plaintext of their records.
struct Subject<'a> {
    name: &'a str,
    person: &'a Person,
    records: HashMap<RecordId, Keywords>,
}

impl<'a> Subject<'a> {
    fn new(chart: &'a Chart, person: &'a Person) -> Self {
        assert_eq!(chart.resources.len(), person.records.len(), "every record was ingested");
        let records = person
            .records
            .iter()
            .copied()
            .zip(chart.resources.iter().map(keywords))
            .collect();
        Self {
            name: chart.patient.as_str(),
            person,
            records,
        }
    }

    fn answer(&self, question: &Question) -> BTreeSet<RecordId> {
        self.records
            .iter()
            .filter(|(_, keywords)| question.finds(keywords))
            .map(|(name, _)| *name)
            .collect()
    }
}

fn found(hits: &[Hit]) -> BTreeSet<RecordId> {
    assert!(
        hits.windows(2).all(|pair| pair[0].batch >= pair[1].batch),
        "newest batch first"
    );
    let found: BTreeSet<RecordId> = hits.iter().map(|hit| hit.record).collect();
    assert_eq!(found.len(), hits.len(), "no hit comes twice");
    found
}

/// What kinds of questions and answers there were: a run that asks nothing telling proves nothing.
#[derive(Default)]
struct Tally {
    fields: BTreeSet<String>,
    none: usize,
    some: usize,
    all: usize,
    negated: usize,
}

impl Tally {
    fn count(&mut self, question: &Question, found: &BTreeSet<RecordId>, records: usize) {
        match question {
            Question::Has(term) => drop(self.fields.insert(term.field().to_owned())),
            question => self.negated += usize::from(question.text().contains("NOT ")),
        }
        match found.len() {
            0 => self.none += 1,
            count if count == records => self.all += 1,
            _ => self.some += 1,
        }
    }

    fn check(&self) {
        let Self {
            fields,
            none,
            some,
            all,
            negated,
        } = self;
        println!("asked for each of {fields:?}; {none} found nothing, {some} some, {all} all; {negated} with a NOT");
        assert_eq!(fields.len(), 6, "every field was asked for: {fields:?}");
        assert!(*none > 5 && *some > 50 && *all > 0 && *negated > 10);
    }
}
