use super::*;
use crate::{
    consent::{Control, Exclusivity, Replacement},
    consortium::{
        may_act,
        testing::{account, held, role, state, HOSPITAL, NOW, SUSPENDED, UNKNOWN},
    },
    Roles,
};
use ConsortiumError::{
    AlreadyActivated, ControllerReplaced, ExclusiveGuardians, InvalidEnd, NameEnded, NotAdmin, NotChosen,
    OtherJurisdiction, ReplacementPending, UnknownOrganisation, UnknownPatient,
};

/// Where the hospital is, and where patients are that are moved.
const HERE: Option<JurisdictionId> = Some(JurisdictionId(1));
const THERE: Option<JurisdictionId> = Some(JurisdictionId(2));
const PATIENT: AccountId = AccountId([1; 32]);
const PHONE: AccountId = AccountId([2; 32]);

/// The hospital alone is anywhere.
fn place(organisation: OrganisationId) -> Option<JurisdictionId> {
    HERE.filter(|_| organisation == HOSPITAL)
}

/// A name that counts now, in a millisecond no more.
fn named(organisation: OrganisationId) -> Named {
    Named {
        organisation,
        jurisdiction: place(organisation),
        until: NOW + 1,
    }
}

fn registration(named: Option<Named>, activated_by: Option<OrganisationId>) -> Registration {
    Registration {
        registered_at: 5,
        named,
        named_by: PATIENT,
        activated_by,
        jurisdiction: activated_by.and(THERE),
    }
}

/// A registration after the hospital vouched.
fn vouched_for() -> Registration {
    Registration {
        jurisdiction: HERE,
        ..registration(None, Some(HOSPITAL))
    }
}

fn admin_of(organisation: OrganisationId) -> AccountRoles {
    held([role(Roles::ORGANISATION_ADMIN, organisation, NOW + 1)])
}

/// What becomes of a name of the hospital's where `place` says that it is, at a time.
fn vouch(
    named: Named,
    place: impl FnOnce(OrganisationId) -> Option<JurisdictionId>,
    now: Timestamp,
) -> Result<Registration, ConsortiumError> {
    let admin = held([role(Roles::ORGANISATION_ADMIN, HOSPITAL, u64::MAX)]);
    let registration = Some(registration(Some(named), None));
    activate_patient(&admin, &state(1, 1).organisations, registration, place, now).map(|(after, _)| after)
}

#[test]
fn a_patient_registers_once_and_nobody_may_vouch_for_them_by_that() {
    let fresh = register_patient(PATIENT, None, 5);
    assert_eq!(fresh, Ok(registration(None, None)));
    for named in [None, Some(named(HOSPITAL))] {
        for activated_by in [None, Some(HOSPITAL)] {
            let again = register_patient(PATIENT, Some(registration(named, activated_by)), NOW);
            assert_eq!(again, Err(ConsortiumError::AlreadyRegistered));
        }
    }
}

#[test]
fn a_patient_names_another_organisation_or_nobody_at_any_time() {
    let organisations = state(1, 1).organisations;
    let all = [None, Some(named(HOSPITAL)), Some(named(SUSPENDED))];
    for before in all {
        for activated_by in [None, Some(SUSPENDED)] {
            for named in all {
                let before = registration(before, activated_by);
                let after = name_organisation(before, named, PHONE, &organisations, place, NOW);
                let expected = Registration {
                    named_by: PHONE,
                    ..registration(named, activated_by)
                };
                assert_eq!(after, Ok(expected));
            }
        }
    }
}

