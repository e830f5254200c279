//! Searching, whoever asks: tokens from a custodian who does not learn the keywords, one place or many, and answers
//! that prove themselves.

pub mod asking;
pub mod federation;
pub mod private;
pub mod ranked;
pub mod tokens;
pub mod verify;
