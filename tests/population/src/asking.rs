//! Questions at random: of every kind, about strings that the records say, and some that they do not.

mod ranges;
mod texts;
mod words;

use crate::{
    draws::Draws,
    lexicon::Aspect,
    population::{Level, Population},
    question::Question,
    term::{Term, has_hierarchy},
};

/// Lengths of the beginnings of codes, in characters.
const CODE_PREFIX_CHARS: std::ops::RangeInclusive<usize> = 3..=8;
/// One string in so many is any that the population says, and not one of the scope.
const FOREIGN: usize = 8;
/// One flat code in so many is asked for by its beginning.
const FLAT_CODES: usize = 100;
/// One term in so many is not about the record that the others of its question are about.
const STRAY: usize = 8;
/// How often a kind of term is tried with another record, until one says something of it.
const ATTEMPTS: usize = 200;
/// Most terms of a question: four of the worst ranges are as many keywords as a query may have.
const MAX_TERMS: usize = 4;

/// A kind of question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it; the forms are those of the query language")]
pub enum Kind {
    Type,
    Status,
    Category,
    Code,
    CodePrefix,
    CodePrefixInAnySystem,
    Day,
    DatePeriod,
    DateBetween,
    DateOpen,
    DateCompared,
    Quantity,
    QuantityBetween,
    QuantityOpen,
    QuantityCompared,
    QuantityInAnotherUnit,
    Word,
    Phrase,
    WordPrefix,
    Fuzzy,
    And,
    Or,
    Not,
    Nested,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 24] = [
        Self::Type,
        Self::Status,
        Self::Category,
        Self::Code,
        Self::CodePrefix,
        Self::CodePrefixInAnySystem,
        Self::Day,
        Self::DatePeriod,
        Self::DateBetween,
        Self::DateOpen,
        Self::DateCompared,
        Self::Quantity,
        Self::QuantityBetween,
        Self::QuantityOpen,
        Self::QuantityCompared,
        Self::QuantityInAnotherUnit,
        Self::Word,
        Self::Phrase,
        Self::WordPrefix,
        Self::Fuzzy,
        Self::And,
        Self::Or,
        Self::Not,
        Self::Nested,
    ];

    /// Returns the lowest level of labelling at which it can be asked.
    pub fn least(self) -> Level {
        match self {
            Self::Type | Self::Status | Self::Category | Self::Code | Self::Day | Self::Word | Self::Phrase => {
                Level::Equality
            }
            Self::WordPrefix => Level::Beginnings,
            Self::Fuzzy => Level::Everything,
            _ => Level::Usual,
        }
    }

    fn is_simple(self) -> bool {
        self < Self::And
    }
}

/// Draws questions about some of the records.
pub struct Asker<'a> {
    /// The population.
    pub population: &'a Population,
    /// The numbers of the records that are searched: at least one.
    pub records: &'a [usize],
    /// What they are labelled for.
    pub level: Level,
}

