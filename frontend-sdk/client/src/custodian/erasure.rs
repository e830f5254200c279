//! Erasing records: asking for it, seconding it, and calling it off.

use crate::{
    account::AccountKey,
    chain::{CallError, Chain, ChainError, Head, Receipt},
    deployment::OnChain,
    refusal,
};
use aegle_rules::{
    BatchNumber, DomainId, ErasureId, Timestamp,
    ledger::{self, Erasure, ErasureReason, Fate, LedgerError, MAX_ERASED_TOGETHER, RecordPosition},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use std::collections::BTreeSet;

/// Records whose fate the chain is asked for at the same time.
const PARALLEL_READS: usize = 16;

/// An erasure that was asked for.
#[derive(Clone, Debug)]
pub struct RequestedErasure {
    /// Its number in the domain.
    pub erasure: ErasureId,
    /// The records that it names, by their numbers in the batch.
    pub records: Vec<u16>,
    /// First millisecond at which they are erased for good.
    pub final_at: Timestamp,
    /// The receipt of the transaction.
    pub receipt: Receipt,
}

/// The reason why records are not erased.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErasureError {
    /// A number that no record of a batch has.
    #[error("no batch has a record {0}: the last number is 65,535")]
    Number(u32),
    /// The ledger refused, or the chain.
    #[error("{}", refusal::told(.0, refusal::ledger))]
    Ledger(#[from] CallError<LedgerError>),
    /// The chain did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// Asks for the erasure of records of a batch, up to 1,024 in one transaction. Each is final once the consortium's limit
/// has passed, unless an admin calls it off; until then the records are shown, unless a second admin asks for it too.
/// Once it is final, no indexer shows them; the caller then labels the batch anew within 24 hours
/// ([`Custodian::relabel`](super::Custodian::relabel)), and erases their own copies and keys. Records whose erasure was asked for before are left
/// out, so that it may be called again.
///
/// # Errors
/// See [`ErasureError`].
pub async fn request_erasure<C: Chain>(
    aegle: &OnChain<'_, C>,
    key: &AccountKey,
    domain: DomainId,
    batch: BatchNumber,
    records: &[u32],
    reason: ErasureReason,
) -> Result<Vec<RequestedErasure>, ErasureError> {
    let numbers = records
        .iter()
        .map(|record| u16::try_from(*record).map_err(|_| ErasureError::Number(*record)));
    let numbers: BTreeSet<u16> = numbers.collect::<Result<_, _>>()?;
    let head = aegle.chain.finalized().await?;
    let head = &head;
    let fates = numbers.into_iter().map(async |number| {
        let index = u32::from(number);
        let fate = aegle.fate(head, domain, RecordPosition { batch, index }).await?;
        let asked_before = matches!(fate, Some(Fate::Erased | Fate::Erasing { .. }));
        Ok::<_, ChainError>((!asked_before).then_some(number))
    });
    let open: Vec<Option<u16>> = stream::iter(fates).buffered(PARALLEL_READS).try_collect().await?;
    let open: Vec<u16> = open.into_iter().flatten().collect();
    let mut requested = Vec::new();
    for records in open.chunks(MAX_ERASED_TOGETHER) {
        let message = ledger::messages::RequestErasure {
            domain,
            batch,
            records: records.to_vec(),
            reason,
        };
        let called = aegle.chain.call(key, aegle.contracts.ledger, &message).await;
        let (erasure, receipt) = called?;
        let head = aegle.chain.finalized().await?;
        // Called off in the same moment, it is final never.
        let final_at = aegle
            .erasure(&head, domain, erasure)
            .await?
            .map(|erasure| erasure.final_at);
        requested.push(RequestedErasure {
            erasure,
            records: message.records,
            final_at: final_at.unwrap_or(Timestamp::MAX),
            receipt,
        });
    }
    Ok(requested)
}

/// Asks, as a second admin, for an erasure that another one asked for: from the next block on its records are shown to
/// nobody.
///
/// # Errors
/// See [`ErasureError`].
pub async fn second_erasure<C: Chain>(
    aegle: &OnChain<'_, C>,
    key: &AccountKey,
    domain: DomainId,
    erasure: ErasureId,
) -> Result<Receipt, ErasureError> {
    let message = ledger::messages::SecondErasure { domain, erasure };
    let ((), receipt) = aegle.chain.call(key, aegle.contracts.ledger, &message).await?;
    Ok(receipt)
}

/// Calls an erasure off that is not final.
///
/// # Errors
/// See [`ErasureError`].
pub async fn cancel_erasure<C: Chain>(
    aegle: &OnChain<'_, C>,
    key: &AccountKey,
    domain: DomainId,
    erasure: ErasureId,
) -> Result<Receipt, ErasureError> {
    let message = ledger::messages::CancelErasure { domain, erasure };
    let ((), receipt) = aegle.chain.call(key, aegle.contracts.ledger, &message).await?;
    Ok(receipt)
}

/// Lists the requests for erasure of a domain that were not called off, newest first; of the last `last` that were made.
///
/// # Errors
/// The chain does not answer.
pub async fn erasures<C: Chain>(
    aegle: &OnChain<'_, C>,
    head: &Head,
    domain: DomainId,
    last: u32,
) -> Result<Vec<(ErasureId, Erasure)>, ChainError> {
    let message = ledger::messages::Erasures { domain };
    let made = aegle.chain.read(head.hash, aegle.contracts.ledger, &message).await?;
    let numbers = (made.saturating_sub(last)..made).rev();
    let found = numbers.map(async |number| {
        let id = ErasureId(number + 1);
        let erasure = aegle.erasure(head, domain, id).await?;
        Ok::<_, ChainError>(erasure.map(|erasure| (id, erasure)))
    });
    let found: Vec<_> = stream::iter(found).buffered(PARALLEL_READS).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}
