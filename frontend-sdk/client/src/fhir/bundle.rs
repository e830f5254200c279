//! Reading an input: a resource, a bundle of them, bundles in bundles, or one of these a line.

use super::{
    FhirError, Finding, MAX_BUNDLE_DEPTH, MAX_INPUT_BYTES, MAX_RESOURCES, Report, Resource,
    bare::refused,
    drugs,
    json::{self, Object},
    labels::Labels,
    lines::Lines,
    patient::{Entries, PatientReference, Target, literal},
    versions::{self, Current, Identity, Version},
};
use serde_json::value::RawValue;
use std::collections::{BTreeMap, HashMap};

/// What was read.
#[derive(Clone, Default)]
pub struct Reading {
    /// The resources that count, in order: bundles are unpacked and are not among them.
    pub resources: Vec<Resource>,
    /// What was entered in error, and is left out of `resources`: the newest version of each.
    pub in_error: Vec<Resource>,
    /// What was left out, and why.
    pub report: Report,
    /// What the input says is deleted, and how new the deletion is.
    deleted: BTreeMap<Identity, Version>,
}

/// A deletion of a resource, as a bundle tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// The server of the resource, where that is known.
    pub server: Option<String>,
    /// Its type.
    pub resource_type: String,
    /// Its id.
    pub id: String,
    /// What tells when it was deleted.
    pub version: Version,
}

impl Reading {
    /// Returns what the input says is deleted.
    pub fn deletions(&self) -> impl Iterator<Item = Deletion> {
        self.deleted.iter().map(|((server, kind, id), version)| Deletion {
            server: server.clone(),
            resource_type: kind.clone(),
            id: id.clone(),
            version: *version,
        })
    }
}

/// Reads every resource in `json`: a resource, a bundle of any type, or one of these a line (NDJSON, as Bulk Data has
/// it; blank lines are nothing). Of a history the newest version counts, and a deletion ends it. What is in a bundle
/// with a security label has that label too. References by `fullUrl`, and searches by identifier, are resolved within
/// their bundle; drugs within the whole input.
///
/// # Errors
/// When the text is empty, too large, not UTF-8 or JSON, no resource, or has too many. One malformed resource fails
/// the whole input: nothing is left out silently.
pub fn read(json: &[u8]) -> Result<Reading, FhirError> {
    read_at(json, 1)
}

/// Reads as [`read`] does what begins in the line `first` of a larger input: faults and resources are named by the lines
/// of that.
///
/// # Errors
/// As [`read`].
pub fn read_at(json: &[u8], first: usize) -> Result<Reading, FhirError> {
    if json.len() > MAX_INPUT_BYTES {
        return Err(FhirError::TooLarge {
            what: "the input".into(),
            bytes: json.len(),
            limit: MAX_INPUT_BYTES,
        });
    }
    // A byte order mark is not JSON, but hospitals' exports begin with it.
    let json = json.strip_prefix("\u{feff}".as_bytes()).unwrap_or(json);
    let text = std::str::from_utf8(json).map_err(|error| {
        let before = &json[..error.valid_up_to()];
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count();
        FhirError::NotJson {
            line: before.iter().filter(|byte| **byte == b'\n').count() + first,
            column: column + 1,
        }
    })?;
    if text.trim().is_empty() {
        return Err(FhirError::Empty);
    }
    let lines = Lines::of(text, first);
    let mut reader = Reader {
        lines: &lines,
        resources: Vec::new(),
        report: Report::default(),
        deleted: BTreeMap::new(),
        left_out: BTreeMap::new(),
    };
    for part in parts(text) {
        reader.unpack(lines.json(part)?, 0, &Labels::default())?;
    }
    let Reader {
        resources,
        mut report,
        deleted,
        left_out,
        ..
    } = reader;
    for (place, finding) in &left_out {
        report.add(*finding, || resources[*place].name());
    }
    let kept = resources.into_iter().enumerate();
    let kept = kept
        .filter(|(place, _)| !left_out.contains_key(place))
        .map(|(_, resource)| resource);
    let all = Reading {
        resources: kept.collect(),
        in_error: Vec::new(),
        report,
        deleted,
    };
    settle(all)
}

/// Takes several inputs as one, in this order: what an earlier one has, a later one may repeat, supersede, delete, or
/// refer to.
///
/// # Errors
/// When two inputs are of different servers and have a patient's id in common.
pub fn join(readings: impl IntoIterator<Item = Reading>) -> Result<Reading, FhirError> {
    let mut all = Reading::default();
    for reading in readings {
        let ended =
            |resource: &Resource| versions::identity(resource).is_some_and(|own| reading.deleted.contains_key(&own));
        all.resources.retain(|resource| !ended(resource));
        all.resources.extend(reading.resources);
        all.in_error.extend(reading.in_error);
        all.report.merge(reading.report);
        all.deleted.extend(reading.deleted);
    }
    settle(all)
}

