//! A private Postgres cluster, for whoever has no `DATABASE_URL`.
//!
//! It is made from the binaries that the system has, lives in the indexer's data folder, and listens on a unix socket
//! in a folder that only its own user may enter; there is no TCP port and so no password. Postgres refuses to run as
//! root: then it runs as the user `postgres`, which needs to reach the data folder.
use super::{
    ClusterError, io_error,
    layout::{Server, find_binaries, make_reachable, own_folder, server_user, socket_folder},
    postmaster::{self, Leftover},
};
use rustix::process::geteuid;
use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::Duration,
};

/// The role and the database that the indexer uses.
const ROLE: &str = "aegle";
/// The longest that the server may take to start or to stop, in seconds.
const SERVER_TIMEOUT_SECONDS: u32 = 60;
/// The number of attempts to start the server while it says that an earlier one is still in use, and the pause between.
const LAUNCH_ATTEMPTS: u32 = 20;
const LAUNCH_PAUSE: Duration = Duration::from_millis(250);
/// The text of the server's message then.
const STILL_IN_USE: &str = "still in use";
/// Connections that the server accepts.
const MAX_CONNECTIONS: u32 = 64;

/// A running private cluster. Dropping it stops the server.
#[derive(Debug)]
pub struct Cluster {
    binaries: PathBuf,
    folder: PathBuf,
    socket: PathBuf,
    run_as: Option<Server>,
    running: bool,
}

impl Cluster {
    /// Starts the cluster in `data/postgres`, and makes it first if there is none.
    ///
    /// A server that a killed indexer left behind is stopped first, so the caller must hold the data folder's lock.
    ///
    /// # Errors
    /// [`ClusterError`]: no binaries, no unprivileged user, an unreachable folder, or what Postgres said.
    pub fn start(data: &Path) -> Result<Self, ClusterError> {
        let binaries = find_binaries().ok_or(ClusterError::NoBinaries)?;
        let data = fs::canonicalize(data).map_err(io_error(data))?;
        let run_as = if geteuid().is_root() {
            Some(server_user()?)
        } else {
            None
        };
        let folder = data.join("postgres");
        let socket = socket_folder(&data);
        if run_as.is_some() {
            make_reachable(&data)?;
        }
        for path in [&folder, &socket] {
            own_folder(path, run_as)?;
        }
        let mut cluster = Self {
            binaries,
            folder,
            socket,
            run_as,
            running: false,
        };
        if !cluster.folder.join("PG_VERSION").exists() {
            cluster.initialise()?;
        }
        cluster.clear_leftover()?;
        cluster.launch()?;
        Ok(cluster)
    }

    /// Returns the connection settings of the cluster's maintenance database.
    pub fn config(&self) -> tokio_postgres::Config {
        connection(&self.socket)
    }

    /// Returns the connection settings of the cluster of a data folder, if another process runs it now.
    ///
    /// # Errors
    /// [`ClusterError::Io`] if the folder cannot be read.
    pub fn running(data: &Path) -> Result<Option<tokio_postgres::Config>, ClusterError> {
        let Ok(data) = fs::canonicalize(data) else {
            return Ok(None);
        };
        let folder = data.join("postgres");
        let leftover = postmaster::leftover(&folder).map_err(io_error(&folder))?;
        Ok((leftover == Leftover::Running).then(|| connection(&socket_folder(&data))))
    }

    /// Returns the folder of the cluster's socket, which is its only way in.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Stops the server: open transactions are rolled back, everything committed is on disk.
    ///
    /// # Errors
    /// [`ClusterError::Program`] if the server did not stop in time.
    pub fn stop(&mut self) -> Result<(), ClusterError> {
        if !self.running {
            return Ok(());
        }
        self.running = false;
        self.control(&["stop", "-m", "fast", "-w"])
    }

    /// Returns whether the server runs, as far as its lock file and its process tell.
    ///
    /// # Errors
    /// [`ClusterError::Io`] if the folder cannot be read.
    pub(super) fn is_running(&self) -> Result<bool, ClusterError> {
        let leftover = postmaster::leftover(&self.folder).map_err(io_error(&self.folder))?;
        Ok(leftover == Leftover::Running)
    }

