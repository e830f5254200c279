//! Which of several versions of a resource counts, and which servers have the patients.

use super::{
    FhirError, Resource, Restriction, date,
    patient::PatientReference,
    report::{Finding, Report},
};
use scale::{Decode, Encode};
use std::{
    cmp::Ordering,
    collections::{BTreeMap, HashMap},
};

/// What makes resources versions of one another: the server where it is known, the type and the id.
pub(super) type Identity = (Option<String>, String, String);

/// What tells of a version how new it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Version {
    /// When it was stored (`meta.lastUpdated`), in milliseconds since the Unix epoch.
    pub time: Option<u64>,
    /// Its number (`meta.versionId`), where versions are numbered.
    pub number: Option<u64>,
}

/// How new a version is beside another one of the same resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// It came later.
    Newer,
    /// It came earlier.
    Older,
    /// Nothing tells.
    Unknown,
}

impl Version {
    fn of(resource: &Resource) -> Self {
        let text = |path| resource.fields.at(path).into_iter().find_map(|value| value.as_str());
        Self {
            time: text("meta.lastUpdated").and_then(date::timestamp),
            number: text("meta.versionId").and_then(|number| number.parse().ok()),
        }
    }

    /// Compares with another version of the resource: by time where both have one, else, or at the same time, by number.
    pub fn beside(&self, other: &Self) -> Age {
        let by = |own: Option<u64>, other: Option<u64>| match own?.cmp(&other?) {
            Ordering::Greater => Some(Age::Newer),
            Ordering::Less => Some(Age::Older),
            Ordering::Equal => None,
        };
        by(self.time, other.time)
            .or_else(|| by(self.number, other.number))
            .unwrap_or(Age::Unknown)
    }

    /// The place of the newest of some versions: by time where all have one, else by number; `None` when neither tells.
    pub(super) fn newest(versions: &[Self]) -> Option<usize> {
        let by = |key: &dyn Fn(&Self) -> Option<u64>| {
            let keys = versions.iter().map(key).collect::<Option<Vec<u64>>>()?;
            let greatest = *keys.iter().max()?;
            let mut places = (0..keys.len()).filter(|place| keys[*place] == greatest);
            let newest = places.next()?;
            places.next().is_none().then_some(newest)
        };
        by(&|version| version.time).or_else(|| by(&|version| version.number))
    }
}

impl Resource {
    /// Returns what the resource's `meta` says of how new it is.
    pub fn version(&self) -> Version {
        Version::of(self)
    }
}

/// The identity of a resource; `None` without an id.
pub(super) fn identity(resource: &Resource) -> Option<Identity> {
    let id = resource.id()?.to_owned();
    Some((resource.server.clone(), resource.resource_type.clone(), id))
}

/// Resources, and which of them count.
pub(super) struct Current {
    /// Those that count.
    pub(super) kept: Vec<Resource>,
    /// The newest versions of those that were entered in error.
    pub(super) in_error: Vec<Resource>,
}

/// Leaves out what came before, what a newer version supersedes, and what was entered in error. Where nothing tells
/// which version is newer, all are kept. What came before has the labels of all its copies, and versions in an order that
/// nothing tells have each other's.
pub(super) fn current(mut resources: Vec<Resource>, report: &mut Report) -> Current {
    // Of one patient: one id of two patients is of two systems.
    let mut known: HashMap<(Identity, Option<PatientReference>), Vec<usize>> = HashMap::new();
    for (place, resource) in resources.iter().enumerate() {
        if let Some(identity) = identity(resource) {
            let patient = resource.patient().cloned();
            known.entry((identity, patient)).or_default().push(place);
        }
    }
    let mut left_out: BTreeMap<usize, Finding> = BTreeMap::new();
    for places in known.into_values().filter(|places| places.len() > 1) {
        let mut different: Vec<usize> = Vec::new();
        for place in places {
            let is_same = |known: &usize| resources[*known].text == resources[place].text;
            match different.iter().copied().find(is_same) {
                Some(known) => {
                    left_out.insert(place, Finding::Repeated);
                    let labels = resources[place].labels.clone();
                    resources[known].labels.join(&labels);
                }
                None => different.push(place),
            }
        }
        let versions: Vec<Version> = different.iter().map(|place| Version::of(&resources[*place])).collect();
        match Version::newest(&versions) {
            Some(newest) => {
                let newest = different[newest];
                let older = different.into_iter().filter(|place| *place != newest);
                left_out.extend(older.map(|place| (place, Finding::Superseded)));
            }
            None => {
                let restrictions = different.iter().map(|place| resources[*place].restriction());
                let all = restrictions.fold(Restriction::default(), |all, own| all.join(&own));
                for place in &different {
                    resources[*place].restrict(&all);
                }
                for place in &different[1..] {
                    report.add(Finding::UnorderedVersions, || resources[*place].name());
                }
            }
        }
    }
    for (place, resource) in resources.iter().enumerate() {
        if resource.is_in_error() {
            left_out.entry(place).or_insert(Finding::EnteredInError);
        }
    }
    for (place, finding) in &left_out {
        report.add(*finding, || resources[*place].name());
    }
    let mut current = Current {
        kept: Vec::new(),
        in_error: Vec::new(),
    };
    for (place, resource) in resources.into_iter().enumerate() {
        match left_out.get(&place) {
            None => current.kept.push(resource),
            Some(Finding::EnteredInError) => current.in_error.push(resource),
            Some(_) => {}
        }
    }
    current
}

/// Refuses a patient's id of two servers: nothing tells whether it is one person.
///
/// # Errors
/// [`FhirError::TwoServers`].
pub(super) fn check_servers(resources: &[Resource]) -> Result<(), FhirError> {
    let mut servers: HashMap<&PatientReference, &str> = HashMap::new();
    for resource in resources {
        for (patient, server) in resource.servers() {
            let known = *servers.entry(patient).or_insert(server);
            if known != server {
                return Err(FhirError::TwoServers {
                    line: resource.line,
                    patient: patient.clone(),
                    one: known.to_owned(),
                    other: server.to_owned(),
                });
            }
        }
    }
    Ok(())
}
