//! Keys of people without a chain: made from words, brought back from them, and kept in backups.
#![allow(clippy::unwrap_used)]

mod backups;
mod phrases;

use serde_json::Value;
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};
use tempfile::TempDir;

/// A machine with a home folder.
struct Machine(TempDir);

impl Machine {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn home(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file beside the keys; returns its path.
    fn file(&self, name: &str, text: &str) -> String {
        let path = self.home().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// Runs `aegle` with JSON results and an input.
    fn run(&self, arguments: &str, input: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aegle"));
        for name in ["AEGLE_ADDRESSES", "AEGLE_AS", "AEGLE_SERVERS", "AEGLE_CA"] {
            command.env_remove(name);
        }
        command.arg("--home").arg(self.home()).arg("--json");
        command.args(arguments.split(' '));
        let piped = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = piped.spawn().unwrap();
        // Whoever refuses before it reads closes the pipe.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }

    fn done(&self, arguments: &str, input: &str) -> Value {
        let output = self.run(arguments, input);
        assert!(output.status.success(), "{arguments}: {}", failure(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn refused(&self, arguments: &str, input: &str, why: &str) {
        let output = self.run(arguments, input);
        assert!(!output.status.success(), "{arguments}");
        assert!(failure(&output).contains(why), "{arguments}: {}", failure(&output));
    }

    /// The secret in a file of the key store.
    fn secret(&self, name: &str) -> String {
        fs::read_to_string(self.home().join("keys").join(name)).unwrap()
    }

    /// Every file of the key store.
    fn key_files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.home().join("keys")).unwrap();
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }
}

fn failure(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}
