//! `aegle custodian erase`, `cancel-erasure` and `erasures`.

use crate::{commands::Paid, context::Context, output::count};
use aegle_client::{
    chain::{Chain, Head},
    custodian,
    day::minute,
    rules::{
        BatchNumber, DomainId, ErasureId,
        ledger::{Erasure, ErasureReason},
    },
    words,
};
use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

/// Arguments of `aegle custodian erase`.
#[derive(Args)]
#[command(after_help = "Examples:
  aegle custodian erase --domain 1 --batch 4 --number 7 --number 9 --reason patient-request
  aegle --as other-admin custodian erase --domain 1 --second 3      # two admins: shown to nobody from now on
  aegle custodian erasures --domain 1                               # what waits, and until when")]
pub(crate) struct Erase {
    /// The search domain's number
    #[arg(long)]
    domain: u32,
    /// The records' batch
    #[arg(long, required_unless_present = "second")]
    batch: Option<u32>,
    /// A record's number in the batch, from 0; may be given more than once
    #[arg(long = "number", required_unless_present = "second")]
    numbers: Vec<u32>,
    /// The ground of the erasure
    #[arg(long, value_enum, required_unless_present = "second")]
    reason: Option<Reason>,
    /// Ask, as a second admin, for an erasure that another one asked for, by its number: its records are shown to nobody at
    /// once; as a patient, your own among them
    #[arg(long, value_name = "ERASURE", conflicts_with_all = ["batch", "numbers", "reason"])]
    second: Option<u32>,
}

/// Arguments of `aegle custodian cancel-erasure`.
#[derive(Args)]
pub(crate) struct CancelErasure {
    /// The search domain's number
    #[arg(long)]
    domain: u32,
    /// The erasure's number, as `aegle custodian erasures` lists it
    erasure: u32,
}

/// Arguments of `aegle custodian erasures`.
#[derive(Args)]
pub(crate) struct Erasures {
    /// The search domain's number
    #[arg(long)]
    domain: u32,
    /// How many requests to look at, the last ones
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    last: u32,
}

/// The grounds of GDPR Article 17(1), and an error.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Reason {
    /// It is no longer needed, or its retention ended
    RetentionEnded,
    /// The patient withdrew consent or objected
    PatientRequest,
    /// It was processed unlawfully
    Unlawful,
    /// A law or a court demands it
    LegalObligation,
    /// It was entered in error
    EnteredInError,
}

impl From<Reason> for ErasureReason {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::RetentionEnded => Self::RetentionEnded,
            Reason::PatientRequest => Self::PatientRequest,
            Reason::Unlawful => Self::Unlawful,
            Reason::LegalObligation => Self::LegalObligation,
            Reason::EnteredInError => Self::EnteredInError,
        }
    }
}

impl Erase {
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        let domain = DomainId(self.domain);
        match (self.second, self.batch, self.reason) {
            (Some(erasure), _, _) => second(context, domain, ErasureId(erasure)).await,
            (None, Some(batch), Some(reason)) => {
                request(context, domain, BatchNumber(batch), &self.numbers, reason.into()).await
            }
            _ => bail!("--batch, --number and --reason say what is erased, or --second which request is seconded"),
        }
    }
}

async fn request(
    context: &Context,
    domain: DomainId,
    batch: BatchNumber,
    numbers: &[u32],
    reason: ErasureReason,
) -> Result<()> {
    let connected = context.connect_to_chain().await?;
    let key = context.account()?;
    let requested = custodian::request_erasure(&connected.aegle(), &key, domain, batch, numbers, reason).await?;
    let values = requested.iter().map(|own| {
        json!({
            "erasure": own.erasure, "records": own.records, "final_at": own.final_at,
            "transaction": Paid::from(&own.receipt),
        })
    });
    let value = json!({ "domain": domain, "batch": batch, "requested": values.collect::<Vec<Value>>() });
    context.output.result(&value, || {
        let mut lines: Vec<String> = requested
            .iter()
            .map(|own| {
                format!(
                    "erasure {} of {} of batch {batch} is asked for, and final on {}; until then an admin calls it off by \
                     `aegle custodian cancel-erasure --domain {domain} {}`",
                    own.erasure,
                    count(own.records.len(), "record"),
                    minute(own.final_at),
                    own.erasure
                )
            })
            .collect();
        let asked: usize = requested.iter().map(|own| own.records.len()).sum();
        lines.push(match asked {
            0 => "nothing to ask for: they are erased, or that is asked for already".into(),
            _ => "once it is final, erase your own copies, and run `aegle custodian relabel`, or `compact` for what was \
                  compacted"
                .into(),
        });
        lines.join("\n")
    })?;
    Ok(())
}

async fn second(context: &Context, domain: DomainId, erasure: ErasureId) -> Result<()> {
    let connected = context.connect_to_chain().await?;
    let key = context.account()?;
    let receipt = custodian::second_erasure(&connected.aegle(), &key, domain, erasure).await?;
    let value = json!({ "domain": domain, "erasure": erasure, "transaction": Paid::from(&receipt) });
    context.output.result(&value, || {
        format!(
            "erasure {erasure} is seconded: where you are an admin of the custodian, its records are shown to nobody, and \
             where you are a patient, your own among them are not"
        )
    })?;
    Ok(())
}

impl CancelErasure {
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        let (domain, erasure) = (DomainId(self.domain), ErasureId(self.erasure));
        let connected = context.connect_to_chain().await?;
        let key = context.account()?;
        let receipt = custodian::cancel_erasure(&connected.aegle(), &key, domain, erasure).await?;
        let value = json!({ "domain": domain, "erasure": erasure, "transaction": Paid::from(&receipt) });
        context
            .output
            .result(&value, || format!("erasure {erasure} is called off: its records stay"))?;
        Ok(())
    }
}

impl Erasures {
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        let domain = DomainId(self.domain);
        let connected = context.connect_to_chain().await?;
        let aegle = connected.aegle();
        let head = aegle.chain.finalized().await?;
        let found = custodian::erasures(&aegle, &head, domain, self.last).await?;
        let shown: Vec<Value> = found
            .iter()
            .map(
                |(id, erasure)| json!({ "erasure": id, "final": erasure.is_final(head.timestamp), "request": erasure }),
            )
            .collect();
        let value = json!({ "domain": domain, "erasures": shown });
        context.output.result(&value, || {
            let lines: Vec<String> = found.iter().map(|(id, erasure)| line(*id, erasure, &head)).collect();
            match lines.is_empty() {
                true => "no erasure was asked for".into(),
                false => lines.join("\n"),
            }
        })?;
        Ok(())
    }
}

fn line(id: ErasureId, erasure: &Erasure, head: &Head) -> String {
    let state = match (erasure.is_final(head.timestamp), erasure.seconded_by) {
        (true, _) => "final since",
        (false, Some(_)) => "seconded, so that nobody sees them; final on",
        (false, None) => "shown until it is final on",
    };
    format!(
        "{:>3}  {} of batch {}, asked for by {}: {state} {}",
        id.0,
        count(erasure.records.len(), "record"),
        erasure.batch,
        words::account(&erasure.requested_by),
        minute(erasure.final_at)
    )
}
