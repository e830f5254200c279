//! What the tests of the rules share.

pub mod records;
pub mod world;
