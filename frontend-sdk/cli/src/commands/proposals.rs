//! `aegle proposals`, `aegle vote`, `aegle accept`, `aegle withdraw`.

use super::{
    Paid,
    lists::{Since, Source},
    shown,
};
use crate::context::{Connected, Context};
use aegle_client::{
    chain::Chain,
    committee::{
        CommitteeError, Member, OpenProposal, Progress, ProposalState, not_before, open_proposals, unaccepted,
    },
    day::minute,
    history::actions,
    rules::{
        AccountId, ProposalId,
        consortium::{Action, messages},
    },
    words,
};
use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::{Value, json};

/// Arguments of `aegle vote`.
#[derive(Args)]
#[command(after_help = "Examples:
  aegle --as bob proposals
  aegle --as bob vote 3")]
pub(crate) struct Vote {
    /// The proposal's number, as `aegle proposals` lists it
    proposal: u32,
    #[command(flatten)]
    since: Since,
}

/// Arguments of `aegle accept`.
#[derive(Args)]
#[command(after_help = "Example:
  aegle --as carol accept 3")]
pub(crate) struct Accept {
    /// The number of the proposal that gives you a seat in the committee
    proposal: u32,
    #[command(flatten)]
    since: Since,
}

/// Arguments of `aegle withdraw`.
#[derive(Args)]
#[command(after_help = "Example:
  aegle --as alice withdraw 3")]
pub(crate) struct Withdraw {
    /// The proposal's number: your own, or one that nobody can vote on any more
    proposal: u32,
}

/// Runs `aegle proposals`.
pub(crate) async fn list(context: &Context, since: &Since) -> Result<()> {
    let connected = context.connect_to_chain().await?;
    let aegle = connected.aegle();
    let (history, head) = context.history(&connected, since.from_block).await?;
    let open = open_proposals(aegle.chain, aegle.contracts.consortium, &head).await?;
    let consortium = aegle.contracts.consortium;
    let limits = aegle.chain.read(head.hash, consortium, &messages::Limits {}).await?;
    let committee = aegle.chain.read(head.hash, consortium, &messages::Committee {}).await?;
    let (mut values, mut lines) = (Vec::new(), Vec::new());
    for proposal in &open {
        let action = actions(&history, proposal.id, &proposal.stored);
        let locked = action
            .as_ref()
            .and_then(|action| not_before(action, &proposal.stored, limits.timelock_ms));
        let locked = locked.filter(|not_before| head.timestamp < *not_before);
        let unaccepted = action
            .as_ref()
            .map(|action| unaccepted(action, &committee, &proposal.stored));
        let unaccepted = unaccepted.unwrap_or_default();
        let what = action.as_ref().map(words::action);
        let is_enough = proposal.stored.votes() >= proposal.threshold;
        let next = proposal
            .missing
            .first()
            .filter(|_| proposal.state == ProposalState::Open && !is_enough);
        let voted: Vec<Value> = proposal.voted.iter().map(shown).collect();
        let missing: Vec<Value> = proposal.missing.iter().map(shown).collect();
        values.push(json!({
            "proposal": proposal.id, "what": what, "hash": proposal.stored.hash, "state": state(proposal),
            "votes": proposal.stored.votes(), "threshold": proposal.threshold, "voted": voted, "missing": missing,
            "next": next.map(shown), "expires": proposal.stored.expires, "not_before": locked,
            "unaccepted": unaccepted.iter().map(shown).collect::<Vec<Value>>(),
        }));
        let what = what.unwrap_or_else(|| format!("something with the hash {}", proposal.stored.hash));
        lines.push(format!(
            "{:>3}  {what}\n     {} of {} votes, {} {}",
            proposal.id.0,
            proposal.stored.votes(),
            proposal.threshold,
            state(proposal),
            minute(proposal.stored.expires)
        ));
        if proposal.state == ProposalState::Open {
            let turn = match is_enough {
                true => format!("any member carries it out by `aegle vote {}`", proposal.id),
                false => whose_turn(&proposal.missing),
            };
            lines.push(format!("     {turn}"));
            lines.extend(locked.map(|not_before| format!("     not before {}", minute(not_before))));
            lines.extend(not_accepted(&unaccepted).map(|line| format!("     {line}")));
        }
    }
    let source = Source::events(&history);
    let value = json!({ "proposals": values, "source": source });
    context
        .output
        .result(&value, || source.after(lines, "no proposal waits"))?;
    Ok(())
}

fn state(proposal: &OpenProposal) -> &'static str {
    match proposal.state {
        ProposalState::Open if proposal.stored.votes() >= proposal.threshold => "enough, to be carried out until",
        ProposalState::Open => "open until",
        ProposalState::Expired => "expired on",
        ProposalState::Superseded => "void since the committee was replaced; it would have ended on",
    }
}

