//! The committee: proposing what its members start, and what is said of it before.

use crate::{account::Account, committee::voted, deployment::Deployment, fault::Fault, host::Host, json, staff::roles};
use aegle_client::{
    committee::{FirstStep, Foretold, Member, NextStep},
    words,
};
use aegle_rules::{
    AccountId, JurisdictionId, OrganisationId, Timestamp,
    consortium::{Action, Role},
};
use serde::Deserialize;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;

/// What is proposed.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Plan {
    Admit {
        admin: AccountId,
    },
    Suspend {
        organisation: OrganisationId,
    },
    Reinstate {
        organisation: OrganisationId,
    },
    Role {
        account: AccountId,
        roles: Vec<String>,
        organisation: OrganisationId,
        until: Timestamp,
    },
    /// Without an organisation, every role, and no organisation can give another one.
    Dismiss {
        account: AccountId,
        organisation: Option<OrganisationId>,
    },
    Place {
        organisation: OrganisationId,
        jurisdiction: Option<JurisdictionId>,
    },
    Residence {
        patient: AccountId,
        jurisdiction: Option<JurisdictionId>,
    },
    Resume {},
}

impl Plan {
    fn action(self) -> Result<Action, Fault> {
        Ok(match self {
            Self::Admit { admin } => Action::Admit { admin },
            Self::Suspend { organisation } => Action::Suspend { organisation },
            Self::Reinstate { organisation } => Action::Reinstate { organisation },
            Self::Role {
                account,
                roles: names,
                organisation,
                until,
            } => Action::SetRole {
                account,
                role: Role {
                    roles: roles(&names)?,
                    organisation,
                    until,
                },
            },
            Self::Dismiss {
                account,
                organisation: None,
            } => Action::RevokeRole { account },
            Self::Dismiss {
                account,
                organisation: Some(organisation),
            } => Action::TakeRole { account, organisation },
            Self::Place {
                organisation,
                jurisdiction,
            } => Action::Place {
                organisation,
                jurisdiction,
            },
            Self::Residence { patient, jurisdiction } => Action::SetResidence { patient, jurisdiction },
            Self::Resume {} => Action::Resume,
        })
    }
}

/// What a plan does, as JavaScript gets it.
fn written(action: &Action, told: &Foretold) -> Value {
    let first = match told.first {
        FirstStep::Propose => Some("propose"),
        FirstStep::Vote => Some("vote"),
        FirstStep::Nothing => None,
    };
    let (next, not_before) = match told.next {
        NextStep::Votes => ("votes", None),
        NextStep::TimeLock(until) => ("time-lock", until),
        NextStep::Seats => ("seats", None),
        NextStep::CarriedOut => ("carried-out", None),
    };
    json!({
        "sentence": words::action(action),
        "open": told.open,
        "first": first,
        "next": next,
        "notBefore": not_before,
        "votes": told.votes,
        "threshold": told.threshold,
        "waitsMs": told.waits_ms,
        "openMs": told.open_ms,
    })
}

#[wasm_bindgen]
impl Account {
    /// Says what a plan is, what proposing it would do as things stand, and when it takes effect, as JSON: nothing is sent.
    pub async fn foretell(&self, deployment: &Deployment, host: Host, plan: &str) -> Result<String, JsValue> {
        let action = json::read::<Plan>("the plan", plan)?.action()?;
        let connection = deployment.connection(host);
        let aegle = connection.on_chain();
        let member = Member::of(&aegle, self.key());
        let told = member.foretell(&action).await.map_err(Fault::from)?;
        Ok(json::write(&written(&action, &told)))
    }

    /// Proposes something to the committee, or votes for what is proposed alike, and carries it out when the votes are enough;
    /// what came of it, as JSON.
    pub async fn propose(&self, deployment: &Deployment, host: Host, plan: &str) -> Result<String, JsValue> {
        let action = json::read::<Plan>("the plan", plan)?.action()?;
        let connection = deployment.connection(host);
        let aegle = connection.on_chain();
        let member = Member::of(&aegle, self.key());
        let mut receipts = Vec::new();
        let progress = member.act(action.clone(), &mut receipts).await.map_err(Fault::from)?;
        Ok(json::write(&voted(&progress, &words::action(&action), &receipts)))
    }
}
