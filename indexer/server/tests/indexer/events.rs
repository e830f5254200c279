//! Notifications: whom they concern hears of them, as the chain has them, and nobody else does.
mod lies;
mod replay;
mod streams;

use crate::support::{
    program::Program,
    world::{LATER, PATIENCE, SLOT, World},
};
use aegle_client::{
    account::AccountKey,
    chain::Chain,
    deployment::Aegle,
    native::{IndexerClient, ServerAddress, Told, Watch, Watched},
};
use aegle_protocol::wire::{NotificationId, NotificationKind, Waiting};
use aegle_rules::{
    AccountId, Confidentiality, Hash, Purposes, Slots,
    consent::{
        Ask, Authority, Guardians,
        messages::{BreakGlass, RequestAccess, SetGuardians},
    },
};
use tokio::time::timeout;

/// All that there are.
pub(crate) const ALL: Option<NotificationId> = Some(NotificationId { block: 0, index: 0 });

pub(crate) fn client(world: &World, url: &str, account: AccountId) -> IndexerClient {
    IndexerClient::at(&ServerAddress::new(url, account), &world.contracts).unwrap()
}

/// Everything that an account hears of up to the finalized head, verified.
pub(crate) async fn heard(
    world: &World,
    indexer: &IndexerClient,
    key: &AccountKey,
    after: Option<NotificationId>,
) -> Vec<Told> {
    let head = world.chain.finalized().await.unwrap();
    let aegle = Aegle::new(&world.chain, &world.contracts, indexer);
    let mut watch = Watch::new(&aegle, key, key.account(), after);
    let mut told = Vec::new();
    let listening = async {
        loop {
            match watch.next().await.unwrap() {
                Watched::Told(one) => told.push(*one),
                Watched::Head(block) if block.number >= head.number => return,
                Watched::Head(_) => {}
            }
        }
    };
    timeout(PATIENCE, listening).await.expect("a head in time");
    told
}

fn kinds(told: &[Told]) -> Vec<NotificationKind> {
    told.iter().map(|told| told.kind).collect()
}

async fn ask_for_access(world: &World) {
    let ask = Ask {
        purposes: Purposes::TREAT,
        slots: Slots::default().with(SLOT),
        confidentiality: Confidentiality::Normal,
        until: LATER,
        why: Hash([7; 32]),
    };
    let message = RequestAccess {
        patient: world.patient.account(),
        ask,
    };
    world
        .chain
        .call(&world.clinician, world.contracts.consent, &message)
        .await
        .unwrap();
}

async fn break_glass(world: &World) {
    let message = BreakGlass {
        patient: world.patient.account(),
        reason: 1,
        note: Hash([8; 32]),
    };
    world
        .chain
        .call(&world.clinician, world.contracts.consent, &message)
        .await
        .unwrap();
}

