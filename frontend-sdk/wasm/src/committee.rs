//! The committee: what is proposed, and voting on it.

use crate::{
    account::Account,
    deployment::Deployment,
    fault::Fault,
    history::Told,
    host::Host,
    json::{self, Paid},
};
use aegle_client::{
    chain::Receipt,
    committee::{CommitteeError, Member, OpenProposal, Progress, ProposalState, open_proposals},
    history::actions,
    words,
};
use aegle_rules::ProposalId;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;

fn state(proposal: &OpenProposal) -> &'static str {
    match proposal.state {
        ProposalState::Open if proposal.stored.votes() >= proposal.threshold => "enough",
        ProposalState::Open => "open",
        ProposalState::Expired => "expired",
        ProposalState::Superseded => "superseded",
    }
}

/// Lists the proposals that were neither carried out nor withdrawn, newest first, as JSON.
#[wasm_bindgen]
pub async fn proposals(deployment: &Deployment, host: Host) -> Result<String, JsValue> {
    let connection = deployment.connection(host);
    let (told, aegle) = (Told::read(&connection).await?, connection.on_chain());
    let open = open_proposals(aegle.chain, aegle.contracts.consortium, &told.head).await;
    let shown = |proposal: &OpenProposal| -> Value {
        let action = actions(&told.history, proposal.id, &proposal.stored);
        json!({
            "proposal": proposal.id,
            "sentence": action.as_ref().map(words::action),
            "hash": proposal.stored.hash,
            "state": state(proposal),
            "votes": proposal.stored.votes(),
            "threshold": proposal.threshold,
            "voted": proposal.voted,
            "missing": proposal.missing,
            "expires": proposal.stored.expires,
        })
    };
    let proposals: Vec<_> = open.map_err(Fault::from)?.iter().map(shown).collect();
    Ok(json::write(&json!({ "proposals": proposals, "source": told.source() })))
}

/// What came of a vote.
pub(crate) fn voted(progress: &Progress, what: &str, receipts: &[Receipt]) -> Value {
    let receipts: Vec<Paid> = receipts.iter().map(Paid::from).collect();
    let mut told = json!({
        "proposal": null, "done": false, "admitted": null, "votes": null, "threshold": null, "missing": [],
        "notBefore": null, "unaccepted": [], "sentence": what, "receipts": receipts,
    });
    match progress {
        Progress::Done { admitted } => {
            told["done"] = json!(true);
            told["admitted"] = json!(admitted);
        }
        Progress::Waiting {
            proposal,
            votes,
            threshold,
            missing,
        } => {
            told["proposal"] = json!(proposal);
            told["votes"] = json!(votes);
            told["threshold"] = json!(threshold);
            told["missing"] = json!(missing);
        }
        Progress::Agreed {
            proposal,
            not_before,
            unaccepted,
        } => {
            told["proposal"] = json!(proposal);
            told["notBefore"] = json!(not_before);
            told["unaccepted"] = json!(unaccepted);
        }
    }
    told
}

#[wasm_bindgen]
impl Account {
    /// Votes for a proposal, and carries it out when the votes are enough; what came of it, as JSON.
    pub async fn vote(&self, deployment: &Deployment, host: Host, proposal: u32) -> Result<String, JsValue> {
        let id = ProposalId(proposal);
        let connection = deployment.connection(host);
        let (told, aegle) = (Told::read(&connection).await?, connection.on_chain());
        let open = open_proposals(aegle.chain, aegle.contracts.consortium, &told.head).await;
        let open = open.map_err(Fault::from)?;
        let found = open.iter().find(|proposal| proposal.id == id);
        let stored = found.ok_or_else(|| Fault::from(CommitteeError::NotOpen(id)))?.stored;
        let action = actions(&told.history, id, &stored).ok_or_else(|| Fault::unknown_proposal(id))?;
        let what = words::action(&action);
        let member = Member::of(&aegle, self.key());
        let mut receipts = Vec::new();
        let progress = member.vote(id, action, &mut receipts).await.map_err(Fault::from)?;
        Ok(json::write(&voted(&progress, &what, &receipts)))
    }

    /// Withdraws a proposal; the JSON of the receipt.
    #[wasm_bindgen(js_name = withdrawProposal)]
    pub async fn withdraw_proposal(
        &self,
        deployment: &Deployment,
        host: Host,
        proposal: u32,
    ) -> Result<String, JsValue> {
        let connection = deployment.connection(host);
        let aegle = connection.on_chain();
        let member = Member::of(&aegle, self.key());
        let receipt = member.withdraw(ProposalId(proposal)).await.map_err(Fault::from)?;
        Ok(json::write(&Paid::from(&receipt)))
    }
}
