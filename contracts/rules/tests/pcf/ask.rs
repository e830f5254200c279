//! Questions at random.

use super::{
    draw::{Drawn, Held, Random, Sets, MODIFIERS, PATIENT, PURPOSES},
    model::{Actor, Guardians, Person, Question},
    spell::heard,
};
use aegle_rules::consent::{Check, Membership};

const USES: [&str; 6] = ["", "methods", "ancestry", "health", "disease", "other"];

impl Drawn {
    /// A question, mostly about something that was said, and as the contract hears it.
    pub fn ask(&self, random: &mut Random, sets: &Sets) -> (Question, Check) {
        let model = &self.model;
        let near = if random.chance(92) {
            self.held.get(random.below(self.held.len().max(1) as u64) as usize)
        } else {
            None
        };
        let people: Vec<&Person> = model
            .people
            .iter()
            .filter(|person| match near.map(|held| held.to) {
                Some(Actor::Person(name)) => person.name == name,
                Some(Actor::Company(number)) => person.jobs.iter().any(|job| job.company == number),
                Some(Actor::Everybody) | None => true,
            })
            .collect();
        let person = (!people.is_empty()).then(|| people[random.below(people.len() as u64) as usize]);
        let mut who = person.map_or(2 + random.below(4) as u8, |person| person.name);
        if random.chance(5) {
            who = random.one(&[PATIENT, PATIENT, 5, 6]);
        }
        let guards = |guardians: &Guardians| guardians.people.contains(&who);
        let guards = guards(&model.guardians) || model.next_guardians.as_ref().is_some_and(|(next, _)| guards(next));
        let fitting: Vec<&str> = PURPOSES
            .into_iter()
            .filter(|purpose| {
                let asks = |role: &&str| match *role {
                    "clinician" => ["TREAT", "ETREAT", "BTG"].contains(purpose),
                    "researcher" => *purpose == "HRESCH",
                    "insurer" => *purpose == "HPAYMT",
                    _ => ["HOPERAT", "PUBHLTH"].contains(purpose),
                };
                person.is_some_and(|person| person.jobs.iter().flat_map(|job| &job.roles).any(asks))
                    && near.is_none_or(|near| near.alone.purposes.contains(purpose))
            })
            .collect();
        let purposes = match random.below(100) {
            0 => random.some(&PURPOSES, 20),
            1..8 => vec![random.one(&PURPOSES)],
            14..26 if guards => vec!["PATRQT"],
            8..14 => vec!["BTG"],
            _ if fitting.is_empty() => vec![random.one(&PURPOSES)],
            _ => vec![random.one(&fitting)],
        };
        let record = random.below(8) as u8;
        let mut at = random.below(11);
        let (mut class, mut ceiling) = (random.one(&[0, 1, 2, 3, 4, 31]), 'V');
        let (mut author, mut authored) = (random.one(&[2, 3, 4]), random.below(8));
        let mut about = random.chance(5).then(|| random.below(3) as usize);
        if let Some(Held { alone, .. }) = near.filter(|_| random.chance(85)) {
            at = alone.from + random.below(alone.until - alone.from);
            class = random.one(&alone.classes);
            ceiling = if random.chance(90) { alone.ceiling } else { 'V' };
            author = alone.writer.filter(|_| random.chance(90)).unwrap_or(author);
            let (from, until) = alone.written.unwrap_or((0, 8));
            authored = from + random.below(until.min(8).saturating_sub(from).max(1));
            about = alone.records.filter(|_| random.chance(80)).or(about);
        }
        if random.chance(1) {
            class = random.one(&[32, 200]);
        }
        let confidentiality = match ceiling {
            'N' => 'N',
            'R' => random.one(&['N', 'R']),
            _ => random.one(&['N', 'R', 'V']),
        };
        let mut asked = random.below(at + 1);
        if random.chance(3) {
            asked = at + 1 + random.below(3);
        }
        if random.chance(90) {
            authored = authored.min(at);
        } else if random.chance(30) {
            authored = u64::MAX;
        }
        let honest = random.chance(85);
        let question = Question {
            who,
            purposes,
            class,
            confidentiality,
            author,
            authored,
            at,
            asked,
            using: if near.is_some_and(|near| near.alone.permission == "POA") {
                random.one(&["ancestry", "other"])
            } else {
                random.one(&USES)
            },
            doing: random.one(&["count", "count", "find", "open"]),
            attested: random.some(&MODIFIERS, 55),
            shown: about
                .filter(|_| honest)
                .map(|set| (set, sets.members[set].contains(&record))),
        };
        let membership = about.map(|set| {
            let proof = sets.proofs[set][usize::from(record)].clone();
            // What is false shows nothing.
            Membership {
                count: proof.count + u32::from(!honest) * 16,
                ..proof
            }
        });
        let check = heard(&question, membership);
        (question, check)
    }
}
