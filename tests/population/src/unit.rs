//! Units of UCUM that are converted into each other.

use crate::number::Fraction;

/// Units with the unit in which they are compared, and how many of that one they are: numerator and denominator.
const UNITS: [(&str, &str, i128, i128); 53] = [
    ("ug", "mg", 1, 1_000),
    ("mg", "mg", 1, 1),
    ("g", "mg", 1_000, 1),
    ("kg", "mg", 1_000_000, 1),
    ("[lb_av]", "mg", 45_359_237, 100),
    ("mm", "mm", 1, 1),
    ("cm", "mm", 10, 1),
    ("m", "mm", 1_000, 1),
    ("[in_i]", "mm", 254, 10),
    ("[ft_i]", "mm", 3_048, 10),
    ("uL", "uL", 1, 1),
    ("mL", "uL", 1_000, 1),
    ("dL", "uL", 100_000, 1),
    ("L", "uL", 1_000_000, 1),
    ("s", "s", 1, 1),
    ("min", "s", 60, 1),
    ("h", "s", 3_600, 1),
    ("d", "s", 86_400, 1),
    ("/min", "/min", 1, 1),
    ("/s", "/min", 60, 1),
    ("Hz", "/min", 60, 1),
    ("/h", "/min", 1, 60),
    ("mm[Hg]", "mm[Hg]", 1, 1),
    ("cm[Hg]", "mm[Hg]", 10, 1),
    ("kPa", "mm[Hg]", 1_000_000, 133_322),
    ("hPa", "mm[Hg]", 100_000, 133_322),
    ("nmol/L", "umol/L", 1, 1_000),
    ("umol/L", "umol/L", 1, 1),
    ("mmol/L", "umol/L", 1_000, 1),
    ("mmol/dL", "umol/L", 10_000, 1),
    ("ug/L", "ug/L", 1, 1),
    ("ng/L", "ug/L", 1, 1_000),
    ("ng/mL", "ug/L", 1, 1),
    ("pg/mL", "ug/L", 1, 1_000),
    ("ug/mL", "ug/L", 1_000, 1),
    ("mg/L", "ug/L", 1_000, 1),
    ("ug/dL", "ug/L", 10, 1),
    ("mg/dL", "ug/L", 10_000, 1),
    ("g/L", "ug/L", 1_000_000, 1),
    ("g/dL", "ug/L", 10_000_000, 1),
    ("meq/L", "meq/L", 1, 1),
    ("eq/L", "meq/L", 1_000, 1),
    ("/uL", "10*9/L", 1, 1_000),
    ("10*3/uL", "10*9/L", 1, 1),
    ("10*9/L", "10*9/L", 1, 1),
    ("10*6/uL", "10*9/L", 1_000, 1),
    ("10*12/L", "10*9/L", 1_000, 1),
    ("U/L", "U/L", 1, 1),
    ("ukat/L", "U/L", 60, 1),
    ("U/mL", "U/L", 1_000, 1),
    ("mL/min", "mL/min", 1, 1),
    ("L/min", "mL/min", 1_000, 1),
    ("L/h", "mL/min", 1_000, 60),
];

/// How a value in a unit becomes one in the unit of comparison: this is added, then it is multiplied.
struct Conversion {
    compared_in: String,
    added: Fraction,
    factor: Fraction,
}

fn conversion(unit: &str) -> Conversion {
    let unit = plain(unit);
    let temperature = |added, numerator, denominator| Conversion {
        compared_in: "Cel".into(),
        added,
        factor: Fraction::new(numerator, denominator),
    };
    match unit.as_str() {
        "Cel" => return temperature(Fraction::new(0, 1), 1, 1),
        "K" => return temperature(Fraction::new(-27_315, 100), 1, 1),
        "[degF]" => return temperature(Fraction::new(-32, 1), 5, 9),
        _ => {}
    }
    let known = UNITS.iter().find(|(name, ..)| *name == unit);
    let (compared_in, factor) = known.map_or((unit.as_str(), Fraction::new(1, 1)), |(_, name, above, below)| {
        (*name, Fraction::new(*above, *below))
    });
    Conversion {
        compared_in: compared_in.into(),
        added: Fraction::new(0, 1),
        factor,
    }
}

/// Returns a unit without its annotations, `{...}`.
fn plain(unit: &str) -> String {
    let mut plain = String::new();
    let mut inside = false;
    for character in unit.chars() {
        match character {
            '{' => inside = true,
            '}' => inside = false,
            _ if !inside => plain.push(character),
            _ => {}
        }
    }
    let plain = plain.trim_end_matches('/');
    if plain.is_empty() { "1".into() } else { plain.into() }
}

/// A value in the unit in which it is compared.
#[derive(Clone, Debug)]
pub struct Compared {
    /// The unit.
    pub unit: String,
    /// The value.
    pub value: Fraction,
}

/// Converts a value to the unit in which it is compared.
pub fn compared(value: Fraction, unit: &str) -> Compared {
    let conversion = conversion(unit);
    Compared {
        unit: conversion.compared_in,
        value: value.plus(conversion.added).times(conversion.factor),
    }
}

/// Converts a value of one unit to another one of the same dimension.
pub fn converted(value: Fraction, from: &str, to: &str) -> Fraction {
    let Compared { value: compared, .. } = compared(value, from);
    let back = conversion(to);
    let shift = back.added.times(Fraction::new(-1, 1));
    compared.times(back.factor.inverse()).plus(shift)
}

/// Returns the other units into which values of `unit` can be converted.
pub fn others(unit: &str) -> Vec<&'static str> {
    let compared_in = conversion(unit).compared_in;
    let temperatures = ["Cel", "K", "[degF]"].into_iter();
    let names = UNITS.iter().map(|(name, ..)| *name).chain(temperatures);
    names
        .filter(|name| *name != plain(unit) && conversion(name).compared_in == compared_in)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{converted, others};
    use crate::number::Fraction;

    #[test]
    fn values_are_converted_exactly() {
        let cases = [
            ("1", "g/dL", "10", "g/L"),
            ("38", "Cel", "100.4", "[degF]"),
            ("100.4", "[degF]", "311.15", "K"),
            ("16", "kPa", "120.01", "mm[Hg]"),
            ("72", "{beats}/min", "1.2", "Hz"),
            ("90", "mL/min/{1.73_m2}", "5.4", "L/h"),
            ("250", "10*3/uL", "250000", "/uL"),
        ];
        for (value, from, expected, to) in cases {
            let value = Fraction::parse(value).unwrap_or_else(|| panic!("{value}"));
            assert_eq!(converted(value, from, to).rounded().written(), expected, "{from} {to}");
        }
        assert!(others("Cel").contains(&"K") && !others("Cel").contains(&"Cel"));
        assert!(others("%").is_empty());
    }
}
