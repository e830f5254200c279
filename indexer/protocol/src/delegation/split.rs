//! Split documents: the public side of a grant's key split.

use super::group::{EncodedPoint, EncodingError, SlotPublicKey, hash_to_key};
use crate::{bytes, tags};
use aegle_rules::{AccountId, GrantId, Hash, SLOTS, Slot};
use aegle_sealed::decode_bounded;
use curve25519_dalek::{RistrettoPoint, traits::IsIdentity};
use scale::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// Most proxies of a grant.
pub const MAX_PROXIES: usize = 16;
/// Most slot keys that one grant splits: every slot in 128 epochs.
pub const MAX_SPLIT_SLOTS: usize = 4_096;
/// Most shares that one grant splits its keys into: slot keys times proxies. The check of a document takes a group operation
/// for each of them and each coefficient.
pub const MAX_SPLIT_SHARES: usize = 16_384;

bytes::bytes! {
    /// Random bytes that hide a split document behind its commitment.
    SplitSalt[32]
}
/// D: how the secrets of a grant's slots are split. Kept off chain; the chain has its [commitment](Self::commitment).
///
/// The design speaks of one key. A grant covers several slots, and each (slot, epoch) has a key of its own, so a document
/// has one [`SlotSplit`] for each of them, every one with its own x_d and polynomial.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SplitDocument {
    /// The patient's grant.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::GrantId"))]
    pub grant: GrantId,
    /// 1, and one more with each new split of the grant.
    pub version: u32,
    /// t: how many proxies must take part; 1 to the number of proxies.
    pub threshold: u8,
    /// The proxies, numbered from 1; at most [`MAX_PROXIES`].
    #[cfg_attr(feature = "openapi", schemars(with = "Vec<aegle_sealed::schema::AccountId>"))]
    pub proxies: Vec<AccountId>,
    /// The split of each slot key, in strictly rising order of (slot, epoch); at most [`MAX_SPLIT_SLOTS`].
    pub slots: Vec<SlotSplit>,
}

/// The split of the secret of one slot key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SlotSplit {
    /// The slot.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::Slot"))]
    pub slot: Slot,
    /// The epoch of its key.
    pub epoch: u16,
    /// P: the patient's public key.
    pub public_key: SlotPublicKey,
    /// S_d: the delegatee's public part; `None` in escrow, where the proxies have the whole secret.
    pub delegatee: Option<EncodedPoint>,
    /// A_0 .. A_(t-1): commitments to the polynomial.
    pub commitments: Vec<EncodedPoint>,
}

impl Decode for SplitDocument {
    fn decode<I: scale::Input>(input: &mut I) -> Result<Self, scale::Error> {
        Ok(Self {
            grant: GrantId::decode(input)?,
            version: u32::decode(input)?,
            threshold: u8::decode(input)?,
            proxies: decode_bounded(input, MAX_PROXIES, "too many proxies")?,
            slots: decode_bounded(input, MAX_SPLIT_SLOTS, "too many slots in a split")?,
        })
    }
}

impl Decode for SlotSplit {
    fn decode<I: scale::Input>(input: &mut I) -> Result<Self, scale::Error> {
        Ok(Self {
            slot: Slot::decode(input)?,
            epoch: u16::decode(input)?,
            public_key: SlotPublicKey::decode(input)?,
            delegatee: Option::decode(input)?,
            commitments: decode_bounded(input, MAX_PROXIES, "too many commitments in a split")?,
        })
    }
}

