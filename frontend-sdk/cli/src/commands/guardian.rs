//! `aegle guardian`.

use super::{Paid, account, days, in_days, purpose, shown, united};
use crate::context::Context;
use aegle_client::{
    chain::Chain,
    day::{day, minute},
    guardian::{self, Voted},
    history::pending_acts,
    rules::{
        AccountId, GrantId, Purposes, Timestamp,
        consent::{Acted, Call, Grantee, Guardians},
    },
    words,
};
use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

/// `aegle guardian`. Guardians do for a patient what the patient does on chain: so many of them must want exactly the same.
/// A permit for somebody in particular needs the patient's keys, which guardians do not have.
#[derive(Subcommand)]
#[command(after_help = "Examples:
  aegle --as ana guardian set --guardian 5FHneW... --guardian 5DAAnr... --guardian 5HGjWA... --threshold 2 --days 3650
  aegle --as ben guardian act --patient 5Grwva... revoke-all
  aegle --as cleo guardian approve --patient 5Grwva... 0x03
  aegle guardian show --patient 5Grwva...")]
pub(crate) enum Guardian {
    /// Name who may act for you together, replacing who was named (as the patient)
    Set(Set),
    /// Name nobody any more (as the patient)
    Clear,
    /// Show a patient's guardians, and what they have begun
    Show {
        /// The patient, in hexadecimal or SS58
        #[arg(long, value_parser = account)]
        patient: AccountId,
    },
    /// Want something done for a patient (as a guardian); prints it for the other guardians
    Act(Act),
    /// Vote for what another guardian wants done
    Approve {
        /// The patient, in hexadecimal or SS58
        #[arg(long, value_parser = account)]
        patient: AccountId,
        /// What `aegle guardian act` has printed as `call`
        call: String,
    },
}

/// Arguments of `aegle guardian set`.
#[derive(Args)]
pub(crate) struct Set {
    /// A guardian, in hexadecimal or SS58; may be given more than once, at most 7
    #[arg(long = "guardian", value_parser = account, required = true)]
    guardians: Vec<AccountId>,
    /// The number of them that must want the same
    #[arg(long)]
    threshold: u8,
    /// The number of days for which they can act, such as until a child is of age
    #[arg(long, value_parser = days)]
    days: u64,
}

/// Arguments of `aegle guardian act`.
#[derive(Args)]
pub(crate) struct Act {
    /// The patient, in hexadecimal or SS58
    #[arg(long, value_parser = account)]
    patient: AccountId,
    #[command(subcommand)]
    what: What,
}

/// What guardians want done.
#[derive(Subcommand)]
enum What {
    /// Revoke a grant
    Revoke {
        /// The grant's number
        grant: u32,
        /// The account that it was given to; without it, a grant to everybody
        #[arg(long, value_parser = account)]
        to: Option<AccountId>,
    },
    /// Revoke every grant
    RevokeAll,
    /// Decline a request
    Decline {
        /// Who asked
        #[arg(value_parser = account)]
        requester: AccountId,
    },
    /// End a clinician's emergency access
    CloseGlass {
        /// Who broke the glass
        #[arg(value_parser = account)]
        clinician: AccountId,
    },
    /// Deny everything for some purposes
    Deny {
        /// To this account; to everybody without it
        #[arg(long, value_parser = account)]
        to: Option<AccountId>,
        /// A purpose of use; may be given more than once
        #[arg(long = "purpose", value_parser = purpose, required = true)]
        purposes: Vec<Purposes>,
        /// The number of days that it lasts
        #[arg(long, value_parser = days, default_value_t = 365)]
        days: u64,
    },
}

impl Guardian {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        match self {
            Self::Set(set) => {
                let guardians = Guardians {
                    accounts: set.guardians,
                    threshold: set.threshold,
                    until: in_days(set.days),
                };
                name(context, guardians).await
            }
            Self::Clear => name(context, Guardians::default()).await,
            Self::Show { patient } => show(context, patient).await,
            Self::Act(act) => act.run(context).await,
            Self::Approve { patient, call } => {
                let bytes = hex::decode(call.trim().trim_start_matches("0x"));
                let call = guardian::decode(&bytes.context("the call is not hexadecimal")?)?;
                vote(context, patient, call).await
            }
        }
    }
}

