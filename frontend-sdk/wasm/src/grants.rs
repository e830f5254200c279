//! Which grants there are, and ending all of them.

use crate::{
    account::Account,
    deployment::Deployment,
    fault::Fault,
    history::Told,
    host::Host,
    json::{self, Paid, account},
    patient::Patient,
};
use aegle_client::{chain::Chain, history, refusal::role_problem};
use aegle_rules::Purposes;
use serde_json::json;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
impl Patient {
    /// Lists the grants over the patient's records that are kept on chain, as JSON.
    pub async fn grants(&self, deployment: &Deployment, host: Host) -> Result<String, JsValue> {
        let connection = deployment.connection(host);
        let (told, aegle) = (Told::read(&connection).await?, connection.on_chain());
        let held = history::grants(&aegle, &told.head, &told.history, self.0.account()).await;
        let map = self.0.classes(aegle.contracts);
        let held = held.map_err(Fault::from)?;
        let grants: Vec<_> = held
            .iter()
            .map(|held| json::held(held, Some(&map), told.head.timestamp))
            .collect();
        Ok(json::write(&json!({ "grants": grants, "source": told.source() })))
    }

    /// Ends every grant; the JSON of the receipt.
    #[wasm_bindgen(js_name = revokeAll)]
    pub async fn revoke_all(&self, deployment: &Deployment, host: Host) -> Result<String, JsValue> {
        let connection = deployment.connection(host);
        let receipt = self.0.revoke_all(&connection.on_chain()).await.map_err(Fault::from)?;
        Ok(json::write(&Paid::from(&receipt)))
    }
}

#[wasm_bindgen]
impl Account {
    /// Lists the grants by which a patient lets the account see something, as JSON, and says why none of them counts,
    /// if none does.
    pub async fn held(&self, deployment: &Deployment, host: Host, patient: &str) -> Result<String, JsValue> {
        let (patient, own) = (account("the patient", patient)?, self.key().account());
        let connection = deployment.connection(host);
        let aegle = connection.on_chain();
        let head = aegle.chain.finalized().await.map_err(Fault::from)?;
        let problem = role_problem(&aegle, &head, own, Purposes::NONE)
            .await
            .map_err(Fault::from)?;
        let grants = aegle.grants_to(&head, patient, own).await.map_err(Fault::from)?;
        let held = grants.into_iter().map(|(id, terms)| history::Held {
            id,
            terms,
            passed_on_by: None,
        });
        let grants: Vec<_> = held.map(|held| json::held(&held, None, head.timestamp)).collect();
        let source = json!({ "firstBlock": head.number, "lastBlock": head.number, "at": head.timestamp });
        let problem = problem.map(|problem| problem.to_string());
        Ok(json::write(
            &json!({ "grants": grants, "problem": problem, "source": source }),
        ))
    }
}
