//! Encapsulating a message key to a patient.

use super::{MessageKey, random_scalar};
use aegle_protocol::{
    CryptoRng,
    delegation::{
        Capsule, CapsuleLabel, EncodedPoint, EncodingError, MaskedKey, SlotPublicKey, challenge,
        group::{SECOND_GENERATOR, hash_to_key},
    },
    tags,
};
use curve25519_dalek::RistrettoPoint;
use zeroize::Zeroizing;

/// Encapsulates a message key to a patient's slot key.
///
/// # Errors
/// The public key is no group element, or the identity.
pub fn encapsulate(
    public_key: &SlotPublicKey,
    label: &CapsuleLabel,
    key: &MessageKey,
    random: &mut impl CryptoRng,
) -> Result<Capsule, EncodingError> {
    let public_point = public_key.decode_point()?;
    let r = random_scalar(random);
    let s = random_scalar(random);
    let second = &*SECOND_GENERATOR;
    let u = EncodedPoint::from(&RistrettoPoint::mul_base(&r));
    let u_bar = EncodedPoint::from(&(&*r * second));
    let (w, w_bar) = (RistrettoPoint::mul_base(&s), &*s * second);
    let shared = Zeroizing::new(public_point * *r);
    let masked_key = MaskedKey(*mask(public_key, &u, label, &shared, key.expose()));
    let e = challenge(&masked_key, label, &u, &w, &u_bar, &w_bar);
    let f = *s + e * *r;
    Ok(Capsule {
        masked_key,
        u,
        u_bar,
        e: (&e).into(),
        f: (&f).into(),
    })
}

/// Computes `bytes xor Hk("kem", P, U, L, X)`, which masks a key and unmasks it.
pub(crate) fn mask(
    public_key: &SlotPublicKey,
    u: &EncodedPoint,
    label: &CapsuleLabel,
    shared: &RistrettoPoint,
    bytes: &[u8; 32],
) -> Zeroizing<[u8; 32]> {
    let shared = Zeroizing::new(shared.compress().to_bytes());
    let pad = Zeroizing::new(hash_to_key(tags::KEM, &[&public_key.0, &u.0, &label.0, &*shared]));
    Zeroizing::new(core::array::from_fn(|index| bytes[index] ^ pad[index]))
}
