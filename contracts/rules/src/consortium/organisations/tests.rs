use super::*;

#[test]
fn numbers_up_to_the_last_one_are_members_unless_they_are_suspended() {
    let mut organisations = Organisations {
        admitted: 20,
        ..Organisations::default()
    };
    assert_eq!(organisations.standing(OrganisationId(0)), None);
    assert_eq!(organisations.standing(OrganisationId(21)), None);
    for id in [1, 2, 8, 9, 16, 17, 20].map(OrganisationId) {
        for standing in [
            Standing::Suspended,
            Standing::Suspended,
            Standing::Member,
            Standing::Member,
        ] {
            organisations.set_standing(id, standing);
            assert_eq!(organisations.standing(id), Some(standing), "{id}");
            let others = (1..=20).map(OrganisationId).filter(|other| *other != id);
            for other in others {
                assert_eq!(
                    organisations.standing(other),
                    Some(Standing::Member),
                    "{other} beside {id}"
                );
            }
        }
    }
    assert!(organisations.suspended.is_empty(), "nothing is left of the suspensions");
}

#[test]
fn there_is_one_way_to_write_which_are_suspended() {
    let mut organisations = Organisations {
        admitted: 20,
        ..Organisations::default()
    };
    for (id, bits) in [(9, &[0, 1][..]), (1, &[1, 1]), (20, &[1, 1, 8])] {
        organisations.set_standing(OrganisationId(id), Standing::Suspended);
        assert_eq!(organisations.suspended, bits, "{id}");
    }
    for (id, bits) in [(20, &[1, 1][..]), (9, &[1]), (1, &[])] {
        organisations.set_standing(OrganisationId(id), Standing::Member);
        assert_eq!(organisations.suspended, bits, "{id}");
    }
}

#[test]
fn whose_place_was_taken_stands_for_the_last_of_its_line() {
    let mut organisations = Organisations {
        admitted: 9,
        ..Organisations::default()
    };
    for (organisation, successor) in [(5, 6), (2, 3), (6, 7), (3, 7), (7, 1)] {
        organisations.succeed(OrganisationId(organisation), OrganisationId(successor));
    }
    for id in [2, 3, 5, 6, 7, 1] {
        assert_eq!(organisations.current(OrganisationId(id)), OrganisationId(1), "{id}");
    }
    for id in [0, 4, 8, 9, 10].map(OrganisationId) {
        assert_eq!(organisations.current(id), id);
    }
    assert!(organisations
        .successions
        .is_sorted_by_key(|succession| succession.organisation));
}
