//! The batch that is being collected.

use crate::{
    custodian::EnrolledPatient,
    fhir::{Age, ContentHash, Resource, Version},
    native::journal::{Entry, History, Identity, Standing},
};
use aegle_rules::{AccountId, ledger::RecordPosition};
use std::collections::HashMap;

/// A resource that is to be sealed.
pub(super) struct Collected {
    pub(super) resource: Resource,
    /// Its patient, as the files call them.
    pub(super) patient: String,
    /// The patient's account.
    pub(super) account: AccountId,
    pub(super) identity: Identity,
    pub(super) content: ContentHash,
    pub(super) version: Version,
    /// Records that it takes the place of.
    pub(super) replaces: Vec<RecordPosition>,
}

impl Collected {
    /// What the journal keeps of it.
    pub(super) fn entry(&self, patient: &EnrolledPatient) -> Entry {
        Entry {
            identity: self.identity.clone(),
            patient: patient.account(),
            server: self.resource.server().map(str::to_owned),
            content: self.content,
            version: self.version,
            restriction: self.resource.restriction(),
            replaces: self.replaces.clone(),
        }
    }
}

/// Whose a resource or a deletion is, as far as that is known.
pub(super) struct Of<'a> {
    pub(super) patient: Option<AccountId>,
    /// The server that a bundle says it is of.
    pub(super) server: Option<&'a str>,
}

impl Of<'_> {
    /// Of whom a version of the same resource is that is sealed, when that is somebody else.
    pub(super) fn other(&self, history: &History) -> Option<String> {
        let mut held = history.held.iter().filter(|held| held.standing != Standing::Refiled);
        held.find_map(|held| self.differs(held.patient, held.server.as_deref()))
    }

    fn differs(&self, patient: AccountId, server: Option<&str>) -> Option<String> {
        if self.patient.is_some_and(|own| own != patient) {
            return Some("another patient".into());
        }
        let (own, other) = (self.server?, server?);
        (own != other).then(|| format!("the server {other}"))
    }
}

/// What came of a resource beside those of the batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Placed {
    /// It is there already.
    pub(super) repeated: bool,
    /// It is older than one of them.
    pub(super) old: bool,
    /// How many of them it has taken the place of.
    pub(super) replaced: u64,
    /// Whether nothing tells which of it and another one is newer.
    pub(super) unordered: bool,
}

/// The resources of a batch that nothing is sealed of yet.
#[derive(Default)]
pub(super) struct Open {
    /// In order; without those that newer ones took the place of.
    records: Vec<Option<Collected>>,
    places: HashMap<Identity, Vec<usize>>,
    bytes: usize,
    count: usize,
}

impl Open {
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Bytes of the resources' JSON.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds a resource, unless it is there or an older one than one that is. What is there has the labels of all its
    /// copies, and versions in an order that nothing tells have each other's.
    pub(super) fn place(&mut self, mut new: Collected, in_error: bool) -> Placed {
        let mut placed = Placed::default();
        let places = self.places.entry(new.identity.clone()).or_default();
        let mut kept = Vec::new();
        for place in places.iter().copied() {
            let Some(other) = &mut self.records[place] else {
                continue;
            };
            let age = new.version.beside(&other.version);
            let is_same = other.content == new.content;
            placed.repeated |= is_same;
            placed.old |= age == Age::Older;
            if is_same {
                other.resource.join_labels(&new.resource);
            }
            if is_same || age == Age::Unknown {
                new.resource.restrict(&other.resource.restriction());
            }
            if age == Age::Newer || in_error {
                continue;
            }
            placed.unordered = true;
            kept.push(place);
        }
        let restriction = new.resource.restriction();
        for place in places.iter().copied() {
            if let Some(other) = &mut self.records[place]
                && new.version.beside(&other.version) == Age::Unknown
            {
                other.resource.restrict(&restriction);
            }
        }
        if placed.repeated || placed.old {
            placed.unordered = false;
            return placed;
        }
        for place in std::mem::take(places) {
            if !kept.contains(&place)
                && let Some(old) = self.records[place].take()
            {
                placed.replaced += 1;
                self.bytes -= old.resource.text().len();
                self.count -= 1;
            }
        }
        kept.push(self.records.len());
        *places = kept;
        self.bytes += new.resource.text().len();
        self.count += 1;
        self.records.push(Some(new));
        placed
    }

    /// Of whom a version of the same resource is that is in it, when that is somebody else.
    pub(super) fn other(&self, identity: &Identity, of: &Of<'_>) -> Option<String> {
        let places = self.places.get(identity).into_iter().flatten();
        let mut own = places.filter_map(|place| self.records[*place].as_ref());
        own.find_map(|own| of.differs(own.account, own.resource.server()))
    }

