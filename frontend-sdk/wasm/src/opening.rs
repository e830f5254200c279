//! Opening a record whose segments JavaScript fetches, and its own AES decrypts: what is bulk happens there, what decides here.

use crate::{deployment::Deployment, fault::Fault, host::Host, json, proxies::proxy_faults, verification::place};
use aegle_client::{
    account::AccountKey,
    clinician::opening::{Opening as Begun, OpeningError},
    coding::uncoded,
    crypto::record::{ContentFrame, OpenError, RecordCipher},
    protocol::record::{CiphertextHasher, RecordRow, SEGMENT_BYTES, SEGMENT_TAG_BYTES},
};
use aegle_rules::Purposes;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;

/// A record that was found, with the key that opens it, and how far its content has come.
#[wasm_bindgen]
pub struct Opening {
    row: RecordRow,
    purpose: Purposes,
    /// What is told of it.
    facts: Value,
    cipher: RecordCipher,
    hasher: CiphertextHasher,
    /// Nothing before the first segment.
    frame: Option<ContentFrame>,
}

impl Opening {
    pub(crate) fn new(begun: &Begun) -> Result<Self, Fault> {
        let found = &begun.found;
        let mut facts = place(found);
        facts["grant"] = json!(begun.grant);
        facts["faults"] = proxy_faults(&begun.faults);
        let row = found.record.row().clone();
        Ok(Self::of(row, found.purpose, facts, begun.cipher()?))
    }

    pub(crate) fn of(row: RecordRow, purpose: Purposes, facts: Value, cipher: RecordCipher) -> Self {
        Self {
            row,
            purpose,
            facts,
            cipher,
            hasher: CiphertextHasher::default(),
            frame: None,
        }
    }
}

/// Asks the indexer for a record's ciphertext. The host keeps it, and hands nothing on.
pub(crate) async fn fetch(
    deployment: &Deployment,
    host: Host,
    key: &AccountKey,
    opening: &Opening,
) -> Result<(), Fault> {
    let connection = deployment.connection(host);
    let indexer = connection.aegle().indexer;
    indexer.ciphertext(key, &opening.row.id, opening.purpose).await?;
    Ok(())
}

/// A ciphertext that is not the one that was anchored, or not framed as it should be.
fn damaged(error: OpenError) -> JsValue {
    Fault::from(OpeningError::Content(error)).into()
}

#[wasm_bindgen]
impl Opening {
    /// Returns what stands of the record on the ledger, and by what it is opened, as JSON.
    pub fn facts(&self) -> String {
        json::write(&self.facts)
    }

    /// Returns what decrypts the segments, as JSON: how many there are, and the bytes of each but the last, of plaintext and of
    /// the tag.
    pub fn segments(&self) -> String {
        json::write(&json!({
            "count": self.cipher.segments,
            "bytes": SEGMENT_BYTES,
            "tagBytes": SEGMENT_TAG_BYTES,
            "ciphertextBytes": self.row.ciphertext_length,
        }))
    }

    /// Returns the key of the segments, 32 bytes. The caller clears it.
    #[wasm_bindgen(js_name = cipherKey)]
    pub fn cipher_key(&self) -> Vec<u8> {
        self.cipher.expose_key().to_vec()
    }

    /// Returns the associated data of every segment.
    pub fn associated(&self) -> Vec<u8> {
        self.cipher.associated.clone()
    }

    /// Takes the bytes of the ciphertext that come next.
    pub fn hash(&mut self, ciphertext: &[u8]) {
        self.hasher.update(ciphertext);
    }

    /// Takes the plaintext of the segment that comes next; returns where its content begins and ends.
    pub fn take(&mut self, plaintext: &[u8]) -> Result<Vec<u32>, JsValue> {
        let mut start = 0;
        if self.frame.is_none() {
            let (frame, content) = ContentFrame::read(plaintext).map_err(damaged)?;
            (self.frame, start) = (Some(frame), content);
        }
        let frame = self.frame.as_mut().ok_or(OpenError::Framing).map_err(damaged)?;
        let length = frame.take(&plaintext[start..]).map_err(damaged)?;
        // A segment has 64 KiB at most.
        Ok(vec![start as u32, (start + length) as u32])
    }

    /// Returns the media type of the content, decoded where it is coded; nothing before the first segment.
    #[wasm_bindgen(getter, js_name = mediaType)]
    pub fn media_type(&self) -> Option<String> {
        let sealed = self.frame.as_ref()?.media_type();
        Some(uncoded(sealed).unwrap_or(sealed).to_owned())
    }

    /// Returns whether the content is gzip that is to be decoded.
    #[wasm_bindgen(getter)]
    pub fn coded(&self) -> bool {
        self.frame
            .as_ref()
            .is_some_and(|frame| uncoded(frame.media_type()).is_some())
    }

    /// Checks, after the last segment, that the ciphertext is the one that was anchored, and that all of the content has come.
    pub fn finish(&mut self) -> Result<(), JsValue> {
        let hasher = std::mem::take(&mut self.hasher);
        let (found, expected) = (hasher.length(), self.row.ciphertext_length);
        if found != expected {
            return Err(damaged(OpenError::Length { found, expected }));
        }
        if hasher.finish() != self.row.ciphertext_hash {
            return Err(damaged(OpenError::CiphertextHash));
        }
        let frame = self.frame.as_ref().ok_or(OpenError::Framing);
        frame.and_then(ContentFrame::finish).map_err(damaged)
    }

    /// Returns the error of a segment that JavaScript's AES does not take.
    pub fn refused(&self, segment: u32) -> JsValue {
        damaged(OpenError::Segment(segment.into()))
    }
}
