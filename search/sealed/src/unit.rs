//! Units of the Unified Code for Units of Measure (UCUM, <https://ucum.org/ucum>), as far as vital signs and
//! laboratories need them.
//!
//! Quantities whose units are in one group of the table are found by each other's units: `1 g/dL` and `10 g/L` are
//! the same. The factors are exact and are part of the scheme, like stems: keywords depend on them, so they are kept
//! here rather than taken from a library that may correct or round them. What no group has is compared as it is
//! written, after annotations and spellings: `kg/m2` finds `kg/m2`. Spellings of people (`mmHg`, `bpm`, `mcg`) are read as
//! the units that they mean. Not covered: conversions between mass and amount of
//! substance (they need the substance), between `%` and `1`, of dosages, energies, areas, osmolalities, logarithmic and
//! arbitrary units other than the international one.

mod table;

use crate::{
    KeywordError,
    number::{Decimal, Factor},
    spans::Point,
};
use table::{ALIASES, GROUPS, TEMPERATURES, UNGROUPED, ZERO, power};

/// Most bytes of a unit.
const MAX_UNIT_BYTES: usize = 64;

/// A unit of measure, and how its values become those of the group's canonical unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unit {
    canonical: String,
    /// What is added first; it is 0 for all but temperatures.
    offset: Decimal,
    factor: Factor,
    known: bool,
}

impl Unit {
    /// Reads a unit in UCUM's case-sensitive form, or in a spelling of people.
    ///
    /// # Errors
    /// When it is empty, longer than 64 bytes, or has other characters than UCUM's.
    pub(crate) fn parse(text: &str) -> Result<Self, KeywordError> {
        let text = alias(text);
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'|');
        if text.is_empty() || text.len() > MAX_UNIT_BYTES || !visible {
            return Err(KeywordError::NotAUnit);
        }
        let annotated = spell(&without_annotations(text)?);
        let spelled = alias(&annotated).to_owned();
        for (name, offset, numerator) in TEMPERATURES {
            if spelled == name {
                return Ok(Self {
                    canonical: "Cel".into(),
                    offset,
                    factor: Factor {
                        numerator,
                        denominator: 9,
                        exponent: 0,
                    },
                    known: true,
                });
            }
        }
        for (canonical, units) in GROUPS {
            if let Some((_, factor)) = units.iter().find(|(name, _)| *name == spelled) {
                return Ok(Self {
                    canonical: (*canonical).into(),
                    offset: ZERO,
                    factor: *factor,
                    known: true,
                });
            }
        }
        Ok(Self {
            known: UNGROUPED.contains(&spelled.as_str()),
            canonical: spelled,
            offset: ZERO,
            factor: power(0),
        })
    }

    /// Whether the unit is in the tables. One that is not is compared as it is written.
    pub(crate) fn is_known(&self) -> bool {
        self.known
    }

    /// The name under which the group's values are kept.
    pub(crate) fn canonical(&self) -> &str {
        &self.canonical
    }

    /// Where a value in this unit lies among those in the canonical unit, rounded once.
    pub(crate) fn place(&self, value: Decimal) -> Point {
        let shifted = if self.offset.digits == 0 {
            value
        } else {
            value.plus(self.offset)
        };
        shifted.rounded(self.factor)
    }
}

/// The unit of UCUM that a spelling of people means; other texts are themselves.
fn alias(text: &str) -> &str {
    let text = text.trim();
    ALIASES
        .iter()
        .find(|(spelling, _)| *spelling == text)
        .map_or(text, |(_, unit)| unit)
}

/// Annotations, `{...}`, mean nothing: `{beats}/min` is `/min`, and `{score}` is `1`.
fn without_annotations(text: &str) -> Result<String, KeywordError> {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (annotation, after) = after.split_once('}').ok_or(KeywordError::NotAUnit)?;
        if annotation.contains('{') {
            return Err(KeywordError::NotAUnit);
        }
        kept.push_str(before);
        rest = after;
    }
    kept.push_str(rest);
    if kept.contains('}') {
        return Err(KeywordError::NotAUnit);
    }
    let kept = kept.replace("//", "/").replace("..", ".");
    let kept = kept.trim_end_matches(['/', '.']).trim_start_matches('.');
    Ok(if kept.is_empty() { "1".into() } else { kept.into() })
}

