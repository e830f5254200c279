//! Why a record's row is refused.

/// The reason why a record's row is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RowError {
    /// The version is unknown.
    #[error("record version {0} is unknown")]
    Version(u8),
    /// The slot is over 31.
    #[error("there is no slot {0}")]
    Slot(u8),
    /// The length class is unknown.
    #[error("there is no length class {0}")]
    LengthClass(u8),
    /// The ciphertext's length is not that of the length class.
    #[error("a ciphertext of {found} bytes where the length class has {expected}")]
    CiphertextLength {
        /// The length that the row states, in bytes.
        found: u64,
        /// The length of the class, in bytes.
        expected: u64,
    },
}
