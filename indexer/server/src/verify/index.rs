//! The label index with the labels that are stored.
use super::{Findings, VerifyError};
use crate::{
    labels::{LabelsError, decode, differences},
    store::Store,
};
use aegle_index::{IndexOptions, LabelIndex};
use std::{collections::BTreeSet, path::Path};
use tokio::task::spawn_blocking;

/// Compares every label.
pub(super) async fn labels(store: &Store, data: &Path) -> Result<Findings, VerifyError> {
    let mut findings = Findings::default();
    let folder = data.join("index");
    let opened = spawn_blocking(move || LabelIndex::open(&folder, IndexOptions::default())).await;
    let index = match opened.map_err(|_| VerifyError::Closed)? {
        Ok(index) => index,
        Err(error) => {
            findings.missing(format_args!(
                "the index, which cannot be opened: {error}; `reindex` makes it again"
            ));
            return Ok(findings);
        }
    };
    let searcher = index.searcher();
    let places = store.label_places().await?;
    findings.checked = places.len() as u64;
    let differences = differences(&places, &searcher.held(), u64::MAX);
    let told: BTreeSet<u64> = differences
        .iter()
        .filter_map(|difference| difference.sequence)
        .collect();
    for difference in differences {
        match difference.expected {
            None => findings.surplus(difference),
            Some(expected) if difference.held < expected => findings.missing(difference),
            Some(_) => findings.different(difference),
        }
    }
    for _ in 0..searcher.duplicates() {
        findings.surplus("a batch that is in the index twice");
    }
    let mut after = 0;
    while let Some(row) = store.labels_after(after).await? {
        after = row.stored.sequence;
        let (domain, span) = (row.stored.domain, row.stored.span);
        let erased = store.erased_of(domain, span.first()).await?;
        let (labels, searcher) = (decode(&row)?, searcher.clone());
        let comparing = spawn_blocking(move || searcher.holds(domain, span.first(), &labels, &erased));
        let same = comparing.await.map_err(|_| VerifyError::Closed)?;
        // Records that are erased and not removed yet may be in it.
        let pending = places
            .iter()
            .any(|place| place.sequence == after && place.erased > place.removed);
        if !same.map_err(LabelsError::Search)? && !pending && !told.contains(&after) {
            findings.different(format_args!("labels from batch {} of domain {domain}", span.first()));
        }
    }
    spawn_blocking(move || drop(index))
        .await
        .map_err(|_| VerifyError::Closed)?;
    Ok(findings)
}
