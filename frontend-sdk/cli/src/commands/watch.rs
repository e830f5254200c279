//! `aegle watch`.

use crate::context::Context;
use aegle_client::{
    day::minute,
    native::{Told, Watch as Watching, Watched},
    protocol::wire::{NotificationId, Waiting},
    words,
};
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use tokio::signal::ctrl_c;

/// Arguments of `aegle watch`. The indexer tells, and is not believed: each event is looked up in your node's finalized chain
/// before it is shown. That nothing was left out of a patient's consents is proved by `aegle history --verify`.
#[derive(Args)]
#[command(after_help = "Examples:
  aegle --as ana watch
  aegle --as ana watch --waiting
  aegle --as ana --json watch --after 0-0 --count 10
  aegle --as ana-new-phone --for 5Grwva... watch")]
pub(crate) struct Watch {
    /// Go on after this notification, such as 1045-3; 0-0 for all that there are. Without it, what is told from now on
    #[arg(long, value_name = "BLOCK-PLACE")]
    after: Option<NotificationId>,
    /// Stop after so many
    #[arg(long)]
    count: Option<u64>,
    /// Stop once everything was shown that the indexer had when it was asked
    #[arg(long)]
    once: bool,
    /// Show what waits for you now, as the indexer knows it, and stop
    #[arg(long, conflicts_with_all = ["after", "count", "once"])]
    waiting: bool,
}

impl Watch {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        let connected = context.connect().await?;
        let aegle = connected.aegle();
        let key = context.account()?;
        let whose = context.own_account()?;
        if self.waiting {
            return show_waiting(context, &aegle.indexer.waiting(&key, whose).await?);
        }
        let mut watch = Watching::new(&aegle, &key, whose, self.after);
        let mut shown = 0;
        while self.count.is_none_or(|count| shown < count) {
            let watched = tokio::select! {
                watched = watch.next() => watched?,
                _ = ctrl_c() => return Ok(()),
            };
            match watched {
                Watched::Told(told) => {
                    context.output.result(&value(&told), || line(&told))?;
                    shown += 1;
                }
                Watched::Head(_) if self.once => return Ok(()),
                Watched::Head(_) => {}
            }
        }
        Ok(())
    }
}

fn value(told: &Told) -> Value {
    json!({
        "id": told.id, "kind": told.kind, "block": told.event.block, "at": told.event.at, "what": words::told(&told.event.event),
    })
}

fn line(told: &Told) -> String {
    format!(
        "{}  {}  {}  {}",
        minute(told.event.at),
        told.id,
        told.kind.name(),
        words::told(&told.event.event)
    )
}

fn show_waiting(context: &Context, waiting: &Waiting) -> Result<()> {
    context.output.result(waiting, || {
        let mut lines = Vec::new();
        for request in &waiting.requests {
            lines.push(format!(
                "request of {} to {}, until {}",
                words::account(&request.requester),
                words::account(&request.patient),
                minute(request.request.expires)
            ));
        }
        for glass in &waiting.glasses {
            lines.push(format!(
                "glass of {} broken by {}, open until {}; {}",
                words::account(&glass.patient),
                words::account(&glass.clinician),
                minute(glass.until),
                match glass.reviewed {
                    true => "reviewed".to_owned(),
                    false => format!("to be reviewed by {}", minute(glass.review_by)),
                }
            ));
        }
        for proposal in &waiting.proposals {
            lines.push(format!(
                "proposal {} of {}, with {} votes, until {}: {}",
                proposal.id,
                words::account(&proposal.proposer),
                proposal.votes,
                minute(proposal.expires),
                words::action(&proposal.action)
            ));
        }
        for ward in &waiting.wards {
            lines.push(format!(
                "guardian of {}, from {} on",
                words::account(&ward.patient),
                minute(ward.from)
            ));
        }
        if lines.is_empty() {
            lines.push("nothing waits".into());
        }
        lines.push(format!("(as the indexer says, up to block {})", waiting.block.number));
        lines.join("\n")
    })?;
    Ok(())
}
