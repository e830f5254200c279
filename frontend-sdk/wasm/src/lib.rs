//! The client of Aegle as WebAssembly: the face that `@aegle/sdk` calls.
//!
//! Everything that decides, seals, opens or verifies is in [`aegle_client`] and the crates below it, the same code that
//! native programs run. Here is only what lets JavaScript call it: handles of keys ([`phrase`], [`account`],
//! [`patient`], [`reader`]), searches ([`search`]), the chain and HTTP as JavaScript gives them ([`chain`], [`transport`]), and errors as JSON
//! ([`fault`]).
//!
//! # Conventions
//!
//! - What has a shape crosses the border as JSON in the form of `indexer/protocol`; bytes cross as `Uint8Array`.
//! - Accounts and hashes are `0x` and 64 hexadecimal digits.
//! - A function that fails throws a text: the JSON of a [`fault::Fault`].
//! - Secrets that are handed over are cleared here after use; a handle clears what it holds when it is freed.

mod account;
mod chain;
mod committee;
mod count;
mod delegation;
mod deployment;
mod erasure;
mod fault;
mod glass;
mod grants;
mod guardians;
mod history;
mod host;
mod included;
mod insurer;
mod invitation;
mod json;
mod notifications;
mod opening;
mod patient;
mod phrase;
mod proposing;
mod proxies;
mod reader;
mod relay;
mod requests;
mod roles;
mod search;
mod staff;
mod transport;
#[cfg(feature = "vectors")]
mod vectors;
mod verification;

// Their browser's randomness is switched on by being named.
use getrandom_02 as _;
use getrandom_04 as _;
