//! Published vectors of the group, through its own encodings.

use aegle_protocol::delegation::{EncodedPoint, EncodingError, SlotPublicKey};
use curve25519_dalek::{RistrettoPoint, Scalar};

#[test]
fn the_group_is_that_of_rfc_9496() {
    // Appendix A.1: the generator and its double.
    let multiples = [
        (
            1_u64,
            "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76",
        ),
        (2, "6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919"),
    ];
    for (multiple, expected) in multiples {
        let point = RistrettoPoint::mul_base(&Scalar::from(multiple));
        assert_eq!(hex::encode(EncodedPoint::from(&point).0), expected);
    }
}

#[test]
fn bad_encodings_of_rfc_9496_and_the_identity_are_refused() {
    // Appendix A.2, one of each kind: non-canonical, negative, non-square, negative product, y = 0.
    let bad = [
        "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",
        "3eb858e78f5a7254d8c9731174a94f76755fd3941c0ac93735c07ba14579630e",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ];
    for text in bad {
        let key: SlotPublicKey = text.parse().unwrap();
        assert_eq!(key.check(), Err(EncodingError::Point), "{text}");
    }
    assert_eq!(SlotPublicKey([0; 32]).check(), Err(EncodingError::Identity));
}
