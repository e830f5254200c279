//! What is done to an account is told to it: who vouches for it, whose law counts for it, and which roles it has.
use crate::{
    events::{ALL, client, heard},
    open::custodian_of,
    support::world::{FUNDS, LATER, World},
};
use aegle_chain::ContractEvent;
use aegle_client::{account::AccountKey, chain::Chain, native::Told};
use aegle_protocol::wire::NotificationKind;
use aegle_rules::{
    JurisdictionId, OrganisationId, Purposes, Roles,
    consent::Research,
    consortium::{
        Action, JurisdictionDefault, Limits, MAX_NAMED_MS, Named, Outcome, Role,
        events::{self, Event},
        messages::{
            AcceptRole, ActivatePatient, Appoint, Dismiss, Execute, NameOrganisation, Propose, RegisterPatient,
        },
    },
};
use std::time::Duration;

const HOME: JurisdictionId = JurisdictionId(1);
const OTHER: JurisdictionId = JurisdictionId(2);

/// Lets the committee do something; waits for the time lock where it has to.
async fn enact(world: &World, action: Action) -> Option<OrganisationId> {
    let consortium = world.contracts.consortium;
    let propose = Propose { action: action.clone() };
    let proposed = world.chain.call(&world.committee, consortium, &propose).await;
    let id = match proposed.unwrap().0 {
        Outcome::Done(admitted) => return admitted,
        Outcome::Pending(id) => id,
    };
    let lock = Duration::from_millis(Limits::DEFAULT.timelock_ms);
    advance(world, lock).await;
    let execute = Execute { id, action };
    let executed = world.chain.call(&world.committee, consortium, &execute).await;
    executed.unwrap().0
}

async fn advance(world: &World, by: Duration) {
    let devchain = world.devchain.as_ref().unwrap();
    devchain.advance(by).await.unwrap();
    devchain.seal_block().await.unwrap();
}

