//! What the chain bears out about a record.

use crate::{
    deployment::{Connection, Deployment},
    fault::Fault,
    history::ReadBlock,
    host::Host,
    json,
};
use aegle_chain::ContractEvent;
use aegle_client::{
    account::AccountKey,
    chain::{Chain, Head},
    clinician::{
        opening::Found,
        verification::{Verification, verify},
    },
    words,
};
use aegle_rules::{
    BatchNumber, DomainId, Purposes,
    consent::{Decision, Explained},
    ledger::{Batch, Fate, RecordPosition, events::Event},
};
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;

/// Where a record stands on the ledger, and what its row says.
pub(crate) fn place(found: &Found) -> Value {
    let row = found.record.row();
    json!({
        "record": row.id,
        "patient": row.header.patient,
        "author": row.header.author,
        "authoredAt": row.header.authored_at,
        "domain": found.domain,
        "batch": found.position.batch,
        "number": found.position.index,
        "leaf": row.leaf(),
        "anchor": anchor(&found.batch),
    })
}

fn anchor(batch: &Batch) -> Value {
    json!({
        "root": batch.record_root,
        "records": batch.records,
        "at": batch.anchored_at,
        "custodian": batch.custodian,
    })
}

fn fate(fate: Option<Fate>) -> Value {
    match fate {
        None => json!({ "kind": "current" }),
        Some(Fate::Superseded { by, at }) => {
            json!({ "kind": "superseded", "by": { "batch": by.batch, "number": by.index }, "at": at })
        }
        Some(Fate::Erasing {
            erasure,
            final_at,
            denied,
        }) => json!({ "kind": "erasing", "erasure": erasure, "finalAt": final_at, "denied": denied }),
        Some(Fate::Erased) => json!({ "kind": "erased" }),
    }
}

fn permission(explained: &Explained) -> Value {
    let (kind, grant) = match explained.decision {
        Decision::Own => ("own", None),
        Decision::Permitted(grant) => ("grant", Some(grant)),
        Decision::Glass => ("glass", None),
        Decision::Representative => ("representative", None),
        Decision::Jurisdiction(_) => ("jurisdiction", None),
        Decision::Denied(_) => ("denied", None),
    };
    json!({
        "kind": kind,
        "grant": grant,
        "organisation": explained.organisation,
        "sentence": words::decision(&explained.decision),
    })
}

fn as_of(head: &Head) -> Value {
    json!({ "block": head.number, "hash": head.hash, "at": head.timestamp })
}

/// Verifies a record for whoever signs with `key`; JSON.
pub(crate) async fn verified(
    connection: &Connection<'_>,
    key: &AccountKey,
    named: &str,
    purpose: Purposes,
) -> Result<String, Fault> {
    let Verification {
        found,
        fate: became,
        explained,
        head,
    } = verify(&connection.aegle(), key, json::record(named)?, purpose).await?;
    let mut said = place(&found);
    said["fate"] = fate(became);
    said["permission"] = permission(&explained);
    said["asOf"] = as_of(&head);
    Ok(json::write(&said))
}

#[wasm_bindgen]
impl Deployment {
    /// Asks the ledger what became of the record at a position, as JSON, whichever record that is.
    pub async fn fate(&self, host: Host, domain: u32, batch: u32, number: u32) -> Result<String, JsValue> {
        let (domain, batch) = (DomainId(domain), BatchNumber(batch));
        let connection = self.connection(host);
        let aegle = connection.on_chain();
        let head = aegle.chain.finalized().await.map_err(Fault::from)?;
        let anchored = aegle.batch(&head, domain, batch).await.map_err(Fault::from)?;
        let Some(anchored) = anchored.filter(|anchored| number < anchored.records) else {
            let message = format!("the ledger has no record {number} in batch {batch} of domain {domain}");
            return Err(Fault::argument(message).into());
        };
        let position = RecordPosition { batch, index: number };
        let became = aegle.fate(&head, domain, position).await.map_err(Fault::from)?;
        Ok(json::write(&json!({
            "anchor": anchor(&anchored),
            "fate": fate(became),
            "asOf": as_of(&head),
        })))
    }

    /// Returns the batches that a block anchors, as JSON, of what the contracts told in it.
    pub fn anchored(&self, block: &str) -> Result<String, JsValue> {
        let ReadBlock { block, events, .. } = json::read("the block", block)?;
        let mut anchored = Vec::new();
        for event in events {
            let event = event.emitted().map_err(Fault::from)?;
            let event = ContractEvent::decode(&self.contracts, block, &event).map_err(Fault::from)?;
            if let Some(ContractEvent::Ledger(Event::Anchored(event))) = event {
                anchored.push(json!({ "domain": event.domain, "batch": event.batch, "root": event.record_root }));
            }
        }
        Ok(json::write(&anchored))
    }
}
