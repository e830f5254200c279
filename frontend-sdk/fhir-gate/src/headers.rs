//! The headers that say who asks, and for what.

/// The header that says who asks: an account, in hexadecimal.
pub const ACTOR_HEADER: &str = "aegle-actor";
/// The header that says for what: the code of a purpose of use, such as TREAT.
pub const PURPOSE_HEADER: &str = "aegle-purpose";
