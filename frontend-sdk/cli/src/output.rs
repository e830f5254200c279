//! What a person sees: results on standard output, progress on standard error.

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::{
    io::{self, IsTerminal, Write},
    time::{Duration, Instant},
};

/// The interval at which a progress bar is drawn anew.
const TICK: Duration = Duration::from_millis(100);
/// The interval of lines about long work when there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// The destination of results, and their form.
#[derive(Clone, Copy)]
pub(crate) struct Output {
    json: bool,
    terminal: bool,
    color: bool,
}

impl Output {
    /// Writes results as JSON, or for a person.
    pub(crate) fn new(json: bool) -> Self {
        let color = !json && io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self {
            json,
            terminal: io::stderr().is_terminal(),
            color,
        }
    }

    /// Returns whether results are JSON.
    pub(crate) fn is_json(self) -> bool {
        self.json
    }

    /// Writes a result: as one line of JSON, or as `text`.
    pub(crate) fn result(self, value: &impl Serialize, text: impl FnOnce() -> String) -> io::Result<()> {
        let line = if self.json {
            serde_json::to_string(value)?
        } else {
            text()
        };
        writeln!(io::stdout().lock(), "{line}")
    }

    /// Writes a line for a person; nothing when results are JSON.
    pub(crate) fn line(self, text: &str) {
        if !self.json {
            // A closed pipe is no reason to stop what is being done.
            let _ = writeln!(io::stdout().lock(), "{text}");
        }
    }

    /// Writes a line for a person beside the result; nothing when results are JSON, which say it themselves.
    pub(crate) fn note(self, text: &str) {
        if !self.json {
            let _ = writeln!(io::stderr().lock(), "{text}");
        }
    }

    /// Marks `text` as bold where the terminal can show that.
    pub(crate) fn bold(self, text: &str) -> String {
        if self.color {
            format!("\u{1b}[1m{text}\u{1b}[0m")
        } else {
            text.into()
        }
    }

    /// Marks `text` as faint where the terminal can show that.
    pub(crate) fn faint(self, text: &str) -> String {
        if self.color {
            format!("\u{1b}[2m{text}\u{1b}[0m")
        } else {
            text.into()
        }
    }

    /// Shows the progress of work of `total` steps; 0 when it is not known how many.
    pub(crate) fn progress(self, what: &str, total: u64) -> Progress {
        self.measured(what, total, Unit::Steps)
    }

    /// Shows the progress of reading `total` bytes; 0 when it is not known how many.
    pub(crate) fn progress_bytes(self, what: &str, total: u64) -> Progress {
        self.measured(what, total, Unit::Bytes)
    }

    fn measured(self, what: &str, total: u64, unit: Unit) -> Progress {
        let bar = if self.terminal {
            let template = match (total, unit) {
                (0, _) => "  {spinner} {msg} ({elapsed})",
                (_, Unit::Steps) => "  {spinner} {msg} [{bar:24}] {pos}/{len} ({elapsed})",
                (_, Unit::Bytes) => "  {spinner} [{bar:24}] {bytes}/{total_bytes}, {eta} left; {msg}",
            };
            let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
            let bar = ProgressBar::new(total)
                .with_style(style.progress_chars("=> "))
                .with_message(what.to_owned());
            bar.enable_steady_tick(TICK);
            Some(bar)
        } else {
            None
        };
        Progress {
            bar,
            what: what.into(),
            total,
            done: 0,
            unit,
            began: Instant::now(),
            last_line: Instant::now(),
        }
    }
}

/// What progress is counted in.
#[derive(Clone, Copy)]
enum Unit {
    Steps,
    Bytes,
}

/// Progress of one piece of work: a bar on a terminal, now and then a line elsewhere.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    what: String,
    total: u64,
    done: u64,
    unit: Unit,
    began: Instant,
    last_line: Instant,
}

impl Progress {
    /// Counts `steps` more as done.
    pub(crate) fn advance(&mut self, steps: u64) {
        self.done += steps;
        match &self.bar {
            Some(bar) => bar.inc(steps),
            None if self.last_line.elapsed() >= LINE_EVERY => {
                self.last_line = Instant::now();
                let _ = writeln!(
                    io::stderr().lock(),
                    "  ... {}: {} of {}",
                    self.what,
                    self.done,
                    self.total
                );
            }
            None => {}
        }
    }

    /// Says that `done` is reached, and what is being done.
    pub(crate) fn reach(&mut self, done: u64, what: &mut dyn FnMut() -> String) {
        self.done = done;
        match &self.bar {
            Some(bar) => {
                bar.set_position(done);
                bar.set_message(what());
            }
            None if self.last_line.elapsed() >= LINE_EVERY => {
                self.last_line = Instant::now();
                let of = match (self.unit, self.total) {
                    (_, 0) => String::new(),
                    (Unit::Bytes, total) => format!("{} of {}, {}", bytes(done), bytes(total), self.time_left()),
                    (Unit::Steps, total) => format!("{done} of {total}, {}", self.time_left()),
                };
                let _ = writeln!(io::stderr().lock(), "  ... {of}{}", what());
            }
            None => {}
        }
    }

    /// The time left, if the rest goes on as it has gone until now.
    fn time_left(&self) -> String {
        if self.done == 0 {
            return String::new();
        }
        let rest = self.total.saturating_sub(self.done) as f64 / self.done as f64;
        let left = self.began.elapsed().mul_f64(rest.clamp(0.0, 1e6));
        format!("about {} left; ", seconds(left))
    }

    /// Returns the time since the work began.
    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Formats a duration in milliseconds, or in seconds from one second on.
pub(crate) fn seconds(duration: Duration) -> String {
    match duration.as_millis() {
        milliseconds @ 0..1_000 => format!("{milliseconds} ms"),
        _ => format!("{:.1} s", duration.as_secs_f64()),
    }
}

/// Formats a number of bytes in bytes, kB or MB.
pub(crate) fn bytes(count: u64) -> String {
    match count {
        0..10_000 => format!("{count} bytes"),
        10_000..10_000_000 => format!("{} kB", count / 1_000),
        _ => format!("{:.1} MB", count as f64 / 1e6),
    }
}

/// Formats a number with its noun: `1 record`, `2 records`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}
