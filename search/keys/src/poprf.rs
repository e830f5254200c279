//! The partially oblivious, verifiable PRF of RFC 9497 (`POPRF`, mode 2) with the suite ristretto255-SHA512, evaluated for many
//! inputs, or under many pieces of public information, at once.
//!
//! What costs in one evaluation alone is shared here: keys that are tweaked by different information are inverted together,
//! results are encoded together, and one element that is evaluated under much information gets a table of its multiples. What
//! comes out is what the RFC says: it is held to its vectors and to another implementation.
//!
//! Everything that depends on a secret key, on a blind or on an input takes the same time whatever they are. What is
//! verified is public, and is verified in the time that it takes.

use crate::tags::poprf as tags;
use aegle_sealed::{ELEMENT_BYTES, EvaluatedGroup, PROOF_BYTES, RandomnessError};
use curve25519_dalek::{
    RistrettoPoint, Scalar,
    ristretto::{CompressedRistretto, RistrettoBasepointTable},
    traits::{Identity, VartimeMultiscalarMul},
};
use sha2::{Digest, Sha512};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Bytes of the PRF's output (SHA-512).
pub const PRF_OUTPUT_BYTES: usize = 64;
/// From how many pieces of information on a table of the element's multiples is faster than multiplying: a table costs about
/// as much as a dozen multiplications.
const TABLE_FROM: usize = 24;

/// An output of the PRF. It is as secret as what it is used for.
pub type PrfOutput = Zeroizing<[u8; PRF_OUTPUT_BYTES]>;

/// A group element other than the identity, as it travels and as it is computed with.
#[derive(Clone, Copy)]
pub(crate) struct Element {
    point: RistrettoPoint,
    bytes: [u8; ELEMENT_BYTES],
}

impl Element {
    /// Decodes a canonical encoding of an element other than the identity.
    pub(crate) fn decode(bytes: &[u8; ELEMENT_BYTES]) -> Option<Self> {
        let point = CompressedRistretto(*bytes).decompress()?;
        (point != RistrettoPoint::identity()).then_some(Self { point, bytes: *bytes })
    }
}

/// A secret key of the PRF.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct PoprfKey {
    secret: Scalar,
    #[zeroize(skip)]
    public: [u8; ELEMENT_BYTES],
}

/// A public key of the PRF.
#[derive(Clone, Copy)]
pub(crate) struct PublicKey(RistrettoPoint);

impl PublicKey {
    pub(crate) fn decode(bytes: &[u8; ELEMENT_BYTES]) -> Option<Self> {
        Element::decode(bytes).map(|element| Self(element.point))
    }
}

impl PoprfKey {
    /// Derives the key of a seed of 32 bytes and of information of at most 65,535 (RFC 9497, section 3.2.1, `DeriveKeyPair`).
    pub fn derive(seed: &[u8; 32], information: &[u8]) -> Self {
        let secret = |counter: u8| {
            let parts = [&seed[..], &length(information), information, &[counter]];
            hash_to_scalar(tags::DERIVE_KEY_PAIR, &parts)
        };
        let mut secrets = (0..=u8::MAX).map(secret);
        let secret = secrets.find(|secret| *secret != Scalar::ZERO);
        Self::of(secret.expect("256 hashes in a row are zero modulo the group's order with no probability"))
    }

