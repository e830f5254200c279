//! Units of the Unified Code for Units of Measure (UCUM, <https://ucum.org/ucum>), as far as vital signs and
//! laboratories need them.
//!
//! Quantities whose units are in one group of the table are found by each other's units: `1 g/dL` and `10 g/L` are
//! the same. The factors are exact and are part of the scheme, like stems: keywords depend on them, so they are kept
//! here rather than taken from a library that may correct or round them. What no group has is compared as it is
//! written, after annotations and spellings: `kg/m2` finds `kg/m2`. Not covered: conversions between mass and amount of
//! substance (they need the substance), between `%` and `1`, of dosages, energies, areas, osmolalities, logarithmic and
//! arbitrary units other than the international one.

mod table;

use crate::{
    KeywordError,
    number::{Decimal, Factor},
    spans::Point,
};
use table::{GROUPS, TEMPERATURES, ZERO, power};

/// Most bytes of a unit.
const MAX_UNIT_BYTES: usize = 64;

/// A unit of measure, and how its values become those of the group's canonical unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unit {
    canonical: String,
    /// What is added first; it is 0 for all but temperatures.
    offset: Decimal,
    factor: Factor,
}

impl Unit {
    /// Reads a unit in UCUM's case-sensitive form.
    ///
    /// # Errors
    /// When it is empty, longer than 64 bytes, or has other characters than UCUM's.
    pub(crate) fn parse(text: &str) -> Result<Self, KeywordError> {
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'|');
        if text.is_empty() || text.len() > MAX_UNIT_BYTES || !visible {
            return Err(KeywordError::NotAUnit);
        }
        let spelled = spell(&without_annotations(text)?);
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
                });
            }
        }
        for (canonical, units) in GROUPS {
            if let Some((_, factor)) = units.iter().find(|(name, _)| *name == spelled) {
                return Ok(Self {
                    canonical: (*canonical).into(),
                    offset: ZERO,
                    factor: *factor,
                });
            }
        }
        Ok(Self {
            canonical: spelled,
            offset: ZERO,
            factor: power(0),
        })
    }

    /// The name under which the group's values are kept.
    pub(crate) fn canonical(&self) -> &str {
        &self.canonical
    }

    /// Where a value in this unit lies among those in the canonical unit, rounded once.
    ///
    /// # Errors
    /// When a temperature has too many digits to be converted exactly.
    pub(crate) fn place(&self, value: Decimal) -> Result<Point, KeywordError> {
        let shifted = if self.offset.digits == 0 {
            Some(value)
        } else {
            value.plus(self.offset)
        };
        Ok(shifted.ok_or(KeywordError::TooManyDigits)?.rounded(self.factor))
    }
}

/// The factor of a value without a unit.
pub(crate) const AS_WRITTEN: Factor = power(0);

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
        let place = unit.place(value).unwrap_or_else(|error| panic!("{quantity}: {error}"));
        (unit.canonical().to_owned(), place)
    }

    #[test]
    fn what_is_no_unit_is_refused() {
        for text in ["", "mm Hg", "°C", "mm[Hg]|", "{a", "a}", "{{a}}", "\t", &"m".repeat(65)] {
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
    fn a_temperature_with_more_digits_than_can_be_shifted_is_refused() {
        let unit = Unit::parse("K").unwrap_or_else(|error| panic!("{error}"));
        let place = |text| unit.place(Decimal::parse(text).unwrap_or_else(|error| panic!("{error:?}")));
        assert!(place("310.1500000000001").is_ok());
        assert_eq!(place("1e-20"), Err(KeywordError::TooManyDigits));
    }
}
