//! What is known of a resource: which versions of it are sealed, and what a further one is beside them.

use crate::fhir::{Age, ContentHash, Resource, Version};
use aegle_protocol::record::RecordId;
use aegle_rules::{Confidentiality, ledger::RecordPosition};
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
}

/// A version that is sealed.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Held {
    /// Its content.
    pub content: ContentHash,
    /// How new it is.
    pub version: Version,
    /// The level that it is sealed at.
    pub confidentiality: Confidentiality,
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
    /// It is to be sealed.
    New {
        /// What it takes the place of.
        replaces: Vec<RecordPosition>,
        /// Whether there is a version that counts, and that nothing tells to be older or newer.
        unordered: bool,
    },
}

impl History {
    /// Says what a version is. What is sealed already is sealed anew when it has a higher level now: a label of a bundle
    /// around it may have come. One that was entered in error ends whatever is not newer.
    pub fn judge(
        &self,
        content: ContentHash,
        version: &Version,
        confidentiality: Confidentiality,
        in_error: bool,
    ) -> Judgement {
        let same: Vec<&Held> = self.held.iter().filter(|held| held.content == content).collect();
        if !same.is_empty() {
            let counts = |held: &&&Held| held.standing == Standing::Current;
            let lower: Vec<RecordPosition> = same.iter().filter(counts).map(|held| held.place).collect();
            if lower.is_empty() || same.iter().any(|held| held.confidentiality >= confidentiality) {
                return Judgement::Known;
            }
            return Judgement::New {
                replaces: lower,
                unordered: false,
            };
        }
        let ages = self.held.iter().map(|held| (held, version.beside(&held.version)));
        let deleted_later = self.ended.is_some_and(|ended| version.beside(&ended) == Age::Older);
        if deleted_later || ages.clone().any(|(_, age)| age == Age::Older) {
            return Judgement::Old;
        }
        let (mut replaces, mut unordered) = (Vec::new(), false);
        for (held, age) in ages.filter(|(held, _)| held.standing == Standing::Current) {
            if age == Age::Newer || in_error {
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

    /// The versions that have this content: several where its level was raised.
    pub fn find(&self, content: ContentHash) -> impl Iterator<Item = &Held> {
        self.held.iter().filter(move |held| held.content == content)
    }

    /// Changes what became of the version at a place.
    pub(super) fn set_standing(&mut self, place: RecordPosition, standing: Standing) {
        for held in self.held.iter_mut().filter(|held| held.place == place) {
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
mod tests {
    use super::*;
    use aegle_rules::BatchNumber;

    const NORMAL: Confidentiality = Confidentiality::Normal;

    fn version(time: Option<u64>, number: Option<u64>) -> Version {
        Version { time, number }
    }

    fn history(versions: &[(u8, Version, Standing)]) -> History {
        let held = versions.iter().map(|(content, version, standing)| Held {
            content: ContentHash([*content; 32]),
            version: *version,
            confidentiality: Confidentiality::Normal,
            record: RecordId([*content; 16]),
            place: place(*content),
            standing: *standing,
        });
        History {
            held: held.collect(),
            ended: None,
        }
    }

    fn place(number: u8) -> RecordPosition {
        RecordPosition {
            batch: BatchNumber(0),
            index: number.into(),
        }
    }

    #[test]
    fn a_version_is_told_from_those_that_are_sealed() {
        use Standing::{Current, Erased, Superseded};
        let none = version(None, None);
        let at = |time| version(Some(time), None);
        let numbered = |number| version(None, Some(number));
        let new = |replaces: &[u8], unordered| Judgement::New {
            replaces: replaces.iter().map(|number| place(*number)).collect(),
            unordered,
        };
        let cases = [
            (vec![], 1, none, false, new(&[], false)),
            (vec![(1, none, Current)], 1, none, false, Judgement::Known),
            (vec![(1, none, Current)], 2, none, false, new(&[], true)),
            (vec![(1, none, Current)], 2, none, true, new(&[1], false)),
            (vec![(1, at(5), Current)], 2, at(6), false, new(&[1], false)),
            (vec![(1, at(5), Current)], 2, at(4), false, Judgement::Old),
            (vec![(1, at(5), Current)], 2, at(4), true, Judgement::Old),
            (vec![(1, at(5), Current)], 2, at(5), false, new(&[], true)),
            (
                vec![(1, numbered(9), Current)],
                2,
                numbered(10),
                false,
                new(&[1], false),
            ),
            (
                vec![(1, at(1), Superseded), (2, at(2), Current)],
                3,
                at(3),
                false,
                new(&[2], false),
            ),
            (
                vec![(1, at(1), Superseded), (2, at(2), Current)],
                1,
                at(1),
                false,
                Judgement::Known,
            ),
            (
                vec![(1, at(1), Current), (2, none, Current)],
                3,
                at(3),
                false,
                new(&[1], true),
            ),
            (vec![(1, at(1), Erased)], 2, at(2), false, new(&[], false)),
            (vec![(1, at(3), Erased)], 2, at(2), false, Judgement::Old),
        ];
        for (held, content, version, in_error, expected) in cases {
            let judged = history(&held).judge(ContentHash([content; 32]), &version, NORMAL, in_error);
            assert!(
                judged == expected,
                "{content} {version:?}: {judged:?}, not {expected:?}"
            );
        }
        let deleted = History {
            ended: Some(at(5)),
            ..history(&[(1, at(1), Erased)])
        };
        assert_eq!(
            deleted.judge(ContentHash([2; 32]), &at(4), NORMAL, false),
            Judgement::Old
        );
        assert_eq!(
            deleted.judge(ContentHash([2; 32]), &at(6), NORMAL, false),
            new(&[], false)
        );
    }

    #[test]
    fn a_higher_level_is_sealed_anew_and_a_lower_one_is_not() {
        let none = version(None, None);
        let mut own = history(&[(1, none, Standing::Current)]);
        let content = ContentHash([1; 32]);
        let restricted = Confidentiality::Restricted;
        let raised = Judgement::New {
            replaces: vec![place(1)],
            unordered: false,
        };
        assert_eq!(own.judge(content, &none, restricted, false), raised);
        own.held[0].standing = Standing::Superseded;
        let held = Held {
            confidentiality: restricted,
            place: place(2),
            standing: Standing::Current,
            ..own.held[0].clone()
        };
        own.add(held);
        for level in [NORMAL, restricted] {
            assert_eq!(own.judge(content, &none, level, false), Judgement::Known);
        }
    }

    #[test]
    fn what_counts_is_not_forgotten() {
        let mut own = history(&[(0, version(None, None), Standing::Current)]);
        for _ in 0..3 * MAX_HELD {
            let held = history(&[(9, version(None, None), Standing::Superseded)]).held;
            held.into_iter().for_each(|held| own.add(held));
        }
        assert_eq!(own.held.len(), MAX_HELD);
        assert_eq!(own.current().count(), 1);
    }
}
