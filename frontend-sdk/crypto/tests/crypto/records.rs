//! Sealing and opening records.

use crate::fixture::{CONTENT, MEDIA_TYPE, SLOT, deployment, input, message_key, patient, random, sealed};
use aegle_crypto::{
    delegation::{MessageKey, open_own},
    record::{
        ContentFrame, OpenError, RecordCipher, RecordOpener, RecordSealer, SealError, SealedRecord, open_record,
        seal_record,
    },
};
use aegle_protocol::record::{
    LengthClass, MAX_CONTENT_BYTES, MAX_LENGTH_CLASS, RecordRow, SEGMENT_BYTES, SEGMENT_TAG_BYTES, ciphertext_hash,
};
use proptest::prelude::*;

const SEALED_SEGMENT: usize = SEGMENT_BYTES + SEGMENT_TAG_BYTES;

fn key_of(row: &RecordRow) -> MessageKey {
    let deployment = deployment();
    let secret = patient().slot_secret(&deployment.genesis, SLOT, row.header.epoch);
    open_own(&row.verify_capsule(&deployment).unwrap(), &secret)
}

#[test]
fn the_owner_opens_content_of_any_length() {
    let prefix = 1 + MEDIA_TYPE.len() + 8;
    let edges = [0, 1, 255 - prefix, 256 - prefix, 257 - prefix];
    let segments = [1, 2, 3].map(|segment| segment * SEGMENT_BYTES - prefix);
    for length in edges
        .into_iter()
        .chain(segments)
        .flat_map(|edge| [edge, edge + 1])
        .chain([1_000_000])
    {
        let content: Vec<u8> = (0..length).map(|index| (index % 251) as u8).collect();
        let (row, ciphertext) = sealed(&content, 0, 1);
        assert_eq!(ciphertext.as_ref().len() as u64, row.ciphertext_length);
        let opened = open_record(&row, ciphertext.as_ref(), &key_of(&row)).unwrap();
        assert_eq!(
            (opened.media_type.as_str(), opened.bytes),
            (MEDIA_TYPE, content),
            "{length} bytes"
        );
    }
}

#[test]
fn records_of_like_length_have_the_same_length_sealed() {
    let lengths: std::collections::BTreeSet<u64> = (900..1_200)
        .map(|length| sealed(&vec![0; length], 0, 1).0.ciphertext_length)
        .collect();
    assert_eq!(lengths.len(), 2, "{lengths:?}");
}

#[test]
fn nothing_is_used_twice() {
    let (first, first_ciphertext) = sealed(CONTENT, 0, 1);
    let (second, second_ciphertext) = sealed(CONTENT, 0, 2);
    assert_ne!(first.id, second.id);
    assert_ne!(first.rho, second.rho);
    assert_ne!(first.shred, second.shred);
    assert_ne!(first.key_commitment, second.key_commitment);
    assert_ne!(first.capsule, second.capsule);
    assert_ne!(first_ciphertext, second_ciphertext);
}

#[test]
fn neither_content_nor_media_type_stands_in_what_is_stored() {
    let (row, ciphertext) = sealed(CONTENT, 0, 1);
    let stored = [scale::Encode::encode(&row), ciphertext.into_bytes()].concat();
    for needle in [&CONTENT[..12], MEDIA_TYPE.as_bytes()] {
        assert!(!stored.windows(needle.len()).any(|window| window == needle));
    }
}

#[test]
fn another_slot_epoch_patient_or_shred_secret_does_not_open() {
    let (row, ciphertext) = sealed(CONTENT, 0, 1);
    let deployment = deployment();
    let capsule = row.verify_capsule(&deployment).unwrap();
    let stranger = aegle_crypto::master::MasterSecret::generate(&mut random(77));
    let genesis = &deployment.genesis;
    for secret in [
        patient().slot_secret(genesis, SLOT, 1),
        patient().slot_secret(genesis, aegle_rules::Slot(5), 0),
        patient().slot_secret(&aegle_rules::Hash([0xaa; 32]), SLOT, 0),
        stranger.slot_secret(genesis, SLOT, 0),
    ] {
        let key = open_own(&capsule, &secret);
        assert_eq!(open_record(&row, ciphertext.as_ref(), &key), Err(OpenError::WrongKey));
    }
    let mut shredded = row.clone();
    shredded.shred.0 = [0; 32];
    assert_eq!(
        open_record(&shredded, ciphertext.as_ref(), &key_of(&row)),
        Err(OpenError::WrongKey)
    );
}