fn settle(mut all: Reading) -> Result<Reading, FhirError> {
    versions::check_servers(&all.resources)?;
    let Current { mut kept, in_error } = versions::current(all.resources, &mut all.report);
    drugs::link_ids(&mut kept);
    all.in_error.extend(in_error);
    Ok(Reading { resources: kept, ..all })
}

/// The lines of an input of one value a line; else the input.
fn parts(text: &str) -> Vec<&str> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    let is_value = |line: &str| line.starts_with('{') && serde_json::from_str::<&RawValue>(line).is_ok();
    if lines.next().is_some() && is_value(first) {
        let lines = text.lines().map(str::trim);
        lines.filter(|line| !line.is_empty()).collect()
    } else {
        vec![text.trim_end()]
    }
}

struct Reader<'a> {
    lines: &'a Lines,
    resources: Vec<Resource>,
    report: Report,
    deleted: BTreeMap<Identity, Version>,
    /// Places of resources that a history supersedes, or that are deleted.
    left_out: BTreeMap<usize, Finding>,
}

/// An entry of a bundle as it is read.
#[derive(Default)]
struct Entry<'a> {
    full_url: Option<String>,
    resource: Option<&'a RawValue>,
    method: Option<String>,
    /// `Observation/h2`: what a deletion is of.
    url: Option<String>,
    version: Version,
    /// The place of its resource, if it is one and no bundle.
    place: Option<usize>,
}

