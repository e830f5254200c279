//! Links between patients (`Patient.link` of FHIR R4): whose chart goes on in whose.
//!
//! R4 has four types of links (<http://hl7.org/fhir/valueset-link-type.html>). `replaced-by` and `replaces` say that two
//! charts were merged, and which of them must no longer be used. `refer` and `seealso` say that two patients are in use
//! whose records may be of one person: each keeps their own. A link of another type, or to nobody certain, is refused.

use super::{
    json::{Json, Object},
    patient::{PatientReference, Reference, Target},
};

/// Most links of one patient that are read.
pub const MAX_LINKS: usize = 64;

/// A link of a patient, as it is written.
#[derive(Clone, Debug)]
pub(super) struct Link {
    kind: String,
    other: Option<Reference>,
}

/// Two charts that were merged: that of `replaced` goes on in that of `by`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merge {
    /// The patient who must no longer be used.
    pub replaced: PatientReference,
    /// The patient who is used instead.
    pub by: PatientReference,
}

/// Why it cannot be told what a patient's links say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// A type that R4 does not have.
    #[error("a link of the type \"{0}\", which FHIR R4 does not have; it has replaced-by, replaces, refer and seealso")]
    Kind(String),
    /// A merged chart whose patient is named by a search, or by nothing that is a patient.
    #[error(
        "a link of the type {kind} to {reference}, which names no patient; name the patient by Patient/ and the id"
    )]
    NoPatient {
        /// The type.
        kind: String,
        /// What stands where a patient must.
        reference: String,
    },
    /// The patient replaces themselves.
    #[error("a link to {0}, who is the same patient")]
    Itself(PatientReference),
    /// More than [`MAX_LINKS`].
    #[error("{0} links; a patient has {MAX_LINKS} at most")]
    TooMany(usize),
}

/// The links of a patient.
pub(super) fn of(resource_type: &str, fields: &Object) -> Vec<Link> {
    if resource_type != "Patient" {
        return Vec::new();
    }
    let link = |link: &Json| Link {
        kind: link.get("type").and_then(Json::as_str).unwrap_or_default().to_owned(),
        other: link.get("other").and_then(Reference::of),
    };
    fields.at("link").into_iter().map(link).collect()
}

impl Link {
    /// What it names, for resolving it among the entries of a bundle.
    pub(super) fn reference_mut(&mut self) -> Option<&mut Reference> {
        self.other.as_mut()
    }

    /// Whether it says that two charts were merged.
    pub(super) fn merges(&self) -> bool {
        matches!(self.kind.as_str(), "replaced-by" | "replaces")
    }

    /// The patient whom it names.
    pub(super) fn target(&self) -> Option<&Target> {
        self.other.as_ref().map(Reference::target)
    }

    fn merge(&self, own: &PatientReference) -> Result<Option<Merge>, LinkError> {
        match self.kind.as_str() {
            "replaced-by" | "replaces" => {}
            "refer" | "seealso" => return Ok(None),
            other => return Err(LinkError::Kind(other.to_owned())),
        }
        let Some(Target::Patient(other, _)) = self.target() else {
            let reference = self.other.as_ref().map_or("nothing", Reference::text);
            return Err(LinkError::NoPatient {
                kind: self.kind.clone(),
                reference: reference.to_owned(),
            });
        };
        if other == own {
            return Err(LinkError::Itself(own.clone()));
        }
        let (own, other) = (own.clone(), other.clone());
        Ok(Some(match self.kind.as_str() {
            "replaced-by" => Merge {
                replaced: own,
                by: other,
            },
            _ => Merge {
                replaced: other,
                by: own,
            },
        }))
    }
}

/// The charts that a patient's links say were merged.
pub(super) fn merges(own: &PatientReference, links: &[Link]) -> Result<Vec<Merge>, LinkError> {
    if links.len() > MAX_LINKS {
        return Err(LinkError::TooMany(links.len()));
    }
    let merges = links.iter().map(|link| link.merge(own));
    merges.filter_map(Result::transpose).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::fhir::{self, Resource};

    fn patient(links: &str) -> Resource {
        Resource::parse(&format!(r#"{{"resourceType":"Patient","id":"a","link":[{links}]}}"#)).unwrap()
    }

    fn merged(links: &str) -> Result<Vec<(String, String)>, LinkError> {
        let merges = patient(links).merges()?;
        let ids = |merge: &Merge| (merge.replaced.id().to_owned(), merge.by.id().to_owned());
        Ok(merges.iter().map(ids).collect())
    }

    fn link(kind: &str, other: &str) -> String {
        format!(r#"{{"type":"{kind}","other":{{"reference":"{other}"}}}}"#)
    }

    #[test]
    fn links_say_which_charts_were_merged() {
        let pair = |one: &str, other: &str| (one.to_owned(), other.to_owned());
        assert_eq!(merged(&link("replaced-by", "Patient/b")), Ok(vec![pair("a", "b")]));
        assert_eq!(merged(&link("replaces", "Patient/b")), Ok(vec![pair("b", "a")]));
        let both = [
            link("replaces", "https://h.example/Patient/b"),
            link("seealso", "Patient/c"),
        ]
        .join(",");
        assert_eq!(merged(&both), Ok(vec![pair("b", "a")]));
        for in_use in ["refer", "seealso"] {
            assert_eq!(merged(&link(in_use, "RelatedPerson/r")), Ok(Vec::new()));
        }
        assert_eq!(merged(""), Ok(Vec::new()));
    }

    #[test]
    fn a_link_that_is_not_certain_is_refused() {
        let none = |kind: &str, reference: &str| LinkError::NoPatient {
            kind: kind.into(),
            reference: reference.into(),
        };
        for (links, expected) in [
            (link("merged", "Patient/b"), LinkError::Kind("merged".into())),
            (link("Replaced-By", "Patient/b"), LinkError::Kind("Replaced-By".into())),
            (
                r#"{"other":{"reference":"Patient/b"}}"#.into(),
                LinkError::Kind(String::new()),
            ),
            (r#""Patient/b""#.into(), LinkError::Kind(String::new())),
            (r#"{"type":"replaced-by"}"#.into(), none("replaced-by", "nothing")),
            (
                link("replaced-by", "RelatedPerson/b"),
                none("replaced-by", "RelatedPerson/b"),
            ),
            (
                link("replaces", "Patient?identifier=1"),
                none("replaces", "Patient?identifier=1"),
            ),
            (
                link("replaces", "Patient/a"),
                LinkError::Itself(PatientReference::of_id("a").unwrap()),
            ),
            (vec![link("seealso", "Patient/b"); 65].join(","), LinkError::TooMany(65)),
        ] {
            assert_eq!(merged(&links), Err(expected), "{links}");
        }
    }

    #[test]
    fn a_link_by_full_url_is_to_that_entry() {
        let bundle = r#"{"resourceType":"Bundle","type":"collection","entry":[
            {"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","id":"a","link":[{"type":"replaced-by","other":{"reference":"urn:uuid:2"}}]}},
            {"fullUrl":"urn:uuid:2","resource":{"resourceType":"Patient","id":"b"}}]}"#;
        let reading = fhir::read(bundle.as_bytes()).unwrap();
        let merges = reading.resources[0].merges().unwrap();
        assert_eq!((merges[0].replaced.id(), merges[0].by.id()), ("a", "b"));
    }
}