    /// Reads a secret key: the canonical encoding of a scalar other than zero, 32 bytes, little-endian. Returns `None` for
    /// anything else.
    pub fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        let secret = Option::<Scalar>::from(Scalar::from_canonical_bytes(*bytes))?;
        (secret != Scalar::ZERO).then(|| Self::of(secret))
    }

    fn of(secret: Scalar) -> Self {
        let public = RistrettoPoint::mul_base(&secret).compress().to_bytes();
        Self { secret, public }
    }

    /// Returns the public key: 32 bytes, a compressed ristretto255 element.
    pub fn public_key(&self) -> [u8; ELEMENT_BYTES] {
        self.public
    }

    /// Evaluates the PRF on inputs that are known (section 3.3.3, `Evaluate`): for each piece of information its inputs, each
    /// of at most 65,535 bytes. The outputs are in their order.
    pub fn evaluate(&self, questions: &[(&[u8], Vec<&[u8]>)]) -> Vec<PrfOutput> {
        let information = questions.iter().map(|(information, _)| *information);
        let inverses = self.halved_inverses(information);
        let mut points = Vec::new();
        for ((_, inputs), inverse) in questions.iter().zip(inverses.iter()) {
            points.extend(inputs.iter().map(|input| hash_to_group(input) * inverse));
        }
        let asked = questions
            .iter()
            .flat_map(|(information, inputs)| inputs.iter().map(move |input| (*input, *information)));
        outputs(asked, &points)
    }

    /// Evaluates the PRF on one known input under much information: the outputs are in the order of that.
    pub fn evaluate_under(&self, input: &[u8], information: &[&[u8]]) -> Vec<PrfOutput> {
        let inverses = self.halved_inverses(information.iter().copied());
        let points = multiples(&hash_to_group(input), &inverses);
        outputs(information.iter().map(|information| (input, *information)), &points)
    }

    /// Evaluates the PRF on blinded elements under each piece of information, and proves it (section 3.3.3, `BlindEvaluate`):
    /// one answer and one proof for each, in their order.
    pub(crate) fn blind_evaluate(
        &self,
        elements: &[Element],
        information: &[&[u8]],
    ) -> Result<Vec<EvaluatedGroup>, RandomnessError> {
        let tweaked = self.tweaked(information.iter().copied());
        let inverses = halved_inverses_of(&tweaked);
        // By element first: each has its table, where that pays.
        let by_element: Vec<Vec<RistrettoPoint>> = elements
            .iter()
            .map(|element| multiples(&element.point, &inverses))
            .collect();
        let answers = (0..information.len()).flat_map(|place| by_element.iter().map(move |points| &points[place]));
        let encoded = RistrettoPoint::double_and_compress_batch(answers);
        let mut answered = Vec::with_capacity(information.len());
        for ((place, key), bytes) in tweaked.iter().enumerate().zip(encoded.chunks(elements.len().max(1))) {
            let evaluated: Vec<Element> = by_element
                .iter()
                .zip(bytes)
                .map(|(points, bytes)| Element {
                    point: points[place] + points[place],
                    bytes: bytes.to_bytes(),
                })
                .collect();
            let proof = prove(key, &evaluated, elements)?;
            answered.push(EvaluatedGroup {
                elements: evaluated.iter().map(|element| element.bytes).collect(),
                proof,
            });
        }
        Ok(answered)
    }

    /// The secret key with each piece of information added to it.
    fn tweaked<'a>(&self, information: impl Iterator<Item = &'a [u8]>) -> Zeroizing<Vec<Scalar>> {
        let tweaked = information.map(|information| self.secret + tweak(information));
        Zeroizing::new(tweaked.collect())
    }

    fn halved_inverses<'a>(&self, information: impl Iterator<Item = &'a [u8]>) -> Zeroizing<Vec<Scalar>> {
        halved_inverses_of(&self.tweaked(information))
    }
}

/// Half of the inverse of each key: what is encoded together is doubled by that.
fn halved_inverses_of(tweaked: &[Scalar]) -> Zeroizing<Vec<Scalar>> {
    assert!(
        tweaked.iter().all(|key| *key != Scalar::ZERO),
        "a hash cancels the key with no probability"
    );
    let two = Scalar::from(2_u8);
    let mut inverses = Zeroizing::new(tweaked.iter().map(|key| key * two).collect::<Vec<_>>());
    Scalar::invert_batch_alloc(&mut inverses);
    inverses
}

/// The multiples of a point by many scalars.
fn multiples(point: &RistrettoPoint, scalars: &[Scalar]) -> Vec<RistrettoPoint> {
    if scalars.len() < TABLE_FROM {
        return scalars.iter().map(|scalar| point * scalar).collect();
    }
    let table = RistrettoBasepointTable::create(point);
    scalars.iter().map(|scalar| &table * scalar).collect()
}

/// A keyword that is blinded: it holds the blind.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct Blinded {
    blind: Scalar,
    #[zeroize(skip)]
    element: Element,
}

impl Blinded {
    /// Blinds an input (section 3.3.3, `Blind`).
    pub(crate) fn new(input: &[u8]) -> Result<Self, RandomnessError> {
        let blind = random_scalar()?;
        let point = hash_to_group(input) * blind;
        let bytes = point.compress().to_bytes();
        Ok(Self {
            blind,
            element: Element { point, bytes },
        })
    }

    /// Returns what is sent.
    pub(crate) fn bytes(&self) -> [u8; ELEMENT_BYTES] {
        self.element.bytes
    }
}

