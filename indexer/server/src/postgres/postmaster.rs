//! What an earlier run of the private cluster left behind.
use super::{ClusterError, io_error};
use rustix::process::{Pid, Signal, kill_process};
use std::{fs, io, path::Path, time::Duration};

/// The number of looks for processes that were killed and are still there, and the pause between.
const KILL_ATTEMPTS: u32 = 100;
const KILL_PAUSE: Duration = Duration::from_millis(50);

/// The state that `postmaster.pid` in a cluster's folder stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leftover {
    /// There is no such file: the last server stopped properly, or there was none.
    None,
    /// The server is gone: its number is free, or belongs to some other process now.
    Stale,
    /// The server still runs, in this folder.
    Running,
}

/// Reads `postmaster.pid`. Postgres itself trusts any live process with that number, which after a restart of a
/// machine or a container may be another one; so the process must also work in the cluster's folder.
pub(super) fn leftover(folder: &Path) -> io::Result<Leftover> {
    let text = match fs::read_to_string(folder.join("postmaster.pid")) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Leftover::None),
        Err(error) => return Err(error),
    };
    let Some(process) = text.lines().next().and_then(|line| line.trim().parse::<u32>().ok()) else {
        return Ok(Leftover::Stale);
    };
    if !Path::new("/proc/self").exists() {
        // Without /proc there is no way to tell; Postgres's own check decides.
        return Ok(Leftover::None);
    }
    let works_in = fs::read_link(format!("/proc/{process}/cwd")).ok();
    Ok(if works_in.as_deref() == Some(folder) {
        Leftover::Running
    } else {
        Leftover::Stale
    })
}

/// Kills every process that works in the cluster's folder, which are its server's alone, and waits until they are gone.
pub(super) fn kill_all(folder: &Path) -> Result<(), ClusterError> {
    for _ in 0..KILL_ATTEMPTS {
        let processes = processes(folder).map_err(io_error(Path::new("/proc")))?;
        if processes.is_empty() {
            return Ok(());
        }
        for process in processes {
            // It may have ended in between.
            let _ = kill_process(process, Signal::KILL);
        }
        std::thread::sleep(KILL_PAUSE);
    }
    Err(ClusterError::Endless)
}

fn processes(folder: &Path) -> io::Result<Vec<Pid>> {
    if !Path::new("/proc/self").exists() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let entry = entry?;
        let process = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
            .and_then(Pid::from_raw);
        let works_in = fs::read_link(entry.path().join("cwd")).ok();
        found.extend(process.filter(|_| works_in.as_deref() == Some(folder)));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_lock_file_is_stale_unless_its_process_works_in_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        assert_eq!(leftover(folder).unwrap(), Leftover::None);
        for (text, expected) in [
            ("", Leftover::Stale),
            ("not a number\n", Leftover::Stale),
            ("4294967295\n/nowhere\n", Leftover::Stale),
            (&*format!("{}\n", std::process::id()), Leftover::Stale),
        ] {
            fs::write(folder.join("postmaster.pid"), text).unwrap();
            assert_eq!(leftover(folder).unwrap(), expected, "{text:?}");
        }
        let here = std::env::current_dir().unwrap();
        let mut other = std::process::Command::new("sleep")
            .arg("60")
            .current_dir(folder)
            .spawn()
            .unwrap();
        fs::write(folder.join("postmaster.pid"), format!("{}\n", other.id())).unwrap();
        let folder = folder.canonicalize().unwrap();
        assert_eq!(leftover(&folder).unwrap(), Leftover::Running);
        // A process that was killed has no folder any more, also before anybody collects it.
        kill_all(&folder).unwrap();
        assert_eq!(leftover(&folder).unwrap(), Leftover::Stale);
        assert!(!other.wait().unwrap().success());
        assert_ne!(here, folder);
    }
}
