//! What is known of a resource: which versions of it are sealed, and what a further one is beside them.

use crate::fhir::{Age, ContentHash, Resource, Restriction, Version};
use aegle_protocol::record::RecordId;
use aegle_rules::{AccountId, ledger::RecordPosition};
use scale::{Decode, Encode};

/// Most versions of a resource that are remembered; of more, the oldest that do not count any more are forgotten.
const MAX_HELD: usize = 256;

/// What makes resources versions of one another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Identity {
    /// The system that they are exported from, as the custodian names it.
    pub source: String,
    /// The resource type.
    pub resource_type: String,
    /// The id; of a resource without one, `sha256:` and its content hash.
    pub id: String,
}

impl Identity {
    /// That of a resource from a system.
    pub fn of(source: &str, resource: &Resource) -> Self {
        let by_content = || format!("sha256:{}", hex::encode(resource.content_hash().0));
        Self {
            source: source.to_owned(),
            resource_type: resource.resource_type().to_owned(),
            id: resource.id().map_or_else(by_content, str::to_owned),
        }
    }
}

/// What became of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Standing {
    /// It counts.
    Current,
    /// A newer one took its place.
    Superseded,
    /// It is erased.
    Erased,
    /// It was under the wrong patient: it is erased, and what is of the right one took its place.
    Refiled,
}

impl Standing {
    /// Whether the record is erased, or is to be.
    pub fn is_gone(self) -> bool {
        matches!(self, Self::Erased | Self::Refiled)
    }
}

/// A version that is sealed.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Held {
    /// Its patient.
    pub patient: AccountId,
    /// The server that a bundle says it is of; `None` where nothing says.
    pub server: Option<String>,
    /// Its content.
    pub content: ContentHash,
    /// How new it is.
    pub version: Version,
    /// What it is withheld by.
    pub restriction: Restriction,
    /// Its record.
    pub record: RecordId,
    /// Where that is.
    pub place: RecordPosition,
    /// What became of it.
    pub standing: Standing,
}

/// The versions of a resource that are sealed, the one that was sealed first first.
#[derive(Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct History {
    /// The versions.
    pub held: Vec<Held>,
    /// The last deletion of the resource.
    pub ended: Option<Version>,
}

/// What a version is beside those that are sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It is sealed already.
    Known,
    /// A newer one is sealed, or the resource was deleted later.
    Old,
    /// It is sealed in a lower class or level than its labels now say, and does not count any more.
    Withdrawn(Vec<RecordPosition>),
    /// It is to be sealed.
    New {
        /// What it takes the place of.
        replaces: Vec<RecordPosition>,
        /// Whether there is a version that counts, and that nothing tells to be older or newer.
        unordered: bool,
    },
}

impl History {
    /// What a version is withheld by: besides its own labels those that its content was sealed with, and those of versions
    /// that count and of which nothing tells whether they are older. So none is ever lowered.
    pub fn restriction(&self, content: ContentHash, version: &Version, own: Restriction) -> Restriction {
        let counts = |held: &&Held| {
            let is_unordered = || version.beside(&held.version) == Age::Unknown;
            held.content == content || held.standing == Standing::Current && is_unordered()
        };
        let held = self.held.iter().filter(counts);
        held.fold(own, |all, held| all.join(&held.restriction))
    }

    /// The versions that are sealed in a lower class or level than this.
    pub fn below<'a>(&'a self, restriction: &'a Restriction) -> impl Iterator<Item = &'a Held> {
        let is_below = |held: &&Held| !held.standing.is_gone() && restriction.rises_over(&held.restriction);
        self.held.iter().filter(is_below)
    }

    /// Says what a version is, which is withheld by [`History::restriction`]. What is sealed already is sealed anew when it
    /// has another class or a higher level now: a label of a bundle around it may have come. One that was entered in error
    /// ends whatever is not newer, and so does one that is withheld more of what is not certainly newer.
    pub fn judge(
        &self,
        content: ContentHash,
        version: &Version,
        restriction: &Restriction,
        in_error: bool,
    ) -> Judgement {
        if self.find(content).next().is_some() {
            let lower = || self.below(restriction).filter(|held| held.content == content);
            let counts = lower().filter(|held| held.standing == Standing::Current);
            let replaces: Vec<RecordPosition> = counts.map(|held| held.place).collect();
            let unordered = false;
            return match lower().next() {
                None => Judgement::Known,
                Some(_) if replaces.is_empty() => Judgement::Withdrawn(lower().map(|held| held.place).collect()),
                Some(_) => Judgement::New { replaces, unordered },
            };
        }
        let ages = self.held.iter().map(|held| (held, version.beside(&held.version)));
        let deleted_later = self.ended.is_some_and(|ended| version.beside(&ended) == Age::Older);
        if deleted_later || ages.clone().any(|(_, age)| age == Age::Older) {
            return Judgement::Old;
        }
        let (mut replaces, mut unordered) = (Vec::new(), false);
        for (held, age) in ages.filter(|(held, _)| held.standing == Standing::Current) {
            if age == Age::Newer || in_error || restriction.rises_over(&held.restriction) {
                replaces.push(held.place);
            } else {
                unordered = true;
            }
        }
        Judgement::New { replaces, unordered }
    }

    /// The versions that count.
    pub fn current(&self) -> impl Iterator<Item = &Held> {
        self.held.iter().filter(|held| held.standing == Standing::Current)
    }

    /// The versions that have this content: several where its class or level was raised.
    pub fn find(&self, content: ContentHash) -> impl Iterator<Item = &Held> {
        self.held.iter().filter(move |held| held.content == content)
    }

    /// The versions under other patients than this one, but for those that were refiled.
    pub fn of_others(&self, patient: AccountId) -> impl Iterator<Item = &Held> {
        let is_others = move |held: &&Held| held.patient != patient && held.standing != Standing::Refiled;
        self.held.iter().filter(is_others)
    }

    /// Whether this content stood under this patient, was refiled to another one, and was not brought back.
    pub fn was_refiled(&self, content: ContentHash, patient: AccountId) -> bool {
        let last = self.find(content).filter(|held| held.patient == patient).last();
        last.is_some_and(|held| held.standing == Standing::Refiled)
    }

    /// Remembers that what is under other patients than this one was refiled, what is erased already too.
    pub(super) fn refile(&mut self, patient: AccountId) {
        for held in self.held.iter_mut().filter(|held| held.patient != patient) {
            held.standing = Standing::Refiled;
        }
    }

    /// Changes what became of the version at a place. What is erased stays so.
    pub(super) fn set_standing(&mut self, place: RecordPosition, standing: Standing) {
        let stands = |held: &&mut Held| held.place == place && !held.standing.is_gone();
        for held in self.held.iter_mut().filter(stands) {
            held.standing = standing;
        }
    }

    /// Adds a version.
    pub(super) fn add(&mut self, held: Held) {
        if self.held.len() >= MAX_HELD
            && let Some(oldest) = self.held.iter().position(|held| held.standing != Standing::Current)
        {
            self.held.remove(oldest);
        }
        self.held.push(held);
    }
}

#[cfg(test)]
mod tests;