/// The events of the consortium that somebody heard of, each of the kind that is expected of it.
fn told(heard: &[Told]) -> Vec<Event> {
    let event = |told: &Told| match &told.event.event {
        ContractEvent::Consortium(event) => {
            let kind = match event {
                Event::RoleSet(_) | Event::RoleRevoked(_) | Event::RoleOffered(_) => NotificationKind::Role,
                Event::ProposalOpened(_) => NotificationKind::Proposal,
                _ => NotificationKind::Registration,
            };
            assert_eq!(told.kind, kind, "{event:?}");
            event.clone()
        }
        other => panic!("nothing else was done: {other:?}"),
    };
    heard.iter().map(event).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patient_hears_who_vouches_and_whose_law_counts_and_an_admin_who_named_them() {
    let world = World::on_devchain().await;
    let running = world.start().await;
    let indexer = client(&world, &running.url(), running.account());
    let (patient, organisation) = (world.patient.account(), world.organisation);
    let (consortium, chain) = (world.contracts.consortium, &world.chain);
    for jurisdiction in [HOME, OTHER] {
        let default = JurisdictionDefault {
            jurisdiction,
            permits: Purposes::NONE,
            research: Research::NONE,
        };
        enact(&world, Action::SetJurisdiction { default }).await;
    }
    let place = Action::Place {
        organisation,
        jurisdiction: Some(HOME),
    };
    enact(&world, place).await;
    let register = RegisterPatient { named: None };
    chain.call(&world.patient, consortium, &register).await.unwrap();
    let named = Some(Named {
        organisation,
        jurisdiction: Some(HOME),
        until: chain.finalized().await.unwrap().timestamp + MAX_NAMED_MS,
    });
    let name = NameOrganisation {
        account: patient,
        named,
    };
    chain.call(&world.patient, consortium, &name).await.unwrap();
    let vouch = ActivatePatient { patient };
    chain.call(&world.admin, consortium, &vouch).await.unwrap();
    let correction = Action::SetResidence {
        patient,
        jurisdiction: Some(OTHER),
    };
    enact(&world, correction.clone()).await;
    world.settle(&running).await;

    let of_patient = told(&heard(&world, &indexer, &world.patient, ALL).await);
    let residence = |jurisdiction| {
        Event::ResidenceSet(events::ResidenceSet {
            patient,
            jurisdiction: Some(jurisdiction),
        })
    };
    let named = Event::OrganisationNamed(events::OrganisationNamed { patient, named });
    let vouched = Event::PatientActivated(events::PatientActivated {
        patient,
        organisation,
        by: world.admin.account(),
    });
    let [registered, second, third, fourth, proposed, last] = &of_patient[..] else {
        panic!("{of_patient:?}")
    };
    assert!(matches!(registered, Event::PatientRegistered(_)), "{registered:?}");
    assert_eq!([second, third], [&named, &vouched]);
    assert_eq!(fourth, &residence(HOME));
    // Before the law changes, not only afterwards.
    assert!(
        matches!(proposed, Event::ProposalOpened(opened) if opened.action == correction),
        "{proposed:?}"
    );
    assert_eq!(last, &residence(OTHER));
    // An admin hears who named the organisation, besides of the role; nobody else hears anything.
    let of_admin = told(&heard(&world, &indexer, &world.admin, ALL).await);
    assert!(matches!(of_admin[0], Event::RoleSet(_)), "{of_admin:?}");
    assert_eq!(of_admin[1..], [named]);
    let stranger = AccountKey::generate().unwrap();
    assert_eq!(heard(&world, &indexer, &stranger, ALL).await, []);
    let clinician = told(&heard(&world, &indexer, &world.clinician, ALL).await);
    assert_eq!(clinician.len(), 1, "of their own role alone: {clinician:?}");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_hears_that_it_is_offered_given_and_taken_a_role() {
    let world = World::on_devchain().await;
    let running = world.start().await;
    let indexer = client(&world, &running.url(), running.account());
    let (consortium, chain) = (world.contracts.consortium, &world.chain);
    let other_admin = custodian_of(&world, world.trust, Roles::ORGANISATION_ADMIN).await;
    let account = world.clinician.account();
    let accounts = vec![account];
    let offer = Appoint {
        accounts: accounts.clone(),
        roles: Roles::RESEARCHER,
        until: LATER,
    };
    chain.call(&other_admin, consortium, &offer).await.unwrap();
    let accept = AcceptRole {
        organisation: world.trust,
    };
    chain.call(&world.clinician, consortium, &accept).await.unwrap();
    let dismiss = Dismiss { accounts };
    chain.call(&other_admin, consortium, &dismiss).await.unwrap();
    enact(&world, Action::RevokeRole { account }).await;
    world.settle(&running).await;

    let role = |roles, organisation| Role {
        roles,
        organisation,
        until: LATER,
    };
    let set = |role| Event::RoleSet(events::RoleSet { account, role });
    let revoked = |organisation| Event::RoleRevoked(events::RoleRevoked { account, organisation });
    let researcher = role(Roles::RESEARCHER, world.trust);
    let expected = [
        set(role(Roles::CLINICIAN, world.organisation)),
        Event::RoleOffered(events::RoleOffered {
            account,
            role: researcher,
        }),
        set(researcher),
        revoked(Some(world.trust)),
        revoked(None),
    ];
    let of_clinician = heard(&world, &indexer, &world.clinician, ALL).await;
    assert_eq!(told(&of_clinician), expected);
    let other = told(&heard(&world, &indexer, &other_admin, ALL).await);
    assert_eq!(other.len(), 1, "of their own role alone: {other:?}");

    // Made again from the events alone, the same is told.
    running.store().rebuild_projections(&world.contracts).await.unwrap();
    assert_eq!(heard(&world, &indexer, &world.clinician, ALL).await, of_clinician);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_hears_of_the_role_whose_place_another_one_takes() {
    let world = World::on_devchain().await;
    let running = world.start().await;
    let indexer = client(&world, &running.url(), running.account());
    let mia = AccountKey::generate().unwrap();
    let account = mia.account();
    world.chain.fund(&world.committee, account, FUNDS).await.unwrap();
    let mut organisations = vec![world.organisation, world.trust];
    for _ in 0..3 {
        let admin = AccountKey::generate().unwrap().account();
        organisations.extend(enact(&world, Action::Admit { admin }).await);
    }
    let set = async |organisation, until| {
        let role = Role {
            roles: Roles::CLINICIAN,
            organisation,
            until,
        };
        enact(&world, Action::SetRole { account, role }).await;
        Event::RoleSet(events::RoleSet { account, role })
    };
    let soon = world.chain.finalized().await.unwrap().timestamp + 3_600_000;
    let mut expected = vec![set(organisations[0], soon).await];
    for organisation in &organisations[1..4] {
        expected.push(set(*organisation, LATER).await);
    }
    advance(&world, Duration::from_millis(3_600_000)).await;
    // The fifth organisation's takes the place of the one that has ended.
    expected.push(set(organisations[4], LATER).await);
    expected.push(Event::RoleRevoked(events::RoleRevoked {
        account,
        organisation: Some(organisations[0]),
    }));
    world.settle(&running).await;
    assert_eq!(told(&heard(&world, &indexer, &mia, ALL).await), expected);
    running.stop().await;
}
