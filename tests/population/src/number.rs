//! Numbers as fractions, and their rounding to five significant digits.

use std::cmp::Ordering;

/// The least mantissa of five digits, and one more than the greatest.
const LEAST: i128 = 10_000;
const BEYOND: i128 = 100_000;

/// A fraction; the denominator is positive.
#[derive(Clone, Copy, Debug)]
pub struct Fraction {
    numerator: i128,
    denominator: i128,
}

impl Fraction {
    /// Builds `numerator / denominator`, of which the latter is positive.
    pub fn new(numerator: i128, denominator: i128) -> Self {
        let common = greatest_divisor(numerator.abs(), denominator);
        Self {
            numerator: numerator / common,
            denominator: denominator / common,
        }
    }

    /// Reads a decimal number as JSON writes it; `None` when it is malformed or has too many digits.
    pub fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
        let exponent = exponent.parse::<i32>().ok()? - fraction.len() as i32;
        let power = 10_i128.checked_pow(exponent.unsigned_abs())?;
        Some(if exponent < 0 {
            Self::new(digits, power)
        } else {
            Self::new(digits.checked_mul(power)?, 1)
        })
    }

    /// Returns the product of both.
    pub fn times(self, other: Self) -> Self {
        let (a, b) = (
            Self::new(self.numerator, other.denominator),
            Self::new(other.numerator, self.denominator),
        );
        Self::new(a.numerator * b.numerator, a.denominator * b.denominator)
    }

    /// Returns the sum of both.
    pub fn plus(self, other: Self) -> Self {
        let numerator = self.numerator * other.denominator + other.numerator * self.denominator;
        Self::new(numerator, self.denominator * other.denominator)
    }

    /// Returns one divided by it; it must be positive.
    pub fn inverse(self) -> Self {
        Self::new(self.denominator, self.numerator)
    }

    /// Returns its nearest number of five significant digits, halves away from zero; 0 for magnitudes below 10^-9.
    pub fn rounded(self) -> Rounded {
        if self.numerator == 0 {
            return Rounded::ZERO;
        }
        let (mut above, mut below, mut exponent) = (self.numerator.abs(), self.denominator, 0);
        while above < LEAST * below {
            above *= 10;
            exponent -= 1;
        }
        while above >= BEYOND * below {
            below *= 10;
            exponent += 1;
        }
        let mut mantissa = (2 * above + below) / (2 * below);
        if mantissa == BEYOND {
            (mantissa, exponent) = (LEAST, exponent + 1);
        }
        if exponent < -13 {
            return Rounded::ZERO;
        }
        Rounded {
            mantissa: self.numerator.signum() * mantissa,
            exponent,
        }
    }
}

/// `mantissa * 10^exponent`: five digits, or 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rounded {
    mantissa: i128,
    exponent: i32,
}

impl Rounded {
    const ZERO: Self = Self {
        mantissa: 0,
        exponent: 0,
    };

    /// Returns the next greater number of five digits; none but 0 lies between 10^-9 and its opposite.
    pub fn next(self) -> Self {
        let step = |mantissa: i128, exponent: i32| match mantissa {
            BEYOND => Self {
                mantissa: LEAST,
                exponent: exponent + 1,
            },
            mantissa if mantissa == -LEAST + 1 => Self {
                mantissa: -BEYOND + 1,
                exponent: exponent - 1,
            },
            mantissa => Self { mantissa, exponent },
        };
        match (self.mantissa, self.exponent) {
            (0, _) => Self {
                mantissa: LEAST,
                exponent: -13,
            },
            (mantissa, -13) if mantissa == -LEAST => Self::ZERO,
            (mantissa, exponent) => step(mantissa + 1, exponent),
        }
    }

    /// Returns the next smaller number.
    pub fn previous(self) -> Self {
        let opposite = |number: Self| Self {
            mantissa: -number.mantissa,
            ..number
        };
        opposite(opposite(self).next())
    }

    /// Returns the number cut to `digits` significant digits, 1 to 5: what is left of it when the others are 0.
    pub fn cut_to(self, digits: u32) -> Self {
        let unit = 10_i128.pow(5 - digits);
        Self {
            mantissa: self.mantissa / unit * unit,
            exponent: self.exponent,
        }
    }

    /// Writes it in decimal notation.
    pub fn written(self) -> String {
        let (sign, digits) = (
            if self.mantissa < 0 { "-" } else { "" },
            self.mantissa.abs().to_string(),
        );
        if self.exponent >= 0 {
            return format!("{sign}{digits}{}", "0".repeat(self.exponent as usize));
        }
        let decimals = self.exponent.unsigned_abs() as usize;
        let padded = format!("{digits:0>width$}", width = decimals + 1);
        let (whole, fraction) = padded.split_at(padded.len() - decimals);
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{sign}{whole}{point}{fraction}")
    }
}

impl Ord for Rounded {
    fn cmp(&self, other: &Self) -> Ordering {
        // A greater exponent is a greater magnitude: every mantissa but 0 has five digits.
        let magnitude = |number: &Self| (number.mantissa != 0, number.exponent, number.mantissa.abs());
        let signs = self.mantissa.signum().cmp(&other.mantissa.signum());
        signs.then_with(|| match self.mantissa < 0 {
            true => magnitude(other).cmp(&magnitude(self)),
            false => magnitude(self).cmp(&magnitude(other)),
        })
    }
}

impl PartialOrd for Rounded {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn greatest_divisor(one: i128, other: i128) -> i128 {
    if other == 0 {
        one
    } else {
        greatest_divisor(other, one % other)
    }
}

#[cfg(test)]
mod tests {
    use super::Fraction;

    fn fraction(text: &str) -> Fraction {
        Fraction::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn five_digits_are_kept_and_halves_go_away_from_zero() {
        let cases = [
            ("140", "140"),
            ("140.005", "140.01"),
            ("-140.005", "-140.01"),
            ("99999.5", "100000"),
            ("0.0123456", "0.012346"),
            ("1e-10", "0"),
            ("1.5e-9", "0.0000000015"),
            ("0", "0"),
            ("1234567", "1234600"),
        ];
        for (text, expected) in cases {
            assert_eq!(fraction(text).rounded().written(), expected, "{text}");
        }
        let rising = ["-100000", "-99999", "-1", "-0.5", "0", "0.5", "9.9999", "10", "99999"];
        assert!(rising.is_sorted_by_key(|text| fraction(text).rounded()));
        assert_eq!(fraction("123.456").rounded().cut_to(2).written(), "120");
    }

    #[test]
    fn fractions_are_exact() {
        let third = Fraction::new(1, 3);
        assert_eq!(third.times(fraction("0.3")).rounded(), fraction("0.1").rounded());
        assert_eq!(
            third.plus(fraction("1")).times(third.inverse()).rounded(),
            fraction("4").rounded()
        );
    }
}
