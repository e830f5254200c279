//! The FHIR R4 facade: grants as Consents and the log of disclosures as AuditEvents, read-only. Who may ask is who may ask
//! `/v1/grants` and `/v1/disclosures`; what the resources say, [`aegle_protocol::fhir`] says.
mod date;
mod search;

use super::{
    Api, Core, Problem,
    grants::is_grantee,
    in_path,
    signed::{Caller, SignedRequest, signed},
};
use crate::store::GrantRow;
use aegle_http::wall_clock;
use aegle_protocol::{
    fhir::{
        BASE_PATH, Disclosed, FHIR_JSON, GrantFacts, ResourceId, SearchPage, audit_event, capability_statement,
        consent, operation_outcome, searchset,
    },
    wire::DisclosureEntry,
};
use aegle_rules::{AccountId, GrantId, consent::Effect};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use search::{Dates, Search, check_read, parameters};
use serde_json::Value;
use std::sync::Arc;

/// The day of the first release that answers so; a CapabilityStatement has a date.
const STATEMENT_DATE: &str = "2026-12-01";
/// What is possible, where something else was asked for.
const POSSIBLE: &str = "by GET only: /fhir/metadata, /fhir/Consent?patient=, /fhir/Consent/ID, /fhir/AuditEvent?patient= and /fhir/AuditEvent/ID; nothing is written here";

/// What is possible, where another format was asked for.
const JSON_ALONE: &str =
    "resources are in JSON alone: ask with `Accept: application/fhir+json`, or with `_format=json`, which counts first";

/// Answers what is asked below [`BASE_PATH`] in FHIR, refusals too, whoever refuses.
pub(super) async fn in_fhir(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_fhir = path == BASE_PATH || path.strip_prefix(BASE_PATH).is_some_and(|rest| rest.starts_with('/'));
    if is_fhir && !takes_json(request.headers(), request.uri().query()) {
        let problem = Problem::invalid_request().because(JSON_ALONE);
        return answer(StatusCode::NOT_ACCEPTABLE, &operation_outcome(&problem.document()));
    }
    let response = next.run(request).await;
    if !is_fhir {
        return response;
    }
    let Some(problem) = response.extensions().get::<Problem>() else {
        return response;
    };
    let said = match problem.reason() {
        "no-such-path" | "no-such-method" => problem.clone().because(POSSIBLE),
        _ => problem.clone(),
    };
    let status = match problem.reason() {
        "no-such-method" => StatusCode::METHOD_NOT_ALLOWED,
        _ => response.status(),
    };
    answer(status, &operation_outcome(&said.document()))
}

/// Whether a request takes JSON, as FHIR R4 (http.html, section 3.1.0.1.11) lets it say: by `_format`, which is read with the other
/// parameters, before `Accept`. What says neither takes whatever there is.
fn takes_json(headers: &HeaderMap, query: Option<&str>) -> bool {
    let mut names = query.unwrap_or_default().split('&').map(|pair| pair.split('=').next());
    if names.any(|name| name == Some("_format")) {
        return true;
    }
    let mut ranges = headers.get_all(header::ACCEPT).iter().peekable();
    ranges.peek().is_none() || ranges.any(|value| value.to_str().is_ok_and(|value| value.split(',').any(is_of_json)))
}

/// Whether a media range of `Accept` (RFC 9110, section 12.5.1) takes in JSON.
fn is_of_json(range: &str) -> bool {
    let mut parts = range.split(';').map(|part| part.trim().to_ascii_lowercase());
    let media = parts.next().unwrap_or_default();
    let is_refused = |part: String| {
        let weight = part.strip_prefix("q=").map(str::parse::<f32>);
        weight.is_some_and(|weight| weight.is_ok_and(|weight| weight <= 0.0))
    };
    [FHIR_JSON, "application/json", "application/*", "*/*"].contains(&media.as_str()) && !parts.any(is_refused)
}

