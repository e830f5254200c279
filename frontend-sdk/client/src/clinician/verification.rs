//! What the chain bears out about a record, without opening it.

use super::opening::{Found, OpeningError};
use crate::{
    account::AccountKey,
    chain::{Chain, Head},
    deployment::Aegle,
    remote::Transport,
};
use aegle_protocol::record::RecordId;
use aegle_rules::{
    Purposes,
    consent::{self, Explained},
    ledger::Fate,
};

/// A record's row that is under the root of its batch, and what the contracts say of the record now.
pub struct Verification {
    /// The row, its position, and its batch as the ledger has it.
    pub found: Found,
    /// What became of the record; `None` when nothing did.
    pub fate: Option<Fate>,
    /// Whether the consent contract lets the asker see it, and through which organisation.
    pub explained: Explained,
    /// The finalized block as of which all of this is so.
    pub head: Head,
}

/// Verifies that a record is under the root of the batch that the ledger holds, and asks the contracts what became of it and
/// whether `key`'s account may see it for a purpose. The content is neither fetched nor verified. The indexer notes it in the
/// patient's log.
///
/// # Errors
/// See [`OpeningError`]: the indexer shows nothing of what is absent, erased or not permitted, and what it shows that is not on
/// the ledger is refused.
pub async fn verify<C: Chain, T: Transport>(
    aegle: &Aegle<'_, C, T>,
    key: &AccountKey,
    record: RecordId,
    purpose: Purposes,
) -> Result<Verification, OpeningError> {
    let head = aegle.chain.finalized().await?;
    let found = Found::fetch(aegle, &head, key, record, purpose).await?;
    let fate = aegle.fate(&head, found.domain, found.position).await?;
    let row = found.record.row();
    let question = consent::Check {
        requester: key.account(),
        patient: row.header.patient,
        purpose,
        facts: row.facts(),
        research: consent::Declaration::default(),
        extent: consent::Extent::Open,
        membership: None,
        at: head.timestamp,
    };
    let explained = aegle.explain(&head, question).await?;
    Ok(Verification {
        found,
        fate,
        explained,
        head,
    })
}
