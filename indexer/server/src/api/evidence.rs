//! What proves an answer: of scopes that the caller may see all of, so that a proof tells no more than the answer.
use super::{Api, Problem, decide::Universe};
use crate::{labels::BatchTrees, store::CurrentLabels};
use aegle_protocol::wire::{AnswerEvidence, Asked, BatchAnswer, leaf_keys};
use aegle_rules::BatchNumber;
use aegle_sealed::VerifiedToken;
use std::ops::Range;

/// Batches that the evidence of one answer may be about.
const MAX_PROVED_BATCHES: usize = 1_024;
/// Records that the evidence of one answer may be about.
const MAX_PROVED_RECORDS: u64 = 10_000;

/// The batches that an answer is about.
pub(super) struct AnswerBatches {
    /// Those that the tokens reach.
    pub(super) window: Range<u32>,
    /// Those of them that the page shows.
    pub(super) shown: Range<u32>,
}

/// Builds the evidence of an answer.
///
/// # Errors
/// A [`Problem`] if there is no evidence of one of the batches.
pub(super) async fn prove(
    api: &Api,
    asked: &Asked,
    terms: &[Vec<VerifiedToken>],
    AnswerBatches { window, shown }: AnswerBatches,
) -> Result<AnswerEvidence, Problem> {
    if shown.len() > MAX_PROVED_BATCHES {
        return Err(Problem::no_evidence().because(format_args!(
            "more than {MAX_PROVED_BATCHES} batches; search a shorter window, or ask for fewer hits"
        )));
    }
    let mut batches = Vec::new();
    let mut end_of_rest = shown.end;
    while end_of_rest > shown.start {
        let batch = BatchNumber(end_of_rest - 1);
        let trees = api.labels.trees(asked.domain, batch).await?;
        let BatchTrees { trees, labels } = trees.ok_or_else(|| {
            Problem::no_evidence().because(format_args!("batch {batch} is not stored, or waits for new labels"))
        })?;
        let CurrentLabels { span, version } = labels;
        end_of_rest = span.first().0;
        let epoch = trees.opening().epoch;
        let keys = leaf_keys(terms, span, epoch)
            .ok_or_else(|| Problem::token_epoch().because(format_args!("{span} was labelled in epoch {epoch}")))?;
        let proving = tokio::task::spawn_blocking(move || trees.evidence(&keys)).await;
        let evidence = proving.map_err(|_| Problem::unavailable())?;
        let evidence = evidence.map_err(|error| Problem::no_evidence().because(error))?;
        batches.push(BatchAnswer {
            span,
            version,
            evidence,
            withheld: Vec::new(),
        });
    }
    Ok(AnswerEvidence {
        end: window.end,
        batches,
    })
}

/// Checks that the caller may see every record of the patient in the window, found or not: evidence shows which records
/// have the terms, whoever may see them, and a refusal that depended on that would show it too.
///
/// # Errors
/// A [`Problem`]: the scope is not open to the caller, or has too much in it.
pub(super) fn check_whole(universe: &Universe) -> Result<(), Problem> {
    if !universe.is_whole {
        return Err(Problem::scope_not_open()
            .because("evidence and label runs are for who may see every record of the patient"));
    }
    if universe.len() > MAX_PROVED_RECORDS {
        return Err(Problem::no_evidence().because(format_args!(
            "the patient has more than {MAX_PROVED_RECORDS} records in the window; search a shorter one"
        )));
    }
    Ok(())
}
