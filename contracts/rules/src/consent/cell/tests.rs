use super::*;
use crate::testing::stored;
use alloc::vec;
use proptest::prelude::*;
use scale::DecodeAll;

fn grants() -> impl Strategy<Value = Vec<StoredGrant>> {
    proptest::collection::vec(stored(), 0..5)
}

proptest! {
    #[test]
    fn what_is_read_of_grants_is_what_they_are(grants in grants()) {
        let cell = GrantCell::read(grants.encode()).expect("whole grants");
        prop_assert_eq!(cell.iter().count(), grants.len());
        for (kept, grant) in cell.iter().zip(&grants) {
            let StoredGrant { id, origin, terms, .. } = grant;
            prop_assert_eq!(kept.whole(), Some(*grant));
            prop_assert_eq!((kept.origin(), kept.is_passed_on), (*origin, origin.is_some()));
            prop_assert_eq!((kept.narrowing(), kept.is_narrowed), (terms.narrowing, terms.narrowing.is_some()));
            prop_assert_eq!((kept.id, kept.effect, kept.purposes), (*id, terms.effect, terms.purposes));
            prop_assert_eq!((kept.slots, kept.confidentiality), (terms.slots, terms.confidentiality));
            prop_assert_eq!((kept.from, kept.until), (terms.from, terms.until));
            prop_assert_eq!((kept.depth, kept.delegable, kept.research), (terms.depth, terms.delegable, terms.research));
            prop_assert_eq!((kept.proxies, kept.threshold), (terms.proxies, terms.threshold));
        }
    }

    #[test]
    fn what_does_not_decode_is_not_read(
        grants in grants(),
        (position, byte, end) in any::<(usize, u8, usize)>(),
    ) {
        let mut bytes = grants.encode();
        let position = position % bytes.len();
        bytes[position] = byte;
        let cut = bytes[..end % bytes.len()].to_vec();
        let more = [&bytes[..], &[0]].concat();
        for changed in [bytes, cut, more] {
            let decoded = Vec::<StoredGrant>::decode_all(&mut &changed[..]).ok();
            let whole = |cell: GrantCell| cell.iter().map(|kept| kept.whole().expect("it was read")).collect();
            prop_assert_eq!(GrantCell::read(changed).map(whole), decoded);
        }
    }
}

#[test]
fn no_bytes_are_no_cell() {
    assert!(GrantCell::read(vec![]).is_none());
    assert_eq!(GrantCell::of(&vec![]).iter().count(), 0);
}
