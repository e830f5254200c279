//! Which resource of the FHIR server is which record: from the file of receipts that ingestion writes.

use aegle_client::fhir::Version;
use aegle_protocol::record::RecordId;
use aegle_rules::{BatchNumber, DomainId};
use serde::Deserialize;
use std::{
    collections::HashMap,
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// Bytes of what was read last by which the file is known again: ingestion cuts off what a run left that it could not finish, and
/// writes on.
const KNOWN_AGAIN: u64 = 512;

/// A resource, as the FHIR server names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ResourceName {
    pub(crate) resource_type: String,
    pub(crate) id: String,
}

/// A record as which a resource was filed, in one of its versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Filed {
    pub(crate) record: RecordId,
    version: Version,
    place: Place,
}

impl Filed {
    /// Returns whether a version of the resource is the one that was filed. Where neither says which it is, it is not: it may
    /// have become another patient's since.
    pub(crate) fn is_of(&self, version: Version) -> bool {
        let says = version.number.is_some() || version.time.is_some();
        says && self.version == version
    }
}

/// Where a record is on chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    domain: DomainId,
    batch: BatchNumber,
    index: u32,
}

/// What a line of the receipts says that matters here.
#[derive(Deserialize)]
struct Line {
    event: String,
    #[serde(default)]
    source: String,
    #[serde(rename = "type")]
    resource_type: String,
    id: String,
    version: Option<u64>,
    last_updated: Option<u64>,
    record: Option<RecordId>,
    domain: DomainId,
    batch: BatchNumber,
    index: u32,
    // What a file that was written anew says of records that are not current any more.
    #[serde(default)]
    superseded: bool,
    #[serde(default)]
    erased: bool,
    #[serde(default)]
    refiled: bool,
}

/// The receipts of one system's resources.
pub(crate) struct Receipts {
    path: PathBuf,
    source: String,
    read: Option<Position>,
    filed: HashMap<ResourceName, Filed>,
}

/// How far a file was read.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Position {
    /// Device and number of the file.
    identity: (u64, u64),
    /// Bytes that were read: up to the end of a line.
    offset: u64,
    /// The last of them, [`KNOWN_AGAIN`] at most.
    tail: Vec<u8>,
}

impl Receipts {
    /// Names the file; nothing is read yet. `source` is the system that the resources come from.
    pub(crate) fn at(path: &Path, source: &str) -> Self {
        Self {
            path: path.to_owned(),
            source: source.into(),
            read: None,
            filed: HashMap::new(),
        }
    }

    /// Returns as which record the newest version of a resource was filed; `None` where it was not, or was erased.
    pub(crate) fn filed(&self, name: &ResourceName) -> Option<Filed> {
        self.filed.get(name).copied()
    }

    /// Reads what was written since it was read last.
    ///
    /// # Errors
    /// It cannot be read, or a line makes no sense: then no resource is known.
    pub(crate) fn refresh(&mut self) -> io::Result<()> {
        let refreshed = self.try_refresh();
        if refreshed.is_err() {
            self.forget();
        }
        refreshed
    }

    fn forget(&mut self) {
        self.read = None;
        self.filed.clear();
    }

    fn try_refresh(&mut self) -> io::Result<()> {
        let mut file = File::open(&self.path)?;
        let metadata = file.metadata()?;
        let identity = (metadata.dev(), metadata.ino());
        let is_known = match &self.read {
            Some(read) => read.identity == identity && read.is_in(&mut file, metadata.len())?,
            None => false,
        };
        if !is_known {
            self.forget();
        }
        let offset = self.read.as_ref().map_or(0, |read| read.offset);
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        // The last line may be on its way.
        let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let whole = std::str::from_utf8(&bytes[..end]).map_err(io::Error::other)?;
        for line in whole.lines() {
            let line = serde_json::from_str(line).map_err(io::Error::other)?;
            self.take(line)?;
        }
        let offset = offset + end as u64;
        let tail = read_at(&mut file, offset.saturating_sub(KNOWN_AGAIN), offset)?;
        self.read = Some(Position { identity, offset, tail });
        Ok(())
    }

    fn take(&mut self, line: Line) -> io::Result<()> {
        if line.source != self.source {
            return Ok(());
        }
        let name = ResourceName {
            resource_type: line.resource_type,
            id: line.id,
        };
        let place = Place {
            domain: line.domain,
            batch: line.batch,
            index: line.index,
        };
        match (line.event.as_str(), line.record) {
            ("sealed", Some(_)) if line.superseded || line.erased || line.refiled => {}
            ("sealed", Some(record)) => {
                let version = Version {
                    time: line.last_updated,
                    number: line.version,
                };
                self.filed.insert(name, Filed { record, version, place });
            }
            // What takes its place, if anything does, is sealed by a line of its own.
            ("superseded" | "erased" | "refiled", _) => {
                if self.filed.get(&name).is_some_and(|filed| filed.place == place) {
                    self.filed.remove(&name);
                }
            }
            _ => return Err(io::Error::other(format!("an event `{}` is not known here", line.event))),
        }
        Ok(())
    }
}

