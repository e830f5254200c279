//! Lists of grants and consents, and where a list comes from.

use super::{account, shown};
use crate::context::Context;
use aegle_client::{
    chain::{Chain, Head},
    crypto::classes::ClassMap,
    history::{self, BlockRange, Held, History},
    refusal::role_problem,
    rules::{
        AccountId, Purposes, Timestamp,
        consent::{DuoModifiers, Effect, Grantee},
    },
    words,
};
use anyhow::Result;
use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

/// From which block on a list is searched for.
#[derive(Args)]
pub(crate) struct Since {
    /// Search from this block on instead of the contracts' first one; what came before is not listed
    #[arg(long, value_name = "BLOCK")]
    pub(crate) from_block: Option<u32>,
}

/// Where a list comes from: the contracts list nothing, so what there is follows from their events, and how it stands is
/// asked of them.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(tag = "from", rename_all = "kebab-case")]
pub(crate) enum Source {
    /// Found in the contracts' events, and read from their state.
    ChainEvents(BlockRange),
    /// Read from the contracts' state alone.
    ChainState {
        /// The block whose state it is.
        block: u32,
    },
}

impl Source {
    /// The source of what was found in events.
    pub(crate) fn events(history: &History) -> Self {
        Self::ChainEvents(history.span)
    }

    /// The source of what was asked of the contracts.
    pub(crate) fn state(head: &Head) -> Self {
        Self::ChainState { block: head.number }
    }

    /// Writes a list for a person, with where it comes from as its last line.
    pub(crate) fn after(self, mut lines: Vec<String>, none: &str) -> String {
        if lines.is_empty() {
            lines.push(none.into());
        }
        lines.push(match self {
            Self::ChainEvents(BlockRange {
                first_block,
                last_block,
            }) => format!(
                "(from the chain's events in blocks {first_block} to {last_block}, as it stands in the last one)"
            ),
            Self::ChainState { block } => format!("(from the chain's state in block {block})"),
        });
        lines.join("\n")
    }
}

/// Arguments of `aegle grant list`.
#[derive(Args)]
pub(crate) struct GrantList {
    /// List what this patient lets *you* see, instead of what you let others see
    #[arg(long, value_parser = account)]
    patient: Option<AccountId>,
    #[command(flatten)]
    since: Since,
}

impl GrantList {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        match self.patient {
            Some(patient) => held(context, patient).await,
            None => given(context, &self.since, |_| true, "no grant stands").await,
        }
    }
}

/// Runs `aegle consent list`.
pub(crate) async fn consents(context: &Context, since: &Since) -> Result<()> {
    let is_consent = |held: &Held| held.terms.purposes.contains(Purposes::HRESCH);
    given(context, since, is_consent, "no consent to research stands").await
}

/// Lists the holder's grants to others.
async fn given(context: &Context, since: &Since, which: impl Fn(&Held) -> bool, none: &str) -> Result<()> {
    let connected = context.connect_to_chain().await?;
    let aegle = connected.aegle();
    let (history, head) = context.history(&connected, since.from_block).await?;
    let own = context.own_account()?;
    let map = context.patient().ok().map(|patient| patient.classes(aegle.contracts));
    let mut grants = history::grants(&aegle, &head, &history, own).await?;
    grants.retain(which);
    let values: Vec<Value> = grants.iter().map(|held| value(held, head.timestamp)).collect();
    let lines = grants.iter().map(|held| line(held, head.timestamp, map.as_ref()));
    let source = Source::events(&history);
    let value = json!({ "grants": values, "source": source });
    context.output.result(&value, || source.after(lines.collect(), none))?;
    Ok(())
}

/// Lists what a patient lets the holder see.
async fn held(context: &Context, patient: AccountId) -> Result<()> {
    let connected = context.connect_to_chain().await?;
    let aegle = connected.aegle();
    let head = aegle.chain.finalized().await?;
    let own = context.account()?.account();
    let problem = role_problem(&aegle, &head, own, Purposes::NONE).await?;
    let grants = aegle.grants_to(&head, patient, own).await?;
    let grants = grants.into_iter().map(|(id, terms)| Held {
        id,
        terms,
        passed_on_by: None,
    });
    let grants: Vec<Held> = grants.collect();
    let values: Vec<Value> = grants.iter().map(|held| value(held, head.timestamp)).collect();
    let mut lines: Vec<String> = grants.iter().map(|held| line(held, head.timestamp, None)).collect();
    let source = Source::state(&head);
    let problem = problem.map(|problem| problem.to_string());
    let value = json!({ "patient": shown(&patient), "grants": values, "problem": problem, "source": source });
    lines.extend(problem.map(|problem| format!("none of them counts: {problem}")));
    context.output.result(&value, || {
        source.after(
            lines,
            "the patient has granted you nothing: `aegle request` asks for it",
        )
    })?;
    Ok(())
}

fn value(held: &Held, now: Timestamp) -> Value {
    let terms = &held.terms;
    let to = match &terms.grantee {
        Grantee::Account(to) => shown(to),
        Grantee::Organisation(id) => json!({ "organisation": id }),
        Grantee::Anyone => json!("anyone"),
    };
    let effect = match terms.effect {
        Effect::Permit => "permit",
        Effect::Deny => "deny",
    };
    json!({
        "grant": held.id, "effect": effect, "to": to, "purposes": words::purposes(terms.purposes),
        "slots": terms.slots.0, "confidentiality": words::confidentiality(terms.confidentiality),
        "from": terms.from, "until": terms.until, "ended": terms.until <= now, "delegable": terms.delegable,
        "research": research(held), "passed_on_by": held.passed_on_by.as_ref().map(shown),
    })
}

/// The permission and the conditions of a consent to research.
fn research(held: &Held) -> Option<String> {
    let research = held.terms.research;
    if !held.terms.purposes.contains(Purposes::HRESCH) {
        return None;
    }
    let required = DuoModifiers::NAMES
        .iter()
        .filter(|(_, one)| research.modifiers.contains(*one));
    let required: Vec<&str> = required.map(|(name, _)| *name).collect();
    let conditions = match required.is_empty() {
        true => "without conditions".to_owned(),
        false => format!("if {}", required.join(", ")),
    };
    Some(format!("{:?} research, {conditions}", research.permission))
}

fn line(held: &Held, now: Timestamp, map: Option<&ClassMap>) -> String {
    let ended = if held.terms.until <= now { "  ENDED" } else { "" };
    let by = held.passed_on_by.as_ref();
    let by = by.map_or_else(String::new, |by| format!("  passed on by {}", words::account(by)));
    let research = research(held).map_or_else(String::new, |research| format!("  ({research})"));
    format!(
        "{:>4}  {}{research}{by}{ended}",
        held.id.0,
        words::terms(&held.terms, map)
    )
}
