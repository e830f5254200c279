//! Bodies: how many bytes, how long they may take, and what they hold.

use crate::Problem;
use aegle_protocol::request::VerifiedRequest;
use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, header},
};
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout},
};

/// How long a body may be silent between two of its pieces.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(20);
/// The slowest that a body may come, in bytes a second, after a time in which it may come as it likes.
const MIN_BYTES_PER_SECOND: u64 = 4_096;
const SLOW_FOR: Duration = Duration::from_secs(5);
/// Most bytes of memory that are taken for a body before any of it has come.
const TAKEN_AT_ONCE_BYTES: usize = 1024 * 1024;
/// Bodies that are longer are hashed beside the requests, in bytes.
const HASHED_IN_PLACE_BYTES: usize = 256 * 1024;

/// What a class of requests may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyLimit {
    /// Most bytes.
    pub bytes: usize,
    /// How long all of them may take to arrive.
    pub arrival: Duration,
}

impl BodyLimit {
    /// Reads a body, and checks that it is the one whose hash was signed.
    pub(crate) async fn read(
        &self,
        headers: &HeaderMap,
        body: Body,
        verified: &VerifiedRequest,
    ) -> Result<Bytes, Problem> {
        let announced = announced_bytes(headers);
        if announced.is_some_and(|length| length > self.bytes) {
            return Err(self.too_large());
        }
        let late = || Problem::invalid_body().because("the body did not arrive in time");
        let collected = timeout(self.arrival, self.collect(body, announced.unwrap_or_default()));
        let bytes = Bytes::from(collected.await.map_err(|_| late())??);
        let checked = match bytes.len() > HASHED_IN_PLACE_BYTES {
            false => verified.check_body(&bytes),
            true => {
                let (bytes, verified) = (bytes.clone(), *verified);
                let hashing = tokio::task::spawn_blocking(move || verified.check_body(&bytes));
                hashing.await.map_err(|_| Problem::unavailable())?
            }
        };
        checked.map_err(|error| Problem::body_mismatch().because(error))?;
        Ok(bytes)
    }

    async fn collect(&self, mut body: Body, announced: usize) -> Result<Vec<u8>, Problem> {
        let mut bytes = Vec::with_capacity(announced.min(TAKEN_AT_ONCE_BYTES));
        let began = Instant::now();
        let silent = |_| Problem::invalid_body().because("the body stopped arriving");
        while let Some(frame) = timeout(SILENCE_TIMEOUT, body.frame()).await.map_err(silent)? {
            let frame = frame.map_err(|_| Problem::invalid_body().because("the body was cut off"))?;
            // Trailers are not signed, and are not looked at.
            let Ok(piece) = frame.into_data() else { continue };
            if bytes.len() + piece.len() > self.bytes {
                return Err(self.too_large());
            }
            bytes.extend_from_slice(&piece);
            let due = MIN_BYTES_PER_SECOND * began.elapsed().saturating_sub(SLOW_FOR).as_secs();
            if (bytes.len() as u64) < due {
                let slow = format_args!("the body came too slowly: at least {MIN_BYTES_PER_SECOND} bytes a second")
                    .to_string();
                return Err(Problem::invalid_body().because(slow));
            }
        }
        Ok(bytes)
    }

    fn too_large(&self) -> Problem {
        Problem::too_large().because(format_args!("at most {} bytes", self.bytes))
    }
}

/// Returns the number of bytes that a body is said to have.
pub(crate) fn announced_bytes(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Reads a JSON body.
///
/// # Errors
/// `invalid-body`, with the place and without the words of the body.
pub fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| {
        // serde's words may repeat a value of the body, and so a token; its place is enough.
        Problem::invalid_body().because(format_args!("line {}, column {}", error.line(), error.column()))
    })
}

/// Waits for one of the few places that such requests have. It is the caller's, so that it can go along with what takes it.
///
/// # Errors
/// `busy`, when none is free within `patience`.
pub async fn turn(places: &Arc<Semaphore>, patience: Duration) -> Result<OwnedSemaphorePermit, Problem> {
    match timeout(patience, places.clone().acquire_owned()).await {
        Ok(Ok(turn)) => Ok(turn),
        _ => Err(Problem::busy()),
    }
}
