//! Shares of a grant that are not what the chain commits to.

use super::{code, through};
use crate::{
    story::{observation, world_with},
    transports::{BadWay, Mischief},
};
use aegle_client::{
    clinician::reader::OpeningError,
    indexer::Indexer,
    patient::{GrantError, GrantRequest},
    remote::RemoteError,
};
use aegle_crypto::classes::Class;
use aegle_protocol::{
    delegation::{SplitEndorsement, SplitSignature},
    wire::{ProblemCode, ShareDeposit},
};
use aegle_rules::{Confidentiality, GrantId, Purposes};
use aegle_stories::world::World;

#[tokio::test]
async fn a_tampered_share_is_refused_and_the_right_one_still_counts() {
    let resource = observation("one", "Systolic blood pressure", &[]);
    let world = world_with(std::slice::from_ref(&resource)).await;
    let (deposit, other) = (lost_deposit(&world).await, lost_deposit(&world).await);
    let (patient, clinician) = (&world.people[0].patient, world.clinician());
    let aegle = world.deployment().aegle();
    let record = world.people[0].records[0];
    // The grant stands on chain, and without its share it opens nothing.
    let closed = clinician.open(&aegle, record, Purposes::TREAT).await;
    assert!(matches!(closed, Err(OpeningError::Indexer(RemoteError::NotFound))));

    let changes: [(&str, fn(&mut ShareDeposit, &ShareDeposit)); 8] = [
        ("another salt", |deposit, _| deposit.salt.0[0] ^= 1),
        ("another grant's document", |deposit, other| {
            deposit.document = other.document.clone()
        }),
        ("another version", |deposit, _| deposit.document.version += 1),
        ("a later version that nobody signed", |deposit, _| {
            deposit.document.version += 1;
            deposit.endorsement = Some(SplitEndorsement {
                at: aegle_http::wall_clock(),
                signature: SplitSignature([7; 64]),
            });
        }),
        ("another slot", |deposit, _| deposit.document.slots[0].slot.0 ^= 1),
        ("another grant's share", |deposit, other| {
            deposit.share = other.share.clone()
        }),
        ("no share", |deposit, _| deposit.share = None),
        ("no part for the grantee", |deposit, _| deposit.delegatee = None),
    ];
    for (what, change) in changes {
        let mut changed = deposit.clone();
        change(&mut changed, &other);
        let answer = aegle
            .indexer
            .put_shares(patient.key(), patient.account(), &changed)
            .await;
        assert_eq!(code(answer).0, ProblemCode::NotAnchored, "{what}");
    }
    let mut unknown = deposit.clone();
    unknown.document.grant = GrantId(99);
    assert_eq!(
        code(
            aegle
                .indexer
                .put_shares(patient.key(), patient.account(), &unknown)
                .await
        )
        .0,
        ProblemCode::NotAnchored
    );
    let stranger = aegle
        .indexer
        .put_shares(clinician.key(), clinician.key().account(), &deposit)
        .await;
    assert_eq!(code(stranger).0, ProblemCode::NotAnchored, "a grant is its patient's");

    for share in [&deposit, &other, &deposit] {
        aegle
            .indexer
            .put_shares(patient.key(), patient.account(), share)
            .await
            .expect("the right one, and again");
    }
    let opened = clinician
        .open(&aegle, record, Purposes::TREAT)
        .await
        .expect("now it opens");
    assert_eq!(opened.content.bytes, resource.text().as_bytes());
}

/// A grant whose deposit was lost on the way, and that deposit.
async fn lost_deposit(world: &World) -> ShareDeposit {
    let way = BadWay::new(
        world.deployment().aegle().indexer.transport(),
        ("POST", "/v1/shares"),
        Mischief::Lost,
    );
    let indexer = Indexer::new(way, world.deployment().contracts(), world.deployment().server().account);
    let from = aegle_client::chain::Chain::finalized(world.deployment().chain())
        .await
        .unwrap()
        .timestamp;
    let request = GrantRequest {
        grantee: world.clinician().key().account(),
        purposes: Purposes::TREAT,
        classes: &[Class::Laboratory],
        confidentiality: Confidentiality::Normal,
        from,
        until: from + 3_600_000,
        delegable: false,
        document: b"{}",
    };
    let granted = world.people[0].patient.grant(&through(world, &indexer), &request).await;
    let Err(GrantError::NotDeposited { source, .. }) = granted else {
        panic!("the deposit was lost")
    };
    assert!(matches!(source, RemoteError::Transport(_)));
    serde_json::from_slice(&indexer.transport().body.borrow()).expect("the client sent a deposit")
}
