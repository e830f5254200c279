//! What an organisation's admin does: its people, the patients whom it vouches for, and the review of emergencies.

use crate::{
    account::Account,
    deployment::Deployment,
    fault::Fault,
    history::Told,
    host::Host,
    json::{self, Paid, account},
};
use aegle_client::{
    chain::Receipt,
    clinician::glass::{self, Finding},
    history::{self, Member, UnreviewedGlass, UnvouchedPatient},
    organisation::Staff,
    protocol::commitment::DocumentSalt,
};
use aegle_rules::{AccountId, OrganisationId, Roles, Timestamp, consent::Verdict, consortium::Role};
use serde::Deserialize;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;

/// Who is appointed, to what, and until when.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Appointment {
    accounts: Vec<AccountId>,
    roles: Vec<String>,
    until: Timestamp,
}

/// What a review found.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Review {
    patient: AccountId,
    clinician: AccountId,
    /// The oldest that waits without it.
    opened_at: Option<Timestamp>,
    justified: bool,
    why: String,
    /// The salt of the reasons' hash.
    salt: DocumentSalt,
}

/// The roles of these names.
pub(crate) fn roles(names: &[String]) -> Result<Roles, Fault> {
    names.iter().try_fold(Roles::NONE, |roles, name| {
        let found = Roles::NAMES.iter().find(|(known, _)| known == name);
        let (_, role) = found.ok_or_else(|| {
            let all: Vec<_> = Roles::NAMES.iter().map(|(name, _)| *name).collect();
            Fault::argument(format!("`{name}` is no role: write one of {}", all.join(", ")))
        })?;
        Ok(roles.union(*role))
    })
}

fn paid(receipts: &[Receipt]) -> String {
    json::write(&receipts.iter().map(Paid::from).collect::<Vec<_>>())
}

/// What a member has, or is offered, in an organisation.
fn in_organisation(member: &Member, organisation: OrganisationId) -> Vec<Value> {
    let is_here = |role: &&Role| role.organisation == organisation && role.until > 0;
    let entry = |role: &Role, offered: bool| {
        let names = Roles::NAMES.iter().filter(|(_, bit)| role.roles.contains(*bit));
        json!({
            "account": member.account,
            "roles": names.map(|(name, _)| *name).collect::<Vec<_>>(),
            "until": role.until,
            "offered": offered,
            "counts": !offered && member.effective.contains(role),
        })
    };
    let held = member.roles.held.iter().filter(|role| !role.is_bar());
    let held = held.filter(is_here).map(|role| entry(role, false));
    let offered = member.roles.offered.iter().filter(is_here);
    held.chain(offered.map(|role| entry(role, true))).collect()
}

/// What is listed of an organisation.
#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Listed {
    People,
    Patients,
    Reviews,
}

/// Lists an organisation's people with their roles, the patients who wait for it to vouch for them, and the emergencies of its
/// clinicians that wait for review, as JSON; those of the lists alone that are named. The others are empty.
#[wasm_bindgen]
pub async fn organisation(
    deployment: &Deployment,
    host: Host,
    organisation: u32,
    lists: &str,
) -> Result<String, JsValue> {
    let organisation = OrganisationId(organisation);
    let lists: Vec<Listed> = json::read("the lists", lists)?;
    let connection = deployment.connection(host);
    let (told, aegle) = (Told::read(&connection).await?, connection.on_chain());
    let (mut members, mut patients, mut glasses) = (Vec::new(), Vec::new(), Vec::new());
    if lists.contains(&Listed::People) {
        let listed = history::roles(&aegle, &told.head, &told.history, Some(organisation)).await;
        members = listed.map_err(Fault::from)?;
    }
    if lists.contains(&Listed::Patients) {
        let listed = history::unvouched(&aegle, &told.head, &told.history, organisation).await;
        patients = listed.map_err(Fault::from)?;
    }
    if lists.contains(&Listed::Reviews) {
        let listed = history::glasses(&aegle, &told.head, &told.history, organisation).await;
        glasses = listed.map_err(Fault::from)?;
    }
    let people: Vec<_> = members
        .iter()
        .flat_map(|member| in_organisation(member, organisation))
        .collect();
    let patient =
        |waiting: &UnvouchedPatient| json!({ "patient": waiting.patient, "registeredAt": waiting.registered_at });
    let review = |waiting: &UnreviewedGlass| {
        json!({
            "patient": waiting.glass.patient,
            "clinician": waiting.clinician,
            "reason": waiting.reason,
            "openedAt": waiting.glass.opened_at,
            "reviewBy": waiting.glass.review_by,
            "overdue": waiting.glass.review_by <= told.head.timestamp,
        })
    };
    Ok(json::write(&json!({
        "people": people,
        "patients": patients.iter().map(patient).collect::<Vec<_>>(),
        "reviews": glasses.iter().map(review).collect::<Vec<_>>(),
        "source": told.source(),
    })))
}

