//! From what is to be done on chain for records that are sealed to nothing.

use super::{Event, Intake, IntakeError};
use crate::{
    chain::{CallError, Chain},
    custodian::{ErasureError, Opening, request_erasure},
    native::journal::{Action, Identity, MISFILED},
};
use aegle_rules::{
    BatchNumber,
    ledger::{Correction, ErasureReason, LedgerError},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use std::collections::HashMap;

/// Transactions that are under way at the same time.
const PARALLEL_ACTIONS: usize = 8;

/// Actions that one transaction does, or a few where one does not take them all: they are of one kind and one batch.
struct Together<'a> {
    batch: BatchNumber,
    /// Why the records are erased; `None` for corrections.
    reason: Option<ErasureReason>,
    actions: Vec<&'a (u64, Action)>,
}

/// The actions at the beginning that may be done in any order, by kind and batch. What is to be done for one resource is
/// done in order, but for erasures of several versions of it.
fn together(actions: &[(u64, Action)]) -> Vec<Together<'_>> {
    let mut only_erased: HashMap<&Identity, bool> = HashMap::new();
    let independent = actions.iter().take_while(|(_, action)| {
        let erases = !matches!(action, Action::Supersede { .. });
        match only_erased.insert(action.identity(), erases) {
            None => true,
            Some(erased_before) => erased_before && erases,
        }
    });
    let mut found: Vec<Together<'_>> = Vec::new();
    for numbered in independent {
        let (batch, reason) = match &numbered.1 {
            Action::Supersede { record, .. } => (record.batch, None),
            Action::Erase { record, reason, .. } => (record.batch, Some(*reason)),
            Action::Refile { record, .. } => (record.batch, Some(MISFILED)),
        };
        match found.iter_mut().find(|own| own.batch == batch && own.reason == reason) {
            Some(own) => own.actions.push(numbered),
            None => found.push(Together {
                batch,
                reason,
                actions: vec![numbered],
            }),
        }
    }
    found
}

