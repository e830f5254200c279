//! What the law of a patient's jurisdiction permits is found by whoever it permits it, record by record as the contract says, and
//! never more.
use super::passed_on::Authored;
use crate::support::world::World;
use aegle_client::{account::AccountKey, chain::Chain};
use aegle_rules::{
    JurisdictionId, Purposes, Slot, Slots,
    consent::{self, Effect, Grantee, Narrowing, Research, Terms},
    consortium::{
        Action, JurisdictionDefault, Limits, MAX_NAMED_MS, Named, Outcome,
        messages::{ActivatePatient, Execute, NameOrganisation, Propose, RegisterPatient},
    },
};
use std::time::Duration;

const OPT_IN: JurisdictionId = JurisdictionId(1);
const OPT_OUT: JurisdictionId = JurisdictionId(2);

/// Lets the committee enact something that waits for the time lock.
async fn enact_later(world: &World, action: Action) {
    let (chain, consortium) = (&world.chain, world.contracts.consortium);
    let propose = Propose { action };
    let (outcome, _) = chain.call(&world.committee, consortium, &propose).await.unwrap();
    let Outcome::Pending(id) = outcome else {
        panic!("it has to wait: {outcome:?}")
    };
    let devchain = world.devchain.as_ref().expect("a chain of its own");
    let lock = Duration::from_millis(Limits::DEFAULT.timelock_ms);
    devchain.advance(lock).await.unwrap();
    devchain.seal_block().await.unwrap();
    let action = propose.action;
    chain
        .call(&world.committee, consortium, &Execute { id, action })
        .await
        .unwrap();
}

async fn set_law(world: &World, jurisdiction: JurisdictionId, permits: Purposes) {
    let default = JurisdictionDefault {
        jurisdiction,
        permits,
        research: Research::NONE,
    };
    enact_later(world, Action::SetJurisdiction { default }).await;
}

async fn place(world: &World, jurisdiction: JurisdictionId) {
    let place = Action::Place {
        organisation: world.organisation,
        jurisdiction: Some(jurisdiction),
    };
    enact_later(world, place).await;
}

/// A name of the organisation, where it is in this jurisdiction.
async fn named(world: &World, jurisdiction: JurisdictionId) -> Option<Named> {
    let now = world.chain.finalized().await.unwrap().timestamp;
    Some(Named {
        organisation: world.organisation,
        jurisdiction: Some(jurisdiction),
        until: now + MAX_NAMED_MS,
    })
}

/// How many records somebody is shown, which are those that the contract permits.
async fn shown(authored: &Authored, key: &AccountKey) -> usize {
    authored.world.settle(&authored.running).await;
    let [shown, permitted] = authored.shown_and_permitted(key).await;
    assert_eq!(shown, permitted);
    shown.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_law_permits_is_found_and_nothing_that_it_does_not() {
    let authored = Authored::new().await;
    let world = &authored.world;
    let (chain, consortium, patient) = (&world.chain, world.contracts.consortium, world.patient.account());
    set_law(world, OPT_IN, Purposes::NONE).await;
    set_law(world, OPT_OUT, Purposes::TREAT).await;
    place(world, OPT_IN).await;
    let registered = RegisterPatient {
        named: named(world, OPT_IN).await,
    };
    chain.call(&world.patient, consortium, &registered).await.unwrap();
    let vouched = ActivatePatient { patient };
    chain.call(&world.admin, consortium, &vouched).await.unwrap();
    let clinician = &world.clinician;
    assert_eq!(shown(&authored, clinician).await, 0, "patients are asked first");
    place(world, OPT_OUT).await;
    assert_eq!(
        shown(&authored, clinician).await,
        0,
        "where an organisation goes, patients do not"
    );
    let renamed = NameOrganisation {
        account: patient,
        named: named(world, OPT_OUT).await,
    };
    chain.call(&world.patient, consortium, &renamed).await.unwrap();
    chain.call(&world.admin, consortium, &vouched).await.unwrap();
    assert_eq!(shown(&authored, clinician).await, 4, "patients may object");
    // The law asks for a role, too.
    let stranger = AccountKey::generate().unwrap();
    for nobody in [&stranger, &world.admin] {
        assert_eq!(shown(&authored, nobody).await, 0);
    }
    // What is denied by name leaves the rest: an author's records, a slot, everything.
    let by_author = Narrowing {
        author: Some(authored.authors[1]),
        ..Narrowing::NONE
    };
    let denial = world.terms(Effect::Deny);
    for (denial, left) in [
        (
            Terms {
                narrowing: Some(by_author),
                ..denial
            },
            2,
        ),
        (
            Terms {
                slots: Slots::default().with(Slot(9)),
                ..denial
            },
            4,
        ),
        (denial, 0),
    ] {
        let id = authored.give(denial).await;
        assert_eq!(shown(&authored, clinician).await, left, "{denial:?}");
        world.revoke(id).await;
    }
    assert_eq!(shown(&authored, clinician).await, 4);
    // What is restricted, the law does not permit.
    let restrict = |slots| consent::messages::SetRestricted { slots };
    let slots = denial.slots;
    let consent = world.contracts.consent;
    chain.call(&world.patient, consent, &restrict(slots)).await.unwrap();
    assert_eq!(shown(&authored, clinician).await, 0);
    let none = Slots::default();
    chain.call(&world.patient, consent, &restrict(none)).await.unwrap();
    assert_eq!(shown(&authored, clinician).await, 4);
    // Who has said anything about the purpose to everybody is past the law, for good.
    let said = Terms {
        grantee: Grantee::Anyone,
        slots: Slots::default().with(Slot(9)),
        ..denial
    };
    authored.give(said).await;
    assert_eq!(shown(&authored, clinician).await, 0);
    authored.running.stop().await;
}
