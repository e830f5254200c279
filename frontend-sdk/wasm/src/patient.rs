//! What a patient does.

use crate::{
    account::{Account, drawn, secret},
    deployment::Deployment,
    fault::Fault,
    history::Told,
    host::Host,
    json::{self, Paid, account},
    opening::{Opening, fetch},
    verification::verified,
};
use aegle_client::{
    crypto::{classes::Class, master::MasterSecret},
    history::grantee_of,
    patient::{GrantRequest, Patient as Keys, ServerLog},
    proxies::Quorum,
};
use aegle_rules::{AccountId, GrantId, Purposes, SLOTS, Slot, Timestamp, consent::Grantee};
use serde::Deserialize;
use serde_json::json;
use wasm_bindgen::prelude::*;

/// A patient: an account and the master secret from which every other key follows.
#[wasm_bindgen]
pub struct Patient(pub(crate) Keys);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wanted {
    grantee: AccountId,
    purposes: Vec<String>,
    /// All but the restricted ones without it.
    classes: Option<Vec<Class>>,
    confidentiality: String,
    from: Timestamp,
    until: Timestamp,
    /// Whether the grantee may pass it on.
    delegable: bool,
    /// How many proxies must take part, and among how many its keys are split, such as `2/3`; as is usual without it.
    proxies: Option<String>,
}

#[wasm_bindgen]
impl Patient {
    /// Creates a patient with a fresh master secret.
    pub fn generate(account: &Account) -> Result<Patient, JsValue> {
        Ok(Self(Keys::new(account.copy(), MasterSecret::from_bytes(drawn()?))))
    }

    /// Creates a patient from the 32 bytes of a master secret.
    #[wasm_bindgen(js_name = fromSecret)]
    pub fn from_secret(account: &Account, master: Vec<u8>) -> Result<Patient, JsValue> {
        let master = MasterSecret::from_bytes(secret("the master secret", master)?);
        Ok(Self(Keys::new(account.copy(), master)))
    }

    /// Returns the master secret, for a key store. The caller clears it after use.
    #[wasm_bindgen(js_name = masterSecret)]
    pub fn master_secret(&self) -> Vec<u8> {
        self.0.master().expose_bytes().to_vec()
    }

    /// Returns the public key to which others seal, on the chain of the deployment.
    #[wasm_bindgen(js_name = encryptionKey)]
    pub fn encryption_key(&self, deployment: &Deployment) -> String {
        let secret = self.0.master().encryption_secret(&deployment.contracts.genesis);
        secret.public_key().to_string()
    }

    /// Returns the data class that each slot stands for, in order of the slots, as JSON; nothing for a slot that stands
    /// for none.
    pub fn classes(&self, deployment: &Deployment) -> String {
        let map = self.0.master().class_map(&deployment.contracts.genesis);
        let names = (0..SLOTS).map(|slot| map.class(Slot(slot)).map(Class::name));
        json::write(&names.collect::<Vec<_>>())
    }

    /// Publishes the patient's keys; the JSON of the receipts.
    pub async fn enrol(&self, deployment: &Deployment, host: Host) -> Result<String, JsValue> {
        let connection = deployment.connection(host);
        let receipts = self.0.enrol(&connection.aegle()).await.map_err(Fault::from)?;
        Ok(json::write(&receipts.each_ref().map(Paid::from)))
    }

    /// Builds the card for a custodian, as JSON.
    pub async fn card(&self, deployment: &Deployment, host: Host, custodian: &str) -> Result<String, JsValue> {
        let custodian = account("the custodian", custodian)?;
        let connection = deployment.connection(host);
        let card = self.0.card(&connection.aegle(), custodian).await.map_err(Fault::from)?;
        Ok(json::write(&card))
    }

    /// Grants what `wanted` says, in JSON; `document` is the FHIR Consent that it stands for. Returns the grant's number, the
    /// document's salt and the receipt as JSON.
    pub async fn grant(
        &self,
        deployment: &Deployment,
        host: Host,
        wanted: &str,
        document: &[u8],
    ) -> Result<String, JsValue> {
        let wanted: Wanted = json::read("the grant", wanted)?;
        let ordinary = || {
            Class::ALL
                .iter()
                .copied()
                .filter(|class| !class.is_restricted())
                .collect()
        };
        let classes: Vec<Class> = wanted.classes.unwrap_or_else(ordinary);
        let request = GrantRequest {
            grantee: wanted.grantee,
            purposes: json::purposes(&wanted.purposes)?,
            classes: &classes,
            confidentiality: json::confidentiality(&wanted.confidentiality)?,
            from: wanted.from,
            until: wanted.until,
            delegable: wanted.delegable,
            document,
        };
        let quorum = wanted.proxies.as_deref().map_or(Ok(Quorum::Usual), str::parse);
        let quorum = quorum.map_err(|error| Fault::argument(error.to_string()))?;
        let connection = deployment.connection(host);
        let granted = self.0.grant_among(&connection.aegle(), &request, quorum).await;
        Ok(json::write(&json::granted(&granted.map_err(Fault::from)?)))
    }

