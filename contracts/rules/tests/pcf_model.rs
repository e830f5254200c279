//! The rules against a [second opinion](model) on a million questions.

#[path = "pcf/ask.rs"]
mod ask;
#[path = "pcf/draw.rs"]
mod draw;
#[path = "pcf/model.rs"]
mod model;
#[path = "pcf/spell.rs"]
mod spell;
mod support;

use aegle_rules::{
    consent::{explain, Decision, Denial, Explained},
    GrantId, JurisdictionId, OrganisationId,
};
use draw::{Drawn, Random, Sets};
use model::Answer;
use std::{collections::BTreeMap, thread};

const QUESTIONS: u64 = 1_000_000;
const QUESTIONS_PER_PATIENT: u64 = 50;
/// The first of the patients; what fails is drawn again from the number of the patient that is printed.
const SEED: u64 = 0x0ae6_1e00;
/// Each kind of answer is at least one in so many.
const RAREST: u64 = 200;

/// What the contract should say.
fn expected(answer: Answer) -> Decision {
    match answer {
        Answer::Own => Decision::Own,
        Answer::NoKey => Decision::Denied(Denial::NotController),
        Answer::Representative => Decision::Representative,
        Answer::Malformed => Decision::Denied(Denial::Malformed),
        Answer::Past => Decision::Denied(Denial::Past),
        Answer::Standstill => Decision::Denied(Denial::Paused),
        Answer::Role => Decision::Denied(Denial::Role),
        Answer::GlassClosed => Decision::Denied(Denial::GlassClosed),
        Answer::PermittedByName(number) | Answer::PermittedByShare(number) | Answer::PermittedToEverybody(number) => {
            Decision::Permitted(GrantId(number))
        }
        Answer::Denied(number) => Decision::Denied(Denial::DeniedBy(GrantId(number))),
        Answer::PermittedByLaw(number) => Decision::Jurisdiction(JurisdictionId(number)),
        Answer::NothingApplies => Decision::Denied(Denial::NoGrant),
        Answer::Glass => Decision::Glass,
    }
}

fn kind(answer: Answer) -> &'static str {
    match answer {
        Answer::Own => "the patient's own",
        Answer::NoKey => "a key that does not control",
        Answer::Representative => "a representative",
        Answer::Malformed => "malformed",
        Answer::Past => "about the past",
        Answer::Standstill => "paused",
        Answer::Role => "no role that fits",
        Answer::GlassClosed => "no glass open",
        Answer::PermittedByName(_) => "permitted by name",
        Answer::PermittedByShare(_) => "permitted by what was passed on",
        Answer::PermittedToEverybody(_) => "permitted to everybody",
        Answer::PermittedByLaw(_) => "permitted by the law",
        Answer::Denied(_) => "denied",
        Answer::NothingApplies => "nothing applies",
        Answer::Glass => "permitted by the glass",
    }
}

const KINDS: [&str; 15] = [
    "the patient's own",
    "a key that does not control",
    "a representative",
    "malformed",
    "about the past",
    "paused",
    "no role that fits",
    "no glass open",
    "permitted by name",
    "permitted by what was passed on",
    "permitted to everybody",
    "permitted by the law",
    "denied",
    "nothing applies",
    "permitted by the glass",
];

/// Asks about some patients, and counts the answers by their kind.
fn compare(patients: impl Iterator<Item = u64>, sets: &Sets) -> BTreeMap<&'static str, u64> {
    let mut counts = BTreeMap::new();
    for patient in patients {
        let mut random = Random(SEED.wrapping_add(patient).wrapping_mul(0x9e37_79b9));
        let mut drawn = Drawn::new(&mut random, sets);
        for _ in 0..QUESTIONS_PER_PATIENT {
            let (question, check) = drawn.ask(&mut random, sets);
            drawn.world.now = question.asked;
            let (answer, through) = drawn.model.answer(&question);
            let decision = drawn.world.check(&check);
            let explained = explain(&check, &drawn.world, question.asked);
            assert_eq!(
                explained,
                Explained {
                    decision: expected(answer),
                    organisation: through.map(OrganisationId),
                },
                "patient {patient}: {question:#?}\n{check:#?}\n{:#?}",
                drawn.model
            );
            assert_eq!(decision, explained.decision);
            *counts.entry(kind(answer)).or_default() += 1;
        }
    }
    counts
}

#[test]
fn the_rules_agree_with_the_model_on_a_million_questions() {
    let sets = Sets::new();
    let workers = thread::available_parallelism()
        .map_or(1, |count| count.get() as u64)
        .min(8);
    let patients = QUESTIONS / QUESTIONS_PER_PATIENT;
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    thread::scope(|scope| {
        let sets = &sets;
        let part = |worker| (0..patients).skip(worker as usize).step_by(workers as usize);
        let parts: Vec<_> = (0..workers)
            .map(|worker| scope.spawn(move || compare(part(worker), sets)))
            .collect();
        for part in parts {
            for (kind, count) in part.join().expect("the rules and the model agree") {
                *counts.entry(kind).or_default() += count;
            }
        }
    });
    println!("{counts:#?}");
    assert_eq!(counts.values().sum::<u64>(), QUESTIONS);
    for kind in KINDS {
        let count = counts.get(kind).copied().unwrap_or_default();
        assert!(count >= QUESTIONS / RAREST, "only {count} questions end with: {kind}");
    }
}
