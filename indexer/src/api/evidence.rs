//! What proves an answer: of scopes that the caller may see all of, so that a proof tells no more than the answer.
use super::{
    Api, Problem,
    search::{CHUNK, MAX_CANDIDATES, check_tokens, question},
    signed::Caller,
};
use aegle_crypto::protocol::{AnswerEvidence, Asked, BatchAnswer, Hit, RecordPlace, leaf_keys};
use aegle_rules::BatchNumber;
use aegle_sealed::{Scope, VerifiedToken};

/// Batches that the evidence of one answer may be about.
const MAX_PROVED_BATCHES: u32 = 1_024;

/// The evidence of a page of hits.
pub(super) async fn prove(
    api: &Api,
    caller: &Caller,
    asked: &Asked,
    terms: &[Vec<VerifiedToken>],
    (hits, limit, after): (&[Hit], u32, Option<RecordPlace>),
) -> Result<AnswerEvidence, Problem> {
    let domain = api.store.domain(asked.domain).await?.ok_or(Problem::unknown_domain())?;
    let (from, end) = check_tokens(terms, &domain)?;
    check_open(api, caller, asked, (from, end)).await?;
    // A page that is full ends with its last hit; the next one goes on from there.
    let full = hits.len() == limit as usize;
    let last = hits.last().filter(|_| full).map_or(from, |hit| hit.batch.0);
    let newest = after.map_or(end, |after| end.min(after.batch.0.saturating_add(1)));
    if newest.saturating_sub(last) > MAX_PROVED_BATCHES {
        return Err(Problem::no_evidence().because(format_args!(
            "more than {MAX_PROVED_BATCHES} batches; search a shorter window, or ask for fewer hits"
        )));
    }
    let mut batches = Vec::new();
    for batch in (last..newest).rev().map(BatchNumber) {
        let trees = api.labels.trees(asked.domain, batch).await?;
        let (trees, version) = trees.ok_or_else(|| {
            Problem::no_evidence().because(format_args!("batch {batch} is not stored, or waits for new labels"))
        })?;
        let epoch = trees.opening().epoch;
        let keys = leaf_keys(terms, batch, epoch).ok_or_else(|| {
            Problem::token_epoch().because(format_args!("batch {batch} was labelled in epoch {epoch}"))
        })?;
        let proving = tokio::task::spawn_blocking(move || trees.evidence(&keys)).await;
        let evidence = proving.map_err(|_| Problem::unavailable())?;
        let evidence = evidence.map_err(|error| Problem::no_evidence().because(error))?;
        batches.push(BatchAnswer {
            batch,
            version,
            evidence,
            withheld: Vec::new(),
        });
    }
    Ok(AnswerEvidence { end, batches })
}

/// Whether the caller may see every record of the patient in the window, found or not: evidence shows which records have
/// the terms, whoever may see them, and a refusal that depended on that would show it too.
async fn check_open(api: &Api, caller: &Caller, asked: &Asked, window: (u32, u32)) -> Result<(), Problem> {
    let Scope::Patient(patient) = asked.scope else {
        return Err(Problem::scope_not_open());
    };
    let records = api
        .store
        .records_of_patient(&patient, asked.domain, window, MAX_CANDIDATES + 1)
        .await?;
    if records.len() > MAX_CANDIDATES {
        return Err(Problem::no_evidence().because(format_args!(
            "the patient has more than {MAX_CANDIDATES} records in the window; search a shorter one"
        )));
    }
    for chunk in records.chunks(CHUNK) {
        let questions: Vec<_> = chunk
            .iter()
            .filter_map(|record| question(caller, asked, record))
            .collect();
        let verdicts = api.policy.verdicts(&caller.view, &questions).await?;
        if !verdicts.iter().all(crate::policy::Verdict::allows) {
            return Err(Problem::scope_not_open().because("evidence is for who may see every record of the patient"));
        }
    }
    Ok(())
}
