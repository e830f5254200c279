use super::*;
use crate::consent::{DuoModifiers, DuoPermission, Extent};
use alloc::vec;

fn opt_out(jurisdiction: u8, permits: Purposes) -> JurisdictionDefault {
    let research = Research {
        permission: DuoPermission::GeneralResearch,
        ..Research::NONE
    };
    JurisdictionDefault {
        jurisdiction: JurisdictionId(jurisdiction),
        permits,
        research: if permits.contains(Purposes::HRESCH) {
            research
        } else {
            Research::NONE
        },
    }
}

#[test]
fn a_default_permits_what_is_for_the_law_to_permit_and_says_which_research() {
    let refused = Err(ConsortiumError::InvalidJurisdiction);
    for (name, purpose) in Purposes::NAMES {
        let expected = if ["BTG", "PATRQT", "HPAYMT"].contains(name) {
            refused
        } else {
            Ok(())
        };
        assert_eq!(opt_out(1, *purpose).validate(), expected, "{name}");
    }
    assert_eq!(opt_out(1, Purposes::NONE).validate(), Ok(()), "opt-in for everything");
    assert_eq!(opt_out(0, Purposes::HRESCH).validate(), refused, "it has no number");
    let unsaid = JurisdictionDefault {
        research: Research::NONE,
        ..opt_out(1, Purposes::HRESCH)
    };
    assert_eq!(unsaid.validate(), refused);
    let needless = JurisdictionDefault {
        permits: Purposes::PUBHLTH,
        ..opt_out(1, Purposes::HRESCH)
    };
    assert_eq!(needless.validate(), refused);
    let unknown = Research {
        modifiers: DuoModifiers(u32::MAX),
        extent: Extent::Count,
        ..opt_out(1, Purposes::HRESCH).research
    };
    let unknown = JurisdictionDefault {
        research: unknown,
        ..opt_out(1, Purposes::HRESCH)
    };
    assert_eq!(unknown.validate(), refused);
}

#[test]
fn a_default_takes_the_place_of_that_of_the_same_jurisdiction() {
    let mut known = Jurisdictions::default();
    for number in [2, 1, 2] {
        known = known.with(opt_out(number, Purposes::TREAT)).expect("few");
    }
    known = known.with(opt_out(2, Purposes::HRESCH)).expect("few");
    let expected = vec![opt_out(1, Purposes::TREAT), opt_out(2, Purposes::HRESCH)];
    assert_eq!(known.defaults, expected);
    assert_eq!(known.of(JurisdictionId(2)), Some(&opt_out(2, Purposes::HRESCH)));
    assert_eq!(known.of(JurisdictionId(3)), None);
    assert!(known.permit_anywhere(Purposes::TREAT) && !known.permit_anywhere(Purposes::PUBHLTH));
}

#[test]
fn the_number_of_jurisdictions_is_bounded() {
    let numbers = 1..=MAX_JURISDICTIONS as u8;
    let full = numbers.fold(Jurisdictions::default(), |known, number| {
        known.with(opt_out(number, Purposes::TREAT)).expect("a place")
    });
    let next = MAX_JURISDICTIONS as u8 + 1;
    assert_eq!(full.with(opt_out(next, Purposes::TREAT)), Err(ConsortiumError::TooMany));
    assert!(full.with(opt_out(1, Purposes::HRESCH)).is_ok(), "one that is known");
    assert!(full.encoded_size() <= Jurisdictions::max_encoded_len());
}
