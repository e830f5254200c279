//! Documents in eleven languages, and the inputs of the client's cases: whatever is asked of their keywords, it finds
//! what the plaintext says.
#![allow(missing_docs, clippy::print_stdout)]

mod documents;

use aegle_population::{
    asking::{Asker, Kind},
    draws::Draws,
    population::{Level, Population},
    words::Words,
};
use aegle_sealed::{Expression, Keyword, query};
use anyhow::{Context, Result, ensure};
use std::{collections::HashSet, fs, path::Path};

/// Questions about all documents, and about each by itself.
const QUESTIONS: usize = 6_000;
const SEED: u64 = 20_260_701;

/// Those of the client's cases that are one resource of a patient.
fn cases() -> Result<Vec<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../frontend-sdk/client/tests/cases");
    let mut texts = Vec::new();
    for part in ["authorship", "dates", "words", "security", "compartment"] {
        for entry in fs::read_dir(folder.join(part))? {
            let text = fs::read_to_string(entry?.path())?;
            if !text.contains("\"Bundle\"") {
                texts.push(text);
            }
        }
    }
    texts.sort();
    Ok(texts)
}

#[test]
fn questions_about_documents_in_eight_languages_find_what_the_plaintext_says() -> Result<()> {
    let cases = cases()?;
    let documents = documents::all();
    let texts: Vec<&str> = cases.iter().chain(&documents).map(String::as_str).collect();
    let population = Population::of_texts(&texts, Level::Everything)?;
    ensure!(population.records.len() > 40, "the documents are missing");
    let keywords = population.records.iter().map(|record| record.keywords.iter().collect());
    let keywords: Vec<HashSet<&Keyword>> = keywords.collect();
    let all: Vec<usize> = (0..population.records.len()).collect();
    let kinds: Vec<Kind> = Kind::ALL
        .into_iter()
        .filter(|kind| !matches!(kind, Kind::QuantityInAnotherUnit))
        .collect();
    let (mut words, mut asked, mut hits) = (Words::default(), 0, 0);
    for number in 0..QUESTIONS {
        let mut draws = Draws::from_seed(SEED.wrapping_add(number as u64));
        let kind = kinds[number % kinds.len()];
        let own = [*draws.choose(&all)];
        let asker = Asker {
            population: &population,
            records: if number % 2 == 0 { &all } else { &own },
            level: Level::Everything,
        };
        let Some(question) = asker.question(kind, &mut draws) else {
            continue;
        };
        let text = question.text();
        let query = query::parse(&text).with_context(|| format!("question {number}: {text}"))?;
        let answer = question.answer(&population, &mut words);
        for (record, keywords) in population.records.iter().zip(&keywords) {
            let found = holds(&query.expression, &|term| keywords.contains(&query.terms[term]));
            let expected = answer.finds(record);
            ensure!(
                found == expected,
                "question {number}, {kind:?}: {text}\nfound {found}, expected {expected}: {:?}",
                keywords.iter().map(ToString::to_string).collect::<Vec<_>>()
            );
            hits += usize::from(found);
        }
        asked += 1;
    }
    println!("{asked} questions, {hits} hits");
    ensure!(asked > QUESTIONS / 2 && hits > asked, "too little was asked or found");
    Ok(())
}

fn holds(expression: &Expression, has: &impl Fn(usize) -> bool) -> bool {
    match expression {
        Expression::Term(term) => has(*term),
        Expression::And(parts) => parts.iter().all(|part| holds(part, has)),
        Expression::Or(parts) => parts.iter().any(|part| holds(part, has)),
        Expression::Not(part) => !holds(part, has),
    }
}
