//! Relayers that lie, say no and do it, lose their answers or fail, and nodes that die.

#[path = "relaying/world.rs"]
mod world;

use aegle_client::{
    account::AccountKey,
    chain::{CallError, Called, ChainError, Receipt},
    protocol::{
        BlockId,
        request::RequestSignature,
        session::{Session, SessionKey},
        wire::{ProblemCode, RelayedCall, TransactionPlace},
    },
    relayer::{Objection, Progress, RelayerError, SIGNED_MS},
    remote::Response,
    rules::{
        AccountId, Hash,
        consent::{Call, ConsentError, messages as consents},
        consortium::messages::RegisterPatient,
    },
};
use std::{cell::Cell, rc::Rc};
use world::{Answered, CONTRACTS, NOW, Seen, World, answered, hash_of, not_paid, placed, refused};

type Revoked = Called<Result<(), ConsentError>>;

fn patient() -> AccountKey {
    AccountKey::from_seed(&[6; 32])
}

/// Has a patient revoke everything through a relayer that behaves so.
async fn relayed(behaviour: impl Fn(&World, &RelayedCall) -> Answered + 'static) -> (Rc<World>, Revoked) {
    let world = World::new(behaviour);
    let revoked = Seen(world.clone()).revoke_all(&patient()).await;
    (world, revoked)
}

/// Why an act is not known to be done.
fn unknown(revoked: Revoked) -> RelayerError {
    match revoked {
        Err(CallError::Relayer(error)) if !error.is_refusal() => error,
        other => panic!("{other:?}"),
    }
}

fn receipt(revoked: Revoked) -> Receipt {
    revoked.unwrap().1
}

#[tokio::test]
async fn what_is_done_is_looked_up_and_told() {
    let (world, revoked) = relayed(|world, call| placed(world.carry_out(call))).await;
    let Receipt { block, block_hash, .. } = receipt(revoked);
    assert_eq!((block, block_hash), (1, hash_of(1)));
    let until = NOW + SIGNED_MS;
    let expected = [Progress::Signing, Progress::Sent { until }, Progress::Finalized];
    assert_eq!(*world.progress.borrow(), expected);
    assert_eq!(
        (world.taken(), world.handed.borrow().len(), world.signed.get()),
        (1, 1, 1)
    );
}

#[tokio::test]
async fn a_no_of_a_relayer_who_has_done_it_is_not_believed() {
    let no: [fn() -> Answered; 5] = [
        not_paid,
        || refused(403, ProblemCode::NotPermitted, "relayer-off"),
        || refused(404, ProblemCode::NotFound, "no-such-path"),
        || refused(503, ProblemCode::Internal, "relayer-without-funds"),
        || refused(401, ProblemCode::Expired, "expired"),
    ];
    for no in no {
        let (world, revoked) = relayed(move |world, call| {
            world.carry_out(call);
            no()
        })
        .await;
        let error = unknown(revoked);
        assert!(matches!(error, RelayerError::Taken), "{error:?}");
        assert!(error.to_string().contains("look whether it is done"), "{error}");
        assert_eq!(world.taken(), 1);
    }
}

#[tokio::test]
async fn a_no_says_until_when_the_act_can_still_be_done() {
    let (world, revoked) = relayed(|_, _| not_paid()).await;
    let Err(CallError::Relayer(error)) = revoked else {
        panic!("{revoked:?}");
    };
    assert!(error.is_refusal());
    let said = error.to_string();
    assert!(
        said.starts_with("the relayer does not pay for it: said by the test; it is not done so far"),
        "{said}"
    );
    assert!(said.contains("can do it until 21 September 2026, 15:13 UTC"), "{said}");
    let RelayerError::NotDone { no, until } = error else {
        panic!("{error:?}");
    };
    assert_eq!(until, NOW + SIGNED_MS);
    let Objection::Relayer(refused) = no else {
        panic!("{no:?}");
    };
    let RelayerError::Refused { reason, .. } = *refused else {
        panic!("{refused:?}");
    };
    assert_eq!((reason.as_str(), world.taken()), ("relay-quota-spent", 0));
}

#[tokio::test]
async fn the_contract_itself_says_why_where_its_state_has_moved() {
    let (_, revoked) = relayed(|world, _| {
        world.refuses.set(Some(ConsentError::NothingToVeto));
        refused(403, ProblemCode::NotPermitted, "relay-refused")
    })
    .await;
    assert!(
        matches!(revoked, Err(CallError::Refused(ConsentError::NothingToVeto))),
        "{revoked:?}"
    );
}

