//! The forms in which a range is written.

use std::{cmp::Ordering, fmt};

/// A range, by its bounds as they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// `a`
    At(String),
    /// `a..b`
    Between(String, String),
    /// `a..<b`
    Before(String, String),
    /// `a..`
    From(String),
    /// `..b`
    To(String),
    /// `..<b`
    UpTo(String),
    /// `>a`
    Above(String),
    /// `>=a`
    AtLeast(String),
    /// `<a`
    Below(String),
    /// `<=a`
    AtMost(String),
}

impl Form {
    /// Returns whether a value lies in it, of which `compared` says how it compares to a bound.
    pub(crate) fn holds(&self, compared: impl Fn(&str) -> Ordering) -> bool {
        match self {
            Self::At(bound) => compared(bound).is_eq(),
            Self::Between(from, to) => compared(from).is_ge() && compared(to).is_le(),
            Self::Before(from, to) => compared(from).is_ge() && compared(to).is_lt(),
            Self::From(bound) | Self::AtLeast(bound) => compared(bound).is_ge(),
            Self::To(bound) | Self::AtMost(bound) => compared(bound).is_le(),
            Self::UpTo(bound) | Self::Below(bound) => compared(bound).is_lt(),
            Self::Above(bound) => compared(bound).is_gt(),
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(bound) => write!(f, "{bound}"),
            Self::Between(from, to) => write!(f, "{from}..{to}"),
            Self::Before(from, to) => write!(f, "{from}..<{to}"),
            Self::From(bound) => write!(f, "{bound}.."),
            Self::To(bound) => write!(f, "..{bound}"),
            Self::UpTo(bound) => write!(f, "..<{bound}"),
            Self::Above(bound) => write!(f, ">{bound}"),
            Self::AtLeast(bound) => write!(f, ">={bound}"),
            Self::Below(bound) => write!(f, "<{bound}"),
            Self::AtMost(bound) => write!(f, "<={bound}"),
        }
    }
}
