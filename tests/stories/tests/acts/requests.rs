//! Asking for access, and the answers.

use super::{DAY_MS, EVERYTHING, history, world};
use aegle_client::{
    chain::{CallError, Chain},
    clinician::{
        reader::OpeningError,
        requests::{self, AccessRequest, RequestError},
    },
    deployment::Aegle,
    history::{Direction, grants, requests as open_requests},
    indexer::Indexer,
    native::HttpTransport,
    patient::{Approval, ApproveError, Wider},
    refusal::RoleProblem,
    remote::{RemoteError, Request, Response, Transport, TransportError},
};
use aegle_crypto::classes::Class;
use aegle_rules::{Confidentiality, Purposes, Slots, Timestamp, consent::ConsentError};
use aegle_stories::world::{Person, World, reader};

/// A way to the indexer on which deposits of shares are lost.
struct LosesShares<'a>(&'a HttpTransport);

impl Transport for LosesShares<'_> {
    async fn send(&self, request: Request<'_>) -> Result<Response, TransportError> {
        match request.path {
            "/v1/shares" => Err(TransportError {
                url: "http://nowhere".into(),
                source: "it was lost".into(),
            }),
            _ => self.0.send(request).await,
        }
    }

    fn now(&self) -> Timestamp {
        self.0.now()
    }

    async fn pause(&self, milliseconds: u32) {
        self.0.pause(milliseconds).await;
    }
}

fn asked(person: &Person, until: Timestamp) -> AccessRequest<'static> {
    AccessRequest {
        patient: person.account(),
        purposes: Purposes::TREAT,
        classes: &[Class::Laboratory],
        map: None,
        confidentiality: Confidentiality::Normal,
        until,
        why: "a second opinion",
    }
}

fn as_asked(world: &World) -> Approval<'static> {
    Approval {
        requester: world.clinician().key().account(),
        purposes: None,
        classes: None,
        confidentiality: None,
        until: None,
        document: b"{}",
    }
}

