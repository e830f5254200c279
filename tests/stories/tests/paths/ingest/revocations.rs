//! A revocation stops what comes after it: whoever kept every part of a grant, the proxy's share too, opens nothing that is
//! filed later, though the patient is offline; and who was not revoked opens what is old and what is new. By the program.

use super::{Site, failure, line, result, write};
use aegle_client::{
    chain::Chain,
    clinician::reader::Reader,
    custodian::{IngestError, NewRecord},
    fhir::Resource,
};
use aegle_crypto::{
    delegation::{DelegateeSecrets, open_delegated},
    record::{OpenError, open_record},
};
use aegle_protocol::{
    delegation::{ProxyShares, SplitAnchor, TransformContext, VerifiedSplit},
    keys::EncryptionSecret,
    random::SystemRandom,
    record::RecordId,
    wire::ShareDeposit,
};
use aegle_rules::{
    GrantId, Hash,
    consent::{Control, Grantee, messages::Grants},
};
use aegle_stories::world::reader;
use serde_json::Value;
use std::fs;
use zeroize::Zeroizing;

/// Everything that a grantee and the proxy have of a grant, kept.
struct Kept {
    split: VerifiedSplit,
    parts: DelegateeSecrets,
    shares: ProxyShares,
}

/// What a former grantee and a proxy that keeps what it should destroy can have between them.
async fn kept(site: &Site, grant: GrantId, grantee: &Reader) -> Kept {
    let (deployment, person) = (site.world.deployment(), &site.world.people[0]);
    let aegle = deployment.aegle();
    let head = aegle.chain.finalized().await.unwrap();
    let message = Grants {
        patient: person.account(),
        grantee: Grantee::Account(grantee.key().account()),
    };
    let grants = aegle
        .chain
        .read(head.hash, aegle.contracts.consent, &message)
        .await
        .unwrap();
    let (_, terms) = grants.into_iter().find(|(id, _)| *id == grant).unwrap();
    let stored = deployment
        .indexer()
        .store()
        .share(&person.account(), grant)
        .await
        .unwrap();
    let deposit = ShareDeposit::from_bytes(&stored.unwrap()).unwrap();
    let anchor = SplitAnchor {
        deployment: &aegle.bound_to(),
        patient: &person.account(),
        grant,
        on_chain: &terms.split,
        control: &Control::default(),
    };
    let deposit = deposit.verify(&anchor).unwrap();
    let split = deposit.split().clone();
    let part = deposit.grant_split().delegatee.unwrap();
    let seed: [u8; 32] = fs::read(deployment.data().join("proxy.key"))
        .unwrap()
        .try_into()
        .unwrap();
    let proxy = EncryptionSecret::from_seed(Zeroizing::new(seed));
    Kept {
        parts: DelegateeSecrets::open(&part, grantee.encryption(), &split).unwrap(),
        shares: ProxyShares::open(deposit.share().unwrap(), &proxy, &split, 1).unwrap(),
        split,
    }
}

/// What comes of a record under every key that was kept.
async fn tried(site: &Site, kept: &Kept, record: RecordId) -> Vec<Result<Vec<u8>, OpenError>> {
    let (deployment, person) = (site.world.deployment(), &site.world.people[0]);
    let aegle = deployment.aegle();
    let opened = person.patient.open(&aegle, record).await.unwrap();
    let purpose = aegle_rules::Purposes::PATRQT;
    let ciphertext = aegle
        .indexer
        .ciphertext(person.patient.key(), &record, purpose)
        .await
        .unwrap();
    let (row, capsule) = (opened.record.row(), opened.record.capsule());
    let context = TransformContext {
        grant: kept.split.document().grant,
        version: kept.split.document().version,
        requester: person.account(),
        request: Hash([0; 32]),
        block: Hash([0; 32]),
    };
    let slots = kept.split.slots().iter();
    let keys = slots.map(|slot| {
        let (number, epoch) = (slot.split().slot, slot.split().epoch);
        let share = kept.shares.share(number, epoch).unwrap();
        let partial = share.transform(capsule, &context, &mut SystemRandom);
        let partial = partial.verify(slot, capsule, &context).unwrap();
        open_delegated(capsule, slot, kept.parts.part(number, epoch), &[partial]).unwrap()
    });
    keys.map(|key| open_record(row, &ciphertext, &key).map(|content| content.bytes))
        .collect()
}

impl Site {
    /// Runs the program as somebody whose keys are in the home folder.
    pub(super) fn as_holder(&self, holder: &str, arguments: &[&str]) -> std::process::Output {
        let mut command = self.program(arguments);
        command.env("AEGLE_AS", holder).output().unwrap()
    }

    /// Runs the program to a good end.
    pub(super) fn done(&self, holder: &str, arguments: &[&str]) -> Value {
        let output = self.as_holder(holder, arguments);
        assert!(output.status.success(), "{holder} {arguments:?}: {}", failure(&output));
        result(&output)
    }

