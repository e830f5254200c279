//! Ingestion at the size of a hospital: records from files, folders and standard input become batches, each sealed,
//! anchored and uploaded once, whatever ends the run.
//!
//! Input is read part by part and sealed batch by batch, so that memory does not grow with it. A record that the journal
//! knows is not sealed again; a batch is in the journal before any of it leaves.

mod acts;
mod cards;
mod collect;
mod complete;
mod error;
mod find;
mod finish;
mod follow;
mod large;
mod merges;
mod merging;
mod open;
mod outcome;
mod owner;
mod refile;
mod refiling;
mod sources;

pub use cards::{CardError, Cards};
pub use error::{Fault, IntakeError, MergeError};
pub use find::FoundRecord;
pub use follow::{FollowError, FollowedFolder};
pub use outcome::{Batched, Event, Outcome, Refiled};
pub use refiling::Refiling;
pub use sources::{
    LargeContent, LargeError, Limits, MAX_FILES, MAX_FOLDER_DEPTH, MAX_LARGE_BYTES, MAX_LINE_BYTES, Part, Parts,
    Source, SourceError, Sources,
};

use crate::{
    custodian::{Custodian, EnrolledPatient, NewRecord},
    deployment::Aegle,
    fhir::{self, Drugs, Finding, Reading},
    native::{
        ChainClient, HttpTransport,
        journal::{Identity, Journal},
    },
};
use aegle_rules::{
    DomainId,
    ledger::{ErasureReason, MAX_BATCH_RECORDS},
};
use merges::Merges;
use open::{Collected, Open};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// The records of a batch where nothing else is said: few enough that a batch needs no more than 100 MiB of memory.
pub const BATCH_RECORDS: usize = 8_192;
/// Bytes of JSON after which a batch is full: 12 MiB.
const BATCH_BYTES: usize = 12 << 20;

/// How records are taken in.
#[derive(Clone, Debug)]
pub struct Options {
    /// The system that the records are exported from; ids are unique in each.
    pub source: String,
    /// Whether resources of patients without a card, and of nobody, are left out.
    pub skip_others: bool,
    /// Whether what cannot be taken in is left out, instead of ending the run.
    pub keep_going: bool,
    /// Whether nothing is sealed, kept or sent.
    pub dry_run: bool,
    /// The most records of a batch: 1 to [`MAX_BATCH_RECORDS`].
    pub batch_records: usize,
    /// Why records are erased whose deletion the input tells.
    pub deletion: ErasureReason,
    /// Whether there may be batches of the domain that the journal does not know, since others have journals of their own.
    pub other_journals: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            source: String::new(),
            skip_others: false,
            keep_going: false,
            dry_run: false,
            batch_records: BATCH_RECORDS,
            deletion: ErasureReason::RetentionEnded,
            other_journals: false,
        }
    }
}

/// What takes records in: a custodian with a journal, and patients with cards.
pub struct Intake<'a> {
    custodian: &'a Custodian,
    aegle: Aegle<'a, ChainClient, HttpTransport>,
    journal: &'a Journal,
    cards: Cards,
    options: Options,
    open: Open,
    /// The content of the resource that is taken in, when it is a large one.
    large: Option<LargeContent>,
    /// Servers of patients that the journal has not been told of.
    servers: HashMap<String, String>,
    merges: Merges,
    /// Which records are refiled, in a run that refiles and takes nothing else in.
    refiling: Option<Refiling>,
    /// In a dry run, what would have been sealed.
    counted: HashSet<(Identity, fhir::ContentHash, fhir::Restriction)>,
    drugs: Drugs,
    outcome: Outcome,
}