async fn now(world: &World) -> Timestamp {
    world.deployment().chain().finalized().await.unwrap().timestamp
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_approved_narrowed_used_and_revoked() {
    let world = world().await;
    let (person, clinician) = (&world.people[0], world.clinician());
    let aegle = world.deployment().aegle();
    let until = now(&world).await + 30 * DAY_MS;
    let stranger = reader(world.deployment()).await.unwrap();
    let refused = requests::request(&aegle, stranger.key(), &asked(person, until)).await;
    assert!(
        matches!(&refused, Err(RequestError::Role(RoleProblem::None(account))) if *account == stranger.key().account()),
        "{refused:?}"
    );

    let requested = requests::request(&aegle, clinician.key(), &asked(person, until))
        .await
        .unwrap();
    assert_eq!(
        requested.request.ask.slots,
        Slots::ALL,
        "which slots are meant, the patient knows"
    );
    assert!(requested.note.is_of(&requested.request));
    let again = requests::request(&aegle, clinician.key(), &asked(person, until)).await;
    let Err(RequestError::Contract(error)) = again else {
        panic!("{again:?}")
    };
    assert!(matches!(error, CallError::Refused(ConsentError::RequestOpen)));

    let (told, head) = history(&world).await;
    for (account, direction) in [
        (person.account(), Direction::To),
        (clinician.key().account(), Direction::By),
    ] {
        let open = open_requests(&aegle, &head, &told, account, direction).await.unwrap();
        assert_eq!(open.len(), 1, "{direction:?}");
        assert_eq!(open[0].request, requested.request);
        let other = open_requests(&aegle, &head, &told, stranger.key().account(), direction).await;
        assert_eq!(other.unwrap(), []);
    }

    let wider = Approval {
        until: Some(until + 1),
        ..as_asked(&world)
    };
    let refused = person.patient.approve(&aegle, &wider).await;
    assert!(
        matches!(refused, Err(ApproveError::Wider(Wider::Until(asked))) if asked == until),
        "{:?}",
        refused.map(|_| ())
    );
    let narrower = Approval {
        classes: Some(&requested.note.classes),
        until: Some(until - DAY_MS),
        ..as_asked(&world)
    };
    let granted = person.patient.approve(&aegle, &narrower).await.unwrap();
    let laboratory = person.patient.classes(aegle.contracts).slot(Class::Laboratory);
    assert_eq!(granted.terms.slots, Slots::default().with(laboratory));
    assert_eq!(granted.terms.until, until - DAY_MS);
    let opened = clinician
        .open(&aegle, person.records[0], Purposes::TREAT)
        .await
        .unwrap();
    assert_eq!(opened.grant, Some(granted.id));
    let other = clinician.open(&aegle, person.records[1], Purposes::TREAT).await;
    assert!(
        matches!(other, Err(OpeningError::Indexer(RemoteError::NotFound))),
        "it was not approved"
    );

    let (told, head) = history(&world).await;
    let open = open_requests(&aegle, &head, &told, person.account(), Direction::To).await;
    assert_eq!(open.unwrap(), [], "it is answered");
    let listed = grants(&aegle, &head, &told, person.account()).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].id, listed[0].terms), (granted.id, granted.terms));
    let refused = person.patient.approve(&aegle, &narrower).await;
    assert!(matches!(refused, Err(ApproveError::NoRequest(_))));

    person
        .patient
        .revoke(&aegle, granted.id, granted.terms.grantee)
        .await
        .unwrap();
    let refused = clinician.open(&aegle, person.records[0], Purposes::TREAT).await;
    assert!(matches!(refused, Err(OpeningError::Indexer(RemoteError::NotFound))));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_declined_or_withdrawn_is_answered() {
    let world = world().await;
    let (person, clinician) = (&world.people[0], world.clinician());
    let aegle = world.deployment().aegle();
    let until = now(&world).await + DAY_MS;
    requests::request(&aegle, clinician.key(), &asked(person, until))
        .await
        .unwrap();
    person.patient.decline(&aegle, clinician.key().account()).await.unwrap();
    let refused = person.patient.approve(&aegle, &as_asked(&world)).await;
    assert!(matches!(refused, Err(ApproveError::NoRequest(_))));
    assert!(world.search(clinician, person, EVERYTHING).await.is_err());

    requests::request(&aegle, clinician.key(), &asked(person, until))
        .await
        .unwrap();
    requests::withdraw(&aegle, clinician.key(), person.account())
        .await
        .unwrap();
    let again = requests::withdraw(&aegle, clinician.key(), person.account()).await;
    assert!(matches!(again, Err(CallError::Refused(ConsentError::UnknownRequest))));
    let (told, head) = history(&world).await;
    let open = open_requests(&aegle, &head, &told, person.account(), Direction::To).await;
    assert_eq!(open.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_without_its_split_does_not_stand() {
    let world = world().await;
    let (person, clinician) = (&world.people[0], world.clinician());
    let aegle = world.deployment().aegle();
    let until = now(&world).await + DAY_MS;
    requests::request(&aegle, clinician.key(), &asked(person, until))
        .await
        .unwrap();
    let way = LosesShares(aegle.indexer.transport());
    let indexer = Indexer::new(way, aegle.contracts, aegle.indexer.account());
    let lossy = Aegle::new(aegle.chain, aegle.contracts, &indexer);
    let refused = person.patient.approve(&lossy, &as_asked(&world)).await;
    assert!(
        matches!(refused, Err(ApproveError::NotDeposited { revoked: true, .. })),
        "{:?}",
        refused.map(|_| ())
    );
    let head = aegle.chain.finalized().await.unwrap();
    let held = aegle
        .grants_to(&head, person.account(), clinician.key().account())
        .await;
    assert_eq!(held.unwrap(), [], "what opens nothing shows nothing");
    let (told, head) = history(&world).await;
    assert_eq!(grants(&aegle, &head, &told, person.account()).await.unwrap(), []);
}
