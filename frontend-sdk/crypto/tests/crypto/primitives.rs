//! Published vectors of the primitives, through the crates that are used.

use aes_gcm::{Aes256Gcm, KeyInit, aead::AeadInOut};

#[test]
fn hkdf_is_that_of_rfc_5869() {
    // Appendix A.1; the RFC has none for SHA-512.
    let mut output = [0; 42];
    hkdf::Hkdf::<sha2::Sha256>::new(Some(&hex::decode("000102030405060708090a0b0c").unwrap()), &[0x0b; 22])
        .expand(&hex::decode("f0f1f2f3f4f5f6f7f8f9").unwrap(), &mut output)
        .unwrap();
    let expected = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865";
    assert_eq!(hex::encode(output), expected);
}

#[test]
fn aes_256_gcm_is_that_of_its_authors() {
    // McGrew and Viega, "The Galois/Counter Mode of Operation", test case 14.
    let cipher = Aes256Gcm::new(&[0; 32].into());
    let mut bytes = vec![0; 16];
    cipher.encrypt_in_place(&[0; 12].into(), b"", &mut bytes).unwrap();
    assert_eq!(
        hex::encode(bytes),
        "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"
    );
}
