//! The key of the account that pays for relayed calls. It opens nothing, and acts for nobody but itself.
use crate::secret_file::{self, SecretFileError};
use aegle_rules::AccountId;
use schnorrkel::{ExpansionMode, MiniSecretKey, signing_context};
use std::path::Path;
use zeroize::Zeroizing;

/// The signing context that Substrate chains use for sr25519.
const CONTEXT: &[u8] = b"substrate";

/// The key of the account that pays.
pub(crate) struct RelayerKey {
    seed: Zeroizing<[u8; 32]>,
}

impl RelayerKey {
    /// Reads the key's seed in a file, or draws one that only its owner can read if there is none.
    ///
    /// # Errors
    /// [`SecretFileError`].
    pub(crate) fn open(path: &Path) -> Result<Self, SecretFileError> {
        let seed = secret_file::open(path)?;
        Ok(Self { seed })
    }

    fn pair(&self) -> schnorrkel::Keypair {
        let mini = MiniSecretKey::from_bytes(&*self.seed).expect("every 32 bytes are a mini secret key");
        mini.expand_to_keypair(ExpansionMode::Ed25519)
    }

    /// Returns the account.
    pub(crate) fn account(&self) -> AccountId {
        AccountId(self.pair().public.to_bytes())
    }

    /// Signs a transaction.
    pub(crate) fn sign(&self, payload: &[u8]) -> [u8; 64] {
        self.pair().sign(signing_context(CONTEXT).bytes(payload)).to_bytes()
    }
}
