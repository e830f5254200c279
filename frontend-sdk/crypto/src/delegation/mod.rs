//! Delegation, the secret half: message keys, the secrets of slots, splitting them, and opening capsules. The scheme, its
//! claims and its public half stand in [`aegle_protocol::delegation`].

mod encapsulate;
mod open;
mod secret;

pub use encapsulate::encapsulate;
pub use open::{CombineError, open_delegated, open_own};
pub use secret::{DelegateeSecret, DelegateeSecrets, MessageKey, SlotSecret, Split, SplitInput, split};

use aegle_protocol::{CryptoRng, random::draw};
use curve25519_dalek::Scalar;
use zeroize::Zeroizing;

/// Draws a uniform scalar other than zero.
fn random_scalar(random: &mut impl CryptoRng) -> Zeroizing<Scalar> {
    loop {
        let wide = Zeroizing::new(draw::<64>(random));
        let scalar = Zeroizing::new(Scalar::from_bytes_mod_order_wide(&wide));
        if *scalar != Scalar::ZERO {
            return scalar;
        }
    }
}
