//! Why a request is refused, as FHIR says it.

use crate::wire::{Problem, ProblemCode};
use serde_json::{Value, json};

/// The system of the code that says finer than FHIR's why a request is refused: the `reason` of a problem document.
pub const ISSUE_SYSTEM: &str = "https://github.com/aegle/aegle/fhir/CodeSystem/problem-reason";

/// Maps a problem to an OperationOutcome of one issue: its code as FHIR's issue type, its reason as a code of our own, and what
/// it says in words.
pub fn operation_outcome(problem: &Problem) -> Value {
    let code = match (problem.code, problem.reason.as_str()) {
        (_, "no-such-path" | "no-such-method") => "not-supported",
        (ProblemCode::NotFound, _) => "not-found",
        (ProblemCode::Malformed | ProblemCode::NotAnchored, _) => "invalid",
        (ProblemCode::Unsigned | ProblemCode::Replayed, _) => "login",
        (ProblemCode::Expired, _) => "expired",
        (ProblemCode::NotPermitted, _) => "forbidden",
        (ProblemCode::TooLarge, _) => "too-long",
        (ProblemCode::Conflict, _) => "conflict",
        (ProblemCode::BudgetSpent | ProblemCode::TooMany, _) => "throttled",
        (ProblemCode::ChainUnavailable, _) => "transient",
        (ProblemCode::Internal | ProblemCode::Unknown, _) if problem.status == 503 => "transient",
        (ProblemCode::Internal | ProblemCode::Unknown, _) => "exception",
    };
    let words = match &problem.detail {
        Some(detail) => format!("{}: {detail}", problem.title),
        None => problem.title.clone(),
    };
    let mut issue = json!({ "severity": "error", "code": code, "diagnostics": words });
    if !problem.reason.is_empty() {
        issue["details"] = json!({ "coding": [{ "system": ISSUE_SYSTEM, "code": problem.reason }] });
    }
    json!({ "resourceType": "OperationOutcome", "issue": [issue] })
}
