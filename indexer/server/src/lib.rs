//! The indexer: mirrors the contracts' events into Postgres, keeps sealed records and their labels, and answers searches
//! over encrypted tokens, without holding a key that opens anything.
//!
//! ```no_run
//! use aegle_indexer::{config::{Config, Database, Listen, MAX_BLOCK_AGE}, Indexer};
//! use aegle_protocol::Contracts;
//! use aegle_rules::{AccountId, Hash};
//!
//! # async fn run() -> Result<(), aegle_indexer::StartError> {
//! let contracts = Contracts {
//!     genesis: Hash([0; 32]),
//!     consortium: AccountId([1; 32]),
//!     consent: AccountId([2; 32]),
//!     ledger: AccountId([3; 32]),
//! };
//! let indexer = Indexer::start(Config {
//!     chain_url: "ws://127.0.0.1:9944".into(),
//!     contracts,
//!     first_block: 0,
//!     data: "aegle-data".into(),
//!     listen: Listen::plain(([127, 0, 0, 1], 0).into()),
//!     database: Database::Private,
//!     erasure_keys: Vec::new(),
//!     makes_key_replicas: false,
//!     proxy_account: None,
//!     relayer: None,
//!     max_block_age: MAX_BLOCK_AGE,
//! })
//! .await?;
//! println!("{} listens on {}", indexer.account(), indexer.url());
//! indexer.stop().await;
//! # Ok(()) }
//! ```
//!
//! # Invariants
//!
//! - One indexer writes to a database: the one that took it last. Earlier ones are refused by the database itself.
//! - Every part that runs beside the API is watched. One that ends, panics or stands still is named and started again.
//! - Postgres leads. Block data, what follows from it, and the checkpoint are one transaction; the label index is derived
//!   and can be deleted at any time. While it lacks something that is stored, nothing is searched.
//! - What the chain says is taken block by block, each naming the one before it as parent; anything else stops ingestion.
//! - Nothing about a record goes out unless the deployed consent contract, run over the state of the finalized and of the
//!   best block, permits it in both; when it cannot be asked, nothing goes out.
//! - What a caller may see is decided before the index is touched, and nothing else is searched.
//! - Denied, erased and absent answer the same.
//! - What may have to be forgotten (rows with their shred secrets and rho, shares) is in the database wrapped under keys that
//!   are kept apart, and destroying those is erasure ([`erasure_keys`]).
//! - What is paid for others ([`RelayerConfig`], nothing without one) is decided, noted down and counted before it is submitted, and
//!   submitted once.
//! - No secret that opens a record is in this process: the proxy's key opens its own shares, and one share opens nothing.

mod api;
mod budget;
pub mod config;
mod data_folder;
mod erasure;
pub mod erasure_keys;
mod error;
mod gate;
pub mod labels;
mod noise;
mod parties;
mod pipeline;
pub mod postgres;
mod proxy;
mod relay;
mod secret_file;
mod server;
pub mod store;
mod streams;
mod supervise;
mod sweep;
pub mod vault;
pub mod verify;

pub use api::openapi;
pub use data_folder::{DataFolder, LostKeys, look};
pub use error::StartError;
pub use noise::{COUNT_COST, DAILY_BUDGET};
pub use pipeline::{FollowError, WaitError};
pub use relay::{RelayArguments, RelayLimits, RelayerConfig};
pub use secret_file::SecretFileError;
pub use server::{Indexer, identity};
