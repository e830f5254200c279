//! Which of the records that were found the caller may see.
use super::{Api, Problem, signed::Caller};
use crate::{
    policy::{Question, RecordQuestion, Verdict},
    store::RecordFound,
};
use aegle_protocol::wire::Asked;
use aegle_sealed::Scope;

/// Records that one request asks the contract about.
pub(super) const MAX_CANDIDATES: usize = 10_000;
/// Records that are asked about together.
const CHUNK: usize = 256;

/// Divides numbers of records of a batch into portions that are read and asked about together.
pub(super) fn portions(numbers: impl Iterator<Item = u32>) -> Vec<Vec<u32>> {
    let numbers: Vec<u32> = numbers.collect();
    numbers.chunks(CHUNK).map(<[u32]>::to_vec).collect()
}

/// A record, and whether the caller may see it.
pub(super) struct Judged {
    pub(super) record: RecordFound,
    pub(super) allowed: bool,
}

/// Asks the contract which of these records the caller may see; those of another scope are left out: the labels' scope says
/// whose a record is, and so does its own row, and both must.
///
/// # Errors
/// A [`Problem`] if one of them cannot be decided.
pub(super) async fn judge(
    api: &Api,
    caller: &Caller,
    asked: &Asked,
    mut records: Vec<RecordFound>,
) -> Result<Vec<Judged>, Problem> {
    if let Scope::Patient(patient) = asked.scope {
        records.retain(|record| record.patient == patient);
    }
    let question = |record: &RecordFound| {
        let question = Question {
            requester: caller.account,
            patient: record.patient,
            purpose: asked.purpose,
            research: asked.research,
        };
        RecordQuestion {
            question,
            facts: record.facts,
        }
    };
    let questions: Vec<_> = records.iter().map(question).collect();
    let verdicts = api.policy.verdicts(&caller.view, &questions).await?;
    let allowed = verdicts.iter().map(Verdict::allows);
    let judged = records.into_iter().zip(allowed);
    Ok(judged.map(|(record, allowed)| Judged { record, allowed }).collect())
}
