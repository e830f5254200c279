//! How figures are chosen, computed and printed.

use serde::Serialize;
use std::time::Duration;

/// What every comparison is with.
const PLAINTEXT: &str = "plaintext tantivy, same corpus, same run";

#[derive(Serialize)]
struct Figure<'a> {
    name: &'a str,
    value: f64,
    unit: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison_value: Option<f64>,
    records: usize,
}

/// Prints the figures whose names begin with the prefix.
pub(crate) struct Report {
    pub(crate) prefix: String,
    /// Records of the corpus.
    pub(crate) records: usize,
}

impl Report {
    pub(crate) fn wants(&self, names: &[&str]) -> bool {
        names.iter().any(|name| name.starts_with(&self.prefix))
    }

    /// Prints a figure; `plaintext` is the same one of the plaintext index.
    pub(crate) fn print(&self, name: &str, unit: &str, value: f64, plaintext: Option<f64>) {
        self.print_beside(name, unit, value, plaintext.map(|value| (PLAINTEXT, Some(value))));
    }

    /// Prints a figure with what it is compared with, and that one's value if it has one of its own.
    pub(crate) fn print_beside(&self, name: &str, unit: &str, value: f64, beside: Option<(&str, Option<f64>)>) {
        if !self.wants(&[name]) {
            return;
        }
        let figure = Figure {
            name,
            value,
            unit,
            comparison: beside.map(|(comparison, _)| comparison),
            comparison_value: beside.and_then(|(_, value)| value),
            records: self.records,
        };
        println!("{}", serde_json::to_string(&figure).expect("plain numbers and texts"));
    }

    /// Prints the median of times of both sides, in milliseconds; returns them.
    pub(crate) fn print_median(&self, name: &str, sealed: &mut [Duration], plain: &mut [Duration]) -> [f64; 2] {
        self.print_percentile(name, 500, sealed, plain)
    }

    pub(crate) fn print_percentile(
        &self,
        name: &str,
        per_mille: usize,
        sealed: &mut [Duration],
        plain: &mut [Duration],
    ) -> [f64; 2] {
        let values = [percentile(sealed, per_mille), percentile(plain, per_mille)];
        self.print(name, "ms", values[0], Some(values[1]));
        values
    }
}

fn percentile(times: &mut [Duration], per_mille: usize) -> f64 {
    times.sort_unstable();
    times[times.len() * per_mille / 1_000].as_secs_f64() * 1_000.0
}
