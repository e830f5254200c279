//! Ways to the indexer that misbehave: what stands behind them is the real one.

use aegle_client::native::HttpTransport;
use aegle_client::remote::{Request, Response, Transport, TransportError};
use aegle_rules::Timestamp;
use serde_json::Value;
use std::cell::{Cell, RefCell};

/// Changes one value of the JSON answers to one path.
pub(crate) struct AlteredAnswer<'a> {
    pub(crate) inner: &'a HttpTransport,
    /// How the path begins.
    pub(crate) path: &'static str,
    /// Which value, counted in the order of the document.
    pub(crate) leaf: usize,
    /// What was changed: the pointer to the value; `None` when there are fewer values.
    pub(crate) altered: RefCell<Option<String>>,
}

impl Transport for AlteredAnswer<'_> {
    async fn send(&self, request: Request<'_>) -> Result<Response, TransportError> {
        let concerned = request.path.starts_with(self.path);
        let mut response = self.inner.send(request).await?;
        if concerned && let Ok(mut answer) = serde_json::from_slice::<Value>(&response.body) {
            let mut leaf = self.leaf;
            *self.altered.borrow_mut() = alter(&mut answer, &mut leaf, String::new());
            response.body = serde_json::to_vec(&answer).expect("a JSON value can be written");
        }
        Ok(response)
    }

    fn now(&self) -> Timestamp {
        self.inner.now()
    }

    async fn pause(&self, milliseconds: u32) {
        self.inner.pause(milliseconds).await;
    }
}

/// Says of the hits of each search that they are at each other's places.
pub(crate) struct OtherPlaces<'a>(pub(crate) &'a HttpTransport);

impl Transport for OtherPlaces<'_> {
    async fn send(&self, request: Request<'_>) -> Result<Response, TransportError> {
        let concerned = request.path.starts_with("/v1/search");
        let mut response = self.0.send(request).await?;
        if concerned && let Ok(mut answer) = serde_json::from_slice::<Value>(&response.body) {
            let hits = answer["hits"].as_array_mut().expect("a search was answered");
            let places: Vec<[Value; 2]> = hits
                .iter()
                .map(|hit| ["batch", "number"].map(|name| hit[name].clone()))
                .collect();
            for (hit, [batch, number]) in hits.iter_mut().zip(places.into_iter().rev()) {
                (hit["batch"], hit["number"]) = (batch, number);
            }
            response.body = serde_json::to_vec(&answer).expect("a JSON value can be written");
        }
        Ok(response)
    }

    fn now(&self) -> Timestamp {
        self.0.now()
    }

    async fn pause(&self, milliseconds: u32) {
        self.0.pause(milliseconds).await;
    }
}

/// Answers other bytes than the ciphertexts that are asked for.
pub(crate) struct OtherCiphertext<'a> {
    pub(crate) inner: &'a HttpTransport,
    pub(crate) bytes: Vec<u8>,
}

impl Transport for OtherCiphertext<'_> {
    async fn send(&self, request: Request<'_>) -> Result<Response, TransportError> {
        let concerned = request.path.starts_with("/v1/ciphertexts/");
        let mut response = self.inner.send(request).await?;
        if concerned {
            assert_eq!(response.status, 200);
            response.body = self.bytes.clone();
        }
        Ok(response)
    }

    fn now(&self) -> Timestamp {
        self.inner.now()
    }

    async fn pause(&self, milliseconds: u32) {
        self.inner.pause(milliseconds).await;
    }
}

/// Changes the value with that number; says which one it was.
fn alter(value: &mut Value, leaf: &mut usize, pointer: String) -> Option<String> {
    match value {
        Value::Object(fields) => fields
            .iter_mut()
            .find_map(|(name, value)| alter(value, leaf, format!("{pointer}/{name}"))),
        Value::Array(list) => list
            .iter_mut()
            .enumerate()
            .find_map(|(at, value)| alter(value, leaf, format!("{pointer}/{at}"))),
        _ if *leaf > 0 => {
            *leaf -= 1;
            None
        }
        value => {
            *value = other(value);
            Some(pointer)
        }
    }
}