#[test]
fn a_name_is_of_what_is_and_ends_in_the_documented_order_of_errors() {
    let organisations = state(1, 1).organisations;
    let name = |organisation, jurisdiction, until| {
        let named = Some(Named {
            organisation,
            jurisdiction,
            until,
        });
        name_organisation(registration(None, None), named, PATIENT, &organisations, place, NOW).map(|_| ())
    };
    let last = NOW + MAX_NAMED_MS;
    for (organisation, jurisdiction, until, expected) in [
        (HOSPITAL, HERE, NOW + 1, Ok(())),
        (HOSPITAL, HERE, last, Ok(())),
        (SUSPENDED, None, last, Ok(())),
        (UNKNOWN, HERE, 0, Err(UnknownOrganisation)),
        (UNKNOWN, None, NOW + 1, Err(UnknownOrganisation)),
        (OrganisationId(0), None, NOW + 1, Err(UnknownOrganisation)),
        // Whoever saw another law than the organisation's names nobody; nor does who saw none.
        (HOSPITAL, THERE, 0, Err(OtherJurisdiction)),
        (HOSPITAL, None, NOW + 1, Err(OtherJurisdiction)),
        (SUSPENDED, HERE, NOW + 1, Err(OtherJurisdiction)),
        (HOSPITAL, HERE, 0, Err(InvalidEnd)),
        (HOSPITAL, HERE, NOW, Err(InvalidEnd)),
        (HOSPITAL, HERE, last + 1, Err(InvalidEnd)),
        (HOSPITAL, HERE, Timestamp::MAX, Err(InvalidEnd)),
    ] {
        let answer = name(organisation, jurisdiction, until);
        assert_eq!(answer, expected, "{organisation:?} in {jurisdiction:?} until {until}");
    }
}

#[test]
fn nobody_but_an_admin_vouches_for_a_patient() {
    let organisations = state(1, 1).organisations;
    let bits = Roles::NAMES.iter().map(|(_, bit)| *bit);
    for roles in bits.chain([
        Roles::NONE,
        Roles::ALL,
        Roles(Roles::ALL.0 & !Roles::ORGANISATION_ADMIN.0),
    ]) {
        let vouched = activate_patient(
            &held([role(roles, HOSPITAL, u64::MAX)]),
            &organisations,
            Some(registration(Some(named(HOSPITAL)), None)),
            place,
            NOW,
        );
        let expected = if roles.contains(Roles::ORGANISATION_ADMIN) {
            Ok((vouched_for(), HOSPITAL))
        } else {
            Err(NotAdmin)
        };
        assert_eq!(vouched, expected, "{roles:?}");
    }
}

#[test]
fn an_admin_vouches_for_who_named_them_in_the_documented_order_of_errors() {
    let organisations = state(1, 1).organisations;
    let admin = |organisation, until| held([role(Roles::ORGANISATION_ADMIN, organisation, until)]);
    let ours = || admin_of(HOSPITAL);
    let activated = Ok((vouched_for(), HOSPITAL));
    let by_name = |organisation, activated_by| Some(registration(Some(named(organisation)), activated_by));
    let nobody = |activated_by| Some(registration(None, activated_by));
    let wrong = |organisation| {
        let wrong = Named {
            organisation,
            jurisdiction: THERE,
            until: NOW,
        };
        Some(registration(Some(wrong), None))
    };
    let hospital = by_name(HOSPITAL, None);
    for (roles, registration, expected) in [
        (ours(), hospital, activated),
        (admin(HOSPITAL, NOW), hospital, Err(NotAdmin)),
        (admin(HOSPITAL, NOW - 1), hospital, Err(NotAdmin)),
        (admin_of(SUSPENDED), by_name(SUSPENDED, None), Err(NotAdmin)),
        (admin_of(UNKNOWN), by_name(UNKNOWN, None), Err(NotAdmin)),
        (held([]), hospital, Err(NotAdmin)),
        (held([]), None, Err(NotAdmin)),
        (ours(), None, Err(UnknownPatient)),
        // Whoever named nobody, or somebody else, is not placed by an admin who is quick.
        (ours(), nobody(None), Err(NotChosen)),
        (ours(), by_name(SUSPENDED, None), Err(NotChosen)),
        (ours(), by_name(UNKNOWN, None), Err(NotChosen)),
        (ours(), wrong(UNKNOWN), Err(NotChosen)),
        // A name is good for one time; another one, of whomever, moves the patient.
        (ours(), nobody(Some(HOSPITAL)), Err(AlreadyActivated)),
        (ours(), nobody(Some(SUSPENDED)), Err(AlreadyActivated)),
        (ours(), by_name(SUSPENDED, Some(HOSPITAL)), Err(NotChosen)),
        (ours(), by_name(HOSPITAL, Some(SUSPENDED)), activated),
        (ours(), by_name(HOSPITAL, Some(HOSPITAL)), activated),
        // One that is over in two ways is over by its end.
        (ours(), wrong(HOSPITAL), Err(NameEnded)),
    ] {
        let vouched = activate_patient(&roles, &organisations, registration, place, NOW);
        assert_eq!(vouched, expected, "{roles:?} for {registration:?}");
    }
}

