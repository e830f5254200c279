//! Errors of the runtime, and of subxt, as this crate's own.

use crate::chain::ChainError;
use subxt::{
    ArcMetadata,
    error::{DispatchError, TransactionEventsError, TransactionProgressError, TransactionStatusError},
};

/// The pallet and errors by which pallet-contracts says that the contract itself refused, or that it took another way than
/// in the dry run: to say what a refusal needs to say may cost more than what would have been done.
const REFUSED: [(&str, &str); 2] = [("Contracts", "ContractReverted"), ("Contracts", "OutOfGas")];
/// Index of `DispatchError::Module` in SCALE, and the length of that variant.
const MODULE_VARIANT: u8 = 3;
const MODULE_BYTES: usize = 6;

/// A failure between this client and the node.
pub(super) fn node(error: impl Into<subxt::Error>) -> ChainError {
    ChainError::Node(Box::new(error.into()))
}

/// The runtime's error in the answer of a dry run. `bytes` may go on after it.
pub(super) fn from_bytes(bytes: &[u8], metadata: ArcMetadata) -> ChainError {
    // A module error is told by its length, so that what follows must be cut.
    let bytes = if bytes.first() == Some(&MODULE_VARIANT) {
        &bytes[..bytes.len().min(MODULE_BYTES)]
    } else {
        bytes
    };
    match DispatchError::decode_from(bytes, metadata) {
        Ok(error) => from_dispatch(&error),
        Err(error) => node(error),
    }
}

/// The runtime's error in an event.
pub(super) fn from_dispatch(error: &DispatchError) -> ChainError {
    if let DispatchError::Module(module) = error
        && let Ok(details) = module.details()
    {
        return ChainError::Module {
            pallet: details.pallet.name().into(),
            error: details.variant.name.clone(),
        };
    }
    ChainError::Dispatch {
        reason: error.to_string(),
    }
}

/// Why a transaction that was included failed.
pub(super) fn from_events(error: TransactionEventsError) -> ChainError {
    match error {
        TransactionEventsError::ExtrinsicFailed(error) => from_dispatch(&error),
        error => node(error),
    }
}

/// Why a transaction was not included.
pub(super) fn from_progress(error: TransactionProgressError) -> ChainError {
    match error {
        TransactionProgressError::TransactionStatusError(
            TransactionStatusError::Error(reason)
            | TransactionStatusError::Invalid(reason)
            | TransactionStatusError::Dropped(reason),
        ) => ChainError::NotIncluded { reason },
        error => node(error),
    }
}

/// Whether the contract itself may have refused: a dry run in the state of the block tells.
pub(super) fn may_have_refused(error: &ChainError) -> bool {
    matches!(error, ChainError::Module { pallet, error } if REFUSED.contains(&(pallet.as_str(), error.as_str())))
}