/// The reason why a split document is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SplitError {
    /// The document is not the one that the chain's hash commits to.
    #[error("the split document is not the one on chain")]
    Commitment,
    /// The document is a later split than the one on chain, and who controlled the patient's account has not signed it.
    #[error("split {0} is not the one on chain, and the key that controlled the patient's account has not signed it")]
    Signature(u32),
    /// The document is for another grant.
    #[error("the split document is for grant {0}")]
    Grant(GrantId),
    /// The version is 0.
    #[error("split versions count from 1")]
    Version,
    /// There is no proxy, or more than [`MAX_PROXIES`].
    #[error("{0} proxies, not 1 to {MAX_PROXIES}")]
    Proxies(usize),
    /// A proxy is named twice.
    #[error("a proxy is named twice")]
    DuplicateProxy,
    /// The threshold is 0, or more than the number of proxies.
    #[error("a threshold of {threshold} for {proxies} proxies")]
    Threshold {
        /// The threshold.
        threshold: u8,
        /// The number of proxies.
        proxies: usize,
    },
    /// There is no slot, or more than [`MAX_SPLIT_SLOTS`].
    #[error("{0} slots, not 1 to {MAX_SPLIT_SLOTS}")]
    Slots(usize),
    /// Slots times proxies are more than [`MAX_SPLIT_SHARES`].
    #[error("{0} shares, more than {MAX_SPLIT_SHARES}")]
    Shares(usize),
    /// The slots are not in strictly rising order, or one is over 31.
    #[error("slot {0} is over 31, twice in the document, or not in order")]
    SlotOrder(u8),
    /// The number of commitments is not the threshold.
    #[error("{found} commitments to a polynomial with {expected} coefficients")]
    Commitments {
        /// The number of them.
        found: usize,
        /// The threshold.
        expected: usize,
    },
    /// A group element is malformed.
    #[error("the split document: {0}")]
    Encoding(#[from] EncodingError),
    /// The parts do not add up to the patient's public key.
    #[error("the parts of slot {0} do not add up to the patient's key")]
    Sum(u8),
}

impl SplitDocument {
    /// Computes `Hk("split", salt, D)`, 32 bytes: the commitment that stands on chain.
    pub fn commitment(&self, salt: &SplitSalt) -> Hash {
        Hash(hash_to_key(tags::SPLIT, &[&salt.0, &self.encode()]))
    }

    /// Verifies the document against the chain's commitment and the grant that it should be for: shape, limits,
    /// encodings, and that the parts of every slot add up to its public key. The caller checks that this key is the
    /// patient's, and that the slots are those of the grant.
    ///
    /// # Errors
    /// See [`SplitError`].
    pub fn verify(self, on_chain: &Hash, salt: &SplitSalt, grant: GrantId) -> Result<VerifiedSplit, SplitError> {
        if self.commitment(salt) != *on_chain {
            return Err(SplitError::Commitment);
        }
        if self.grant != grant {
            return Err(SplitError::Grant(self.grant));
        }
        let proxies = self.check_shape()?;
        let slots = self
            .slots
            .iter()
            .map(|slot| slot.verify(proxies))
            .collect::<Result<_, _>>()?;
        Ok(VerifiedSplit {
            commitment: *on_chain,
            document: self,
            slots,
        })
    }

    /// Checks limits, numbers and order; returns the number of proxies.
    fn check_shape(&self) -> Result<u8, SplitError> {
        let proxies = self.proxies.len();
        if self.version == 0 {
            return Err(SplitError::Version);
        }
        if !(1..=MAX_PROXIES).contains(&proxies) {
            return Err(SplitError::Proxies(proxies));
        }
        if (1..proxies).any(|index| self.proxies[..index].contains(&self.proxies[index])) {
            return Err(SplitError::DuplicateProxy);
        }
        let threshold = usize::from(self.threshold);
        if !(1..=proxies).contains(&threshold) {
            return Err(SplitError::Threshold {
                threshold: self.threshold,
                proxies,
            });
        }
        if !(1..=MAX_SPLIT_SLOTS).contains(&self.slots.len()) {
            return Err(SplitError::Slots(self.slots.len()));
        }
        let shares = self.slots.len() * proxies;
        if shares > MAX_SPLIT_SHARES {
            return Err(SplitError::Shares(shares));
        }
        let mut previous = None;
        for slot in &self.slots {
            let key = Some((slot.slot, slot.epoch));
            if slot.slot.0 >= SLOTS || key <= previous {
                return Err(SplitError::SlotOrder(slot.slot.0));
            }
            if slot.commitments.len() != threshold {
                return Err(SplitError::Commitments {
                    found: slot.commitments.len(),
                    expected: threshold,
                });
            }
            previous = key;
        }
        u8::try_from(proxies).map_err(|_| SplitError::Proxies(proxies))
    }
}