/// Opens as somebody does who has an AES-GCM of their own.
fn open_by_another_aes(row: &RecordRow, ciphertext: &[u8]) -> Result<(String, Vec<u8>), OpenError> {
    use aes_gcm::{
        Aes256Gcm, KeyInit,
        aead::{Aead, Payload},
    };
    let cipher = RecordCipher::new(row, &key_of(row))?;
    let aes = Aes256Gcm::new_from_slice(cipher.expose_key()).unwrap();
    let (mut frame, mut content): (Option<ContentFrame>, _) = (None, Vec::new());
    for (index, segment) in (0_u32..).zip(ciphertext.chunks(SEALED_SEGMENT)) {
        let is_last = u64::from(index) + 1 == cipher.segments;
        let mut nonce = [0; 12];
        nonce[7..11].copy_from_slice(&index.to_be_bytes());
        nonce[11] = u8::from(is_last);
        let payload = Payload {
            msg: segment,
            aad: &cipher.associated,
        };
        let plaintext = aes.decrypt(&nonce.into(), payload);
        let plaintext = plaintext.map_err(|_| OpenError::Segment(index.into()))?;
        let mut start = 0;
        if frame.is_none() {
            let (read, begins) = ContentFrame::read(&plaintext)?;
            (frame, start) = (Some(read), begins);
        }
        let length = frame.as_mut().unwrap().take(&plaintext[start..])?;
        content.extend_from_slice(&plaintext[start..start + length]);
    }
    let frame = frame.unwrap();
    frame.finish()?;
    Ok((frame.media_type().to_owned(), content))
}

#[test]
fn another_aes_opens_the_same_segment_by_segment() {
    let prefix = 1 + MEDIA_TYPE.len() + 8;
    let edge = SEGMENT_BYTES - prefix;
    for length in [0, 1, edge - 1, edge, edge + 1, 2 * SEGMENT_BYTES, 300_000] {
        let content: Vec<u8> = (0..length).map(|index| (index % 251) as u8).collect();
        let (row, ciphertext) = sealed(&content, 0, 1);
        let opened = open_by_another_aes(&row, ciphertext.as_ref());
        assert_eq!(opened, Ok((MEDIA_TYPE.to_owned(), content)), "{length} bytes");
        let mut changed = ciphertext.into_bytes();
        changed[7] ^= 1;
        assert_eq!(open_by_another_aes(&row, &changed), Err(OpenError::Segment(0)));
    }
    let [(row, _), (other, _)] = [1, 2].map(|seed| sealed(CONTENT, 0, seed));
    let cipher = RecordCipher::new(&row, &key_of(&other));
    assert_eq!(cipher.err(), Some(OpenError::WrongKey));
}

#[test]
fn a_frame_that_is_none_is_refused() {
    let framed = |media_type: &[u8], length: u64, rest: &[u8]| {
        let kind = u8::try_from(media_type.len()).unwrap();
        [&[kind], media_type, &length.to_le_bytes(), rest].concat()
    };
    let take = |plaintext: &[u8]| -> Result<(), OpenError> {
        let (mut frame, start) = ContentFrame::read(plaintext)?;
        frame.take(&plaintext[start..])?;
        frame.finish()
    };
    let right = framed(b"text/plain", 3, &[1, 2, 3, 0, 0]);
    assert_eq!(take(&right), Ok(()));
    for wrong in [
        Vec::new(),
        right[..12].to_vec(),
        framed(b"", 3, &[1, 2, 3]),
        framed(b"text\nplain", 3, &[1, 2, 3]),
        // Some content is missing, or the padding is not zero.
        framed(b"text/plain", 4, &[1, 2, 3]),
        framed(b"text/plain", u64::MAX, &[1, 2, 3]),
        framed(b"text/plain", 3, &[1, 2, 3, 0, 1]),
    ] {
        assert_eq!(take(&wrong), Err(OpenError::Framing), "{wrong:?}");
    }
}

