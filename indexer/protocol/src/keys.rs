//! Public keys of an account: the bundle of slot keys that others seal to.
//!
//! A patient has one 32-byte `MasterSecret`; every slot key, the encryption key and the slot permutation follow from it
//! by HKDF (RFC 5869) under tags of their own. The keys of every slot in [`EPOCHS_PUBLISHED`] epochs are the leaves of one
//! Merkle tree, so that a hospital can seal to a patient who is offline, whatever was revoked meanwhile:
//!
//! ```text
//! leaf  = H(tag, genesis, contract, account, slot, epoch, P)     number: slot * 64 + (epoch - the slot's first epoch)
//! root  = root of the tree of those leaves                        RFC 9162, bound to its kind and its 2,048 leaves
//! entry = H(tag, suite, genesis, contract, account, issued at, first epochs, commitment to the class map, root)
//! ```
//!
//! The entry stands in the key directory on chain, set by the patient's own transaction. All 32 slots are in the tree, used
//! or not: those that are in use would else be told. Whoever seals asks for the leaves of the epochs that the *chain* has
//! ([`KeyAnswer::verify`]), so that a host cannot offer the key of an epoch that has ended. Only an epoch beyond the tree
//! has run out; a leaf of the tree that is not given was withheld.

use crate::{
    Deployment,
    delegation::{EncodingError, SlotPublicKey},
    digest::hash,
    merkle::{self, MultiProof, Nodes, Tree},
    tags,
    wire::{Format, FormatError},
};
use aegle_rules::{AccountId, Hash, SLOTS, Slot, Timestamp, consent::SlotEpochs};
use aegle_sealed::decode_bounded;
use scale::{Decode, DecodeAll, Encode};
use serde::{Deserialize, Serialize};

pub use crate::seal::EncryptionSecret;

/// The epochs of a slot that one bundle has keys for.
pub const EPOCHS_PUBLISHED: u16 = 64;
/// The keys of a bundle: every slot in every one of its epochs.
pub const BUNDLE_KEYS: usize = SLOTS as usize * EPOCHS_PUBLISHED as usize;
/// The suite of the keys: TDH2 on ristretto255 with SHA-512, and X25519 for what is sealed to the account.
pub const KEY_SUITE: u8 = 1;
/// Most hashes that an answer has beside its keys: six for each slot.
const MAX_SIBLINGS: usize = 6 * SLOTS as usize;

/// The public key of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SlotKey {
    /// The slot.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::Slot"))]
    pub slot: Slot,
    /// The epoch of the key.
    pub epoch: u16,
    /// The key.
    pub key: SlotPublicKey,
}

/// What the key directory commits to of a patient's public keys.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct KeyBundle {
    /// [`KEY_SUITE`].
    pub suite: u8,
    /// The chain that the keys are for.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::Hash"))]
    pub genesis: Hash,
    /// The consent contract that the keys are for.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::AccountId"))]
    pub consent: AccountId,
    /// The account whose keys they are.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::AccountId"))]
    pub account: AccountId,
    /// The time at which the bundle was made, in milliseconds since the Unix epoch, so that writers can ask for a
    /// fresher one.
    pub issued_at: Timestamp,
    /// The first epoch of each slot that there is a key for.
    pub first_epochs: [u16; SLOTS as usize],
    /// The salted commitment to which slot stands for which data class: a card that says otherwise is forged.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::Hash"))]
    pub classes: Hash,
    /// Root of the tree of the keys ([`Tree::SlotKeys`]).
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::Hash"))]
    pub root: Hash,
}

