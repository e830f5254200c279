//! Adding up what patients have granted for payment.

use crate::{
    deployment::{Deployment, Server},
    fault::Fault,
    host::Host,
    json,
    reader::Reader,
    transport::HostTransport,
};
use aegle_client::{
    chain::Chain,
    insurer::{Aggregate, OpenedRecord, Unopened, aggregate_granted},
    protocol::record::RecordId,
    search::tokens::TokenService,
};
use aegle_rules::{AccountId, BatchNumber, DomainId, Timestamp, ledger::RecordPosition};
use aegle_sealed::query;
use js_sys::{Reflect, Uint8Array};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use wasm_bindgen::prelude::*;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Question {
    /// The custodian's token service.
    custodian: Server,
    domain: DomainId,
    patients: BTreeSet<AccountId>,
    query: String,
}

#[wasm_bindgen(typescript_custom_section)]
const OPENER: &str = r#"
/** Opens a record for payment, and verifies it to its last byte. */
export interface RecordOpener {
  /** The JSON of where it is and whose it is, or of why it is not opened; and the content where it is. */
  open(record: string): Promise<{ told: string, content?: Uint8Array }>
}
"#;

#[wasm_bindgen]
extern "C" {
    /// Opens records with the AES of JavaScript.
    #[wasm_bindgen(typescript_type = "RecordOpener")]
    pub type RecordOpener;

    #[wasm_bindgen(method, catch)]
    async fn open(this: &RecordOpener, record: &str) -> Result<JsValue, JsValue>;
}

/// What is told of a record by whoever opens it.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Told {
    Opened {
        patient: AccountId,
        domain: DomainId,
        batch: BatchNumber,
        number: u32,
    },
    Tampered(String),
    LeftOut(String),
}

/// Has JavaScript open a record.
async fn opened(opener: &RecordOpener, record: RecordId) -> Result<OpenedRecord, Unopened> {
    let left_out = |_| Unopened::LeftOut("it could not be opened".into());
    let answer = opener.open(&record.to_string()).await.map_err(left_out)?;
    let member = |name: &str| Reflect::get(&answer, &name.into());
    let told = member("told").map_err(left_out)?.as_string().unwrap_or_default();
    let told = json::read("what is told of a record", &told).map_err(|fault| Unopened::LeftOut(fault.sentence()))?;
    match told {
        Told::Opened {
            patient,
            domain,
            batch,
            number,
        } => Ok(OpenedRecord {
            patient,
            domain,
            position: RecordPosition { batch, index: number },
            content: Uint8Array::new(&member("content").map_err(left_out)?).to_vec(),
        }),
        Told::Tampered(reason) => Err(Unopened::Tampered(reason)),
        Told::LeftOut(reason) => Err(Unopened::LeftOut(reason)),
    }
}

/// Records with the reason for each.
fn reasons(records: &BTreeMap<RecordId, String>) -> Vec<Value> {
    let records = records.iter();
    records
        .map(|(record, reason)| json!({ "record": record, "reason": reason }))
        .collect()
}

/// An aggregate as JavaScript gets it.
fn written(found: &Aggregate, at: Timestamp) -> Value {
    let patients = found.patients.iter();
    let patients = patients.map(|(patient, records)| json!({ "patient": patient, "records": records }));
    let types = found.types.iter();
    let types = types.map(|(name, records)| json!({ "type": name, "records": records }));
    let sums = found.sums.iter().map(|(of, sum)| {
        json!({
            "type": of.resource_type, "category": of.category, "currency": of.currency,
            "amount": sum.amount, "count": sum.count,
        })
    });
    let left_out = &found.left_out;
    let unasked = left_out.unasked.iter();
    let unasked = unasked.map(|(patient, reason)| json!({ "patient": patient, "reason": reason }));
    json!({
        "patients": patients.collect::<Vec<_>>(),
        "types": types.collect::<Vec<_>>(),
        "sums": sums.collect::<Vec<_>>(),
        "leftOut": {
            "unasked": unasked.collect::<Vec<_>>(),
            "superseded": left_out.superseded,
            "notActive": left_out.not_active,
            "unopened": reasons(&left_out.unopened),
            "unread": reasons(&left_out.unread),
        },
        "at": at,
    })
}

#[wasm_bindgen]
impl Reader {
    /// Adds up the records of patients that they have granted for payment, each opened by `opener`; the aggregate as JSON.
    pub async fn aggregate(
        &self,
        deployment: &Deployment,
        host: Host,
        question: &str,
        opener: &RecordOpener,
    ) -> Result<String, JsValue> {
        let question: Question = json::read("the aggregate", question)?;
        let query = query::parse(&question.query).map_err(Fault::from)?;
        let connection = deployment.connection(host.clone());
        let aegle = connection.aegle();
        let head = aegle.chain.finalized().await.map_err(Fault::from)?;
        let transport = HostTransport {
            host,
            url: question.custodian.url,
        };
        let service = TokenService::new(transport, &deployment.contracts, question.custodian.account);
        let question = aegle_client::insurer::Question {
            domain: question.domain,
            patients: question.patients,
            query,
        };
        let open = async |record| opened(opener, record).await;
        let found = aggregate_granted(&aegle, self.keys(), &service, &question, &open).await;
        Ok(json::write(&written(&found.map_err(Fault::from)?, head.timestamp)))
    }
}
