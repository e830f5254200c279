//! Accounts: who signs.

use crate::{
    deployment::Deployment,
    fault::Fault,
    json::{self, account},
};
use aegle_client::{
    account::AccountKey,
    crypto::seed::PhraseError,
    protocol::{
        request::RequestSignature,
        session::{Session, SessionKey},
    },
};
use aegle_rules::{AccountId, Timestamp};
use bip39::{Language, Mnemonic};
use wasm_bindgen::prelude::*;
use zeroize::{Zeroize, Zeroizing};

/// A secret of 32 bytes that JavaScript handed over. The copy here is cleared; the caller clears theirs.
pub(crate) fn secret(what: &'static str, mut bytes: Vec<u8>) -> Result<Zeroizing<[u8; 32]>, Fault> {
    let secret = bytes.as_slice().try_into().map(Zeroizing::new);
    let length = bytes.len();
    bytes.zeroize();
    secret.map_err(|_| Fault::argument(format!("{what} has {length} bytes, not 32")))
}

/// Draws 32 bytes.
pub(crate) fn drawn() -> Result<Zeroizing<[u8; 32]>, Fault> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom_04::fill(bytes.as_mut()).map_err(|_| Fault::randomness())?;
    Ok(bytes)
}

/// An sr25519 key that signs transactions and requests; or that of a session, which signs requests for a wallet's account.
#[wasm_bindgen]
pub struct Account(AccountKey);

impl Account {
    pub(crate) fn of(key: AccountKey) -> Self {
        Self(key)
    }

    pub(crate) fn key(&self) -> &AccountKey {
        &self.0
    }

    /// The same key, for a handle of its own.
    pub(crate) fn copy(&self) -> AccountKey {
        let (seed, account) = (self.0.seed(), self.0.account());
        match self.0.session() {
            Some(session) => AccountKey::in_session(seed, account, *session),
            None => AccountKey::from_seed(seed),
        }
    }
}

#[wasm_bindgen]
impl Account {
    /// Draws a fresh key.
    pub fn generate() -> Result<Account, JsValue> {
        Ok(Self(AccountKey::from_seed(&*drawn()?)))
    }

    /// Derives the key of a seed of 32 bytes.
    #[wasm_bindgen(js_name = fromSeed)]
    pub fn from_seed(seed: Vec<u8>) -> Result<Account, JsValue> {
        Ok(Self(AccountKey::from_seed(&*secret("the seed", seed)?)))
    }

    /// Derives the publicly known key `//name` of development chains.
    pub fn development(name: &str) -> Account {
        Self(AccountKey::development(name))
    }

    /// Returns the account: `0x` and 64 digits.
    #[wasm_bindgen(getter)]
    pub fn id(&self) -> String {
        self.0.account().to_string()
    }

    /// Returns the seed, for a key store. The caller clears it after use. A wallet's account has none here, which is an
    /// error.
    pub fn seed(&self) -> Result<Vec<u8>, JsValue> {
        match self.0.session() {
            Some(_) => {
                Err(Fault::argument("the key of the account is in its wallet, and cannot be exported".into()).into())
            }
            None => Ok(self.0.seed().to_vec()),
        }
    }

    /// Signs bytes as wallets do: 64 bytes.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(message).to_vec()
    }
}

/// A session that a wallet has not opened yet.
#[wasm_bindgen]
pub struct SessionDraft {
    seed: Zeroizing<[u8; 32]>,
    account: AccountId,
    deployment: aegle_client::protocol::Deployment,
    expires: Timestamp,
}

#[wasm_bindgen]
impl SessionDraft {
    /// Draws the key of a session of an account, until a time in milliseconds since the Unix epoch.
    #[wasm_bindgen(constructor)]
    pub fn new(deployment: &Deployment, account_id: &str, expires: f64) -> Result<SessionDraft, JsValue> {
        Ok(Self {
            seed: drawn()?,
            account: account("the account", account_id)?,
            deployment: deployment.contracts.deployment(),
            expires: json::time(expires),
        })
    }

    /// Returns the text that the wallet signs.
    pub fn payload(&self) -> String {
        Session::payload(&self.deployment, &self.key(), self.expires)
    }

    /// Returns the account, once its wallet has signed; a signature that is not its own is refused.
    pub fn open(&self, signature: &[u8], now: f64) -> Result<Account, JsValue> {
        let bytes: [u8; 64] = signature
            .try_into()
            .map_err(|_| Fault::argument(format!("the signature has {} bytes, not 64", signature.len())))?;
        let session = Session {
            key: self.key(),
            expires: self.expires,
            signature: RequestSignature(bytes),
        };
        session
            .verify(&self.deployment, &self.account, json::time(now))
            .map_err(Fault::session)?;
        Ok(Account(AccountKey::in_session(&self.seed, self.account, session)))
    }
}

impl SessionDraft {
    fn key(&self) -> SessionKey {
        SessionKey(AccountKey::from_seed(&self.seed).account().0)
    }
}

/// Reads the entropy of a BIP-39 phrase of 12 to 24 English words: 16 to 32 bytes. The caller clears them after use.
#[wasm_bindgen(js_name = phraseEntropy)]
pub fn phrase_entropy(phrase: String) -> Result<Vec<u8>, JsValue> {
    let phrase = Zeroizing::new(phrase);
    let words = Mnemonic::parse_in_normalized(Language::English, &phrase);
    Ok(words
        .map_err(|error| Fault::from(PhraseError::from(error)))?
        .to_entropy())
}
