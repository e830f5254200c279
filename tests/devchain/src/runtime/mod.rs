//! The runtime: a public chain's contracts runtime, compiled natively.
//!
//! Prices and limits are in [`prices`]; the runtime interface that clients reach through
//! `state_call` is in [`apis`]. Nothing here is relaxed for tests: database weights, storage
//! deposits, code size and call depth are those that a contract meets on a public parachain.

pub(crate) mod apis;
mod config;
pub(crate) mod genesis;
pub(crate) mod prices;
mod types;

use frame_support::construct_runtime;
use sp_runtime::{MultiAddress, generic};

pub(crate) use config::VERSION;
pub(crate) use types::{AccountId, Balance, BlockNumber, Hash, Hashing, Header, Nonce, Signature};

pub(crate) type Block = generic::Block<Header, UncheckedExtrinsic>;
pub(crate) type EventRecord = frame_system::EventRecord<RuntimeEvent, Hash>;

/// The data that is signed beside the call, in the order in which it is encoded.
pub(crate) type TransactionExtensions = (
    frame_system::CheckNonZeroSender<Runtime>,
    frame_system::CheckSpecVersion<Runtime>,
    frame_system::CheckTxVersion<Runtime>,
    frame_system::CheckGenesis<Runtime>,
    frame_system::CheckMortality<Runtime>,
    frame_system::CheckNonce<Runtime>,
    frame_system::CheckWeight<Runtime>,
    pallet_transaction_payment::ChargeTransactionPayment<Runtime>,
);

pub(crate) type UncheckedExtrinsic =
    generic::UncheckedExtrinsic<MultiAddress<AccountId, ()>, RuntimeCall, Signature, TransactionExtensions>;

pub(crate) type Executive =
    frame_executive::Executive<Runtime, Block, frame_system::ChainContext<Runtime>, Runtime, AllPalletsWithSystem>;

construct_runtime!(
    pub enum Runtime {
        System: frame_system,
        Timestamp: pallet_timestamp,
        Balances: pallet_balances,
        TransactionPayment: pallet_transaction_payment,
        Contracts: pallet_contracts,
    }
);
