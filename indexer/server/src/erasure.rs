//! Erasure: what the ledger says is erased goes from here, in three steps, each of which can be done again.
//!
//! 1. It is asked for, and final at a time of the chain: from then on nobody is shown the record, and every query leaves it
//!    out. Until then the record is shown, unless a second admin or its patient asks for it too, and nothing is removed:
//!    it may be called off.
//! 2. Its ciphertext, its row and its entries in the index are removed, and the key that its row was wrapped under is
//!    destroyed, a moment after it is final. Its leaf stays, for the proofs of others.
//! 3. Once the custodian has labelled its batch anew, the old labels are waste. Index and tables are rewritten, so that no
//!    file holds them.
use crate::{
    labels::{Labels, LabelsError},
    store::{Store, StoreError},
    vault::{Vault, VaultError},
};

/// Records that are removed together.
const CHUNK: u32 = 256;

/// A reason why records could not be removed now; the next sweep goes on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ErasureError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Labels(#[from] LabelsError),
}

/// Removes records whose erasure is final, and rewrites what held their labels.
pub(crate) async fn sweep(store: &Store, vault: &Vault, labels: &Labels) -> Result<(), ErasureError> {
    loop {
        let erased = store.erasures_to_remove(CHUNK).await?;
        if erased.is_empty() {
            break;
        }
        vault.delete(erased.iter().map(|record| record.id).collect()).await?;
        labels.erase(&erased).await?;
        for record in &erased {
            store.erasure_removed(record).await?;
        }
        // From here on nothing opens what copies of their rows hold.
        store.destroy_condemned().await?;
        tracing::info!(records = erased.len(), "removed erased records");
    }
    if store.has_waste().await? {
        labels.purge().await?;
        store.scrub().await?;
        tracing::info!("rewrote what held labels of erased records");
    }
    Ok(())
}
