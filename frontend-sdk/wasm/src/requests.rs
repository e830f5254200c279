//! Asking a patient for access, and the patient's answers.

use crate::{
    account::Account,
    deployment::{Connection, Deployment},
    fault::Fault,
    history::Told,
    host::Host,
    json::{self, Paid, account},
    patient::Patient,
};
use aegle_client::{
    clinician::requests::{self, AccessRequest, RequestNote},
    crypto::classes::{Class, ClassMap},
    history::{self, Direction, PendingRequest},
    patient::{Approval, ApproveError},
    protocol::commitment::DocumentSalt,
};
use aegle_rules::{AccountId, Slots, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;

/// What is asked for.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wish {
    patient: AccountId,
    purposes: Vec<String>,
    /// Empty for all.
    classes: Vec<Class>,
    confidentiality: String,
    until: Timestamp,
    why: String,
    salt: DocumentSalt,
}

/// The answer to a request; what is nothing is as it was asked.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wanted {
    requester: AccountId,
    purposes: Option<Vec<String>>,
    classes: Option<Vec<Class>>,
    confidentiality: Option<String>,
    until: Option<Timestamp>,
    note: Option<RequestNote>,
}

/// A request as it stands on chain at a time.
fn open_request(open: &PendingRequest, map: Option<&ClassMap>, now: Timestamp) -> Value {
    let ask = open.request.ask;
    json!({
        "patient": open.patient,
        "requester": open.requester,
        "purposes": json::purpose_names(ask.purposes),
        "everything": ask.slots == Slots::ALL,
        "classes": json::classes(ask.slots, map),
        "confidentiality": json::confidentiality_name(ask.confidentiality),
        "until": ask.until,
        "expires": open.request.expires,
        "expired": open.request.expires <= now,
    })
}

#[wasm_bindgen]
impl Account {
    /// Asks a patient for access; when it expires, the note for the patient and the receipt, as JSON.
    pub async fn request(&self, deployment: &Deployment, host: Host, wish: &str) -> Result<String, JsValue> {
        let wish: Wish = json::read("the request", wish)?;
        let asked = AccessRequest {
            patient: wish.patient,
            purposes: json::purposes(&wish.purposes)?,
            classes: &wish.classes,
            map: None,
            confidentiality: json::confidentiality(&wish.confidentiality)?,
            until: wish.until,
            why: &wish.why,
        };
        let connection = deployment.connection(host);
        let requested = requests::request_with_salt(&connection.on_chain(), self.key(), &asked, wish.salt).await;
        let requested = requested.map_err(Fault::from)?;
        Ok(json::write(&json!({
            "expires": requested.request.expires,
            "note": requested.note,
            "receipt": Paid::from(&requested.receipt),
        })))
    }

    /// Takes a request back; the JSON of the receipt.
    #[wasm_bindgen(js_name = withdrawRequest)]
    pub async fn withdraw_request(
        &self,
        deployment: &Deployment,
        host: Host,
        patient: &str,
    ) -> Result<String, JsValue> {
        let patient = account("the patient", patient)?;
        let connection = deployment.connection(host);
        let receipt = requests::withdraw(&connection.on_chain(), self.key(), patient).await;
        Ok(json::write(&Paid::from(&receipt.map_err(Fault::from)?)))
    }

    /// Lists the requests by the account that were not answered, as JSON.
    #[wasm_bindgen(js_name = requestsBy)]
    pub async fn requests_by(&self, deployment: &Deployment, host: Host) -> Result<String, JsValue> {
        let connection = deployment.connection(host);
        let (told, own) = (Told::read(&connection).await?, self.key().account());
        listed(&connection, &told, own, Direction::By, None).await
    }
}

#[wasm_bindgen]
impl Patient {
    /// Lists the requests to the patient that were not answered, as JSON.
    #[wasm_bindgen(js_name = requestsTo)]
    pub async fn requests_to(&self, deployment: &Deployment, host: Host) -> Result<String, JsValue> {
        let connection = deployment.connection(host);
        let (told, own) = (Told::read(&connection).await?, self.0.account());
        let map = self.0.classes(&deployment.contracts);
        listed(&connection, &told, own, Direction::To, Some(&map)).await
    }

    /// Compares a note with the request that it says to be of; who asks, why and for which classes, as JSON.
    #[wasm_bindgen(js_name = readNote)]
    pub async fn read_note(&self, deployment: &Deployment, host: Host, note: &str) -> Result<String, JsValue> {
        let note: RequestNote = json::read("the note", note)?;
        self.check(&deployment.connection(host), &note, note.requester).await?;
        Ok(json::write(
            &json!({ "requester": note.requester, "why": note.why, "classes": note.classes }),
        ))
    }

    /// Approves a request; `document` is the FHIR Consent that the grant stands for. The grant as JSON.
    pub async fn approve(
        &self,
        deployment: &Deployment,
        host: Host,
        wanted: &str,
        document: &[u8],
    ) -> Result<String, JsValue> {
        let wanted: Wanted = json::read("the approval", wanted)?;
        let connection = deployment.connection(host);
        let aegle = connection.aegle();
        if let Some(note) = &wanted.note {
            self.check(&connection, note, wanted.requester).await?;
        }
        let noted = wanted
            .note
            .map(|note| note.classes)
            .filter(|classes| !classes.is_empty());
        let classes = wanted.classes.or(noted);
        let confidentiality = wanted.confidentiality.as_deref().map(json::confidentiality);
        let approval = Approval {
            requester: wanted.requester,
            purposes: wanted.purposes.as_deref().map(json::purposes).transpose()?,
            classes: classes.as_deref(),
            confidentiality: confidentiality.transpose()?,
            until: wanted.until,
            document,
        };
        let granted = self.0.approve(&aegle, &approval).await.map_err(Fault::from)?;
        Ok(json::write(&json::granted(&granted)))
    }

    /// Declines a request; the JSON of the receipt.
    pub async fn decline(&self, deployment: &Deployment, host: Host, requester: &str) -> Result<String, JsValue> {
        let requester = account("the requester", requester)?;
        let connection = deployment.connection(host);
        let receipt = self.0.decline(&connection.on_chain(), requester).await;
        Ok(json::write(&Paid::from(&receipt.map_err(Fault::from)?)))
    }
}

impl Patient {
    /// Refuses a note that is not of what a requester asks the patient for now.
    async fn check(&self, connection: &Connection<'_>, note: &RequestNote, requester: AccountId) -> Result<(), Fault> {
        let aegle = connection.on_chain();
        let request = self.0.request_of(&aegle, requester).await.map_err(Fault::from)?;
        let request = request.ok_or(ApproveError::NoRequest(requester)).map_err(Fault::from)?;
        if !note.is_of(&request) || note.requester != requester || note.patient != self.0.account() {
            return Err(Fault::other_note());
        }
        Ok(())
    }
}

async fn listed(
    connection: &Connection<'_>,
    told: &Told,
    own: AccountId,
    direction: Direction,
    map: Option<&ClassMap>,
) -> Result<String, JsValue> {
    let open = history::requests(&connection.on_chain(), &told.head, &told.history, own, direction).await;
    let open = open.map_err(Fault::from)?;
    let requests: Vec<_> = open
        .iter()
        .map(|open| open_request(open, map, told.head.timestamp))
        .collect();
    Ok(json::write(&json!({ "requests": requests, "source": told.source() })))
}