impl SlotSplit {
    /// Checks A_0 + S_d = P, and computes the public share S_i of every proxy.
    fn verify(&self, proxies: u8) -> Result<VerifiedSlot, SplitError> {
        let public_point = self.public_key.decode_point()?;
        let coefficients = self
            .commitments
            .iter()
            .map(EncodedPoint::decode_point)
            .collect::<Result<Vec<_>, _>>()?;
        let delegatee = self.delegatee.map(|point| point.decode_point()).transpose()?;
        let sum = coefficients[0] + delegatee.unwrap_or_default();
        if sum != public_point {
            return Err(SplitError::Sum(self.slot.0));
        }
        let mut shares = Vec::with_capacity(usize::from(proxies));
        for index in 1..=proxies {
            let share = evaluate(&coefficients, index);
            if share.is_identity() {
                return Err(EncodingError::Identity.into());
            }
            shares.push(PublicShare {
                point: share,
                encoded: EncodedPoint::from(&share),
            });
        }
        Ok(VerifiedSlot {
            split: self.clone(),
            threshold: coefficients.len(),
            delegatee,
            shares,
        })
    }
}

/// Computes `sum_j index^j A_j` by Horner's rule.
fn evaluate(coefficients: &[RistrettoPoint], index: u8) -> RistrettoPoint {
    let terms = coefficients.iter().rev();
    terms.fold(RistrettoPoint::default(), |sum, coefficient| {
        times(&sum, index) + coefficient
    })
}

/// Multiplies a public point by `factor`. The factor has few bits, so that this is far cheaper than a multiplication by
/// a scalar: the largest document has 262,144 of them to check.
fn times(point: &RistrettoPoint, factor: u8) -> RistrettoPoint {
    (0..u8::BITS - factor.leading_zeros())
        .rev()
        .fold(RistrettoPoint::default(), |sum, bit| {
            let doubled = sum + sum;
            if (factor >> bit) & 1 == 1 {
                doubled + point
            } else {
                doubled
            }
        })
}

/// A split document that the chain commits to and that adds up.
#[derive(Clone, Debug)]
pub struct VerifiedSplit {
    commitment: Hash,
    document: SplitDocument,
    slots: Vec<VerifiedSlot>,
}

impl VerifiedSplit {
    /// Returns the document.
    pub fn document(&self) -> &SplitDocument {
        &self.document
    }

    /// Returns the commitment on chain, which the sealed parts are bound to: 32 bytes.
    pub fn commitment(&self) -> &Hash {
        &self.commitment
    }

    /// Returns the split of every slot key, in the document's order.
    pub fn slots(&self) -> &[VerifiedSlot] {
        &self.slots
    }

    /// Returns the split of one slot key; `None` if the grant does not name it.
    pub fn slot(&self, slot: Slot, epoch: u16) -> Option<&VerifiedSlot> {
        self.slots
            .iter()
            .find(|candidate| (candidate.split.slot, candidate.split.epoch) == (slot, epoch))
    }

    /// Returns the number of a proxy, counted from 1; `None` if the grant does not name the account as a proxy.
    pub fn proxy_index(&self, proxy: &AccountId) -> Option<u8> {
        let position = self.document.proxies.iter().position(|candidate| candidate == proxy)?;
        u8::try_from(position + 1).ok()
    }
}

/// S_i: the public share of one proxy, decoded and encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicShare {
    /// The group element.
    pub point: RistrettoPoint,
    /// Its encoding.
    pub encoded: EncodedPoint,
}

/// The verified split of one slot key.
#[derive(Clone, Debug)]
pub struct VerifiedSlot {
    pub(super) split: SlotSplit,
    threshold: usize,
    delegatee: Option<RistrettoPoint>,
    /// S_1 .. S_n.
    shares: Vec<PublicShare>,
}

impl VerifiedSlot {
    /// Returns the split as the document states it.
    pub fn split(&self) -> &SlotSplit {
        &self.split
    }

    /// Returns the threshold: the number of proxies that must take part.
    pub fn threshold(&self) -> usize {
        self.threshold
    }

    /// Returns S_d as a group element; `None` in escrow.
    pub fn delegatee(&self) -> Option<&RistrettoPoint> {
        self.delegatee.as_ref()
    }

    /// Returns S_i of the proxy with that number, counted from 1; `None` if there is none.
    pub fn share(&self, index: u8) -> Option<&PublicShare> {
        usize::from(index)
            .checked_sub(1)
            .and_then(|position| self.shares.get(position))
    }
}
