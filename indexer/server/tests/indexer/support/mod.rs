//! What the tests stand on.
pub(crate) mod caller;
pub(crate) mod database;
pub(crate) mod granting;
pub(crate) mod sealed;
pub(crate) mod world;
