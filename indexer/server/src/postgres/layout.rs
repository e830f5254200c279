//! Where a private cluster can be: the system's Postgres, the user that it runs as, and folders that this user reaches.
use super::{ClusterError, SERVER_USER, io_error};
use std::{
    ffi::OsStr,
    fs, io,
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::{Path, PathBuf},
};

/// Longest path of a unix socket's folder: `sun_path` has 108 bytes, the socket's name and the zero need 18.
const MAX_SOCKET_FOLDER_BYTES: usize = 90;

/// The unprivileged user that the server runs as.
#[derive(Clone, Copy, Debug)]
pub(super) struct Server {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

/// Finds the folder with `pg_ctl`, `initdb` and `postgres`: from PATH, else the newest under /usr/lib/postgresql.
pub(super) fn find_binaries() -> Option<PathBuf> {
    let complete = |folder: &Path| {
        ["pg_ctl", "initdb", "postgres"]
            .iter()
            .all(|name| folder.join(name).is_file())
    };
    let path = std::env::var_os("PATH").unwrap_or_default();
    // A link in PATH points into the folder where the others are.
    let linked = std::env::split_paths(&path).filter_map(|folder| fs::canonicalize(folder.join("pg_ctl")).ok());
    if let Some(found) = linked
        .filter_map(|file| file.parent().map(Path::to_owned))
        .find(|folder| complete(folder))
    {
        return Some(found);
    }
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(|entry| {
            let entry = entry.ok()?;
            Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin")))
        })
        .collect();
    versions.sort_unstable();
    versions
        .into_iter()
        .rev()
        .map(|(_, folder)| folder)
        .find(|folder| complete(folder))
}

pub(super) fn server_user() -> Result<Server, ClusterError> {
    let users = fs::read_to_string("/etc/passwd").map_err(io_error(Path::new("/etc/passwd")))?;
    let line = users
        .lines()
        .find(|line| line.split(':').next() == Some(SERVER_USER))
        .ok_or(ClusterError::NoUser)?;
    let mut fields = line.split(':').skip(2).map(|field| field.parse().ok());
    match (fields.next().flatten(), fields.next().flatten()) {
        (Some(uid), Some(gid)) => Ok(Server { uid, gid }),
        _ => Err(ClusterError::NoUser),
    }
}

/// Lets the server's user pass through the data folder (it may not list it), and checks the folders above.
pub(super) fn make_reachable(data: &Path) -> Result<(), ClusterError> {
    const ENTER: u32 = 0o001;
    let mode = fs::metadata(data).map_err(io_error(data))?.mode();
    if mode & ENTER == 0 {
        fs::set_permissions(data, fs::Permissions::from_mode(mode & 0o7777 | ENTER)).map_err(io_error(data))?;
    }
    for folder in data.ancestors().skip(1) {
        if fs::metadata(folder).map_err(io_error(folder))?.mode() & ENTER == 0 {
            return Err(ClusterError::Unreachable {
                folder: folder.to_owned(),
            });
        }
    }
    Ok(())
}

pub(super) fn own_folder(path: &Path, owner: Option<Server>) -> Result<(), ClusterError> {
    // Never hand over what a link points to: the temporary folder is everybody's.
    if fs::symlink_metadata(path).is_ok_and(|found| !found.is_dir()) {
        return Err(io_error(path)(io::ErrorKind::NotADirectory.into()));
    }
    fs::create_dir_all(path).map_err(io_error(path))?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(io_error(path))?;
    if let Some(server) = owner {
        chown(path, Some(server.uid), Some(server.gid)).map_err(io_error(path))?;
    }
    Ok(())
}

/// Returns the socket's folder: in the data folder, or under the system's temporary one if that path is too long for a
/// socket.
pub(super) fn socket_folder(data: &Path) -> PathBuf {
    let folder = data.join("socket");
    if folder.as_os_str().len() <= MAX_SOCKET_FOLDER_BYTES {
        return folder;
    }
    std::env::temp_dir().join(format!("aegle-{:016x}", name_of(data.as_os_str())))
}

/// Returns a short stable name for a path (FNV-1a, 64 bits); nothing depends on it being hard to guess, the folder is
/// owned.
fn name_of(path: &OsStr) -> u64 {
    path.as_encoded_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_data_folder_gets_a_short_socket_folder() {
        let short = Path::new("/srv/aegle");
        let long = PathBuf::from(format!("/srv/{}", "long/".repeat(40)));
        assert_eq!(socket_folder(short), Path::new("/srv/aegle/socket"));
        assert!(socket_folder(&long).as_os_str().len() <= MAX_SOCKET_FOLDER_BYTES);
        assert_ne!(socket_folder(&long), socket_folder(&long.join("other")));
    }
}
