//! Building one block on top of another.

use parity_scale_codec::Encode;
use sp_runtime::{
    ApplyExtrinsicResult, StateVersion,
    traits::Header as _,
    transaction_validity::{InvalidTransaction, TransactionValidityError},
};
use sp_state_machine::{BackendTransaction, OverlayedChanges};

use crate::{
    clock::Clock,
    execution::{ExecutionError, with_runtime},
    ledger::{Ledger, SealedBlock, State},
    runtime::{Executive, Hash, Hashing, Header, Runtime, RuntimeCall, Timestamp, UncheckedExtrinsic},
};

/// The reason why a block could not be built; none of these depends on a submitted transaction.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The runtime panicked while it opened or closed the block.
    #[error("the runtime failed outside of any transaction: {0}")]
    Runtime(String),
    /// The runtime refused the block's own timestamp.
    #[error("the runtime refused the timestamp {timestamp_ms} ms")]
    Timestamp {
        /// The refused timestamp, in milliseconds since 1970.
        timestamp_ms: u64,
    },
    /// The state could not be written out.
    #[error("the state could not be committed: {0}")]
    State(String),
    /// The chain is stopping.
    #[error("the chain is stopping")]
    Stopped,
}

impl From<ExecutionError> for SealError {
    fn from(error: ExecutionError) -> Self {
        Self::Runtime(error.to_string())
    }
}

/// The fate of a transaction that was offered to a block.
#[derive(Debug)]
pub(crate) enum Applied {
    /// It is in the block, whether its call succeeded or not.
    Included,
    /// The block has no room for it; the next one may.
    NoRoom,
    /// It cannot be part of any block on this state.
    Invalid(String),
}

/// A block under construction. Dropping it leaves no trace.
pub(crate) struct BlockBuilder {
    state: State,
    overlay: OverlayedChanges<Hashing>,
    extrinsics: Vec<Vec<u8>>,
}

impl BlockBuilder {
    /// Opens the block after the best one and sets its time.
    pub(crate) fn open(ledger: &Ledger, clock: &mut Clock) -> Result<Self, SealError> {
        let parent = ledger.best();
        let state = ledger.state(&parent);
        let header = Header::new(
            parent.number() + 1,
            Hash::default(),
            Hash::default(),
            parent.hash,
            sp_runtime::Digest::default(),
        );
        let mut overlay = OverlayedChanges::default();
        let last_ms = with_runtime(&state, &mut overlay, || {
            Executive::initialize_block(&header);
            Timestamp::get()
        })?;
        let mut builder = Self {
            state,
            overlay,
            extrinsics: Vec::new(),
        };
        let timestamp_ms = clock.next(last_ms);
        let call = RuntimeCall::Timestamp(pallet_timestamp::Call::<Runtime>::set { now: timestamp_ms });
        let inherent = UncheckedExtrinsic::new_bare(call);
        match builder.apply(inherent.encode(), inherent) {
            Applied::Included => Ok(builder),
            Applied::NoRoom | Applied::Invalid(_) => Err(SealError::Timestamp { timestamp_ms }),
        }
    }

    /// Applies an extrinsic, whose encoding is `bytes`, to the block.
    pub(crate) fn apply(&mut self, bytes: Vec<u8>, extrinsic: UncheckedExtrinsic) -> Applied {
        self.overlay.start_transaction();
        let outcome = with_runtime(&self.state, &mut self.overlay, || Executive::apply_extrinsic(extrinsic));
        let applied = judge(outcome);
        let closed = match applied {
            Applied::Included => self.overlay.commit_transaction(),
            Applied::NoRoom | Applied::Invalid(_) => self.overlay.rollback_transaction(),
        };
        closed.expect("the transaction was opened above and panics close only what they opened");
        if matches!(applied, Applied::Included) {
            self.extrinsics.push(bytes);
        }
        applied
    }

    /// Closes the block; returns it, and the trie nodes that are new in it.
    pub(crate) fn close(mut self) -> Result<(SealedBlock, BackendTransaction<Hashing>), SealError> {
        let header = with_runtime(&self.state, &mut self.overlay, Executive::finalize_block)?;
        let changes = self
            .overlay
            .drain_storage_changes(&self.state, StateVersion::V1)
            .map_err(SealError::State)?;
        assert_eq!(
            changes.transaction_storage_root, header.state_root,
            "what is stored is what the header commits to"
        );
        Ok((SealedBlock::new(header, self.extrinsics), changes.transaction))
    }
}

fn judge(outcome: Result<ApplyExtrinsicResult, ExecutionError>) -> Applied {
    match outcome {
        Ok(Ok(_dispatched)) => Applied::Included,
        Ok(Err(TransactionValidityError::Invalid(InvalidTransaction::ExhaustsResources))) => Applied::NoRoom,
        Ok(Err(error)) => Applied::Invalid(<&str>::from(error).to_owned()),
        Err(error) => Applied::Invalid(error.to_string()),
    }
}
