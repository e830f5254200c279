//! The master secret of a patient. [`Seed`](crate::seed::Seed) derives it from a phrase.

use crate::{classes::ClassMap, delegation::SlotSecret};
use aegle_protocol::{
    CryptoRng, Deployment,
    digest::frame,
    keys::{KEY_SUITE, KeyBundle, PublishedKeys},
    random::draw,
    seal::EncryptionSecret,
    tags,
};
use aegle_rules::{AccountId, Hash, SLOTS, Slot, Timestamp};
use hkdf::Hkdf;
use sha2::Sha512;
use zeroize::Zeroizing;

/// 32 bytes from which every key of a patient follows.
pub struct MasterSecret(Zeroizing<[u8; 32]>);

impl MasterSecret {
    /// Draws a fresh secret of 32 bytes.
    pub fn generate(random: &mut impl CryptoRng) -> Self {
        Self(Zeroizing::new(draw(random)))
    }

    /// Takes the 32 bytes of a stored secret.
    pub fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }

    /// Returns the 32 bytes. The caller stores them where only the patient can read them.
    pub fn expose_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Derives the secret of a slot in an epoch, on the chain with that genesis.
    pub fn slot_secret(&self, genesis: &Hash, slot: Slot, epoch: u16) -> SlotSecret {
        SlotSecret::derive(&self.0, genesis, slot, epoch)
    }

    /// Derives the secret of the encryption key, on the chain with that genesis.
    pub fn encryption_secret(&self, genesis: &Hash) -> EncryptionSecret {
        let mut seed = Zeroizing::new([0; 32]);
        Hkdf::<Sha512>::new(None, &*self.0)
            .expand(&frame(tags::ENCRYPTION_KEY, &[&genesis.0]), seed.as_mut())
            .expect("32 bytes are far below the limit of HKDF");
        EncryptionSecret::from_seed(seed)
    }

    /// Derives which slot stands for which class, on the chain with that genesis.
    pub fn class_map(&self, genesis: &Hash) -> ClassMap {
        ClassMap::derive(&self.0, genesis)
    }

    /// Derives the public keys of every slot, from the epochs in `first_epochs` on ([`PublishedKeys`]): 2,048 of them, which
    /// takes some 30 ms.
    pub fn published_keys(
        &self,
        deployment: &Deployment,
        account: AccountId,
        issued_at: Timestamp,
        first_epochs: [u16; SLOTS as usize],
    ) -> PublishedKeys {
        let Deployment { genesis, consent } = *deployment;
        let bundle = KeyBundle {
            suite: KEY_SUITE,
            genesis,
            consent,
            account,
            issued_at,
            first_epochs,
            classes: self.class_map(&genesis).commitment(&account),
            // `PublishedKeys::new` computes it.
            root: Hash([0; 32]),
        };
        PublishedKeys::new(bundle, |slot, epoch| {
            self.slot_secret(&genesis, slot, epoch).public_key()
        })
    }
}
