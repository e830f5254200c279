//! Amounts of money, added up exactly.

use serde::{Serialize, Serializer};
use std::fmt;

/// Decimal places that are kept.
const PLACES: usize = 6;
/// 1 in the unit that is kept.
const ONE: i128 = 1_000_000;
/// The most digits of an amount that JSON carries exactly as a binary number.
const MAX_DIGITS: usize = 15;

/// A decimal amount, to six places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(i128);

/// Text is no amount that can be added up exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AmountError {
    /// It is no plain decimal number.
    #[error("an amount is a decimal number without an exponent")]
    NotDecimal,
    /// It has too many digits.
    #[error("an amount has {MAX_DIGITS} digits at most, {PLACES} of them after the point")]
    TooLong,
    /// A sum is too large.
    #[error("the amounts add up to more than can be kept")]
    TooLarge,
}

impl Amount {
    /// Reads a decimal number such as `-12.50`.
    ///
    /// # Errors
    /// [`AmountError::NotDecimal`], [`AmountError::TooLong`]; nothing is rounded.
    pub fn parse(text: &str) -> Result<Self, AmountError> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, text),
        };
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let (whole, fraction) = match digits.split_once('.') {
            Some((whole, fraction)) if is_number(fraction) => (whole, fraction),
            Some(_) => return Err(AmountError::NotDecimal),
            None => (digits, ""),
        };
        if !is_number(whole) {
            return Err(AmountError::NotDecimal);
        }
        if fraction.len() > PLACES || whole.len() + fraction.len() > MAX_DIGITS {
            return Err(AmountError::TooLong);
        }
        let number = format!("{whole}{fraction:0<PLACES$}");
        let number: i128 = number.parse().map_err(|_| AmountError::NotDecimal)?;
        Ok(Self(sign * number))
    }

    /// Adds another one.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`].
    pub fn plus(self, other: Self) -> Result<Self, AmountError> {
        self.0.checked_add(other.0).map(Self).ok_or(AmountError::TooLarge)
    }
}

/// With two decimal places at least, as most currencies have.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, fraction) = (
            self.0.unsigned_abs() / ONE.unsigned_abs(),
            self.0.unsigned_abs() % ONE.unsigned_abs(),
        );
        let fraction = format!("{fraction:0PLACES$}");
        let (cents, rest) = fraction.split_at(2);
        write!(f, "{sign}{whole}.{cents}{}", rest.trim_end_matches('0'))
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_and_shown_without_rounding() {
        for (text, shown) in [
            ("0", "0.00"),
            ("120", "120.00"),
            ("19.9", "19.90"),
            ("0.1", "0.10"),
            ("-12.50", "-12.50"),
            ("-0.05", "-0.05"),
            ("1.234567", "1.234567"),
            ("123456789012345", "123456789012345.00"),
        ] {
            assert_eq!(
                Amount::parse(text).map(|amount| amount.to_string()),
                Ok(shown.into()),
                "{text}"
            );
        }
        let tenths = ["0.1"; 10].map(|text| Amount::parse(text).unwrap());
        let one = tenths.into_iter().try_fold(Amount::default(), Amount::plus);
        assert_eq!(one.unwrap().to_string(), "1.00");
    }

    #[test]
    fn what_would_be_rounded_or_is_no_number_is_refused() {
        for text in ["", "-", ".5", "5.", "+5", "1e3", "1.5e-7", "NaN", "1,5", "--1", " 1"] {
            assert_eq!(Amount::parse(text), Err(AmountError::NotDecimal), "{text}");
        }
        for text in ["0.1234567", "1234567890123456", "12345678901234.56"] {
            assert_eq!(Amount::parse(text), Err(AmountError::TooLong), "{text}");
        }
        let most = Amount(i128::MAX);
        assert_eq!(most.plus(Amount(1)), Err(AmountError::TooLarge));
    }
}