#[tokio::test]
async fn what_the_contract_refuses_is_handed_to_nobody_and_no_wallet_is_asked() {
    let wallet = AccountKey::from_seed(&[7; 32]);
    let session = Session {
        key: SessionKey(AccountKey::from_seed(&[8; 32]).account().0),
        expires: NOW + 60_000,
        signature: RequestSignature([0; 64]),
    };
    for (key, asked) in [
        (patient(), 1),
        (AccountKey::in_session(&[8; 32], wallet.account(), session), 0),
    ] {
        let world = World::new(|world, call| placed(world.carry_out(call)));
        let seen = Seen(world.clone());
        world.refuses.set(Some(ConsentError::NothingToVeto));
        let refused = seen.revoke_all(&key).await;
        assert!(matches!(refused, Err(CallError::Refused(_))), "{refused:?}");
        assert_eq!((world.signed.get(), world.handed.borrow().len()), (asked, 0));
        world.refuses.set(None);
        receipt(seen.revoke_all(&key).await);
        assert_eq!((world.signed.get(), world.taken()), (asked + 1, 1));
    }
}

#[tokio::test]
async fn what_is_asked_again_because_the_answer_is_lost_is_done_once() {
    let place: Cell<Option<TransactionPlace>> = Cell::new(None);
    let (world, revoked) = relayed(move |world, call| match place.get() {
        Some(place) => placed(place),
        None => {
            place.set(Some(world.carry_out(call)));
            None
        }
    })
    .await;
    assert_eq!(receipt(revoked).block, 1);
    assert_eq!((world.taken(), world.handed.borrow().len()), (1, 2));
    let handed = world.handed.borrow();
    assert_eq!(handed[0], handed[1], "the same call");
}

#[tokio::test]
async fn nobody_knows_what_became_of_a_call_whose_answer_is_lost_for_good() {
    let gateway = || {
        Some(Response {
            status: 502,
            body: b"<html>bad gateway</html>".into(),
        })
    };
    let elsewhere = || {
        Some(Response {
            status: 200,
            body: b"welcome".into(),
        })
    };
    let answers: [(&str, Box<dyn Fn() -> Answered>); 6] = [
        ("it breaks off", Box::new(|| None)),
        ("a gateway answers for it", Box::new(gateway)),
        ("it is no answer of a relayer", Box::new(elsewhere)),
        (
            "its node is away",
            Box::new(|| refused(503, ProblemCode::ChainUnavailable, "disconnected")),
        ),
        ("it fails", Box::new(|| refused(500, ProblemCode::Internal, "internal"))),
        ("it is busy", Box::new(|| refused(429, ProblemCode::TooMany, "busy"))),
    ];
    for (what, answer) in answers {
        for does_it in [true, false] {
            let answer = answer();
            let answer = answer.map(|Response { status, body }| (status, body));
            let (world, revoked) = relayed(move |world, call| {
                if does_it && world.taken() == 0 {
                    world.carry_out(call);
                }
                answer.clone().map(|(status, body)| Response { status, body })
            })
            .await;
            let error = unknown(revoked);
            assert!(matches!(error, RelayerError::Lost(_)), "{what}: {error:?}");
            assert!(error.to_string().contains("look whether it is done"), "{error}");
            assert!(world.handed.borrow().len() >= 5, "{what}: it is sent again");
        }
    }
}

#[tokio::test]
async fn nobody_knows_what_became_of_a_call_when_ones_own_node_dies_after_it_was_handed_over() {
    let ends: [fn(&World, &RelayedCall) -> Answered; 3] = [
        |world, call| placed(world.carry_out(call)),
        |_, _| not_paid(),
        |world, call| placed(world.fail(call)),
    ];
    for end in ends {
        let (_, revoked) = relayed(move |world, call| {
            world.node_fails.set(true);
            end(world, call)
        })
        .await;
        let error = unknown(revoked);
        assert!(
            matches!(error, RelayerError::Unverified(ChainError::Timeout)),
            "{error:?}"
        );
        assert!(error.to_string().contains("look whether it is done"), "{error}");
    }
    // Before, nothing was done.
    let world = World::new(|world, call| placed(world.carry_out(call)));
    world.node_fails.set(true);
    let revoked = Seen(world.clone()).revoke_all(&patient()).await;
    assert!(
        matches!(revoked, Err(CallError::Chain(ChainError::Timeout))),
        "{revoked:?}"
    );
    assert_eq!((world.handed.borrow().len(), world.progress.borrow().len()), (0, 0));
}

