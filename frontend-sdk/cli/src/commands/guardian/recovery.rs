//! The recovery key: drawn, named, and used.

use super::super::{Paid, account, shown};
use crate::context::Context;
use aegle_client::{
    recovery::{self, RecoveryKey},
    rules::{
        AccountId,
        consent::{Call, RecoveryAct},
    },
};
use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::json;
use std::{fs, path::PathBuf};

/// Arguments of `aegle guardian recover`.
#[derive(Args)]
pub(crate) struct Recover {
    /// The patient, in hexadecimal or SS58
    #[arg(long, value_parser = account)]
    patient: AccountId,
    /// The file with the 24 words of the recovery key
    #[arg(long, value_name = "FILE")]
    phrase: PathBuf,
    #[command(subcommand)]
    what: Recovery,
}

/// What a recovery key does.
#[derive(Subcommand)]
enum Recovery {
    /// Take back that another key is to control the account, and that others are to be guardians
    Veto,
    /// End the time of guardians who act alone, before it has begun or after: they are guardians no more, and what they wanted
    /// done with the account's key is taken back
    EndAlone,
    /// Draw the recovery key that follows, name it on chain, and show its 24 words, which are kept nowhere
    Follow,
}

/// Runs `aegle guardian recovery-key`.
pub(super) async fn name(context: &Context) -> Result<()> {
    let connected = context.connect_to_chain().await?;
    let recovery = RecoveryKey::generate();
    let key = recovery.key().account();
    let receipt = context
        .patient()?
        .act(&connected.aegle(), Call::SetRecoveryKey { key })
        .await?;
    tell_words(context, &recovery, Paid::from(&receipt))
}

/// Shows the words of a recovery key that is named on chain.
fn tell_words(context: &Context, recovery: &RecoveryKey, paid: Paid) -> Result<()> {
    let words = recovery.to_phrase();
    let value =
        json!({ "recovery_key": shown(&recovery.key().account()), "phrase": words.as_str(), "transaction": paid });
    context.output.result(&value, || {
        format!(
            "write these words down and keep them away from your devices; they are shown once:\n  {}",
            words.as_str()
        )
    })?;
    Ok(())
}

impl Recover {
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        let text = zeroize::Zeroizing::new(fs::read_to_string(&self.phrase)?);
        let recovery = RecoveryKey::from_phrase(text.trim())?;
        let connected = context.connect_to_chain().await?;
        let aegle = connected.aegle();
        let payer = context.account()?;
        match self.what {
            Recovery::Veto => {
                let act = RecoveryAct::Veto;
                let receipt = recovery::recover(&aegle, &payer, &recovery, self.patient, act).await?;
                context.output.result(&Paid::from(&receipt), || {
                    "taken back: the key and the guardians stay as they are".into()
                })?;
                Ok(())
            }
            Recovery::EndAlone => {
                let act = RecoveryAct::EndExclusive;
                let receipt = recovery::recover(&aegle, &payer, &recovery, self.patient, act).await?;
                context.output.result(&Paid::from(&receipt), || {
                    "ended: nobody acts alone for this patient, and there are no guardians".into()
                })?;
                Ok(())
            }
            Recovery::Follow => {
                let next = RecoveryKey::generate();
                let act = RecoveryAct::Follow {
                    key: next.key().account(),
                };
                let receipt = recovery::recover(&aegle, &payer, &recovery, self.patient, act).await?;
                tell_words(context, &next, Paid::from(&receipt))
            }
        }
    }
}
