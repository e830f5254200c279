//! What passes the gate: who asks, what they ask for, and what of it is shown.

use crate::{
    ACTOR_HEADER, PURPOSE_HEADER,
    bundle::{Given, Unexpected, page},
    capabilities,
    receipts::{Filed, Receipts, ResourceName},
    refusal::{NotShown, answer},
    request::{Asked, Refused, Search, read},
    upstream::Upstream,
};
use aegle_client::{account::AccountKey, native::IndexerClient};
use aegle_http::turn;
use aegle_protocol::{
    record::RecordId,
    wire::{ConsentDecision, DecisionQuestion, DecisionRequest, Subject},
};
use aegle_rules::{AccountId, Purposes, consent::Declaration};
use axum::{
    Router,
    extract::{Query, Request, State},
    http::{HeaderMap, Method, StatusCode},
    response::Response,
};
use serde_json::value::RawValue;
use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::Semaphore;

/// Requests that are answered at the same time: each may hold what one search finds.
const MAX_PARALLEL: usize = 8;
/// How long a request waits for its turn.
const TURN_TIMEOUT: Duration = Duration::from_secs(10);

/// The name of no record: names are drawn.
const NO_RECORD: RecordId = RecordId([0; 16]);

/// What the handlers share.
pub(crate) struct Passing {
    key: AccountKey,
    indexer: IndexerClient,
    upstream: Upstream,
    receipts: Arc<Mutex<Receipts>>,
    turns: Arc<Semaphore>,
}

async fn pass(State(passing): State<Arc<Passing>>, request: Request) -> Result<Response, NotShown> {
    let (parts, _) = request.into_parts();
    if parts.method != Method::GET {
        return Err(Refused::Interaction.into());
    }
    let query = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
    let Query(parameters) = query.map_err(|_| Refused::Interaction)?;
    let path = parts.uri.path().trim_start_matches('/');
    let asked = read(path, parameters)?;
    let _turn = turn(&passing.turns, TURN_TIMEOUT).await.map_err(|_| NotShown::Busy)?;
    let shown = match asked {
        Asked::Metadata => {
            let statement = passing.upstream.get(&["metadata"]).await?;
            capabilities::cut_down(&statement.ok_or(Unexpected("it has no metadata"))?)?
        }
        Asked::Read { resource_type, id } => {
            let person = Person::of(&parts.headers)?;
            passing.read(person, ResourceName { resource_type, id }).await?
        }
        Asked::Search(search) => {
            let person = Person::of(&parts.headers)?;
            passing.search(person, &search).await?
        }
    };
    Ok(answer(StatusCode::OK, shown))
}

/// Who asks, and for what.
#[derive(Clone, Copy)]
struct Person {
    actor: AccountId,
    purpose: Purposes,
}

impl Person {
    fn of(headers: &HeaderMap) -> Result<Self, NotShown> {
        let only = |name: &str| {
            let mut values = headers.get_all(name).iter();
            let value = values.next()?.to_str().ok()?;
            values.next().is_none().then_some(value)
        };
        let actor = only(ACTOR_HEADER).and_then(|text| text.parse().ok());
        let purpose = only(PURPOSE_HEADER).and_then(|text| {
            let named = Purposes::NAMES.iter().find(|(name, _)| *name == text);
            named.map(|(_, purpose)| *purpose)
        });
        match (actor, purpose) {
            (Some(actor), Some(purpose)) => Ok(Self { actor, purpose }),
            _ => Err(NotShown::Nobody),
        }
    }
}

impl Passing {
    pub(crate) fn new(key: AccountKey, indexer: IndexerClient, upstream: Upstream, receipts: Receipts) -> Self {
        Self {
            key,
            indexer,
            upstream,
            receipts: Arc::new(Mutex::new(receipts)),
            turns: Arc::new(Semaphore::new(MAX_PARALLEL)),
        }
    }

    pub(crate) fn router(self) -> Router {
        Router::new().fallback(pass).with_state(Arc::new(self))
    }

    async fn read(&self, person: Person, name: ResourceName) -> Result<String, NotShown> {
        // Decided first: what is denied is not fetched. One that was not filed is asked about too, so that its answer takes as long.
        let filed = self.filed(vec![name.clone()]).await?.pop().flatten();
        let record = filed.map_or(NO_RECORD, |filed| filed.record);
        let decisions = self.decide(person, vec![record]).await?;
        let (Some(filed), [true]) = (filed, decisions.as_slice()) else {
            return Err(NotShown::Absent);
        };
        let bytes = self.upstream.get(&[&name.resource_type, &name.id]).await?;
        let unexpected = Unexpected("it is no resource");
        let text = String::from_utf8(bytes.ok_or(NotShown::Absent)?).map_err(|_| unexpected)?;
        let text = RawValue::from_string(text).map_err(|_| unexpected)?;
        let given = Given::read(text, &name.resource_type)?;
        if given.name != name {
            return Err(Unexpected("it is another resource").into());
        }
        match filed.is_of(given.version) {
            true => Ok(given.text.get().to_owned()),
            false => Err(NotShown::Absent),
        }
    }

    async fn search(&self, person: Person, search: &Search) -> Result<String, NotShown> {
        let found = self.upstream.matches(search).await?;
        let names = found.iter().map(|given| given.name.clone()).collect();
        let filed = self.filed(names).await?;
        let mut asked: Vec<(Given, RecordId)> = Vec::with_capacity(found.len());
        for (given, filed) in found.into_iter().zip(filed) {
            let filed = filed.filter(|filed| filed.is_of(given.version));
            asked.extend(filed.map(|filed| (given, filed.record)));
        }
        let mut records: Vec<RecordId> = asked.iter().map(|(_, record)| *record).collect();
        if records.is_empty() {
            // Nothing that was found takes as long as one thing that may not be seen.
            records.push(NO_RECORD);
        }
        let decisions = self.decide(person, records).await?;
        let permitted = asked.into_iter().zip(decisions);
        let permitted: Vec<Given> = permitted
            .filter_map(|((given, _), permit)| permit.then_some(given))
            .collect();
        Ok(page(&permitted, search.part, |part| self.upstream.page(search, part)))
    }

    /// Looks up as which records some resources were filed, in their order.
    async fn filed(&self, names: Vec<ResourceName>) -> Result<Vec<Option<Filed>>, NotShown> {
        let receipts = self.receipts.clone();
        let looking = tokio::task::spawn_blocking(move || {
            let mut receipts = receipts.lock().unwrap_or_else(PoisonError::into_inner);
            receipts.refresh()?;
            Ok::<_, io::Error>(names.iter().map(|name| receipts.filed(name)).collect())
        });
        Ok(looking.await.map_err(io::Error::other)??)
    }

    /// Decides about records, in their order, in one call.
    async fn decide(&self, person: Person, records: Vec<RecordId>) -> Result<Vec<bool>, NotShown> {
        let question = |record: &RecordId| DecisionQuestion {
            about: Subject::Record(*record),
            actor: person.actor,
            purpose: person.purpose,
            research: Declaration::default(),
        };
        let questions = records.iter().map(question).collect();
        let answer = self.indexer.decide(&self.key, &DecisionRequest { questions }).await?;
        let permit = |decision: &ConsentDecision| decision.permit;
        Ok(answer.decisions.iter().map(permit).collect())
    }
}
