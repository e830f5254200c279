//! The command line on a chain, without an indexer: founding by several members, and what people do on chain alone.
#![allow(clippy::unwrap_used)]

mod care;
mod deploying;
mod keeping;
mod people;
mod years;

use aegle_devchain::{Devchain, Options};
use serde_json::Value;
use std::{
    path::Path,
    process::{Command, Output},
    time::Duration,
};
use tempfile::TempDir;

const DAY: Duration = Duration::from_secs(86_400);

/// A chain, and the folder of one who uses it.
struct Place {
    devchain: Devchain,
    home: TempDir,
}

impl Place {
    async fn new() -> Self {
        Self {
            devchain: Devchain::start(Options::default()).await.unwrap(),
            home: tempfile::tempdir().unwrap(),
        }
    }

    /// What the program says; `arguments` are parted by spaces.
    fn run(&self, arguments: &str) -> Said {
        self.run_in(self.home.path(), arguments)
    }

    /// [`Self::run`] with another home folder.
    fn run_in(&self, home: &Path, arguments: &str) -> Said {
        let words: Vec<&str> = arguments.split(' ').collect();
        self.run_with(home, &words)
    }

    fn run_with(&self, home: &Path, arguments: &[&str]) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aegle"));
        // What the tester's own environment says must not matter.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("AEGLE_") {
                command.env_remove(name);
            }
        }
        command.env("AEGLE_CHAIN_URL", self.devchain.ws_url());
        let output = command
            .arg("--json")
            .arg("--home")
            .arg(home)
            .args(arguments)
            .output()
            .unwrap();
        Said {
            arguments: arguments.join(" "),
            output,
        }
    }

    /// Lets time pass on the chain.
    async fn wait(&self, by: Duration) {
        self.devchain.advance(by).await.unwrap();
        self.devchain.seal_block().await.unwrap();
    }

    /// Lets Alice, who is the whole committee, admit an organisation; returns its number.
    fn admit(&self, admin: &str) -> Value {
        let admit = format!("--development Alice consortium admit --admin {}", ss58(admin));
        self.run(&admit).ok()["organisation"].clone()
    }

    /// Makes keys for somebody, with funds; returns the account.
    fn person(&self, name: &str, role: &str) -> String {
        let account = self.run(&format!("--as {name} keys new --role {role}")).ok()["account"].clone();
        let account = account.as_str().unwrap().to_owned();
        self.run(&format!("--development Alice keys fund {account} 1000000000000000"))
            .ok();
        account
    }
}

/// What the program said.
struct Said {
    arguments: String,
    output: Output,
}

impl Said {
    /// The answer of a command that must succeed.
    fn ok(&self) -> Value {
        self.ends_with(0);
        serde_json::from_slice(&self.output.stdout)
            .unwrap_or_else(|error| panic!("{}: {error}: {}", self.arguments, self.text()))
    }

    /// The error of a command that must end with this code.
    fn error(&self, code: i32) -> String {
        self.ends_with(code);
        let error: Value = serde_json::from_slice(&self.output.stderr)
            .unwrap_or_else(|error| panic!("{}: {error}: {}", self.arguments, self.text()));
        error["error"].as_str().unwrap().to_owned()
    }

    fn ends_with(&self, code: i32) {
        assert_eq!(
            self.output.status.code(),
            Some(code),
            "{}: {}",
            self.arguments,
            self.text()
        );
    }

    fn text(&self) -> String {
        let (result, error) = (&self.output.stdout, &self.output.stderr);
        format!("{}{}", String::from_utf8_lossy(result), String::from_utf8_lossy(error))
    }
}

/// The development account of a name, in SS58.
fn ss58(name: &str) -> String {
    aegle_client::address::ss58(&aegle_client::account::AccountKey::development(name).account())
}
