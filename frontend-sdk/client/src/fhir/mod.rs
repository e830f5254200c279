//! FHIR R4 resources as records: what they are, whose they are, and by which keywords they are found.
//!
//! A resource is kept as the very bytes that were read (a decimal `1.10` stays `1.10`); everything else is taken from
//! its JSON. Unknown resource types are accepted and are found by their type, their codes and their words.
//!
//! What is not understood is closed: a security label that is not known is the highest, a time that is not known
//! satisfies no permit that is narrowed by time, an owner that is not certain is none. What was guessed, left out or is
//! not searchable stands in a [`Report`].

mod bare;
mod bundle;
mod class;
mod compartment;
mod content;
mod date;
mod drug;
mod drugs;
mod error;
mod json;
mod keywords;
mod labels;
mod limits;
mod lines;
mod links;
mod narrative;
mod patient;
mod report;
mod restriction;
mod status;
mod versions;
mod walk;

pub use bundle::{Deletion, Reading, join, read, read_at};
pub use content::ContentHash;
pub use drugs::{Drugs, MAX_DRUGS};
pub use error::{FhirError, OwnerError};
pub use json::MAX_JSON_DEPTH;
pub use keywords::Extraction;
pub use limits::{MAX_BUNDLE_DEPTH, MAX_INPUT_BYTES, MAX_RESOURCE_BYTES, MAX_RESOURCE_KEYWORDS, MAX_RESOURCES};
pub use links::{LinkError, MAX_LINKS, Merge};
pub use patient::PatientReference;
pub use report::{Finding, MAX_EXAMPLES, Report, Tally};
pub use restriction::Restriction;
pub use versions::{Age, Version};

pub(crate) use bare::BareResource;

use aegle_crypto::classes::Class;
use aegle_rules::{Confidentiality, Timestamp};
use date::Authored;
use json::Object;
use labels::Labels;
use lines::Lines;
use patient::{Entries, Reference, Target};
use serde_json::value::RawValue;

/// The media type of a sealed resource.
pub const MEDIA_TYPE: &str = "application/fhir+json";
/// What stands in a record's row for a time of writing that is not known: later than every moment, so that no permit is
/// narrowed to it. It is the latest that an indexer can store.
pub const UNKNOWN_TIME: Timestamp = i64::MAX as Timestamp;

/// One resource. It is plaintext about a patient: it has no `Debug`, so that it does not end up in logs.
#[derive(Clone)]
pub struct Resource {
    text: Box<str>,
    fields: Object,
    resource_type: String,
    /// Where it begins in its input.
    line: usize,
    /// Who it is, when it is a patient.
    itself: Option<PatientReference>,
    /// The server that a bundle says it is of.
    server: Option<String>,
    /// Those by which it may be a patient's: see [`compartment::references`].
    references: [Vec<Reference>; 3],
    labels: Labels,
    /// Links to other patients, when it is a patient.
    links: Vec<links::Link>,
    /// Drugs that it refers to.
    drugs: Vec<drug::Drug>,
}

impl Resource {
    /// Reads one resource; a bundle counts as one. [`read`] unpacks bundles.
    ///
    /// # Errors
    /// When the text is empty, too large, not JSON, or no resource.
    pub fn parse(text: &str) -> Result<Self, FhirError> {
        if text.trim().is_empty() {
            return Err(FhirError::Empty);
        }
        let lines = Lines::of(text, 1);
        Self::from_raw(lines.json(text)?, &lines)
    }

    fn from_raw(raw: &RawValue, lines: &Lines) -> Result<Self, FhirError> {
        let text = raw.get();
        let BareResource { resource_type, fields } = BareResource::from_raw(raw, lines)?;
        let itself = fields.str("id").filter(|_| resource_type == "Patient");
        Ok(Self {
            text: text.into(),
            line: lines.line(text),
            itself: itself.and_then(PatientReference::of_id),
            server: None,
            references: compartment::references(&resource_type, &fields),
            labels: Labels::of(&resource_type, &fields),
            links: links::of(&resource_type, &fields),
            drugs: drug::of(&fields),
            resource_type,
            fields,
        })
    }

    /// Returns the JSON text, exactly as it was read.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the resource type, for example `Observation`: letters and digits.
    pub fn resource_type(&self) -> &str {
        &self.resource_type
    }

    /// Returns the logical id; `None` when there is none.
    pub fn id(&self) -> Option<&str> {
        self.fields.str("id")
    }

    /// Returns the line of its input in which the resource begins, counted from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// Returns what a person can find the resource by: type and id, or type and line.
    pub fn name(&self) -> String {
        match self.id() {
            Some(id) => format!("{}/{id}", self.resource_type),
            None => format!("{} (line {})", self.resource_type, self.line),
        }
    }

    /// Returns the server that a bundle says the resource is of; `None` where nothing says.
    pub fn server(&self) -> Option<&str> {
        self.server.as_deref()
    }

    /// Returns whether the resource's status says that it should never have been.
    pub fn is_in_error(&self) -> bool {
        status::is_in_error(&self.fields)
    }

    /// Returns the hash by which the same content is known again: see [`ContentHash`].
    pub fn content_hash(&self) -> ContentHash {
        content::hash(&self.text)
    }

    /// Returns the patients whom the resource names together with a server that is said to have them.
    pub fn named_servers(&self) -> impl Iterator<Item = (&PatientReference, &str)> {
        self.servers()
    }

