//! The parts of one input: its lines, or all of it.

use super::{
    LargeContent, LargeError, Limits, Source, SourceError,
    large::{PuttingAside, is_one_resource},
    source::{LINE_ENDINGS, is_named},
};
use flate2::bufread::MultiGzDecoder;
use serde_json::value::RawValue;
use std::{
    fs,
    io::{self, BufRead, BufReader, Read},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// What gzip begins with (RFC 1952).
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// Bytes of a line beyond the limit that are passed over at once.
const PASSED_OVER_BYTES: u64 = 1 << 20;
/// Bytes that are read from a file at once.
const BUFFER_BYTES: usize = 256 << 10;
/// A part of an input that is read by itself: a line, or all of it.
pub struct Part {
    /// Its text; of a large resource its outline, in which hashes stand for what it attaches.
    pub bytes: Vec<u8>,
    /// The line of the input in which it begins, from 1.
    pub line: usize,
    /// The text of a large resource.
    pub large: Option<LargeContent>,
}

/// What of a large resource is still to be read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    Nothing,
    Line,
    Input,
}

/// How the rest of an input is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Unknown,
    Lines,
    Ended,
}

/// The parts of one input, in order.
pub struct Parts {
    source: Source,
    reader: Box<dyn BufRead>,
    mode: Mode,
    /// Lines that were read.
    line: usize,
    limits: Limits,
    spool: Option<PathBuf>,
}

/// Counts the bytes that go through.
struct Counted<R> {
    inner: R,
    bytes: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.bytes.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

impl Parts {
    pub(super) fn open(
        source: Source,
        limits: Limits,
        spool: Option<PathBuf>,
        read_bytes: &Arc<AtomicU64>,
    ) -> Result<Self, SourceError> {
        let raw: Box<dyn Read> = match &source {
            Source::File(path) => Box::new(Counted {
                inner: fs::File::open(path).map_err(|error| SourceError::Path {
                    path: path.clone(),
                    source: error,
                })?,
                bytes: read_bytes.clone(),
            }),
            Source::StandardInput => Box::new(io::stdin()),
        };
        Self::of(source.clone(), raw, limits, spool).map_err(|error| SourceError::Read {
            source_name: source,
            line: 0,
            source: error,
        })
    }

    fn of(source: Source, raw: Box<dyn Read>, limits: Limits, spool: Option<PathBuf>) -> io::Result<Self> {
        let mut raw = BufReader::with_capacity(BUFFER_BYTES, raw);
        let reader: Box<dyn BufRead> = if raw.fill_buf()?.starts_with(&GZIP) {
            Box::new(BufReader::with_capacity(BUFFER_BYTES, MultiGzDecoder::new(raw)))
        } else {
            Box::new(raw)
        };
        let mode = match &source {
            Source::File(path) if is_named(path, &LINE_ENDINGS) => Mode::Lines,
            _ => Mode::Unknown,
        };
        Ok(Self {
            source,
            reader,
            mode,
            line: 0,
            limits,
            spool,
        })
    }

    /// Returns the input.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Reads the next part; `None` at the end. After an error there may be more parts.
    ///
    /// # Errors
    /// See [`SourceError`].
    pub fn next_part(&mut self) -> Option<Result<Part, SourceError>> {
        loop {
            if self.mode == Mode::Ended {
                return None;
            }
            let first_line = self.line + 1;
            let mut part = match self.read_line() {
                Ok(Some(part)) => part,
                Ok(None) => {
                    self.mode = Mode::Ended;
                    return None;
                }
                Err(error) => return Some(Err(error)),
            };
            if part.large.is_some() {
                return Some(Ok(part));
            }
            if first_line == 1 && part.bytes.starts_with("\u{feff}".as_bytes()) {
                part.bytes.drain(.."\u{feff}".len());
            }
            let text = part.bytes.trim_ascii();
            if text.is_empty() {
                continue;
            }
            if self.mode == Mode::Unknown {
                // A value that is whole is one of one a line. What begins no object is no resource, however it goes on.
                let is_whole = !text.starts_with(b"{") || serde_json::from_slice::<&RawValue>(text).is_ok();
                if !is_whole {
                    return Some(self.document(part.bytes, first_line));
                }
                self.mode = Mode::Lines;
            }
            return Some(self.part(part.bytes, first_line));
        }
    }