impl Asker<'_> {
    /// Draws a question of a kind; `None` when no record that was tried says anything of it.
    pub fn question(&self, kind: Kind, draws: &mut Draws) -> Option<Question> {
        match kind {
            Kind::And => Some(Question::All(self.parts(draws)?)),
            Kind::Or => Some(Question::Any(self.parts(draws)?)),
            Kind::Not => {
                let without = Question::Not(Box::new(self.any_term(draws)?));
                // Without everything else it finds most records.
                Some(if draws.once_in(2) {
                    without
                } else {
                    Question::All(vec![self.any_term(draws)?, without])
                })
            }
            Kind::Nested => self.nested(draws),
            simple => self.term(simple, draws).map(Question::Is),
        }
    }

    fn parts(&self, draws: &mut Draws) -> Option<Vec<Question>> {
        let count = 2 + draws.below(MAX_TERMS - 1);
        // Terms about one record, so that an AND finds something.
        let record = *draws.choose(self.records);
        let own = Asker {
            records: &[record],
            ..*self
        };
        let mut part = |_| match draws.once_in(STRAY) {
            true => self.any_term(draws),
            false => own.any_term(draws),
        };
        (0..count).map(&mut part).collect()
    }

    /// Joins terms in pairs until one is left, any of the joints denied.
    fn nested(&self, draws: &mut Draws) -> Option<Question> {
        let mut parts = self.parts(draws)?;
        while parts.len() > 1 {
            let pair = parts.split_off(parts.len() - 2);
            let joined = match draws.once_in(2) {
                true => Question::All(pair),
                false => Question::Any(pair),
            };
            let joined = match draws.once_in(4) {
                true => Question::Not(Box::new(joined)),
                false => joined,
            };
            parts.insert(draws.below(parts.len() + 1), joined);
        }
        parts.pop()
    }

    /// Draws a term of any kind that the records are labelled for.
    fn any_term(&self, draws: &mut Draws) -> Option<Question> {
        let possible = |kind: &Kind| kind.is_simple() && kind.least() <= self.level;
        let kinds: Vec<Kind> = Kind::ALL.into_iter().filter(possible).collect();
        (0..ATTEMPTS)
            .find_map(|_| self.attempt(*draws.choose(&kinds), draws))
            .map(Question::Is)
    }

    fn term(&self, kind: Kind, draws: &mut Draws) -> Option<Term> {
        (0..ATTEMPTS).find_map(|_| self.attempt(kind, draws))
    }

    /// Draws a term about a string of one record; `None` when it has none.
    fn attempt(&self, kind: Kind, draws: &mut Draws) -> Option<Term> {
        let equal = |aspect, draws: &mut Draws| Some(Term::Equal(aspect, self.string(aspect, draws)?));
        match kind {
            Kind::Type => equal(Aspect::Type, draws),
            Kind::Status => equal(Aspect::Status, draws),
            Kind::Category => equal(Aspect::Category, draws),
            Kind::Code => equal(Aspect::Code, draws),
            Kind::Day => equal(Aspect::Day, draws),
            Kind::CodePrefix | Kind::CodePrefixInAnySystem => {
                self.code_prefix(kind == Kind::CodePrefixInAnySystem, draws)
            }
            Kind::DatePeriod | Kind::DateBetween | Kind::DateOpen | Kind::DateCompared => self.date(kind, draws),
            Kind::Word => {
                // Most stems are words; those of scripts without spaces are characters.
                let aspect = *draws.choose(&[Aspect::Word, Aspect::Word, Aspect::Stem]);
                words::word(&self.string(aspect, draws)?, draws)
            }
            Kind::Phrase => self.phrase(draws),
            Kind::WordPrefix => self.word_prefix(draws),
            Kind::Fuzzy => words::fuzzy(&self.string(Aspect::Word, draws)?, draws),
            Kind::And | Kind::Or | Kind::Not | Kind::Nested => None,
            _ => self.value(kind, draws),
        }
    }

    fn code_prefix(&self, any_system: bool, draws: &mut Draws) -> Option<Term> {
        let coding = self.string(Aspect::Code, draws)?;
        let (system, code) = coding.split_once('|')?;
        // Beginnings of flat codes may be asked of any system, and find the codes of others at most. Most codes are flat.
        let asked = has_hierarchy(system) || (any_system && draws.once_in(FLAT_CODES));
        if !asked {
            return None;
        }
        let length = CODE_PREFIX_CHARS.start() + draws.below(CODE_PREFIX_CHARS.count());
        let prefix: String = code.chars().take(length).collect();
        let enough = prefix.chars().count() >= *CODE_PREFIX_CHARS.start();
        enough.then(|| Term::CodePrefix((!any_system).then(|| system.to_owned()), prefix))
    }

    /// Draws a string of an aspect that a record says, or, now and then, any of the population: but not where several
    /// strings of one record are wanted, or hardly any of these would be found together.
    fn string(&self, aspect: Aspect, draws: &mut Draws) -> Option<String> {
        let strings = self.population.lexicon.of(aspect);
        if self.records.len() > 1 && strings.iter().len() > 0 && draws.once_in(FOREIGN) {
            let number = draws.below(strings.iter().len());
            return Some(strings.text(number as u32).to_owned());
        }
        let record = &self.population.records[*draws.choose(self.records)];
        let own = record.facts.about(aspect);
        (!own.is_empty()).then(|| strings.text(*draws.choose(own)).to_owned())
    }
}
