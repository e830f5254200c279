//! `aegle break-glass`, `aegle close-glass`, `aegle review`.

use super::{
    Paid, account,
    lists::{Since, Source},
    shown,
};
use crate::context::Context;
use aegle_client::{
    clinician::glass::{self, Finding},
    day::minute,
    history::glasses,
    rules::{AccountId, OrganisationId, Roles, consent::Verdict as Found},
    words,
};
use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

/// Arguments of `aegle break-glass`. It finds records and opens none: no key was split for it. Your organisation must
/// review it; the patient sees it at once.
#[derive(Args)]
#[command(after_help = "Example:
  aegle --as mia break-glass --patient 5Grwva... --reason 1 --why 'found unconscious'
  aegle --as mia search --custodian URL --domain 1 --patient 5Grwva... --purpose BTG '*'")]
pub(crate) struct BreakGlass {
    /// The patient, in hexadecimal or SS58
    #[arg(long, value_parser = account)]
    patient: AccountId,
    /// The reason, as a code of your consortium's list
    #[arg(long)]
    reason: u8,
    /// The reason in words, for the review; the chain gets a salted hash of it
    #[arg(long)]
    why: String,
}

/// Arguments of `aegle close-glass`.
#[derive(Args)]
pub(crate) struct CloseGlass {
    /// The clinician who broke the glass, in hexadecimal or SS58
    #[arg(value_parser = account)]
    clinician: AccountId,
}

/// Arguments of `aegle review`.
#[derive(Args)]
#[command(after_help = "Examples:
  aegle --as hospital review --list
  aegle --as hospital review --patient 5Grwva... --clinician 5FHneW... --verdict justified --why 'the ward confirms it'")]
pub(crate) struct Review {
    /// List the emergency accesses of an organisation's clinicians that wait for review
    #[arg(long, conflicts_with_all = ["patient", "clinician", "verdict", "why", "opened_at"])]
    list: bool,
    /// The organisation that is listed; yours without it. An auditor of another one reviews what its admins may not, or have not
    /// reviewed in time
    #[arg(long, requires = "list", value_name = "NUMBER")]
    organisation: Option<u32>,
    /// The patient over whose records the glass was broken, in hexadecimal or SS58
    #[arg(long, value_parser = account, required_unless_present = "list")]
    patient: Option<AccountId>,
    /// The clinician who broke it
    #[arg(long, value_parser = account, required_unless_present = "list")]
    clinician: Option<AccountId>,
    /// What you found
    #[arg(long, value_enum, required_unless_present = "list")]
    verdict: Option<Verdict>,
    /// Your reasons in words; the chain gets a salted hash of them
    #[arg(long, required_unless_present = "list")]
    why: Option<String>,
    /// When it was broken, in milliseconds since 1970; without it, the oldest that waits
    #[arg(long)]
    opened_at: Option<u64>,
    #[command(flatten)]
    since: Since,
}

/// What a review finds.
#[derive(Clone, Copy, ValueEnum)]
enum Verdict {
    /// It was right to break the glass
    Justified,
    /// It was wrong
    Unjustified,
}

impl BreakGlass {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        let connected = context.connect_to_chain().await?;
        let key = context.account()?;
        let broken = glass::break_glass(&connected.aegle(), &key, self.patient, self.reason, &self.why).await?;
        let value = json!({
            "patient": shown(&self.patient), "opened_at": broken.glass.opened_at, "until": broken.glass.until,
            "review_by": broken.review_by, "why": self.why, "salt": broken.salt, "opens_records": false,
            "transaction": Paid::from(&broken.receipt),
        });
        context.output.result(&value, || {
            format!(
                "emergency access to {} until {}: search with --purpose BTG; it finds records and opens none\n\
                 an admin of your organisation must review it by {}; keep your reason and its salt {}",
                words::account(&self.patient),
                minute(broken.glass.until),
                minute(broken.review_by),
                broken.salt
            )
        })?;
        Ok(())
    }
}

impl CloseGlass {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        let connected = context.connect_to_chain().await?;
        let patient = context.patient()?;
        let receipt = patient.close_glass(&connected.aegle(), self.clinician).await?;
        context.output.result(&Paid::from(&receipt), || {
            format!(
                "the emergency access of {} ended in block {}",
                words::account(&self.clinician),
                receipt.block
            )
        })?;
        Ok(())
    }
}

impl Review {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        let (Some(patient), Some(clinician), Some(verdict), Some(why)) =
            (self.patient, self.clinician, self.verdict, &self.why)
        else {
            return list(context, self.organisation.map(OrganisationId), &self.since).await;
        };
        let finding = Finding {
            patient,
            clinician,
            opened_at: self.opened_at,
            verdict: match verdict {
                Verdict::Justified => Found::Justified,
                Verdict::Unjustified => Found::Unjustified,
            },
            why,
        };
        let connected = context.connect_to_chain().await?;
        let reviewed = glass::review(&connected.aegle(), &context.account()?, &finding).await?;
        let value = json!({
            "patient": shown(&patient), "clinician": shown(&clinician), "opened_at": reviewed.glass.opened_at,
            "why": why, "salt": reviewed.salt, "transaction": Paid::from(&reviewed.receipt),
        });
        context.output.result(&value, || {
            format!(
                "reviewed the emergency access of {} on {}; keep your reasons and their salt {}",
                words::account(&clinician),
                minute(reviewed.glass.opened_at),
                reviewed.salt
            )
        })?;
        Ok(())
    }
}

async fn list(context: &Context, organisation: Option<OrganisationId>, since: &Since) -> Result<()> {
    let connected = context.connect_to_chain().await?;
    let aegle = connected.aegle();
    let (history, head) = context.history(&connected, since.from_block).await?;
    let organisation = match organisation {
        Some(organisation) => organisation,
        None => {
            let own = context.account()?.account();
            let roles = aegle.effective_roles(&head, own).await?;
            let admin = roles.iter().find(|role| role.roles.contains(Roles::ORGANISATION_ADMIN));
            let role = admin.or(roles.first());
            role.with_context(|| format!("{} acts for no organisation", words::account(&own)))?
                .organisation
        }
    };
    let waiting = glasses(&aegle, &head, &history, organisation).await?;
    let values: Vec<Value> = waiting
        .iter()
        .map(|waiting| {
            json!({
                "clinician": shown(&waiting.clinician), "patient": shown(&waiting.glass.patient),
                "opened_at": waiting.glass.opened_at, "review_by": waiting.glass.review_by,
                "overdue": waiting.glass.review_by <= head.timestamp,
            })
        })
        .collect();
    let lines = waiting.iter().map(|waiting| {
        let overdue = if waiting.glass.review_by <= head.timestamp {
            "OVERDUE since"
        } else {
            "due by"
        };
        format!(
            "{} at {}  on {}  {overdue} {}",
            words::account(&waiting.clinician),
            words::account(&waiting.glass.patient),
            minute(waiting.glass.opened_at),
            minute(waiting.glass.review_by)
        )
    });
    let source = Source::events(&history);
    let value = json!({ "organisation": organisation, "waiting": values, "source": source });
    context.output.result(&value, || {
        source.after(lines.collect(), "no emergency access waits for review")
    })?;
    Ok(())
}
