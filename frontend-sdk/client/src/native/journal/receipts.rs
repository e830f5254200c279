//! The file of receipts: which record is which resource, one JSON object a line.

use super::{
    action::{Action, MISFILED},
    batch::DoneBatch,
    disk::at,
    error::JournalError,
    history::{Held, Identity},
};
use crate::custodian::Opening;
use aegle_rules::{DomainId, ledger::RecordPosition};
use serde_json::{Value, json};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The name of the file.
const FILE: &str = "receipts.jsonl";

/// The file of receipts.
pub(super) struct Receipts(PathBuf);

impl Receipts {
    pub(super) fn of(folder: &Path) -> Self {
        Self(folder.join(FILE))
    }

    /// Whether there is any.
    pub(super) fn is_used(&self) -> Result<bool, JournalError> {
        match fs::metadata(&self.0) {
            Ok(file) => Ok(file.len() > 0),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(at(&self.0)(error)),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// That of a record. `batch` is its batch, whose salt it needs to prove what the batch was meant to be.
    pub(super) fn of_record(
        &self,
        domain: DomainId,
        identity: &Identity,
        held: &Held,
        batch: Option<&DoneBatch>,
    ) -> Value {
        json!({
            "event": "sealed",
            "source": identity.source,
            "type": identity.resource_type,
            "id": identity.id,
            "version": held.version.number,
            "last_updated": held.version.time,
            "record": held.record,
            "domain": domain,
            "batch": held.place.batch,
            "index": held.place.index,
            "salt": batch.map(DoneBatch::salt),
            "block": batch.map(|batch| batch.block),
        })
    }

    /// That of something that was done to a record.
    pub(super) fn of_action(&self, domain: DomainId, action: &Action, opened: &[Opening]) -> Value {
        let (event, identity, record) = match action {
            Action::Supersede { identity, record, .. } => ("superseded", identity, record),
            Action::Erase { identity, record, .. } => ("erased", identity, record),
            Action::Refile { identity, record, .. } => ("refiled", identity, record),
        };
        let mut line = json!({
            "event": event,
            "source": identity.source,
            "type": identity.resource_type,
            "id": identity.id,
            "domain": domain,
            "batch": record.batch,
            "index": record.index,
        });
        let place = |by: &RecordPosition| json!({ "batch": by.batch, "index": by.index });
        match action {
            Action::Supersede { by, .. } => line["by"] = place(by),
            Action::Erase { reason, .. } => line["reason"] = json!(reason),
            Action::Refile { by, name, .. } => {
                line["by"] = place(by);
                line["record"] = json!(name);
                line["reason"] = json!(MISFILED);
                line["opened_by"] = json!(opened);
            }
        }
        line
    }
}
