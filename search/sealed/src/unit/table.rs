//! Factors between the units of one dimension.

use crate::number::{Decimal, Factor};

pub(super) const ZERO: Decimal = Decimal { digits: 0, exponent: 0 };

/// Temperatures: name, what is added, and by how many ninths the sum is multiplied to be degrees Celsius.
pub(super) const TEMPERATURES: [(&str, Decimal, i64); 3] = [
    ("Cel", ZERO, 9),
    (
        "K",
        Decimal {
            digits: -27_315,
            exponent: -2,
        },
        9,
    ),
    (
        "[degF]",
        Decimal {
            digits: -32,
            exponent: 0,
        },
        5,
    ),
];

pub(super) const fn power(exponent: i32) -> Factor {
    times(1, exponent)
}

const fn times(numerator: i64, exponent: i32) -> Factor {
    ratio(numerator, 1, exponent)
}

const fn ratio(numerator: i64, denominator: i64, exponent: i32) -> Factor {
    Factor {
        numerator,
        denominator,
        exponent,
    }
}

/// For each canonical unit those that can be converted to it: how many of the canonical one they are.
pub(super) const GROUPS: [(&str, &[(&str, Factor)]); 13] = [
    ("mg", &MASSES),
    ("mm", &LENGTHS),
    ("uL", &VOLUMES),
    ("s", &TIMES),
    ("/min", &RATES),
    ("mm[Hg]", &PRESSURES),
    ("umol/L", &AMOUNT_CONCENTRATIONS),
    ("ug/L", &MASS_CONCENTRATIONS),
    ("meq/L", &EQUIVALENT_CONCENTRATIONS),
    ("10*9/L", &COUNTS),
    ("U/L", &ACTIVITIES),
    ("[iU]/L", &INTERNATIONAL_UNITS),
    ("mL/min", &FLOWS),
];

const MASSES: [(&str, Factor); 9] = [
    ("pg", power(-9)),
    ("ng", power(-6)),
    ("ug", power(-3)),
    ("mg", power(0)),
    ("g", power(3)),
    ("kg", power(6)),
    ("[oz_av]", times(28_349_523_125, -6)),
    ("[lb_av]", times(45_359_237, -2)),
    ("[stone_av]", times(635_029_318, -2)),
];

const LENGTHS: [(&str, Factor); 9] = [
    ("nm", power(-6)),
    ("um", power(-3)),
    ("mm", power(0)),
    ("cm", power(1)),
    ("dm", power(2)),
    ("m", power(3)),
    ("km", power(6)),
    ("[in_i]", times(254, -1)),
    ("[ft_i]", times(3_048, -1)),
];

const VOLUMES: [(&str, Factor); 9] = [
    ("fL", power(-9)),
    ("pL", power(-6)),
    ("nL", power(-3)),
    ("uL", power(0)),
    ("mL", power(3)),
    ("cm3", power(3)),
    ("cL", power(4)),
    ("dL", power(5)),
    ("L", power(6)),
];

/// UCUM's month and year are the mean Julian ones: 30.4375 and 365.25 days.
const TIMES: [(&str, Factor); 8] = [
    ("ms", power(-3)),
    ("s", power(0)),
    ("min", times(60, 0)),
    ("h", times(3_600, 0)),
    ("d", times(86_400, 0)),
    ("wk", times(604_800, 0)),
    ("mo", times(2_629_800, 0)),
    ("a", times(31_557_600, 0)),
];

const RATES: [(&str, Factor); 9] = [
    ("/min", power(0)),
    ("1/min", power(0)),
    ("min-1", power(0)),
    ("/s", times(60, 0)),
    ("1/s", times(60, 0)),
    ("s-1", times(60, 0)),
    ("Hz", times(60, 0)),
    ("/h", ratio(1, 60, 0)),
    ("/d", ratio(1, 1_440, 0)),
];

/// UCUM's metre of mercury is 133.322 kPa, its metre of water 9.80665 kPa.
const PRESSURES: [(&str, Factor); 8] = [
    ("mm[Hg]", power(0)),
    ("cm[Hg]", power(1)),
    ("Pa", ratio(1, 133_322, 3)),
    ("hPa", ratio(1, 133_322, 5)),
    ("kPa", ratio(1, 133_322, 6)),
    ("mbar", ratio(1, 133_322, 5)),
    ("bar", ratio(1, 133_322, 8)),
    ("cm[H2O]", ratio(980_665, 133_322, -1)),
];

const AMOUNT_CONCENTRATIONS: [(&str, Factor); 14] = [
    ("fmol/L", power(-9)),
    ("pmol/L", power(-6)),
    ("nmol/L", power(-3)),
    ("umol/L", power(0)),
    ("mmol/L", power(3)),
    ("mol/L", power(6)),
    ("mol/m3", power(3)),
    ("nmol/dL", power(-2)),
    ("umol/dL", power(1)),
    ("mmol/dL", power(4)),
    ("pmol/mL", power(-3)),
    ("nmol/mL", power(0)),
    ("umol/mL", power(3)),
    ("mmol/mL", power(6)),
];

