//! Decimal numbers in the rounded form in which they are searched.
//!
//! A number is kept to [`NUMBER_DIGITS`] significant digits, halves rounded away from zero: `140`, `0.0123456` as
//! `0.012346`, `1234567` as `1234600`. Magnitudes below 10^-9 count as 0; what rounds to 10^14 or more is only known to
//! be beyond. Rounded numbers are counted through from zero, so that ranges become ranges of integers. Rounding keeps
//! order: a range finds exactly the values whose rounded form lies between its rounded ends.

use crate::{
    limits::{NUMBER_DIGITS, NUMBER_SPAN_LEVELS},
    spans::{Line, Point},
};

/// The decades that have numbers of their own: 10^-9 to 10^14.
const FIRST_DECADE: i32 = -9;
const LAST_DECADE: i32 = 13;
/// The least and one more than the greatest mantissa.
const MANTISSAS: std::ops::Range<i32> = 10_i32.pow(NUMBER_DIGITS - 1)..10_i32.pow(NUMBER_DIGITS);
const MANTISSAS_IN_DECADE: i32 = MANTISSAS.end - MANTISSAS.start;
/// The place of the greatest number; that of the least is its opposite.
pub(crate) const GREATEST: i32 = (LAST_DECADE - FIRST_DECADE + 1) * MANTISSAS_IN_DECADE;

/// The line of numbers in rounded form.
pub(crate) const NUMBERS: Line = Line {
    first: -GREATEST,
    last: GREATEST,
    top: NUMBER_SPAN_LEVELS,
};

// Both lines lie inside their four greatest spans, with a step to spare at each end.
const _: () = assert!(NUMBERS.last < (2 << (2 * NUMBERS.top)) - 1 && NUMBERS.first > -(2 << (2 * NUMBERS.top)));
/// Most significant digits that are kept: as many as FHIR asks every system to keep. Of more, only whether one of them is
/// not 0 counts, which decides how a half is rounded.
const MAX_DIGITS: usize = 18;
/// Most bytes of a number's text.
const MAX_TEXT_BYTES: usize = 4_096;
/// Exponents beyond this are as good as it: no number that has one is told from 0, or from what is beyond all ranges.
const MAX_EXPONENT: i32 = 10_000;

/// A decimal number, `digits * 10^exponent`, as it was written as far as it has 18 digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    /// No multiple of 10, unless 0; below 10^18.
    pub(crate) digits: i64,
    pub(crate) exponent: i32,
}

/// A factor, `numerator / denominator * 10^exponent`: positive, and exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Factor {
    pub(crate) numerator: i64,
    pub(crate) denominator: i64,
    pub(crate) exponent: i32,
}

/// A text that is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotDecimal;

