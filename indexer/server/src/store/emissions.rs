//! Events on their way into the projections: many at a time, each after the one before it.
use super::{StoreError, emission::Emission, in_time, notices, projections, sql};
use aegle_chain::ContractEvent;
use aegle_rules::{consent, consortium, ledger};
use deadpool_postgres::Transaction;
use futures_util::future::join_all;

impl Emission<'_> {
    /// Whether it is one statement, and one of those below. All others are carried out alone.
    fn is_simple(&self) -> bool {
        use consent::events::Event as Consent;
        use consortium::events::Event as Consortium;
        use ledger::events::Event as Ledger;
        matches!(
            self.event,
            ContractEvent::Consortium(
                Consortium::OrganisationAdmitted(_) | Consortium::RoleSet(_) | Consortium::KeySet(_)
            ) | ContractEvent::Consent(Consent::Granted(_) | Consent::Delegated(_))
                | ContractEvent::Ledger(Ledger::Anchored(_))
        )
    }

    async fn apply(&self, transaction: &Transaction<'_>) -> Result<(), StoreError> {
        projections::apply(transaction, self.block, self.timestamp, self.event).await?;
        notices::apply(transaction, self).await
    }
}

/// Statements that are on their way to the database at the same time. They are sent in their order, and so carried out:
/// `join_all` polls up to 30 futures one after the other.
const PIPELINED: usize = 30;

/// Changes the projections by events, in their order.
pub(super) async fn apply_all(transaction: &Transaction<'_>, events: &[Emission<'_>]) -> Result<(), StoreError> {
    // One that had to be prepared would be overtaken by those after it.
    for statement in STATEMENTS {
        in_time(async { Ok(transaction.prepare_cached(statement).await?) }).await?;
    }
    for run in events.chunk_by(|one, next| one.is_simple() && next.is_simple()) {
        for portion in run.chunks(PIPELINED) {
            let applied = join_all(portion.iter().map(|event| event.apply(transaction))).await;
            applied.into_iter().collect::<Result<(), StoreError>>()?;
        }
    }
    notices::note_all(transaction, events).await
}

/// The statements of simple events.
const STATEMENTS: [&str; 5] = [
    sql!("organisation_admit"),
    sql!("role_set"),
    sql!("directory_set"),
    sql!("grant_insert"),
    sql!("anchor_insert"),
];
