//! The programs that the story needs: a development chain, and an indexer with its database.

use anyhow::{Context, Result, bail};
use serde::de::DeserializeOwned;
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

/// The longest that a program may take until it listens: the first start makes a database.
const START_LIMIT: Duration = Duration::from_secs(60);
/// The longest that a program may take to end when it is asked to.
const STOP_LIMIT: Duration = Duration::from_secs(15);
/// The text that a program writes when it listens; the address follows.
const LISTENING: &str = "listening on ";
/// The part of a failed program's log that is shown, in lines.
const LOG_LINES: usize = 12;

/// A running program. It is ended when this is dropped.
pub(crate) struct Service {
    name: &'static str,
    child: Child,
    address: String,
}

impl Service {
    /// Starts the program `name` from the folder of this one, and waits until it says where it listens. What it logs
    /// goes to a file in `data`.
    pub(crate) async fn start(name: &'static str, arguments: &[&str], data: &Path) -> Result<Self> {
        let log = data.join(format!("{name}.log"));
        let mut child = Command::new(sibling(name)?)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?)
            .kill_on_drop(false)
            .spawn()
            .with_context(|| format!("{name} does not start"))?;
        let output = child.stdout.take().context("its output was asked for")?;
        let mut lines = BufReader::new(output).lines();
        let address = timeout(START_LIMIT, async {
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some((_, address)) = line.split_once(LISTENING) {
                    return Some(address.trim().to_owned());
                }
            }
            None
        });
        let Ok(Some(address)) = address.await else {
            let mut service = Self {
                name,
                child,
                address: String::new(),
            };
            service.stop().await;
            bail!("{name} did not start; the end of its log:\n{}", end_of(&log));
        };
        // The pipe must not fill up.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { name, child, address })
    }

    /// Returns the address on which it listens, with its scheme.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Asks it to end, and waits until it has.
    pub(crate) async fn stop(&mut self) {
        self.ask_to_end();
        if timeout(STOP_LIMIT, self.child.wait()).await.is_err() {
            eprintln!("{} does not end by itself; it is stopped", self.name);
            let _ = self.child.kill().await;
        }
    }

    fn ask_to_end(&self) {
        let process = self
            .child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(rustix::process::Pid::from_raw);
        if let Some(process) = process {
            // It may have ended by itself.
            let _ = rustix::process::kill_process(process, rustix::process::Signal::TERM);
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // A program that was not stopped in good order gets the chance to stop what it started itself.
        self.ask_to_end();
    }
}

/// Runs a program to its end, and reads the JSON that it writes.
pub(crate) async fn json<T: DeserializeOwned>(name: &'static str, arguments: &[&str]) -> Result<T> {
    let running = Command::new(sibling(name)?).args(arguments).kill_on_drop(true).output();
    let output = timeout(START_LIMIT, running)
        .await
        .with_context(|| format!("{name} does not end"))??;
    if !output.status.success() {
        bail!("{name} failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    serde_json::from_slice(&output.stdout).with_context(|| format!("{name} does not write what it should"))
}

fn sibling(name: &str) -> Result<PathBuf> {
    let program = std::env::current_exe()?.with_file_name(name);
    if !program.exists() {
        bail!(
            "{} is missing: build it with `cargo build -p {name}`",
            program.display()
        );
    }
    Ok(program)
}

fn end_of(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
}