    /// Takes an observation of the patient in, and returns its record.
    pub(super) fn file_record(&self, id: &str) -> RecordId {
        let path = write(&self.file(&format!("{id}.ndjson")), &[line(id, 0, "", "final")]);
        let output = self.ingest(&[&path]);
        assert!(output.status.success(), "{}", failure(&output));
        self.receipts()[id].record
    }

    pub(super) fn opens(&self, holder: &str, record: RecordId) -> bool {
        let (record, output) = (record.to_string(), self.file("opened"));
        let output = output.display().to_string();
        self.as_holder(holder, &["record", "get", &record, "--output", &output])
            .status
            .success()
    }
}

pub(super) fn granted(value: &Value) -> GrantId {
    GrantId(value["grant"].as_u64().unwrap() as u32)
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_of_before_a_revocation_open_nothing_filed_after_and_others_open_old_and_new() {
    let site = Site::start(1).await;
    let (mia, ben) = (site.world.clinician(), reader(site.world.deployment()).await.unwrap());
    site.world.employ(&ben).await.unwrap();
    site.keep_reader("mia", mia);
    site.keep_reader("ben", &ben);
    let grant = |reader: &Reader| {
        let to = reader.key().account().to_string();
        granted(&site.done("p0", &["grant", "--to", &to, "--days", "30"]))
    };
    let (to_mia, to_ben) = (grant(mia), grant(&ben));
    let old = site.file_record("old");
    assert!(site.opens("mia", old) && site.opens("ben", old));
    let kept = kept(&site, to_mia, mia).await;
    let control = tried(&site, &kept, old).await;
    assert_eq!(
        control.iter().filter(|tried| tried.is_ok()).count(),
        1,
        "one key opens what is old"
    );

    let revoked = site.done("p0", &["revoke", &to_mia.to_string()]);
    assert_eq!(revoked["split_again"], serde_json::json!([to_ben]), "{revoked}");
    assert_eq!(revoked["waiting"], serde_json::json!([]), "{revoked}");
    // The patient does nothing any more.
    let new = site.file_record("new");
    let tried = tried(&site, &kept, new).await;
    assert!(
        !tried.is_empty() && tried.iter().all(|tried| *tried == Err(OpenError::WrongKey)),
        "{tried:?}"
    );
    assert!(!site.opens("mia", new) && !site.opens("mia", old));
    assert!(site.opens("ben", old) && site.opens("ben", new));

    // Nothing more is to be done, and doing it again is nothing.
    let renewed = site.done("p0", &["grant", "renew"]);
    assert_eq!(renewed["split_again"], serde_json::json!([]));
    // What is granted now is both.
    assert!(granted(&site.done("p0", &["grant", "--to", &mia.key().account().to_string()])) > to_ben);
    assert!(site.opens("mia", old) && site.opens("mia", new));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_guardians_revoke_waits_for_the_patient_and_that_is_said() {
    let site = Site::start(1).await;
    let (mia, ben) = (site.world.clinician(), reader(site.world.deployment()).await.unwrap());
    site.world.employ(&ben).await.unwrap();
    site.keep_reader("mia", mia);
    site.keep_reader("ben", &ben);
    let account = |reader: &Reader| reader.key().account().to_string();
    let grant = |reader: &Reader| granted(&site.done("p0", &["grant", "--to", &account(reader)]));
    let (to_mia, _) = (grant(mia), grant(&ben));
    // Ben is a guardian besides.
    let patient = site.world.people[0].account().to_string();
    site.done(
        "p0",
        &[
            "guardian",
            "set",
            "--guardian",
            &account(&ben),
            "--threshold",
            "1",
            "--days",
            "30",
        ],
    );
    let to_mia = to_mia.to_string();
    let act = [
        "guardian",
        "act",
        "--patient",
        &patient,
        "revoke",
        &to_mia,
        "--to",
        &account(mia),
    ];
    let acted = site.done("ben", &act);
    assert!(acted["note"].as_str().unwrap().contains("aegle grant renew"), "{acted}");
    let new = site.file_record("new");
    assert!(!site.opens("ben", new), "it waits");
    let said = site.as_holder("ben", &["record", "get", &new.to_string()]);
    assert!(failure(&said).contains("aegle grant renew"), "{}", failure(&said));
    assert_eq!(
        site.done("p0", &["grant", "renew"])["split_again"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert!(site.opens("ben", new) && !site.opens("mia", new));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sealed_to_keys_of_before() {
    let site = Site::start(1).await;
    let (world, person) = (&site.world, &site.world.people[0]);
    let aegle = world.deployment().aegle();
    let resource = Resource::parse(&line("late", 0, "", "final")).unwrap();
    person.patient.revoke_all(&aegle).await.unwrap();
    let record = NewRecord {
        patient: &person.enrolled,
        resource: &resource,
    };
    let (custodian, domain) = (world.hospital().custodian(), world.hospital().domain());
    let refused = custodian.ingest(&aegle, domain, &[record], &mut |_| ()).await;
    assert!(matches!(refused, Err(IngestError::KeysMoved(of)) if of == person.account()));
    assert_eq!(site.anchored().await, 0, "nothing of it is on chain");
    assert!(site.file_record("late").0 != [0; 16], "who looks first files it");
}
