//! Every byte of everything that travels, changed.

use crate::fixture::{CONTENT, SLOT, context, deployment, flips, granted, patient, random, sealed};
use aegle_crypto::{
    delegation::{DelegateeSecrets, open_own},
    record::{OpenError, RecordOpener, open_record},
};
use aegle_protocol::{
    delegation::{Capsule, CapsuleError, PartialDecryption, ProxyShares, SplitDocument},
    record::{RecordHeader, RecordRow},
    seal::{EncryptionSecret, Sealed},
};
use aegle_rules::{Confidentiality, GrantId};
use scale::{DecodeAll, Encode};

#[test]
fn a_changed_capsule_is_refused_before_any_share_is_applied() {
    let (row, _) = sealed(CONTENT, 0, 1);
    let label = row.label(&deployment());
    assert!(row.capsule.verify(&label).is_ok());
    for (index, bytes) in flips(&row.capsule.encode()) {
        // A proxy transforms verified capsules only, so that refusing to verify is refusing to transform.
        let capsule = Capsule::decode_all(&mut &*bytes).unwrap();
        assert!(
            matches!(
                capsule.verify(&label),
                Err(CapsuleError::Encoding(_) | CapsuleError::Proof)
            ),
            "byte {index}"
        );
    }
    for (index, bytes) in flips(&label.0) {
        let label = bytes.as_slice().try_into().unwrap();
        assert_eq!(
            row.capsule.verify(&label).err(),
            Some(CapsuleError::Proof),
            "byte {index}"
        );
    }
}

#[test]
fn a_changed_partial_result_or_context_is_refused() {
    let (row, _) = sealed(CONTENT, 0, 1);
    let capsule = row.verify_capsule(&deployment()).unwrap();
    let split = granted(1, 1, 2, true, 2);
    let slot = split.split.slot(SLOT, 0).unwrap();
    let context = context(1);
    let partial = split.proxies[0]
        .share(SLOT, 0)
        .unwrap()
        .transform(&capsule, &context, &mut random(3));
    assert!(partial.verify(slot, &capsule, &context).is_ok());
    for (index, bytes) in flips(&partial.encode()) {
        let partial = PartialDecryption::decode_all(&mut &*bytes).unwrap();
        assert!(partial.verify(slot, &capsule, &context).is_err(), "byte {index}");
    }
    for (index, bytes) in flips(&context.encode()) {
        let context = DecodeAll::decode_all(&mut &*bytes).unwrap();
        assert!(
            partial.verify(slot, &capsule, &context).is_err(),
            "byte {index} of the context"
        );
    }
}

#[test]
fn a_changed_seal_does_not_open() {
    let split = granted(1, 1, 1, true, 2);
    let secret = EncryptionSecret::generate(&mut random(3));
    let share = split.seal_shares(1, &secret.public_key(), &mut random(4)).unwrap();
    let part = split.seal_delegatee(&secret.public_key(), &mut random(5)).unwrap();
    let open = |sealed: &Sealed| ProxyShares::open(sealed, &secret, &split.split, 1).is_ok();
    let open_part = |sealed: &Sealed| DelegateeSecrets::open(sealed, &secret, &split.split).is_ok();
    assert!(open(&share) && open_part(&part));
    for sealed in [&share, &part] {
        for (index, bytes) in flips(&sealed.encode()) {
            // RFC 7748 ignores the highest bit of a public key, but HPKE authenticates the key as it was sent.
            if let Ok(sealed) = Sealed::decode_all(&mut &*bytes) {
                assert!(!open(&sealed) && !open_part(&sealed), "byte {index}");
            }
        }
        for length in 0..sealed.ciphertext.len() {
            let mut shorter = sealed.clone();
            shorter.ciphertext.truncate(length);
            assert!(!open(&shorter) && !open_part(&shorter), "{length} bytes");
        }
    }
}

#[test]
fn a_changed_split_document_is_not_the_one_on_chain() {
    let split = granted(1, 2, 3, true, 2);
    let document = split.split.document();
    let on_chain = document.commitment(&split.salt);
    for (index, bytes) in flips(&document.encode()) {
        if let Ok(changed) = SplitDocument::decode_all(&mut &*bytes) {
            assert!(
                changed.verify(&on_chain, &split.salt, GrantId(1)).is_err(),
                "byte {index}"
            );
        }
    }
}

