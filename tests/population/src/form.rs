//! The forms in which a range is written.

use std::fmt;

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
    /// Whether it has something in common with what lies between two ends, both of them in it; an end that is `None` is
    /// open. `bound` gives the first and the last of what a bound stands for.
    pub(crate) fn meets<T: Ord>(&self, (first, last): (Option<T>, Option<T>), bound: impl Fn(&str) -> (T, T)) -> bool {
        let reaches = |from: &str| last.as_ref().is_none_or(|last| *last >= bound(from).0);
        let passes = |from: &str| last.as_ref().is_none_or(|last| *last > bound(from).1);
        let begins = |to: &str| first.as_ref().is_none_or(|first| *first <= bound(to).1);
        let precedes = |to: &str| first.as_ref().is_none_or(|first| *first < bound(to).0);
        match self {
            Self::At(at) => reaches(at) && begins(at),
            Self::Between(from, to) => reaches(from) && begins(to),
            Self::Before(from, to) => reaches(from) && precedes(to),
            Self::From(from) | Self::AtLeast(from) => reaches(from),
            Self::To(to) | Self::AtMost(to) => begins(to),
            Self::UpTo(to) | Self::Below(to) => precedes(to),
            Self::Above(from) => passes(from),
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
