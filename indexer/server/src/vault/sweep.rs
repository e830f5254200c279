//! Ciphertexts that were uploaded and never named by a batch do not stay for ever.
use super::{Vault, VaultError};
use crate::store::{Store, StoreError};
use aegle_rules::Timestamp;

/// The longest that a ciphertext waits for the batch that names it, in milliseconds: 7 days.
pub const UNNAMED_LIFETIME_MS: u64 = 7 * 24 * 60 * 60 * 1_000;
/// Ciphertexts that are deleted in one transaction at most.
const SWEEP_CHUNK: u32 = 256;
/// Such transactions of one sweep at most; the next sweep goes on.
const MAX_SWEEP_CHUNKS: u32 = 16;

/// A reason why a sweep did not come to its end; the next one goes on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SweepError {
    /// The database's fault.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The vault's fault.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// Deletes ciphertexts, and what is known of them, that no batch has named within [`UNNAMED_LIFETIME_MS`] before `now`:
/// at most 4,096, the oldest first, and pieces that were not put together within that time. Gives how many ciphertexts.
///
/// # Errors
/// [`SweepError`].
pub async fn sweep(store: &Store, vault: &Vault, now: Timestamp) -> Result<usize, SweepError> {
    let before = now.saturating_sub(UNNAMED_LIFETIME_MS);
    let mut swept = 0;
    vault.sweep_pieces(before).await?;
    for _ in 0..MAX_SWEEP_CHUNKS {
        let delete = async |records| Ok::<_, SweepError>(vault.delete(records).await?);
        let forgotten = store.forget_unnamed(before, SWEEP_CHUNK, delete).await?;
        swept += forgotten;
        if forgotten < SWEEP_CHUNK as usize {
            break;
        }
    }
    Ok(swept)
}
