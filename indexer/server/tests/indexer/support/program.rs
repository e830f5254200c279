//! The program itself, as its operator starts it: it can be frozen, killed, and given a disk of its own.
use super::{
    caller::{Caller, answer},
    database::TestDatabase,
    world::World,
};
use aegle_client::account::AccountKey;
use aegle_indexer::config::Database;
use aegle_protocol::{request::Audience, wire::Status};
use std::{
    ffi::OsStr,
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
};

/// Sends a signal to a process, by its name without `SIG`.
pub(crate) fn signal(name: &str, process: &str) {
    let sent = Command::new("kill").args(["-s", name, process]).status().unwrap();
    assert!(sent.success());
}

/// A running program. It does not outlive its test.
pub(crate) struct Program {
    pub(crate) child: Child,
    pub(crate) url: String,
}

/// What a program that ended by itself has left.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) said: String,
}

impl Program {
    /// Starts an indexer of a world on a database, and waits until it listens.
    pub(crate) fn start(world: &World, database: &TestDatabase, data: &Path) -> Self {
        Self::try_start(world, database, data).expect("it listens")
    }

    /// Starts an indexer that relays calls, which the account with the seed in a file pays.
    pub(crate) fn start_relaying(world: &World, database: &TestDatabase, data: &Path, key: &Path) -> Self {
        let mut command = command("run", world, database, data);
        command.arg("--relayer-key").arg(key);
        Self::started(command).expect("it listens")
    }

    /// Starts an indexer that relays calls in a folder, which has its data and, by a bare name, the seed of the account that pays.
    pub(crate) fn start_relaying_in(world: &World, database: &TestDatabase, folder: &Path, key: &Path) -> Self {
        let mut command = command("run", world, database, Path::new("."));
        command.current_dir(folder).arg("--relayer-key").arg(key);
        Self::started(command).expect("it listens")
    }

    /// Starts a proxy by itself on a database, and waits until it listens.
    pub(crate) fn start_proxy(world: &World, database: &TestDatabase, data: &Path) -> Self {
        Self::started(command("proxy", world, database, data)).expect("it listens")
    }

    /// Starts an indexer; `None` if it ends instead.
    pub(crate) fn try_start(world: &World, database: &TestDatabase, data: &Path) -> Option<Self> {
        Self::started(command("run", world, database, data))
    }

    /// Starts an indexer that sees a disk of its own in its data folder.
    pub(crate) fn on_disk(world: &World, database: &TestDatabase, data: &Path, disk: &Disk) -> Self {
        Self::started(disk.seen_by(&command("run", world, database, data))).expect("it listens")
    }

    fn started(mut command: Command) -> Option<Self> {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let Some(url) = line.strip_prefix("listening on ") else {
            assert!(!child.wait().unwrap().success());
            return None;
        };
        Some(Self {
            child,
            url: url.trim().to_owned(),
        })
    }

    /// Runs an indexer that should refuse to start.
    pub(crate) fn refused(world: &World, database: &TestDatabase, data: &Path) -> Ended {
        let output = command("run", world, database, data).output().unwrap();
        Ended {
            status: output.status,
            said: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Sends a signal, by its name without `SIG`.
    pub(crate) fn signal(&self, name: &str) {
        signal(name, &self.child.id().to_string());
    }

    /// Returns an account in front of the program.
    pub(crate) async fn caller<'a>(&self, world: &'a World, key: &'a AccountKey) -> Caller<'a> {
        let status: Status = answer(world.http.get(format!("{}/v1/status", self.url))).await.json();
        Caller {
            http: &world.http,
            url: self.url.clone(),
            audience: Audience {
                deployment: world.deployment,
                server: status.proxy.account,
            },
            key,
        }
    }

    /// Kills the program, which has no chance to say anything.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Stops the program as its operator does.
    pub(crate) fn stop(mut self) {
        self.signal("TERM");
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It has ended already, unless the test failed.
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

fn command(mode: &str, world: &World, database: &TestDatabase, data: &Path) -> Command {
    let Database::Url(url) = database.database() else {
        unreachable!()
    };
    let contracts = &world.contracts;
    let mut command = Command::new(env!("CARGO_BIN_EXE_aegle-indexer"));
    command
        .arg(mode)
        .arg("--data")
        .arg(data)
        .args(["--chain-url", &world.chain_url, "--listen", "127.0.0.1:0"])
        .args(["--consortium", &contracts.consortium.to_string()])
        .args(["--consent", &contracts.consent.to_string()])
        .args(["--ledger", &contracts.ledger.to_string()])
        .args(["--first-block", &world.first_block.to_string()])
        .args(
            database
                .key_folders()
                .iter()
                .flat_map(|folder| [OsStr::new("--erasure-keys"), folder.as_os_str()]),
        )
        .env("DATABASE_URL", url)
        .env("RUST_LOG", std::env::var("RUST_LOG").unwrap_or_else(|_| "off".into()));
    command
}

/// A small disk that is seen by nobody but the programs that are put before it. It is gone with this.
pub(crate) struct Disk {
    holder: Child,
    is_root: bool,
    path: PathBuf,
}

impl Disk {
    /// Makes a disk of so many kilobytes at a folder.
    pub(crate) fn at(path: PathBuf, kilobytes: u32) -> Self {
        fs::create_dir_all(&path).unwrap();
        let is_root = fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0);
        let mut holder = Command::new("unshare")
            .args([if is_root { "-m" } else { "-rm" }, "sh", "-c"])
            .arg(format!(
                "mount -t tmpfs -o size={kilobytes}k tmpfs \"$0\" && echo made && exec sleep 86400"
            ))
            .arg(&path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(holder.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert_eq!(line, "made\n", "these tests need the right to mount");
        Self { holder, is_root, path }
    }

    /// Returns a command that runs before the disk.
    pub(crate) fn seen_by(&self, program: &Command) -> Command {
        let mut wrapped = Command::new("nsenter");
        let holder = self.holder.id().to_string();
        let spaces: &[&str] = if self.is_root { &["-m"] } else { &["-m", "-U"] };
        wrapped
            .args(["-t", &holder, "--preserve-credentials"])
            .args(spaces)
            .arg("--");
        wrapped.arg(program.get_program()).args(program.get_args());
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => wrapped.env(name, value),
                None => wrapped.env_remove(name),
            };
        }
        wrapped
    }

    /// The disk, as it is reached from outside.
    pub(crate) fn root(&self) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.holder.id()));
        root.join(self.path.strip_prefix("/").unwrap())
    }

    /// Fills it to the last byte; gives the file to delete.
    pub(crate) fn fill(&self) -> PathBuf {
        let path = self.root().join("filler");
        let mut filler = fs::File::create(&path).unwrap();
        let piece = [0; 4_096];
        while filler.write_all(&piece).is_ok() {}
        while filler.write_all(&piece[..1]).is_ok() {}
        path
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}
