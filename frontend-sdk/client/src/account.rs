//! An account of the chain and its signing key.

use aegle_rules::AccountId;
use schnorrkel::{ExpansionMode, Keypair, MiniSecretKey, derive::ChainCode, signing_context};
use zeroize::Zeroizing;

/// The signing context that Substrate chains use for sr25519.
const CONTEXT: &[u8] = b"substrate";
/// The seed of the phrase that every development chain endows accounts of (`//Alice`, `//Bob` ...).
const DEVELOPMENT_SEED: [u8; 32] = [
    0xfa, 0xc7, 0x95, 0x9d, 0xbf, 0xe7, 0x2f, 0x05, 0x2e, 0x5a, 0x0c, 0x3c, 0x8d, 0x65, 0x30, 0xf2, 0x02, 0xb0, 0x2f,
    0xd8, 0xf9, 0xf5, 0xca, 0x35, 0x80, 0xec, 0x8d, 0xeb, 0x77, 0x97, 0x47, 0x9e,
];
/// The longest name that a development account may have: what fits its 32-byte chain code beside one length byte.
const MAX_NAME_BYTES: usize = 31;

/// An sr25519 key that signs transactions and requests. Its memory is cleared when it is dropped.
pub struct AccountKey {
    pair: Keypair,
    seed: Zeroizing<[u8; 32]>,
}

impl AccountKey {
    /// Draws a fresh key from the operating system's randomness.
    ///
    /// # Errors
    /// The system has no randomness to give.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(seed.as_mut())?;
        Ok(Self::from_seed(&seed))
    }

    /// Derives the key of a secret seed of 32 bytes (schnorrkel's Ed25519 expansion, as Substrate keys have it).
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let mini = MiniSecretKey::from_bytes(seed).expect("every 32 bytes are a mini secret key");
        Self {
            pair: mini.expand_to_keypair(ExpansionMode::Ed25519),
            seed: Zeroizing::new(*seed),
        }
    }

    /// Derives the publicly known key `//name` of development chains, for tests and demonstrations only. Of a name
    /// longer than 31 bytes only the first 31 count.
    pub fn development(name: &str) -> Self {
        let name = &name.as_bytes()[..name.len().min(MAX_NAME_BYTES)];
        let mut code = [0; 32];
        // SCALE of a short string: its length, shifted past the two mode bits, then its bytes.
        code[0] = (name.len() as u8) << 2;
        code[1..=name.len()].copy_from_slice(name);
        let root = Self::from_seed(&DEVELOPMENT_SEED);
        let (mini, _) = root.pair.secret.hard_derive_mini_secret_key(Some(ChainCode(code)), b"");
        Self::from_seed(&mini.to_bytes())
    }

    /// Returns the account: its public key of 32 bytes.
    pub fn account(&self) -> AccountId {
        AccountId(self.pair.public.to_bytes())
    }

    /// Signs `message` with sr25519 under Substrate's context; returns the signature of 64 bytes.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.pair.sign(signing_context(CONTEXT).bytes(message)).to_bytes()
    }

    /// Returns the key pair, for crates that sign with schnorrkel.
    pub fn pair(&self) -> &Keypair {
        &self.pair
    }

    /// Returns the seed of 32 bytes, to be kept in a key store.
    pub fn seed(&self) -> &Zeroizing<[u8; 32]> {
        &self.seed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn development_accounts_are_the_well_known_ones() {
        let cases = [
            (
                "Alice",
                "0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d",
            ),
            (
                "Bob",
                "0x8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48",
            ),
        ];
        for (name, account) in cases {
            assert_eq!(AccountKey::development(name).account().to_string(), account);
        }
    }
}
