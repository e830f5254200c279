//! What the tests stand on.
pub(crate) mod caller;
pub(crate) mod database;
mod granting;
pub(crate) mod sealed;
pub(crate) mod world;
