//! The proxy: shares in, partial results out, and a log of both.
use crate::support::{
    granting::GrantedSplit,
    world::{SLOT, World},
};
use aegle_client::account::AccountKey;
use aegle_crypto::{
    delegation::{DelegateeSecrets, open_delegated},
    record::open_record,
};
use aegle_indexer::Indexer;
use aegle_protocol::{
    random::SystemRandom,
    record::RecordId,
    wire::{
        DisclosureKind, DisclosureLog, GrantSplit, OpenAnswer, OpenRequest, ShareDeposit, TransformAnswer,
        TransformRequest,
    },
};
use aegle_rules::{GrantId, Purposes, Slot};
use aegle_sealed::Keyword;

/// A world with one batch of one record.
struct StoredRecord {
    world: World,
    running: Indexer,
    record: RecordId,
}

async fn stored() -> StoredRecord {
    let world = World::new().await;
    let running = world.start().await;
    let batch = world.seal(0, &[world.plain(&[Keyword::status("final").unwrap()], "content")]);
    world.deposit(&running, &batch).await;
    let record = batch.bundle.records[0].id;
    StoredRecord { world, running, record }
}

fn request(record: RecordId, grant: GrantId) -> TransformRequest {
    TransformRequest {
        record,
        purpose: Purposes::TREAT,
        grant,
        version: 1,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grantee_opens_with_the_proxy_until_the_grant_is_revoked() {
    let StoredRecord { world, running, record } = stored().await;
    let (patient, clinician) = (
        world.caller(&running, &world.patient),
        world.caller(&running, &world.clinician),
    );
    let GrantedSplit { id: grant, deposit, .. } = world.grant(&running).await;
    let not_yet = clinician.post("/v1/transform", &request(record, grant)).await;
    assert_eq!(not_yet.reason(), (404, "not-found".into()), "no share was deposited");
    patient.post("/v1/shares", &deposit).await.expect(201);
    patient.post("/v1/shares", &deposit).await.expect(204);

    // The delegatee's part, from the indexer; anybody else sees nothing.
    let path = format!("/v1/grants/{}/{grant}", world.patient.account());
    let parts: GrantSplit = clinician.get(&path).await.json();
    assert_eq!(patient.get(&path).await.json::<GrantSplit>(), parts);
    let stranger = AccountKey::generate().unwrap();
    assert_eq!(
        world.caller(&running, &stranger).get(&path).await.reason(),
        (404, "not-found".into())
    );
    let commitment = parts.document.commitment(&parts.salt);
    let split = parts.document.verify(&commitment, &parts.salt, grant).unwrap();
    let secrets = DelegateeSecrets::open(&parts.delegatee.unwrap(), &world.clinician_secret, &split).unwrap();

    let row: OpenAnswer = clinician
        .post(
            "/v1/open",
            &OpenRequest {
                record,
                purpose: Purposes::TREAT,
            },
        )
        .await
        .json();
    let capsule = row.row.verify_capsule(&world.deployment).unwrap();
    let ciphertext = clinician.get(&format!("/v1/ciphertexts/{record}?purpose=0")).await;
    assert_eq!(ciphertext.reason().1, "invalid-purpose");
    let ciphertext = clinician.get(&format!("/v1/ciphertexts/{record}?purpose=1")).await;
    let answer: TransformAnswer = clinician.post("/v1/transform", &request(record, grant)).await.json();
    assert_eq!(
        (answer.context.grant, answer.context.requester),
        (grant, world.clinician.account())
    );
    let slot = split.slot(SLOT, 0).unwrap();
    let partial = answer.partial.verify(slot, &capsule, &answer.context).unwrap();
    let key = open_delegated(&capsule, slot, secrets.part(SLOT, 0), &[partial]).unwrap();
    assert_eq!(open_record(&row.row, &ciphertext.body, &key).unwrap().bytes, b"content");

    let log: DisclosureLog = patient.get("/v1/disclosures").await.json();
    log.verify_chain().unwrap();
    let kinds: Vec<_> = log.entries.iter().map(|entry| entry.disclosure.kind).collect();
    assert_eq!(
        kinds,
        [
            DisclosureKind::Row,
            DisclosureKind::Ciphertext,
            DisclosureKind::Transform
        ]
    );
    for entry in &log.entries {
        assert_eq!(
            (entry.disclosure.requester, entry.disclosure.grant),
            (world.clinician.account(), Some(grant))
        );
    }
    assert_eq!(log.entries[2].disclosure.request, answer.context.request);
    let rest: DisclosureLog = patient.get("/v1/disclosures?after=2").await.json();
    assert_eq!(rest.entries, log.entries[2..]);
    assert!(
        clinician
            .get("/v1/disclosures")
            .await
            .json::<DisclosureLog>()
            .entries
            .is_empty()
    );

    world.revoke(grant).await;
    assert_eq!(
        clinician.post("/v1/transform", &request(record, grant)).await.reason(),
        (404, "not-found".into())
    );
    assert_eq!(clinician.get(&path).await.reason(), (404, "not-found".into()));
    assert_eq!(
        running.store().share(&world.patient.account(), grant).await.unwrap(),
        None,
        "the share is gone"
    );
    assert_eq!(
        patient.post("/v1/shares", &deposit).await.reason(),
        (422, "unknown-grant".into())
    );
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transform_is_for_the_grant_that_permits_and_its_version() {
    let StoredRecord { world, running, record } = stored().await;
    let (patient, clinician) = (
        world.caller(&running, &world.patient),
        world.caller(&running, &world.clinician),
    );
    let GrantedSplit { id: grant, deposit, .. } = world.grant(&running).await;
    patient.post("/v1/shares", &deposit).await.expect(201);
    let good = request(record, grant);
    for (case, request, status, reason) in [
        (
            "another grant",
            TransformRequest {
                grant: GrantId(grant.0 + 1),
                ..good
            },
            404,
            "not-found",
        ),
        (
            "another purpose",
            TransformRequest {
                purpose: Purposes::HRESCH,
                ..good
            },
            404,
            "not-found",
        ),
        (
            "an unknown record",
            TransformRequest {
                record: RecordId([1; 16]),
                ..good
            },
            404,
            "not-found",
        ),
        (
            "another version",
            TransformRequest { version: 2, ..good },
            422,
            "split-version",
        ),
        (
            "no purpose",
            TransformRequest {
                purpose: Purposes::NONE,
                ..good
            },
            400,
            "invalid-purpose",
        ),
    ] {
        assert_eq!(
            clinician.post("/v1/transform", &request).await.reason(),
            (status, reason.to_owned()),
            "{case}"
        );
    }
    let stranger = AccountKey::generate().unwrap();
    assert_eq!(
        world
            .caller(&running, &stranger)
            .post("/v1/transform", &good)
            .await
            .reason(),
        (404, "not-found".into())
    );
    // The patient needs no proxy, and no grant stands in their own decision.
    let own = TransformRequest {
        purpose: Purposes::PATRQT,
        ..good
    };
    assert_eq!(
        patient.post("/v1/transform", &own).await.reason(),
        (404, "not-found".into())
    );
    clinician.post("/v1/transform", &good).await.expect(200);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tampered_deposit_is_refused() {
    let StoredRecord { world, running, .. } = stored().await;
    let patient = world.caller(&running, &world.patient);
    let GrantedSplit { parts, deposit, .. } = world.grant(&running).await;
    let changed = |change: fn(&mut ShareDeposit)| {
        let mut changed = deposit.clone();
        change(&mut changed);
        changed
    };
    let mut other_sealed = deposit.clone();
    let sealed = parts.seal_shares(1, &world.clinician_secret.public_key(), &mut SystemRandom);
    other_sealed.share = Some(sealed.unwrap());
    let cases = [
        (
            "a flipped bit in the share",
            changed(|deposit| deposit.share.as_mut().unwrap().ciphertext[0] ^= 1),
        ),
        (
            "a truncated share",
            changed(|deposit| deposit.share.as_mut().unwrap().ciphertext.truncate(40)),
        ),
        ("another salt", changed(|deposit| deposit.salt.0[0] ^= 1)),
        ("another version", changed(|deposit| deposit.document.version = 2)),
        (
            "another slot",
            changed(|deposit| deposit.document.slots[0].slot = Slot(5)),
        ),
        ("no share", changed(|deposit| deposit.share = None)),
        ("no delegatee's part", changed(|deposit| deposit.delegatee = None)),
        ("sealed to somebody else", other_sealed),
    ];
    for (case, deposit) in cases {
        assert_eq!(
            patient.post("/v1/shares", &deposit).await.reason(),
            (422, "share-mismatch".into()),
            "{case}"
        );
    }
    let unknown = changed(|deposit| deposit.document.grant = GrantId(99));
    assert_eq!(
        patient.post("/v1/shares", &unknown).await.reason(),
        (422, "unknown-grant".into())
    );
    // Only the patient's own: the clinician has no such grant.
    let clinician = world.caller(&running, &world.clinician);
    assert_eq!(
        clinician.post("/v1/shares", &deposit).await.reason(),
        (422, "unknown-grant".into())
    );
    patient.post("/v1/shares", &deposit).await.expect(201);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_whose_capsule_is_false_is_not_transformed() {
    let world = World::new().await;
    let running = world.start().await;
    let mut batch = world.seal(0, &[world.plain(&[Keyword::status("final").unwrap()], "content")]);
    // A custodian that anchors a capsule that does not fit its record: the roots hold, the capsule does not.
    batch.bundle.records[0].capsule.masked_key.0[0] ^= 1;
    world.deposit(&running, &batch).await;
    let GrantedSplit { id: grant, deposit, .. } = world.grant(&running).await;
    world
        .caller(&running, &world.patient)
        .post("/v1/shares", &deposit)
        .await
        .expect(201);
    let clinician = world.caller(&running, &world.clinician);
    let refused = clinician
        .post("/v1/transform", &request(batch.bundle.records[0].id, grant))
        .await;
    assert_eq!(refused.reason(), (422, "invalid-capsule".into()));
    let log: DisclosureLog = world
        .caller(&running, &world.patient)
        .get("/v1/disclosures")
        .await
        .json();
    assert!(log.entries.is_empty());
    running.stop().await;
}