/// Builds an answer that nobody keeps: what may be shown changes from block to block.
fn answer(status: StatusCode, resource: &Value) -> Response {
    let headers = [(header::CONTENT_TYPE, FHIR_JSON), (header::CACHE_CONTROL, "no-store")];
    let mut response = (status, headers, Body::from(resource.to_string())).into_response();
    if status == StatusCode::METHOD_NOT_ALLOWED {
        let get = HeaderValue::from_static("GET");
        response.headers_mut().insert(header::ALLOW, get);
    }
    response
}

/// Handles `GET /fhir/metadata`, of anybody.
pub(super) async fn metadata(request: Request) -> Result<Response, Problem> {
    let (mut parts, _) = request.into_parts();
    check_read(&parameters(&mut parts).await?)?;
    let statement = capability_statement(env!("CARGO_PKG_VERSION"), STATEMENT_DATE);
    Ok(answer(StatusCode::OK, &statement))
}

/// Handles `GET /fhir/Consent?patient=`: for whoever's key controls the patient's account.
pub(super) async fn consents(State(api): State<Arc<Api>>, request: Request) -> Result<Response, Problem> {
    let SignedRequest { mut parts, caller, .. } = signed(&api, request).await?;
    let search = Search::read(&api.bound_to(), parameters(&mut parts).await?, Dates::Refused)?;
    own(&api, &caller, search.patient).await?;
    let total = api.store.grants_count(&search.patient).await?;
    let mut found = api
        .store
        .grants_page(&search.patient, search.after, limit(&search))
        .await?;
    let next = cut(&mut found, &search, |grant| grant.id.0.into());
    let matches = found.iter().map(|grant| mapped(&api, &caller, &search.patient, grant));
    Ok(answer(
        StatusCode::OK,
        &searchset(SearchPage {
            deployment: &api.bound_to(),
            server: &api.proxy.identity().account,
            total,
            this: search.link("Consent", search.after),
            next: next.map(|after| search.link("Consent", after)),
            matches: matches.collect(),
        }),
    ))
}

/// Handles `GET /fhir/Consent/{id}`: for whoever's key controls the patient's account, and while it is not revoked for the
/// grantee of a permit. Whom it denies hears nothing of it, and everybody else hears what they hear of a grant that is not there.
pub(super) async fn consent_of(State(api): State<Arc<Api>>, request: Request) -> Result<Response, Problem> {
    let SignedRequest { mut parts, caller, .. } = signed(&api, request).await?;
    check_read(&parameters(&mut parts).await?)?;
    let ResourceId { patient, number } = id(&mut parts).await?;
    let controls = caller.controls(&api, patient).await?;
    let number = u32::try_from(number).map_err(|_| Problem::not_found())?;
    // What was passed on falls with what it came from, which no event tells: nothing is said of it.
    let given = Some(GrantId(number)).filter(|id| !id.is_delegated());
    let grant = api
        .store
        .grant_row(&patient, given.ok_or(Problem::not_found())?)
        .await?;
    let grant = grant.ok_or(Problem::not_found())?;
    let is_permit = grant.terms.effect == Effect::Permit;
    let stands_for_grantee = is_permit && grant.revoked.is_none() && is_grantee(&caller, &grant.terms.grantee);
    if !controls && !stands_for_grantee {
        return Err(Problem::not_found());
    }
    Ok(answer(StatusCode::OK, &mapped(&api, &caller, &patient, &grant)))
}

