//! Calls that patients have signed, and that the indexer submits and pays for: which ones, how many, and only once.
mod invited;
mod key;
mod limits;
mod money;
mod mortal;
mod shares;
mod waiting;

use crate::{
    events::client,
    support::{
        caller::{Answer, Caller, now},
        program::Program,
        world::{FUNDS, World},
    },
};
use aegle_client::{
    account::AccountKey,
    chain::{CallError, Chain},
    native::ChainClient,
    relayer::{Objection, RelayerError},
};
use aegle_indexer::{Indexer, RelayLimits, RelayerConfig};
use aegle_protocol::wire::{Invitation, RelayAnswer, RelayRequest, RelayedCall, SignedInvitation, blake2_256};
use aegle_rules::{
    AccountId, EncryptionKey, Hash, OrganisationId, Slot, Slots,
    consent::{Call, ConsentError, SignedAct, messages as consents},
    consortium::{
        self, MAX_NAMED_MS, Named,
        messages::{ActivatePatient, KeyOf, RegisterPatient, SetKey},
    },
    relay::{Relayed, call_hash, signed_bytes},
};
use std::time::Duration;

const HOUR_MS: u64 = 3_600_000;

/// A world in which an account that its indexer may use pays for calls.
struct Relaying {
    world: World,
    payer: AccountKey,
    patient: AccountKey,
}

impl Relaying {
    async fn new() -> Self {
        let world = World::on_devchain().await;
        let key = || AccountKey::generate().unwrap();
        let (payer, patient) = (key(), key());
        std::fs::write(world.data.path().join("payer.seed"), &payer.seed()[..]).unwrap();
        world
            .chain
            .fund(&world.committee, payer.account(), FUNDS)
            .await
            .unwrap();
        Self { world, payer, patient }
    }

    async fn start(&self, limits: RelayLimits) -> Indexer {
        let mut config = self.world.config();
        config.relayer = Some(RelayerConfig {
            key: self.world.data.path().join("payer.seed"),
            limits,
        });
        let running = Indexer::start(config).await.unwrap();
        self.world.settle(&running).await;
        running
    }

    /// The chain, where the indexer pays, and the hospital has invited the patient.
    fn relayed(&self, running: &Indexer) -> ChainClient {
        let invitation = self.invitation(running);
        self.uninvited(running)
            .invited(self.invite(invitation, &self.world.admin))
    }

    /// What the hospital says of the patient to invite them.
    fn invitation(&self, running: &Indexer) -> Invitation {
        Invitation {
            genesis: self.world.contracts.genesis,
            consortium: self.world.contracts.consortium,
            server: running.account(),
            patient: self.patient.account(),
            organisation: self.world.organisation,
            expires: now() + 24 * HOUR_MS,
        }
    }

    fn invite(&self, invitation: Invitation, admin: &AccountKey) -> SignedInvitation {
        invitation.sign(admin.account(), |message| admin.sign(message))
    }

    /// What registers the patient with an organisation.
    async fn registration(&self, organisation: OrganisationId) -> RegisterPatient {
        let time = self.world.chain.finalized().await.unwrap().timestamp;
        RegisterPatient {
            named: Some(Named {
                organisation,
                jurisdiction: None,
                until: time + MAX_NAMED_MS / 2,
            }),
        }
    }

    /// The chain, where the indexer pays.
    fn uninvited(&self, running: &Indexer) -> ChainClient {
        let indexer = client(&self.world, &running.url(), running.account());
        self.world.chain.clone().relayed_by(indexer, &self.world.contracts)
    }

    async fn balance(&self, account: AccountId) -> u128 {
        self.world.chain.balance(account).await.unwrap()
    }

    /// Registers the patient through the relayer, and has the hospital vouch.
    async fn activate(&self, chain: &ChainClient) {
        let register = self.registration(self.world.organisation).await;
        let consortium = self.world.contracts.consortium;
        chain.call(&self.patient, consortium, &register).await.unwrap();
        let vouch = ActivatePatient {
            patient: self.patient.account(),
        };
        self.world
            .chain
            .call(&self.world.admin, consortium, &vouch)
            .await
            .unwrap();
    }

    /// An act that somebody has signed for a chain.
    fn signed_by(&self, key: &AccountKey, genesis: Hash, act: SignedAct, nonce: u64, expires: u64) -> RelayRequest {
        let hash = call_hash(&act, blake2_256);
        let message = signed_bytes(&genesis, &self.world.contracts.consent, &hash, nonce, expires);
        RelayRequest::new(&RelayedCall::Consent(Box::new(Relayed {
            signer: key.account(),
            call: act,
            nonce,
            expires,
            signature: key.sign(&message),
        })))
    }

