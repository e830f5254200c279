//! Telling the story: steps, who sees what, what was expected, and what it cost.

use crate::output::{Output, seconds};
use aegle_client::chain::Receipt;
use serde::Serialize;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// Planck, the smallest unit of the chain's currency, in one unit.
const UNIT: f64 = 1e12;
/// The widest a line is, in characters.
const LINE_WIDTH: usize = 96;
/// The indentation of lines below a heading.
const INDENT: &str = "    ";

/// Tells what happens, and remembers it for the end.
pub(crate) struct Teller {
    output: Output,
    began: Instant,
    step_began: Instant,
    steps: Vec<StepTold>,
    costs: BTreeMap<&'static str, Cost>,
    facts: BTreeMap<String, u64>,
    failures: Vec<String>,
}

/// A step as JSON has it.
#[derive(Default, Serialize)]
struct StepTold {
    title: String,
    what_happened: Vec<String>,
    who_sees_it: Vec<String>,
    checks: Vec<Check>,
    milliseconds: u128,
}

#[derive(Serialize)]
struct Check {
    expected: String,
    holds: bool,
}

/// The cost of the transactions of one kind together.
#[derive(Default, Serialize)]
struct Cost {
    transactions: u32,
    bytes: u64,
    fee: u128,
    deposit: i128,
}

/// Everything at once, for programs.
#[derive(Serialize)]
struct Whole<'a> {
    holds: bool,
    milliseconds: u128,
    steps: &'a [StepTold],
    transactions: &'a BTreeMap<&'static str, Cost>,
    summary: &'a BTreeMap<String, u64>,
    failures: &'a [String],
}

impl Teller {
    /// Begins the story.
    pub(crate) fn new(output: Output) -> Self {
        let now = Instant::now();
        let (costs, facts) = (BTreeMap::new(), BTreeMap::new());
        Self {
            output,
            began: now,
            step_began: now,
            steps: Vec::new(),
            costs,
            facts,
            failures: Vec::new(),
        }
    }

    /// Returns the output on which progress is shown.
    pub(crate) fn output(&self) -> Output {
        self.output
    }

    /// Begins a step.
    pub(crate) fn step(&mut self, title: &str) {
        self.step_began = Instant::now();
        self.steps.push(StepTold {
            title: title.into(),
            ..StepTold::default()
        });
        let heading = format!("{:>2}. {title}", self.steps.len());
        self.output.line(&format!("\n{}", self.output.bold(&heading)));
    }

    /// Tells what happened.
    pub(crate) fn say(&mut self, text: impl Into<String>) {
        let text = text.into();
        self.lines("", &text);
        self.current().what_happened.push(text);
    }

    /// Tells who can see it.
    pub(crate) fn seen(&mut self, text: impl Into<String>) {
        let text = text.into();
        self.lines("seen: ", &text);
        self.current().who_sees_it.push(text);
    }

    /// Tells what must hold; if it does not, the story fails at its end.
    pub(crate) fn expect(&mut self, holds: bool, expected: impl Into<String>) {
        let expected = expected.into();
        self.lines(if holds { "✓ " } else { "✗ NOT SO: " }, &expected);
        if !holds {
            self.failures.push(expected.clone());
        }
        self.current().checks.push(Check { expected, holds });
    }

    /// Ends a step, and tells how long it took.
    pub(crate) fn done(&mut self) {
        let took = self.step_began.elapsed();
        self.output
            .line(&self.output.faint(&format!("{INDENT}took {}", seconds(took))));
        self.current().milliseconds = took.as_millis();
    }

    /// Counts a transaction that was paid for.
    pub(crate) fn paid(&mut self, kind: &'static str, receipt: &Receipt) {
        let cost = self.costs.entry(kind).or_default();
        cost.transactions += 1;
        cost.bytes += u64::from(receipt.bytes);
        cost.fee += receipt.fee;
        cost.deposit += receipt.deposit;
    }

    /// Shows the table of what was paid.
    pub(crate) fn costs(&mut self) {
        let header = format!(
            "{INDENT}{:<36}{:>6}{:>12}{:>14}{:>14}",
            "on the chain", "count", "bytes", "fee", "deposit"
        );
        self.output.line(&self.output.faint(&header));
        let mut total = Cost::default();
        for (kind, cost) in &self.costs {
            self.output.line(&cost_line(kind, cost));
            total.transactions += cost.transactions;
            total.bytes += cost.bytes;
            total.fee += cost.fee;
            total.deposit += cost.deposit;
        }
        self.output.line(&cost_line("together", &total));
        self.output.line(&self.output.faint(&format!(
            "{INDENT}Fees and deposits in units of the chain's currency. A deposit is paid back when its state is removed from the chain."
        )));
    }

    /// Shows a line of the summary: a number, and how a person reads it.
    pub(crate) fn fact(&mut self, name: &'static str, value: u64, shown: &str) {
        self.output.line(&format!("{INDENT}{name:<36}{shown}"));
        // Programs read `labels_with_padding`.
        self.facts.insert(name.replace(',', "").replace(' ', "_"), value);
    }

    /// Ends the story. Returns whether everything that was expected holds.
    pub(crate) fn finish(self) -> anyhow::Result<bool> {
        let holds = self.failures.is_empty();
        let took = self.began.elapsed();
        if self.output.is_json() {
            let whole = Whole {
                holds,
                milliseconds: took.as_millis(),
                steps: &self.steps,
                transactions: &self.costs,
                summary: &self.facts,
                failures: &self.failures,
            };
            self.output.result(&whole, String::new)?;
            return Ok(holds);
        }
        let checks: usize = self.steps.iter().map(|step| step.checks.len()).sum();
        self.output.line(&closing(self.output, checks, &self.failures, took));
        Ok(holds)
    }

    fn current(&mut self) -> &mut StepTold {
        if self.steps.is_empty() {
            self.steps.push(StepTold::default());
        }
        let last = self.steps.len() - 1;
        &mut self.steps[last]
    }

    fn lines(&self, mark: &str, text: &str) {
        let width = LINE_WIDTH - INDENT.len() - mark.chars().count();
        for (number, line) in wrap(text, width).iter().enumerate() {
            let mark = if number == 0 {
                mark.to_owned()
            } else {
                " ".repeat(mark.chars().count())
            };
            let line = format!("{INDENT}{mark}{line}");
            self.output.line(&if mark.starts_with("seen") {
                self.output.faint(&line)
            } else {
                line
            });
        }
    }
}

fn cost_line(kind: &str, cost: &Cost) -> String {
    let fee = cost.fee as f64 / UNIT;
    let deposit = cost.deposit as f64 / UNIT;
    format!(
        "{INDENT}{kind:<36}{:>6}{:>12}{fee:>14.6}{deposit:>14.6}",
        cost.transactions, cost.bytes
    )
}

fn closing(output: Output, checks: usize, failures: &[String], took: Duration) -> String {
    if failures.is_empty() {
        let text = format!(
            "All {checks} expectations hold. The whole story took {}.",
            seconds(took)
        );
        return format!("\n{}", output.bold(&text));
    }
    let list: String = failures
        .iter()
        .map(|failure| format!("\n{INDENT}✗ {failure}"))
        .collect();
    format!("\n{} of {checks} expectations do not hold:{list}", failures.len())
}

/// Breaks `text` between words into lines of at most `width` characters; a longer word is a line by itself.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.len() - 1;
        let length = lines[last].chars().count();
        if length > 0 && length + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else {
            if length > 0 {
                lines[last].push(' ');
            }
            lines[last].push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("immunization", 4), ["immunization"]);
        assert_eq!(wrap("", 4), [""]);
    }
}
