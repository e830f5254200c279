//! Records that newer versions take the place of.

use super::Custodian;
use crate::{
    chain::{CallError, Chain, ChainError, Head},
    deployment::OnChain,
    refusal,
};
use aegle_rules::{
    BatchNumber, DomainId,
    ledger::{self, Correction, Fate, LedgerError, MAX_SUPERSEDED, RecordPosition},
};
use std::collections::BTreeMap;

/// The most corrections that are followed from one to the next, and the most attempts while others correct too.
const MAX_CORRECTIONS: u32 = 64;

/// The reason why records are not superseded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CorrectionError {
    /// The ledger refused, or the chain.
    #[error("superseding records of batch {batch}: {}", refusal::told(source, refusal::ledger))]
    Ledger {
        /// The batch.
        batch: BatchNumber,
        /// Why.
        source: CallError<LedgerError>,
    },
    /// The chain did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The corrections of corrections do not end.
    #[error("record {} of batch {} has more than {MAX_CORRECTIONS} corrections", .0.index, .0.batch)]
    TooMany(RecordPosition),
}

impl Custodian {
    /// Names on chain the records that take the place of records of a batch, up to 64 in one transaction. Where one of
    /// those was itself corrected, the last correction is named. It may be called again; what is erased stays so.
    ///
    /// # Errors
    /// See [`CorrectionError`].
    pub async fn supersede<C: Chain>(
        &self,
        aegle: &OnChain<'_, C>,
        domain: DomainId,
        batch: BatchNumber,
        corrections: &[Correction],
    ) -> Result<(), CorrectionError> {
        for together in corrections.chunks(MAX_SUPERSEDED) {
            self.supersede_together(aegle, domain, batch, together).await?;
        }
        Ok(())
    }

    async fn supersede_together<C: Chain>(
        &self,
        aegle: &OnChain<'_, C>,
        domain: DomainId,
        batch: BatchNumber,
        corrections: &[Correction],
    ) -> Result<(), CorrectionError> {
        // What is corrected in the same transaction is not on chain yet.
        let own = corrections.iter().map(|correction| {
            let index = correction.index;
            (RecordPosition { batch, index }, correction.by)
        });
        let own: BTreeMap<(u32, u32), RecordPosition> =
            own.map(|(record, by)| ((record.batch.0, record.index), by)).collect();
        for _ in 0..MAX_CORRECTIONS {
            let head = aegle.chain.finalized().await?;
            let mut missing = Vec::new();
            for correction in corrections {
                missing.extend(standing(aegle, &head, domain, batch, *correction, &own).await?);
            }
            if missing.is_empty() {
                return Ok(());
            }
            let message = ledger::messages::Supersede {
                domain,
                batch,
                corrections: missing,
            };
            match aegle.chain.call(self.key(), aegle.contracts.ledger, &message).await {
                Ok(_) => return Ok(()),
                // Somebody else corrects, or an erasure became final meanwhile.
                Err(CallError::Refused(LedgerError::ReplacementGone | LedgerError::AlreadyErased)) => {}
                Err(source) => return Err(CorrectionError::Ledger { batch, source }),
            }
        }
        let index = corrections.first().map_or(0, |correction| correction.index);
        Err(CorrectionError::TooMany(RecordPosition { batch, index }))
    }
}

/// The correction that is to be named on chain; `None` where it stands, or one of the two records is erased: nothing takes
/// its place any more, nor does it take another's.
async fn standing<C: Chain>(
    aegle: &OnChain<'_, C>,
    head: &Head,
    domain: DomainId,
    batch: BatchNumber,
    correction: Correction,
    own: &BTreeMap<(u32, u32), RecordPosition>,
) -> Result<Option<Correction>, CorrectionError> {
    let Correction { index, mut by } = correction;
    let record = RecordPosition { batch, index };
    let before = aegle.fate(head, domain, record).await?;
    if before == Some(Fate::Erased) {
        return Ok(None);
    }
    for _ in 0..MAX_CORRECTIONS {
        if let Some(next) = own.get(&(by.batch.0, by.index)).filter(|_| by != record) {
            by = *next;
            continue;
        }
        match aegle.fate(head, domain, by).await? {
            Some(Fate::Superseded { by: next, .. }) => by = next,
            Some(Fate::Erased) => return Ok(None),
            Some(Fate::Erasing { .. }) | None => {
                let stands = matches!(before, Some(Fate::Superseded { by: standing, .. }) if standing == by);
                return Ok((!stands).then_some(Correction { index, by }));
            }
        }
    }
    Err(CorrectionError::TooMany(record))
}
