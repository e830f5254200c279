//! `aegle custodian relabel` and `compact`.

use super::{kept::keep, records::Records};
use crate::{commands::Paid, context::Context, output::count};
use aegle_client::{
    chain::{CallError, Chain},
    custodian::{self, BatchSize, NewRecord, RelabelError, Relabelled},
    native::{intake::Options, journal::Journal},
    rules::{
        BatchNumber, Timestamp,
        ledger::{Fate, LedgerError, RecordPosition},
    },
    sealed::BatchSpan,
};
use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde_json::json;

/// Most records that are named when some are missing.
const MAX_NAMED: usize = 5;

/// Arguments of `aegle custodian relabel`.
#[derive(Args)]
pub(crate) struct Relabel {
    /// The batch
    #[arg(long)]
    batch: u32,
    /// Files that have the batch's records, among others: they are found again by the journal of `ingest`
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
    /// Files that have the batches' records, among others: they are found again by the journal of `ingest`
    #[command(flatten)]
    records: Records,
}

impl Relabel {
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        let span = BatchSpan::one(BatchNumber(self.batch));
        say(context, span, &label_anew(context, span, &self.records).await?)
    }
}

impl Compact {
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        let log2 = self.batches.is_power_of_two().then(|| self.batches.ilog2() as u8);
        let several = log2.filter(|log2| *log2 > 0);
        let span = several.and_then(|log2| BatchSpan::new(BatchNumber(self.first), log2));
        let span = span.context("--batches is 2, 4, 8 ... 1024, and --first a multiple of it")?;
        say(context, span, &label_anew(context, span, &self.records).await?)
    }
}

fn say(context: &Context, span: BatchSpan, relabelled: &Relabelled) -> Result<()> {
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

/// When the last erasure in a batch is final that was asked for and is not yet; `None` where there is none.
pub(super) async fn erased_until(
    context: &Context,
    batch: BatchNumber,
    records: &Records,
) -> Result<Option<Timestamp>> {
    let connected = context.connect_to_chain().await?;
    let (aegle, domain) = (connected.aegle(), records.domain());
    let head = aegle.chain.finalized().await?;
    let anchored = aegle.batch(&head, domain, batch).await?;
    let records = anchored.map_or(0, |anchored| anchored.records);
    let fates = custodian::fates(&aegle, &head, domain, BatchSize { batch, records }).await?;
    let finals = fates.iter().filter_map(|fate| match fate {
        Some(Fate::Erasing { final_at, .. }) => Some(*final_at),
        _ => None,
    });
    Ok(finals.max())
}

/// Labels batches anew, with records that are found again in the files.
pub(super) async fn label_anew(context: &Context, span: BatchSpan, records: &Records) -> Result<Relabelled> {
    let custodian = records.custodian(context)?;
    let connected = context.connect().await?;
    let (aegle, domain) = (connected.aegle(), records.domain());
    let journal = records.journal(context)?;
    let intake = records.intake(&custodian, &connected, &journal, Options::default())?;
    let in_span = |batch: BatchNumber| (span.first()..=span.last()).contains(&batch);
    let found = intake.find(records.sources()?, in_span).await?;
    let head = aegle.chain.finalized().await?;
    let (mut given, mut missing) = (Vec::new(), Vec::new());
    for batch in span.batches() {
        let anchored = aegle.batch(&head, domain, batch).await?;
        let anchored = anchored.with_context(|| format!("batch {batch} of domain {domain} is not on chain"))?;
        let size = BatchSize {
            batch,
            records: anchored.records,
        };
        let erased = custodian::erased(&aegle, &head, domain, size).await?;
        for (index, erased) in (0..).zip(erased) {
            let place = RecordPosition { batch, index };
            let record = found.get(&place).filter(|_| !erased);
            if record.is_none() && !erased {
                missing.push(place);
            }
            given.push(record.map(|found| NewRecord {
                patient: &found.patient,
                resource: &found.resource,
            }));
        }
    }
    if !missing.is_empty() {
        bail!(not_found(&journal, span, &missing)?);
    }
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
    journal.relabelled(span.first(), span.last())?;
    Ok(relabelled)
}

/// Says which records are not among the files.
fn not_found(journal: &Journal, span: BatchSpan, missing: &[RecordPosition]) -> Result<String> {
    let known = journal.records_of(|batch| (span.first()..=span.last()).contains(&batch))?;
    let names = known.iter().filter(|(place, _)| missing.contains(place));
    let names = names.map(|(_, identity)| format!("{}/{}", identity.resource_type, identity.id));
    let names: Vec<String> = names.take(MAX_NAMED).collect();
    let records = count(missing.len(), "record");
    if names.is_empty() {
        return Ok(format!(
            "{records} of {span} are not in the journal {}: give that with which they were ingested, with --journal",
            journal.folder().display()
        ));
    }
    Ok(format!(
        "{records} of {span} are not among the files, or their patients have no card here (such as {}); give the files that \
         they came from",
        names.join(", ")
    ))
}