    /// Returns whose record the resource is, by the patient compartment of R4; `None` when it names no patient, or not
    /// certainly one: [`Resource::owner`] says why.
    pub fn patient(&self) -> Option<&PatientReference> {
        self.owner().ok().flatten()
    }

    /// Returns whose record the resource is; `None` when it names no patient.
    ///
    /// # Errors
    /// When it names its patient by a search that nothing answers, or several patients alike.
    pub fn owner(&self) -> Result<Option<&PatientReference>, OwnerError> {
        if self.resource_type == "Patient" {
            return Ok(self.itself.as_ref());
        }
        for references in &self.references {
            let mut owner = None;
            for reference in references {
                match (reference.target(), owner) {
                    (Target::Patient(patient, _), None) => owner = Some(patient),
                    (Target::Patient(other, _), Some(one)) if one != other => {
                        return Err(OwnerError::Ambiguous {
                            resource: self.name(),
                            one: one.clone(),
                            other: other.clone(),
                        });
                    }
                    (Target::Conditional, _) => {
                        return Err(OwnerError::Conditional {
                            resource: self.name(),
                            reference: reference.text().to_owned(),
                        });
                    }
                    _ => {}
                }
            }
            if owner.is_some() {
                return Ok(owner);
            }
        }
        Ok(None)
    }

    /// Returns the charts that the resource says were merged, when it is a patient with links (R4 `Patient.link`).
    ///
    /// # Errors
    /// When a link is of no type that R4 has, or names nobody certain.
    pub fn merges(&self) -> Result<Vec<Merge>, LinkError> {
        self.itself
            .as_ref()
            .map_or(Ok(Vec::new()), |own| links::merges(own, &self.links))
    }

    /// Returns whether the resource is a patient who is linked to others without having been merged with all of them.
    pub fn is_linked(&self) -> bool {
        self.links.iter().any(|link| !link.merges())
    }

    /// The servers that are said to have a patient: this one, or those to which it refers.
    fn servers(&self) -> impl Iterator<Item = (&PatientReference, &str)> {
        let own = self.itself.iter().zip(self.server.as_deref());
        let linked = self.links.iter().filter(|link| link.merges());
        let linked = linked.filter_map(links::Link::target);
        let named = self.references.iter().flatten().map(Reference::target);
        let named = named.chain(linked).filter_map(|target| match target {
            Target::Patient(patient, Some(server)) => Some((patient, server.as_str())),
            _ => None,
        });
        own.chain(named)
    }

    /// Takes the entries of a bundle around it into account.
    fn resolve(&mut self, entries: &Entries) {
        let linked = self.links.iter_mut().filter_map(links::Link::reference_mut);
        for reference in self.references.iter_mut().flatten().chain(linked) {
            reference.resolve(entries, self.server.as_deref());
        }
    }

    /// The fields of its JSON object.
    fn fields(&self) -> &Object {
        &self.fields
    }

    /// Returns the data class, which the patient's slot map turns into a slot: what labels of the resource and of the
    /// bundles around it say, else its category, else its type.
    pub fn class(&self) -> Class {
        class::of(&self.resource_type, &self.fields, &self.labels)
    }

    /// Returns the confidentiality: the highest level that a label of the resource or of a bundle around it names, and
    /// the highest of all when a label is not understood. Without a label, or with L, M or U, it is normal.
    pub fn confidentiality(&self) -> Confidentiality {
        self.labels.confidentiality()
    }

    /// Returns what the resource is withheld by: all that decides about its level, and over its content about its
    /// class.
    pub fn restriction(&self) -> Restriction {
        self.labels.restriction()
    }

    /// Takes on what another copy of it is withheld by: its level and its sensitivities only rise.
    pub fn restrict(&mut self, restriction: &Restriction) {
        self.labels.restrict(restriction);
    }

    /// Takes on the labels of another copy of it, whose text may have been in another bundle.
    pub fn join_labels(&mut self, copy: &Self) {
        self.labels.join(&copy.labels);
    }

    /// Returns when the resource was written, in milliseconds since the Unix epoch: the first of `recordedDate`,
    /// `authoredOn`, `issued`, `date`, ... that it has, else of `effectiveDateTime` and others that say when something
    /// happened. A date without a time counts as its first millisecond in UTC. Returns `None` when there is none, or
    /// none that can be used: one before 1970, one that is known to the month or year only, a malformed one.
    pub fn authored_at(&self) -> Option<Timestamp> {
        date::authored(&self.fields).timestamp()
    }

    /// Returns what was guessed or not understood of the resource, keywords apart.
    pub fn report(&self) -> Report {
        let mut report = Report::default();
        let name = self.name();
        self.labels.tell(&name, &mut report);
        match date::authored(&self.fields) {
            Authored::At(_) => {}
            Authored::Guessed(_) => report.add(Finding::GuessedTime, || name),
            Authored::Vague(text) => report.add(Finding::VagueTime, || format!("{name}: {text}")),
            Authored::Malformed(text) => report.add(Finding::MalformedTime, || format!("{name}: {text}")),
            Authored::Unknown => report.add(Finding::UnknownTime, || name),
        }
        report
    }

    /// Returns the words of the narrative (`text.div`), without XHTML; `None` when there is none.
    pub fn narrative(&self) -> Option<String> {
        let xhtml = self.fields.get("text")?.get("div")?.as_str()?;
        Some(narrative::text(xhtml)).filter(|text| !text.trim().is_empty())
    }

    /// Returns what a person would call the resource: the text or display of its code, or its type.
    pub fn title(&self) -> &str {
        walk::title(&self.fields).unwrap_or(&self.resource_type)
    }
}
