//! The chain through subxt, the indexer through HTTP, keys in files, and ingestion that survives whatever ends it: for
//! programs, not for browsers.

mod address_book;
mod bundle;
mod chain;
mod codes;
pub mod founding;
mod history;
mod http;
pub mod intake;
pub mod journal;
mod key_backup;
mod key_files;
mod relayer;
mod transaction;
mod watch;

pub use address_book::{AddressBook, AddressBookError, PinnedServer};
pub use aegle_chain::dry_run::{Call, DryRun, Weight};
pub use bundle::{ContractBundle, MAX_BUNDLE_BYTES};
pub use chain::ChainClient;
pub use codes::Deployed;
pub use history::{HistoryError, MAX_HISTORY_BLOCKS};
pub use http::{HttpTransport, IndexerClient, ServerAddress, ServerAddressError, TokenServiceClient, install_tls};
pub use key_backup::{BackupError, KeyBackup, MAX_BACKUP_BYTES, MIN_PASSPHRASE_CHARS};
pub use key_files::KeyFiles;
pub use watch::{Told, Watch, WatchError, Watched};
