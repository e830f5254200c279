//! Invitations: an organisation's admin has a server pay for a patient for whom nobody vouches yet.

use crate::{
    account::Account,
    deployment::Deployment,
    fault::Fault,
    host::{Host, node},
    json::{self, account},
};
use aegle_client::{
    chain::Chain,
    organisation::Staff,
    protocol::{request::RequestError, wire::SignedInvitation},
};
use aegle_rules::AccountId;
use js_sys::Uint8Array;
use serde::Deserialize;
use serde_json::json;
use wasm_bindgen::prelude::*;

/// Who is invited.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Invited {
    /// The server that is to pay.
    server: AccountId,
    patient: AccountId,
    /// For how many milliseconds it counts.
    lasts: u64,
}

/// An invitation as JavaScript gets it.
fn written(signed: &SignedInvitation) -> String {
    let invitation = &signed.invitation;
    json::write(&json!({
        "invitation": signed.to_string(),
        "patient": invitation.patient,
        "organisation": invitation.organisation,
        "server": invitation.server,
        "expires": invitation.expires,
    }))
}

#[wasm_bindgen]
impl Account {
    /// Invites a patient to a server that pays for what patients do; the signed invitation as JSON. Nothing is sent.
    pub async fn invite(&self, deployment: &Deployment, host: Host, invited: &str) -> Result<String, JsValue> {
        let Invited { server, patient, lasts } = json::read("the invitation", invited)?;
        let connection = deployment.connection(host.clone());
        let aegle = connection.on_chain();
        let staff = Staff::new(&aegle, self.key());
        if self.key().session().is_none() {
            let signed = staff.invite(server, patient, lasts).await.map_err(Fault::from)?;
            return Ok(written(&signed));
        }
        // The key here is that of a session: the account's own is in the wallet.
        let admin = self.key().account();
        let invitation = staff.invitation(server, patient, lasts).await.map_err(Fault::from)?;
        let signature = host.sign_bytes(&admin.to_string(), &invitation.signed_bytes()).await;
        let signature = Uint8Array::from(signature.map_err(|thrown| Fault::from(node(thrown)))?).to_vec();
        let signature = signature
            .try_into()
            .map_err(|_| Fault::session(RequestError::Signature))?;
        let signed = invitation.sign(admin, |_| signature);
        let head = aegle.chain.finalized().await.map_err(Fault::from)?;
        let verified = signed.verify(&deployment.contracts, &server, &patient, head.timestamp);
        verified.map_err(|_| Fault::session(RequestError::Signature))?;
        Ok(written(&signed))
    }
}

#[wasm_bindgen]
impl Deployment {
    /// Reads an invitation for a patient at the indexer, and refuses one that does not count at `now`, in milliseconds; JSON.
    #[wasm_bindgen(js_name = readInvitation)]
    pub fn read_invitation(&self, text: &str, patient: &str, now: f64) -> Result<String, JsValue> {
        let patient = account("the patient", patient)?;
        let signed: SignedInvitation = text.trim().parse().map_err(Fault::from)?;
        let verified = signed.verify(&self.contracts, &self.indexer.account, &patient, json::time(now));
        verified.map_err(Fault::from)?;
        Ok(written(&signed))
    }
}