/// One answer that is to be verified: the information that it is under, and what was evaluated.
pub(crate) struct Answered<'a> {
    pub(crate) information: Vec<u8>,
    pub(crate) evaluated: Vec<Element>,
    pub(crate) proof: &'a [u8; PROOF_BYTES],
}

/// Verifies the answers to the same blinded inputs under different information, and unblinds them (section 3.3.3, `Finalize`).
/// For each answer the outputs are in the order of the inputs. Returns `None` if any proof is false.
pub(crate) fn finalize(
    inputs: &[&[u8]],
    blinded: &[Blinded],
    public: PublicKey,
    answers: &[Answered<'_>],
) -> Option<Vec<Vec<PrfOutput>>> {
    let sent: Vec<Element> = blinded.iter().map(|blinded| blinded.element).collect();
    for answer in answers {
        let tweaked = RistrettoPoint::mul_base(&tweak(&answer.information)) + public.0;
        let whole = answer.evaluated.len() == sent.len() && tweaked != RistrettoPoint::identity();
        if !whole || !verify(&tweaked, &answer.evaluated, &sent, answer.proof) {
            return None;
        }
    }
    let two = Scalar::from(2_u8);
    let mut inverses = Zeroizing::new(blinded.iter().map(|blinded| blinded.blind * two).collect::<Vec<_>>());
    Scalar::invert_batch_alloc(&mut inverses);
    let points: Vec<RistrettoPoint> = answers
        .iter()
        .flat_map(|answer| answer.evaluated.iter().zip(inverses.iter()))
        .map(|(element, inverse)| element.point * inverse)
        .collect();
    let asked = answers
        .iter()
        .flat_map(|answer| inputs.iter().map(|input| (*input, &answer.information[..])));
    let mut outputs = outputs(asked, &points).into_iter();
    let each = answers.iter().map(|_| outputs.by_ref().take(inputs.len()).collect());
    Some(each.collect())
}

/// Encodes the double of each point, and hashes it with its input and information to the output.
fn outputs<'a>(asked: impl Iterator<Item = (&'a [u8], &'a [u8])>, points: &[RistrettoPoint]) -> Vec<PrfOutput> {
    let mut encoded = RistrettoPoint::double_and_compress_batch(points);
    let output = |((input, information), point): ((&[u8], &[u8]), &mut CompressedRistretto)| {
        let mut hash = Sha512::new();
        for part in [input, information, point.as_bytes()] {
            hash.update(length(part));
            hash.update(part);
        }
        hash.update(tags::FINALIZE);
        point.zeroize();
        let mut output = Zeroizing::new([0; PRF_OUTPUT_BYTES]);
        output.copy_from_slice(&hash.finalize());
        output
    };
    asked.zip(&mut encoded).map(output).collect()
}

/// The scalar by which information tweaks a key.
fn tweak(information: &[u8]) -> Scalar {
    hash_to_scalar(
        tags::HASH_TO_SCALAR,
        &[tags::INFORMATION, &length(information), information],
    )
}

/// Proves that one key made all evaluated elements of the blinded ones (section 2.2.1, `GenerateProof`): `blinded` are
/// multiples of `evaluated` by it.
fn prove(key: &Scalar, evaluated: &[Element], blinded: &[Element]) -> Result<[u8; PROOF_BYTES], RandomnessError> {
    let public = RistrettoPoint::mul_base(key).compress();
    let weights = composite_weights(public.as_bytes(), evaluated, blinded);
    let composite = RistrettoPoint::vartime_multiscalar_mul(&weights, evaluated.iter().map(|element| element.point));
    let nonce = Zeroizing::new(random_scalar()?);
    let commitments = [
        composite,
        composite * key,
        RistrettoPoint::mul_base(&nonce),
        composite * *nonce,
    ];
    let challenge = challenge(public.as_bytes(), &commitments);
    let response = *nonce - challenge * key;
    let mut proof = [0; PROOF_BYTES];
    proof[..32].copy_from_slice(challenge.as_bytes());
    proof[32..].copy_from_slice(response.as_bytes());
    Ok(proof)
}