    /// Ends whatever is left of the server, frozen processes included, and starts it again: what was committed is on disk.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub(super) fn restart(&mut self) -> Result<(), ClusterError> {
        postmaster::kill_all(&self.folder)?;
        self.clear_leftover()?;
        self.launch()
    }

    fn initialise(&self) -> Result<(), ClusterError> {
        let arguments = [
            "--username",
            ROLE,
            "--auth-local=trust",
            "--auth-host=reject",
            "--encoding=UTF8",
            "--locale=C",
            "--data-checksums",
            "--pgdata",
        ];
        let output = self.command("initdb").args(arguments).arg(&self.folder).output();
        expect_success("initdb", output, &self.binaries)
    }

    fn clear_leftover(&self) -> Result<(), ClusterError> {
        let file = self.folder.join("postmaster.pid");
        let leftover = || postmaster::leftover(&self.folder).map_err(io_error(&file));
        if leftover()? == Leftover::Running {
            tracing::warn!("stopping the database server that an earlier run left behind");
            let stopped = self.control(&["stop", "-m", "fast", "-w"]);
            // It may have died by itself meanwhile; then there is only its lock file to remove.
            if leftover()? == Leftover::Running {
                stopped?;
            }
        }
        if leftover()? == Leftover::Stale {
            tracing::warn!("removing the lock files of a database server that is gone");
            fs::remove_file(&file).map_err(io_error(&file))?;
            self.clear_socket()?;
        }
        Ok(())
    }

    /// Removes the socket and its lock file, which Postgres trusts as long as any process has that number: where nobody
    /// collects dead processes, for ever. The folder is this cluster's alone.
    fn clear_socket(&self) -> Result<(), ClusterError> {
        for entry in fs::read_dir(&self.socket).map_err(io_error(&self.socket))? {
            let path = entry.map_err(io_error(&self.socket))?.path();
            fs::remove_file(&path).map_err(io_error(&path))?;
        }
        Ok(())
    }

    fn launch(&mut self) -> Result<(), ClusterError> {
        // The children of a server that was killed may live on for a moment, and nobody may start beside them.
        for _ in 1..LAUNCH_ATTEMPTS {
            match self.launch_once() {
                Err(error) if error.to_string().contains(STILL_IN_USE) => std::thread::sleep(LAUNCH_PAUSE),
                outcome => return outcome,
            }
        }
        self.launch_once()
    }

    fn launch_once(&mut self) -> Result<(), ClusterError> {
        let settings = format!(
            "-c listen_addresses='' -c unix_socket_directories='{}' -c unix_socket_permissions=0700 \
             -c max_connections={MAX_CONNECTIONS} -c wal_recycle=off -c min_wal_size=32MB",
            self.socket.display()
        );
        let log = self.folder.join("server.log");
        let started = self.control(&["start", "-w", "-o", &settings, "-l", &log.to_string_lossy()]);
        self.running = started.is_ok();
        started.map_err(|error| match error {
            ClusterError::Program { program, message } => {
                let log = fs::read_to_string(&log).unwrap_or_default();
                ClusterError::Program {
                    program,
                    message: format!("{message}; {}", last_lines(&log)),
                }
            }
            other => other,
        })
    }

    fn control(&self, arguments: &[&str]) -> Result<(), ClusterError> {
        let timeout = SERVER_TIMEOUT_SECONDS.to_string();
        let mut command = self.command("pg_ctl");
        command
            .args(arguments)
            .args(["-t", &timeout, "-s", "-D"])
            .arg(&self.folder);
        command.stdin(Stdio::null());
        if arguments.first() == Some(&"start") {
            // The server inherits these descriptors: a pipe would never close. What it says is in its log.
            command.stdout(Stdio::null()).stderr(Stdio::null());
            let status = command.status().map_err(io_error(&self.binaries))?;
            let failed = || ClusterError::Program {
                program: "pg_ctl",
                message: status.to_string(),
            };
            return if status.success() { Ok(()) } else { Err(failed()) };
        }
        expect_success("pg_ctl", command.output(), &self.binaries)
    }

    fn command(&self, program: &str) -> Command {
        let path = self.binaries.join(program);
        let mut command = match self.run_as {
            None => Command::new(path),
            Some(server) => {
                let mut command = Command::new("setpriv");
                command
                    .arg(format!("--reuid={}", server.uid))
                    .arg(format!("--regid={}", server.gid));
                command.args(["--init-groups", "--"]).arg(path);
                command
            }
        };
        // The server's user may not be allowed into the caller's working folder.
        command.current_dir("/").env_remove("PGDATA").env("LC_ALL", "C");
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            tracing::error!(%error, "the private database server did not stop");
        }
    }
}

fn connection(socket: &Path) -> tokio_postgres::Config {
    let mut config = tokio_postgres::Config::new();
    config.host_path(socket).user(ROLE).dbname("postgres");
    config
}

fn expect_success(program: &'static str, output: io::Result<Output>, path: &Path) -> Result<(), ClusterError> {
    let output = output.map_err(io_error(path))?;
    if output.status.success() {
        return Ok(());
    }
    let said = last_lines(&String::from_utf8_lossy(&output.stderr));
    Err(ClusterError::Program {
        program,
        message: if said.is_empty() {
            output.status.to_string()
        } else {
            said
        },
    })
}

fn last_lines(text: &str) -> String {
    const LINES: usize = 4;
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(LINES)..].join("; ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_last_lines_are_kept() {
        assert_eq!(last_lines("a\n\nb\nc\nd\ne\n"), "b; c; d; e");
        assert_eq!(last_lines(""), "");
    }
}
