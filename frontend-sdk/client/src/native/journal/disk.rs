//! Files and folders that their owner alone reads, and that are on disk for good.

use super::error::JournalError;
use std::{fs, io, path::Path};

pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> JournalError {
    let path = path.to_owned();
    |source| JournalError::File { path, source }
}

pub(super) fn make_folder(folder: &Path) -> Result<(), JournalError> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .and_then(|()| fs::set_permissions(folder, fs::Permissions::from_mode(0o700)))
        .map_err(at(folder))
}

/// Brings to disk which files a folder has.
pub(super) fn synced(folder: &Path) -> Result<(), JournalError> {
    let opened = fs::File::open(folder).map_err(at(folder))?;
    opened.sync_all().map_err(at(folder))
}

/// Lets its owner alone read a file.
pub(super) fn private(path: &Path) -> Result<(), JournalError> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(at(path))
}