/// The reason why public keys are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyBundleError {
    /// The bytes are of another format.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The bytes are no bundle.
    #[error("the bytes are no public keys")]
    Encoding,
    /// The keys are of a suite that this release does not know.
    #[error("the keys are of suite {0}, which this release does not know: use a later release")]
    Suite(u8),
    /// The bundle is not the one that the directory names.
    #[error("the keys are not those in the key directory")]
    Hash,
    /// The bundle is for another chain.
    #[error("the keys are for another chain")]
    Genesis,
    /// The bundle is for another contract.
    #[error("the keys are for the consent contract {0}")]
    Contract(AccountId),
    /// The bundle is of another account.
    #[error("the keys are of account {0}")]
    Account(AccountId),
    /// There are not as many keys as slots and epochs.
    #[error("{0} public keys where {BUNDLE_KEYS} belong together")]
    Count(usize),
    /// The keys do not hash to the bundle's root, or an answer's proof does not hold.
    #[error("the keys do not hash to the root in the key directory")]
    Root,
    /// A key that was published is not in the answer, in the epoch that the chain has.
    #[error("the key of slot {slot} in epoch {epoch} was published, and is not given: ask again, or another indexer")]
    Withheld {
        /// The slot.
        slot: u8,
        /// The slot's epoch on chain.
        epoch: u16,
    },
    /// The answer has a key that was not asked for: of another epoch, twice, or not in order.
    #[error("the answer has a key of slot {slot} in epoch {epoch}, which was not asked for")]
    NotAsked {
        /// The slot.
        slot: u8,
        /// The epoch of the key.
        epoch: u16,
    },
    /// A key is no group element.
    #[error("the key of slot {slot}: {source}")]
    Key {
        /// The slot.
        slot: u8,
        /// The fault of the encoding.
        source: EncodingError,
    },
}

impl KeyBundle {
    /// Computes the hash of the bundle that stands in the key directory, 32 bytes.
    pub fn hash(&self) -> Hash {
        hash(tags::KEY_BUNDLE, &[&self.encode()])
    }

    /// Returns whether the bundle was made at most `age` milliseconds before `now`.
    pub fn is_fresh(&self, now: Timestamp, age: u64) -> bool {
        now.saturating_sub(self.issued_at) <= age
    }

    /// Returns the number of the leaf of a slot in an epoch; `None` where the bundle has no key.
    pub fn number(&self, slot: Slot, epoch: u16) -> Option<usize> {
        let first = *self.first_epochs.get(usize::from(slot.0))?;
        let place = epoch.checked_sub(first).filter(|place| *place < EPOCHS_PUBLISHED)?;
        Some(usize::from(slot.0) * usize::from(EPOCHS_PUBLISHED) + usize::from(place))
    }

    /// Computes the leaf of a key: 32 bytes.
    pub fn leaf(&self, key: &SlotKey) -> Hash {
        let parts: [&[u8]; 6] = [
            &self.genesis.0,
            &self.consent.0,
            &self.account.0,
            &key.slot.encode(),
            &key.epoch.encode(),
            &key.key.0,
        ];
        hash(tags::SLOT_KEY_LEAF, &parts)
    }

    /// Checks the bundle against the directory, the deployment and the account.
    fn check(&self, in_directory: &Hash, deployment: &Deployment, account: &AccountId) -> Result<(), KeyBundleError> {
        if self.suite != KEY_SUITE {
            return Err(KeyBundleError::Suite(self.suite));
        }
        if self.hash() != *in_directory {
            return Err(KeyBundleError::Hash);
        }
        if self.genesis != deployment.genesis {
            return Err(KeyBundleError::Genesis);
        }
        if self.consent != deployment.consent {
            return Err(KeyBundleError::Contract(self.consent));
        }
        if self.account != *account {
            return Err(KeyBundleError::Account(self.account));
        }
        Ok(())
    }
}

/// A patient's bundle with all of its keys: the body of `PUT /v1/keys`, and what an indexer keeps.
#[derive(Clone, Debug, PartialEq, Eq, Encode)]
pub struct PublishedKeys {
    bundle: KeyBundle,
    /// [`BUNDLE_KEYS`], by number.
    keys: Vec<SlotPublicKey>,
}

