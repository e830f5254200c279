//! The audit log: a JSON object a line for every request that its account signed, that counts and that can be read,
//! whatever became of it (a replay counts as not signed). It is durable before the answer goes out, and holds no blinded keyword and no
//! answer.

use crate::quota::{Desk, HOUR_MS};
use aegle_protocol::request::{Nonce, VerifiedRequest};
use aegle_protocol::wire::{EvaluationRequest, PatientsEvaluationRequest};
use aegle_rules::{AccountId, DomainId, Hash, Purposes, Timestamp, consent::Declaration};
use aegle_sealed::{BlindGroup, Field, Scope};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

/// Longest line that is read back, in bytes; what is longer was not written here.
const MAX_LINE_BYTES: u64 = 256 * 1024;

/// What the log says of one request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// When it came, in milliseconds since the Unix epoch.
    pub at: Timestamp,
    /// Who asked.
    pub account: AccountId,
    /// The nonce of the request, and until when it counts.
    pub nonce: Nonce,
    /// See `nonce`.
    pub expires: Timestamp,
    /// Hash of the signed request.
    pub request: Hash,
    /// The search domain.
    pub domain: DomainId,
    /// The epoch of its key.
    pub epoch: u16,
    /// Whose records.
    pub scope: Scope,
    /// The other patients of a question about many.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<AccountId>,
    /// Those of many patients whose consent did not permit it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<AccountId>,
    /// For what.
    pub purpose: Purposes,
    /// What was declared for research.
    pub research: Declaration,
    /// How many keywords of which field, over all segments; of each patient so many.
    pub fields: BTreeMap<Field, u32>,
    /// The segments asked for.
    pub segments: BTreeSet<u32>,
    /// How many of the keywords counted against the account's quota.
    pub counted: u32,
    /// `evaluated`, or why not.
    pub outcome: String,
}

impl AuditEntry {
    pub(crate) fn new(asked: Asked<'_>, signed: &VerifiedRequest, at: Timestamp) -> Self {
        let (mut fields, mut segments) = (BTreeMap::new(), BTreeSet::new());
        for group in asked.groups {
            *fields.entry(group.field).or_default() += group.elements.len() as u32;
            segments.insert(group.segment);
        }
        Self {
            at,
            account: signed.account(),
            nonce: signed.nonce(),
            expires: signed.expires(),
            request: signed.hash(),
            domain: asked.domain,
            epoch: asked.epoch,
            scope: asked.scope,
            also: asked.also.to_vec(),
            refused: Vec::new(),
            purpose: asked.purpose,
            research: asked.research,
            fields,
            segments,
            counted: 0,
            outcome: String::new(),
        }
    }
}

/// What was asked, as far as it is logged.
pub(crate) struct Asked<'a> {
    domain: DomainId,
    epoch: u16,
    scope: Scope,
    also: &'a [AccountId],
    purpose: Purposes,
    research: Declaration,
    groups: &'a [BlindGroup],
}

impl<'a> Asked<'a> {
    pub(crate) fn in_scope(request: &'a EvaluationRequest) -> Self {
        Self {
            domain: request.domain,
            epoch: request.epoch,
            scope: request.scope,
            also: &[],
            purpose: request.purpose,
            research: request.research,
            groups: &request.groups,
        }
    }

    /// Returns `None` where nobody is asked about.
    pub(crate) fn of_patients(request: &'a PatientsEvaluationRequest) -> Option<Self> {
        let (first, also) = request.patients.split_first()?;
        Some(Self {
            domain: request.domain,
            epoch: request.epoch,
            scope: Scope::Patient(*first),
            also,
            purpose: request.purpose,
            research: Declaration::default(),
            groups: &request.groups,
        })
    }
}

/// The log, open at its end.
pub(crate) struct Audit(File);

impl Audit {
    /// Opens the log, makes one that only its owner can read if there is none, and tells the desk what counts of it. A
    /// line that a crash cut off is left as it is.
    pub(crate) fn open(path: &Path, desk: &mut Desk, now: Timestamp) -> io::Result<Self> {
        let mut file = File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600)
            .open(path)?;
        let mut reader = BufReader::new(&file);
        let mut line = Vec::new();
        let mut whole = true;
        loop {
            line.clear();
            if reader.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', &mut line)? == 0 {
                break;
            }
            whole = line.last() == Some(&b'\n');
            let Ok(entry) = serde_json::from_slice::<AuditEntry>(&line) else {
                continue;
            };
            if entry.expires > now || entry.at.saturating_add(HOUR_MS) > now {
                let AuditEntry {
                    account,
                    nonce,
                    expires,
                    at,
                    counted,
                    ..
                } = entry;
                desk.remember(account, nonce, expires, at, counted, now);
            }
        }
        file.seek(SeekFrom::End(0))?;
        if !whole {
            file.write_all(b"\n")?;
        }
        file.sync_all()?;
        Ok(Self(file))
    }

    /// Writes an entry; when this returns, it is on disk.
    pub(crate) fn write(&mut self, entry: &AuditEntry) -> io::Result<()> {
        let mut line = serde_json::to_vec(entry).map_err(io::Error::other)?;
        line.push(b'\n');
        self.0.write_all(&line)?;
        self.0.sync_data()
    }
}