/// Handles `GET /fhir/AuditEvent?patient=&date=`: for whoever's key controls the patient's account.
pub(super) async fn audit_events(State(api): State<Arc<Api>>, request: Request) -> Result<Response, Problem> {
    let SignedRequest { mut parts, caller, .. } = signed(&api, request).await?;
    let search = Search::read(&api.bound_to(), parameters(&mut parts).await?, Dates::Supported)?;
    own(&api, &caller, search.patient).await?;
    let (patient, recorded) = (&search.patient, &search.recorded);
    let total = api.store.disclosures_count(patient, recorded).await?;
    let found = api
        .store
        .disclosures_page(patient, recorded, search.after, limit(&search));
    let mut found = found.await?;
    let next = cut(&mut found, &search, |entry| entry.number);
    let matches = events(&api, patient, &found).await?;
    Ok(answer(
        StatusCode::OK,
        &searchset(SearchPage {
            deployment: &api.bound_to(),
            server: &api.proxy.identity().account,
            total,
            this: search.link("AuditEvent", search.after),
            next: next.map(|after| search.link("AuditEvent", after)),
            matches,
        }),
    ))
}

/// Handles `GET /fhir/AuditEvent/{id}`: for whoever's key controls the patient's account. Everybody else hears what they hear
/// of an entry that is not there.
pub(super) async fn audit_event_of(State(api): State<Arc<Api>>, request: Request) -> Result<Response, Problem> {
    let SignedRequest { mut parts, caller, .. } = signed(&api, request).await?;
    check_read(&parameters(&mut parts).await?)?;
    let ResourceId { patient, number } = id(&mut parts).await?;
    if !caller.controls(&api, patient).await? {
        return Err(Problem::not_found());
    }
    let before = number.checked_sub(1).ok_or(Problem::not_found())?;
    let mut found = api.store.disclosures(&patient, before, 1).await?;
    found.retain(|entry| entry.number == number);
    let mut events = events(&api, &patient, &found).await?;
    let event = events.pop().ok_or(Problem::not_found())?;
    Ok(answer(StatusCode::OK, &event))
}

/// Checks that the caller's key controls the patient's account, in the words of every account alike.
async fn own(api: &Core, caller: &Caller, patient: AccountId) -> Result<(), Problem> {
    match caller.controls(api, patient).await? {
        true => Ok(()),
        false => Err(Problem::not_permitted().because("the key that signs does not control the patient's account")),
    }
}

/// The id in the path; what is no id is no resource.
async fn id(parts: &mut Parts) -> Result<ResourceId, Problem> {
    let text: String = in_path(parts).await.map_err(|_| Problem::not_found())?;
    text.parse().map_err(|_| Problem::not_found())
}

/// How many are read for a page: one more says whether there is another page.
fn limit(search: &Search) -> u32 {
    match search.count {
        0 => 0,
        count => u32::from(count) + 1,
    }
}

/// Cuts what was read to the page, and returns after which number the next page begins.
fn cut<T>(found: &mut Vec<T>, search: &Search, number: impl Fn(&T) -> u64) -> Option<u64> {
    let count = usize::from(search.count);
    if found.len() <= count {
        return None;
    }
    found.truncate(count);
    found.last().map(number)
}

fn mapped(api: &Core, caller: &Caller, patient: &AccountId, grant: &GrantRow) -> Value {
    consent(&GrantFacts {
        deployment: &api.bound_to(),
        patient,
        id: grant.id,
        terms: &grant.terms,
        given: grant.given,
        revoked: grant.revoked,
        at: caller.view.latest_time(wall_clock()),
    })
}

/// Maps entries, with the organisations to which the grants are given that permitted them.
async fn events(api: &Core, patient: &AccountId, entries: &[DisclosureEntry]) -> Result<Vec<Value>, Problem> {
    let grants: Vec<GrantId> = entries.iter().filter_map(|entry| entry.disclosure.grant).collect();
    let organisations = api.store.organisations_granted(patient, &grants).await?;
    let (deployment, server) = (api.bound_to(), api.proxy.identity().account);
    let events = entries.iter().map(|entry| {
        let organisation = entry
            .disclosure
            .grant
            .and_then(|grant| organisations.get(&grant).copied());
        audit_event(&Disclosed {
            deployment: &deployment,
            server: &server,
            entry,
            organisation,
        })
    });
    Ok(events.collect())
}