/// One spelling where UCUM has two: `L` for litres, `[iU]`, and `10*`.
fn spell(text: &str) -> String {
    let text = text.replace("[IU]", "[iU]").replace("10^", "10*");
    let litre = |part: &str| -> String {
        match part {
            "l" | "dl" | "cl" | "ml" | "ul" | "nl" | "pl" | "fl" => part.replace('l', "L"),
            other => other.into(),
        }
    };
    let parts: Vec<String> = text.split('/').map(litre).collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::{GROUPS, Unit};
    use crate::{KeywordError, number::Decimal};
    use std::collections::HashSet;

    #[test]
    fn the_same_quantity_in_other_units_lies_at_the_same_place() {
        let cases = [
            ("1 g/dL", "10 g/L"),
            ("5 mmol/L", "5000 umol/l"),
            ("38 Cel", "100.4 [degF]"),
            ("0 Cel", "273.15 K"),
            ("-40 Cel", "-40 [degF]"),
            ("16 kPa", "120.0102 mm[Hg]"),
            ("10 cm[H2O]", "7.3556 mm[Hg]"),
            ("72 {beats}/min", "1.2 Hz"),
            ("180 cm", "1.8 m"),
            ("1 [ft_i]", "12 [in_i]"),
            ("154 [lb_av]", "11 [stone_av]"),
            ("1 [lb_av]", "16 [oz_av]"),
            ("250 10*3/uL", "250 10*9/L"),
            ("250000 /uL", "250 10^9/L"),
            ("4.5 10*6/uL{cells}", "4.5 10*12/L"),
            ("1 ukat/L", "60 U/L"),
            ("1.5 u[IU]/mL", "1.5 m[iU]/L"),
            ("2 wk", "14 d"),
            ("1 a", "12 mo"),
            ("90 mL/min/{1.73_m2}", "5.4 L/h"),
            ("9 {score}", "9 1"),
            ("27.5 kg/m2", "27.5 kg/m2"),
            ("3 mg/{dose}", "3000 ug"),
            ("120 mmHg", "120 mm[Hg]"),
            ("72 bpm", "72 /min"),
            ("37 °C", "37 Cel"),
            ("98.6 °F", "37 Cel"),
            ("5 mcg", "0.005 mg"),
            ("5 µmol/L", "5 umol/L"),
            ("5 mEq/L", "5 meq/L"),
            ("1e-30 K", "-273.15 Cel"),
            ("1e300 K", "1e300 Cel"),
        ];
        for (one, other) in cases {
            assert_eq!(place(one), place(other), "{one} {other}");
        }
        let different = [
            ("1 mmol/L", "1 mg/dL"),
            ("1 %", "0.01 1"),
            ("1 U/L", "1 [iU]/L"),
            ("1 meq/L", "1 mmol/L"),
        ];
        for (one, other) in different {
            assert_ne!(place(one).0, place(other).0, "{one} {other}");
        }
    }

    fn place(quantity: &str) -> (String, crate::spans::Point) {
        let (value, unit) = quantity
            .split_once(' ')
            .unwrap_or_else(|| panic!("{quantity} has no unit"));
        let unit = Unit::parse(unit).unwrap_or_else(|error| panic!("{quantity}: {error}"));
        let value = Decimal::parse(value).unwrap_or_else(|error| panic!("{quantity}: {error:?}"));
        (unit.canonical().to_owned(), unit.place(value))
    }

    #[test]
    fn what_is_no_unit_is_refused() {
        for text in [
            "",
            "mm  Hg",
            "°X",
            "mm[Hg]|",
            "{a",
            "a}",
            "{{a}}",
            "\t",
            &"m".repeat(65),
        ] {
            assert_eq!(Unit::parse(text).err(), Some(KeywordError::NotAUnit), "{text}");
        }
        assert!(Unit::parse(&"m".repeat(64)).is_ok());
    }

    #[test]
    fn every_unit_is_in_one_group_and_spelled_as_it_is_looked_up() {
        let mut names = HashSet::new();
        for (canonical, units) in GROUPS {
            for (name, _) in units {
                assert!(names.insert(*name), "{name} twice");
                assert_eq!(
                    Unit::parse(name).map(|unit| unit.canonical),
                    Ok((*canonical).to_owned()),
                    "{name}"
                );
            }
            assert_eq!(
                Unit::parse(canonical).map(|unit| unit.factor),
                Ok(super::power(0)),
                "{canonical}"
            );
        }
    }

    #[test]
    fn spellings_of_people_mean_units_that_are_known() {
        for (spelling, unit) in super::ALIASES {
            let read = |text: &str| Unit::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(read(spelling), read(unit), "{spelling}");
            assert!(read(unit).is_known(), "{unit}");
            assert!(
                super::ALIASES.iter().all(|(other, _)| *other != unit),
                "{unit} is a spelling itself"
            );
        }
        for (text, known) in [("mg", true), ("kg/m2", true), ("{score}", true), ("smidgen", false)] {
            assert_eq!(Unit::parse(text).map(|unit| unit.is_known()), Ok(known), "{text}");
        }
    }
}
