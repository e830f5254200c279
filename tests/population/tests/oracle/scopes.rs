//! Who is labelled for what, and whose records can be asked about.

use aegle_client::fhir::PatientReference;
use aegle_population::{
    asking::{Asker, Kind},
    draws::Draws,
    population::{Level, Population},
};
use std::collections::BTreeSet;

/// One patient in so many is labelled for everything, and in the cohort scope besides.
const COHORT: u64 = 40;
/// One patient in so many of the others is labelled for what is usual, the rest for equality.
const USUAL: u64 = 16;

/// Draws what a patient's records are labelled for: always the same for one seed.
pub(crate) fn level(seed: u64, patient: &PatientReference) -> Level {
    let mixed = patient
        .as_str()
        .bytes()
        .fold(seed, |mixed, byte| Draws::from_seed(mixed ^ u64::from(byte)).bits());
    if mixed.is_multiple_of(COHORT) {
        Level::Everything
    } else if (mixed / COHORT).is_multiple_of(USUAL) {
        Level::Usual
    } else {
        Level::Equality
    }
}

/// Whose records can be asked about.
pub(crate) struct Scopes {
    own: Vec<Vec<usize>>,
    levels: Vec<Level>,
    cohort: Vec<usize>,
    /// The patients in it.
    pub(crate) members: BTreeSet<usize>,
}

impl Scopes {
    /// Builds the patients' own scopes, and the cohort's: of those who were drawn for everything, whatever the others
    /// have at least.
    pub(crate) fn new(population: &Population, drawn: &[Level], least: Level) -> Self {
        let levels: Vec<Level> = drawn.iter().map(|level| *level.max(&least)).collect();
        let mut own = vec![Vec::new(); levels.len()];
        for (number, record) in population.records.iter().enumerate() {
            own[record.patient].push(number);
        }
        let members: BTreeSet<usize> = (0..levels.len())
            .filter(|patient| drawn[*patient] == Level::Everything)
            .collect();
        Self {
            cohort: members.iter().flat_map(|member| own[*member].iter().copied()).collect(),
            own,
            levels,
            members,
        }
    }

    /// Returns the number of patients that are labelled for a level.
    pub(crate) fn patients(&self, level: Level) -> usize {
        self.levels.iter().filter(|own| **own == level).count()
    }

    /// Draws who can ask a question of a kind: of the cohort, or of a patient who is labelled for it.
    pub(crate) fn asker<'a>(
        &'a self,
        population: &'a Population,
        kind: Kind,
        of_cohort: bool,
        draws: &mut Draws,
    ) -> (Option<usize>, Asker<'a>) {
        let able: Vec<usize> = (0..self.levels.len())
            .filter(|patient| self.levels[*patient] >= kind.least())
            .collect();
        let patient = (!of_cohort).then(|| *draws.choose(&able));
        let asker = Asker {
            population,
            records: patient.map_or(&self.cohort, |patient| &self.own[patient]),
            level: patient.map_or(Level::Everything, |patient| self.levels[patient]),
        };
        (patient, asker)
    }
}