    /// Whether a resource is in it.
    pub(super) fn has(&self, identity: &Identity) -> bool {
        let places = self.places.get(identity).into_iter().flatten();
        places.into_iter().any(|place| self.records[*place].is_some())
    }

    /// Takes out what is of a resource and no newer than a deletion; returns how much that was.
    pub(super) fn end(&mut self, identity: &Identity, deleted: &Version) -> usize {
        let mut ended = 0;
        for place in self.places.get(identity).into_iter().flatten() {
            let is_newer = |own: &Collected| own.version.beside(deleted) == Age::Newer;
            if self.records[*place].as_ref().is_some_and(|own| !is_newer(own))
                && let Some(old) = self.records[*place].take()
            {
                self.bytes -= old.resource.text().len();
                self.count -= 1;
                ended += 1;
            }
        }
        ended
    }

    /// Takes all resources out, in order.
    pub(super) fn take(&mut self) -> Vec<Collected> {
        std::mem::take(self).records.into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use aegle_crypto::classes::Class;

    fn collected(id: &str, number: Option<u64>, value: &str) -> Collected {
        let text = format!(r#"{{"resourceType":"Basic","id":"{id}","code":{{"text":"{value}"}}}}"#);
        let resource = Resource::parse(&text).unwrap();
        Collected {
            patient: "p".into(),
            account: AccountId([1; 32]),
            identity: Identity::of("", &resource),
            content: resource.content_hash(),
            version: Version { time: None, number },
            replaces: Vec::new(),
            resource,
        }
    }

    #[test]
    fn of_versions_in_one_batch_the_newest_is_sealed() {
        let mut open = Open::default();
        let mut place = |number, value, in_error| {
            let placed = open.place(collected("a", number, value), in_error);
            (placed, open.len())
        };
        let none = Placed::default();
        assert_eq!(place(Some(2), "two", false), (none, 1));
        assert!(place(Some(2), "two", false).0.repeated);
        assert!(place(Some(1), "one", false).0.old);
        assert_eq!(place(Some(3), "three", false), (Placed { replaced: 1, ..none }, 1));
        assert_eq!(
            place(None, "other", false),
            (
                Placed {
                    unordered: true,
                    ..none
                },
                2
            )
        );
        assert_eq!(place(None, "wrong", true), (Placed { replaced: 2, ..none }, 1));
        open.place(collected("b", None, "b"), false);
        let bytes: usize = open.records.iter().flatten().map(|own| own.resource.text().len()).sum();
        assert_eq!(open.bytes(), bytes);
        let titles: Vec<String> = open.take().iter().map(|own| own.resource.title().to_owned()).collect();
        assert_eq!(titles, ["wrong", "b"]);
        assert_eq!((open.len(), open.bytes()), (0, 0));
    }

    #[test]
    fn copies_have_the_labels_of_all_of_them() {
        let sensitive = |code: &str| {
            let system = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
            let text = format!(
                r#"{{"resourceType":"Basic","meta":{{"security":[{{"system":"{system}","code":"{code}"}}]}}}}"#
            );
            Resource::parse(&text).unwrap()
        };
        let labelled = |own: Collected, code: &str| {
            let mut own = own;
            own.resource.join_labels(&sensitive(code));
            own
        };
        let classes = |open: &mut Open| -> Vec<_> { open.take().iter().map(|own| own.resource.class()).collect() };
        for first_is_labelled in [true, false] {
            // The same text, and another version in an order that nothing tells.
            for second in ["one", "two"] {
                let mut open = Open::default();
                let (mut first, mut second) = (collected("a", None, "one"), collected("a", None, second));
                if first_is_labelled {
                    first = labelled(first, "SUD");
                } else {
                    second = labelled(second, "SUD");
                }
                open.place(first, false);
                open.place(second, false);
                let classes = classes(&mut open);
                assert!(classes.iter().all(|class| *class == Class::SubstanceUse), "{classes:?}");
            }
        }
        let mut open = Open::default();
        open.place(labelled(collected("a", None, "one"), "SUD"), false);
        assert!(
            open.place(labelled(collected("a", None, "one"), "PSYTHPN"), false)
                .repeated
        );
        assert_eq!(classes(&mut open), [Class::SubstanceUseNotes]);
    }

    #[test]
    fn a_deletion_takes_out_what_is_no_newer() {
        let mut open = Open::default();
        for (id, number) in [("a", 1), ("a", 1), ("b", 3)] {
            open.place(collected(id, Some(number), id), false);
        }
        let identity = |id: &str| collected(id, None, id).identity;
        let deleted = Version {
            time: None,
            number: Some(2),
        };
        assert_eq!(open.end(&identity("a"), &deleted), 1);
        assert_eq!(open.end(&identity("b"), &deleted), 0);
        assert_eq!(open.end(&identity("c"), &deleted), 0);
        assert_eq!(open.len(), 1);
    }
}
