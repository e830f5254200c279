//! Erasing records of an organisation: asked for, seconded, called off, and listed.

use crate::{
    account::Account,
    deployment::Deployment,
    fault::Fault,
    host::Host,
    json::{self, Paid},
};
use aegle_client::{
    chain::Chain as _,
    custodian::{self, RequestedErasure},
};
use aegle_rules::{
    BatchNumber, DomainId, ErasureId, Timestamp,
    ledger::{Erasure, ErasureReason},
};
use serde::Deserialize;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;

/// The grounds of an erasure, by the names of `aegle custodian erase`.
const REASONS: [(&str, ErasureReason); 5] = [
    ("retention-ended", ErasureReason::RetentionEnded),
    ("patient-request", ErasureReason::PatientRequest),
    ("unlawful", ErasureReason::Unlawful),
    ("legal-obligation", ErasureReason::LegalObligation),
    ("entered-in-error", ErasureReason::EnteredInError),
];

/// What is to be erased, and on which ground.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    domain: DomainId,
    batch: BatchNumber,
    numbers: Vec<u32>,
    reason: String,
}

impl Wanted {
    fn reason(&self) -> Result<ErasureReason, Fault> {
        let known = REASONS.iter().find(|(name, _)| *name == self.reason);
        known.map(|(_, reason)| *reason).ok_or_else(|| {
            let all = REASONS.map(|(name, _)| name).join(", ");
            Fault::argument(format!(
                "`{}` is no ground of an erasure: write one of {all}",
                self.reason
            ))
        })
    }
}

fn requested(own: &RequestedErasure) -> Value {
    json!({
        "erasure": own.erasure,
        "numbers": own.records,
        // One that was called off in the same moment never is.
        "finalAt": (own.final_at < Timestamp::MAX).then_some(own.final_at),
        "receipt": Paid::from(&own.receipt),
    })
}

fn listed(id: &ErasureId, erasure: &Erasure, now: Timestamp) -> Value {
    let reason = REASONS.iter().find(|(_, reason)| *reason == erasure.reason);
    json!({
        "erasure": id,
        "batch": erasure.batch,
        "numbers": erasure.records,
        "reason": reason.map(|(name, _)| *name),
        "requestedBy": erasure.requested_by,
        "secondedBy": erasure.seconded_by,
        "finalAt": erasure.final_at,
        "final": erasure.is_final(now),
    })
}

#[wasm_bindgen]
impl Account {
    /// Asks for the erasure of records of a batch; the JSON of the requests, one for each transaction.
    #[wasm_bindgen(js_name = requestErasure)]
    pub async fn request_erasure(&self, deployment: &Deployment, host: Host, wanted: &str) -> Result<String, JsValue> {
        let wanted: Wanted = json::read("what is to be erased", wanted)?;
        let (connection, reason) = (deployment.connection(host), wanted.reason()?);
        let Wanted {
            domain, batch, numbers, ..
        } = wanted;
        let aegle = connection.on_chain();
        let asked = custodian::request_erasure(&aegle, self.key(), domain, batch, &numbers, reason).await;
        let asked = asked.map_err(Fault::from)?;
        Ok(json::write(&asked.iter().map(requested).collect::<Vec<_>>()))
    }

    /// Asks, as a second admin or as the patient of the records, for an erasure that an admin asked for; the JSON of the receipt.
    #[wasm_bindgen(js_name = secondErasure)]
    pub async fn second_erasure(
        &self,
        deployment: &Deployment,
        host: Host,
        domain: u32,
        erasure: u32,
    ) -> Result<String, JsValue> {
        let (connection, domain) = (deployment.connection(host), DomainId(domain));
        let seconded = custodian::second_erasure(&connection.on_chain(), self.key(), domain, ErasureId(erasure)).await;
        Ok(json::write(&Paid::from(&seconded.map_err(Fault::from)?)))
    }

    /// Calls an erasure off that is not final; the JSON of the receipt.
    #[wasm_bindgen(js_name = cancelErasure)]
    pub async fn cancel_erasure(
        &self,
        deployment: &Deployment,
        host: Host,
        domain: u32,
        erasure: u32,
    ) -> Result<String, JsValue> {
        let (connection, domain) = (deployment.connection(host), DomainId(domain));
        let cancelled = custodian::cancel_erasure(&connection.on_chain(), self.key(), domain, ErasureId(erasure)).await;
        Ok(json::write(&Paid::from(&cancelled.map_err(Fault::from)?)))
    }
}

/// Lists the requests for erasure of a domain that were not called off, newest first, of the last `last` that were made; JSON.
#[wasm_bindgen]
pub async fn erasures(deployment: &Deployment, host: Host, domain: u32, last: u32) -> Result<String, JsValue> {
    let connection = deployment.connection(host);
    let aegle = connection.on_chain();
    let head = aegle.chain.finalized().await.map_err(Fault::from)?;
    let found = custodian::erasures(&aegle, &head, DomainId(domain), last).await;
    let found = found.map_err(Fault::from)?;
    let entries = found.iter().map(|(id, erasure)| listed(id, erasure, head.timestamp));
    Ok(json::write(&entries.collect::<Vec<_>>()))
}
