//! Delegation: threshold proxy re-encryption of message keys.
//!
//! A message key is encapsulated to a patient as hashed ElGamal with a publicly verifiable **capsule**: TDH2 of Shoup and
//! Gennaro ("Securing Threshold Cryptosystems against Chosen Ciphertext Attack", EUROCRYPT 1998) on ristretto255 (RFC
//! 9496). For each grant the patient **splits** the secret of a slot additively between the delegatee and a Shamir
//! sharing among n proxies, after Ivan and Dodis ("Proxy Cryptography Revisited", NDSS 2003). A proxy **transforms** a
//! capsule that the contract permits, with a proof of equality of discrete logarithms; the delegatee combines t such
//! results with their own part and **opens** it.
//!
//! ```text
//! Hs(tag, ..) = SHA-512(lp(T) || lp(tag) || lp(arg) ..) mod l;   Hk(tag, ..) = first 32 bytes of the same hash
//! Encapsulate(P, L, m): U = rG; Ub = rGb; W = sG; Wb = sGb; c = m xor Hk("kem", P, U, L, rP);
//!                       e = Hs("enc", c, L, U, W, Ub, Wb); f = s + e r; capsule = (c, U, Ub, e, f)
//! VerifyCapsule(L):     W = fG - eU; Wb = fGb - eUb; accept iff e = Hs("enc", c, L, U, W, Ub, Wb)
//! Split(x, ..):         x_d, a_1 .. a_(t-1) random; a_0 = x - x_d; s_i = sum a_j i^j; A_j = a_j G; S_d = x_d G
//! Transform_i(ctx):     U_i = s_i U; st = (i, S_i, U, U_i, capsule, L, ctx); k = Hs("nonce", s_i, 32 fresh bytes, st);
//!                       e_i = Hs("dleq", st, kG, kU); f_i = k + e_i s_i
//! Open:                 X = x_d U + sum lambda_i U_i; m = c xor Hk("kem", P, U, L, X)
//! ```
//!
//! A grant is split anew when its slots have moved to other epochs: the chain commits to the first split, and whoever
//! controls the patient's account signs the later ones ([`SplitAnchor`]).
//!
//! # What this gives
//!
//! Unidirectional, non-interactive, verifiable, single-hop. t - 1 proxies together with the delegatee learn nothing; t
//! proxies together with the delegatee open that slot and epoch and nothing else; a proxy learns neither content nor
//! data class. Shares, capsules and partial results of different grants, slots, epochs and records never combine: every
//! split draws its own x_d and polynomial, and the label binds a capsule to its record.
//!
//! Security against chosen ciphertexts is that of TDH2: the random-oracle model under decisional Diffie-Hellman. What goes
//! beyond the paper: (1) the label and the key P are hashed into the mask, and the whole statement with the context into
//! the proof, so that a result cannot be replayed for another request; (2) the qualified sets are *the delegatee and t of
//! n proxies*, which is an additive 2-of-2 sharing whose one half is Shamir-shared, so a set without the delegatee, or
//! with fewer than t proxies, is independent of x; (3) one x is split many times, each time with an independent uniform
//! x_d and polynomial, so shares of several grants reveal no more than t - 1 of each one. These three are arguments, not
//! proofs in print, and nobody has audited them.
//!
//! The nonce of a proof is hedged: hashed from the share, the statement and fresh randomness, so that neither a repeated
//! random value nor a repeated statement alone repeats a nonce.

mod capsule;
mod endorsement;
pub mod group;
mod share;
mod split;
mod transform;

pub use capsule::{Capsule, CapsuleError, CapsuleLabel, LabelFacts, MaskedKey, VerifiedCapsule, challenge};
pub use endorsement::{MAX_ENDORSEMENT_AGE_MS, SplitAnchor, SplitEndorsement, SplitSignature};
pub use group::{EncodedPoint, EncodedScalar, EncodingError, SHARE_BYTES, SlotPublicKey};
pub use share::{ProxyShare, ProxyShares, ShareError, read_scalars, seal_context, write_scalars};
pub use split::{
    MAX_PROXIES, MAX_SPLIT_SHARES, MAX_SPLIT_SLOTS, PublicShare, SlotSplit, SplitDocument, SplitError, SplitSalt,
    VerifiedSlot, VerifiedSplit,
};
pub use transform::{PartialDecryption, TransformContext, TransformError, VerifiedPartial};
