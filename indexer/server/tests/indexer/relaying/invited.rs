//! Who is paid for before an organisation vouches for them: whom it has invited, and nobody else.
use super::{HOUR_MS, Relaying, no, reason};
use crate::support::{
    caller::now,
    world::{FUNDS, LATER},
};
use aegle_client::{
    account::AccountKey,
    chain::{CallError, Chain},
    deployment::OnChain,
    native::ChainClient,
    organisation::{InviteError, Staff},
    relayer::RelayerError,
};
use aegle_indexer::RelayLimits;
use aegle_protocol::wire::{Invitation, MAX_INVITATION_MS, PaidNewcomers, SignedInvitation};
use aegle_rules::{
    AccountId, Roles,
    consortium::{
        Action, Role,
        messages::{NameOrganisation, Patient, Propose},
    },
};

impl Relaying {
    /// Has the committee do something.
    pub(super) async fn decide(&self, action: Action) {
        let (world, propose) = (&self.world, Propose { action });
        let consortium = world.contracts.consortium;
        world.chain.call(&world.committee, consortium, &propose).await.unwrap();
    }

    /// Registers the patient with the hospital; the reason where that is refused.
    async fn register(&self, chain: &ChainClient) -> Result<(), String> {
        let register = self.registration(self.world.organisation).await;
        let called = chain
            .call(&self.patient, self.world.contracts.consortium, &register)
            .await;
        called.map(drop).map_err(reason)
    }
}