impl Decode for PublishedKeys {
    fn decode<I: scale::Input>(input: &mut I) -> Result<Self, scale::Error> {
        Ok(Self {
            bundle: KeyBundle::decode(input)?,
            keys: decode_bounded(input, BUNDLE_KEYS, "too many public keys")?,
        })
    }
}

impl PublishedKeys {
    /// Computes the root of the keys that `key` returns, and completes the bundle with it.
    pub fn new(mut bundle: KeyBundle, key: impl Fn(Slot, u16) -> SlotPublicKey) -> Self {
        let places = |slot: u8| (0..EPOCHS_PUBLISHED).map(move |place| (Slot(slot), place));
        let epoch = |slot: Slot, place| bundle.first_epochs[usize::from(slot.0)].saturating_add(place);
        let keys = (0..SLOTS)
            .flat_map(places)
            .map(|(slot, place)| key(slot, epoch(slot, place)))
            .collect();
        let mut published = Self {
            bundle: bundle.clone(),
            keys,
        };
        bundle.root = published.nodes().root(Tree::SlotKeys);
        published.bundle = bundle;
        published
    }

    /// Reads published keys that are the whole of `bytes`.
    ///
    /// # Errors
    /// [`KeyBundleError::Format`] and [`KeyBundleError::Encoding`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyBundleError> {
        Self::decode_all(&mut Format::PublishedKeys.body(bytes)?).map_err(|_| KeyBundleError::Encoding)
    }

    /// Encodes the keys, as they travel and as an indexer keeps them ([`Format::PublishedKeys`]).
    pub fn to_bytes(&self) -> Vec<u8> {
        Format::PublishedKeys.encode(self)
    }

    /// Returns what the directory commits to.
    pub fn bundle(&self) -> &KeyBundle {
        &self.bundle
    }

    /// Returns the key of a slot in an epoch; `None` where none was published.
    pub fn key(&self, slot: Slot, epoch: u16) -> Option<&SlotPublicKey> {
        self.keys.get(self.bundle.number(slot, epoch)?)
    }

    /// Verifies that these are the keys of the directory's entry. Whether each is a group element is for who seals to it.
    ///
    /// # Errors
    /// See [`KeyBundleError`].
    pub fn verify(
        &self,
        in_directory: &Hash,
        deployment: &Deployment,
        account: &AccountId,
    ) -> Result<(), KeyBundleError> {
        self.bundle.check(in_directory, deployment, account)?;
        if self.keys.len() != BUNDLE_KEYS {
            return Err(KeyBundleError::Count(self.keys.len()));
        }
        if self.nodes().root(Tree::SlotKeys) != self.bundle.root {
            return Err(KeyBundleError::Root);
        }
        Ok(())
    }

    /// Answers with the keys of these epochs, one for each slot that has a key in its epoch, and their proof.
    pub fn answer(&self, epochs: &[u16; SLOTS as usize]) -> KeyAnswer {
        let asked = (0..SLOTS).map(Slot).zip(epochs);
        let keys: Vec<SlotKey> = asked
            .filter_map(|(slot, epoch)| {
                let key = *self.key(slot, *epoch)?;
                let epoch = *epoch;
                Some(SlotKey { slot, epoch, key })
            })
            .collect();
        let numbers = keys.iter().filter_map(|key| self.bundle.number(key.slot, key.epoch));
        let numbers: Vec<u64> = numbers.map(|number| number as u64).collect();
        let proof = self.nodes().multi_proof(&numbers);
        KeyAnswer {
            bundle: self.bundle.clone(),
            keys,
            siblings: proof.map(|proof| proof.siblings).unwrap_or_default(),
        }
    }

    fn nodes(&self) -> Nodes {
        let leaves = self.keys.iter().enumerate().map(|(number, key)| {
            let per_slot = usize::from(EPOCHS_PUBLISHED);
            // A slot and a place below 64 each, for the 2,048 keys that there are.
            let (slot, place) = (Slot((number / per_slot) as u8), (number % per_slot) as u16);
            let first = self.bundle.first_epochs.get(usize::from(slot.0)).copied();
            let epoch = first.unwrap_or_default().saturating_add(place);
            self.bundle.leaf(&SlotKey { slot, epoch, key: *key })
        });
        Nodes::new(leaves)
    }
}

