//! Searching.

use crate::{
    account::Account,
    deployment::{Deployment, Server},
    fault::Fault,
    host::Host,
    json,
    transport::HostTransport,
};
use aegle_client::{
    protocol::wire::RecordPlace,
    search::{asking::Asking, tokens::TokenService, verify::verified_search},
};
use aegle_rules::{AccountId, DomainId};
use aegle_sealed::query;
use serde::Deserialize;
use serde_json::json;
use wasm_bindgen::prelude::*;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Question {
    /// The custodian's token service.
    custodian: Server,
    domain: DomainId,
    patient: AccountId,
    purpose: String,
    query: String,
    limit: u32,
    after: Option<RecordPlace>,
    /// Whether the indexer must prove that the answer is complete and correct.
    verify: bool,
}

/// Searches one patient's records; the JSON of the hits.
#[wasm_bindgen]
pub async fn search(deployment: &Deployment, host: Host, account: &Account, question: &str) -> Result<String, JsValue> {
    let question: Question = json::read("the search", question)?;
    let parsed = query::parse(&question.query).map_err(Fault::from)?;
    let purpose = json::purposes(&[question.purpose])?;
    let connection = deployment.connection(host.clone());
    let (aegle, key) = (connection.aegle(), account.key());
    let transport = HostTransport {
        host,
        url: question.custodian.url,
    };
    let service = TokenService::new(transport, &deployment.contracts, question.custodian.account);
    let asking = Asking::patient(key.account(), question.patient, purpose);
    let tokens = service.tokens(&aegle, key, question.domain, &asking, &parsed.terms);
    let mut request = asking.search(question.domain, tokens.await.map_err(Fault::from)?, parsed.expression);
    (request.limit, request.after) = (question.limit, question.after);
    let answer = if question.verify {
        let verified = verified_search(&aegle, key, &request).await.map_err(Fault::from)?;
        json!({ "hits": verified.hits, "next": verified.next, "proofBytes": verified.evidence_bytes })
    } else {
        let answer = aegle.indexer.search(key, &request).await.map_err(Fault::from)?;
        json!({ "hits": answer.hits, "next": answer.next })
    };
    Ok(json::write(&answer))
}
