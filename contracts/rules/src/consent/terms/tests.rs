use super::*;
use crate::{
    consent::Extent,
    testing::{deny, permit, unsplit, World},
    Confidentiality, GrantId, Hash,
};

const PATIENT: AccountId = AccountId([1; 32]);
const DOCTOR: AccountId = AccountId([2; 32]);
const HOSPITAL: OrganisationId = OrganisationId(1);
const NOW: Timestamp = 1_000;
const NO_SPLIT: Hash = Hash([0; 32]);

/// A permit to the doctor over slots 1 and 2, from now, in shares of two proxies of which both are needed.
fn terms() -> Terms {
    Terms {
        purposes: Purposes::TREAT,
        slots: Slots(0b110),
        from: NOW,
        until: NOW + 100,
        ..permit()
    }
}

fn changed(mut terms: Terms, change: impl FnOnce(&mut Terms)) -> Terms {
    change(&mut terms);
    terms
}

fn with(change: impl FnOnce(&mut Terms)) -> Terms {
    changed(terms(), change)
}

fn research(permission: DuoPermission, modifiers: DuoModifiers) -> Research {
    Research {
        permission,
        modifiers,
        extent: Extent::Count,
    }
}

fn validate(terms: &Terms, restricted: Slots) -> Result<(), ConsentError> {
    validate_terms(&PATIENT, terms, restricted, &World::new(), NOW)
}

#[test]
fn terms_are_refused_in_the_documented_order() {
    assert_eq!(validate(&terms(), Slots(0)), Ok(()));
    let mut wrong = terms();
    assert_eq!(validate(&wrong, Slots(0b100)), Err(ConsentError::RestrictedTogether));
    // Each next thing wrong comes before those that are wrong already.
    type Change = fn(&mut Terms);
    let further: [(Change, ConsentError); 9] = [
        (
            |terms| terms.narrowing = Some(Narrowing::NONE),
            ConsentError::WrongNarrowing,
        ),
        (
            |terms| terms.research.modifiers = DuoModifiers::PUB,
            ConsentError::WrongResearch,
        ),
        (|terms| terms.threshold = 3, ConsentError::WrongProxies),
        (|terms| terms.split = NO_SPLIT, ConsentError::WrongSplit),
        (
            |terms| (terms.effect, terms.delegable) = (Effect::Deny, true),
            ConsentError::NotDelegable,
        ),
        (
            |terms| terms.grantee = Grantee::Account(PATIENT),
            ConsentError::GranteeIsPatient,
        ),
        (|terms| terms.depth = MAX_NESTING + 1, ConsentError::TooDeep),
        (|terms| terms.from = terms.until, ConsentError::InvalidPeriod),
        (|terms| terms.slots = Slots(0), ConsentError::EmptyTerms),
    ];
    for (change, expected) in further {
        change(&mut wrong);
        assert_eq!(validate(&wrong, Slots(0b100)), Err(expected), "{wrong:?}");
    }
}

