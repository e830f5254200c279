//! Secrets of this indexer's own, each 32 bytes in a file. None of them opens a record.
use std::{
    fs::{self, File},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// A reason why a secret file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretFileError {
    /// The file cannot be read or written.
    #[error("cannot use the key {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The file does not hold 32 bytes.
    #[error("{} does not hold a key", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
    },
    /// The system gives no randomness.
    #[error("the system gives no randomness")]
    Randomness,
}

/// Reads the secret of 32 bytes in a file, or draws one, into a file that only its owner can read, if there is none.
pub(crate) fn open(path: &Path) -> Result<Zeroizing<[u8; 32]>, SecretFileError> {
    let failed = |source| SecretFileError::Io {
        path: path.to_owned(),
        source,
    };
    match fs::read(path).map(Zeroizing::new) {
        Ok(bytes) => {
            let secret = bytes
                .as_slice()
                .try_into()
                .map_err(|_| SecretFileError::Malformed { path: path.to_owned() })?;
            Ok(Zeroizing::new(secret))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut secret = Zeroizing::new([0; 32]);
            getrandom::fill(secret.as_mut()).map_err(|_| SecretFileError::Randomness)?;
            write_once(path, secret.as_ref()).map_err(failed)?;
            Ok(secret)
        }
        Err(error) => Err(failed(error)),
    }
}

/// Writes a file that is there as a whole or not at all, and that nobody else can read at any moment.
fn write_once(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let staged = path.with_extension("key.new");
    match fs::remove_file(&staged) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(&staged)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&staged, path)?;
    File::open(folder_of(path))?.sync_all()
}

/// The folder of a file; that of the program for a bare name, whose parent is empty.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}
