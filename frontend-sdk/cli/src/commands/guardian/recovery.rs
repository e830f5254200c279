//! The recovery key: named, and used.

use super::super::{Paid, account, keys::phrase, shown};
use crate::context::Context;
use aegle_client::{
    chain::Receipt,
    crypto::seed::Seed,
    protocol::random::SystemRandom,
    recovery::{self, RecoveryKey},
    rules::{
        AccountId,
        consent::{Call, RecoveryAct},
    },
};
use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::json;
use std::path::PathBuf;

/// Arguments of `aegle guardian recover`.
#[derive(Args)]
pub(crate) struct Recover {
    /// The patient, in hexadecimal or SS58
    #[arg(long, value_parser = account)]
    patient: AccountId,
    /// The file with the 24 words that give the recovery key; they are read from standard input without it
    #[arg(long, value_name = "FILE")]
    phrase: Option<PathBuf>,
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
    /// Name the recovery key of other words on chain, and show these 24 words, which are kept nowhere: they veto from then on,
    /// and bring back neither account nor records
    Follow,
}

/// Runs `aegle guardian recovery-key`.
pub(super) async fn name(context: &Context) -> Result<()> {
    let kept = context.keys()?.recovery(context.holder())?;
    let kept = kept.filter(|_| !context.acts_for_another());
    let connected = context.connect_to_chain().await?;
    let aegle = connected.aegle();
    let patient = context.patient()?;
    let Some(key) = kept else {
        // Keys that were made without words have a recovery key of words of its own.
        let seed = Seed::generate(&mut SystemRandom);
        let key = RecoveryKey::of(&seed).account();
        tell_words(&seed);
        let receipt = patient.act(&aegle, Call::SetRecoveryKey { key }).await?;
        return told_named(context, key, &receipt);
    };
    let named = recovery::control_of(&aegle, patient.account()).await?.recovery;
    let paid = match named == Some(key) {
        true => None,
        false => Some(patient.act(&aegle, Call::SetRecoveryKey { key }).await?),
    };
    let value = json!({ "recovery_key": shown(&key), "transaction": paid.as_ref().map(Paid::from) });
    context.output.result(&value, || {
        "the recovery key of your 24 words is named on chain: who has the words takes back what a thief of this machine does".into()
    })?;
    Ok(())
}

/// Shows the words of a recovery key before it is named: whatever becomes of the act, whoever may have named it has them. They
/// go where notes go, apart from the answer.
fn tell_words(seed: &Seed) {
    eprintln!(
        "write these words down and keep them away from your devices; they are shown once, and count from when the chain has \
         their key:\n  {}",
        seed.to_phrase().as_str()
    );
}

/// Says that a recovery key is named whose words were shown.
fn told_named(context: &Context, key: AccountId, receipt: &Receipt) -> Result<()> {
    let value = json!({ "recovery_key": shown(&key), "transaction": Paid::from(receipt) });
    context
        .output
        .result(&value, || "the recovery key of these 24 words is named on chain".into())?;
    Ok(())
}

impl Recover {
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        let recovery = RecoveryKey::of(&phrase::read(self.phrase.as_deref())?);
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
                let next = Seed::generate(&mut SystemRandom);
                let key = RecoveryKey::of(&next).account();
                tell_words(&next);
                let act = RecoveryAct::Follow { key };
                let receipt = recovery::recover(&aegle, &payer, &recovery, self.patient, act).await?;
                told_named(context, key, &receipt)
            }
        }
    }
}
