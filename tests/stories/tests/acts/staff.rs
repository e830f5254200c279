//! What an organisation does for its people by itself, and what a pause stops.

use super::{EVERYTHING, history, world};
use aegle_client::{
    account::AccountKey,
    chain::CallError,
    committee::{CommitteeError, Member, Progress},
    crypto::classes::Class,
    history::roles,
    organisation::{Staff, StaffError},
};
use aegle_rules::{
    AccountId, Roles, Timestamp,
    consortium::{Action, ConsortiumError, MAX_APPOINTED},
};
use aegle_stories::world::{World, reader};

fn staff<'a>(world: &'a World, key: &'a AccountKey) -> Staff<'a, impl aegle_client::chain::Chain> {
    Staff::new(&world.deployment().aegle(), key)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hospital_appoints_its_people_and_dismisses_them() {
    let world = world().await;
    let (aegle, admin) = (world.deployment().aegle(), world.hospital().admin());
    let people: Vec<AccountId> = (0..100).map(|_| AccountKey::generate().unwrap().account()).collect();
    let mut receipts = Vec::new();
    let hospital = staff(&world, admin);
    let refused = hospital
        .appoint(&people, Roles::AUDITOR, Timestamp::MAX, &mut receipts)
        .await;
    assert!(matches!(refused, Err(StaffError::NotAppointable)), "{refused:?}");
    let refused = hospital.dismiss(&[], &mut receipts).await;
    assert!(matches!(refused, Err(StaffError::Nobody)), "{refused:?}");
    for _ in 0..2 {
        receipts.clear();
        let appointed = hospital
            .appoint(&people, Roles::CLINICIAN, Timestamp::MAX, &mut receipts)
            .await;
        assert!(appointed.is_ok(), "{appointed:?}");
        assert_eq!(receipts.len(), people.len().div_ceil(MAX_APPOINTED));
    }
    let (told, head) = history(&world).await;
    let members = roles(&aegle, &head, &told, None).await.unwrap();
    let clinicians = members.iter().filter(|member| people.contains(&member.account));
    let theirs = clinicians.filter(|member| {
        let role = member.roles.in_organisation(world.hospital().organisation());
        role.is_some_and(|role| role.roles == Roles::CLINICIAN)
    });
    assert_eq!(theirs.count(), people.len());

    hospital.dismiss(&people[..1], &mut receipts).await.unwrap();
    let again = hospital.dismiss(&people[..1], &mut receipts).await;
    let Err(StaffError::Contract {
        done: 0,
        all: 1,
        source,
    }) = &again
    else {
        panic!("{again:?}")
    };
    assert!(
        matches!(source, CallError::Refused(ConsortiumError::NoRole)),
        "{source:?}"
    );

    // Not by somebody of the hospital, and not an account of the committee's.
    let clinician = world.clinician().key();
    let refused = staff(&world, clinician).dismiss(&people[1..2], &mut receipts).await;
    assert!(refused.unwrap_err().to_string().contains("admin"));
    let renounced = staff(&world, clinician).renounce(None).await;
    assert!(renounced.is_ok(), "{renounced:?}");
    assert!(
        world
            .search(world.clinician(), &world.people[0], EVERYTHING)
            .await
            .is_err()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn while_there_is_a_pause_only_the_patient_finds_anything() {
    let world = world().await;
    let (person, clinician) = (&world.people[0], world.clinician());
    world.grant(person, clinician, &[Class::Laboratory]).await.unwrap();
    let found = async || {
        world
            .search(clinician, person, EVERYTHING)
            .await
            .map(|hits| hits.len())
            .ok()
    };
    assert_eq!(found().await, Some(1));

    let deployment = world.deployment();
    let member = |key| Member {
        chain: deployment.chain(),
        consortium: deployment.contracts().consortium,
        key,
    };
    let stranger = reader(deployment).await.unwrap();
    let refused = member(stranger.key()).pause().await;
    let Err(CommitteeError::Contract(error)) = &refused else {
        panic!("{refused:?}")
    };
    assert!(
        matches!(error, CallError::Refused(ConsortiumError::NotCommittee)),
        "{error:?}"
    );
    let (until, _) = member(deployment.committee()).pause().await.unwrap();
    assert!(until.is_some(), "a committee of one");
    assert_eq!(found().await, None);
    let own = world.search_own(person, EVERYTHING).await.unwrap();
    assert_eq!(own.len(), 2, "the patient's own");

    let mut receipts = Vec::new();
    let resumed = member(deployment.committee()).act(Action::Resume, &mut receipts).await;
    assert!(matches!(resumed, Ok(Progress::Done { .. })), "{resumed:?}");
    assert_eq!(found().await, Some(1));
}
