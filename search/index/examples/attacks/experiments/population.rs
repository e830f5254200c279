//! A population of patients and their visits: diagnoses that bring drugs, laboratory codes and words with them, all of
//! them drawn from Zipf distributions. Deterministic from a seed.

use super::Error;
use aegle_sealed::Keyword;
use std::collections::BTreeSet;

const DIAGNOSES: usize = 120;
const DRUGS: usize = 100;
const LABORATORY: usize = 90;
const WORDS: usize = 80;
/// The exponent of every Zipf distribution: codes in clinical records have about this one.
const EXPONENT: f64 = 1.0;
/// How probably a chronic diagnosis is coded in a visit.
const CHRONIC_CODED: f64 = 0.6;
/// How many drugs, laboratory codes and words a visit has at most that no diagnosis explains.
const UNEXPLAINED: usize = 3;

/// Even draws that are the same in every run: SplitMix64 (Steele, Lea and Flood 2014).
pub(crate) struct Dice(u64);

impl Dice {
    /// Begins a stream of its own for each seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Draws the next 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    /// Draws a number from 0 to below 1.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Draws a number below `end`, which is not 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.next()) * end as u128) >> 64) as usize
    }

    /// Shuffles evenly (Fisher and Yates).
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (2..=items.len()).rev() {
            items.swap(end - 1, self.below(end));
        }
    }
}

/// Ranks from 0, of which each is drawn as often as Zipf's law says.
struct Zipf(Vec<f64>);

impl Zipf {
    fn new(ranks: usize) -> Self {
        let mut sum = 0.0;
        let weight = |rank: usize| {
            sum += (rank as f64).powf(-EXPONENT);
            sum
        };
        Self((1..=ranks).map(weight).collect())
    }

    fn draw(&self, dice: &mut Dice) -> usize {
        let last = self.0.len() - 1;
        let point = dice.share() * self.0[last];
        self.0.partition_point(|weight| *weight < point).min(last)
    }
}

/// What comes with a diagnosis, and how probably in each visit.
type Consequence = (usize, f64);

/// The vocabulary, and which of it comes with what. Numbers of keywords are positions in the vocabulary.
pub(crate) struct Population {
    vocabulary: Vec<Keyword>,
    consequences: Vec<Vec<Consequence>>,
    diagnoses: Zipf,
    drugs: Zipf,
    laboratory: Zipf,
    words: Zipf,
    /// Small fields: where each begins, and how its values are distributed.
    small: Vec<(usize, Zipf)>,
}

/// A record: who it is about, and the numbers of its keywords in rising order.
#[derive(Clone)]
pub(crate) struct Visit {
    /// The patient's number among those of the sample.
    pub(crate) patient: u32,
    /// Numbers of keywords, each once.
    pub(crate) keywords: Vec<usize>,
}

impl Population {
    /// Generates the population of a seed.
    pub(crate) fn new(seed: u64) -> Result<Self, Error> {
        let mut vocabulary = Vec::new();
        for number in 0..DIAGNOSES {
            let letter = char::from(b'A' + (number % 20) as u8);
            let code = format!("{letter}{:02}", number / 20 * 7 + 10);
            vocabulary.push(Keyword::code("http://hl7.org/fhir/sid/icd-10", &code)?);
        }
        for number in 0..DRUGS {
            vocabulary.push(Keyword::code("http://www.whocc.no/atc", &format!("C{number:02}AA"))?);
        }
        for number in 0..LABORATORY {
            vocabulary.push(Keyword::code("http://loinc.org", &format!("{}-1", 2_000 + number))?);
        }
        for number in 0..WORDS {
            vocabulary.push(Keyword::text(&format!("symptom{number}"))?);
        }
        let mut small = Vec::new();
        let fields: [&[&str]; 3] = [
            &[
                "Observation",
                "Condition",
                "MedicationRequest",
                "Procedure",
                "DiagnosticReport",
            ],
            &["final", "active", "amended", "cancelled"],
            &[
                "laboratory",
                "vital-signs",
                "encounter-diagnosis",
                "imaging",
                "exam",
                "survey",
            ],
        ];
        for (field, values) in fields.into_iter().enumerate() {
            small.push((vocabulary.len(), Zipf::new(values.len())));
            for value in values {
                vocabulary.push(match field {
                    0 => Keyword::resource_type(value)?,
                    1 => Keyword::status(value)?,
                    _ => Keyword::category("http://terminology.hl7.org/CodeSystem/observation-category", value)?,
                });
            }
        }
        let mut population = Self {
            vocabulary,
            consequences: Vec::new(),
            diagnoses: Zipf::new(DIAGNOSES),
            drugs: Zipf::new(DRUGS),
            laboratory: Zipf::new(LABORATORY),
            words: Zipf::new(WORDS),
            small,
        };
        let mut dice = Dice::new(seed);
        for _ in 0..DIAGNOSES {
            let mut consequences = Vec::new();
            for (kinds, draw) in [
                (3, Self::drug as fn(&Self, &mut Dice) -> usize),
                (4, Self::test),
                (2, Self::word),
            ] {
                for _ in 0..kinds {
                    consequences.push((draw(&population, &mut dice), 0.3 + 0.6 * dice.share()));
                }
            }
            population.consequences.push(consequences);
        }
        Ok(population)
    }

    /// Returns every keyword, by number.
    pub(crate) fn vocabulary(&self) -> &[Keyword] {
        &self.vocabulary
    }

    /// Visits of patients whom no other seed gives, in an order that says nothing.
    pub(crate) fn sample(&self, seed: u64, patients: u32, visits: usize) -> Vec<Visit> {
        let mut dice = Dice::new(seed);
        let mut sample = Vec::new();
        for patient in 0..patients {
            let chronic: BTreeSet<usize> = (0..=dice.below(4)).map(|_| self.diagnoses.draw(&mut dice)).collect();
            for _ in 0..visits {
                let keywords = self.visit(&chronic, &mut dice);
                sample.push(Visit { patient, keywords });
            }
        }
        dice.shuffle(&mut sample);
        sample
    }

    fn visit(&self, chronic: &BTreeSet<usize>, dice: &mut Dice) -> Vec<usize> {
        let mut diagnoses = vec![self.diagnoses.draw(dice)];
        diagnoses.extend(chronic.iter().filter(|_| dice.share() < CHRONIC_CODED));
        let mut keywords: BTreeSet<usize> = diagnoses.iter().copied().collect();
        for diagnosis in diagnoses {
            let brought = self.consequences[diagnosis]
                .iter()
                .filter(|(_, share)| dice.share() < *share);
            keywords.extend(brought.map(|(keyword, _)| keyword));
        }
        for _ in 0..dice.below(UNEXPLAINED + 1) {
            keywords.extend([self.drug(dice), self.test(dice), self.word(dice)]);
        }
        keywords.extend(self.small.iter().map(|(first, values)| first + values.draw(dice)));
        keywords.into_iter().collect()
    }

    fn drug(&self, dice: &mut Dice) -> usize {
        DIAGNOSES + self.drugs.draw(dice)
    }

    fn test(&self, dice: &mut Dice) -> usize {
        DIAGNOSES + DRUGS + self.laboratory.draw(dice)
    }

    fn word(&self, dice: &mut Dice) -> usize {
        DIAGNOSES + DRUGS + LABORATORY + self.words.draw(dice)
    }
}