#[test]
fn each_field_has_values_that_are_refused() {
    let anyone = with(|terms| terms.grantee = Grantee::Anyone);
    let researching = |permission, modifiers| {
        with(|terms| (terms.purposes, terms.research) = (Purposes::HRESCH, research(permission, modifiers)))
    };
    let any = researching(DuoPermission::NoRestriction, DuoModifiers::NONE);
    let unknown = DuoModifiers(1 << 17);
    for (wrong, expected) in [
        (with(|terms| terms.purposes = Purposes::NONE), ConsentError::EmptyTerms),
        (
            with(|terms| terms.purposes = Purposes(1 << 9)),
            ConsentError::EmptyTerms,
        ),
        (
            with(|terms| (terms.from, terms.until) = (0, NOW)),
            ConsentError::InvalidPeriod,
        ),
        (
            changed(unsplit(anyone), |terms| terms.delegable = true),
            ConsentError::NotDelegable,
        ),
        (
            changed(deny(terms()), |terms| terms.delegable = true),
            ConsentError::NotDelegable,
        ),
        (with(|terms| terms.split = NO_SPLIT), ConsentError::WrongSplit),
        (anyone, ConsentError::WrongSplit),
        (with(|terms| terms.effect = Effect::Deny), ConsentError::WrongSplit),
        (with(|terms| terms.threshold = 0), ConsentError::WrongProxies),
        (with(|terms| terms.threshold = 3), ConsentError::WrongProxies),
        (with(|terms| terms.proxies = Proxies::NONE), ConsentError::WrongProxies),
        // There are four.
        (
            with(|terms| terms.proxies = Proxies(0b1_0001)),
            ConsentError::WrongProxies,
        ),
        (
            with(|terms| (terms.proxies, terms.threshold) = (Proxies(1 << 31), 1)),
            ConsentError::WrongProxies,
        ),
        (
            changed(deny(terms()), |terms| terms.threshold = 1),
            ConsentError::WrongProxies,
        ),
        (
            changed(unsplit(anyone), |terms| terms.proxies = Proxies(1)),
            ConsentError::WrongProxies,
        ),
        (
            researching(DuoPermission::None, DuoModifiers::NONE),
            ConsentError::WrongResearch,
        ),
        (
            researching(DuoPermission::NoRestriction, unknown),
            ConsentError::WrongResearch,
        ),
        (
            changed(any, |terms| terms.purposes = Purposes::TREAT),
            ConsentError::WrongResearch,
        ),
        (
            changed(deny(any), |terms| terms.research = any.research),
            ConsentError::WrongResearch,
        ),
        (
            with(|terms| terms.narrowing = Some(Narrowing::NONE)),
            ConsentError::WrongNarrowing,
        ),
    ] {
        assert_eq!(validate(&wrong, Slots(0)), Err(expected), "{wrong:?}");
    }
    for accepted in [
        unsplit(anyone),
        deny(anyone),
        deny(terms()),
        deny(any),
        any,
        researching(DuoPermission::GeneralResearch, DuoModifiers::ALL),
        with(|terms| (terms.proxies, terms.threshold) = (Proxies(0b1111), 4)),
        with(|terms| (terms.depth, terms.delegable) = (MAX_NESTING, true)),
    ] {
        assert_eq!(validate(&accepted, Slots(0)), Ok(()), "{accepted:?}");
    }
}

#[test]
fn as_many_proxies_as_there_can_be_are_as_good_as_one() {
    let operator = |number| crate::consortium::ProxyOperator {
        account: AccountId([number; 32]),
        organisation: HOSPITAL,
    };
    let mut world = World::new();
    world.proxies.operators = (0..32).map(operator).collect();
    let all = with(|terms| (terms.proxies, terms.threshold) = (Proxies(u32::MAX), 32));
    let outcome = validate_terms(&PATIENT, &all, Slots(0), &world, NOW);
    assert_eq!(outcome, Ok(()));
}

#[test]
fn a_restricted_slot_is_granted_alone_and_denied_with_any() {
    let restricted = Slots(0b100);
    for accepted in [
        with(|terms| terms.slots = restricted),
        with(|terms| terms.slots = Slots(0b011)),
        deny(terms()),
    ] {
        assert_eq!(validate(&accepted, restricted), Ok(()), "{accepted:?}");
    }
}

#[test]
fn a_suspended_organisation_can_be_denied_but_not_granted_to() {
    for (number, suspended, permit, denial) in
        [(1, false, true, true), (1, true, false, true), (6, false, false, false)]
    {
        let mut world = World::new();
        if suspended {
            world.suspend(&[HOSPITAL]);
        }
        let to_it = with(|terms| terms.grantee = Grantee::Organisation(OrganisationId(number)));
        // No proxy of its own, which is another matter.
        let to_it = changed(to_it, |terms| terms.proxies = Proxies(0b1100));
        for (terms, accepted) in [(to_it, permit), (deny(to_it), denial)] {
            let expected = accepted.then_some(()).ok_or(ConsentError::GranteeOrganisation);
            assert_eq!(
                validate_grantee(&terms, &[], &world),
                expected,
                "{number} {suspended} {terms:?}"
            );
        }
    }
}