impl Position {
    /// Returns whether a file still has what was read.
    fn is_in(&self, file: &mut File, length: u64) -> io::Result<bool> {
        let begin = self.offset.saturating_sub(KNOWN_AGAIN);
        Ok(self.offset <= length && read_at(file, begin, self.offset)? == self.tail)
    }
}

fn read_at(file: &mut File, begin: u64, end: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(begin))?;
    file.take(end.saturating_sub(begin)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use std::fs;

    fn name(id: &str) -> ResourceName {
        ResourceName {
            resource_type: "Observation".into(),
            id: id.into(),
        }
    }

    fn sealed(source: &str, id: &str, index: u32) -> Value {
        json!({ "event": "sealed", "source": source, "type": "Observation", "id": id, "version": 1, "last_updated": null,
            "record": RecordId([index as u8; 16]), "domain": 1, "batch": 0, "index": index, "salt": null, "block": 5 })
    }

    fn action(event: &str, id: &str, index: u32) -> Value {
        json!({ "event": event, "source": "", "type": "Observation", "id": id, "domain": 1, "batch": 0, "index": index,
            "record": RecordId([index as u8; 16]), "reason": "misfiled" })
    }

    fn text(lines: &[Value]) -> String {
        lines.iter().map(|line| format!("{line}\n")).collect()
    }

    #[test]
    fn the_newest_filed_version_counts_and_what_was_erased_does_not() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("receipts.jsonl");
        let mut receipts = Receipts::at(&path, "");
        assert!(receipts.refresh().is_err(), "there is no file");
        let lines = [
            sealed("", "a", 1),
            sealed("", "b", 2),
            sealed("", "c", 3),
            sealed("other", "d", 4),
            sealed("", "a", 5),
            action("superseded", "a", 1),
            action("erased", "b", 2),
            // Of the wrong patient: what is of the right one was sealed before that.
            sealed("", "c", 6),
            action("refiled", "c", 3),
        ];
        fs::write(&path, text(&lines) + r#"{"event":"seal"#).unwrap();
        receipts.refresh().unwrap();
        let found = |receipts: &Receipts, id| receipts.filed(&name(id)).map(|filed| filed.record);
        let record = |byte| Some(RecordId([byte; 16]));
        for (id, expected) in [
            ("a", record(5)),
            ("b", None),
            ("c", record(6)),
            ("d", None),
            ("e", None),
        ] {
            assert_eq!(found(&receipts, id), expected, "{id}");
        }
        // What comes is read alone; what was cut off and written otherwise is read anew.
        let more = [lines.as_slice(), &[sealed("", "e", 7)]].concat();
        fs::write(&path, text(&more)).unwrap();
        receipts.refresh().unwrap();
        assert_eq!((found(&receipts, "e"), found(&receipts, "a")), (record(7), record(5)));
        let other = [&lines[..8], &[sealed("", "f", 8), sealed("", "g", 9)]].concat();
        fs::write(&path, text(&other)).unwrap();
        receipts.refresh().unwrap();
        assert_eq!((found(&receipts, "e"), found(&receipts, "g")), (None, record(9)));
        for wrong in ["no json\n".to_owned(), text(&[action("vanished", "a", 5)])] {
            fs::write(&path, text(&other) + &wrong).unwrap();
            assert!(receipts.refresh().is_err());
            assert_eq!(
                found(&receipts, "g"),
                None,
                "nothing is known by a file that makes no sense"
            );
        }
    }

    #[test]
    fn a_file_that_was_written_anew_says_what_is_not_current() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("receipts.jsonl");
        let with = |mut line: Value, what: Option<&str>| {
            for known in ["superseded", "erased", "refiled"] {
                line[known] = json!(what == Some(known));
            }
            line
        };
        let lines = [
            with(sealed("", "a", 2), None),
            with(sealed("", "a", 1), Some("superseded")),
            with(sealed("", "b", 3), Some("erased")),
            with(sealed("", "c", 4), Some("refiled")),
        ];
        fs::write(&path, text(&lines)).unwrap();
        let mut receipts = Receipts::at(&path, "");
        receipts.refresh().unwrap();
        let found = |id| receipts.filed(&name(id)).map(|filed| filed.record);
        assert_eq!(
            (found("a"), found("b"), found("c")),
            (Some(RecordId([2; 16])), None, None)
        );
    }

    #[test]
    fn a_version_that_was_not_filed_or_says_nothing_is_not_the_filed_one() {
        let version = |number, time| Version { time, number };
        let filed = |version| Filed {
            record: RecordId([1; 16]),
            version,
            place: Place {
                domain: DomainId(1),
                batch: BatchNumber(0),
                index: 0,
            },
        };
        let one = version(Some(1), Some(5));
        assert!(filed(one).is_of(one));
        for other in [
            version(Some(2), Some(5)),
            version(Some(1), Some(6)),
            version(None, Some(5)),
            version(None, None),
        ] {
            assert!(!filed(one).is_of(other), "{other:?}");
        }
        let none = version(None, None);
        assert!(!filed(none).is_of(none));
        assert!(filed(version(None, Some(5))).is_of(version(None, Some(5))));
    }
}
