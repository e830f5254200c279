//! Running the native runtime over a state, and surviving whatever it is given.
//!
//! The generated dispatch panics where a Wasm runtime would trap: on arguments that do not
//! decode. Every entry here catches that and turns it into an error.

use std::{
    any::Any,
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Once,
};

use parity_scale_codec::DecodeAll;
use sp_runtime::transaction_validity::{TransactionSource, TransactionValidity};
use sp_state_machine::{Ext, OverlayedChanges};

use crate::{
    ledger::{SealedBlock, State},
    runtime::{Executive, Hashing, UncheckedExtrinsic, apis},
};

/// The reason why the runtime gave no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ExecutionError {
    /// No runtime interface has a function of this name.
    #[error("Exported method {0} is not found")]
    UnknownMethod(String),
    /// The runtime panicked; a Wasm runtime would have trapped.
    #[error("Runtime panicked: {0}")]
    Panicked(String),
}

thread_local! {
    /// `true` while a panic on this thread is expected, caught and reported as an error.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Silences the default report of a panic that becomes an answer.
fn quiet_guarded_panics() {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if GUARDED.with(Cell::get) {
                tracing::debug!(%panic, "runtime panicked");
            } else {
                previous(panic);
            }
        }));
    });
}

fn panic_message(payload: &(dyn Any + Send)) -> String {
    let literal = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    literal
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}

/// Runs `run` with `overlay` over `state` as the runtime's storage.
///
/// # Errors
/// [`ExecutionError::Panicked`]; storage transactions that the panic left open are rolled back.
pub(crate) fn with_runtime<T>(
    state: &State,
    overlay: &mut OverlayedChanges<Hashing>,
    run: impl FnOnce() -> T,
) -> Result<T, ExecutionError> {
    quiet_guarded_panics();
    let depth = overlay.transaction_depth();
    let outer = GUARDED.with(|guarded| guarded.replace(true));
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut ext = Ext::new(overlay, state, None);
        sp_externalities::set_and_run_with_externalities(&mut ext, run)
    }));
    GUARDED.with(|guarded| guarded.set(outer));
    outcome.map_err(|payload| {
        while overlay.transaction_depth() > depth {
            overlay.rollback_transaction().expect("the depth says that one is open");
        }
        ExecutionError::Panicked(panic_message(&*payload))
    })
}

/// Answers `state_call`: the encoded result of a runtime interface function. Changes are dropped.
///
/// # Errors
/// An unknown function, or one that panicked, most often over malformed arguments.
pub(crate) fn call(state: &State, method: &str, arguments: &[u8]) -> Result<Vec<u8>, ExecutionError> {
    let mut overlay = OverlayedChanges::default();
    with_runtime(state, &mut overlay, || apis::api::dispatch(method, arguments))?
        .ok_or_else(|| ExecutionError::UnknownMethod(method.to_owned()))
}

/// Decodes a submitted extrinsic; `None` if the bytes are anything else.
pub(crate) fn decode_extrinsic(bytes: &[u8]) -> Option<UncheckedExtrinsic> {
    UncheckedExtrinsic::decode_all(&mut &*bytes).ok()
}

/// Asks the runtime whether an extrinsic may follow `block`.
///
/// # Errors
/// The runtime panicked.
pub(crate) fn validate(
    state: &State,
    block: &SealedBlock,
    extrinsic: UncheckedExtrinsic,
) -> Result<TransactionValidity, ExecutionError> {
    let mut overlay = OverlayedChanges::default();
    with_runtime(state, &mut overlay, || {
        Executive::validate_transaction(TransactionSource::External, extrinsic, block.hash)
    })
}
