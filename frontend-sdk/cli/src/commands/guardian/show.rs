//! Who acts for a patient, and what guardians have begun.

use super::super::{lists::Source, shown};
use crate::context::Context;
use aegle_client::{
    chain::Chain,
    day::{day, minute},
    guardian,
    history::pending_acts,
    recovery,
    rules::{
        AccountId,
        consent::{Authority, Guardians},
    },
    words,
};
use anyhow::Result;
use serde_json::{Value, json};

/// Runs `aegle guardian show`.
pub(super) async fn run(context: &Context, patient: AccountId) -> Result<()> {
    let connected = context.connect_to_chain().await?;
    let aegle = connected.aegle();
    let guardians = guardian::guardians_of(&aegle, patient).await?;
    let control = recovery::control_of(&aegle, patient).await?;
    let change = recovery::guardian_change(&aegle, patient).await?;
    let (history, _) = context.history(&connected, None).await?;
    let head = aegle.chain.finalized().await?;
    let acts = pending_acts(&history, patient, head.timestamp);
    let pending: Vec<Value> = acts
        .iter()
        .map(|act| {
            let votes: Vec<Value> = act.votes.iter().map(shown).collect();
            json!({ "hash": act.call, "replaces": act.replaces, "votes": votes, "expires": act.expires })
        })
        .collect();
    let named: Vec<Value> = guardians.accounts.iter().map(shown).collect();
    let controller = control.controller(patient, head.timestamp);
    let replacement = control
        .replacement
        .filter(|replacement| head.timestamp < replacement.from);
    let ended = guardians.until <= head.timestamp;
    let value = json!({
        "patient": shown(&patient), "guardians": named, "threshold": guardians.threshold, "until": guardians.until,
        "authority": guardians.authority, "ended": ended, "pending": pending, "change": change,
        "controller": shown(&controller), "replacement": replacement, "recovery_key": control.recovery.as_ref().map(shown),
        "veto_used": control.veto_used, "source": Source::events(&history),
    });
    context.output.result(&value, || {
        let mut lines = vec![format!("the key {} controls the account", words::account(&controller))];
        lines.extend(replacement.map(|replacement| {
            format!(
                "from {} on, unless that is vetoed, {} controls it",
                minute(replacement.from),
                words::account(&replacement.controller)
            )
        }));
        lines.push(match &control.recovery {
            Some(key) => format!("the recovery key is {}", words::account(key)),
            None => "there is no recovery key".into(),
        });
        if guardians.accounts.is_empty() {
            lines.push("nobody acts for this patient".into());
        } else {
            lines.push(describe(&guardians, ended));
            let names = guardians.accounts.iter();
            lines.extend(names.map(|guardian| format!("  {}", words::account(guardian))));
        }
        lines.extend(change.iter().map(|change| {
            let names = change.guardians.accounts.iter().map(words::account);
            let names = names.collect::<Vec<_>>().join(", ");
            let names = if names.is_empty() { "nobody".into() } else { names };
            format!("from {} on, unless that is vetoed: {names}", minute(change.from))
        }));
        lines.extend(acts.iter().map(|act| {
            format!(
                "begun: {} has {} of {} votes until {}{}",
                act.call,
                act.votes.len(),
                guardians.threshold,
                minute(act.expires),
                if act.replaces {
                    ", to let another key control the account"
                } else {
                    ""
                }
            )
        }));
        lines.join("\n")
    })?;
    Ok(())
}

fn describe(guardians: &Guardians, ended: bool) -> String {
    let reading = match guardians.authority {
        Authority::Acting => "",
        Authority::Representing => ", and each of them reads",
        Authority::Exclusive => ", alone, and each of them reads",
    };
    format!(
        "{} of these act together until {}{reading}{}",
        guardians.threshold,
        day(guardians.until),
        if ended { ", which is over" } else { "" }
    )
}