async fn name_guardian(world: &World, guardian: &AccountKey) {
    let guardians = Guardians {
        accounts: vec![guardian.account()],
        threshold: 1,
        until: LATER,
        authority: Authority::default(),
    };
    world
        .chain
        .call(&world.patient, world.contracts.consent, &SetGuardians { guardians })
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn each_hears_what_concerns_them_and_nobody_else_does() {
    use NotificationKind::{BreakGlass, Erasure, Grant, Guardianship, Proposal, Request, Role};
    let world = World::new().await;
    let running = world.start().await;
    let indexer = client(&world, &running.url(), running.account());
    let (stranger, guardian) = (AccountKey::generate().unwrap(), AccountKey::generate().unwrap());
    // Before an epoch ends.
    let batch = crate::batches::two(&world, 0);
    world.deposit(&running, &batch).await;
    ask_for_access(&world).await;
    let granted = world.grant(&running).await;
    break_glass(&world).await;
    world.revoke(granted.id).await;
    name_guardian(&world, &guardian).await;
    world.ask_erasure(0, 1).await;
    world.settle(&running).await;

    let (patient, clinician) = (
        heard(&world, &indexer, &world.patient, ALL).await,
        heard(&world, &indexer, &world.clinician, ALL).await,
    );
    assert_eq!(
        kinds(&patient),
        [Request, Grant, BreakGlass, Grant, Guardianship, Erasure]
    );
    assert_eq!(kinds(&clinician), [Role, Request, Grant, BreakGlass, Grant]);
    assert_eq!(patient[..4], clinician[1..]);
    assert_eq!(
        kinds(&heard(&world, &indexer, &world.admin, ALL).await),
        [Role, BreakGlass, Erasure]
    );
    let guarded = heard(&world, &indexer, &guardian, ALL).await;
    assert_eq!(
        guarded,
        patient[..5],
        "a guardian hears what the patient does, but for whose records they are"
    );
    assert_eq!(heard(&world, &indexer, &stranger, ALL).await, []);
    let committee = kinds(&heard(&world, &indexer, &world.committee, ALL).await);
    assert!(committee.iter().all(|kind| *kind == Proposal), "{committee:?}");

    // Goes on after any of them.
    for (place, told) in patient.iter().enumerate() {
        let rest = heard(&world, &indexer, &world.patient, Some(told.id)).await;
        assert_eq!(rest, patient[place + 1..], "after {}", told.id);
    }
    assert_eq!(heard(&world, &indexer, &world.patient, None).await, [], "from now on");

    // Made again from the events alone, the same is told.
    running.store().rebuild_projections(&world.contracts).await.unwrap();
    assert_eq!(heard(&world, &indexer, &world.patient, ALL).await, patient);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_committee_hears_of_proposals_before_and_after_it_was_replaced() {
    let world = World::new().await;
    let running = world.start().await;
    let indexer = client(&world, &running.url(), running.account());
    // Where one vote is enough nothing is proposed; an event is a pause that is called for.
    let call = aegle_rules::consortium::messages::Pause {};
    world
        .chain
        .call(&world.committee, world.contracts.consortium, &call)
        .await
        .unwrap();
    world.settle(&running).await;
    let told = heard(&world, &indexer, &world.committee, ALL).await;
    assert!(
        !told.is_empty() && kinds(&told).iter().all(|kind| *kind == NotificationKind::Proposal),
        "{told:?}"
    );
    let admin = heard(&world, &indexer, &world.admin, ALL).await;
    assert_eq!(kinds(&admin), [NotificationKind::Role], "of their own alone: {admin:?}");
    let waiting: Waiting = world.caller(&running, &world.committee).get("/v1/waiting").await.json();
    assert_eq!(waiting.proposals, []);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_shown_to_whom_it_concerns() {
    let world = World::new().await;
    let running = world.start().await;
    let guardian = AccountKey::generate().unwrap();
    ask_for_access(&world).await;
    break_glass(&world).await;
    name_guardian(&world, &guardian).await;
    world.settle(&running).await;
    let waiting = async |key: &AccountKey| -> Waiting { world.caller(&running, key).get("/v1/waiting").await.json() };
    let (patient, clinician, admin) = (
        waiting(&world.patient).await,
        waiting(&world.clinician).await,
        waiting(&world.admin).await,
    );
    assert_eq!(
        (patient.requests.len(), patient.glasses.len(), patient.wards.len()),
        (1, 1, 0)
    );
    assert_eq!(
        (&clinician.requests, &clinician.glasses),
        (&patient.requests, &patient.glasses)
    );
    assert_eq!(
        (admin.requests.len(), &admin.glasses),
        (0, &patient.glasses),
        "it reviews"
    );
    let found = waiting(&guardian).await;
    assert_eq!((found.requests.len(), found.glasses.len()), (0, 0));
    assert_eq!(found.wards[0].patient, world.patient.account());
    let stranger = waiting(&AccountKey::generate().unwrap()).await;
    assert!(stranger.requests.is_empty() && stranger.glasses.is_empty() && stranger.wards.is_empty());

    let decline = aegle_rules::consent::messages::Decline {
        requester: world.clinician.account(),
    };
    world
        .chain
        .call(&world.patient, world.contracts.consent, &decline)
        .await
        .unwrap();
    let close = aegle_rules::consent::messages::CloseGlass {
        clinician: world.clinician.account(),
    };
    world
        .chain
        .call(&world.patient, world.contracts.consent, &close)
        .await
        .unwrap();
    world.settle(&running).await;
    let after = waiting(&world.patient).await;
    assert!(after.requests.is_empty());
    assert!(
        after.glasses[0].until <= after.glasses[0].review_by && !after.glasses[0].reviewed,
        "it still waits for its review"
    );

    // Nobody listens as somebody else.
    let path = format!("/v1/events?patient={}", world.patient.account());
    let refused = world.caller(&running, &world.clinician).get(&path).await;
    assert_eq!(refused.reason(), (403, "not-permitted".into()));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_listens_hears_at_once_and_through_a_killed_indexer() {
    let world = World::new().await;
    let mut program = Program::start(&world, &world.database, world.data.path());
    let wire = crate::support::wire::Wire::to(&program.url).await;
    let account = program.caller(&world, &world.patient).await.audience.server;
    let indexer = client(&world, &wire.url().replace("ws://", "http://"), account);
    let aegle = Aegle::new(&world.chain, &world.contracts, &indexer);
    let mut watch = Watch::new(&aegle, &world.patient, world.patient.account(), None);
    let next = async |watch: &mut Watch<'_>| loop {
        match timeout(PATIENCE, watch.next())
            .await
            .expect("something in time")
            .unwrap()
        {
            Watched::Told(told) => return *told,
            Watched::Head(_) => {}
        }
    };
    // It listens once a head came.
    assert!(matches!(
        timeout(PATIENCE, watch.next()).await.unwrap().unwrap(),
        Watched::Head(_)
    ));
    let (_, first) = tokio::join!(ask_for_access(&world), next(&mut watch));
    assert_eq!(first.kind, NotificationKind::Request);
    program.child.kill().unwrap();
    program.child.wait().unwrap();
    break_glass(&world).await;
    let again = Program::start(&world, &world.database, world.data.path());
    wire.lay_to(&again.url);
    let second = next(&mut watch).await;
    assert_eq!(second.kind, NotificationKind::BreakGlass);
    assert!(second.id > first.id);
    drop(watch);
    again.stop();
}
