//! One file of places, behind a header.

use super::{
    ErasureKeyError,
    header::{Found, HEADER_BYTES, Header},
    place::{PLACE_BYTES, StoredKey},
};
use std::{
    fs::{self, File, TryLockError},
    io,
    os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use zeroize::Zeroizing;

/// How long somebody else may be at work on a replica.
const LOCK_PATIENCE: Duration = Duration::from_secs(10);
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// A replica.
pub(super) struct Replica {
    file: File,
    path: PathBuf,
}

impl Replica {
    /// Opens the replica in a folder; `None` if it holds none.
    pub(super) fn open(folder: &Path) -> Result<Option<Self>, ErasureKeyError> {
        let path = folder.join("keys");
        match File::options().read(true).write(true).open(&path) {
            Ok(file) => Ok(Some(Self { file, path })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(ErasureKeyError::Io { path, source }),
        }
    }

    /// Makes a replica without a header, and its folder if it is not there: for their owner alone.
    pub(super) fn make(folder: &Path) -> Result<Self, ErasureKeyError> {
        let path = folder.join("keys");
        let failed = |source| ErasureKeyError::Io {
            path: path.clone(),
            source,
        };
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(failed)?;
        let made = File::options()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path);
        let file = made.map_err(failed)?;
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(failed)?;
        Ok(Self { file, path })
    }

    /// Returns the file's path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns what makes it the same file as another one: its device and its number there.
    pub(super) fn identity(&self) -> Result<(u64, u64), ErasureKeyError> {
        let metadata = self.file.metadata().map_err(|source| self.failed(source))?;
        Ok((metadata.dev(), metadata.ino()))
    }

    /// Keeps every other process out, until [`Self::unlock`] or the end of this one.
    pub(super) fn lock(&self) -> Result<(), ErasureKeyError> {
        let begun = Instant::now();
        loop {
            match self.file.try_lock() {
                Ok(()) => return Ok(()),
                Err(TryLockError::WouldBlock) if begun.elapsed() < LOCK_PATIENCE => std::thread::sleep(LOCK_PAUSE),
                Err(TryLockError::WouldBlock) => {
                    return Err(ErasureKeyError::Busy {
                        path: self.path.clone(),
                    });
                }
                Err(TryLockError::Error(source)) => return Err(self.failed(source)),
            }
        }
    }

    /// Lets others in.
    pub(super) fn unlock(&self) {
        if let Err(error) = self.file.unlock() {
            tracing::warn!(%error, path = %self.path.display(), "a replica of the erasure keys stays locked");
        }
    }

    /// Reads the header.
    pub(super) fn header(&self) -> Result<Found, ErasureKeyError> {
        let mut bytes = [0; HEADER_BYTES];
        match self.file.read_exact_at(&mut bytes, 0) {
            Ok(()) => Ok(Header::decode(&bytes)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => match self.length()? {
                0 => Ok(Found::Nothing),
                _ => Ok(Found::Foreign),
            },
            Err(source) => Err(self.failed(source)),
        }
    }

    /// Writes the header, durably.
    pub(super) fn write_header(&self, header: &Header) -> Result<(), ErasureKeyError> {
        let written = self.file.write_all_at(&header.encode(), 0);
        written.map_err(|source| self.failed(source))?;
        self.sync()
    }

    /// Returns the number of places. One that a crash has cut off was handed to nobody, and counts as unused.
    pub(super) fn places(&self) -> Result<u64, ErasureKeyError> {
        let bytes = self.length()?.saturating_sub(HEADER_BYTES as u64);
        Ok(bytes.div_ceil(PLACE_BYTES as u64))
    }

    /// Reads a place; `None` when it is damaged. One beyond the end is unused.
    pub(super) fn read(&self, number: u64) -> Result<Option<StoredKey>, ErasureKeyError> {
        let mut bytes = Zeroizing::new([0; PLACE_BYTES]);
        match self.file.read_exact_at(bytes.as_mut(), offset(number)) {
            Ok(()) => Ok(StoredKey::decode(number, &bytes)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Ok(StoredKey::decode(number, &[0; PLACE_BYTES]))
            }
            Err(source) => Err(self.failed(source)),
        }
    }

    /// Writes what a place holds, where it lies in the file.
    pub(super) fn write(&self, number: u64, stored: &StoredKey) -> Result<(), ErasureKeyError> {
        let bytes = stored.encode(number);
        let written = self.file.write_all_at(bytes.as_ref(), offset(number));
        written.map_err(|source| self.failed(source))
    }

    /// Waits until the disk has what was written.
    pub(super) fn sync(&self) -> Result<(), ErasureKeyError> {
        self.file.sync_data().map_err(|source| self.failed(source))
    }

    fn length(&self) -> Result<u64, ErasureKeyError> {
        Ok(self.file.metadata().map_err(|source| self.failed(source))?.len())
    }

    fn failed(&self, source: io::Error) -> ErasureKeyError {
        ErasureKeyError::Io {
            path: self.path.clone(),
            source,
        }
    }
}

/// Where a place is in the file.
const fn offset(number: u64) -> u64 {
    HEADER_BYTES as u64 + number * PLACE_BYTES as u64
}
