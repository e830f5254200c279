//! What everybody does about their own roles: accepting one that is offered, and giving one back.

use crate::{
    account::Account,
    deployment::Deployment,
    fault::Fault,
    host::Host,
    json::{self, Paid},
};
use aegle_client::organisation::Staff;
use aegle_rules::OrganisationId;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
impl Account {
    /// Accepts the role that an organisation offers; the JSON of the receipt.
    #[wasm_bindgen(js_name = acceptRole)]
    pub async fn accept_role(&self, deployment: &Deployment, host: Host, organisation: u32) -> Result<String, JsValue> {
        let connection = deployment.connection(host);
        let accepted = Staff::new(&connection.on_chain(), self.key())
            .accept(OrganisationId(organisation))
            .await;
        Ok(json::write(&Paid::from(&accepted.map_err(Fault::from)?)))
    }

    /// Gives one's own role in an organisation back, or in every one, and declines what is offered there; the JSON of the
    /// receipt.
    #[wasm_bindgen(js_name = renounceRole)]
    pub async fn renounce_role(
        &self,
        deployment: &Deployment,
        host: Host,
        organisation: Option<u32>,
    ) -> Result<String, JsValue> {
        let connection = deployment.connection(host);
        let renounced = Staff::new(&connection.on_chain(), self.key())
            .renounce(organisation.map(OrganisationId))
            .await;
        Ok(json::write(&Paid::from(&renounced.map_err(Fault::from)?)))
    }
}
