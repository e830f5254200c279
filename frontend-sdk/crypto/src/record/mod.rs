//! Sealing and opening records, as [`aegle_protocol::record`] describes.

mod keys;
mod open;
mod seal;

pub use open::{Content, ContentFrame, OpenError, RecordCipher, RecordOpener, open_record};
pub use seal::{Ciphertext, RecordSealer, SealError, SealInput, SealedRecord, seal_record};