#[test]
fn an_account_of_a_suspended_organisation_can_be_denied_but_not_granted_to() {
    let mut world = World::new();
    world.set_role(DOCTOR, Roles::CLINICIAN, OrganisationId(5));
    assert_eq!(validate_grantee(&terms(), &[], &world), Ok(()));
    world.suspend(&[OrganisationId(5)]);
    let refused = Err(ConsentError::GranteeOrganisation);
    assert_eq!(validate_grantee(&terms(), &[], &world), refused);
    assert_eq!(validate_grantee(&deny(terms()), &[], &world), Ok(()));
}

#[test]
fn proxies_of_suspended_organisations_do_not_count() {
    let mut world = World::new();
    let validate = |world: &World, threshold| {
        let some = with(|terms| (terms.proxies, terms.threshold) = (Proxies(0b0111), threshold));
        validate_terms(&PATIENT, &some, Slots(0), world, NOW)
    };
    assert_eq!(validate(&world, 3), Ok(()));
    world.suspend(&[OrganisationId(2)]);
    assert_eq!(validate(&world, 3), Err(ConsentError::WrongProxies), "two are left");
    assert_eq!(validate(&world, 2), Ok(()), "it may be named all the same");
    world.suspend(&[OrganisationId(1), OrganisationId(2), OrganisationId(3)]);
    assert_eq!(validate(&world, 1), Err(ConsentError::WrongProxies));
}

#[test]
fn an_insurer_is_given_payment_only() {
    let both = Purposes::HPAYMT.union(Purposes::TREAT);
    for (roles, purposes, accepted) in [
        (Roles::INSURER, Purposes::HPAYMT, true),
        (Roles::INSURER, Purposes::TREAT, false),
        (Roles::INSURER, both, false),
        (Roles::INSURER.union(Roles::AUDITOR), Purposes::HOPERAT, false),
        (Roles::INSURER.union(Roles::CLINICIAN), Purposes::TREAT, true),
        (Roles::INSURER.union(Roles::RESEARCHER), Purposes::TREAT, true),
        (Roles::CLINICIAN, Purposes::TREAT, true),
        (Roles::NONE, Purposes::TREAT, true),
    ] {
        let mut world = World::new();
        world.set_role(DOCTOR, roles, OrganisationId(5));
        let expected = accepted.then_some(()).ok_or(ConsentError::InsurerPurpose);
        let terms = with(|terms| terms.purposes = purposes);
        assert_eq!(
            validate_grantee(&terms, &[], &world),
            expected,
            "{roles:?} {purposes:?}"
        );
        assert_eq!(
            validate_grantee(&deny(terms), &[], &world),
            Ok(()),
            "{roles:?} can be denied anything"
        );
    }
}

#[test]
fn nobody_is_granted_to_who_can_open_records_without_the_other_proxies() {
    // The organisations 1 to 4 run one proxy each, and 2 now runs the one of 1 too.
    let mut world = World::new();
    world.proxies.operators[0].organisation = OrganisationId(2);
    for (proxies, threshold, organisation, accepted) in [
        (0b0011, 2, 2, false),
        (0b0011, 2, 1, true),
        (0b0111, 2, 2, false),
        (0b0111, 3, 2, true),
        (0b0101, 1, 3, false),
        (0b1100, 1, 2, true),
    ] {
        let organisation = OrganisationId(organisation);
        world.set_role(DOCTOR, Roles::CLINICIAN, organisation);
        let expected = accepted.then_some(()).ok_or(ConsentError::ProxiesOfGrantee);
        let to_account = with(|terms| (terms.proxies, terms.threshold) = (Proxies(proxies), threshold));
        let to_it = changed(to_account, |terms| terms.grantee = Grantee::Organisation(organisation));
        for terms in [to_account, to_it] {
            assert_eq!(
                validate_grantee(&terms, &[], &world),
                expected,
                "{terms:?} of {organisation}"
            );
        }
    }
}

