//! Break-glass: emergency access, and its end.

use crate::{
    account::Account,
    deployment::Deployment,
    fault::Fault,
    host::Host,
    json::{self, Paid, account},
    patient::Patient,
};
use aegle_client::{clinician::glass, protocol::commitment::DocumentSalt};
use serde_json::json;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
impl Account {
    /// Breaks the glass over a patient's records, with the salt of the reason's hash; until when, by when it is reviewed, and
    /// the receipt, as JSON.
    #[wasm_bindgen(js_name = breakGlass)]
    pub async fn break_glass(
        &self,
        deployment: &Deployment,
        host: Host,
        patient: &str,
        reason: u8,
        why: String,
        salt: &str,
    ) -> Result<String, JsValue> {
        let patient = account("the patient", patient)?;
        let salt: DocumentSalt = json::salt(salt)?;
        let connection = deployment.connection(host);
        let aegle = connection.on_chain();
        let broken = glass::break_glass_with_salt(&aegle, self.key(), patient, reason, &why, salt).await;
        let broken = broken.map_err(Fault::from)?;
        Ok(json::write(&json!({
            "openedAt": broken.glass.opened_at,
            "until": broken.glass.until,
            "reviewBy": broken.review_by,
            "receipt": Paid::from(&broken.receipt),
        })))
    }
}

#[wasm_bindgen]
impl Patient {
    /// Ends a clinician's emergency access before its time; the JSON of the receipt.
    #[wasm_bindgen(js_name = closeGlass)]
    pub async fn close_glass(&self, deployment: &Deployment, host: Host, clinician: &str) -> Result<String, JsValue> {
        let clinician = account("the clinician", clinician)?;
        let connection = deployment.connection(host);
        let receipt = self.0.close_glass(&connection.on_chain(), clinician).await;
        Ok(json::write(&Paid::from(&receipt.map_err(Fault::from)?)))
    }
}