#[wasm_bindgen]
impl Account {
    /// Gives accounts roles in the admin's organisation; the receipts as JSON.
    pub async fn appoint(&self, deployment: &Deployment, host: Host, appointment: &str) -> Result<String, JsValue> {
        let Appointment {
            accounts,
            roles: names,
            until,
        } = json::read("the appointment", appointment)?;
        let connection = deployment.connection(host);
        let aegle = connection.on_chain();
        let mut receipts = Vec::new();
        let staff = Staff::new(&aegle, self.key());
        let appointed = staff.appoint(&accounts, roles(&names)?, until, &mut receipts).await;
        appointed.map_err(Fault::from)?;
        Ok(paid(&receipts))
    }

    /// Takes the roles that accounts have, or are offered, in the admin's organisation; `accounts` is a list in JSON. The
    /// receipts as JSON.
    pub async fn dismiss(&self, deployment: &Deployment, host: Host, accounts: &str) -> Result<String, JsValue> {
        let accounts: Vec<AccountId> = json::read("the accounts", accounts)?;
        let connection = deployment.connection(host);
        let aegle = connection.on_chain();
        let mut receipts = Vec::new();
        let dismissed = Staff::new(&aegle, self.key()).dismiss(&accounts, &mut receipts).await;
        dismissed.map_err(Fault::from)?;
        Ok(paid(&receipts))
    }

    /// Lets the admin's organisation vouch for a patient who named it; the JSON of the receipt.
    #[wasm_bindgen(js_name = activatePatient)]
    pub async fn activate_patient(
        &self,
        deployment: &Deployment,
        host: Host,
        patient: &str,
    ) -> Result<String, JsValue> {
        let patient = account("the patient", patient)?;
        let connection = deployment.connection(host);
        let aegle = connection.on_chain();
        let receipt = Staff::new(&aegle, self.key()).vouch(patient).await;
        Ok(json::write(&Paid::from(&receipt.map_err(Fault::from)?)))
    }

    /// Reviews an emergency of a clinician; when it was opened, and the receipt, as JSON.
    pub async fn review(&self, deployment: &Deployment, host: Host, review: &str) -> Result<String, JsValue> {
        let review: Review = json::read("the review", review)?;
        let finding = Finding {
            patient: review.patient,
            clinician: review.clinician,
            opened_at: review.opened_at,
            verdict: if review.justified {
                Verdict::Justified
            } else {
                Verdict::Unjustified
            },
            why: &review.why,
        };
        let connection = deployment.connection(host);
        let reviewed = glass::review_with_salt(&connection.on_chain(), self.key(), &finding, review.salt).await;
        let reviewed = reviewed.map_err(Fault::from)?;
        Ok(json::write(&json!({
            "openedAt": reviewed.glass.opened_at,
            "receipt": Paid::from(&reviewed.receipt),
        })))
    }
}
