//! Published attacks, each on two designs that hold the same records: the sealed index, and deterministic tokens.
//!
//! An attack is one piece of code that is given strings, and does not know which design they are from. So what tells the
//! designs apart is what they hold. Where the adversary is told that strings stand for keywords, those do not count.
//!
//! **Chance.** Where strings look alike to an attack, it draws one of the candidates for each, evenly and independently.
//! On an index that says nothing, each string is then named rightly with a probability of one in the number of
//! candidates. A result is *above chance* when one as high or higher has a probability below [`SIGNIFICANCE`] by
//! Chernoff's bound for a sum of independent events (`P(X >= x) <= exp(x - m - x ln(x / m))` with mean `m < x`).
//!
//! Records, tokens and the adversary's draws follow from [`Size::seed`]. The labels' padding and salts come from the
//! system, as in every labelling: sealed results differ from run to run, inside the bounds of chance.

mod cooccurrence;
mod counts;
mod designs;
mod frequency;
mod injection;
pub(crate) mod plot;
mod population;
pub(crate) mod report;
mod results;
mod strings;

use counts::Tables;
use designs::Sealed;
use injection::Injection;
use population::{Dice, Population};
use results::Private;
use std::collections::HashMap;
use strings::{Documents, Scores, Strings, Tally};

/// How improbable a result must be to pass for more than chance.
pub(crate) const SIGNIFICANCE: f64 = 1e-6;
/// The share of documents that the indexer knows in the attack on searches.
const KNOWN_SHARE: usize = 4;

/// How large the experiments are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// Everything that is not the system's randomness follows from it.
    pub(crate) seed: u64,
    /// Patients whose records are indexed; as many others are the adversary's auxiliary data.
    pub(crate) patients: u32,
    /// Records of each.
    pub(crate) visits: usize,
    /// Records of a batch.
    pub(crate) batch_records: usize,
    /// Records of which the adversary is told every string, for co-occurrence matching.
    pub(crate) told_records: usize,
    /// Keywords that are searched.
    pub(crate) queries: usize,
    /// Of how many searches the indexer is told the keyword.
    pub(crate) told_queries: usize,
}

