//! Passing on what a patient has granted, registering as a patient, and naming who may vouch for one.

use crate::{
    account::Account,
    deployment::Deployment,
    fault::Fault,
    host::Host,
    json::{self, Paid, account},
};
use aegle_client::{
    chain::Chain,
    clinician::delegation::{self, Delegation},
    organisation::{Naming, Staff},
};
use aegle_rules::{
    AccountId, GrantId, JurisdictionId, OrganisationId, Timestamp,
    consortium::{
        Named,
        messages::{NameOrganisation, RegisterPatient},
    },
};
use serde::Deserialize;
use serde_json::json;
use wasm_bindgen::prelude::*;

/// What is passed on; what is nothing is as it was granted.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Part {
    patient: AccountId,
    grant: u32,
    to: AccountId,
    purposes: Option<Vec<String>>,
    until: Option<Timestamp>,
    delegable: bool,
}

/// For whom an organisation may vouch, and which one; nobody where it is nothing, and the account itself where that is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    patient: Option<AccountId>,
    organisation: Option<OrganisationId>,
    jurisdiction: Option<JurisdictionId>,
    until: Option<Timestamp>,
    /// What a relayer may ask for: hexadecimal.
    invitation: Option<String>,
}

impl Wanted {
    /// Reads whom a patient wants to name, completed by what stands on chain; `None` for nobody.
    async fn named(&self, staff: &Staff<'_, impl Chain>) -> Result<Option<Named>, JsValue> {
        let Some(organisation) = self.organisation else {
            return Ok(None);
        };
        let naming = Naming {
            organisation,
            jurisdiction: self.jurisdiction,
            until: self.until,
        };
        Ok(Some(staff.named(&naming).await.map_err(Fault::from)?))
    }
}

#[wasm_bindgen]
impl Account {
    /// Passes on a part of a grant, without keys; its number, its end and the receipt as JSON.
    pub async fn delegate(&self, deployment: &Deployment, host: Host, part: &str) -> Result<String, JsValue> {
        let part: Part = json::read("what is passed on", part)?;
        let purposes = part.purposes.as_deref().map(json::purposes).transpose()?;
        let delegation = Delegation {
            patient: part.patient,
            grant: GrantId(part.grant),
            to: part.to,
            purposes,
            slots: None,
            until: part.until,
            delegable: part.delegable,
        };
        let connection = deployment.connection(host);
        let delegated = delegation::delegate(&connection.on_chain(), self.key(), &delegation).await;
        let delegated = delegated.map_err(Fault::from)?;
        Ok(json::write(&json!({
            "grant": delegated.id,
            "until": delegated.terms.until,
            "receipt": Paid::from(&delegated.receipt),
        })))
    }

    /// Takes back what was passed on; the JSON of the receipt.
    pub async fn undelegate(
        &self,
        deployment: &Deployment,
        host: Host,
        patient: &str,
        grant: u32,
        to: &str,
    ) -> Result<String, JsValue> {
        let (patient, to) = (account("the patient", patient)?, account("the grantee", to)?);
        let connection = deployment.connection(host);
        let receipt = delegation::undelegate(&connection.on_chain(), self.key(), patient, GrantId(grant), to).await;
        Ok(json::write(&Paid::from(&receipt.map_err(Fault::from)?)))
    }

    /// Registers the account as a patient, for whom one organisation alone may vouch; JSON of what is named, and the receipt.
    pub async fn register(&self, deployment: &Deployment, host: Host, wanted: &str) -> Result<String, JsValue> {
        let mut wanted: Wanted = json::read("who may vouch", wanted)?;
        let connection = deployment.invited(host, wanted.invitation.take())?;
        let aegle = connection.on_chain();
        let named = wanted.named(&Staff::new(&aegle, self.key())).await?;
        let message = RegisterPatient { named };
        let called = aegle.chain.call(self.key(), aegle.contracts.consortium, &message).await;
        let (_, receipt) = called.map_err(Fault::from)?;
        Ok(json::write(&json!({ "named": named, "receipt": Paid::from(&receipt) })))
    }

    /// Names the organisation that alone may vouch for a patient; JSON of what is named, and the receipt.
    #[wasm_bindgen(js_name = nameOrganisation)]
    pub async fn name_organisation(
        &self,
        deployment: &Deployment,
        host: Host,
        wanted: &str,
    ) -> Result<String, JsValue> {
        let mut wanted: Wanted = json::read("who may vouch", wanted)?;
        let connection = deployment.invited(host, wanted.invitation.take())?;
        let aegle = connection.on_chain();
        let named = wanted.named(&Staff::new(&aegle, self.key())).await?;
        let account = wanted.patient.unwrap_or(self.key().account());
        let message = NameOrganisation { account, named };
        let called = aegle.chain.call(self.key(), aegle.contracts.consortium, &message).await;
        let (_, receipt) = called.map_err(Fault::from)?;
        Ok(json::write(&json!({ "named": named, "receipt": Paid::from(&receipt) })))
    }
}
