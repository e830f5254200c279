//! Guardians: who may act for a patient together, and what they do.

use crate::{
    account::Account,
    deployment::Deployment,
    fault::Fault,
    history::Told,
    host::Host,
    json::{self, Paid, account},
    patient::Patient,
    phrase::Phrase,
};
use aegle_client::{guardian, history::pending_acts, recovery, words};
use aegle_rules::{
    AccountId, GrantId, Timestamp,
    consent::{Acted, Call, Grantee, Guardians, RecoveryAct},
};
use serde::Deserialize;
use serde_json::json;
use wasm_bindgen::prelude::*;

/// What guardians want done.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", tag = "act", deny_unknown_fields)]
enum Act {
    /// To everybody where no grantee is named.
    Revoke {
        grant: u32,
        grantee: Option<AccountId>,
    },
    RevokeAll,
    Decline {
        requester: AccountId,
    },
    CloseGlass {
        clinician: AccountId,
    },
    /// To everybody where no grantee is named.
    Deny {
        grantee: Option<AccountId>,
        purposes: Vec<String>,
        until: Timestamp,
    },
    /// What another guardian has begun, as it was handed over.
    Join {
        call: String,
    },
}

fn grantee(account: Option<AccountId>) -> Grantee {
    account.map_or(Grantee::Anyone, Grantee::Account)
}

#[wasm_bindgen]
impl Patient {
    /// Names who may act for the patient together; nobody with an empty list. The JSON of the receipt.
    #[wasm_bindgen(js_name = setGuardians)]
    pub async fn set_guardians(&self, deployment: &Deployment, host: Host, guardians: &str) -> Result<String, JsValue> {
        let guardians: Guardians = json::read("the guardians", guardians)?;
        let connection = deployment.connection(host);
        let receipt = self.0.set_guardians(&connection.on_chain(), guardians).await;
        Ok(json::write(&Paid::from(&receipt.map_err(Fault::from)?)))
    }

    /// Names the recovery key; the JSON of the receipt, `null` where it is named already.
    #[wasm_bindgen(js_name = nameRecoveryKey)]
    pub async fn name_recovery_key(
        &self,
        deployment: &Deployment,
        host: Host,
        recovery: &str,
    ) -> Result<String, JsValue> {
        let key = account("the recovery key", recovery)?;
        let connection = deployment.connection(host);
        let aegle = connection.on_chain();
        let control = recovery::control_of(&aegle, self.0.account()).await;
        if control.map_err(Fault::from)?.recovery == Some(key) {
            return Ok(json::write(&None::<Paid>));
        }
        let receipt = self.0.act(&aegle, Call::SetRecoveryKey { key }).await;
        Ok(json::write(&Paid::from(&receipt.map_err(Fault::from)?)))
    }
}

#[wasm_bindgen]
impl Phrase {
    /// Has the phrase's recovery key act for a patient whose it is, in a transaction that `payer` pays; the JSON of the receipt.
    pub async fn recover(
        &self,
        deployment: &Deployment,
        host: Host,
        payer: &Account,
        patient: &str,
        act: &str,
    ) -> Result<String, JsValue> {
        let patient = account("the patient", patient)?;
        let act = match act {
            "veto" => RecoveryAct::Veto,
            "end-alone" => RecoveryAct::EndExclusive,
            _ => {
                let message = format!("`{act}` is nothing that a recovery key does: write veto or end-alone");
                return Err(Fault::argument(message).into());
            }
        };
        let connection = deployment.connection(host);
        let done = recovery::recover(&connection.on_chain(), payer.key(), &self.recovery_key(), patient, act).await;
        Ok(json::write(&Paid::from(&done.map_err(Fault::from)?)))
    }
}

#[wasm_bindgen]
impl Account {
    /// Votes for something to be done for a patient; what came of it, and the call for the other guardians, as JSON.
    #[wasm_bindgen(js_name = guardianAct)]
    pub async fn guardian_act(
        &self,
        deployment: &Deployment,
        host: Host,
        patient: &str,
        act: &str,
    ) -> Result<String, JsValue> {
        let patient = account("the patient", patient)?;
        let act: Act = json::read("what guardians do", act)?;
        let connection = deployment.connection(host);
        let aegle = connection.on_chain();
        let call = match act {
            Act::Revoke { grant, grantee: to } => Call::Revoke {
                id: GrantId(grant),
                grantee: grantee(to),
            },
            Act::RevokeAll => Call::RevokeAll,
            Act::Decline { requester } => Call::Decline { requester },
            Act::CloseGlass { clinician } => Call::CloseGlass { clinician },
            Act::Deny {
                grantee: to,
                purposes,
                until,
            } => {
                let purposes = json::purposes(&purposes)?;
                let denial = guardian::denial(&aegle, patient, grantee(to), purposes, until).await;
                denial.map_err(Fault::from)?
            }
            Act::Join { call } => {
                let bytes = hex::decode(call.trim().trim_start_matches("0x"));
                guardian::decode(&bytes.unwrap_or_default()).map_err(Fault::from)?
            }
        };
        let (encoded, what) = (
            format!("0x{}", hex::encode(guardian::encode(&call))),
            words::call(&call),
        );
        let voted = guardian::act(&aegle, self.key(), patient, call)
            .await
            .map_err(Fault::from)?;
        let votes = match voted.outcome {
            Acted::Done => None,
            Acted::Pending { votes } => Some(votes),
        };
        Ok(json::write(&json!({
            "done": votes.is_none(),
            "votes": votes,
            "threshold": voted.threshold,
            "sentence": what,
            "call": encoded,
            "receipt": Paid::from(&voted.receipt),
        })))
    }
}

/// Reads who may act for a patient, and what they have begun, as JSON.
#[wasm_bindgen(js_name = guardiansOf)]
pub async fn guardians_of(deployment: &Deployment, host: Host, patient: &str) -> Result<String, JsValue> {
    let patient = account("the patient", patient)?;
    let connection = deployment.connection(host);
    let guardians = guardian::guardians_of(&connection.on_chain(), patient)
        .await
        .map_err(Fault::from)?;
    let told = Told::read(&connection).await?;
    let now = told.head.timestamp;
    let begun: Vec<_> = pending_acts(&told.history, patient, now)
        .into_iter()
        .map(|act| json!({ "hash": act.call, "votes": act.votes, "expires": act.expires }))
        .collect();
    Ok(json::write(&json!({
        "accounts": guardians.accounts,
        "threshold": guardians.threshold,
        "until": guardians.until,
        "ended": guardians.until <= now,
        "begun": begun,
        "source": told.source(),
    })))
}