#[tokio::test]
async fn a_transaction_that_failed_is_no_word_on_the_act() {
    let (_, revoked) = relayed(|world, call| placed(world.fail(call))).await;
    let Err(CallError::Relayer(RelayerError::NotDone { no, until })) = revoked else {
        panic!("{revoked:?}");
    };
    assert!(matches!(no, Objection::Chain(ChainError::Module { .. })), "{no:?}");
    assert_eq!(until, NOW + SIGNED_MS);
    // Another one has done it.
    let (world, revoked) = relayed(|world, call| {
        let failed = world.fail(call);
        world.carry_out(call);
        placed(failed)
    })
    .await;
    assert!(matches!(unknown(revoked), RelayerError::Taken));
    assert_eq!(world.taken(), 1);
}

#[tokio::test]
async fn a_place_at_which_the_chain_does_not_have_the_call_is_a_lie() {
    let at = |number, hash, extrinsic| {
        let block = BlockId { number, hash };
        TransactionPlace { block, extrinsic }
    };
    for (what, place) in [
        ("another act's", at(1, hash_of(1), 1)),
        ("a transaction that calls no contract", at(2, hash_of(2), 0)),
        ("no transaction", at(2, hash_of(2), 99)),
        ("a block of another number", at(1, hash_of(2), 1)),
        ("a block that is not there", at(2, Hash([7; 32]), 1)),
    ] {
        let world = World::new(move |world, call| match call.nonce() {
            0 => placed(world.carry_out(call)),
            _ => {
                world.carry_out(call);
                placed(place)
            }
        });
        let seen = Seen(world.clone());
        receipt(seen.revoke_all(&patient()).await);
        let error = unknown(seen.revoke_all(&patient()).await);
        assert!(matches!(error, RelayerError::Forged { .. }), "{what}: {error:?}");
        assert!(error.is_tampering());
    }
    let ahead = at(1_000, hash_of(1_000), 1);
    let (world, revoked) = relayed(move |_, _| placed(ahead)).await;
    let error = unknown(revoked);
    assert!(matches!(error, RelayerError::NodeBehind { block: 1_000 }), "{error:?}");
    assert_eq!(world.now.get(), NOW + 60_000, "a minute is waited");
    // The same of another act that is said to have come first.
    let (_, revoked) = relayed(|_, _| answered(None)).await;
    assert!(matches!(unknown(revoked), RelayerError::NotTaken));
    let (_, revoked) = relayed(|world, call| {
        world.carry_out(call);
        answered(None)
    })
    .await;
    assert!(matches!(unknown(revoked), RelayerError::Taken));
}

#[tokio::test]
async fn a_call_is_sent_again_while_it_is_not_final() {
    let pending = || refused(503, ProblemCode::Internal, "relay-pending");
    let (world, revoked) = relayed(move |world, call| match world.now.get() {
        // A relayer's transaction has died by then.
        now if now < NOW + 400_000 => pending(),
        _ => placed(world.carry_out(call)),
    })
    .await;
    receipt(revoked);
    assert_eq!(world.taken(), 1);
    let (world, revoked) = relayed(move |_, _| pending()).await;
    let error = unknown(revoked);
    assert!(matches!(error, RelayerError::Pending), "{error:?}");
    let waited = world.now.get() - NOW;
    assert!((600_000..610_000).contains(&waited), "{waited} ms");
}

#[tokio::test]
async fn acts_of_an_account_are_relayed_one_after_the_other() {
    let world = World::new(|world, call| placed(world.carry_out(call)));
    let (seen, key) = (Seen(world.clone()), patient());
    let (first, second) = tokio::join!(seen.revoke_all(&key), seen.revoke_all(&key));
    assert_eq!([receipt(first).block, receipt(second).block], [1, 2]);
    assert_eq!(world.taken(), 2);
}

#[tokio::test]
async fn an_invitation_is_shown_with_what_is_paid_before_an_organisation_vouches_alone() {
    let world = World::new(|world, call| placed(world.carry_out(call)));
    let (seen, key) = (Seen(world.clone()), patient());
    let invitation = Some(&[1, 2][..]);
    let register = RegisterPatient { named: None };
    let act = consents::Act {
        patient: key.account(),
        call: Call::RevokeAll,
    };
    let to: [AccountId; 2] = [CONTRACTS.consortium, CONTRACTS.consent];
    seen.relayed(&key, to[0], &register, invitation).await.unwrap();
    seen.relayed(&key, to[1], &act, invitation).await.unwrap();
    seen.relayed(&key, to[0], &register, None).await.unwrap();
    let shown: Vec<_> = world
        .handed
        .borrow()
        .iter()
        .map(|asked| asked.invitation.clone())
        .collect();
    assert_eq!(shown, [Some(vec![1, 2]), None, None]);
}