/// Another value of the same kind.
fn other(value: &Value) -> Value {
    match value {
        Value::String(text) if text.ends_with(|c: char| c.is_ascii_hexdigit()) => {
            let (rest, last) = text.split_at(text.len() - 1);
            format!("{rest}{}", if last == "0" { "1" } else { "0" }).into()
        }
        Value::String(text) => format!("{text}x").into(),
        Value::Number(number) => number.as_u64().map_or(0, |number| number ^ 1).into(),
        Value::Bool(is) => (!is).into(),
        _ => Value::String("0x00".into()),
    }
}

/// What a way does with requests before they arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mischief {
    /// They arrive as they are.
    None,
    /// Without the headers that sign them.
    Unsigned,
    /// With a changed signature.
    ChangedSignature,
    /// In the name of another account.
    OtherAccount,
    /// With another body than was signed.
    ChangedBody,
    /// On another path than was signed.
    ChangedPath,
    /// Twice: the answer to the second time comes back.
    Twice,
    /// Signed by a clock that is an hour behind.
    SlowClock,
    /// Signed by a clock that is an hour ahead.
    FastClock,
    /// Cut off half way.
    Truncated,
    /// Not at all.
    Lost,
}

/// An hour in milliseconds.
const HOUR_MS: u64 = 3_600_000;

/// Does something to the requests with one method on one path, and remembers the last body.
pub(crate) struct BadWay<'a> {
    pub(crate) inner: &'a HttpTransport,
    pub(crate) method: &'static str,
    /// How the path begins.
    pub(crate) path: &'static str,
    pub(crate) mischief: Cell<Mischief>,
    pub(crate) body: RefCell<Vec<u8>>,
}

impl<'a> BadWay<'a> {
    pub(crate) fn new(
        inner: &'a HttpTransport,
        (method, path): (&'static str, &'static str),
        mischief: Mischief,
    ) -> Self {
        Self {
            inner,
            method,
            path,
            mischief: Cell::new(mischief),
            body: RefCell::default(),
        }
    }

    async fn spoiled(&self, mut request: Request<'_>) -> Result<Response, TransportError> {
        let mut body = request.body.to_vec();
        let mut path = request.path.to_owned();
        match self.mischief.get() {
            Mischief::Unsigned => request.headers.clear(),
            Mischief::ChangedSignature => change_header(&mut request, "aegle-signature"),
            Mischief::OtherAccount => change_header(&mut request, "aegle-account"),
            Mischief::ChangedBody => body.push(b' '),
            Mischief::ChangedPath => path.push('?'),
            Mischief::Truncated => body.truncate(body.len() / 2),
            Mischief::Lost => return Err(lost()),
            Mischief::Twice => drop(self.inner.send(copy(&request, &path, &body)).await?),
            Mischief::None | Mischief::SlowClock | Mischief::FastClock => {}
        }
        self.inner.send(copy(&request, &path, &body)).await
    }
}

impl Transport for BadWay<'_> {
    async fn send(&self, request: Request<'_>) -> Result<Response, TransportError> {
        if request.method != self.method || !request.path.starts_with(self.path) {
            return self.inner.send(request).await;
        }
        *self.body.borrow_mut() = request.body.to_vec();
        self.spoiled(request).await
    }

    fn now(&self) -> Timestamp {
        match self.mischief.get() {
            Mischief::SlowClock => self.inner.now() - HOUR_MS,
            Mischief::FastClock => self.inner.now() + HOUR_MS,
            _ => self.inner.now(),
        }
    }

    async fn pause(&self, milliseconds: u32) {
        self.inner.pause(milliseconds).await;
    }
}

fn copy<'a>(request: &Request<'_>, path: &'a str, body: &'a [u8]) -> Request<'a> {
    let Request {
        method,
        ref headers,
        content_type,
        ..
    } = *request;
    Request {
        method,
        path,
        headers: headers.clone(),
        content_type,
        body,
    }
}

fn change_header(request: &mut Request<'_>, name: &str) {
    for (header, value) in &mut request.headers {
        if *header == name {
            let last = if value.ends_with('0') { '1' } else { '0' };
            value.pop();
            value.push(last);
        }
    }
}

fn lost() -> TransportError {
    TransportError {
        url: "nowhere".into(),
        source: "the request was lost".into(),
    }
}