#[test]
fn a_part_is_within_and_nothing_else_is() {
    let whole = with(|terms| {
        (terms.proxies, terms.threshold) = (Proxies(0b1111), 2);
        terms.purposes = Purposes::TREAT.union(Purposes::HRESCH);
        terms.research = research(DuoPermission::HealthMedicalBiomedical, DuoModifiers::PUB);
        terms.narrowing = Some(Narrowing {
            authored_from: 10,
            authored_until: 20,
            author: Some(DOCTOR),
            records: Some(Hash([1; 32])),
        });
    });
    let parent = StoredGrant::new(GrantId(1), 0, None, &whole);
    let with = |change: fn(&mut Terms)| changed(whole, change);
    let narrow =
        |change: fn(&mut Narrowing)| changed(whole, |terms| change(terms.narrowing.as_mut().expect("narrowed")));
    let disease = |modifiers| {
        changed(whole, |terms| {
            terms.research = research(DuoPermission::DiseaseSpecific, modifiers)
        })
    };
    for part in [
        whole,
        with(|terms| terms.purposes = Purposes::HRESCH),
        with(|terms| (terms.purposes, terms.research) = (Purposes::TREAT, Research::NONE)),
        with(|terms| terms.slots = Slots(0b100)),
        with(|terms| terms.threshold = 3),
        with(|terms| terms.confidentiality = Confidentiality::Normal),
        with(|terms| (terms.from, terms.until) = (terms.from + 1, terms.until - 1)),
        with(|terms| terms.grantee = Grantee::Organisation(HOSPITAL)),
        disease(DuoModifiers::PUB),
        disease(DuoModifiers::PUB.union(DuoModifiers::IRB)),
        narrow(|narrowing| (narrowing.authored_from, narrowing.authored_until) = (11, 19)),
    ] {
        assert!(is_within(&part, &parent), "{part:#?}");
    }
    for wider in [
        with(|terms| terms.purposes = Purposes::ETREAT),
        with(|terms| terms.slots = Slots(0b111)),
        with(|terms| terms.proxies = Proxies(0b0111)),
        with(|terms| terms.threshold = 1),
        with(|terms| terms.confidentiality = Confidentiality::VeryRestricted),
        with(|terms| terms.from -= 1),
        with(|terms| terms.until += 1),
        disease(DuoModifiers::NONE),
        with(|terms| terms.research = research(DuoPermission::GeneralResearch, DuoModifiers::PUB)),
        narrow(|narrowing| narrowing.authored_from = 9),
        narrow(|narrowing| narrowing.authored_until = 21),
        narrow(|narrowing| narrowing.author = None),
        narrow(|narrowing| narrowing.author = Some(PATIENT)),
        narrow(|narrowing| narrowing.records = None),
        narrow(|narrowing| narrowing.records = Some(Hash([2; 32]))),
        with(|terms| terms.narrowing = None),
        with(|terms| terms.depth = 1),
        deny(whole),
        with(|terms| terms.grantee = Grantee::Anyone),
    ] {
        assert!(!is_within(&wider, &parent), "{wider:#?}");
    }
}

proptest::proptest! {
    #[test]
    fn whatever_is_accepted_is_complete(terms in crate::testing::terms(), restricted in 0..16_u32, now in 0..16_u64) {
        if validate_terms(&PATIENT, &terms, Slots(restricted), &World::new(), now).is_ok() {
            let splits = terms.effect == Effect::Permit && terms.grantee != Grantee::Anyone;
            proptest::prop_assert_eq!(splits, terms.split != NO_SPLIT && terms.threshold > 0);
            proptest::prop_assert!(u32::from(terms.threshold) <= terms.proxies.count());
            proptest::prop_assert!(now < terms.until && terms.from < terms.until && terms.depth <= MAX_NESTING);
            proptest::prop_assert!(splits || !terms.delegable);
        }
    }
}