/// Every fact that the contract decides on, and where a record is filed, moved to another row under a leaf of its own.
#[test]
fn a_capsule_is_of_one_header_alone() {
    let (row, ciphertext) = sealed(CONTENT, 0, 1);
    let key = open_own(
        &row.verify_capsule(&deployment()).unwrap(),
        &patient().slot_secret(&deployment().genesis, SLOT, 0),
    );
    let changes: [fn(&mut RecordRow); 9] = [
        |row| row.header.version = 1,
        |row| row.header.patient.0[0] ^= 1,
        |row| row.header.slot.0 ^= 1,
        |row| row.header.epoch += 1,
        |row| row.header.confidentiality = Confidentiality::Normal,
        |row| row.header.length_class.0 += 1,
        |row| row.header.author.0[31] ^= 1,
        |row| row.header.authored_at = 1,
        |row| row.header.domain.0 += 1,
    ];
    for (field, change) in changes.into_iter().enumerate() {
        let mut moved = row.clone();
        change(&mut moved);
        moved.rho.0 = [0x55; 32];
        moved.ciphertext_length = moved.header.length_class.ciphertext_bytes();
        assert_ne!(moved.leaf(), row.leaf(), "field {field}");
        assert_ne!(moved.label(&deployment()), row.label(&deployment()), "field {field}");
        assert_eq!(
            moved.verify_capsule(&deployment()).err(),
            Some(CapsuleError::Proof),
            "field {field}"
        );
        // Not by who has the key of the record either.
        let refused = open_record(&moved, ciphertext.as_ref(), &key);
        assert!(
            matches!(refused, Err(OpenError::WrongKey | OpenError::Row(_))),
            "field {field}"
        );
    }
    for (index, bytes) in flips(&row.header.encode()) {
        let Ok(header) = RecordHeader::decode_all(&mut &*bytes) else {
            continue;
        };
        let moved = RecordRow { header, ..row.clone() };
        assert_eq!(
            moved.verify_capsule(&deployment()).err(),
            Some(CapsuleError::Proof),
            "byte {index}"
        );
    }
}

#[test]
fn a_changed_ciphertext_does_not_open() {
    let (row, ciphertext) = sealed(CONTENT, 0, 1);
    let capsule = row.verify_capsule(&deployment()).unwrap();
    let key = open_own(&capsule, &patient().slot_secret(&deployment().genesis, SLOT, 0));
    let opener = RecordOpener::new(&row, &key).unwrap();
    for (index, bytes) in flips(ciphertext.as_ref()) {
        assert_eq!(
            open_record(&row, &bytes, &key),
            Err(OpenError::CiphertextHash),
            "byte {index}"
        );
        assert_eq!(opener.segment(0, &bytes), Err(OpenError::Segment(0)), "byte {index}");
    }
    for length in 0..ciphertext.as_ref().len() {
        let shorter = &ciphertext.as_ref()[..length];
        assert!(
            matches!(open_record(&row, shorter, &key), Err(OpenError::Length { .. })),
            "{length} bytes"
        );
        assert_eq!(opener.segment(0, shorter), Err(OpenError::Segment(0)), "{length} bytes");
    }
}

#[test]
fn a_changed_row_has_another_leaf_or_does_not_open() {
    let (row, ciphertext) = sealed(CONTENT, 0, 1);
    let capsule = row.verify_capsule(&deployment()).unwrap();
    let key = open_own(&capsule, &patient().slot_secret(&deployment().genesis, SLOT, 0));
    let encoded = row.encode();
    for (index, bytes) in flips(&encoded) {
        let Ok(changed) = RecordRow::decode_all(&mut &*bytes) else {
            continue;
        };
        let same_leaf = changed.leaf() == row.leaf();
        // The shred secret alone is not in the leaf; the key commitment finds it out.
        assert_eq!(same_leaf, changed.shred != row.shred, "byte {index}");
        if same_leaf {
            assert_eq!(
                open_record(&changed, ciphertext.as_ref(), &key),
                Err(OpenError::WrongKey),
                "byte {index}"
            );
        }
    }
    for length in 0..encoded.len() {
        assert!(
            RecordRow::decode_all(&mut &encoded[..length]).is_err(),
            "{length} bytes"
        );
    }
}

#[test]
fn a_changed_header_does_not_open() {
    let (row, ciphertext) = sealed(CONTENT, 0, 1);
    let capsule = row.verify_capsule(&deployment()).unwrap();
    let key = open_own(&capsule, &patient().slot_secret(&deployment().genesis, SLOT, 0));
    for (index, bytes) in flips(&row.header.encode()) {
        let Ok(header) = DecodeAll::decode_all(&mut &*bytes) else {
            continue;
        };
        let changed = RecordRow { header, ..row.clone() };
        let refused = open_record(&changed, ciphertext.as_ref(), &key);
        assert!(
            matches!(refused, Err(OpenError::WrongKey | OpenError::Row(_))),
            "byte {index}: {refused:?}"
        );
    }
}
