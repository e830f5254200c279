//! What holds for every patient, grant and question.

use super::*;
use crate::{testing::World, Roles};
use alloc::vec::Vec;
use proptest::prelude::*;

const PATIENT: AccountId = AccountId([1; 32]);
const ANA: AccountId = AccountId([2; 32]);
const BEA: AccountId = AccountId([3; 32]);

/// What is left of some grants without those that `leave` says to leave out.
fn without(world: &World, leave: impl Fn(&StoredGrant) -> bool) -> World {
    let mut rest = world.clone();
    for (_, _, grants) in &mut rest.grants {
        grants.retain(|grant| !leave(grant));
    }
    rest
}

prop_compose! {
    /// A world with a few grants of patient 1, and a doctor with any role.
    fn worlds()(
        given in proptest::collection::vec(crate::testing::valid_terms(), 0..10),
        restricted in 0..16_u32,
        role in crate::testing::role(),
        until in proptest::collection::vec(0..16_u64, 3),
    ) -> World {
        let mut world = World::new();
        for terms in &given {
            world.give(PATIENT, terms, 0).expect("terms that may be granted");
        }
        for (byte, until) in (1..).zip(&until) {
            world.glasses.push((PATIENT, AccountId([byte; 32]), Glass { opened_at: 0, until: *until, reason: 0, closed: false }));
            world.set_role(AccountId([byte; 32]), role.roles, role.organisation);
        }
        let state = PatientState { restricted: Slots(restricted), ..world.state(&PATIENT) };
        world.set_state(PATIENT, state);
        world
    }
}

/// A question about patient 1 by somebody else, for any purpose.
fn questions() -> impl Strategy<Value = Check> {
    crate::testing::question().prop_map(|question| Check {
        patient: PATIENT,
        requester: AccountId([question.requester.0[0].max(2); 32]),
        ..question
    })
}

fn all_grants(world: &World) -> Vec<(Grantee, StoredGrant)> {
    let cells = world.grants.iter();
    cells
        .flat_map(|(_, grantee, grants)| grants.iter().map(|grant| (*grantee, *grant)))
        .collect()
}

proptest::proptest! {
    #[test]
    fn what_is_permitted_has_a_permit_that_stands_and_covers_it(question in questions(), world in worlds()) {
        if let Decision::Permitted(id) = world.check(&question) {
            let found = all_grants(&world).into_iter().find(|(_, grant)| grant.id == id);
            let (grantee, grant) = found.expect("the grant that permits");
            let roles = world.effective_roles(&question.requester, question.at);
            prop_assert!(roles.iter().any(|role| role_fits(role.roles, question.purpose)));
            prop_assert_eq!(grant.terms.effect, Effect::Permit);
            let named = match grantee {
                Grantee::Account(account) => account == question.requester,
                Grantee::Organisation(organisation) => roles.iter().any(|role| role.organisation == organisation),
                Grantee::Anyone => true,
            };
            prop_assert!(named);
            prop_assert!((grant.terms.from..grant.terms.until).contains(&question.at));
            prop_assert!(grant.terms.purposes.contains(question.purpose));
            prop_assert!(grant.terms.slots.contains(question.facts.slot));
            prop_assert!(question.facts.confidentiality <= grant.terms.confidentiality);
            let restricted = world.state(&PATIENT).restricted;
            prop_assert!(!restricted.contains(question.facts.slot) || grant.terms.slots.is_single());
        }
    }

    #[test]
    fn a_grant_that_is_revoked_has_ended_or_is_void_never_permits(question in questions(), world in worlds()) {
        let before = world.check(&question);
        let ended = without(&world, |grant| grant.terms.until <= question.at);
        prop_assert_eq!(ended.check(&question), before, "ended grants change nothing");
        if let Decision::Permitted(id) | Decision::Denied(Denial::DeniedBy(id)) = before {
            let cells = all_grants(&world);
            let (grantee, _) = cells.iter().find(|(_, grant)| grant.id == id).expect("the grant that decides");
            let mut revoked = world.clone();
            revoked.revoke(PATIENT, id, *grantee).expect("it stands");
            let after = revoked.check(&question);
            prop_assert_ne!(after, Decision::Permitted(id));
            prop_assert_ne!(after, Decision::Denied(Denial::DeniedBy(id)));
        }
        let mut void = world.clone();
        void.revoke_all(PATIENT);
        let nobody = without(&world, |_| true);
        prop_assert_eq!(void.check(&question), nobody.check(&question), "as if there were no grants");
    }

    #[test]
    fn a_denial_of_the_rank_that_decides_overrides_every_permit(question in questions(), world in worlds()) {
        if let Decision::Permitted(id) = world.check(&question) {
            let cells = all_grants(&world);
            let (grantee, grant) = cells.iter().find(|(_, grant)| grant.id == id).expect("the grant that permits");
            let terms = Terms { effect: Effect::Deny, narrowing: None, ..grant.terms };
            let denial = StoredGrant { id: GrantId(99), terms, ..*grant };
            let mut denied = world.clone();
            let standing = [&[denial][..], &world.standing(PATIENT, *grantee)].concat();
            denied.set_grants(PATIENT, *grantee, standing);
            prop_assert_eq!(denied.check(&question), Decision::Denied(Denial::DeniedBy(GrantId(99))));
        }
    }

    #[test]
    fn the_order_in_which_grants_were_given_does_not_decide(question in questions(), world in worlds()) {
        let mut turned = world.clone();
        for (_, _, grants) in &mut turned.grants {
            grants.reverse();
        }
        let kind = |decision| match decision {
            Decision::Permitted(_) => 0,
            Decision::Denied(Denial::DeniedBy(_)) => 1,
            Decision::Denied(_) => 2,
            Decision::Glass | Decision::Own | Decision::Representative | Decision::Jurisdiction(_) => 3,
        };
        prop_assert_eq!(kind(world.check(&question)), kind(turned.check(&question)));
    }
}