    /// An act of the patient's, signed for a chain.
    fn signed_for(&self, genesis: Hash, call: Call, nonce: u64, expires: u64) -> RelayRequest {
        let patient = self.patient.account();
        let act = SignedAct::Controller { patient, call };
        self.signed_by(&self.patient, genesis, act, nonce, expires)
    }

    /// How many of the patient's calls are in a block, final or not.
    async fn nonce(&self) -> u64 {
        let world = &self.world;
        let head = world.chain.node().await.unwrap().best().await.unwrap().hash;
        let account = self.patient.account();
        let message = consents::RelayNonce { account };
        world.chain.read(head, world.contracts.consent, &message).await.unwrap()
    }

    fn signed(&self, call: Call, nonce: u64) -> RelayRequest {
        self.signed_for(self.world.contracts.genesis, call, nonce, now() + HOUR_MS)
    }
}

fn restrict(slot: u8) -> Call {
    Call::SetRestricted {
        slots: Slots::default().with(Slot(slot)),
    }
}

fn act(patient: &AccountKey, call: Call) -> consents::Act {
    consents::Act {
        patient: patient.account(),
        call,
    }
}

async fn relay(caller: &Caller<'_>, request: &RelayRequest) -> Answer {
    caller.post("/v1/relay", request).await
}

/// What a relayer says of an act that it has not done, as the chain shows.
fn no<E: std::fmt::Debug>(error: CallError<E>) -> RelayerError {
    match error {
        CallError::Relayer(RelayerError::NotDone {
            no: Objection::Relayer(no),
            ..
        }) => *no,
        other => panic!("{other:?}"),
    }
}

