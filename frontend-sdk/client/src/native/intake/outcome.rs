//! What a run did.

use super::Fault;
use crate::{
    custodian::{Opening, Step},
    fhir::Report,
    native::journal::Action,
};
use aegle_protocol::record::RecordId;
use aegle_rules::{BatchNumber, Hash, ledger::RecordPosition};
use serde::Serialize;

/// Most faults that are kept as examples.
const MAX_EXAMPLES: usize = 10;

/// A batch that a run finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Batched {
    /// Its number.
    pub batch: BatchNumber,
    /// How many records.
    pub records: u32,
    /// A finalized block in whose state it is anchored.
    pub block: u32,
    /// The transaction that anchored it, where this run heard of it.
    pub transaction: Option<Hash>,
    /// Bytes of all ciphertexts.
    pub ciphertext_bytes: u64,
    /// Whether an earlier run had begun it.
    pub resumed: bool,
}

/// A record that was under the wrong patient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refiled {
    /// Its resource: type and id.
    pub resource: String,
    /// Its name.
    pub record: RecordId,
    /// Where it was.
    pub place: RecordPosition,
    /// What of the right patient took its place.
    pub by: RecordPosition,
    /// Who had opened it.
    pub opened_by: Vec<Opening>,
}

/// What a run did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Outcome {
    /// Resources that were sealed.
    pub new: u64,
    /// Resources that were sealed before.
    pub known: u64,
    /// Resources of which a newer version was sealed before, or that were deleted later.
    pub old: u64,
    /// Records that newer versions took the place of.
    pub superseded: u64,
    /// Records whose erasure was asked for because the input tells of their deletion.
    pub erased: u64,
    /// Records whose erasure is asked for because their labels rose: a copy in the class and at the level of these takes their place.
    pub withdrawn: u64,
    /// Records that were under the wrong patient, and whose erasure there is asked for.
    pub refiled: Vec<Refiled>,
    /// Resources that are none of those that are refiled, in a run that refiles.
    pub passed_over: u64,
    /// Records under patients whose charts go on in others': they are still to be refiled.
    pub to_refile: u64,
    /// Records that stay to be erased, because this key may not ask for it, or more than a day's limit would be.
    pub not_erased: u64,
    /// The first of these.
    pub not_erased_examples: Vec<String>,
    /// What was not taken in because it cannot be.
    pub faults: u64,
    /// The first of these.
    pub fault_examples: Vec<String>,
    /// The batches.
    pub batches: Vec<Batched>,
    /// What was guessed, left out, or is not searchable.
    pub report: Report,
}

impl Outcome {
    pub(super) fn add_refiled(&mut self, action: &Action, opened: Vec<Opening>) {
        if let Action::Refile {
            identity,
            record,
            name,
            by,
        } = action
        {
            self.refiled.push(Refiled {
                resource: format!("{}/{}", identity.resource_type, identity.id),
                record: *name,
                place: *record,
                by: *by,
                opened_by: opened,
            });
        }
    }

    pub(super) fn add_not_erased(&mut self, action: &Action) {
        self.not_erased += 1;
        if self.not_erased_examples.len() < MAX_EXAMPLES {
            let (identity, record) = (action.identity(), action.record());
            self.not_erased_examples.push(format!(
                "record {} of batch {}: {}/{}",
                record.index, record.batch, identity.resource_type, identity.id
            ));
        }
    }

    pub(super) fn add_fault(&mut self, records: usize, text: &str) {
        self.faults += records as u64;
        if self.fault_examples.len() < MAX_EXAMPLES {
            self.fault_examples.push(text.to_owned());
        }
    }
}

/// A step of a run.
pub enum Event<'a> {
    /// Something of the input was read.
    Read,
    /// A record or a batch has come further.
    Step(Step),
    /// A batch is done.
    Batch(Batched),
    /// Something was done on chain for a record.
    Acted(&'a Action),
    /// Something was not taken in.
    Fault(&'a Fault),
}