    /// Revokes a grant, whose grantee is looked up in the contracts' events unless it is named, and splits the keys of the
    /// others again; the JSON of the receipt. What of the second could not be done is done by [`Patient::settle`], which says
    /// what waits.
    pub async fn revoke(
        &self,
        deployment: &Deployment,
        host: Host,
        grant: u32,
        grantee: Option<String>,
    ) -> Result<String, JsValue> {
        let connection = deployment.connection(host);
        let grantee = match grantee {
            Some(grantee) => Grantee::Account(account("the grantee", &grantee)?),
            None => {
                let told = Told::read(&connection).await?;
                let found = grantee_of(&told.history, self.0.account(), GrantId(grant));
                found.ok_or_else(|| Fault::argument(format!("the patient has given no grant {grant}")))?
            }
        };
        let ended = self.0.end(&connection.aegle(), GrantId(grant), grantee).await;
        Ok(json::write(&Paid::from(&ended.map_err(Fault::from)?.receipt)))
    }

    /// Brings keys and grants up to date after slots have moved on; the JSON of what was done and of what waits.
    pub async fn settle(&self, deployment: &Deployment, host: Host) -> Result<String, JsValue> {
        let connection = deployment.connection(host);
        let settled = self.0.settle(&connection.aegle()).await;
        let settled = settled.map_err(|error| Fault::argument(error.to_string()))?;
        let waiting = settled.waiting.iter().map(|own| {
            let reason = own.reason.to_string();
            json!({ "grant": own.grant, "reason": reason })
        });
        Ok(json::write(&json!({
            "published": settled.published,
            "splitAgain": settled.split_again,
            "waiting": waiting.collect::<Vec<_>>(),
        })))
    }

    /// Begins to open one of the patient's own records.
    pub async fn begin(&self, deployment: &Deployment, host: Host, record: &str) -> Result<Opening, JsValue> {
        let record = crate::json::record(record)?;
        let connection = deployment.connection(host);
        let begun = self.0.begin(&connection.aegle(), record).await.map_err(Fault::from)?;
        Ok(Opening::new(&begun)?)
    }

    /// Asks the indexer for the ciphertext of a record; the host keeps it.
    pub async fn fetch(&self, deployment: &Deployment, host: Host, opening: &Opening) -> Result<(), JsValue> {
        Ok(fetch(deployment, host, self.0.key(), opening).await?)
    }

    /// Verifies what the chain bears out about one of the patient's own records; JSON.
    pub async fn verify(&self, deployment: &Deployment, host: Host, record: &str) -> Result<String, JsValue> {
        let connection = deployment.connection(host);
        Ok(verified(&connection, self.0.key(), record, Purposes::PATRQT).await?)
    }

    /// Fetches who saw what of the patient's records, as each server has written it down, as JSON: its entries, verified to be one chain
    /// of hashes, or the fault for which they are not shown.
    #[wasm_bindgen(js_name = disclosuresByServer)]
    pub async fn disclosures_by_server(&self, deployment: &Deployment, host: Host) -> Result<String, JsValue> {
        let connection = deployment.connection(host);
        let logs = self.0.disclosures_by_server(&connection.aegle()).await;
        let log = |log: ServerLog| match log.entries {
            Ok(entries) => json!({ "server": log.server, "entries": entries }),
            Err(error) => json!({ "server": log.server, "fault": Fault::from(error) }),
        };
        let logs: Vec<_> = logs.map_err(Fault::from)?.into_iter().map(log).collect();
        Ok(json::write(&logs))
    }

    /// Fetches who saw what of the patient's records, as the indexer has written it down, as JSON; verified to be one chain of hashes.
    pub async fn disclosures(&self, deployment: &Deployment, host: Host) -> Result<String, JsValue> {
        let connection = deployment.connection(host);
        let entries = self.0.disclosures(&connection.aegle()).await.map_err(Fault::from)?;
        Ok(json::write(&entries))
    }
}