proptest::proptest! {
    #[test]
    fn nobody_gets_by_delegation_what_the_one_who_passed_it_on_could_not_have(
        first in crate::testing::valid_terms(),
        second in crate::testing::valid_terms(),
        others in proptest::collection::vec(crate::testing::valid_terms(), 0..4),
        question in crate::testing::question(),
        restricted in 0..16_u32,
    ) {
        let mut world = World::new();
        // Roles for every purpose, so that only grants decide.
        world.set_role(ANA, Roles::ALL, OrganisationId(5));
        world.set_role(BEA, Roles::ALL, OrganisationId(4));
        // A permit of the patient to Ana, and what she cuts out of it for Bea.
        let first = Terms { effect: Effect::Permit, delegable: true, depth: 0, ..first };
        let mine = Terms { grantee: Grantee::Account(ANA), proxies: Proxies(0b0111), threshold: 2, split: Hash([1; 32]), ..first };
        prop_assume!(validate_terms(&PATIENT, &mine, Slots(0), &world, 0).is_ok());
        let parent = Parent { grantee: mine.grantee, id: world.give(PATIENT, &mine, 0).expect("valid terms") };
        let theirs = Terms {
            grantee: Grantee::Account(BEA),
            purposes: Purposes(mine.purposes.0 & second.purposes.0),
            slots: Slots(mine.slots.0 & second.slots.0),
            from: mine.from.max(second.from),
            until: mine.until.min(second.until),
            confidentiality: mine.confidentiality.min(second.confidentiality),
            narrowing: second.narrowing.or(mine.narrowing),
            research: mine.research,
            delegable: second.delegable && second.effect == Effect::Permit,
            ..mine
        };
        let research = if theirs.purposes.contains(Purposes::HRESCH) { theirs.research } else { Research::NONE };
        let theirs = Terms { research, ..theirs };
        for terms in &others {
            world.give(PATIENT, terms, 0).expect("valid terms");
        }
        let state = PatientState { restricted: Slots(restricted), ..world.state(&PATIENT) };
        let Ok(id) = world.pass_on(PATIENT, ANA, parent, &theirs, 0) else { return Ok(()) };
        world.set_state(PATIENT, PatientState { delegated: 1, ..state });
        let question = Check { patient: PATIENT, ..question };
        let asked_by = |requester| world.check(&Check { requester, ..question.clone() });
        if asked_by(BEA) == Decision::Permitted(id) {
            prop_assert!(matches!(asked_by(ANA), Decision::Permitted(_)), "{:?}", asked_by(ANA));
        }
        let mut without = world.clone();
        without.revoke(PATIENT, parent.id, parent.grantee).expect("it stands");
        prop_assert_ne!(without.check(&Check { requester: BEA, ..question.clone() }), Decision::Permitted(id));
    }
}
