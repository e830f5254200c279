//! The chain as its clients meet it: through subxt and raw JSON-RPC over its own port.

mod contracts;
mod driver;
mod forks;
mod hardening;
mod time;
mod transactions;