const MASS_CONCENTRATIONS: [(&str, Factor); 15] = [
    ("pg/L", power(-6)),
    ("ng/L", power(-3)),
    ("ug/L", power(0)),
    ("mg/L", power(3)),
    ("g/L", power(6)),
    ("pg/dL", power(-5)),
    ("ng/dL", power(-2)),
    ("ug/dL", power(1)),
    ("mg/dL", power(4)),
    ("g/dL", power(7)),
    ("pg/mL", power(-3)),
    ("ng/mL", power(0)),
    ("ug/mL", power(3)),
    ("mg/mL", power(6)),
    ("g/mL", power(9)),
];

const EQUIVALENT_CONCENTRATIONS: [(&str, Factor); 4] = [
    ("ueq/L", power(-3)),
    ("meq/L", power(0)),
    ("meq/dL", power(1)),
    ("eq/L", power(3)),
];

const COUNTS: [(&str, Factor); 14] = [
    ("/L", power(-9)),
    ("/mL", power(-6)),
    ("/uL", power(-3)),
    ("/mm3", power(-3)),
    ("/nL", power(0)),
    ("10*3/mL", power(-3)),
    ("10*6/mL", power(0)),
    ("10*3/uL", power(0)),
    ("10*3/mm3", power(0)),
    ("10*6/uL", power(3)),
    ("10*6/mm3", power(3)),
    ("10*6/L", power(-3)),
    ("10*9/L", power(0)),
    ("10*12/L", power(3)),
];

/// Catalytic activity: a katal is 60,000,000 U.
const ACTIVITIES: [(&str, Factor); 8] = [
    ("mU/L", power(-3)),
    ("U/L", power(0)),
    ("kU/L", power(3)),
    ("mU/mL", power(0)),
    ("U/mL", power(3)),
    ("U/dL", power(1)),
    ("ukat/L", times(60, 0)),
    ("nkat/L", times(60, -3)),
];

const INTERNATIONAL_UNITS: [(&str, Factor); 9] = [
    ("u[iU]/L", power(-6)),
    ("m[iU]/L", power(-3)),
    ("[iU]/L", power(0)),
    ("k[iU]/L", power(3)),
    ("u[iU]/mL", power(-3)),
    ("m[iU]/mL", power(0)),
    ("[iU]/mL", power(3)),
    ("k[iU]/mL", power(6)),
    ("[iU]/dL", power(1)),
];

const FLOWS: [(&str, Factor); 6] = [
    ("mL/min", power(0)),
    ("mL/s", times(60, 0)),
    ("mL/h", ratio(1, 60, 0)),
    ("L/min", power(3)),
    ("L/s", times(60, 3)),
    ("L/h", ratio(1, 60, 3)),
];

/// Units that are compared with themselves alone.
pub(super) const UNGROUPED: [&str; 24] = [
    "1",
    "%",
    "kg/m2",
    "m2",
    "mg/kg",
    "ug/kg",
    "mL/kg",
    "mg/kg/d",
    "ug/kg/min",
    "mL/kg/h",
    "mg/m2",
    "mg/d",
    "g/d",
    "mg/h",
    "mosm/kg",
    "mosm/L",
    "[pH]",
    "kcal",
    "kcal/d",
    "mg/mmol",
    "mg/g",
    "ug/mg",
    "mmol/mol",
    "mm/h",
];

/// Spellings of people, and the units that they mean.
pub(super) const ALIASES: [(&str, &str); 57] = [
    ("mmHg", "mm[Hg]"),
    ("mm Hg", "mm[Hg]"),
    ("mmhg", "mm[Hg]"),
    ("cmH2O", "cm[H2O]"),
    ("bpm", "/min"),
    ("beats/min", "/min"),
    ("beats/minute", "/min"),
    ("breaths/min", "/min"),
    ("breaths/minute", "/min"),
    ("/minute", "/min"),
    ("°C", "Cel"),
    ("degC", "Cel"),
    ("C", "Cel"),
    ("°F", "[degF]"),
    ("degF", "[degF]"),
    ("F", "[degF]"),
    ("mcg", "ug"),
    ("µg", "ug"),
    ("μg", "ug"),
    ("mcg/L", "ug/L"),
    ("mcg/dL", "ug/dL"),
    ("mcg/mL", "ug/mL"),
    ("µg/L", "ug/L"),
    ("µg/dL", "ug/dL"),
    ("µmol/L", "umol/L"),
    ("μmol/L", "umol/L"),
    ("mEq/L", "meq/L"),
    ("IU/L", "[iU]/L"),
    ("IU/mL", "[iU]/mL"),
    ("mIU/L", "m[iU]/L"),
    ("mIU/mL", "m[iU]/mL"),
    ("uIU/mL", "u[iU]/mL"),
    ("K/uL", "10*3/uL"),
    ("M/uL", "10*6/uL"),
    ("x10^3/uL", "10*3/uL"),
    ("x10^6/uL", "10*6/uL"),
    ("x10^9/L", "10*9/L"),
    ("x10^12/L", "10*12/L"),
    ("kg/m²", "kg/m2"),
    ("percent", "%"),
    ("lb", "[lb_av]"),
    ("lbs", "[lb_av]"),
    ("oz", "[oz_av]"),
    ("in", "[in_i]"),
    ("inch", "[in_i]"),
    ("inches", "[in_i]"),
    ("ft", "[ft_i]"),
    ("years", "a"),
    ("year", "a"),
    ("months", "mo"),
    ("weeks", "wk"),
    ("days", "d"),
    ("hours", "h"),
    ("hr", "h"),
    ("minutes", "min"),
    ("seconds", "s"),
    ("sec", "s"),
];