/// Verifies what [`prove`] proved (section 2.2.2, `VerifyProof`).
fn verify(public: &RistrettoPoint, evaluated: &[Element], blinded: &[Element], proof: &[u8; PROOF_BYTES]) -> bool {
    let scalar = |bytes: &[u8]| {
        let bytes = bytes.try_into().expect("a half of 64 bytes has 32");
        Option::<Scalar>::from(Scalar::from_canonical_bytes(bytes))
    };
    let (Some(claimed), Some(response)) = (scalar(&proof[..32]), scalar(&proof[32..])) else {
        return false;
    };
    let encoded = public.compress();
    let weights = composite_weights(encoded.as_bytes(), evaluated, blinded);
    let points = |elements: &[Element]| elements.iter().map(|element| element.point).collect::<Vec<_>>();
    let composite = RistrettoPoint::vartime_multiscalar_mul(&weights, points(evaluated));
    let multiple = RistrettoPoint::vartime_multiscalar_mul(&weights, points(blinded));
    let commitments = [
        composite,
        multiple,
        RistrettoPoint::vartime_double_scalar_mul_basepoint(&claimed, public, &response),
        RistrettoPoint::vartime_multiscalar_mul([response, claimed], [composite, multiple]),
    ];
    challenge(encoded.as_bytes(), &commitments) == claimed
}

/// The weights with which many proofs are made one (section 2.2.1, `ComputeComposites`).
fn composite_weights(public: &[u8; ELEMENT_BYTES], evaluated: &[Element], blinded: &[Element]) -> Vec<Scalar> {
    let mut seed = Sha512::new();
    for part in [&public[..], tags::SEED] {
        seed.update(length(part));
        seed.update(part);
    }
    let seed = seed.finalize();
    let seed = seed.as_slice();
    let pairs = (0_u16..).zip(evaluated.iter().zip(blinded));
    let weight = |(place, (evaluated, blinded)): (u16, (&Element, &Element))| {
        let parts = [
            &length(seed)[..],
            seed,
            &place.to_be_bytes(),
            &length(&evaluated.bytes),
            &evaluated.bytes,
            &length(&blinded.bytes),
            &blinded.bytes,
            tags::COMPOSITE,
        ];
        hash_to_scalar(tags::HASH_TO_SCALAR, &parts)
    };
    pairs.map(weight).collect()
}

fn challenge(public: &[u8; ELEMENT_BYTES], commitments: &[RistrettoPoint; 4]) -> Scalar {
    let encoded = commitments.map(|point| point.compress().to_bytes());
    let size = length(public);
    let mut parts: Vec<&[u8]> = vec![&size, public];
    for bytes in &encoded {
        parts.extend([&size[..], bytes]);
    }
    parts.push(tags::CHALLENGE);
    hash_to_scalar(tags::HASH_TO_SCALAR, &parts)
}

/// A length in two bytes, the first one first. All that is hashed here has at most 65,535.
fn length(bytes: &[u8]) -> [u8; 2] {
    u16::try_from(bytes.len())
        .expect("keywords, information, elements and tags are bounded far below 65,536 bytes")
        .to_be_bytes()
}

fn random_scalar() -> Result<Scalar, RandomnessError> {
    let mut wide = Zeroizing::new([0; 64]);
    loop {
        getrandom::fill(wide.as_mut())?;
        let scalar = Scalar::from_bytes_mod_order_wide(&wide);
        if scalar != Scalar::ZERO {
            return Ok(scalar);
        }
    }
}

/// RFC 9497, section 4.1: `expand_message_xmd` and the map of ristretto255.
fn hash_to_group(input: &[u8]) -> RistrettoPoint {
    let uniform = Zeroizing::new(expand(tags::HASH_TO_GROUP, &[input]));
    RistrettoPoint::from_uniform_bytes(&uniform)
}

/// RFC 9497, section 4.1: `expand_message_xmd`, then the number modulo the group's order.
fn hash_to_scalar(tag: &[u8], parts: &[&[u8]]) -> Scalar {
    let uniform = Zeroizing::new(expand(tag, parts));
    Scalar::from_bytes_mod_order_wide(&uniform)
}

/// RFC 9380, section 5.3.1, `expand_message_xmd` with SHA-512 to 64 bytes: one block.
fn expand(tag: &[u8], parts: &[&[u8]]) -> [u8; 64] {
    let tag_length = [u8::try_from(tag.len()).expect("a tag has at most 255 bytes")];
    let mut first = Sha512::new();
    first.update([0; 128]);
    for part in parts {
        first.update(part);
    }
    first.update([0, 64, 0]);
    first.update(tag);
    first.update(tag_length);
    let mut second = Sha512::new();
    second.update(first.finalize());
    second.update([1]);
    second.update(tag);
    second.update(tag_length);
    second.finalize().into()
}
