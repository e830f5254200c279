//! What the tests stand on.
pub(crate) mod caller;
pub(crate) mod database;
pub(crate) mod draws;
pub(crate) mod erasing;
pub(crate) mod granting;
pub(crate) mod program;
pub(crate) mod quorum;
pub(crate) mod sealed;
pub(crate) mod wire;
pub(crate) mod world;
