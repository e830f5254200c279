//! The committee: proposing what its members start, and what is said of it before.

use crate::{account::Account, committee::voted, deployment::Deployment, fault::Fault, host::Host, json, staff::roles};
use aegle_client::{
    chain::Chain,
    committee::{Member, ProposalState, may_wait, open_proposals},
    protocol::wire::blake2_256,
    words,
};
use aegle_rules::{
    AccountId, JurisdictionId, OrganisationId, Timestamp,
    consortium::{Action, Role, action_hash, messages},
};
use serde::Deserialize;
use serde_json::json;
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

/// Says what a plan is, how many votes it takes and when it takes effect, as JSON: nothing is sent.
#[wasm_bindgen]
pub async fn foretell(deployment: &Deployment, host: Host, plan: &str) -> Result<String, JsValue> {
    let action = json::read::<Plan>("the plan", plan)?.action()?;
    let connection = deployment.connection(host);
    let aegle = connection.on_chain();
    let consortium = aegle.contracts.consortium;
    let head = aegle.chain.finalized().await.map_err(Fault::from)?;
    let read = aegle.chain.read(head.hash, consortium, &messages::Committee {}).await;
    let committee = read.map_err(Fault::from)?;
    let read = aegle.chain.read(head.hash, consortium, &messages::Limits {}).await;
    let limits = read.map_err(Fault::from)?;
    let open = open_proposals(aegle.chain, consortium, &head).await;
    let hash = action_hash(&action, blake2_256);
    let same = open.map_err(Fault::from)?.into_iter();
    let same = same.filter(|proposal| proposal.state == ProposalState::Open && proposal.stored.hash == hash);
    Ok(json::write(&json!({
        "sentence": words::action(&action),
        "threshold": committee.threshold,
        "waitsMs": may_wait(&action).then_some(limits.timelock_ms),
        "openMs": limits.proposal_ms,
        "open": same.map(|proposal| proposal.id).next(),
    })))
}

#[wasm_bindgen]
impl Account {
    /// Proposes something to the committee, or votes for what is proposed alike, and carries it out when the votes are enough;
    /// what came of it, as JSON.
    pub async fn propose(&self, deployment: &Deployment, host: Host, plan: &str) -> Result<String, JsValue> {
        let action = json::read::<Plan>("the plan", plan)?.action()?;
        let connection = deployment.connection(host);
        let aegle = connection.on_chain();
        let member = Member {
            chain: aegle.chain,
            consortium: aegle.contracts.consortium,
            key: self.key(),
        };
        let mut receipts = Vec::new();
        let progress = member.act(action.clone(), &mut receipts).await.map_err(Fault::from)?;
        Ok(json::write(&voted(&progress, &words::action(&action), &receipts)))
    }
}
