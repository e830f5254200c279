//! Postgres with itself.
use super::{Findings, VerifyError};
use crate::store::{CommitError, ProjectionState, Store};
use aegle_protocol::Contracts;

/// Looks for blocks that were skipped, and for events without one.
pub(super) async fn blocks(store: &Store) -> Result<Findings, VerifyError> {
    let mut findings = Findings::default();
    let (first, checkpoint) = (store.first_block().await?, store.checkpoint().await?);
    if let (Some(first), Some(checkpoint)) = (first, checkpoint) {
        findings.checked = u64::from(checkpoint.number.saturating_sub(first)) + 1;
        match store.blocks_in(checkpoint.number..=checkpoint.number).await?.first() {
            Some(block) if *block == checkpoint => {}
            _ => findings.different(format_args!("the checkpoint, block {}", checkpoint.number)),
        }
    }
    for range in store.missing_blocks().await? {
        for number in range {
            findings.missing(format_args!("block {number}"));
        }
    }
    for (block, index) in store.events_without_block().await? {
        findings.surplus(format_args!("event {index} of block {block}, which is not stored"));
    }
    Ok(findings)
}

/// Compares the projections with what the stored events make of them.
pub(super) async fn projections(store: &Store, contracts: &Contracts) -> Result<Findings, VerifyError> {
    let mut findings = Findings::default();
    let [stored, made] = match store.compare_projections(contracts).await {
        Ok(compared) => compared,
        Err(CommitError::Event(error)) => {
            findings.different(format_args!("an event, which cannot be read: {error}"));
            return Ok(findings);
        }
        Err(error) => return Err(error.into()),
    };
    let mut names: Vec<&str> = stored.iter().chain(&made).map(|state| state.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let of = |states: &[ProjectionState]| {
            let found = states.iter().find(|state| state.name == name);
            found.map_or((0, String::new()), |state| (state.rows, state.digest.clone()))
        };
        let ((rows, digest), (expected, made)) = (of(&stored), of(&made));
        findings.checked += rows;
        if (rows, &digest) != (expected, &made) {
            findings.different(format_args!(
                "the projection {name}: {rows} rows, and the events make {expected}; `reindex` makes it again"
            ));
        }
    }
    Ok(findings)
}

/// Looks for batches that lack records, an anchor or labels, and for records without a batch.
pub(super) async fn batches(store: &Store) -> Result<Findings, VerifyError> {
    let mut findings = Findings {
        checked: store.counters().await?.batches,
        ..Findings::default()
    };
    for fault in store.broken_batches().await? {
        let (domain, batch) = (fault.domain, fault.batch);
        if fault.found < fault.records {
            let lost = fault.records - fault.found;
            findings.missing(format_args!("{lost} records of batch {batch} of domain {domain}"));
        }
        if fault.found > fault.records {
            let more = fault.found - fault.records;
            findings.surplus(format_args!("{more} records of batch {batch} of domain {domain}"));
        }
        if !fault.anchored {
            findings.surplus(format_args!("batch {batch} of domain {domain}, which is not anchored"));
        }
        if !fault.labelled {
            findings.missing(format_args!("the labels of batch {batch} of domain {domain}"));
        }
    }
    for record in store.records_without_batch().await? {
        findings.surplus(format_args!("record {record}, whose batch is not stored"));
    }
    Ok(findings)
}