impl Decimal {
    /// Reads `[-]digits[.digits][e[+-]digits]`, as JSON writes numbers.
    pub(crate) fn parse(text: &str) -> Result<Self, NotDecimal> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(NotDecimal);
        }
        let (negative, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = rest.split_once(['e', 'E']).map_or((rest, None), |(m, e)| (m, Some(e)));
        let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(w, f)| (w, Some(f)));
        let numeric = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !numeric(whole) || !fraction.is_none_or(numeric) {
            return Err(NotDecimal);
        }
        let exponent = match exponent.map(|text| text.strip_prefix('+').unwrap_or(text)) {
            Some(text) => {
                let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
                if !numeric(digits) {
                    return Err(NotDecimal);
                }
                sign * digits
                    .parse::<i32>()
                    .map_or(MAX_EXPONENT, |exponent| exponent.min(MAX_EXPONENT))
            }
            None => 0,
        };
        let fraction = fraction.unwrap_or_default();
        let all = format!("{whole}{fraction}");
        let significant = all.trim_end_matches('0');
        let dropped = all.len() - significant.len();
        let significant = significant.trim_start_matches('0');
        if significant.is_empty() {
            return Ok(Self { digits: 0, exponent: 0 });
        }
        let (kept, beyond) = significant.split_at(significant.len().min(MAX_DIGITS));
        let mut digits: i64 = kept.parse().map_err(|_| NotDecimal)?;
        // A digit that is not 0 behind the last one: no half is exactly a half.
        digits += i64::from(!beyond.is_empty() && digits % 10 != 9);
        Ok(Self {
            digits: if negative { -digits } else { digits },
            exponent: exponent - fraction.len() as i32 + (dropped + beyond.len()) as i32,
        })
    }

    /// Whether rounding leaves the number as it is, range apart.
    pub(crate) fn is_short(self) -> bool {
        self.digits.unsigned_abs() < u64::from(MANTISSAS.end.unsigned_abs())
    }

    /// The sum of both. Where one is so much smaller that the sum would have too many digits, it is the other one: no
    /// rounded number tells the difference.
    pub(crate) fn plus(self, other: Self) -> Self {
        let exponent = self.exponent.min(other.exponent);
        let aligned = |number: Self| {
            let shift = u32::try_from(number.exponent - exponent).ok()?;
            number.digits.checked_mul(10_i64.checked_pow(shift)?)
        };
        let exact = || {
            Some(Self {
                digits: aligned(self)?.checked_add(aligned(other)?)?,
                exponent,
            })
        };
        let magnitude = |number: Self| {
            (number.digits != 0).then(|| decimals(number.digits.unsigned_abs().into()) as i32 + number.exponent)
        };
        exact().unwrap_or(if magnitude(self) > magnitude(other) {
            self
        } else {
            other
        })
    }

    /// The place of the number times `factor`, rounded once.
    pub(crate) fn rounded(self, factor: Factor) -> Point {
        let product = i128::from(self.digits) * i128::from(factor.numerator);
        if product == 0 {
            return Point::On(0);
        }
        // As many digits as fit, so that the division drops none that counts: what it drops is below a unit, and what
        // rounding drops after it is at least ten.
        let mut magnitude = product.unsigned_abs();
        let room = 37 - decimals(magnitude);
        magnitude *= 10_u128.pow(room);
        let quotient = magnitude / u128::from(factor.denominator.unsigned_abs());
        let dropped = decimals(quotient) - NUMBER_DIGITS;
        let unit = 10_u128.pow(dropped);
        let mut mantissa = (quotient / unit) as i32;
        let mut decade = self.exponent + factor.exponent - room as i32 + dropped as i32 + NUMBER_DIGITS as i32 - 1;
        if 2 * (quotient % unit) >= unit {
            mantissa += 1;
        }
        if mantissa == MANTISSAS.end {
            (mantissa, decade) = (MANTISSAS.start, decade + 1);
        }
        let positive = product > 0;
        match decade {
            small if small < FIRST_DECADE => Point::On(0),
            great if great > LAST_DECADE && positive => Point::Above,
            great if great > LAST_DECADE => Point::Below,
            decade => {
                let place = (decade - FIRST_DECADE) * MANTISSAS_IN_DECADE + mantissa - MANTISSAS.start + 1;
                Point::On(if positive { place } else { -place })
            }
        }
    }
}

/// How many decimal digits a number has.
fn decimals(number: u128) -> u32 {
    number.checked_ilog10().map_or(1, |log| log + 1)
}

#[cfg(test)]
mod tests {
    use super::{Decimal, Factor, GREATEST, NotDecimal};
    use crate::spans::Point;
    use proptest::prelude::*;

    const ONE: Factor = Factor {
        numerator: 1,
        denominator: 1,
        exponent: 0,
    };

    fn place(text: &str) -> Point {
        Decimal::parse(text)
            .map(|decimal| decimal.rounded(ONE))
            .unwrap_or_else(|error| panic!("{text}: {error:?}"))
    }

    #[test]
    fn numbers_are_read_as_json_writes_them() {
        let cases = [
            ("0", Ok((0, 0))),
            ("-0.000", Ok((0, 0))),
            ("140", Ok((14, 1))),
            ("-1.50", Ok((-15, -1))),
            ("00.0120e-3", Ok((12, -6))),
            ("1E+2", Ok((1, 2))),
            ("123456789012345678", Ok((123_456_789_012_345_678, 0))),
            ("1234567890123456789", Ok((123_456_789_012_345_679, 1))),
            ("0.12345000000000000000001", Ok((123_450_000_000_000_001, -18))),
            ("1e400", Ok((1, 400))),
            ("1e10000000000", Ok((1, 10_000))),
            ("-1e-10000000000", Ok((-1, -10_000))),
            ("1000000000000000000000", Ok((1, 21))),
            ("", Err(NotDecimal)),
            ("-", Err(NotDecimal)),
            ("+1", Err(NotDecimal)),
            (".5", Err(NotDecimal)),
            ("5.", Err(NotDecimal)),
            ("1e", Err(NotDecimal)),
            ("1e--1", Err(NotDecimal)),
            ("1,5", Err(NotDecimal)),
            ("NaN", Err(NotDecimal)),
            ("１", Err(NotDecimal)),
        ];
        for (text, expected) in cases {
            let found = Decimal::parse(text).map(|decimal| (decimal.digits, decimal.exponent));
            assert_eq!(found, expected, "{text}");
        }
        assert!(Decimal::parse(&"0".repeat(4_096)).is_ok());
        assert!(Decimal::parse(&"0".repeat(4_097)).is_err());
    }

