//! One file of slots.

use super::{
    ErasureKeyError,
    slot::{SLOT_BYTES, Slot},
};
use std::{
    fs::{self, File},
    io,
    os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// A replica.
pub(super) struct Replica {
    file: File,
    path: PathBuf,
}

impl Replica {
    /// Opens the replica in a folder, and makes both if they are not there: for their owner alone.
    pub(super) fn open(folder: &Path) -> Result<Self, ErasureKeyError> {
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
        let opened = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path);
        let file = opened.map_err(failed)?;
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(failed)?;
        Ok(Self { file, path })
    }

    /// Returns the number of slots. One that a crash has cut off was handed to nobody, and counts as unused.
    pub(super) fn slots(&self) -> Result<u64, ErasureKeyError> {
        let bytes = self.file.metadata().map_err(|source| self.failed(source))?.len();
        Ok(bytes.div_ceil(SLOT_BYTES as u64))
    }

    /// Reads a slot; `None` when it is damaged. One beyond the end is unused.
    pub(super) fn read(&self, number: u64) -> Result<Option<Slot>, ErasureKeyError> {
        let mut bytes = Zeroizing::new([0; SLOT_BYTES]);
        match self.file.read_exact_at(bytes.as_mut(), number * SLOT_BYTES as u64) {
            Ok(()) => Ok(Slot::decode(number, &bytes)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(Slot::decode(number, &[0; SLOT_BYTES])),
            Err(source) => Err(self.failed(source)),
        }
    }

    /// Writes a slot in its place.
    pub(super) fn write(&self, number: u64, slot: &Slot) -> Result<(), ErasureKeyError> {
        let bytes = slot.encode(number);
        let written = self.file.write_all_at(bytes.as_ref(), number * SLOT_BYTES as u64);
        written.map_err(|source| self.failed(source))
    }

    /// Waits until the disk has what was written.
    pub(super) fn sync(&self) -> Result<(), ErasureKeyError> {
        self.file.sync_data().map_err(|source| self.failed(source))
    }

    fn failed(&self, source: io::Error) -> ErasureKeyError {
        ErasureKeyError::Io {
            path: self.path.clone(),
            source,
        }
    }
}
