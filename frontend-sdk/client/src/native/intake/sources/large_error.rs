//! Why a large resource is not taken in.

use std::io;

/// The reason why a large resource is not taken in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LargeError {
    /// It is larger than allowed.
    #[error("the resource has more than {limit} bytes; keep apart what it attaches, and refer to that by its url")]
    Bytes {
        /// The limit.
        limit: u64,
    },
    /// What is not attached is larger than allowed.
    #[error("the resource has more than {limit} bytes besides the data that it attaches")]
    Outline {
        /// The limit.
        limit: usize,
    },
    /// Data is not base64.
    #[error("the data that the resource attaches is not base64")]
    Data,
    /// It is no resource, or several.
    #[error(
        "one value that is too large to be read at once, and not one resource; write it as NDJSON, a resource a line"
    )]
    NotOne,
    /// It cannot be put aside.
    #[error("the resource is too large for the memory, and cannot be put aside: {0}")]
    PutAside(#[from] io::Error),
}
