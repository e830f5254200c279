//! What an opened record says of itself, beside what it was filed as: its custodian could have sealed something else than the
//! header says, which decides who may see it.

use crate::{day::day, fhir, words};
use aegle_crypto::{
    classes::{Class, ClassMap},
    record::Content,
};
use aegle_protocol::record::RecordHeader;
use aegle_rules::{Confidentiality, Timestamp};

/// Something that the content does not bear out of what the record was filed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Mismatch {
    /// The time of authoring.
    #[error("it is filed with the time {}, and its content is of {}", time(*.filed), time(*.content))]
    Time {
        /// That of the header.
        filed: Timestamp,
        /// That of the content.
        content: Timestamp,
    },
    /// The confidentiality: the content asks for a higher one.
    #[error(
        "it is filed as {}, and its content says that it is {}",
        words::confidentiality(*.filed), words::confidentiality(*.content)
    )]
    Confidentiality {
        /// That of the header.
        filed: Confidentiality,
        /// That of the content.
        content: Confidentiality,
    },
    /// The data class.
    #[error("it is filed under {}, and its content is of {}", class(*.filed), .content.name())]
    Class {
        /// The class of the header's slot; `None` where the slot stands for none.
        filed: Option<Class>,
        /// That of the content.
        content: Class,
    },
}

fn time(time: Timestamp) -> String {
    match time {
        fhir::UNKNOWN_TIME => "an unknown day".into(),
        known => day(known),
    }
}

fn class(class: Option<Class>) -> &'static str {
    class.map_or("no data class", Class::name)
}

/// Compares what a FHIR resource says with the header that it was filed under; `map` is the patient's, for who has it. What is
/// no FHIR resource says nothing.
///
/// A record may be withheld more than its own text asks for, where another copy of it carried a label: only less is named.
pub fn mismatches(header: &RecordHeader, content: &Content, map: Option<&ClassMap>) -> Vec<Mismatch> {
    let text = std::str::from_utf8(&content.bytes).ok();
    let text = text.filter(|_| content.media_type == fhir::MEDIA_TYPE);
    let Some(resource) = text.and_then(|text| fhir::Resource::parse(text).ok()) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let time = resource.authored_at().unwrap_or(fhir::UNKNOWN_TIME);
    if time != header.authored_at {
        let filed = header.authored_at;
        found.push(Mismatch::Time { filed, content: time });
    }
    let confidentiality = resource.confidentiality();
    if confidentiality > header.confidentiality {
        found.push(Mismatch::Confidentiality {
            filed: header.confidentiality,
            content: confidentiality,
        });
    }
    if let Some(map) = map {
        let (filed, content) = (map.class(header.slot), resource.class());
        if filed != Some(content) && !filed.is_some_and(Class::is_restricted) {
            found.push(Mismatch::Class { filed, content });
        }
    }
    found
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use aegle_crypto::master::MasterSecret;
    use aegle_protocol::record::{LengthClass, RECORD_VERSION};
    use aegle_rules::{AccountId, DomainId, Hash};
    use zeroize::Zeroizing;

    fn observation(labels: &str) -> Content {
        let text = format!(
            r#"{{"resourceType":"Observation","status":"final","code":{{"text":"x"}},"effectiveDateTime":"2026-03-06T10:15:00Z",
               "meta":{{"security":[{labels}]}}}}"#
        );
        Content {
            media_type: fhir::MEDIA_TYPE.into(),
            bytes: text.into_bytes(),
        }
    }

    #[test]
    fn what_the_content_does_not_bear_out_is_named() {
        let map = MasterSecret::from_bytes(Zeroizing::new([7; 32])).class_map(&Hash([1; 32]));
        let plain = observation("");
        let resource = fhir::Resource::parse(std::str::from_utf8(&plain.bytes).unwrap()).unwrap();
        let header = RecordHeader {
            version: RECORD_VERSION,
            patient: AccountId([3; 32]),
            slot: map.slot(resource.class()),
            epoch: 0,
            confidentiality: resource.confidentiality(),
            length_class: LengthClass(0),
            author: AccountId([5; 32]),
            authored_at: resource.authored_at().unwrap(),
            domain: DomainId(1),
        };
        assert_eq!(mismatches(&header, &plain, Some(&map)), []);
        // Psychotherapy notes under the slot of an ordinary class.
        let notes = r#"{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"PSYTHPN"},
            {"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"V"}"#;
        let hidden = observation(notes);
        let class = Mismatch::Class {
            filed: Some(resource.class()),
            content: Class::PsychotherapyNotes,
        };
        let level = Mismatch::Confidentiality {
            filed: header.confidentiality,
            content: Confidentiality::VeryRestricted,
        };
        assert_eq!(mismatches(&header, &hidden, Some(&map)), [level, class]);
        assert_eq!(mismatches(&header, &hidden, None), [level]);
        let withheld = RecordHeader {
            slot: map.slot(Class::SubstanceUse),
            confidentiality: Confidentiality::VeryRestricted,
            ..header
        };
        assert_eq!(
            mismatches(&withheld, &plain, Some(&map)),
            [],
            "more than the text asks for"
        );
        let moved = RecordHeader {
            authored_at: 1,
            ..header
        };
        let [Mismatch::Time { filed: 1, .. }] = mismatches(&moved, &plain, Some(&map))[..] else {
            panic!("the time is another one")
        };
        let image = Content {
            media_type: "image/png".into(),
            bytes: plain.bytes,
        };
        assert_eq!(mismatches(&moved, &image, Some(&map)), []);
    }
}