#[test]
fn segments_open_one_by_one_and_only_in_their_place() {
    let (row, ciphertext) = sealed(&vec![5; 3 * SEGMENT_BYTES], 0, 1);
    let opener = RecordOpener::new(&row, &key_of(&row)).unwrap();
    let segments: Vec<&[u8]> = ciphertext.as_ref().chunks(SEALED_SEGMENT).collect();
    assert_eq!(opener.segments(), segments.len() as u64);
    for (index, segment) in (0..).zip(&segments) {
        assert_eq!(
            opener.segment(index, segment).unwrap().len(),
            segment.len() - SEGMENT_TAG_BYTES
        );
        for (other, wrong) in (0..).zip(&segments).filter(|(other, _)| *other != index) {
            assert_eq!(
                opener.segment(index, wrong),
                Err(OpenError::Segment(index)),
                "segment {other}"
            );
        }
    }
    let beyond = segments.len() as u64;
    assert_eq!(opener.segment(beyond, segments[0]), Err(OpenError::NoSegment(beyond)));
}

#[test]
fn truncated_extended_and_reordered_ciphertexts_are_refused() {
    let (row, ciphertext) = sealed(&vec![5; 2 * SEGMENT_BYTES], 0, 1);
    let key = key_of(&row);
    let bytes = ciphertext.into_bytes();
    for length in [
        0,
        1,
        SEALED_SEGMENT - 1,
        SEALED_SEGMENT,
        SEALED_SEGMENT + 1,
        bytes.len() - 1,
    ] {
        let expected = OpenError::Length {
            found: length as u64,
            expected: row.ciphertext_length,
        };
        assert_eq!(open_record(&row, &bytes[..length], &key), Err(expected));
    }
    let longer = [&bytes[..], &[0]].concat();
    assert!(matches!(
        open_record(&row, &longer, &key),
        Err(OpenError::Length { .. })
    ));

    let (first, rest) = bytes.split_at(SEALED_SEGMENT);
    let (second, rest) = rest.split_at(SEALED_SEGMENT);
    let swapped = [second, first, rest].concat();
    assert_eq!(open_record(&row, &swapped, &key), Err(OpenError::CiphertextHash));
    // Even for a custodian who anchors the hash of the swapped segments.
    let mut anchored = row.clone();
    anchored.ciphertext_hash = ciphertext_hash(&swapped);
    assert_eq!(open_record(&anchored, &swapped, &key), Err(OpenError::Segment(0)));
}

#[test]
fn length_classes_rise_by_at_most_a_quarter_to_the_largest() {
    let classes: Vec<u64> = (0..=MAX_LENGTH_CLASS.0)
        .map(|class| LengthClass(class).padded_bytes())
        .collect();
    assert_eq!(classes[..6], [256, 320, 384, 448, 512, 640]);
    assert!(
        classes
            .windows(2)
            .all(|pair| pair[0] < pair[1] && pair[1] * 4 <= pair[0] * 5)
    );
    for (class, padded) in (0..).zip(&classes) {
        assert_eq!(LengthClass::holding(*padded), Some(LengthClass(class)));
        let next = (class < MAX_LENGTH_CLASS.0).then(|| LengthClass(class + 1));
        assert_eq!(LengthClass::holding(padded + 1), next);
    }
    let largest = MAX_CONTENT_BYTES as u64 + 1 + 127 + 8;
    assert_eq!(LengthClass::holding(largest), Some(MAX_LENGTH_CLASS));
}

#[test]
fn pieces_of_content_seal_to_the_same_bytes() {
    let content: Vec<u8> = (0..2 * SEGMENT_BYTES + 77).map(|index| (index % 251) as u8).collect();
    let deployment = deployment();
    let input = input(&content, 0);
    let SealedRecord { row, ciphertext } = seal_record(&input, &deployment, &mut random(1)).unwrap();
    for piece in [
        1_000,
        SEGMENT_BYTES - 1,
        SEGMENT_BYTES,
        SEGMENT_BYTES + 1,
        content.len(),
    ] {
        let mut bytes = Vec::new();
        let mut sealer = RecordSealer::new(&input, content.len() as u64, &deployment, &mut random(1)).unwrap();
        content
            .chunks(piece)
            .for_each(|piece| sealer.update(piece, &mut bytes).unwrap());
        assert_eq!(
            (sealer.finish(&mut bytes).unwrap(), &bytes[..]),
            (row.clone(), ciphertext.as_ref()),
            "{piece} bytes"
        );
    }
}