impl Reader<'_> {
    /// Reads a resource, or the entries of a bundle. Gives the place of a resource.
    fn unpack(&mut self, raw: &RawValue, depth: usize, around: &Labels) -> Result<Option<usize>, FhirError> {
        let text = raw.get();
        let line = self.lines.line(text);
        if !text.starts_with('{') {
            return Err(FhirError::NotAResource { line });
        }
        let members = json::members(text).map_err(|fault| refused(fault, text, self.lines))?;
        let of_type = |wanted: &str| {
            members
                .iter()
                .any(|(name, raw)| name == "resourceType" && raw.get() == wanted)
        };
        if !of_type("\"Bundle\"") {
            if self.resources.len() == MAX_RESOURCES {
                return Err(FhirError::TooManyResources);
            }
            let mut resource = Resource::from_raw(raw, self.lines)?;
            resource.labels.add(around);
            self.resources.push(resource);
            return Ok(Some(self.resources.len() - 1));
        }
        if depth == MAX_BUNDLE_DEPTH {
            return Err(FhirError::TooDeep);
        }
        let own = members.iter().filter(|(name, _)| name != "entry");
        let own = Object::of(own.map(|(name, raw)| (name.as_str(), *raw)));
        let own = own.map_err(|fault| refused(fault, text, self.lines))?;
        let mut labels = Labels::of("Bundle", &own);
        labels.add(around);
        let entries = members.iter().find(|(name, _)| name == "entry");
        let entries = entries.map(|(_, raw)| json::items(raw.get()).ok_or(FhirError::MalformedBundle { line }));
        let first = self.resources.len();
        let mut read = Vec::new();
        for entry in entries.transpose()?.unwrap_or_default() {
            let mut entry = self.entry(entry, line)?;
            if let Some(resource) = entry.resource {
                entry.place = self.unpack(resource, depth + 1, &labels)?;
            }
            read.push(entry);
        }
        let kind = own.str("type").unwrap_or_default();
        if kind == "document" {
            self.label_document(first);
        }
        self.resolve(first, &read, line)?;
        self.end(kind == "history", &read);
        Ok(None)
    }

    fn entry<'r>(&self, raw: &'r RawValue, line: usize) -> Result<Entry<'r>, FhirError> {
        let text = raw.get();
        if !text.starts_with('{') {
            return Err(FhirError::MalformedBundle { line });
        }
        let members = json::members(text).map_err(|fault| refused(fault, text, self.lines))?;
        let resource = members.iter().find(|(name, _)| name == "resource").map(|(_, raw)| *raw);
        let own = members.iter().filter(|(name, _)| name != "resource");
        let own = Object::of(own.map(|(name, raw)| (name.as_str(), *raw)));
        let own = own.map_err(|fault| refused(fault, text, self.lines))?;
        let of = |path: &str| {
            own.at(path)
                .into_iter()
                .find_map(|value| value.as_str())
                .map(str::to_owned)
        };
        // W/"3"
        let number = of("response.etag").map(|etag| etag.trim_start_matches("W/").trim_matches('"').to_owned());
        Ok(Entry {
            full_url: of("fullUrl"),
            resource,
            method: of("request.method"),
            url: of("request.url"),
            version: Version {
                time: of("response.lastModified").and_then(|time| super::date::timestamp(&time)),
                number: number.and_then(|number| number.parse().ok()),
            },
            place: None,
        })
    }

    /// A document is as confidential as its composition, its first entry, says.
    fn label_document(&mut self, first: usize) {
        let Some(composition) = self
            .resources
            .get(first)
            .filter(|own| own.resource_type == "Composition")
        else {
            return;
        };
        let labels = composition.labels.clone();
        self.resources[first + 1..]
            .iter_mut()
            .for_each(|resource| resource.labels.add(&labels));
    }

    /// Resolves references between the entries of a bundle, and from those of bundles in it.
    fn resolve(&mut self, first: usize, read: &[Entry<'_>], line: usize) -> Result<(), FhirError> {
        let mut entries = Entries::default();
        let mut places = HashMap::new();
        for entry in read {
            let Some(place) = entry.place else { continue };
            let resource = &mut self.resources[place];
            let full_url = entry.full_url.as_deref();
            if let Some(full_url) = full_url {
                resource.server = literal(full_url).and_then(|(server, ..)| server).map(str::to_owned);
                if resource.resource_type == "Patient" && resource.itself.is_none() {
                    let by_url = || PatientReference::of_url(full_url);
                    let id = literal(full_url).filter(|(_, kind, _)| *kind == "Patient");
                    let id = id.and_then(|(.., id)| PatientReference::of_id(id));
                    resource.itself = Some(id.unwrap_or_else(by_url));
                }
            }
            let target = match &resource.itself {
                Some(patient) => Target::Patient(patient.clone(), resource.server.clone()),
                None => Target::Other,
            };
            if let Some(full_url) = full_url {
                if !entries.add(full_url, target) {
                    return Err(FhirError::AmbiguousEntry {
                        line,
                        full_url: full_url.to_owned(),
                    });
                }
                places.insert(full_url.to_owned(), place - first);
            }
            if let Some(patient) = &resource.itself {
                for identifier in resource.fields.at("identifier") {
                    let of = |name| identifier.get(name).and_then(json::Json::as_str).unwrap_or_default();
                    entries.identify(format!("{}|{}", of("system"), of("value")), patient);
                }
            }
        }
        let resources = &mut self.resources[first..];
        resources.iter_mut().for_each(|resource| resource.resolve(&entries));
        drugs::link_entries(resources, &places);
        Ok(())
    }

    /// Ends what the entries of a bundle delete; of a history, keeps the newest version of each resource.
    fn end(&mut self, history: bool, read: &[Entry<'_>]) {
        let mut versions: BTreeMap<Identity, Vec<(Option<usize>, Version)>> = BTreeMap::new();
        for entry in read {
            let (identity, own) = match entry.place.map(|place| &self.resources[place]) {
                Some(resource) => (versions::identity(resource), resource.version()),
                None => (entry.deleted(&self.resources), Version::default()),
            };
            if let Some(identity) = identity {
                let version = Version {
                    time: own.time.or(entry.version.time),
                    number: own.number.or(entry.version.number),
                };
                versions.entry(identity).or_default().push((entry.place, version));
            }
        }
        for (identity, found) in versions {
            let deletion = found.iter().any(|(place, _)| place.is_none());
            if !history && !deletion {
                continue;
            }
            let ages: Vec<Version> = found.iter().map(|(_, version)| *version).collect();
            // Entries of a history are in order, the newest first (R4 http, "history").
            let newest = Version::newest(&ages).unwrap_or(0);
            let ended = if history { found[newest].0.is_none() } else { deletion };
            let kept = if ended { None } else { found[newest].0 };
            let others = found
                .iter()
                .filter_map(|(place, _)| *place)
                .filter(|place| Some(*place) != kept);
            let finding = if ended { Finding::Deleted } else { Finding::Superseded };
            self.left_out.extend(others.map(|place| (place, finding)));
            if ended {
                let same = (0..self.resources.len())
                    .filter(|place| versions::identity(&self.resources[*place]).as_ref() == Some(&identity));
                self.left_out.extend(same.map(|place| (place, Finding::Deleted)));
                self.report
                    .add(Finding::Deleted, || format!("DELETE {}/{}", identity.1, identity.2));
                let deletion = found.iter().find(|(place, _)| place.is_none());
                self.deleted.insert(
                    identity,
                    deletion.map_or_else(Version::default, |(_, version)| *version),
                );
            }
        }
    }
}

impl Entry<'_> {
    /// What a deletion is of: a resource of the server that its name says, or of that which another version is of.
    fn deleted(&self, resources: &[Resource]) -> Option<Identity> {
        if self.method.as_deref() != Some("DELETE") {
            return None;
        }
        let (server, kind, id) = literal(self.full_url.as_deref().or(self.url.as_deref())?)?;
        let of = |resource: &&Resource| resource.resource_type == kind && resource.id() == Some(id);
        let known = || resources.iter().find(of).and_then(|resource| resource.server.clone());
        Some((server.map(str::to_owned).or_else(known), kind.to_owned(), id.to_owned()))
    }
}
