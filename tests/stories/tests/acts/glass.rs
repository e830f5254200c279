//! Emergency access, and its review.

use super::{EVERYTHING, history, world};
use aegle_client::{
    chain::CallError,
    clinician::{
        glass::{Finding, GlassError, break_glass, review},
        reader::OpeningError,
    },
    history::glasses,
    refusal::RoleProblem,
};
use aegle_rules::{
    Purposes,
    consent::{ConsentError, Verdict},
};
use aegle_stories::world::{World, reader};

/// How many records the clinician finds in an emergency; `None` where no token is given.
async fn found(world: &World) -> Option<usize> {
    let (person, clinician) = (&world.people[0], world.clinician());
    let account = clinician.key().account();
    let request = world
        .search_request(account, person, EVERYTHING, Purposes::BTG)
        .await
        .ok()?;
    let answer = clinician.search(&world.deployment().aegle(), &request).await;
    Some(answer.expect("an answer").hits.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_glass_finds_records_and_is_reviewed_by_the_admin() {
    let world = world().await;
    let (person, clinician, admin) = (&world.people[0], world.clinician(), world.hospital().admin());
    let aegle = world.deployment().aegle();
    let (patient, organisation) = (person.account(), world.hospital().organisation());
    assert_eq!(found(&world).await, None);
    let stranger = reader(world.deployment()).await.unwrap();
    let refused = break_glass(&aegle, stranger.key(), patient, 1, "curiosity").await;
    assert!(
        matches!(refused, Err(GlassError::Role(RoleProblem::None(_)))),
        "{refused:?}"
    );
    let refused = break_glass(&aegle, admin, patient, 1, "administration").await;
    assert!(
        matches!(refused, Err(GlassError::Role(RoleProblem::Other { .. }))),
        "{refused:?}"
    );

    let broken = break_glass(&aegle, clinician.key(), patient, 1, "found unconscious")
        .await
        .unwrap();
    assert!(broken.glass.until < broken.review_by);
    assert_eq!(found(&world).await, Some(2));
    let opened = clinician.open(&aegle, person.records[0], Purposes::BTG).await;
    assert!(matches!(opened, Err(OpeningError::NoKeys)), "no key was split for it");
    let again = break_glass(&aegle, clinician.key(), patient, 1, "again").await;
    assert!(matches!(
        again,
        Err(GlassError::Contract(CallError::Refused(ConsentError::GlassOpen)))
    ));

    let (told, head) = history(&world).await;
    let waiting = glasses(&aegle, &head, &told, organisation).await.unwrap();
    assert_eq!(waiting.len(), 1);
    assert_eq!(
        (waiting[0].clinician, waiting[0].glass.review_by),
        (clinician.key().account(), broken.review_by)
    );
    let finding = Finding {
        patient,
        clinician: clinician.key().account(),
        opened_at: None,
        verdict: Verdict::Justified,
        why: "the ward confirms it",
    };
    let own = review(&aegle, clinician.key(), &finding).await;
    let Err(GlassError::Contract(error)) = own else {
        panic!("{own:?}")
    };
    assert!(matches!(error, CallError::Refused(ConsentError::NotReviewer)));
    let reviewed = review(&aegle, admin, &finding).await.unwrap();
    assert_eq!(reviewed.glass.opened_at, broken.glass.opened_at);
    let again = review(&aegle, admin, &finding).await;
    assert!(matches!(again, Err(GlassError::NothingToReview { .. })), "{again:?}");
    let (told, head) = history(&world).await;
    assert_eq!(glasses(&aegle, &head, &told, organisation).await.unwrap(), []);

    assert_eq!(found(&world).await, Some(2), "it was right, so that it goes on");
    person
        .patient
        .close_glass(&aegle, clinician.key().account())
        .await
        .unwrap();
    assert_eq!(found(&world).await, None, "the patient ends it at any time");
}
