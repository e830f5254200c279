//! Who may see what: the deployed consent contract's own answer, by its own code, run in this process.
//!
//! The code is the one whose hash the chain names for the contract in the state asked about, so that an upgrade counts
//! from its block on, without a release of the indexer. It runs over a mirror of what the contract keeps, which is read
//! from the chain as it is needed; it can read and answer, and nothing else: a write ends it.
//!
//! # Invariants
//!
//! - Nothing is decided here. [`Ruling::allows`] is true only where the contract permits in the finalized *and* in the
//!   best state, each at its own time *and* at the wall clock's.
//! - What cannot be asked is an error and never a yes: without a node, on a block older than [`MAX_BLOCK_AGE`] by its own
//!   timestamp, with code that is not the one that the chain names, or over [`MAX_FUEL`] instructions.
//! - A mirror is used for the storage root that it was read at. Where the root has changed, a patient's cells are kept
//!   only where everything that the contracts told in between is understood, and names that patient nowhere.
//!
//! # Assumptions
//!
//! The node is one's own or trusted: what it gives as the contract's storage is not proved against the block's header.

mod cache;
mod cells;
mod engine;
mod error;
mod host;
mod mirror;
mod module;
mod policy;
mod question;
mod view;

pub use engine::{EngineError, MAX_FUEL};
pub use error::PolicyError;
pub use module::ModuleError;
pub use policy::Policy;
pub use question::{Question, RecordQuestion, Ruling};
pub use view::{MAX_BLOCK_AGE, View};
