//! Whether the journal knows what is on chain.

use super::{Intake, IntakeError};
use crate::chain::Chain;
use aegle_rules::BatchNumber;

impl Intake<'_> {
    /// Refuses to go on when batches of the domain are on chain that came after the last one of the journal: a journal that
    /// was lost or put back from a backup would seal their records again. All batches of a domain are of one organisation.
    pub(super) async fn check_complete(&self) -> Result<(), IntakeError> {
        if self.options.other_journals {
            return Ok(());
        }
        let (head, domain) = (self.aegle.chain.finalized().await?, self.domain());
        let anchored = self
            .aegle
            .domain(&head, domain)
            .await?
            .map_or(0, |state| state.next_batch);
        let first = self.journal.last_batch()?.map_or(0, |last| last.0.saturating_add(1));
        if anchored > first {
            return Err(IntakeError::UnknownBatches {
                folder: self.journal.folder().to_owned(),
                domain,
                first: BatchNumber(first),
                last: BatchNumber(anchored - 1),
            });
        }
        Ok(())
    }
}
