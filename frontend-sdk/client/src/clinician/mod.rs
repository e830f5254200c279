//! What a reader of others' records does: searching and opening, asking for access, passing it on, and opening records in
//! an emergency.

pub mod content;
pub mod delegation;
pub mod glass;
pub mod opening;
mod opening_error;
pub mod partials;
pub mod reader;
pub mod requests;
pub mod verification;