/// Why the experiments could not be run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Error {
    #[error("a keyword of the vocabulary is malformed")]
    Keyword(#[from] aegle_sealed::KeywordError),
    #[error("a batch cannot be labelled")]
    Label(#[from] aegle_keys::LabelError),
    #[error(transparent)]
    Randomness(#[from] aegle_sealed::RandomnessError),
    #[error(transparent)]
    Window(#[from] aegle_sealed::WindowError),
    #[error(transparent)]
    Token(#[from] aegle_sealed::TokenError),
    #[error(transparent)]
    Expression(#[from] aegle_sealed::ExpressionError),
    #[error(transparent)]
    Local(#[from] aegle_sealed::LocalLabelsError),
    #[error("the index cannot be opened")]
    Open(#[from] aegle_index::OpenError),
    #[error("the index cannot be written")]
    Write(#[from] aegle_index::WriteError),
    #[error("the index cannot be searched")]
    Search(#[from] aegle_index::SearchError),
    /// The search itself is wrong, so that what it shows to an attack means nothing.
    #[error("a search for keyword {keyword} does not find the records that have it")]
    FalseResults { keyword: usize },
}

/// What one attack gave.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    /// Its name, as in the figures.
    pub(crate) name: &'static str,
    /// Its name in two lines, for people, with its paper.
    pub(crate) title: [&'static str; 2],
    /// What is counted.
    pub(crate) counted: &'static str,
    /// On the sealed index.
    pub(crate) sealed: Tally,
    /// On deterministic tokens.
    pub(crate) baseline: Tally,
    /// How many of the sealed tally's right names chance gives on average.
    pub(crate) chance: f64,
    /// The share of the baseline below which the attack is broken, and proves nothing.
    pub(crate) floor: f64,
    /// Whether the sealed index is claimed to withstand it.
    pub(crate) withstood: bool,
    /// The same in distinct keywords, where that is another count: sealed, baseline.
    pub(crate) distinct: Option<(Tally, Tally)>,
}

/// Why an outcome is not as claimed.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub(crate) enum Broken {
    #[error("{name}: {right} named rightly in the sealed index, and chance gives {chance:.1}, below {limit}")]
    AboveChance {
        name: &'static str,
        right: u64,
        chance: f64,
        limit: u64,
    },
    #[error("{0} labels stand in more than one record")]
    RepeatedLabels(u64),
    #[error("{name}: {share:.3} of the deterministic tokens recovered, below {floor}: the attack is broken")]
    WeakAttack { name: &'static str, share: f64, floor: f64 },
}

impl Outcome {
    /// Checks that the outcome is as claimed.
    pub(crate) fn check(&self) -> Result<(), Broken> {
        let limit = chance_limit(self.chance);
        if self.withstood && self.sealed.right >= limit {
            return Err(Broken::AboveChance {
                name: self.name,
                right: self.sealed.right,
                chance: self.chance,
                limit,
            });
        }
        let (share, floor) = (self.baseline.share(), self.floor);
        if share < floor {
            let name = self.name;
            return Err(Broken::WeakAttack { name, share, floor });
        }
        Ok(())
    }

    /// Returns chance as a share of the sealed tally.
    pub(crate) fn chance_share(&self) -> f64 {
        self.chance / self.sealed.of.max(1) as f64
    }
}

/// Returns the smallest number of right names that is above chance, when chance gives `mean` on average.
pub(crate) fn chance_limit(mean: f64) -> u64 {
    let improbable = |x: f64| x > mean && x - mean - x * (x / mean).ln() < SIGNIFICANCE.ln();
    let from = mean.ceil() as u64;
    (from..).find(|limit| improbable(*limit as f64)).unwrap_or(u64::MAX)
}

/// What the experiments ran on, and what they gave.
pub(crate) struct Results {
    /// Records that were indexed.
    pub(crate) records: usize,
    /// Keywords of the vocabulary: the candidates for a string.
    pub(crate) keywords: usize,
    /// Labels at rest, padding included.
    pub(crate) labels: usize,
    /// Labels that stand in more than one record, of any batch: two would show that two records have a keyword in common,
    /// whether an attack makes use of it or not. Chance gives none.
    pub(crate) repeated_labels: u64,
    /// Each attack.
    pub(crate) outcomes: Vec<Outcome>,
    /// Entries of the sealed count tables that would be named rightly if their counts had no pad.
    pub(crate) tables_without_pad: Tally,
    /// Keywords spelt by tokens that were given after a file injection.
    pub(crate) later_tokens: Tally,
}

impl Results {
    /// Returns everything that is not as claimed.
    pub(crate) fn broken(&self) -> Vec<Broken> {
        let repeated = (self.repeated_labels > 0).then_some(Broken::RepeatedLabels(self.repeated_labels));
        let outcomes = self.outcomes.iter().filter_map(|outcome| outcome.check().err());
        repeated.into_iter().chain(outcomes).collect()
    }
}

/// Runs every attack.
pub(crate) fn run(size: &Size) -> Result<Results, Error> {
    let population = Population::new(size.seed)?;
    let visits = population.sample(size.seed ^ 1, size.patients, size.visits);
    let others = population.sample(size.seed ^ 2, size.patients, size.visits);
    let mut sealed = Sealed::new(&population, &visits, size)?;
    let keywords = population.vocabulary().len();
    let bench = Bench {
        size,
        labels: sealed.labels(),
        tokens: designs::blind_index(&population, &visits),
        known: Documents::new(keywords, &visits),
        known_part: Documents::new(keywords, &visits[..visits.len() / KNOWN_SHARE]),
        auxiliary: Documents::new(keywords, &others),
    };
    let mut queries: Vec<usize> = (0..keywords)
        .filter(|keyword| bench.known.volume(*keyword) > 0)
        .collect();
    bench.dice(0).shuffle(&mut queries);
    queries.truncate(size.queries);

    let tables = counts::attack_tables(&mut sealed, &mut bench.dice(4))?;
    let mut outcomes = vec![
        bench.frequency(),
        bench.count(),
        bench.count_table(&tables),
        bench.cooccurrence(),
    ];
    let searches = bench.after_searches(&sealed, &queries)?;
    let privately = bench.after_private_searches(&sealed, &queries)?;
    let injected = injection::attack(&population, &mut sealed, &queries, size)?;
    let [searched, opened] = privately;
    outcomes.extend([bench.file_injection(&injected), searched, searches, opened]);
    Ok(Results {
        records: visits.len(),
        keywords,
        labels: bench.labels.records.iter().map(Vec::len).sum(),
        repeated_labels: bench.labels.repeated(),
        outcomes,
        tables_without_pad: tables.without_pad,
        later_tokens: injected.later,
    })
}

/// The name of an attack in results, and its title in the plot: what it uses, and who published it.
struct AttackName {
    name: &'static str,
    title: [&'static str; 2],
}

/// What the attacks work on.
struct Bench<'a> {
    size: &'a Size,
    /// The sealed index at rest.
    labels: Strings,
    /// The blind index at rest.
    tokens: Strings,
    /// All documents.
    known: Documents,
    /// Those that the indexer knows in the attack on searches.
    known_part: Documents,
    /// Documents of other patients.
    auxiliary: Documents,
}

impl Bench<'_> {
    /// Returns the dice of one attack: what one attack draws changes nothing for the others.
    fn dice(&self, attack: u64) -> Dice {
        Dice::new(self.size.seed ^ (3 + attack))
    }

    fn frequency(&self) -> Outcome {
        let attack = |strings| frequency::attack(strings, &self.auxiliary, &mut self.dice(1));
        let (labels, tokens) = (attack(&self.labels), attack(&self.tokens));
        let nothing = HashMap::new();
        self.at_rest(
            AttackName {
                name: "frequency",
                title: ["frequency", "Naveed et al. 2015"],
            },
            self.labels.score(&labels, &nothing),
            self.tokens.score(&tokens, &nothing),
            // Frequencies alone tell the common keywords apart, and few of the others.
            0.15,
        )
    }

    fn count(&self) -> Outcome {
        let attack = |strings| counts::attack(strings, &self.known, &mut self.dice(2));
        let (labels, tokens) = (attack(&self.labels), attack(&self.tokens));
        let nothing = HashMap::new();
        self.at_rest(
            AttackName {
                name: "count",
                title: ["counts", "Cash et al. 2015"],
            },
            self.labels.score(&labels, &nothing),
            self.tokens.score(&tokens, &nothing),
            0.9,
        )
    }

    fn cooccurrence(&self) -> Outcome {
        let records = self.size.told_records;
        let (told_labels, told_tokens) = (self.labels.told_by(records), self.tokens.told_by(records));
        let attack = |strings, told| cooccurrence::attack(strings, &self.auxiliary, told, &mut self.dice(3));
        let (labels, tokens) = (attack(&self.labels, &told_labels), attack(&self.tokens, &told_tokens));
        self.at_rest(
            AttackName {
                name: "cooccurrence",
                title: ["co-occurrence", "Damie et al. 2021"],
            },
            self.labels.score(&labels, &told_labels),
            self.tokens.score(&tokens, &told_tokens),
            0.4,
        )
    }

    /// Runs an attack on strings at rest. The tallies are of occurrences, and of distinct keywords.
    fn at_rest(&self, attack: AttackName, sealed: Scores, baseline: Scores, floor: f64) -> Outcome {
        Outcome {
            name: attack.name,
            title: attack.title,
            counted: "keyword occurrences",
            sealed: sealed.occurrences,
            baseline: baseline.occurrences,
            chance: sealed.occurrences.of as f64 / self.known.keywords as f64,
            floor,
            withstood: true,
            distinct: Some((sealed.distinct, baseline.distinct)),
        }
    }

    fn count_table(&self, tables: &Tables) -> Outcome {
        Outcome {
            name: "count_table",
            title: ["count tables", "Cash et al. 2015"],
            counted: "count-table entries",
            sealed: tables.sealed,
            baseline: tables.baseline,
            chance: tables.chance,
            floor: 0.9,
            withstood: true,
            distinct: None,
        }
    }

    fn file_injection(&self, injected: &Injection) -> Outcome {
        Outcome {
            name: "file_injection",
            title: ["file injection", "Zhang et al. 2016"],
            counted: "tokens given before",
            sealed: injected.sealed,
            baseline: injected.baseline,
            chance: injected.sealed.of as f64 / self.known.keywords as f64,
            floor: 1.0,
            withstood: true,
            distinct: None,
        }
    }

    /// Runs the attack on searches, which sees the same in both designs.
    fn after_searches(&self, sealed: &Sealed<'_>, queries: &[usize]) -> Result<Outcome, Error> {
        let found = results::sealed_results(sealed, queries, self.size)?;
        let attack = AttackName {
            name: "after_searches",
            title: ["after searches", "Damie et al. 2021"],
        };
        self.on_results(attack, queries, &found, &found)
    }

    /// Runs the same attack on searches in labels that were fetched: on what the search alone shows, and on what opening the
    /// hits does.
    fn after_private_searches(&self, sealed: &Sealed<'_>, queries: &[usize]) -> Result<[Outcome; 2], Error> {
        let Private { searched, opened } = results::private_results(sealed, queries, self.size)?;
        let alone = AttackName {
            name: "private_search",
            title: ["private search", "Damie et al. 2021"],
        };
        let opening = AttackName {
            name: "private_search_opened",
            title: ["private, opened", "Damie et al. 2021"],
        };
        let mut alone = self.on_results(alone, queries, &opened, &searched)?;
        alone.withstood = true;
        Ok([alone, self.on_results(opening, queries, &opened, &opened)?])
    }

    /// Runs the attack on results: `found` is what the queries find, which must be right, and `seen` what the indexer sees.
    fn on_results(
        &self,
        attack: AttackName,
        queries: &[usize],
        found: &[(usize, Vec<u32>)],
        seen: &[(usize, Vec<u32>)],
    ) -> Result<Outcome, Error> {
        let token_results = self.tokens.results(queries);
        let mut pairs = token_results.iter().zip(found);
        if let Some((right, _)) = pairs.find(|(right, found)| right != found) {
            return Err(Error::FalseResults { keyword: right.0 });
        }
        let records = self.tokens.records.len();
        let recovered =
            |results: &[_]| results::attack(results, records, &self.known_part, self.size, &mut self.dice(5));
        let tally = recovered(seen);
        Ok(Outcome {
            name: attack.name,
            title: attack.title,
            counted: "queries",
            sealed: tally,
            baseline: recovered(&token_results),
            chance: tally.of as f64 / (self.known.keywords - self.size.told_queries) as f64,
            floor: 0.25,
            withstood: false,
            distinct: None,
        })
    }
}