impl<'a> Intake<'a> {
    /// Creates what takes records into the search domain of a journal.
    ///
    /// # Errors
    /// [`IntakeError::BatchRecords`], and the journal's.
    pub fn new(
        custodian: &'a Custodian,
        aegle: Aegle<'a, ChainClient, HttpTransport>,
        journal: &'a Journal,
        cards: Cards,
        options: Options,
    ) -> Result<Self, IntakeError> {
        if !(1..=MAX_BATCH_RECORDS as usize).contains(&options.batch_records) {
            return Err(IntakeError::BatchRecords(options.batch_records));
        }
        let merges = Merges::of(journal.merges(&options.source)?);
        Ok(Self {
            custodian,
            aegle,
            journal,
            cards,
            options,
            open: Open::default(),
            large: None,
            servers: HashMap::new(),
            merges,
            refiling: None,
            counted: HashSet::new(),
            drugs: Drugs::default(),
            outcome: Outcome::default(),
        })
    }

    /// The search domain.
    fn domain(&self) -> DomainId {
        self.journal.domain()
    }

    /// Finishes what stands, then takes in what is new of the input. `watch` is called at each step.
    ///
    /// # Errors
    /// See [`IntakeError`]. What was begun stands in the journal, and the next run finishes it.
    pub async fn run(mut self, sources: Sources, watch: &mut dyn FnMut(Event<'_>)) -> Result<Outcome, IntakeError> {
        self.take_all(sources, watch).await?;
        self.count_merged()?;
        Ok(self.outcome)
    }

    /// Reads the whole input, and brings it to the end.
    async fn take_all(&mut self, mut sources: Sources, watch: &mut dyn FnMut(Event<'_>)) -> Result<(), IntakeError> {
        self.check_complete().await?;
        if !self.options.dry_run {
            self.finish(watch).await?;
        }
        for path in sources.passed_over() {
            let name = || path.display().to_string();
            self.outcome.report.add(Finding::OtherFile, name);
        }
        self.look_ahead(&sources);
        sources = sources.with_spool(self.journal.spool());
        while let Some(input) = sources.next_input() {
            let mut parts = match input {
                Ok(parts) => parts,
                Err(error) => {
                    self.fault(error.into(), watch)?;
                    continue;
                }
            };
            while let Some(part) = parts.next_part() {
                let read = part.and_then(|part| Ok((read(&part, parts.source())?, part.large)));
                match read {
                    Ok((reading, None)) => self.take(reading, parts.source(), watch).await?,
                    Ok((reading, Some(large))) => self.take_large(reading, large, parts.source(), watch).await?,
                    Err(error) => self.fault(error.into(), watch)?,
                }
                watch(Event::Read);
            }
        }
        self.flush(watch).await?;
        if !self.options.dry_run {
            self.act(watch).await?;
        }
        Ok(())
    }

    async fn take(
        &mut self,
        reading: Reading,
        source: &Source,
        watch: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), IntakeError> {
        let mut report = reading.report.clone();
        // Whether they are left out is told below.
        report.forget(Finding::EnteredInError);
        self.outcome.report.merge(report);
        for deletion in reading
            .deletions()
            .filter(|_| self.refiling.is_none())
            .collect::<Vec<_>>()
        {
            if let Err(fault) = self.end(&deletion, source)? {
                self.fault(fault, watch)?;
            }
        }
        let in_error = reading.in_error.into_iter().map(|resource| (resource, true));
        for (resource, in_error) in reading
            .resources
            .into_iter()
            .map(|resource| (resource, false))
            .chain(in_error)
        {
            match self.collect(resource, source, in_error)? {
                Ok(()) => {}
                Err(fault) => self.fault(fault, watch)?,
            }
            if self.open.len() >= self.options.batch_records || self.open.bytes() >= BATCH_BYTES {
                self.flush(watch).await?;
            }
        }
        Ok(())
    }

    /// Seals what was collected, as one batch, and finishes it.
    async fn flush(&mut self, watch: &mut dyn FnMut(Event<'_>)) -> Result<(), IntakeError> {
        let collected = self.open.take();
        if self.options.dry_run {
            self.outcome.new += collected.len() as u64;
            for own in &collected {
                let history = self.journal.history(&own.identity)?;
                let restriction = own.resource.restriction();
                let below = history.below(&restriction).filter(|held| held.patient == own.account);
                self.outcome.withdrawn += below.count() as u64;
            }
            return Ok(());
        }
        self.journal.set_servers(&std::mem::take(&mut self.servers))?;
        let merges = self.merges.take_new();
        self.journal.set_merges(&self.options.source, &merges)?;
        let collected = self.enrol(collected, watch).await?;
        if collected.is_empty() {
            return Ok(());
        }
        // What was read is gone before the batch is taken up from the journal: there is room for it once.
        match self.large.take() {
            Some(content) => self.seal_large(collected, content, watch)?,
            None => self.seal(collected, watch)?,
        }
        self.finish(watch).await
    }

    /// Seals records and keeps them in the journal.
    fn seal(
        &mut self,
        collected: Vec<(Collected, Arc<EnrolledPatient>)>,
        watch: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), IntakeError> {
        let records = collected.iter().map(|(own, patient)| NewRecord {
            patient,
            resource: &own.resource,
        });
        let records: Vec<NewRecord<'_>> = records.collect();
        let deployment = self.aegle.bound_to();
        let sealing = self.custodian.seal(deployment, self.domain(), &records, &mut |step| {
            watch(Event::Step(step))
        })?;
        let entries = collected.iter().map(|(own, patient)| own.entry(patient));
        self.journal.keep(&entries.collect::<Vec<_>>(), &sealing)?;
        self.outcome.report.merge(sealing.report);
        self.outcome.new += collected.len() as u64;
        Ok(())
    }

    /// Pairs what was collected with its patients.
    async fn enrol(
        &mut self,
        collected: Vec<Collected>,
        watch: &mut dyn FnMut(Event<'_>),
    ) -> Result<Vec<(Collected, Arc<EnrolledPatient>)>, IntakeError> {
        let ids = collected.iter().map(|own| own.patient.clone()).collect();
        self.cards.forget_changed(&self.aegle, self.custodian, &ids).await?;
        let mut paired = Vec::with_capacity(collected.len());
        let mut unusable: HashMap<String, (usize, CardError)> = HashMap::new();
        for own in collected {
            if let Some((records, _)) = unusable.get_mut(&own.patient) {
                *records += 1;
                continue;
            }
            let enrolled = self.cards.enrolled(&self.aegle, self.custodian, &own.patient).await;
            let class = own.resource.class();
            match enrolled.and_then(|patient| self.cards.with_key(&own.patient, patient, class)) {
                Ok(patient) => paired.push((own, patient)),
                Err(error) if error.is_of_one() && self.options.keep_going => {
                    unusable.insert(own.patient, (1, error));
                }
                Err(error) => return Err(error.into()),
            }
        }
        for (records, source) in unusable.into_values() {
            self.fault(Fault::Card { records, source }, watch)?;
        }
        Ok(paired)
    }

    /// Counts what is not taken in, or ends the run.
    fn fault(&mut self, fault: Fault, watch: &mut dyn FnMut(Event<'_>)) -> Result<(), IntakeError> {
        if !self.options.keep_going {
            return Err(fault.into());
        }
        let records = match &fault {
            Fault::Card { records, .. } => *records,
            _ => 1,
        };
        self.outcome.add_fault(records, &fault.to_string());
        watch(Event::Fault(&fault));
        Ok(())
    }
}

fn read(part: &Part, source: &Source) -> Result<Reading, SourceError> {
    let reading = fhir::read_at(&part.bytes, part.line).map_err(|error| SourceError::Fhir {
        source_name: source.clone(),
        source: error,
    })?;
    if part.large.is_some() && !is_one(&reading, part) {
        return Err(SourceError::Large {
            source_name: source.clone(),
            line: part.line,
            source: LargeError::NotOne,
        });
    }
    Ok(reading)
}

/// Whether a part is one resource, and nothing around it: what was put aside of it is its content.
fn is_one(reading: &Reading, part: &Part) -> bool {
    let mut all = reading.resources.iter().chain(&reading.in_error);
    let is_all = |text: &str| text.len() == part.bytes.trim_ascii().len();
    matches!((all.next(), all.next()), (Some(one), None) if is_all(one.text()))
}
