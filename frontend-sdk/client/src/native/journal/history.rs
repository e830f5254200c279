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
    /// Returns the identity of a resource from a system.
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
    /// Returns whether the record is erased, or is to be.
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
    /// Returns what a version is withheld by: besides its own labels those that its content was sealed with, and those
    /// of versions that count and of which nothing tells whether they are older. So none is ever lowered.
    pub fn restriction(&self, content: ContentHash, version: &Version, own: Restriction) -> Restriction {
        let counts = |held: &&Held| {
            let is_unordered = || version.beside(&held.version) == Age::Unknown;
            held.content == content || held.standing == Standing::Current && is_unordered()
        };
        let held = self.held.iter().filter(counts);
        held.fold(own, |all, held| all.join(&held.restriction))
    }

    /// Returns the versions that are sealed in a lower class or level than this.
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

    /// Returns the versions that count.
    pub fn current(&self) -> impl Iterator<Item = &Held> {
        self.held.iter().filter(|held| held.standing == Standing::Current)
    }

    /// Finds the versions that have this content: several where its class or level was raised.
    pub fn find(&self, content: ContentHash) -> impl Iterator<Item = &Held> {
        self.held.iter().filter(move |held| held.content == content)
    }

    /// Returns the versions under other patients than this one, but for those that were refiled.
    pub fn of_others(&self, patient: AccountId) -> impl Iterator<Item = &Held> {
        let is_others = move |held: &&Held| held.patient != patient && held.standing != Standing::Refiled;
        self.held.iter().filter(is_others)
    }

    /// Returns whether this content stood under this patient, was refiled to another one, and was not brought back.
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
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use aegle_rules::BatchNumber;

    fn version(time: Option<u64>, number: Option<u64>) -> Version {
        Version { time, number }
    }

    fn history(versions: &[(u8, Version, Standing)]) -> History {
        let held = versions.iter().map(|(content, version, standing)| Held {
            patient: AccountId([1; 32]),
            server: None,
            content: ContentHash([*content; 32]),
            version: *version,
            restriction: Restriction::default(),
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
            let judged = history(&held).judge(ContentHash([content; 32]), &version, &Restriction::default(), in_error);
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
            deleted.judge(ContentHash([2; 32]), &at(4), &Restriction::default(), false),
            Judgement::Old
        );
        assert_eq!(
            deleted.judge(ContentHash([2; 32]), &at(6), &Restriction::default(), false),
            new(&[], false)
        );
    }

    /// What a code of HL7 v3 withholds a resource by.
    fn labelled(system: &str, code: &str) -> Restriction {
        let system = format!("http://terminology.hl7.org/CodeSystem/v3-{system}");
        let text =
            format!(r#"{{"resourceType":"Basic","meta":{{"security":[{{"system":"{system}","code":"{code}"}}]}}}}"#);
        Resource::parse(&text).unwrap().restriction()
    }

    #[test]
    fn a_higher_level_or_another_class_is_sealed_anew_and_a_lower_one_is_not() {
        let none = version(None, None);
        let content = ContentHash([1; 32]);
        for raised in [
            labelled("Confidentiality", "R"),
            labelled("ActCode", "SUD"),
            labelled("ActCode", "HIV"),
        ] {
            let mut own = history(&[(1, none, Standing::Current)]);
            let anew = Judgement::New {
                replaces: vec![place(1)],
                unordered: false,
            };
            assert_eq!(own.judge(content, &none, &raised, false), anew, "{raised:?}");
            own.held[0].standing = Standing::Erased;
            let held = Held {
                restriction: raised.clone(),
                place: place(2),
                standing: Standing::Current,
                ..own.held[0].clone()
            };
            own.add(held);
            for again in [Restriction::default(), raised.clone()] {
                let again = own.restriction(content, &none, again);
                assert_eq!(again, raised);
                assert_eq!(own.judge(content, &none, &again, false), Judgement::Known);
            }
        }
    }

    #[test]
    fn what_does_not_count_any_more_is_withdrawn_when_it_is_labelled_later() {
        let at = |time| version(Some(time), None);
        let own = history(&[(1, at(1), Standing::Superseded), (2, at(2), Standing::Current)]);
        let restriction = labelled("ActCode", "HIV");
        let judged = own.judge(ContentHash([1; 32]), &at(1), &restriction, false);
        assert_eq!(judged, Judgement::Withdrawn(vec![place(1)]));
    }

    #[test]
    fn of_versions_without_order_none_stays_below_another() {
        let none = version(None, None);
        let (plain, sealed) = (Restriction::default(), history(&[(1, none, Standing::Current)]));
        let secret = labelled("ActCode", "SUD");
        let judged = sealed.judge(ContentHash([2; 32]), &none, &secret, false);
        let new = |replaces, unordered| Judgement::New { replaces, unordered };
        assert_eq!(judged, new(vec![place(1)], false));
        let mut sealed = sealed;
        sealed.held[0].restriction = secret.clone();
        let restriction = sealed.restriction(ContentHash([2; 32]), &none, plain.clone());
        assert_eq!(restriction, secret);
        assert_eq!(
            sealed.judge(ContentHash([2; 32]), &none, &restriction, false),
            new(Vec::new(), true)
        );
        // A version that is certainly newer has the labels that it says.
        sealed.held[0].version = version(Some(1), None);
        let newer = version(Some(2), None);
        assert_eq!(sealed.restriction(ContentHash([2; 32]), &newer, plain.clone()), plain);
    }

    #[test]
    fn what_was_refiled_is_gone_and_comes_back_only_when_it_is_sealed_again() {
        use Standing::{Current, Erased, Superseded};
        let none = version(None, None);
        let [wrong, right] = [AccountId([1; 32]), AccountId([2; 32])];
        let mut own = history(&[(1, none, Superseded), (2, none, Erased), (3, none, Current)]);
        let places = |own: &History, patient| own.of_others(patient).map(|held| held.place).collect::<Vec<_>>();
        assert_eq!(places(&own, right), [place(1), place(2), place(3)]);
        assert_eq!(places(&own, wrong), []);
        own.refile(right);
        assert_eq!(places(&own, right), [], "once");
        assert!(own.current().next().is_none() && own.held.iter().all(|held| held.standing.is_gone()));
        assert!(own.was_refiled(ContentHash([3; 32]), wrong) && !own.was_refiled(ContentHash([3; 32]), right));
        let back = Held {
            standing: Current,
            place: place(4),
            ..own.held[2].clone()
        };
        own.add(back);
        assert!(!own.was_refiled(ContentHash([3; 32]), wrong));
        assert!(
            own.below(&labelled("Confidentiality", "R"))
                .all(|held| held.place == place(4))
        );
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