impl Intake<'_> {
    /// Does on chain what is still to be done for records that are sealed. An erasure that this key may not ask for, or
    /// that is more than a day's limit, stays to be done.
    pub(super) async fn act(&mut self, watch: &mut dyn FnMut(Event<'_>)) -> Result<(), IntakeError> {
        let mut from = 0;
        loop {
            let actions = self.journal.actions(from)?;
            let together = together(&actions);
            let done = together.iter().map(|own| own.actions.len()).sum::<usize>();
            let Some((last, _)) = done.checked_sub(1).and_then(|last| actions.get(last)) else {
                return Ok(());
            };
            from = last.saturating_add(1);
            let this = &*self;
            let doing = together.iter().map(async |own| {
                let is_done = this.act_on(own).await?;
                Ok::<_, IntakeError>((own, is_done))
            });
            let mut doing = stream::iter(doing).buffer_unordered(PARALLEL_ACTIONS);
            let (mut refused, mut refiled) = (Vec::new(), Vec::new());
            while let Some((own, is_done)) = doing.try_next().await? {
                if is_done {
                    this.once_indexed(own).await?;
                }
                for (number, action) in &own.actions {
                    if is_done {
                        let opened = this.opened(action).await?;
                        this.journal.done(*number, action, &opened)?;
                        watch(Event::Acted(action));
                        refiled.push((action, opened));
                    } else {
                        refused.push(action);
                    }
                }
            }
            drop(doing);
            for action in refused {
                self.outcome.add_not_erased(action);
            }
            for (action, opened) in refiled {
                self.outcome.add_refiled(action, opened);
            }
        }
    }

    /// Those who had opened a record that is refiled, up to the block that the chain is at; nobody for other actions. Until
    /// its erasure is final, or a second admin asks for it too, others can.
    async fn opened(&self, action: &Action) -> Result<Vec<Opening>, IntakeError> {
        let Action::Refile { record, name, .. } = action else {
            return Ok(Vec::new());
        };
        let opened = self.custodian.openings(&self.aegle, name).await;
        opened.map_err(|source| IntakeError::Openings {
            record: *record,
            source,
        })
    }

    /// Waits until the indexer has seen what the chain has now, where one of these is refiled.
    async fn once_indexed(&self, together: &Together<'_>) -> Result<(), IntakeError> {
        let mut actions = together.actions.iter().map(|(_, action)| action);
        let Some(refiled) = actions.find(|action| matches!(action, Action::Refile { .. })) else {
            return Ok(());
        };
        let head = self.aegle.chain.finalized().await?;
        let seen = self.custodian.once_indexed(&self.aegle, head.number).await;
        seen.map_err(|source| IntakeError::Openings {
            record: refiled.record(),
            source,
        })
    }

    /// Does what one transaction takes; `false` when it is an erasure that stays to be done.
    async fn act_on(&self, together: &Together<'_>) -> Result<bool, IntakeError> {
        let batch = together.batch;
        let Some(reason) = together.reason else {
            let corrections = together.actions.iter().filter_map(|(_, action)| match action {
                Action::Supersede { record, by, .. } => Some(Correction {
                    index: record.index,
                    by: *by,
                }),
                Action::Erase { .. } | Action::Refile { .. } => None,
            });
            let corrections: Vec<Correction> = corrections.collect();
            let superseding = self
                .custodian
                .supersede(&self.aegle, self.domain(), batch, &corrections);
            superseding.await?;
            return Ok(true);
        };
        let records = together.actions.iter().map(|(_, action)| action.record().index);
        let records: Vec<u32> = records.collect();
        let asked = request_erasure(
            &self.aegle,
            self.custodian.key(),
            self.domain(),
            batch,
            &records,
            reason,
        );
        match asked.await {
            Ok(_) => Ok(true),
            Err(ErasureError::Ledger(CallError::Refused(
                LedgerError::NotCustodian | LedgerError::TooManyErasures { .. } | LedgerError::TooManyPending,
            ))) => Ok(false),
            Err(source) => Err(IntakeError::Erasure { batch, source }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aegle_rules::ledger::RecordPosition;

    fn identity(id: &str) -> Identity {
        Identity {
            source: "here".into(),
            resource_type: "Observation".into(),
            id: id.into(),
        }
    }

    fn position(batch: u32, index: u32) -> RecordPosition {
        RecordPosition {
            batch: BatchNumber(batch),
            index,
        }
    }

    fn erase(id: &str, batch: u32, reason: ErasureReason) -> Action {
        Action::Erase {
            identity: identity(id),
            record: position(batch, 1),
            reason,
        }
    }

    fn supersede(id: &str, batch: u32) -> Action {
        Action::Supersede {
            identity: identity(id),
            record: position(batch, 1),
            by: position(9, 1),
        }
    }

    /// The numbers of the actions that are done together.
    fn groups(actions: Vec<Action>) -> Vec<Vec<u64>> {
        let numbered: Vec<(u64, Action)> = (0..).zip(actions).collect();
        let groups = together(&numbered);
        let numbers = |own: &Together<'_>| own.actions.iter().map(|(number, _)| *number).collect();
        groups.iter().map(numbers).collect()
    }

    #[test]
    fn one_transaction_takes_what_is_of_one_kind_and_one_batch() {
        use ErasureReason::{EnteredInError, RetentionEnded};
        let actions = vec![
            supersede("a", 0),
            erase("b", 0, RetentionEnded),
            supersede("c", 0),
            erase("d", 0, EnteredInError),
            erase("e", 0, RetentionEnded),
            supersede("f", 1),
        ];
        assert_eq!(groups(actions), [vec![0, 2], vec![1, 4], vec![3], vec![5]]);
    }

    #[test]
    fn what_is_done_for_one_resource_is_done_in_order_but_for_erasures() {
        use ErasureReason::RetentionEnded;
        let versions = vec![erase("a", 0, RetentionEnded), erase("a", 0, RetentionEnded)];
        assert_eq!(groups(versions), [vec![0, 1]]);
        let in_order = vec![supersede("a", 0), erase("a", 0, RetentionEnded), supersede("b", 0)];
        assert_eq!(groups(in_order), [vec![0]]);
        assert_eq!(groups(vec![supersede("a", 0), supersede("a", 1)]), [vec![0]]);
        assert_eq!(
            groups(vec![erase("a", 0, RetentionEnded), supersede("a", 0)]),
            [vec![0]]
        );
    }
}
