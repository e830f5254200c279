//! Server-sent events as a client reads them: bytes come in as they like, whole events go out.

use aegle_protocol::BlockId;
use aegle_protocol::wire::{END_EVENT, HEAD_EVENT, Notification, NotificationKind, Problem};

/// The longest line of a stream, in bytes: an event of a contract has at most 16 KiB, twice as many digits, and names.
const MAX_LINE_BYTES: usize = 128 * 1024;

/// What comes over a stream of notifications. Nothing of it is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// Something was told.
    Notification(Notification),
    /// Everything up to this block was told.
    Head(BlockId),
    /// Nothing more comes.
    End(Problem),
}

/// A stream that is none of notifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StreamError {
    /// A line is too long.
    #[error("the stream of notifications has a line of more than {MAX_LINE_BYTES} bytes")]
    Line,
    /// Data are not what the name of their event says.
    #[error("the stream of notifications has an event that cannot be read")]
    Event,
}

/// Reads a stream of server-sent events (WHATWG HTML, 9.2.6).
#[derive(Debug, Default)]
pub struct EventReader {
    /// What came after the last whole line.
    rest: Vec<u8>,
    name: String,
    data: String,
}

impl EventReader {
    /// Takes more bytes; returns the events that are whole now. Those of names that this release does not know are left out.
    ///
    /// # Errors
    /// See [`StreamError`]; the stream is of no use then.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Received>, StreamError> {
        self.rest.extend_from_slice(bytes);
        let mut received = Vec::new();
        let mut read = 0;
        while let Some(length) = self.rest[read..].iter().position(|byte| *byte == b'\n') {
            let line = self.rest[read..read + length].to_vec();
            read += length + 1;
            let line = line.strip_suffix(b"\r").unwrap_or(&line);
            received.extend(self.line(line)?);
        }
        self.rest.drain(..read);
        match self.rest.len() > MAX_LINE_BYTES {
            true => Err(StreamError::Line),
            false => Ok(received),
        }
    }

    fn line(&mut self, line: &[u8]) -> Result<Option<Received>, StreamError> {
        if line.len() > MAX_LINE_BYTES {
            return Err(StreamError::Line);
        }
        let line = core::str::from_utf8(line).map_err(|_| StreamError::Event)?;
        if line.is_empty() {
            return self.dispatch();
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => self.name = value.into(),
            "data" if self.data.len() + value.len() > MAX_LINE_BYTES => return Err(StreamError::Line),
            "data" => {
                self.data.push_str(value);
                self.data.push('\n');
            }
            // Notifications have their own name in their data, and comments say nothing.
            _ => {}
        }
        Ok(None)
    }

    fn dispatch(&mut self) -> Result<Option<Received>, StreamError> {
        let (name, data) = (core::mem::take(&mut self.name), core::mem::take(&mut self.data));
        if data.is_empty() {
            return Ok(None);
        }
        fn read<T: serde::de::DeserializeOwned>(data: &str) -> Result<T, StreamError> {
            serde_json::from_str(data).map_err(|_| StreamError::Event)
        }
        Ok(Some(match name.as_str() {
            HEAD_EVENT => Received::Head(read(&data)?),
            END_EVENT => Received::End(read(&data)?),
            name if NotificationKind::ALL.iter().any(|kind| kind.name() == name) => {
                Received::Notification(read(&data)?)
            }
            _ => return Ok(None),
        }))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use aegle_protocol::wire::NotificationId;
    use aegle_rules::{AccountId, Hash};

    fn notification() -> Notification {
        Notification {
            id: NotificationId { block: 7, index: 2 },
            kind: NotificationKind::BreakGlass,
            block: Hash([1; 32]),
            at: 5,
            contract: AccountId([2; 32]),
            topic: Hash([3; 32]),
            data: vec![4; 5],
        }
    }

    fn stream() -> (Vec<u8>, Vec<Received>) {
        let notification = notification();
        let head = BlockId {
            number: 9,
            hash: Hash([9; 32]),
        };
        let json = serde_json::to_string(&notification).unwrap();
        let text = format!(
            "retry: 2000\n\n: a comment\n\nevent: head\ndata: {}\n\nid: 7-2\r\nevent: break-glass\r\ndata: {json}\r\n\r\nevent: other\ndata: x\n\nevent:request\ndata:{}\ndata:{}\n\n",
            serde_json::to_string(&head).unwrap(),
            &json[..1],
            &json[1..],
        );
        let expected = vec![
            Received::Head(head),
            Received::Notification(notification.clone()),
            Received::Notification(notification),
        ];
        (text.into_bytes(), expected)
    }

    #[test]
    fn events_are_the_same_wherever_the_bytes_are_cut() {
        let (bytes, expected) = stream();
        for size in [1, 2, 3, 7, 64, bytes.len()] {
            let mut reader = EventReader::default();
            let read = bytes.chunks(size).map(|chunk| reader.push(chunk).unwrap());
            assert_eq!(read.flatten().collect::<Vec<_>>(), expected, "{size} bytes at a time");
        }
        // What is cut off is no event.
        let mut reader = EventReader::default();
        assert_eq!(reader.push(&bytes[..bytes.len() - 1]).unwrap(), expected[..2]);
    }

    #[test]
    fn what_is_no_event_ends_the_stream() {
        let refused = |bytes: &[u8]| EventReader::default().push(bytes).unwrap_err();
        assert_eq!(refused(b"event: head\ndata: {}\n\n"), StreamError::Event);
        assert_eq!(refused(b"data: \xff\n"), StreamError::Event);
        assert_eq!(refused(&vec![b'x'; MAX_LINE_BYTES + 1]), StreamError::Line);
        let lines = b"data: xxxxxxxxxxxxxxx\n".repeat(MAX_LINE_BYTES / 15 + 1);
        assert_eq!(refused(&lines), StreamError::Line);
    }
}