    #[test]
    fn rounding_keeps_five_digits_and_rounds_halves_away_from_zero() {
        let same = [
            ("140", "140.00"),
            ("140", "140.004"),
            ("140.01", "140.005"),
            ("140", "140.00499999999999"),
            ("-140.01", "-140.005"),
            ("100000", "99999.5"),
            ("99999", "99999.49"),
            ("0.012346", "0.0123456"),
            ("0", "0.00000000099999"),
            ("0.000000001", "0.000000000999995"),
            ("0", "-1e-300"),
        ];
        for (one, other) in same {
            assert_eq!(place(one), place(other), "{one} {other}");
        }
        let rising = [
            "-1e300",
            "-99999000000000",
            "-1",
            "-1e-9",
            "0",
            "1e-9",
            "1.0001e-9",
            "9.9999e-9",
            "1e-8",
            "1",
            "1.0001",
            "9.9999",
            "10",
            "99999000000000",
            "1e14",
        ];
        assert!(rising.windows(2).all(|pair| place(pair[0]) < place(pair[1])));
        assert_eq!(place("1e-9"), Point::On(1));
        assert_eq!(place("99999000000000"), Point::On(GREATEST));
        assert_eq!(place("-99999499999999"), Point::On(-GREATEST));
        assert_eq!(place("99999500000000"), Point::Above);
        assert_eq!(place("-99999500000000"), Point::Below);
        // Neighbours have neighbouring places, also from one decade to the next.
        for (one, next) in [
            ("1.2345", "1.2346"),
            ("9.9999", "10"),
            ("99999", "100000"),
            ("-10.001", "-10"),
        ] {
            let (Point::On(one), Point::On(next)) = (place(one), place(next)) else {
                panic!("off the line")
            };
            assert_eq!(one + 1, next);
        }
    }

    proptest! {
        #[test]
        fn rounding_keeps_order(left in -2_000_000_i64..2_000_000, right in -2_000_000_i64..2_000_000, shift in -12_i32..12) {
            let at = |digits| Decimal { digits, exponent: shift }.rounded(ONE);
            if left <= right {
                prop_assert!(at(left) <= at(right));
            } else {
                prop_assert!(at(left) >= at(right));
            }
        }

        #[test]
        fn a_factor_is_applied_before_rounding(digits in 1_i64..1_000_000, numerator in 1_i64..100_000, denominator in 1_i64..100_000) {
            let factor = Factor { numerator, denominator, exponent: 0 };
            let Point::On(found) = (Decimal { digits, exponent: 0 }).rounded(factor) else {
                return Err(TestCaseError::fail("off the line"));
            };
            // The exact quotient lies within half a unit of the last place around the rounded number.
            let place = i128::from(found) - 1;
            let (decade, mantissa) = (place / 90_000 - 9, place % 90_000 + 10_000);
            let unit_exponent = decade as i32 - 4;
            let up = |n: i128| if unit_exponent < 0 { n } else { n * 10_i128.pow(unit_exponent as u32) };
            let down = |n: i128| if unit_exponent < 0 { n * 10_i128.pow(unit_exponent.unsigned_abs()) } else { n };
            let exact = down(2 * i128::from(digits) * i128::from(numerator));
            let bound = |twice: i128| up(twice) * i128::from(denominator);
            prop_assert!(exact >= bound(2 * mantissa - 1) || mantissa == 10_000, "{digits} {factor:?}");
            prop_assert!(exact < bound(2 * mantissa + 1), "{digits} {factor:?}");
        }
    }
}