async fn name(context: &Context, guardians: Guardians) -> Result<()> {
    let connected = context.connect_to_chain().await?;
    let patient = context.patient()?;
    let receipt = patient.set_guardians(&connected.aegle(), guardians.clone()).await?;
    context
        .output
        .result(&Paid::from(&receipt), || match guardians.accounts.len() {
            0 => "nobody acts for you".into(),
            count => format!(
                "{} of {count} guardians act for you together until {}",
                guardians.threshold,
                day(guardians.until)
            ),
        })?;
    Ok(())
}

impl Act {
    async fn run(self, context: &Context) -> Result<()> {
        let connected = context.connect_to_chain().await?;
        let grantee = |to: Option<AccountId>| to.map_or(Grantee::Anyone, Grantee::Account);
        let call = match self.what {
            What::Revoke { grant, to } => Call::Revoke {
                id: GrantId(grant),
                grantee: grantee(to),
            },
            What::RevokeAll => Call::RevokeAll,
            What::Decline { requester } => Call::Decline { requester },
            What::CloseGlass { clinician } => Call::CloseGlass { clinician },
            What::Deny { to, purposes, days } => {
                let (purposes, until): (Purposes, Timestamp) = (united(&purposes), in_days(days));
                guardian::denial(&connected.aegle(), self.patient, grantee(to), purposes, until).await?
            }
        };
        vote(context, self.patient, call).await
    }
}

async fn vote(context: &Context, patient: AccountId, call: Call) -> Result<()> {
    let connected = context.connect_to_chain().await?;
    let encoded = format!("0x{}", hex::encode(guardian::encode(&call)));
    let what = words::call(&call);
    // The keys of the grants that stand are the patient's to split: guardians do not hold them.
    let waits = matches!(call, Call::Revoke { .. }).then_some(
        "the slots of that grant have moved on: the patient's other grants over them open what was filed before, and nothing that is \
         filed from now on, until the patient runs `aegle grant renew`",
    );
    let voted = guardian::act(&connected.aegle(), &context.account()?, patient, call).await?;
    let Voted {
        outcome,
        threshold,
        receipt,
    } = voted;
    let votes = match outcome {
        Acted::Done => None,
        Acted::Pending { votes } => Some(votes),
    };
    let value = json!({
        "patient": shown(&patient), "what": what, "call": encoded, "done": votes.is_none(), "votes": votes,
        "threshold": threshold, "note": waits.filter(|_| votes.is_none()), "transaction": Paid::from(&receipt),
    });
    context.output.result(&value, || match votes {
        None => {
            let done = format!("done: it {what}");
            waits.iter().fold(done, |text, note| format!("{text}\n{note}"))
        }
        Some(votes) => format!(
            "{votes} of {threshold} guardians want what {what}; another one runs\n  aegle guardian approve --patient {patient} {encoded}"
        ),
    })?;
    Ok(())
}

async fn show(context: &Context, patient: AccountId) -> Result<()> {
    let connected = context.connect_to_chain().await?;
    let aegle = connected.aegle();
    let guardians = guardian::guardians_of(&aegle, patient).await?;
    let (history, _) = context.history(&connected, None).await?;
    let head = aegle.chain.finalized().await?;
    let acts = pending_acts(&history, patient, head.timestamp);
    let pending: Vec<Value> = acts
        .iter()
        .map(|act| {
            let votes: Vec<Value> = act.votes.iter().map(shown).collect();
            json!({ "hash": act.call, "votes": votes, "expires": act.expires })
        })
        .collect();
    let named: Vec<Value> = guardians.accounts.iter().map(shown).collect();
    let value = json!({
        "patient": shown(&patient), "guardians": named, "threshold": guardians.threshold, "until": guardians.until,
        "ended": guardians.until <= head.timestamp, "pending": pending, "source": super::lists::Source::events(&history),
    });
    context.output.result(&value, || {
        if guardians.accounts.is_empty() {
            return "nobody acts for this patient".into();
        }
        let ended = if guardians.until <= head.timestamp {
            ", which is over"
        } else {
            ""
        };
        let mut lines = vec![format!(
            "{} of these act together until {}{ended}",
            guardians.threshold,
            day(guardians.until)
        )];
        lines.extend(
            guardians
                .accounts
                .iter()
                .map(|guardian| format!("  {}", words::account(guardian))),
        );
        lines.extend(acts.iter().map(|act| {
            format!(
                "begun: {} has {} of {} votes until {}",
                act.call,
                act.votes.len(),
                guardians.threshold,
                minute(act.expires)
            )
        }));
        lines.join("\n")
    })?;
    Ok(())
}
