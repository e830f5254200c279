//! The population, read and taken apart.

use crate::{
    facts::Facts,
    files::{self, ReadError},
    lexicon::{Aspect, Lexicon},
    number::{Fraction, Rounded},
    unit,
    words::Words,
};
use aegle_client::{
    fhir::{Finding, PatientReference, Resource},
    sealed::{Indexing, Keyword, Kind},
};
use std::{collections::BTreeMap, path::Path, thread};

/// The kinds of questions for which a record is labelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Equality alone.
    Equality,
    /// What custodians index unless told otherwise: ranges, and beginnings of codes.
    Usual,
    /// Beginnings of words besides: for long texts, whose neighbourhoods are more keywords than a record may have.
    Beginnings,
    /// Everything.
    Everything,
}

impl Level {
    /// Returns the same level for the client.
    pub fn indexing(self) -> Indexing {
        match self {
            Self::Equality => Indexing::of([]),
            Self::Usual => Indexing::default(),
            Self::Beginnings => Indexing::of(Kind::ALL.into_iter().filter(|kind| *kind != Kind::Fuzzy)),
            Self::Everything => Indexing::of(Kind::ALL),
        }
    }

    /// Returns the next level with fewer keywords.
    fn below(self) -> Option<Self> {
        match self {
            Self::Everything => Some(Self::Beginnings),
            Self::Beginnings => Some(Self::Usual),
            Self::Usual | Self::Equality => None,
        }
    }
}

/// A resource about a patient.
pub struct Record {
    /// The number of the patient.
    pub patient: usize,
    /// What it says.
    pub facts: Facts,
    /// The keywords by which the client lets it be found.
    pub keywords: Vec<Keyword>,
    /// Those of which kinds.
    pub level: Level,
}

/// A value, as it is compared.
pub struct Measured {
    /// The coding of what it is of.
    pub of: String,
    /// How it lies to its number: FHIR's comparator, or `=`.
    pub comparator: String,
    /// The unit in which it is compared.
    pub unit: String,
    /// Its number in that unit.
    pub number: Rounded,
}

/// All records about patients.
pub struct Population {
    /// The patients, in order of their references.
    pub patients: Vec<PatientReference>,
    /// The records, in the order in which they are written.
    pub records: Vec<Record>,
    /// Every string that a record says.
    pub lexicon: Lexicon,
    /// The values by their number in the lexicon.
    pub values: Vec<Measured>,
    /// How many resources name no patient: practitioners, places, organisations.
    pub without_patient: usize,
    /// How many things the client found malformed.
    pub malformed: u64,
}

impl Population {
    /// Reads the population with `threads` threads, each record at the level of its patient, or at the next one below
    /// that it fits.
    ///
    /// # Errors
    /// When a file cannot be read, or a line is no FHIR resource.
    pub fn read(
        folder: &Path,
        threads: usize,
        level: impl Fn(&PatientReference) -> Level + Sync,
    ) -> Result<Self, ReadError> {
        let texts = files::texts(folder)?;
        let lines: Vec<&str> = texts.iter().flat_map(|text| text.lines()).collect();
        let share = lines.len().div_ceil(threads).max(1);
        let parts = thread::scope(|scope| {
            let level = &level;
            let readers: Vec<_> = lines
                .chunks(share)
                .map(|lines| scope.spawn(move || Part::read(lines, level)))
                .collect();
            let join = |reader: thread::ScopedJoinHandle<'_, _>| reader.join().expect("a reader does not panic");
            readers.into_iter().map(join).collect::<Result<Vec<Part>, _>>()
        })?;
        Ok(Self::joined(parts))
    }

    /// Reads resources, one a text.
    ///
    /// # Errors
    /// When one is no FHIR resource, or has more keywords than a record may have.
    pub fn of_texts(texts: &[&str], level: Level) -> Result<Self, ReadError> {
        Ok(Self::joined(vec![Part::read(texts, &|_| level)?]))
    }

    fn joined(parts: Vec<Part>) -> Self {
        let references = parts
            .iter()
            .flat_map(|part| part.read.iter().map(|(patient, ..)| patient));
        let mut numbers: BTreeMap<PatientReference, usize> = references.map(|patient| (patient.clone(), 0)).collect();
        for (number, entry) in numbers.values_mut().enumerate() {
            *entry = number;
        }
        let mut population = Self {
            patients: numbers.keys().cloned().collect(),
            records: Vec::new(),
            lexicon: Lexicon::default(),
            values: Vec::new(),
            without_patient: 0,
            malformed: 0,
        };
        for part in parts {
            let renumbered = population.lexicon.take(&part.lexicon);
            population.without_patient += part.without_patient;
            population.malformed += part.malformed;
            for (patient, mut facts, keywords, level) in part.read {
                facts.renumber(&renumbered);
                population.records.push(Record {
                    patient: numbers[&patient],
                    facts,
                    keywords,
                    level,
                });
            }
        }
        let values = population.lexicon.of(Aspect::Value).iter();
        population.values = values.map(measured).collect();
        population
    }
}

/// What one thread read.
#[derive(Default)]
struct Part {
    read: Vec<(PatientReference, Facts, Vec<Keyword>, Level)>,
    lexicon: Lexicon,
    without_patient: usize,
    malformed: u64,
}

impl Part {
    fn read(lines: &[&str], level: &impl Fn(&PatientReference) -> Level) -> Result<Self, ReadError> {
        let mut part = Self::default();
        let mut words = Words::default();
        for line in lines {
            for resource in files::resources(line)? {
                let Some(patient) = resource.patient() else {
                    part.without_patient += 1;
                    continue;
                };
                let fields = serde_json::from_str(resource.text());
                let fields = fields.map_err(|error| ReadError::Json(resource.name(), error))?;
                let facts = Facts::of(&fields, &mut part.lexicon, &mut words);
                let (keywords, level) = part.keywords(&resource, level(patient))?;
                part.read.push((patient.clone(), facts, keywords, level));
            }
        }
        Ok(part)
    }

    /// Returns the keywords of a resource at a level, or at the next one that they fit.
    fn keywords(&mut self, resource: &Resource, level: Level) -> Result<(Vec<Keyword>, Level), ReadError> {
        let found = resource.keywords_under(&level.indexing());
        match (found.report.count(Finding::TooManyKeywords), level.below()) {
            (0, _) => {
                self.malformed += found.report.iter().map(|(_, tally)| tally.count).sum::<u64>();
                Ok((found.keywords, level))
            }
            (_, Some(below)) => self.keywords(resource, below),
            (_, None) => Err(ReadError::TooManyKeywords(resource.name())),
        }
    }
}

/// A value as the facts write it.
fn measured(text: &str) -> Measured {
    let lines: Vec<&str> = text.split('\n').collect();
    let [comparator, number, unit, of] = lines.as_slice() else {
        panic!("facts write values in four lines")
    };
    let value = Fraction::parse(number).expect("a JSON number of the population is short enough for a fraction");
    let compared = unit::compared(value, unit);
    Measured {
        of: (*of).to_owned(),
        comparator: (*comparator).to_owned(),
        unit: compared.unit,
        number: compared.value.rounded(),
    }
}