#[test]
fn content_of_another_length_than_announced_is_refused() {
    let deployment = deployment();
    let sealer = || RecordSealer::new(&input(b"", 0), 10, &deployment, &mut random(1)).unwrap();
    let mut out = Vec::new();
    let more = sealer().update(&[0; 11], &mut out);
    assert_eq!(
        more,
        Err(SealError::ContentLength {
            found: 11,
            expected: 10
        })
    );
    let mut less = sealer();
    less.update(&[0; 9], &mut out).unwrap();
    assert_eq!(
        less.finish(&mut out),
        Err(SealError::ContentLength { found: 9, expected: 10 })
    );
    assert!(out.is_empty());
}

/// What a writer makes who has the right key and frames the plaintext as they like; one segment.
fn forge(row: &RecordRow, seed: u8, plaintext: &[u8]) -> (RecordRow, Vec<u8>) {
    use aes_gcm::{Aes256Gcm, KeyInit, aead::AeadInOut};
    let part = |bytes: &[u8]| [&(bytes.len() as u32).to_be_bytes(), bytes].concat();
    let information = [
        part(aegle_protocol::tags::RECORD_KEYS.as_bytes()),
        part(&row.header.hash().0),
    ]
    .concat();
    let mut keys = [0; 64];
    let derivation = hkdf::Hkdf::<sha2::Sha512>::new(Some(&row.shred.0), &message_key(seed));
    derivation.expand(&information, &mut keys).unwrap();
    assert_eq!(keys[32..], row.key_commitment.0);
    let cipher = Aes256Gcm::new_from_slice(&keys[..32]).unwrap();
    let mut ciphertext = plaintext.to_vec();
    let nonce = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    cipher
        .encrypt_in_place(&nonce.into(), &scale::Encode::encode(&row.header), &mut ciphertext)
        .unwrap();
    (
        RecordRow {
            ciphertext_hash: ciphertext_hash(&ciphertext),
            ..row.clone()
        },
        ciphertext,
    )
}

#[test]
fn opened_content_does_not_show_in_a_log() {
    let (row, ciphertext) = sealed(b"dyspnoea", 0, 1);
    let content = open_record(&row, ciphertext.as_ref(), &key_of(&row)).unwrap();
    assert_eq!(format!("{content:?}"), "Content { bytes: 8, .. }");
}

#[test]
fn content_that_its_writer_framed_wrongly_is_refused() {
    let (row, _) = sealed(b"content", 0, 1);
    let key = key_of(&row);
    let framed = |media_type: &[u8], length: u64, rest: &[u8]| {
        let mut plaintext = [&[media_type.len() as u8], media_type, &length.to_le_bytes(), rest].concat();
        plaintext.resize(256, 0);
        let (row, ciphertext) = forge(&row, 1, &plaintext);
        open_record(&row, &ciphertext, &key)
    };
    assert_eq!(framed(b"text/plain", 7, b"content").unwrap().bytes, b"content");
    let most = 256 - 1 - 10 - 8;
    assert_eq!(
        framed(b"text/plain", most, b"content").unwrap().bytes.len() as u64,
        most
    );
    for (media_type, length) in [
        (&b"text/plain"[..], 6),
        (b"text/plain", most + 1),
        (b"text/plain", u64::MAX),
        (b"", 7),
        (b"a\0", 7),
    ] {
        assert_eq!(
            framed(media_type, length, b"content"),
            Err(OpenError::Framing),
            "{media_type:?} {length}"
        );
    }
    let (overrun, ciphertext) = forge(&row, 1, &[255; 256]);
    assert_eq!(open_record(&overrun, &ciphertext, &key), Err(OpenError::Framing));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_is_sealed_opens_to_itself(content in proptest::collection::vec(any::<u8>(), 0..5_000), seed: u8) {
        let (row, ciphertext) = sealed(&content, 0, seed);
        let opened = open_record(&row, ciphertext.as_ref(), &key_of(&row)).unwrap();
        prop_assert_eq!(opened.bytes, content);
    }
}
