//! `aegle explain`.

use super::{
    Ceiling, account,
    lists::Source,
    modifier, purpose,
    search::{Use, declaration},
};
use crate::context::Context;
use aegle_client::{
    chain::Chain,
    rules::{
        AccountId, Purposes, SLOTS, Slot,
        consent::{Check, DuoModifiers, Extent, Facts},
    },
    words,
};
use anyhow::{Result, ensure};
use clap::Args;
use serde_json::json;

/// Arguments of `aegle explain`.
#[derive(Args)]
#[command(after_help = "Example:
  aegle explain --patient 5FHneW... --requester 5DAAnr... --purpose TREAT --slot 3")]
pub(crate) struct Explain {
    /// Whose record it would be, in hexadecimal or SS58
    #[arg(long, value_parser = account)]
    patient: AccountId,
    /// Who would ask; you without it
    #[arg(long, value_parser = account)]
    requester: Option<AccountId>,
    /// The purpose of use
    #[arg(long, value_parser = purpose, default_value = "TREAT")]
    purpose: Purposes,
    /// The number of the record's slot, 0 to 31
    #[arg(long, default_value_t = 0)]
    slot: u8,
    /// The record's confidentiality
    #[arg(long, value_enum, default_value_t = Ceiling::Normal)]
    confidentiality: Ceiling,
    /// For research: its use
    #[arg(long = "use", value_enum)]
    use_: Option<Use>,
    /// For research: a condition that is met, by its DUO code such as IRB; may be given more than once
    #[arg(long = "attest", value_parser = modifier)]
    attested: Vec<DuoModifiers>,
}

impl Explain {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        ensure!(u32::from(self.slot) < SLOTS.into(), "a slot has a number from 0 to 31");
        let requester = match self.requester {
            Some(requester) => requester,
            None => context.account()?.account(),
        };
        let connected = context.connect_to_chain().await?;
        let aegle = connected.aegle();
        let head = aegle.chain.finalized().await?;
        let question = Check {
            requester,
            patient: self.patient,
            purpose: self.purpose,
            facts: Facts {
                slot: Slot(self.slot),
                confidentiality: self.confidentiality.into(),
                // Of a record that the patient wrote now; what is narrowed to others says nothing of it.
                author: self.patient,
                authored_at: head.timestamp,
            },
            research: declaration(self.use_, &self.attested),
            extent: Extent::Count,
            membership: None,
            at: head.timestamp,
        };
        let explained = aegle.explain(&head, question).await?;
        let source = Source::state(&head);
        let value = json!({
            "decision": explained.decision, "organisation": explained.organisation, "source": source,
        });
        context.output.result(&value, || {
            let mut lines = vec![words::decision(&explained.decision)];
            lines.extend(
                explained
                    .organisation
                    .map(|id| format!("as somebody of organisation {id}")),
            );
            source.after(lines, "")
        })?;
        Ok(())
    }
}