/// Answer of `GET /v1/keys/{account}`: the keys of the epochs that were asked for, not yet verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct KeyAnswer {
    /// What the directory commits to.
    pub bundle: KeyBundle,
    /// One key for each slot whose epoch has one, in order of slots; at most 32.
    pub keys: Vec<SlotKey>,
    /// The hashes that lead from the keys to the root ([`MultiProof`]); at most 192.
    #[cfg_attr(feature = "openapi", schemars(with = "Vec<aegle_sealed::schema::Hash>"))]
    pub siblings: Vec<Hash>,
}

impl KeyAnswer {
    /// Verifies keys against the directory, and that they are those of the epochs that the chain has. Both are read at one
    /// finalized block.
    ///
    /// # Errors
    /// See [`KeyBundleError`].
    pub fn verify(
        self,
        in_directory: &Hash,
        deployment: &Deployment,
        account: &AccountId,
        epochs: &SlotEpochs,
    ) -> Result<VerifiedKeys, KeyBundleError> {
        let Self { bundle, keys, siblings } = self;
        bundle.check(in_directory, deployment, account)?;
        if keys.len() > usize::from(SLOTS) {
            return Err(KeyBundleError::Count(keys.len()));
        }
        if siblings.len() > MAX_SIBLINGS {
            return Err(KeyBundleError::Root);
        }
        let mut given = keys.iter().peekable();
        for (slot, epoch) in (0..SLOTS).map(Slot).zip(epochs.epochs) {
            // An epoch beyond the tree has run out: there is nothing to give.
            if bundle.number(slot, epoch).is_none() {
                continue;
            }
            let key = given.next_if(|key| (key.slot, key.epoch) == (slot, epoch));
            let slot = slot.0;
            let key = key.ok_or(KeyBundleError::Withheld { slot, epoch })?;
            key.key.check().map_err(|source| KeyBundleError::Key { slot, source })?;
        }
        if let Some(SlotKey {
            slot: Slot(slot),
            epoch,
            ..
        }) = given.next().copied()
        {
            return Err(KeyBundleError::NotAsked { slot, epoch });
        }
        let numbered = keys.iter().filter_map(|key| {
            let number = bundle.number(key.slot, key.epoch)? as u64;
            Some((number, bundle.leaf(key)))
        });
        let leaves: Vec<(u64, Hash)> = numbered.collect();
        let proof = MultiProof { siblings };
        if !merkle::verify_multi(Tree::SlotKeys, &bundle.root, BUNDLE_KEYS as u64, &leaves, &proof) {
            return Err(KeyBundleError::Root);
        }
        Ok(VerifiedKeys {
            bundle,
            epochs: *epochs,
            keys,
        })
    }
}

/// The keys of a patient in the epochs that the chain had at one block.
#[derive(Clone, Debug)]
pub struct VerifiedKeys {
    bundle: KeyBundle,
    epochs: SlotEpochs,
    keys: Vec<SlotKey>,
}

impl VerifiedKeys {
    /// Returns what the directory commits to.
    pub fn bundle(&self) -> &KeyBundle {
        &self.bundle
    }

    /// Returns the epochs that the keys are of.
    pub fn epochs(&self) -> &SlotEpochs {
        &self.epochs
    }

    /// Returns the key of a slot in its epoch; `None` when the epoch is beyond those that the patient has published.
    pub fn key(&self, slot: Slot) -> Option<&SlotKey> {
        self.keys.iter().find(|key| key.slot == slot)
    }
}
