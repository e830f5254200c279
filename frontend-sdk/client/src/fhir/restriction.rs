//! What withholds a resource: the sensitivities and the level that its labels name, wherever these stand.

use aegle_crypto::classes::Class;
use aegle_rules::Confidentiality;
use scale::{Decode, Encode};
use std::collections::BTreeSet;

/// What the labels of a resource, and those of the bundles around it, withhold it by. Equal texts may have different
/// ones, since a label of a bundle is not in the text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Encode, Decode)]
pub struct Restriction {
    /// The codes of the sensitivities.
    pub(super) sensitivities: BTreeSet<String>,
    /// The class that they stand for.
    pub(super) class: Option<Class>,
    /// The level.
    pub(super) level: Confidentiality,
}

impl Default for Restriction {
    fn default() -> Self {
        Self {
            sensitivities: BTreeSet::new(),
            class: None,
            level: Confidentiality::Normal,
        }
    }
}

impl Restriction {
    /// Returns the level.
    pub fn level(&self) -> Confidentiality {
        self.level
    }

    /// Returns the class that a sensitivity stands for; `None` when the resource has the class of its content.
    pub fn class(&self) -> Option<Class> {
        self.class
    }

    /// Returns whether a resource with this restriction, and with what it was sealed with, belongs to another class or
    /// a higher level than it was sealed in.
    pub fn rises_over(&self, sealed: &Self) -> bool {
        let both = self.join(sealed);
        both.level > sealed.level || both.class != sealed.class
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::fhir::Resource;

    fn labelled(codes: &[(&str, &str)]) -> Resource {
        let systems = [
            ("act", "http://terminology.hl7.org/CodeSystem/v3-ActCode"),
            ("level", "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"),
        ];
        let security: Vec<_> = codes
            .iter()
            .map(|(system, code)| {
                let system = systems.iter().find(|(name, _)| name == system).unwrap().1;
                serde_json::json!({ "system": system, "code": code })
            })
            .collect();
        let resource = serde_json::json!({ "resourceType": "Condition", "meta": { "security": security } });
        Resource::parse(&resource.to_string()).unwrap()
    }

    #[test]
    fn a_sensitivity_or_a_level_raises_and_nothing_lowers() {
        let of = |codes: &[(&str, &str)]| labelled(codes).restriction();
        let plain = of(&[]);
        assert_eq!(plain, Restriction::default());
        for (new, sealed, rises) in [
            (plain.clone(), plain.clone(), false),
            (of(&[("act", "SUD")]), plain.clone(), true),
            (of(&[("act", "HIV")]), plain.clone(), true),
            (of(&[("level", "R")]), plain.clone(), true),
            (plain.clone(), of(&[("act", "SUD")]), false),
            (plain.clone(), of(&[("level", "V")]), false),
            (of(&[("level", "R")]), of(&[("level", "V")]), false),
            (of(&[("act", "SUD")]), of(&[("act", "PSYTHPN")]), true),
            (of(&[("act", "SUD")]), of(&[("act", "SUD"), ("level", "R")]), false),
        ] {
            assert_eq!(new.rises_over(&sealed), rises, "{new:?} over {sealed:?}");
        }
        assert_eq!(
            of(&[("act", "SUD")]).join(&of(&[("act", "PSYTHPN")])).class(),
            Some(Class::SubstanceUseNotes)
        );
    }

    #[test]
    fn a_resource_takes_a_restriction_on() {
        let mut own = labelled(&[("level", "V")]);
        own.restrict(&labelled(&[("act", "SUD"), ("level", "R")]).restriction());
        assert_eq!(own.class(), Class::SubstanceUse);
        assert_eq!(own.confidentiality(), Confidentiality::VeryRestricted);
    }
}
