//! Where in its input a part of it begins.

use super::FhirError;
use serde_json::value::RawValue;

/// The lines of an input.
pub(super) struct Lines {
    /// The address of the input's first byte: parts of it are told by theirs.
    address: usize,
    /// Where each line but the first begins.
    begins: Vec<usize>,
    /// The number of the first line.
    first: usize,
}

impl Lines {
    /// Those of a text whose first line has this number.
    pub(super) fn of(text: &str, first: usize) -> Self {
        let begins = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self {
            address: text.as_ptr() as usize,
            begins: begins.map(|(at, _)| at + 1).collect(),
            first,
        }
    }

    /// The line in which a part of the input begins.
    pub(super) fn line(&self, part: &str) -> usize {
        self.place(part).0
    }

    /// Reads a part of the input that is JSON.
    pub(super) fn json<'a>(&self, part: &'a str) -> Result<&'a RawValue, FhirError> {
        serde_json::from_str(part).map_err(|error| {
            let (first, column) = self.place(part);
            FhirError::NotJson {
                line: first + error.line().max(1) - 1,
                column: error.column() + if error.line() <= 1 { column } else { 0 },
            }
        })
    }

    /// The line, and how many bytes of it are before the part.
    fn place(&self, part: &str) -> (usize, usize) {
        let at = (part.as_ptr() as usize).saturating_sub(self.address);
        let before = self.begins.partition_point(|begin| *begin <= at);
        let begin = before.checked_sub(1).map_or(0, |line| self.begins[line]);
        (before + self.first, at - begin)
    }
}
