//! What concerns an account: the request for the stream, which JavaScript reads and verifies against the chain.

use crate::{account::Account, deployment::Deployment, fault::Fault, host::Host, json};
use aegle_client::protocol::wire::NotificationId;
use serde_json::json;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
impl Account {
    /// Signs the request for the stream of what concerns the account, after a notification or from now on; its `url`, `method` and
    /// `headers` as JSON.
    #[wasm_bindgen(js_name = eventsRequest)]
    pub fn events_request(
        &self,
        deployment: &Deployment,
        host: Host,
        after: Option<String>,
    ) -> Result<String, JsValue> {
        let after = after.map(|after| after.parse::<NotificationId>()).transpose();
        let after = after.map_err(|error| Fault::argument(error.to_string()))?;
        let connection = deployment.connection(host);
        let indexer = connection.aegle().indexer;
        let request = indexer.notifications_request(self.key(), self.key().account(), after);
        let request = request.map_err(Fault::from)?;
        Ok(json::write(&json!({
            "url": format!("{}{}", indexer.transport().url, request.path),
            "method": request.method,
            "headers": request.headers,
            "contentType": "",
        })))
    }
}
