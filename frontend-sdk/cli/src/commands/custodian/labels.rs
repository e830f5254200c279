//! `aegle custodian erase`, `relabel` and `compact`.

use super::{
    kept::keep,
    records::{Records, new_records},
};
use crate::{commands::Paid, context::Context};
use aegle_client::{
    chain::{CallError, Chain},
    custodian::{self, BatchSize, RelabelError},
    protocol::wire::RecordPlace,
    rules::{
        BatchNumber, DomainId,
        ledger::{ErasureReason, LedgerError},
    },
    sealed::BatchSpan,
};
use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};
use serde_json::json;

/// Arguments of `aegle custodian erase`.
#[derive(Args)]
pub(crate) struct Erase {
    /// The search domain's number
    #[arg(long)]
    domain: u32,
    /// The record's batch
    #[arg(long)]
    batch: u32,
    /// The record's number in the batch, from 0
    #[arg(long)]
    number: u32,
    /// The ground of the erasure
    #[arg(long, value_enum)]
    reason: Reason,
}

/// The grounds of GDPR Article 17(1), and an error.
#[derive(Clone, Copy, ValueEnum)]
enum Reason {
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

/// Arguments of `aegle custodian relabel`.
#[derive(Args)]
pub(crate) struct Relabel {
    /// The batch
    #[arg(long)]
    batch: u32,
    /// The same files in the same order as when the batch was ingested, with what was erased
    #[command(flatten)]
    records: Records,
}

/// Arguments of `aegle custodian compact`.
#[derive(Args)]
pub(crate) struct Compact {
    /// The first batch: a multiple of --batches
    #[arg(long)]
    first: u32,
    /// The number of batches: 2, 4, 8 ... 1024
    #[arg(long)]
    batches: u32,
    /// The same files in the same order as when the batches were ingested, the first one's first, with what was erased
    #[command(flatten)]
    records: Records,
}

impl Erase {
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        let reason = match self.reason {
            Reason::RetentionEnded => ErasureReason::RetentionEnded,
            Reason::PatientRequest => ErasureReason::PatientRequest,
            Reason::Unlawful => ErasureReason::Unlawful,
            Reason::LegalObligation => ErasureReason::LegalObligation,
            Reason::EnteredInError => ErasureReason::EnteredInError,
        };
        let connected = context.connect_to_chain().await?;
        let record = RecordPlace {
            batch: BatchNumber(self.batch),
            number: self.number,
        };
        let receipt = context
            .custodian()?
            .attest_erasure(&connected.aegle(), DomainId(self.domain), record, reason)
            .await?;
        let value = json!({ "batch": self.batch, "number": self.number, "transaction": Paid::from(&receipt) });
        context.output.result(&value, || {
            format!(
                "record {} of batch {} is attested as erased; erase your own copies, and run `aegle custodian relabel`, or \
                 `compact` for what was compacted",
                self.number, self.batch
            )
        })?;
        Ok(())
    }
}

impl Relabel {
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        label_anew(context, BatchSpan::one(BatchNumber(self.batch)), &self.records).await
    }
}

impl Compact {
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        let log2 = self.batches.is_power_of_two().then(|| self.batches.ilog2() as u8);
        let several = log2.filter(|log2| *log2 > 0);
        let span = several.and_then(|log2| BatchSpan::new(BatchNumber(self.first), log2));
        let span = span.context("--batches is 2, 4, 8 ... 1024, and --first a multiple of it")?;
        label_anew(context, span, &self.records).await
    }
}

async fn label_anew(context: &Context, span: BatchSpan, records: &Records) -> Result<()> {
    let custodian = records.custodian(context)?;
    let connected = context.connect().await?;
    let aegle = connected.aegle();
    let patients = records.patients(&aegle, &custodian).await?;
    // What was left out when the batch was ingested is left out again.
    let (resources, _) = records.resources(&patients, true)?;
    let domain = records.domain();
    let head = aegle.chain.finalized().await?;
    let mut rest = new_records(&resources, &patients).into_iter();
    let mut given = Vec::new();
    for batch in span.batches() {
        let anchored = aegle.batch(&head, domain, batch).await?;
        let anchored = anchored.with_context(|| format!("batch {batch} of domain {domain} is not on chain"))?;
        let size = BatchSize {
            batch,
            records: anchored.records,
        };
        let erased = custodian::erased(&aegle, &head, domain, size).await?;
        let of_batch = erased.into_iter().zip(rest.by_ref());
        given.extend(of_batch.map(|(erased, record)| (!erased).then_some(record)));
    }
    // What is too many is refused as such.
    given.extend(rest.map(Some));
    let relabelled = match custodian.compact(&aegle, domain, span, &given).await {
        Err(RelabelError::NotUploaded { relabelling, source }) => {
            let (first, version) = (span.first(), relabelling.version);
            let name = format!(
                "domain-{domain}-batch-{first}-span-{}-version-{version}.labels",
                span.log2()
            );
            let kept = keep(context, &name, &relabelling.to_bytes())?;
            return Err(source).context(kept);
        }
        Err(error @ RelabelError::Ledger(CallError::Refused(LedgerError::Superseded))) => {
            return Err(error).context(format!(
                "{span} lies inside batches that were compacted: run `aegle custodian compact` with all of those"
            ));
        }
        other => other?,
    };
    let value = json!({
        "first": span.first(),
        "last": span.last(),
        "version": relabelled.version,
        "transaction": Paid::from(&relabelled.receipt),
    });
    context
        .output
        .result(&value, || format!("{span}: labels of version {}", relabelled.version))?;
    Ok(())
}
