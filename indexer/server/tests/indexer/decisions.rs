//! Decisions for a hospital's own systems: about records that it keeps, at the newest state, and never without the chain.
use crate::{
    batches::two,
    open::custodian_of,
    support::{wire::Wire, world::World},
};
use aegle_client::native::{IndexerClient, ServerAddress};
use aegle_indexer::Indexer;
use aegle_protocol::{
    record::RecordId,
    wire::{ConsentDecision, DecisionAnswer, DecisionQuestion, DecisionRequest, MAX_DECISIONS, Subject},
};
use aegle_rules::{AccountId, Purposes, Roles, consent::Declaration};

fn question(record: RecordId, actor: AccountId) -> DecisionQuestion {
    DecisionQuestion {
        about: Subject::Record(record),
        actor,
        purpose: Purposes::TREAT,
        research: Declaration::default(),
    }
}

struct Filed {
    world: World,
    running: Indexer,
    records: Vec<RecordId>,
}

async fn filed() -> Filed {
    let world = World::new().await;
    let running = world.start().await;
    let batch = two(&world, 0);
    world.deposit(&running, &batch).await;
    world.settle(&running).await;
    let records = batch.bundle.records.iter().map(|record| record.id).collect();
    Filed {
        world,
        running,
        records,
    }
}

impl Filed {
    /// Both records and one that never was, for the clinician and for the patient.
    async fn ask(&self) -> DecisionAnswer {
        let (clinician, patient) = (self.world.clinician.account(), self.world.patient.account());
        let absent = RecordId([0xee; 16]);
        let questions = [self.records[0], self.records[1], absent]
            .into_iter()
            .flat_map(|record| [question(record, clinician), question(record, patient)])
            .collect();
        let server = ServerAddress::new(self.running.url(), self.running.account());
        let indexer = IndexerClient::at(&server, &self.world.contracts).unwrap();
        indexer
            .decide(&self.world.admin, &DecisionRequest { questions })
            .await
            .unwrap()
    }
}

fn permits(answer: &DecisionAnswer) -> Vec<bool> {
    answer.decisions.iter().map(|decision| decision.permit).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_counts_from_its_block_and_a_revocation_too() {
    let filed = filed().await;
    let before = filed.ask().await;
    assert!(!permits(&before)[0] && !permits(&before)[2] && !permits(&before)[4]);
    let granted = filed.world.grant(&filed.running).await;
    let after = filed.ask().await;
    let of_clinician: Vec<ConsentDecision> = after.decisions.iter().copied().step_by(2).collect();
    let permit = ConsentDecision {
        permit: true,
        grant: Some(granted.id),
    };
    assert_eq!(of_clinician, [permit, permit, ConsentDecision::DENIED]);
    assert!(after.block.number > before.block.number);
    assert_eq!(after.permitted, before.permitted + 2);
    filed.world.revoke(granted.id).await;
    assert_eq!(permits(&filed.ask().await), permits(&before));
    filed.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn records_of_others_are_as_if_they_were_not() {
    let filed = filed().await;
    let Filed {
        world,
        running,
        records,
    } = &filed;
    let granted = world.grant(running).await;
    let roles = Roles::ORGANISATION_ADMIN.union(Roles::CUSTODIAN);
    let other = custodian_of(world, world.trust, roles).await;
    world.settle(running).await;
    let clinician = world.clinician.account();
    let request = DecisionRequest {
        questions: vec![
            question(records[0], clinician),
            question(RecordId([0xee; 16]), clinician),
        ],
    };
    let answer: DecisionAnswer = world
        .caller(running, &other)
        .post("/v1/decisions", &request)
        .await
        .json();
    assert_eq!(
        (answer.decisions, answer.permitted),
        (vec![ConsentDecision::DENIED; 2], 0)
    );
    let answer: DecisionAnswer = world
        .caller(running, &world.admin)
        .post("/v1/decisions", &request)
        .await
        .json();
    assert_eq!(answer.decisions[0].grant, Some(granted.id));
    // A clinician asks for what they want to see themselves, and not for others.
    let refused = world
        .caller(running, &world.clinician)
        .post("/v1/decisions", &request)
        .await;
    assert_eq!(refused.reason(), (403, "role-required".into()));
    filed.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_that_do_not_hold_decide_nothing() {
    let filed = filed().await;
    let admin = filed.world.caller(&filed.running, &filed.world.admin);
    let one = question(filed.records[0], filed.world.clinician.account());
    let both = Purposes::TREAT.union(Purposes::HRESCH);
    for questions in [
        vec![],
        vec![one; MAX_DECISIONS + 1],
        vec![one, DecisionQuestion { purpose: both, ..one }],
        vec![DecisionQuestion {
            purpose: Purposes::NONE,
            ..one
        }],
    ] {
        let refused = admin.post("/v1/decisions", &DecisionRequest { questions }).await;
        assert_eq!(refused.reason(), (400, "invalid-questions".into()));
    }
    let whole = admin
        .post(
            "/v1/decisions",
            &DecisionRequest {
                questions: vec![one; MAX_DECISIONS],
            },
        )
        .await;
    let answer: DecisionAnswer = whole.json();
    assert_eq!((answer.decisions.len(), answer.permitted), (MAX_DECISIONS, 0));
    for body in ["", "{}", "[]", r#"{"questions":[{}]}"#, r#"{"questions":[],"more":1}"#] {
        let refused = admin.send("POST", "/v1/decisions", body.into()).await;
        assert_eq!(refused.status, 400, "{body}");
    }
    filed.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_chain_nothing_is_decided() {
    let world = World::on_devchain().await;
    let wire = Wire::to(&world.chain_url).await;
    let config = aegle_indexer::config::Config {
        chain_url: wire.url(),
        ..world.config()
    };
    let running = Indexer::start(config).await.unwrap();
    world.grant(&running).await;
    world.settle(&running).await;
    let admin = world.caller(&running, &world.admin);
    let request = DecisionRequest {
        questions: vec![question(RecordId([1; 16]), world.clinician.account())],
    };
    admin.post("/v1/decisions", &request).await.expect(200);
    wire.freeze();
    let refused = admin.post("/v1/decisions", &request).await;
    assert_eq!(refused.status, 503, "{}", String::from_utf8_lossy(&refused.body));
    running.stop().await;
}
