//! `aegle guardian`.

mod recovery;
mod show;

use super::{DAY_MS, Paid, account, in_days, purpose, shown, united};
use crate::context::Context;
use aegle_client::{
    day::{day, minute},
    guardian::{self, Voted},
    recovery::guardian_change,
    rules::{
        AccountId, GrantId, Purposes, Timestamp,
        consent::{Acted, Authority, Call, Grantee, Guardians, guardians::MAX_EXCLUSIVE_MS},
    },
    words,
};
use anyhow::{Context as _, Result};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

/// `aegle guardian`. Guardians do for a patient what the patient does on chain: so many of them must want exactly the same.
/// A permit for somebody in particular needs the patient's keys, which guardians do not have. They also let another key
/// control the account of a patient who has lost theirs, after three days in which the recovery key may veto it.
#[derive(Subcommand)]
#[command(after_help = "Examples:
  aegle --as ana guardian set --guardian 5FHneW... --guardian 5DAAnr... --guardian 5HGjWA... --threshold 2 --days 3650
  aegle --as ben guardian act --patient 5Grwva... revoke-all
  aegle --as cleo guardian approve --patient 5Grwva... 0x03
  aegle guardian show --patient 5Grwva...
  aegle --as ana guardian recovery-key
  aegle --as ben guardian act --patient 5Grwva... replace 5DAAnr...
  aegle --as ana-new-phone --for 5Grwva... revoke --all
  aegle --as ben guardian recover --patient 5Grwva... --phrase words.txt veto")]
pub(crate) enum Guardian {
    /// Name who may act for you together (as the patient). Where others can act already, they are replaced three days later
    Set(Set),
    /// Name nobody any more (as the patient)
    Clear,
    /// Name the recovery key of your 24 words on chain, before you name guardians (`aegle keys set` does it too). For keys that
    /// were made without words, it is drawn, and its own 24 words are shown
    RecoveryKey,
    /// Take back, once, that guardians let another key control your account (as the patient)
    Veto,
    /// Use a patient's recovery key; whoever runs it pays
    Recover(recovery::Recover),
    /// Show who acts for a patient, and what guardians have begun
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
    #[arg(long, value_parser = years)]
    days: u64,
    /// What they may do beside acting together
    #[arg(long, value_enum, default_value_t = May::Act)]
    may: May,
}

/// What guardians may do beside acting together.
#[derive(Clone, Copy, ValueEnum)]
enum May {
    /// Nothing: they read none of your records
    Act,
    /// Each of them sees your records as you do (a personal representative)
    Read,
    /// Each of them sees the records, and nobody but them acts or reads: for an infant
    Alone,
}

impl From<May> for Authority {
    fn from(may: May) -> Self {
        match may {
            May::Act => Self::Acting,
            May::Read => Self::Representing,
            May::Alone => Self::Exclusive,
        }
    }
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
    /// Let another key control the account of a patient who has lost theirs, in three days
    Replace {
        /// The account of the new key
        #[arg(value_parser = account)]
        controller: AccountId,
    },
    /// Take back that others are to be the guardians
    Veto,
    /// Name others to act alone for an infant, until the same day, in three days
    Name {
        /// A guardian; may be given more than once, at most 7
        #[arg(long = "guardian", value_parser = account, required = true)]
        guardians: Vec<AccountId>,
        /// The number of them that must want the same
        #[arg(long)]
        threshold: u8,
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
        #[arg(long, value_parser = super::days, default_value_t = 365)]
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
                    authority: set.may.into(),
                };
                name(context, guardians).await
            }
            Self::Clear => name(context, Guardians::default()).await,
            Self::RecoveryKey => recovery::name(context).await,
            Self::Veto => veto(context).await,
            Self::Recover(recover) => recover.run(context).await,
            Self::Show { patient } => show::run(context, patient).await,
            Self::Act(act) => act.run(context).await,
            Self::Approve { patient, call } => {
                let bytes = hex::decode(call.trim().trim_start_matches("0x"));
                let call = guardian::decode(&bytes.context("the call is not hexadecimal")?)?;
                vote(context, patient, call).await
            }
        }
    }
}

/// Reads a number of days: 1 to what an infant takes to be of age.
fn years(text: &str) -> Result<u64, String> {
    let most = MAX_EXCLUSIVE_MS / DAY_MS;
    let days: Option<u64> = text.parse().ok();
    days.filter(|days| (1..=most).contains(days))
        .ok_or_else(|| format!("a number of days from 1 to {most}"))
}

async fn name(context: &Context, guardians: Guardians) -> Result<()> {
    let connected = context.connect_to_chain().await?;
    let aegle = connected.aegle();
    let patient = context.patient()?;
    let receipt = patient.set_guardians(&aegle, guardians.clone()).await?;
    let change = guardian_change(&aegle, patient.account()).await?;
    let from = change.map(|change| change.from);
    let value = json!({ "from": from, "transaction": Paid::from(&receipt) });
    context.output.result(&value, || {
        let when = from.map_or_else(String::new, |from| {
            format!("from {} on, unless that is vetoed before, ", minute(from))
        });
        match guardians.accounts.len() {
            0 => format!("{when}nobody acts for you"),
            count => format!(
                "{when}{} of {count} guardians act for you together until {}",
                guardians.threshold,
                day(guardians.until)
            ),
        }
    })?;
    Ok(())
}

async fn veto(context: &Context) -> Result<()> {
    let connected = context.connect_to_chain().await?;
    let receipt = context.patient()?.act(&connected.aegle(), Call::Veto).await?;
    context.output.result(&Paid::from(&receipt), || {
        "taken back: your key controls your account; the next time, only the recovery key can do that".into()
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
            What::Replace { controller } => Call::ReplaceController { controller },
            What::Veto => Call::Veto,
            What::Name { guardians, threshold } => {
                let present = guardian::guardians_of(&connected.aegle(), self.patient).await?;
                Call::SetGuardians {
                    guardians: Guardians {
                        accounts: guardians,
                        threshold,
                        ..present
                    },
                }
            }
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
