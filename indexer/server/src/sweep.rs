//! What goes on by itself, beside following the chain.
use crate::{
    erasure,
    gate::DAY_MS,
    labels::Labels,
    relay::Relayer,
    store::{DatabaseLock, Store, StoreError},
    supervise::{Parts, Pulse},
    vault::{self, Vault},
};
use aegle_http::wall_clock;
use std::{
    convert::Infallible,
    time::{Duration, SystemTime},
};

/// Pause between two looks for erased records: what is final is shown to nobody from the next block on, and is gone from
/// here soon after.
const ERASURE_INTERVAL: Duration = Duration::from_secs(5);
/// The number of sweeps for erased records to one sweep of everything else.
const ERASURES_A_SWEEP: u32 = 12;
/// Pause between two checks that the database is this process's.
const LOCK_INTERVAL: Duration = Duration::from_secs(5);

/// Removes what was erased, and what is of no use any more. A fault of one kind does not keep the others from being swept;
/// what was left is swept the next time.
///
/// - `relayer`: whose calls are looked for of which it is not known what became of them.
/// - `started`: the time when this process began. What was being written before, nobody goes on with.
pub(crate) async fn sweep(
    store: Store,
    vault: Vault,
    labels: Labels,
    relayer: Option<Relayer>,
    started: SystemTime,
    pulse: Pulse,
) -> Result<Infallible, StoreError> {
    match vault.sweep_unfinished(started).await {
        Ok(0) => {}
        Ok(swept) => tracing::info!(swept, "deleted what an earlier process was writing into the vault"),
        Err(error) => tracing::warn!(%error, "what an earlier process was writing into the vault could not be deleted"),
    }
    let mut round: u32 = 0;
    loop {
        tokio::select! {
            () = tokio::time::sleep(ERASURE_INTERVAL) => {}
            () = store.until_erasing() => {}
        }
        if let Err(error) = store.expire_shares(wall_clock()).await {
            tracing::warn!(%error, "shares of grants that have ended could not be destroyed");
        }
        match erasure::sweep(&store, &vault, &labels).await {
            Ok(()) => pulse.well(),
            Err(error) => {
                pulse.step();
                tracing::warn!(%error, "erased records could not be removed; they are shown to nobody");
            }
        }
        round = round.wrapping_add(1);
        if !round.is_multiple_of(ERASURES_A_SWEEP) {
            continue;
        }
        if let Err(error) = store.prune_nonces(wall_clock()).await {
            tracing::warn!(%error, "expired nonces could not be forgotten");
        }
        if let Err(error) = store.prune_count_budgets(wall_clock() / DAY_MS).await {
            tracing::warn!(%error, "budgets of earlier days could not be forgotten");
        }
        relayer.iter().for_each(Relayer::settle_all);
        // What was signed a day ago has expired: nobody sends it again.
        if let Err(error) = store.prune_relayed((wall_clock() / DAY_MS).saturating_sub(2)).await {
            tracing::warn!(%error, "relayed calls of earlier days could not be forgotten");
        }
        match vault::sweep(&store, &vault, wall_clock()).await {
            Ok(0) => {}
            Ok(swept) => tracing::info!(swept, "deleted ciphertexts that no batch has named"),
            Err(error) => tracing::warn!(%error, "ciphertexts that no batch names could not be deleted"),
        }
    }
}

/// Destroys the shares of grants that have ended, and forgets nonces that are of no use any more: what goes on by itself in a
/// proxy that keeps no records.
pub(crate) async fn sweep_shares(store: Store, pulse: Pulse) -> Result<Infallible, StoreError> {
    let mut round: u32 = 0;
    loop {
        tokio::time::sleep(ERASURE_INTERVAL).await;
        match store.expire_shares(wall_clock()).await {
            Ok(_) => pulse.well(),
            Err(error) => {
                pulse.step();
                tracing::warn!(%error, "shares of grants that have ended could not be destroyed");
            }
        }
        round = round.wrapping_add(1);
        if round.is_multiple_of(ERASURES_A_SWEEP)
            && let Err(error) = store.prune_nonces(wall_clock()).await
        {
            tracing::warn!(%error, "expired nonces could not be forgotten");
        }
    }
}

/// Keeps the lock by which the database is this process's, and notes when it is another one's.
pub(crate) async fn keep_lock(lock: DatabaseLock, parts: Parts, pulse: Pulse) -> Result<Infallible, StoreError> {
    loop {
        if let Err(error) = lock.check().await {
            if matches!(error, StoreError::Fenced) {
                parts.set_fenced();
            }
            return Err(error);
        }
        pulse.well();
        tokio::time::sleep(LOCK_INTERVAL).await;
    }
}
