//! Ciphertexts are read again, slowly and for ever: a disk that loses or changes one says nothing of it.
use super::{Vault, VaultError};
use crate::{
    store::{CiphertextRow, Store, StoreError},
    supervise::Pulse,
};
use aegle_protocol::record::CiphertextHasher;
use futures_util::StreamExt;
use std::{convert::Infallible, pin::pin, time::Duration};

/// Ciphertexts that are looked for together, and the pause after them: at 64 KiB each, 2 MiB a second.
const SCRUB_PAGE: u32 = 32;
const SCRUB_PAUSE: Duration = Duration::from_secs(1);
/// The pause after all of them.
const ROUND_PAUSE: Duration = Duration::from_secs(60);

/// The state of a ciphertext that a batch names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CiphertextState {
    /// It is there, and the one that its row names.
    Whole,
    /// It is not there.
    Missing,
    /// It is another one: the disk has changed it.
    Rotten,
}

/// A reason why ciphertexts cannot be read again; it is tried again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ScrubError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl Vault {
    /// Reads a ciphertext, and compares it with what its row names. It takes the memory of a piece of a large one.
    ///
    /// # Errors
    /// [`VaultError::Store`]: it cannot be told.
    pub async fn look_at(&self, row: &CiphertextRow) -> Result<CiphertextState, VaultError> {
        match self.length(&row.record).await? {
            None => return Ok(CiphertextState::Missing),
            Some(length) if length != row.length => return Ok(CiphertextState::Rotten),
            Some(_) => {}
        }
        let mut hasher = CiphertextHasher::default();
        let mut parts = pin!(self.parts(row.record, row.length));
        while let Some(part) = parts.next().await {
            match part {
                Ok(part) => hasher.update(&part),
                // It was erased meanwhile.
                Err(VaultError::Store(object_store::Error::NotFound { .. })) => return Ok(CiphertextState::Missing),
                Err(error) => return Err(error),
            }
        }
        Ok(if hasher.finish() == row.hash {
            CiphertextState::Whole
        } else {
            CiphertextState::Rotten
        })
    }
}

/// Reads every ciphertext that a batch names, one round after the other, and names those that are not whole.
pub(crate) async fn scrub(store: Store, vault: Vault, pulse: Pulse) -> Result<Infallible, ScrubError> {
    loop {
        let (mut after, mut read, mut damaged) = (None, 0_u64, 0_u64);
        loop {
            let page = store.named_ciphertexts(after, SCRUB_PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.record);
            for row in &page {
                let state = vault.look_at(row).await?;
                pulse.step();
                read += 1;
                if state != CiphertextState::Whole {
                    damaged += 1;
                    tracing::error!(record = %row.record, ?state, "a ciphertext is lost: its custodian must send it again");
                }
            }
            pulse.well();
            tokio::time::sleep(SCRUB_PAUSE).await;
        }
        tracing::debug!(read, damaged, "read all ciphertexts again");
        pulse.well();
        tokio::time::sleep(ROUND_PAUSE).await;
    }
}
