use super::*;
use alloc::vec;

#[test]
fn numbers_up_to_the_last_one_are_members_unless_they_are_suspended() {
    let mut organisations = Organisations {
        admitted: 2,
        suspended: vec![],
    };
    let first = OrganisationId(1);
    for (id, expected) in [
        (0, None),
        (1, Some(Standing::Member)),
        (2, Some(Standing::Member)),
        (3, None),
    ] {
        assert_eq!(organisations.standing(OrganisationId(id)), expected, "{id}");
    }
    for standing in [
        Standing::Suspended,
        Standing::Suspended,
        Standing::Member,
        Standing::Member,
    ] {
        organisations.set_standing(first, standing);
        assert_eq!(organisations.standing(first), Some(standing));
        assert_eq!(organisations.standing(OrganisationId(2)), Some(Standing::Member));
    }
    assert!(organisations.suspended.is_empty(), "nothing is left of the suspensions");
}
