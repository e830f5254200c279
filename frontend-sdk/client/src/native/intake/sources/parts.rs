//! The parts of one input: its lines, or all of it.

use super::{LINE_ENDINGS, Limits, Source, SourceError, is_named};
use flate2::bufread::MultiGzDecoder;
use serde_json::value::RawValue;
use std::{
    fs,
    io::{self, BufRead, BufReader, Read},
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
    /// Its text.
    pub bytes: Vec<u8>,
    /// The line of the input in which it begins, from 1.
    pub line: usize,
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
    pub(super) fn open(source: Source, limits: Limits, read_bytes: &Arc<AtomicU64>) -> Result<Self, SourceError> {
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
        Self::of(source.clone(), raw, limits).map_err(|error| SourceError::Read {
            source_name: source,
            line: 0,
            source: error,
        })
    }

    fn of(source: Source, raw: Box<dyn Read>, limits: Limits) -> io::Result<Self> {
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
            let mut bytes = match self.read_line() {
                Ok(Some(bytes)) => bytes,
                Ok(None) => {
                    self.mode = Mode::Ended;
                    return None;
                }
                Err(error) => return Some(Err(error)),
            };
            if first_line == 1 && bytes.starts_with("\u{feff}".as_bytes()) {
                bytes.drain(.."\u{feff}".len());
            }
            let text = bytes.trim_ascii();
            if text.is_empty() {
                continue;
            }
            if self.mode == Mode::Unknown {
                // A value that is whole is one of one a line. What begins no object is no resource, however it goes on.
                let is_whole = !text.starts_with(b"{") || serde_json::from_slice::<&RawValue>(text).is_ok();
                if !is_whole {
                    return Some(self.document(bytes, first_line));
                }
                self.mode = Mode::Lines;
            }
            let line = first_line;
            return Some(Ok(Part { bytes, line }));
        }
    }

    /// Reads all that follows the first lines of a value.
    fn document(&mut self, mut bytes: Vec<u8>, line: usize) -> Result<Part, SourceError> {
        self.mode = Mode::Ended;
        let room = (self.limits.document_bytes + 1).saturating_sub(bytes.len());
        let read = (&mut self.reader).take(room as u64).read_to_end(&mut bytes);
        read.map_err(|source| self.unreadable(source))?;
        if bytes.len() > self.limits.document_bytes {
            return Err(SourceError::LargeDocument {
                source_name: self.source.clone(),
                limit: self.limits.document_bytes,
            });
        }
        Ok(Part { bytes, line })
    }

    /// Reads a line with its end; `None` at the end of the input. What is too long is passed over.
    fn read_line(&mut self) -> Result<Option<Vec<u8>>, SourceError> {
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
            return Ok(Some(bytes));
        }
        if self.mode == Mode::Unknown {
            // One value in one line.
            return self.document(bytes, self.line).map(|part| Some(part.bytes));
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