    /// Returns what was read as a part. A resource that is too large is put aside.
    fn part(&mut self, bytes: Vec<u8>, line: usize) -> Result<Part, SourceError> {
        if bytes.len() > self.limits.resource_bytes && is_one_resource(&bytes) {
            return self.large(bytes, line, Rest::Nothing);
        }
        Ok(Part {
            bytes,
            line,
            large: None,
        })
    }

    /// Reads all that follows the first lines of a value.
    fn document(&mut self, mut bytes: Vec<u8>, line: usize) -> Result<Part, SourceError> {
        self.mode = Mode::Ended;
        self.read_up_to(self.limits.line_bytes, &mut bytes)?;
        if bytes.len() > self.limits.line_bytes && is_one_resource(&bytes) {
            return self.large(bytes, line, Rest::Input);
        }
        self.read_up_to(self.limits.document_bytes, &mut bytes)?;
        if bytes.len() > self.limits.document_bytes {
            return Err(SourceError::LargeDocument {
                source_name: self.source.clone(),
                limit: self.limits.document_bytes,
            });
        }
        self.part(bytes, line)
    }

    /// Reads until there is one byte more than `limit`, or to the end.
    fn read_up_to(&mut self, limit: usize, bytes: &mut Vec<u8>) -> Result<(), SourceError> {
        let room = (limit + 1).saturating_sub(bytes.len());
        let read = (&mut self.reader).take(room as u64).read_to_end(bytes);
        read.map_err(|source| self.unreadable(source))?;
        Ok(())
    }

    /// Reads the rest of a large resource, and puts it aside.
    fn large(&mut self, first: Vec<u8>, line: usize, rest: Rest) -> Result<Part, SourceError> {
        let (outline_bytes, limit) = (self.limits.resource_bytes, self.limits.large_bytes);
        let putting = PuttingAside::new(self.spool.as_deref(), outline_bytes, limit).map_err(LargeError::from);
        let mut putting = putting.and_then(|mut putting| {
            let first = first.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&first);
            putting.take(first).map(|()| putting)
        });
        drop(first);
        let mut ended = rest == Rest::Nothing;
        while !ended {
            let buffer = match self.reader.fill_buf() {
                Ok(buffer) => buffer,
                Err(source) => {
                    self.mode = Mode::Ended;
                    return Err(self.unreadable(source));
                }
            };
            let end = memchr::memchr(b'\n', buffer).filter(|_| rest == Rest::Line);
            let taken = end.map_or(buffer.len(), |at| at + 1);
            ended = end.is_some() || taken == 0;
            // What follows a fault in a line is passed over.
            putting = putting.and_then(|mut putting| putting.take(&buffer[..taken]).map(|()| putting));
            self.reader.consume(taken);
            ended |= rest == Rest::Input && putting.is_err();
        }
        match putting.and_then(PuttingAside::finish) {
            Ok((bytes, large)) => Ok(Part {
                bytes,
                line,
                large: Some(large),
            }),
            Err(source) => Err(SourceError::Large {
                source_name: self.source.clone(),
                line,
                source,
            }),
        }
    }

    /// Reads a line with its end; `None` at the end of the input. What is too long and no resource is passed over.
    fn read_line(&mut self) -> Result<Option<Part>, SourceError> {
        let limit = self.limits.line_bytes;
        let mut bytes = Vec::new();
        let read = (&mut self.reader).take(limit as u64 + 1).read_until(b'\n', &mut bytes);
        if let Err(source) = read {
            self.mode = Mode::Ended;
            return Err(self.unreadable(source));
        }
        if bytes.is_empty() {
            return Ok(None);
        }
        self.line += 1;
        if bytes.len() <= limit || bytes.ends_with(b"\n") {
            return Ok(Some(Part {
                bytes,
                line: self.line,
                large: None,
            }));
        }
        if self.mode == Mode::Unknown {
            // One value in one line.
            return self.document(bytes, self.line).map(Some);
        }
        if is_one_resource(&bytes) {
            return self.large(bytes, self.line, Rest::Line).map(Some);
        }
        while !bytes.is_empty() && !bytes.ends_with(b"\n") {
            bytes.clear();
            let passed = (&mut self.reader).take(PASSED_OVER_BYTES).read_until(b'\n', &mut bytes);
            if let Err(source) = passed {
                self.mode = Mode::Ended;
                return Err(self.unreadable(source));
            }
        }
        Err(SourceError::LongLine {
            source_name: self.source.clone(),
            line: self.line,
            limit,
        })
    }

    fn unreadable(&self, source: io::Error) -> SourceError {
        SourceError::Read {
            source_name: self.source.clone(),
            line: self.line,
            source,
        }
    }
}