/// The reason for which a relayer refused.
fn reason<E: std::fmt::Debug>(error: CallError<E>) -> String {
    match no(error) {
        RelayerError::Refused { reason, .. } => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patient_without_tokens_registers_and_acts_and_never_pays() {
    let relaying = Relaying::new().await;
    let running = relaying.start(RelayLimits::DEFAULT).await;
    let chain = relaying.relayed(&running);
    let contracts = &relaying.world.contracts;
    let patient = &relaying.patient;
    let before = relaying.balance(relaying.payer.account()).await;

    let early = chain.call(patient, contracts.consent, &act(patient, restrict(3))).await;
    assert_eq!(
        reason(early.unwrap_err()),
        "not-activated",
        "an account that is nobody's patient"
    );
    let nameless = RegisterPatient { named: None };
    let nameless = chain.call(patient, contracts.consortium, &nameless).await;
    assert_eq!(
        reason(nameless.unwrap_err()),
        "not-relayed",
        "nobody could vouch for them"
    );
    relaying.activate(&chain).await;

    let set_key = SetKey {
        account: patient.account(),
        key: EncryptionKey([7; 32]),
        bundle: Hash([0; 32]),
    };
    let (version, receipt) = chain.call(patient, contracts.consortium, &set_key).await.unwrap();
    assert_eq!((version, receipt.fee, receipt.deposit), (1, 0, 0), "somebody else paid");
    let account = patient.account();
    let entry = chain
        .read(receipt.block_hash, contracts.consortium, &KeyOf { account })
        .await;
    assert_eq!(entry.unwrap().map(|entry| entry.key), Some(EncryptionKey([7; 32])));

    for call in [restrict(3), Call::RevokeAll] {
        chain
            .call(patient, contracts.consent, &act(patient, call))
            .await
            .unwrap();
    }
    let refused = chain.call(patient, contracts.consent, &act(patient, Call::Veto)).await;
    assert!(
        matches!(refused, Err(CallError::Refused(ConsentError::NothingToVeto))),
        "the contract's own refusal: {refused:?}"
    );
    let role = consortium::messages::Renounce { organisation: None };
    let role = chain.call(patient, contracts.consortium, &role).await;
    assert!(
        matches!(role, Err(CallError::Relayer(RelayerError::NotRelayed { .. }))),
        "{role:?}"
    );

    assert_eq!(relaying.balance(account).await, 0, "they never had a token");
    assert!(relaying.balance(relaying.payer.account()).await < before);
    assert_eq!(
        relaying
            .world
            .status(&running)
            .await
            .relayer
            .map(|relayer| relayer.account),
        Some(relaying.payer.account())
    );
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_counts_once_and_only_as_it_was_signed() {
    let relaying = Relaying::new().await;
    let running = relaying.start(RelayLimits::DEFAULT).await;
    relaying.activate(&relaying.relayed(&running)).await;
    relaying.world.settle(&running).await;
    // Anybody may hand it over.
    let thief = AccountKey::generate().unwrap();
    let caller = relaying.world.caller(&running, &thief);
    let genesis = relaying.world.contracts.genesis;
    let mut tampered = relaying.signed(restrict(3), 0);
    *tampered.call.last_mut().unwrap() ^= 1;
    let mut longer = relaying.signed(restrict(3), 0);
    longer.call.push(0);
    for (what, request, expected) in [
        (
            "of another chain",
            relaying.signed_for(Hash([9; 32]), restrict(3), 0, now() + HOUR_MS),
            (401, "wrong-signature"),
        ),
        ("with another signature", tampered, (401, "wrong-signature")),
        ("with a byte too many", longer, (400, "invalid-relayed-call")),
        (
            "that has expired",
            relaying.signed_for(genesis, restrict(3), 0, now() - 1),
            (401, "expired"),
        ),
        (
            "that ends in two days",
            relaying.signed_for(genesis, restrict(3), 0, now() + 48 * HOUR_MS),
            (400, "invalid-relayed-call"),
        ),
        (
            "with a later number",
            relaying.signed(restrict(3), 1),
            (403, "relay-refused"),
        ),
        (
            "that the contract refuses",
            relaying.signed(Call::Veto, 0),
            (403, "relay-refused"),
        ),
    ] {
        let (status, reason) = relay(&caller, &request).await.reason();
        assert_eq!((status, reason.as_str()), expected, "a call {what}");
    }

    let request = relaying.signed(restrict(3), 0);
    let answered: RelayAnswer = relay(&caller, &request).await.json();
    let place = answered.place.expect("it is carried out");
    let paid = relaying.balance(relaying.payer.account()).await;
    let replayed: RelayAnswer = relay(&caller, &request).await.json();
    assert_eq!(replayed.place, Some(place), "the same call again");
    let other: RelayAnswer = relay(&caller, &relaying.signed(restrict(4), 0)).await.json();
    assert_eq!(other.place, None, "a call whose number is taken");
    running.stop().await;

    let again = relaying.start(RelayLimits::DEFAULT).await;
    let caller = relaying.world.caller(&again, &thief);
    let remembered: RelayAnswer = relay(&caller, &request).await.json();
    assert_eq!(remembered.place, Some(place), "after a restart");
    assert_eq!(relaying.balance(relaying.payer.account()).await, paid, "paid once");
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_indexer_without_a_key_relays_nothing() {
    let relaying = Relaying::new().await;
    let running = relaying.world.start().await;
    relaying.world.settle(&running).await;
    let off = relaying
        .relayed(&running)
        .call(
            &relaying.patient,
            relaying.world.contracts.consent,
            &act(&relaying.patient, Call::RevokeAll),
        )
        .await;
    let off = no(off.unwrap_err());
    assert!(matches!(off, RelayerError::Off), "{off:?}");
    assert_eq!(relaying.world.status(&running).await.relayer, None);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_whose_relayer_is_killed_before_it_answers_is_paid_once() {
    let relaying = Relaying::new().await;
    let running = relaying.start(RelayLimits::DEFAULT).await;
    relaying.activate(&relaying.relayed(&running)).await;
    running.stop().await;
    let world = &relaying.world;
    let devchain = world.devchain.as_ref().unwrap();
    let key = world.data.path().join("payer.seed");
    let start = || Program::start_relaying(world, &world.database, world.data.path(), &key);
    let before = relaying.balance(relaying.payer.account()).await;

    let program = start();
    let request = relaying.signed(restrict(3), 0);
    let nonce = || relaying.nonce();
    let caller = program.caller(world, &relaying.patient).await;
    devchain.hold_finality(true);
    let asked = tokio::time::timeout(Duration::from_secs(30), async {
        tokio::select! {
            answer = relay(&caller, &request) => panic!("it is not final: {answer:?}"),
            () = async {
                while nonce().await == 0 {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            } => {}
        }
    });
    asked.await.expect("it is in a block");
    program.kill();
    devchain.hold_finality(false);
    devchain.seal_block().await.unwrap();

    let program = start();
    let caller = program.caller(world, &relaying.patient).await;
    let answered: RelayAnswer = relay(&caller, &request).await.json();
    let place = answered.place.expect("it was carried out");
    let paid = relaying.balance(relaying.payer.account()).await;
    assert!(paid < before);
    let answered: RelayAnswer = relay(&caller, &request).await.json();
    assert_eq!(answered.place, Some(place));
    assert_eq!(relaying.balance(relaying.payer.account()).await, paid);
    assert_eq!(nonce().await, 1, "carried out once");
    program.stop();
}
