//! What was guessed, left out, or cannot be found, of resources that were read: counted by kind, with examples.

use serde::Serialize;
use std::{collections::BTreeMap, fmt};

/// Most examples that are kept of one kind.
pub const MAX_EXAMPLES: usize = 3;
/// Most characters of one example.
const MAX_EXAMPLE_CHARS: usize = 200;

/// A kind of thing that is said about what was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Finding {
    /// A security label that is not understood: the resource is very restricted.
    UnknownLabel,
    /// Nothing says when the resource was written: it satisfies no permit that is narrowed by time.
    UnknownTime,
    /// What says when it was written is known to the month or the year only, or lies before 1970: as
    /// [`Self::UnknownTime`].
    VagueTime,
    /// When it was written is taken from when something happened.
    GuessedTime,
    /// A date or time that is none, such as `2012-02-31`.
    MalformedTime,
    /// A coding or status that is malformed.
    MalformedCode,
    /// A number or unit that is malformed.
    MalformedQuantity,
    /// A unit that is not known: its values are compared as they are written.
    UnknownUnit,
    /// A value without a code that says what it measures, or of a kind that has no range.
    UnboundValue,
    /// A word that is longer than words may be: it is not searchable.
    LongWord,
    /// A keyword beyond the most that a resource may have: it is not searchable.
    TooManyKeywords,
    /// A drug that the resource refers to is not in the input: the resource is not found by it.
    UnknownDrug,
    /// The resource names no patient: it is left out.
    NoPatient,
    /// The patient has no card here: the resource is left out.
    OtherPatient,
    /// The same resource came before in the input: it is left out.
    Repeated,
    /// A newer version is in the input: this one is left out.
    Superseded,
    /// Two versions of which nothing says which is newer: both are kept.
    UnorderedVersions,
    /// A deletion: what it deletes is left out of this input, and is erased where it is sealed already.
    Deleted,
    /// It was entered in error: it is left out.
    EnteredInError,
    /// A file of a folder whose name does not say that it is JSON: it is left out.
    OtherFile,
    /// A drug beyond those that are remembered: records of other files are not found by it.
    TooManyDrugs,
    /// A record of a patient whose chart goes on in another one's (R4 `Patient.link`): it is that one's.
    MergedPatient,
    /// A patient with links to others, each of whom is in use: their records stay apart.
    LinkedPatient,
}

impl Finding {
    /// Returns what the finding means, as a sentence that follows a number.
    pub const fn text(self) -> &'static str {
        match self {
            Self::UnknownLabel => "security labels not understood: these records are very restricted",
            Self::UnknownTime => "without a time of writing: these records satisfy no permit narrowed by time",
            Self::VagueTime => {
                "written at a time known to the month or year only, or before 1970: they satisfy no permit narrowed by time"
            }
            Self::GuessedTime => "times of writing taken from when something happened",
            Self::MalformedTime => "malformed dates and times: not searchable, and unknown as times of writing",
            Self::MalformedCode => "malformed codes and statuses: not searchable",
            Self::MalformedQuantity => "malformed numbers and units: not searchable",
            Self::UnknownUnit => "units not known: their values are compared as they are written",
            Self::UnboundValue => "values without a code of what they measure: not searchable by range",
            Self::LongWord => "words too long to be searched for",
            Self::TooManyKeywords => "keywords beyond the limit of their records: not searchable",
            Self::UnknownDrug => "drugs behind references that are not in the input: not searchable by drug",
            Self::NoPatient => "resources that name no patient: left out",
            Self::OtherPatient => "resources of patients without a card: left out",
            Self::Repeated => "resources that came before: left out",
            Self::Superseded => "older versions: left out",
            Self::UnorderedVersions => "versions in an order that nothing tells: kept",
            Self::Deleted => {
                "deletions: what they delete is left out; `custodian ingest` erases it where it is sealed already"
            }
            Self::EnteredInError => "resources entered in error: left out",
            Self::OtherFile => "files of folders that are not named .json, .ndjson or .jsonl: left out",
            Self::TooManyDrugs => "drugs beyond the limit: records of other files are not searchable by them",
            Self::MergedPatient => "records of patients whom others have replaced: taken in as those others'",
            Self::LinkedPatient => "patients who are linked to others, each in use: their records stay apart",
        }
    }
}

/// How often something was found, and where first.
#[derive(Clone, PartialEq, Eq, Default, Serialize)]
pub struct Tally {
    /// How often.
    pub count: u64,
    /// The first ones, at most [`MAX_EXAMPLES`]: the resource, and what of it.
    pub examples: Vec<String>,
}

/// What is said about resources that were read, by kind. Examples are plaintext about patients: `Debug` shows counts
/// alone, so that they do not end up in logs.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Report(BTreeMap<Finding, Tally>);

impl Report {
    /// Counts a finding; its example is made only while examples are kept.
    pub fn add(&mut self, finding: Finding, example: impl FnOnce() -> String) {
        let tally = self.0.entry(finding).or_default();
        tally.count += 1;
        if tally.examples.len() < MAX_EXAMPLES {
            tally.examples.push(example().chars().take(MAX_EXAMPLE_CHARS).collect());
        }
    }

    /// Takes another report in.
    pub fn merge(&mut self, other: Self) {
        for (finding, tally) in other.0 {
            let own = self.0.entry(finding).or_default();
            own.count += tally.count;
            own.examples.extend(tally.examples);
            own.examples.truncate(MAX_EXAMPLES);
        }
    }

    /// Forgets a kind, which is told otherwise.
    pub fn forget(&mut self, finding: Finding) {
        self.0.remove(&finding);
    }

    /// Returns how often something was found.
    pub fn count(&self, finding: Finding) -> u64 {
        self.0.get(&finding).map_or(0, |tally| tally.count)
    }

    /// Returns every kind that was found, in the order of [`Finding`].
    pub fn iter(&self) -> impl Iterator<Item = (Finding, &Tally)> {
        self.0.iter().map(|(finding, tally)| (*finding, tally))
    }

    /// Returns whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.0.iter().map(|(finding, tally)| (finding, tally.count));
        f.debug_map().entries(counts).finish()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (finding, tally)) in self.iter().enumerate() {
            let line = if place == 0 { "" } else { "\n" };
            write!(f, "{line}{} {}", tally.count, finding.text())?;
            if !tally.examples.is_empty() {
                write!(f, " (such as {})", tally.examples.join("; "))?;
            }
        }
        Ok(())
    }
}