/// Says who votes next.
pub(super) fn whose_turn(missing: &[AccountId]) -> String {
    match missing {
        [] => "everybody has voted".into(),
        [next] => format!("next: {}", words::account(next)),
        [next, others @ ..] => {
            let others: Vec<String> = others.iter().map(words::account).collect();
            format!("next: {}, or {}", words::account(next), others.join(", or "))
        }
    }
}

/// Says who has yet to accept a seat, and how.
fn not_accepted(unaccepted: &[AccountId]) -> Option<String> {
    let names: Vec<String> = unaccepted.iter().map(words::account).collect();
    (!names.is_empty()).then(|| format!("to be accepted by {}, by `aegle accept`", names.join(" and ")))
}

/// What an open proposal is for, as the events tell; `act` is what is not to be done without knowing it.
async fn proposed(
    context: &Context,
    connected: &Connected,
    id: ProposalId,
    since: &Since,
    act: &str,
) -> Result<Action> {
    let aegle = connected.aegle();
    let (history, head) = context.history(connected, since.from_block).await?;
    let open = open_proposals(aegle.chain, aegle.contracts.consortium, &head).await?;
    let found = open.iter().find(|proposal| proposal.id == id);
    let stored = found.ok_or(CommitteeError::NotOpen(id))?.stored;
    actions(&history, id, &stored).with_context(|| {
        format!("no event tells what proposal {id} is for, and nobody should {act} what they do not know")
    })
}

impl Accept {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        let connected = context.connect_to_chain().await?;
        let aegle = connected.aegle();
        let id = ProposalId(self.proposal);
        let action = proposed(context, &connected, id, &self.since, "accept").await?;
        let what = words::action(&action);
        let key = context.account()?;
        let member = Member::of(&aegle, &key);
        let receipt = member.accept(id, action).await?;
        let value = json!({ "proposal": id, "what": what, "transaction": Paid::from(&receipt) });
        context.output.result(&value, || {
            format!("you accept the seat that proposal {id} gives you: {what}")
        })?;
        Ok(())
    }
}

impl Vote {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        let connected = context.connect_to_chain().await?;
        let aegle = connected.aegle();
        let id = ProposalId(self.proposal);
        let action = proposed(context, &connected, id, &self.since, "vote for").await?;
        let what = words::action(&action);
        let key = context.account()?;
        let member = Member::of(&aegle, &key);
        let mut receipts = Vec::new();
        let progress = member.vote(id, action, &mut receipts).await?;
        let paid: Vec<Paid> = receipts.iter().map(Paid::from).collect();
        let waiting = waiting(&progress, None);
        let value = json!({ "proposal": id, "what": what, "waiting": waiting, "transactions": paid });
        context.output.result(&value, || said(&progress, &what))?;
        Ok(())
    }
}

/// Shows in JSON what an action waits for; `action` is there where its times must be given again.
pub(super) fn waiting(progress: &Progress, action: Option<&Action>) -> Option<Value> {
    let (proposal, votes, threshold, missing) = match progress {
        Progress::Done { .. } => return None,
        Progress::Agreed {
            proposal,
            not_before,
            unaccepted,
        } => {
            let unaccepted: Vec<Value> = unaccepted.iter().map(shown).collect();
            return Some(json!({ "proposal": proposal, "not_before": not_before, "unaccepted": unaccepted }));
        }
        Progress::Waiting {
            proposal,
            votes,
            threshold,
            missing,
        } => (proposal, votes, threshold, missing),
    };
    let until = match action {
        Some(Action::SetRole { role, .. }) => Some(role.until),
        _ => None,
    };
    let missing: Vec<Value> = missing.iter().map(shown).collect();
    Some(json!({
        "proposal": proposal, "votes": votes, "threshold": threshold, "missing": missing, "until": until,
    }))
}

/// Says what came of a vote for `what`.
pub(super) fn said(progress: &Progress, what: &str) -> String {
    match progress {
        Progress::Done {
            admitted: Some(organisation),
        } => format!("admitted as organisation {organisation}"),
        Progress::Done { admitted: None } => format!("done: {what}"),
        Progress::Agreed {
            proposal,
            not_before,
            unaccepted,
        } => {
            let mut said = format!(
                "agreed, as proposal {proposal}, and to be carried out from {} on, by `aegle vote {proposal}`: {what}",
                minute(*not_before)
            );
            if let Some(missing) = not_accepted(unaccepted) {
                said = format!("{said}\n{missing}");
            }
            said
        }
        Progress::Waiting {
            proposal,
            votes,
            threshold,
            missing,
        } => format!(
            "waiting: proposal {proposal} has {votes} of {threshold} votes: {what}\n{}, by `aegle vote {proposal}`",
            whose_turn(missing)
        ),
    }
}

impl Withdraw {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        let connected = context.connect_to_chain().await?;
        let aegle = connected.aegle();
        let key = context.account()?;
        let member = Member::of(&aegle, &key);
        let receipt = member.withdraw(ProposalId(self.proposal)).await?;
        context.output.result(&Paid::from(&receipt), || {
            format!("proposal {} is withdrawn, in block {}", self.proposal, receipt.block)
        })?;
        Ok(())
    }
}
