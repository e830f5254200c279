//! What somebody does who reads records of others.

use crate::{
    account::{Account, drawn, secret},
    deployment::Deployment,
    fault::Fault,
    host::Host,
    json::{self, Paid},
    proxies::proxy_faults,
};
use aegle_client::{
    clinician::reader::{Opened, Reader as Keys},
    protocol::{keys::EncryptionSecret, record::RecordId},
};
use serde_json::json;
use wasm_bindgen::prelude::*;

/// A reader: an account and the key to which grants are sealed.
#[wasm_bindgen]
pub struct Reader(Keys);

#[wasm_bindgen]
impl Reader {
    /// Creates a reader with a fresh encryption key.
    pub fn generate(account: &Account) -> Result<Reader, JsValue> {
        Ok(Self(Keys::new(account.copy(), EncryptionSecret::from_seed(drawn()?))))
    }

    /// Creates a reader from the seed of an encryption key, 32 bytes.
    #[wasm_bindgen(js_name = fromSecret)]
    pub fn from_secret(account: &Account, encryption: Vec<u8>) -> Result<Reader, JsValue> {
        let encryption = EncryptionSecret::from_seed(secret("the encryption secret", encryption)?);
        Ok(Self(Keys::new(account.copy(), encryption)))
    }

    /// Returns the seed of the encryption key, for a key store. The caller clears it after use.
    #[wasm_bindgen(js_name = encryptionSecret)]
    pub fn encryption_secret(&self) -> Vec<u8> {
        self.0.encryption().expose_seed().to_vec()
    }

    /// Returns the public key to which others seal.
    #[wasm_bindgen(getter, js_name = encryptionKey)]
    pub fn encryption_key(&self) -> String {
        self.0.encryption().public_key().to_string()
    }

    /// Publishes the encryption key in the directory; the JSON of the receipt.
    pub async fn publish(&self, deployment: &Deployment, host: Host) -> Result<String, JsValue> {
        let connection = deployment.connection(host);
        let receipt = self.0.publish(&connection.on_chain()).await.map_err(Fault::from)?;
        Ok(json::write(&Paid::from(&receipt)))
    }

    /// Opens a record for one purpose.
    pub async fn open(
        &self,
        deployment: &Deployment,
        host: Host,
        record_id: &str,
        purpose: String,
    ) -> Result<OpenedRecord, JsValue> {
        let (record, purpose) = (record(record_id)?, json::purposes(&[purpose])?);
        let connection = deployment.connection(host);
        let opened = self.0.open(&connection.aegle(), record, purpose).await;
        Ok(OpenedRecord::from(opened.map_err(Fault::from)?))
    }
}

/// A record that was opened and verified.
#[wasm_bindgen]
pub struct OpenedRecord(Opened);

impl From<Opened> for OpenedRecord {
    fn from(opened: Opened) -> Self {
        Self(opened)
    }
}

#[wasm_bindgen]
impl OpenedRecord {
    /// Returns the media type of the content.
    #[wasm_bindgen(getter, js_name = mediaType)]
    pub fn media_type(&self) -> String {
        self.0.content.media_type.clone()
    }

    /// Returns the content.
    pub fn content(&self) -> Vec<u8> {
        self.0.content.bytes.clone()
    }

    /// Returns what stands of the record on the ledger, as JSON.
    pub fn facts(&self) -> String {
        let row = self.0.record.row();
        json::write(&json!({
            "record": row.id,
            "patient": row.header.patient,
            "author": row.header.author,
            "authoredAt": row.header.authored_at,
            "domain": self.0.domain,
            "batch": self.0.batch,
            "grant": self.0.grant,
            "faults": proxy_faults(&self.0.faults),
        }))
    }
}

/// A record that JavaScript names.
pub(crate) fn record(text: &str) -> Result<RecordId, Fault> {
    text.parse().map_err(|_| {
        Fault::argument(format!(
            "`{text}` is no record: 0x and 32 hexadecimal digits, as search returns"
        ))
    })
}