/// What a relayer says to somebody whom nobody has invited.
fn said<E: std::fmt::Debug>(error: CallError<E>) -> String {
    match no(error) {
        RelayerError::Refused { reason, detail } if reason == "not-invited" => detail,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_invited_is_paid_for_by_nobody_and_told_whom_to_ask() {
    let relaying = Relaying::new().await;
    let running = relaying.start(RelayLimits::DEFAULT).await;
    let (world, patient) = (&relaying.world, &relaying.patient);
    let told = world.status(&running).await.relayer.map(|relayer| relayer.newcomers);
    assert_eq!(told, Some(PaidNewcomers::Invited));
    let before = relaying.balance(relaying.payer.account()).await;
    let whole = relaying.invitation(&running);
    let own = |invitation: Invitation| relaying.invite(invitation, &world.admin);
    let other = AccountId([9; 32]);
    let mut forged = own(whole);
    forged.signature.0[1] ^= 1;
    let renamed = SignedInvitation {
        admin: world.admin.account(),
        ..relaying.invite(whole, &world.trust_admin)
    };
    let (trust, late) = (world.trust, now() + MAX_INVITATION_MS + HOUR_MS);
    for (what, invitation, told) in [
        ("none", None, "ask one of its admins"),
        ("a forged one", Some(forged), "was changed"),
        (
            "one that another key has signed",
            Some(renamed),
            "is not signed by whom it says",
        ),
        (
            "another patient's",
            Some(own(Invitation {
                patient: other,
                ..whole
            })),
            "another patient's",
        ),
        (
            "one for another server",
            Some(own(Invitation { server: other, ..whole })),
            "another server",
        ),
        (
            "one for another consortium",
            Some(own(Invitation {
                consortium: other,
                ..whole
            })),
            "another consortium",
        ),
        (
            "one that has ended",
            Some(own(Invitation {
                expires: now() - 1,
                ..whole
            })),
            "has ended",
        ),
        (
            "one for too long",
            Some(own(Invitation { expires: late, ..whole })),
            "more than 30 days",
        ),
        (
            "one of another organisation",
            Some(own(Invitation {
                organisation: trust,
                ..whole
            })),
            "name the one",
        ),
        (
            "one by a clinician",
            Some(relaying.invite(whole, &world.clinician)),
            "is no admin",
        ),
        (
            "one by another organisation's admin",
            Some(relaying.invite(whole, &world.trust_admin)),
            "is no admin",
        ),
        ("one by oneself", Some(relaying.invite(whole, patient)), "is no admin"),
    ] {
        let chain = relaying.uninvited(&running);
        let chain = match invitation {
            Some(invitation) => chain.invited(invitation),
            None => chain,
        };
        let register = relaying.registration(world.organisation).await;
        let refused = chain.call(patient, world.contracts.consortium, &register).await;
        let said = said(refused.unwrap_err());
        assert!(said.contains(told), "{what}: {said}");
        assert!(said.contains("ask") && said.contains("admin"), "{what}: {said}");
    }
    assert_eq!(
        relaying.balance(relaying.payer.account()).await,
        before,
        "nothing was paid"
    );
    relaying.register(&relaying.relayed(&running)).await.unwrap();
    assert_eq!(relaying.balance(patient.account()).await, 0, "they never had a token");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_counts_while_its_admin_is_one_and_the_organisation_is_not_suspended() {
    let relaying = Relaying::new().await;
    let running = relaying.start(RelayLimits::DEFAULT).await;
    let world = &relaying.world;
    let second = AccountKey::generate().unwrap();
    let on_chain = OnChain {
        chain: &world.chain,
        contracts: &world.contracts,
    };
    let staff = Staff::new(&on_chain, &second);
    let (server, account) = (running.account(), relaying.patient.account());
    let refused = staff.invite(server, account, HOUR_MS).await;
    assert!(matches!(refused, Err(InviteError::NotAdmin)), "{refused:?}");
    let role = |until| Role {
        roles: Roles::ORGANISATION_ADMIN,
        organisation: world.organisation,
        until,
    };
    let appoint = |until| Action::SetRole {
        account: second.account(),
        role: role(until),
    };
    relaying.decide(appoint(LATER)).await;
    let invitation = staff.invite(server, account, HOUR_MS).await.unwrap();
    let too_long = staff.invite(server, account, MAX_INVITATION_MS + 1).await;
    assert!(matches!(too_long, Err(InviteError::TooLong)), "{too_long:?}");
    let chain = relaying.uninvited(&running).invited(invitation);

    let revoke = Action::RevokeRole {
        account: second.account(),
    };
    relaying.decide(revoke).await;
    world.settle(&running).await;
    assert_eq!(
        relaying.register(&chain).await,
        Err("not-invited".into()),
        "the role was taken"
    );
    relaying.decide(appoint(LATER)).await;
    let organisation = world.organisation;
    relaying.decide(Action::Suspend { organisation }).await;
    world.settle(&running).await;
    assert_eq!(
        relaying.register(&chain).await,
        Err("not-invited".into()),
        "the organisation is suspended"
    );
    relaying.decide(Action::Reinstate { organisation }).await;
    world.settle(&running).await;
    relaying.register(&chain).await.unwrap();

    // Naming takes an invitation of who is named, and to name nobody one of who was.
    let consortium = world.contracts.consortium;
    let name = async |chain: &ChainClient, named| {
        let message = NameOrganisation { account, named };
        let called = chain.call(&relaying.patient, consortium, &message).await;
        called.map(drop).map_err(reason)
    };
    let of_trust = relaying.registration(world.trust).await.named;
    world.settle(&running).await;
    assert_eq!(
        name(&chain, of_trust).await,
        Err("not-invited".into()),
        "by the hospital alone"
    );
    let nobody = relaying.uninvited(&running);
    assert_eq!(name(&nobody, None).await, Err("not-invited".into()));
    name(&chain, None).await.unwrap();
    world.settle(&running).await;
    let head = chain.finalized().await.unwrap().hash;
    let registration = chain.read(head, consortium, &Patient { account }).await.unwrap();
    assert_eq!(registration.unwrap().named, None);
    assert_eq!(
        name(&chain, None).await,
        Err("not-relayed".into()),
        "there is nobody to take back"
    );
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_paid_for_whom_nobody_invites_is_an_operators_to_say_and_a_quota_of_its_own() {
    let relaying = Relaying::new().await;
    let limits = RelayLimits {
        calls_uninvited: 4,
        ..RelayLimits::DEFAULT
    };
    let running = relaying.start(limits).await;
    let world = &relaying.world;
    relaying.register(&relaying.uninvited(&running)).await.unwrap();
    // A quarter of four is one: a second stranger who names the hospital is not paid for, and whom it has invited is.
    let stranger = AccountKey::generate().unwrap();
    let register = relaying.registration(world.organisation).await;
    let spent = relaying.uninvited(&running);
    let spent = spent.call(&stranger, world.contracts.consortium, &register).await;
    assert_eq!(reason(spent.unwrap_err()), "relay-quota-spent");
    let invitation = Invitation {
        patient: stranger.account(),
        ..relaying.invitation(&running)
    };
    let invited = relaying
        .uninvited(&running)
        .invited(relaying.invite(invitation, &world.admin));
    let registered = invited.call(&stranger, world.contracts.consortium, &register).await;
    registered.expect("the invited have their own");
    assert_eq!(relaying.balance(stranger.account()).await, 0);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_that_has_ended_keeps_nobody_from_what_an_organisation_vouches_for() {
    let relaying = Relaying::new().await;
    let running = relaying.start(RelayLimits::DEFAULT).await;
    relaying.activate(&relaying.relayed(&running)).await;
    let world = &relaying.world;
    world.settle(&running).await;
    let ended = Invitation {
        expires: now() - 1,
        ..relaying.invitation(&running)
    };
    let chain = relaying
        .uninvited(&running)
        .invited(relaying.invite(ended, &world.admin));
    let message = NameOrganisation {
        account: relaying.patient.account(),
        named: relaying.registration(world.trust).await.named,
    };
    let named = chain
        .call(&relaying.patient, world.contracts.consortium, &message)
        .await;
    named.expect("it is a patient's");
    // Whoever has tokens needs no invitation to register.
    let other = AccountKey::generate().unwrap();
    world
        .chain
        .fund(&world.committee, other.account(), FUNDS)
        .await
        .unwrap();
    let register = relaying.registration(world.organisation).await;
    let paid = world.chain.call(&other, world.contracts.consortium, &register).await;
    paid.expect("they pay for themselves");
    running.stop().await;
}