#[test]
fn nobody_vouches_once_the_name_has_ended() {
    let hospital = named(HOSPITAL);
    for (now, expected) in [
        (NOW, Ok(vouched_for())),
        (hospital.until - 1, Ok(vouched_for())),
        (hospital.until, Err(NameEnded)),
        (hospital.until + MAX_NAMED_MS, Err(NameEnded)),
    ] {
        assert_eq!(vouch(hospital, place, now), expected, "at {now}");
    }
}

#[test]
fn nobody_vouches_from_elsewhere_than_the_patient_saw() {
    let nowhere = Registration {
        jurisdiction: None,
        ..vouched_for()
    };
    for (seen, now_in, expected) in [
        (HERE, HERE, Ok(vouched_for())),
        (None, None, Ok(nowhere)),
        (HERE, THERE, Err(OtherJurisdiction)),
        (HERE, None, Err(OtherJurisdiction)),
        (None, HERE, Err(OtherJurisdiction)),
    ] {
        let hospital = Named {
            jurisdiction: seen,
            ..named(HOSPITAL)
        };
        assert_eq!(vouch(hospital, |_| now_in, NOW), expected, "{seen:?} and {now_in:?}");
    }
}

#[test]
fn a_name_counts_while_the_key_that_gave_it_acts_for_the_account() {
    let own = Control::default();
    let controlled_by = |controller| Control {
        controller: Some(controller),
        ..own
    };
    let follows = |controller, from| Control {
        replacement: Some(Replacement { controller, from }),
        ..own
    };
    let exclusive = |from, until| Control {
        exclusive: Some(Exclusivity { from, until }),
        ..own
    };
    for (by, control, expected) in [
        (PATIENT, own, Ok(())),
        (PHONE, controlled_by(PHONE), Ok(())),
        // Whoever has back what they had named the organisation.
        (PATIENT, controlled_by(PATIENT), Ok(())),
        (PATIENT, controlled_by(PHONE), Err(ControllerReplaced)),
        (PHONE, controlled_by(account(3)), Err(ControllerReplaced)),
        (PHONE, own, Err(ControllerReplaced)),
        (PATIENT, follows(PHONE, NOW + 1), Err(ReplacementPending)),
        (PATIENT, follows(PHONE, NOW), Err(ControllerReplaced)),
        (PHONE, follows(PHONE, NOW), Ok(())),
        (PATIENT, exclusive(NOW, NOW + 1), Err(ExclusiveGuardians)),
        (PATIENT, exclusive(NOW + 1, NOW + 2), Ok(())),
        (PATIENT, exclusive(NOW - 1, NOW), Ok(())),
    ] {
        let answer = name_counts(may_act(PATIENT, by, &control, NOW));
        assert_eq!(answer, expected, "{by:?}: {control:?}");
    }
}

#[test]
fn a_successor_does_not_vouch_for_who_named_the_organisation_before() {
    let mut organisations = state(1, 1).organisations;
    organisations.succeed(SUSPENDED, HOSPITAL);
    let before = Some(registration(Some(named(SUSPENDED)), None));
    let vouched = activate_patient(&admin_of(HOSPITAL), &organisations, before, place, NOW);
    assert_eq!(vouched, Err(NotChosen));
}

#[test]
fn the_committee_corrects_whose_law_counts_where_somebody_vouches() {
    let settle = |registration| settle_residence(registration, HERE);
    assert_eq!(settle(None), Err(UnknownPatient));
    for named in [None, Some(named(SUSPENDED))] {
        let refused = settle(Some(registration(named, None)));
        assert_eq!(refused, Err(ConsortiumError::NotVouchedFor));
        let before = registration(named, Some(HOSPITAL));
        let settled = Registration {
            jurisdiction: HERE,
            ..before
        };
        assert_eq!(settle(Some(before)), Ok(settled));
        let nowhere = Registration {
            jurisdiction: None,
            ..before
        };
        assert_eq!(settle_residence(Some(before), None), Ok(nowhere));
    }
}
