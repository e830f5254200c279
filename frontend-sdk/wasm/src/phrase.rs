//! The 24 words of a person, from which all their keys follow.

use crate::{account::Account, fault::Fault, patient::Patient, reader::Reader};
use aegle_client::{
    account::AccountKey, clinician::reader::Reader as ReaderKeys, crypto::seed::Seed, patient::Patient as PatientKeys,
    protocol::random::SystemRandom, recovery::RecoveryKey,
};
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

/// What 24 words encode, for as long as keys are derived from it. No key store keeps it.
#[wasm_bindgen]
pub struct Phrase(Seed);

#[wasm_bindgen]
impl Phrase {
    /// Draws fresh words.
    pub fn generate() -> Phrase {
        Self(Seed::generate(&mut SystemRandom))
    }

    /// Reads 24 words.
    #[wasm_bindgen(js_name = fromWords)]
    pub fn from_words(words: String) -> Result<Phrase, JsValue> {
        let words = Zeroizing::new(words);
        Ok(Self(Seed::from_phrase(&words).map_err(Fault::from)?))
    }

    /// Returns the words, to be written down. The module keeps no copy; the string lives as long as JavaScript keeps it.
    #[wasm_bindgen(unchecked_return_type = "string")]
    pub fn words(&self) -> JsValue {
        JsValue::from_str(&self.0.to_phrase())
    }

    /// Derives the patient's account.
    pub fn account(&self) -> Account {
        Account::of(AccountKey::from_seed(&self.0.account_key()))
    }

    /// Derives the patient, with an account: that of the words, or a wallet's.
    pub fn patient(&self, account: &Account) -> Patient {
        Patient(PatientKeys::new(account.copy(), self.0.master_secret()))
    }

    /// Returns the account of the patient's recovery key, which is named on chain.
    #[wasm_bindgen(js_name = recoveryAccount)]
    pub fn recovery_account(&self) -> String {
        self.recovery_key().account().to_string()
    }

    /// Derives the account with which the same person reads others' records.
    #[wasm_bindgen(js_name = readerAccount)]
    pub fn reader_account(&self) -> Account {
        Account::of(AccountKey::from_seed(&self.0.reader_account_key()))
    }

    /// Derives the reader of that account.
    pub fn reader(&self) -> Reader {
        let key = AccountKey::from_seed(&self.0.reader_account_key());
        Reader::of(ReaderKeys::new(key, self.0.reader_encryption_secret()))
    }
}

impl Phrase {
    /// Derives the patient's recovery key, for the moment in which it is used.
    pub(crate) fn recovery_key(&self) -> RecoveryKey {
        RecoveryKey::of(&self.0)
    }
}
