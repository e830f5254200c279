//! Records that newer versions take the place of.

use super::Custodian;
use crate::{
    chain::{CallError, Chain, ChainError},
    deployment::OnChain,
};
use aegle_rules::{
    DomainId,
    ledger::{self, Fate, LedgerError, RecordPosition},
};

/// The most corrections that are followed from one to the next.
const MAX_CORRECTIONS: u32 = 64;

/// The reason why a record is not superseded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CorrectionError {
    /// The ledger refused, or the chain.
    #[error("superseding record {} of batch {}: {source}", record.index, record.batch)]
    Ledger {
        /// The record.
        record: RecordPosition,
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
    /// Names on chain the record that takes the place of another one. Where that one was itself corrected, the last
    /// correction is named. It may be called again; what is erased stays so.
    ///
    /// # Errors
    /// See [`CorrectionError`].
    pub async fn supersede<C: Chain>(
        &self,
        aegle: &OnChain<'_, C>,
        domain: DomainId,
        record: RecordPosition,
        mut by: RecordPosition,
    ) -> Result<(), CorrectionError> {
        for _ in 0..MAX_CORRECTIONS {
            let head = aegle.chain.finalized().await?;
            match aegle.fate(&head, domain, record).await? {
                Some(Fate::Erased { .. }) => return Ok(()),
                Some(Fate::Superseded { by: standing, .. }) if standing == by => return Ok(()),
                _ => {}
            }
            match aegle.fate(&head, domain, by).await? {
                Some(Fate::Superseded { by: next, .. }) => by = next,
                // Nothing can take a place any more once it is erased; the record itself is gone with it.
                Some(Fate::Erased { .. }) => return Ok(()),
                None => {
                    let message = ledger::messages::Supersede {
                        domain,
                        batch: record.batch,
                        index: record.index,
                        by,
                    };
                    let called = aegle.chain.call(self.key(), aegle.contracts.ledger, &message).await;
                    return match called {
                        Ok(_) => Ok(()),
                        Err(CallError::Refused(LedgerError::ReplacementGone)) => continue,
                        Err(source) => Err(CorrectionError::Ledger { record, source }),
                    };
                }
            }
        }
        Err(CorrectionError::TooMany(record))
    }
}
