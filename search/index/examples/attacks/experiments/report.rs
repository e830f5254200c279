//! The figures, one JSON object each.

use super::{Outcome, Results, chance_limit};
use serde::Serialize;

const TOKENS: &str = "deterministic tokens, same records, same attack";

/// A figure, as the benchmarks print them.
#[derive(Serialize)]
pub(crate) struct Figure {
    name: String,
    value: f64,
    unit: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison_value: Option<f64>,
}

/// Formats every figure of a run.
pub(crate) fn figures(results: &Results) -> Vec<Figure> {
    let mut figures = vec![
        plain("attacks/records", results.records as f64, "records"),
        plain("attacks/keywords", results.keywords as f64, "keywords"),
        plain("attacks/labels", results.labels as f64, "labels"),
        plain("attacks/repeated_labels", results.repeated_labels as f64, "labels"),
    ];
    for outcome in &results.outcomes {
        of_outcome(outcome, &mut figures);
    }
    let without = results.tables_without_pad.share();
    figures.push(plain(
        "attacks/count_table_without_pad",
        without,
        "share of count-table entries",
    ));
    let later = results.later_tokens.share();
    figures.push(plain(
        "attacks/file_injection_later_tokens",
        later,
        "share of tokens given after",
    ));
    figures
}

fn of_outcome(outcome: &Outcome, figures: &mut Vec<Figure>) {
    let name = format!("attacks/{}", outcome.name);
    let unit = format!("share of {}", outcome.counted);
    figures.push(compared(&name, outcome.sealed.share(), &unit, outcome.baseline.share()));
    if let Some((sealed, baseline)) = outcome.distinct {
        let name = format!("{name}_distinct");
        figures.push(compared(
            &name,
            sealed.share(),
            "share of distinct keywords",
            baseline.share(),
        ));
    }
    figures.push(plain(&format!("{name}_chance"), outcome.chance_share(), &unit));
    if outcome.withstood {
        let limit = chance_limit(outcome.chance) as f64 / outcome.sealed.of.max(1) as f64;
        figures.push(plain(&format!("{name}_limit"), limit, &unit));
    }
}

fn plain(name: &str, value: f64, unit: &str) -> Figure {
    Figure {
        name: name.into(),
        value,
        unit: unit.into(),
        comparison: None,
        comparison_value: None,
    }
}

fn compared(name: &str, value: f64, unit: &str, comparison: f64) -> Figure {
    Figure {
        comparison: Some(TOKENS),
        comparison_value: Some(comparison),
        ..plain(name, value, unit)
    }
}
