//! Decisions for a custodian's own systems: one call for everything that a page, or a whole search, would show. Whatever is not
//! decided is denied.
use super::{
    Api, Problem, json,
    signed::{SignedRequest, signed},
};
use crate::{gate::GateError, store::RecordFound};
use aegle_http::wall_clock;
use aegle_policy::{Question, RecordQuestion, Ruling};
use aegle_protocol::{
    record::RecordId,
    wire::{ConsentDecision, DecisionAnswer, DecisionQuestion, DecisionRequest, Subject},
};
use aegle_rules::{
    AccountId,
    consent::{Extent, Facts},
};
use axum::{
    Json,
    extract::{Request, State},
};
use std::{collections::HashMap, sync::Arc};

/// Handles `POST /v1/decisions`: for custodians and admins of organisations. Consent is on chain, where everybody reads it;
/// which facts a record has is told to nobody who does not keep it.
pub(super) async fn decide(State(api): State<Arc<Api>>, request: Request) -> Result<Json<DecisionAnswer>, Problem> {
    let SignedRequest { body, caller, .. } = signed(&api, request).await?;
    let organisation = caller.as_custodian()?.organisation;
    let DecisionRequest { questions } = read(&body)?;
    let records = questions.iter().filter_map(|question| match question.about {
        Subject::Record(record) => Some(record),
        Subject::Resource { .. } => None,
    });
    let records: Vec<RecordId> = records.collect();
    let kept = match records.is_empty() {
        true => Vec::new(),
        false => api.store.records_kept(organisation, &records).await?,
    };
    let kept: HashMap<RecordId, RecordFound> = kept.into_iter().map(|record| (record.id, record)).collect();
    let mut decisions = vec![ConsentDecision::DENIED; questions.len()];
    let (mut places, mut asked) = (Vec::new(), Vec::new());
    for (place, question) in questions.iter().enumerate() {
        // What is not there is not asked about, and stays denied.
        if let Some((patient, facts)) = subject(question, &kept) {
            places.push(place);
            asked.push(RecordQuestion {
                question: Question {
                    requester: question.actor,
                    patient,
                    purpose: question.purpose,
                    research: question.research,
                    extent: Extent::Open,
                },
                facts,
            });
        }
    }
    caller.charge(asked.len());
    let rulings = api.policy.rulings(&caller.view, wall_clock(), &asked);
    let rulings = rulings.await.map_err(GateError::from)?;
    for (place, ruling) in places.into_iter().zip(&rulings) {
        decisions[place] = decision(ruling);
    }
    let head = caller.view.finalized();
    Ok(Json(DecisionAnswer {
        permitted: decisions.iter().filter(|decision| decision.permit).count() as u32,
        decisions,
        block: head.id(),
        at: head.timestamp,
    }))
}

fn read(body: &[u8]) -> Result<DecisionRequest, Problem> {
    let request: DecisionRequest = json(body)?;
    let checked = request.check();
    checked.map_err(|error| Problem::invalid_questions().because(error))?;
    Ok(request)
}

/// Returns the patient and the facts that a question is about; `None` where there is no such record.
fn subject(question: &DecisionQuestion, kept: &HashMap<RecordId, RecordFound>) -> Option<(AccountId, Facts)> {
    match question.about {
        Subject::Record(record) => kept.get(&record).map(|found| (found.patient, found.facts)),
        Subject::Resource { .. } => question.about.resource(),
    }
}

fn decision(ruling: &Ruling) -> ConsentDecision {
    match ruling.allows() {
        true => ConsentDecision {
            permit: true,
            grant: ruling.permitted_by(),
        },
        false => ConsentDecision::DENIED,
    }
}
