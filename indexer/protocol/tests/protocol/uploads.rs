//! Uploads of ciphertexts, at their limits and malformed.

use aegle_protocol::{
    record::RecordId,
    wire::{
        FORMAT_BYTES, Format, FormatError, MAX_UPLOAD_BODY_BYTES, MAX_UPLOAD_BYTES, MAX_UPLOAD_CIPHERTEXTS, Upload,
        UploadError,
    },
};
use scale::Compact;

fn named(count: usize, bytes: &[u8]) -> Vec<(RecordId, &[u8])> {
    let names = (0..count as u128).map(|number| RecordId(number.to_le_bytes()));
    names.map(|name| (name, bytes)).collect()
}

#[test]
fn an_upload_is_read_as_it_was_written() {
    let mut ciphertexts = named(3, b"bytes");
    ciphertexts[1].1 = b"others";
    let upload = Upload::new(ciphertexts.clone()).unwrap();
    let bytes = upload.to_bytes();
    let read = Upload::from_bytes(&bytes).unwrap();
    assert_eq!(read, upload);
    assert_eq!(read.ciphertexts(), ciphertexts);
    assert_eq!(format!("{read:?}"), "Upload { ciphertexts: 3, bytes: 16 }");
}

#[test]
fn an_upload_ends_at_its_limits() {
    let (small, large) = (vec![0], vec![0; MAX_UPLOAD_BYTES + 1]);
    let share = &large[..MAX_UPLOAD_BYTES / MAX_UPLOAD_CIPHERTEXTS];
    let check = |ciphertexts: Vec<(RecordId, &[u8])>| Upload::new(ciphertexts).err();
    assert_eq!(check(Vec::new()), Some(UploadError::Ciphertexts(0)));
    for count in [1, MAX_UPLOAD_CIPHERTEXTS - 1, MAX_UPLOAD_CIPHERTEXTS] {
        assert_eq!(check(named(count, &small)), None, "{count} ciphertexts");
    }
    let more = MAX_UPLOAD_CIPHERTEXTS + 1;
    assert_eq!(check(named(more, &small)), Some(UploadError::Ciphertexts(more)));
    assert_eq!(check(named(1, &large[1..])), None);
    assert_eq!(check(named(1, &large)), Some(UploadError::Bytes(large.len())));
    let full = Upload::new(named(MAX_UPLOAD_CIPHERTEXTS, share)).unwrap();
    let bytes = full.to_bytes();
    assert!(bytes.len() <= MAX_UPLOAD_BODY_BYTES);
    assert_eq!(Upload::from_bytes(&bytes).unwrap(), full);
}

#[test]
fn what_is_no_upload_is_refused_by_its_fault() {
    let name = RecordId([1; 16]);
    let empty = Upload::new(vec![(name, b"")]).err();
    assert_eq!(empty, Some(UploadError::Empty(name)));
    let twice = Upload::new(vec![(name, b"one"), (name, b"two")]).err();
    assert_eq!(twice, Some(UploadError::Duplicate(name)));

    let good = Upload::new(named(2, b"bytes")).unwrap().to_bytes();
    for length in 0..good.len() {
        let cut = Upload::from_bytes(&good[..length]);
        let expected = match length < FORMAT_BYTES {
            true => matches!(cut, Err(UploadError::Format(FormatError::Tag))),
            false => matches!(cut, Err(UploadError::Encoding(_))),
        };
        assert!(expected, "{length} bytes: {cut:?}");
    }
    let longer = [&good[..], &[0]].concat();
    assert!(matches!(Upload::from_bytes(&longer), Err(UploadError::Encoding(_))));
    let count = Format::Upload.encode(&Compact(u32::MAX));
    let boasting = Upload::from_bytes(&count).err();
    assert_eq!(boasting, Some(UploadError::Ciphertexts(u32::MAX as usize)));
    let length = Format::Upload.encode(&(Compact(1_u32), name, Compact(u32::MAX)));
    assert!(matches!(Upload::from_bytes(&length), Err(UploadError::Encoding(_))));
}
