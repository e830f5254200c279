//! What somebody does who reads records of others.

use crate::{
    account::{Account, drawn, secret},
    deployment::Deployment,
    fault::Fault,
    host::Host,
    json::{self, Paid},
    opening::{Opening, fetch},
    verification::verified,
};
use aegle_client::{clinician::reader::Reader as Keys, protocol::keys::EncryptionSecret};
use wasm_bindgen::prelude::*;

/// A reader: an account and the key to which grants are sealed.
#[wasm_bindgen]
pub struct Reader(Keys);

impl Reader {
    pub(crate) fn of(keys: Keys) -> Self {
        Self(keys)
    }
}

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

    /// Begins to open a record for one purpose.
    pub async fn begin(
        &self,
        deployment: &Deployment,
        host: Host,
        record_id: &str,
        purpose: String,
    ) -> Result<Opening, JsValue> {
        let (record, purpose) = (json::record(record_id)?, json::purposes(&[purpose])?);
        let connection = deployment.connection(host);
        let begun = self.0.begin(&connection.aegle(), record, purpose).await;
        Ok(Opening::new(&begun.map_err(Fault::from)?)?)
    }

    /// Asks the indexer for the ciphertext of a record; the host keeps it.
    pub async fn fetch(&self, deployment: &Deployment, host: Host, opening: &Opening) -> Result<(), JsValue> {
        Ok(fetch(deployment, host, self.0.key(), opening).await?)
    }

    /// Verifies what the chain bears out about a record, for one purpose; JSON.
    pub async fn verify(
        &self,
        deployment: &Deployment,
        host: Host,
        record: &str,
        purpose: String,
    ) -> Result<String, JsValue> {
        let purpose = json::purposes(&[purpose])?;
        let connection = deployment.connection(host);
        Ok(verified(&connection, self.0.key(), record, purpose).await?)
    }
}

impl Reader {
    pub(crate) fn keys(&self) -> &Keys {
        &self.0
    }
}
