//! Bundles, answers and logs against what the chain says.

use crate::fixture::{CONTENT, PATIENT, deployment, flips, patient, random, sealed};
use aegle_keys::{DomainKey, RecordKeywords, label_batch};
use aegle_protocol::{
    BlockId,
    commitment::{IndexSalt, index_commitment},
    merkle::Proof,
    wire::{
        Bundle, BundleError, Disclosure, DisclosureEntry, DisclosureKind, DisclosureLog, FORMAT_BYTES, FormatError,
        OpenAnswer, OpenAnswerError,
    },
};
use aegle_rules::{AccountId, BatchNumber, DomainId, GrantId, Hash, Purposes, Slot, ledger::Batch};
use aegle_sealed::{Keyword, Salt};

const DOMAIN: DomainId = DomainId(1);
const BATCH: BatchNumber = BatchNumber(3);

fn bundle() -> (Bundle, Batch) {
    let records = vec![
        sealed(CONTENT, 0, 1).0,
        sealed(CONTENT, 0, 2).0,
        sealed(CONTENT, 0, 3).0,
    ];
    let keywords = RecordKeywords {
        patient: PATIENT,
        keywords: vec![Keyword::status("final").unwrap()],
        cohort: false,
    };
    let labels = label_batch(
        &DomainKey::from_seed(&[1; 32]),
        DOMAIN,
        0,
        BATCH,
        &vec![keywords; 3],
        Salt([4; 16]),
    )
    .unwrap();
    let commitment_salt = IndexSalt([5; 32]);
    let index_commitment = index_commitment(&labels, 0, &commitment_salt);
    let manifest = Hash([6; 32]);
    let bundle = Bundle {
        domain: DOMAIN,
        epoch: 0,
        batch: BATCH,
        records,
        labels: labels.into(),
        commitment_salt,
        manifest,
    };
    let batch = Batch {
        custodian: aegle_rules::OrganisationId(1),
        record_root: bundle.record_root(),
        index_commitment,
        manifest,
        records: 3,
        anchored_at: 0,
        version: 0,
    };
    (bundle, batch)
}

#[test]
fn a_bundle_verifies_against_its_anchor_and_proves_its_records() {
    let (bundle, batch) = bundle();
    let bytes = bundle.to_bytes();
    let verified = Bundle::from_bytes(&bytes).unwrap().verify(&batch).unwrap();
    assert_eq!(
        (verified.domain(), verified.epoch(), verified.batch()),
        (DOMAIN, 0, BATCH)
    );
    for (number, row) in (0..).zip(verified.records()) {
        let answer = OpenAnswer {
            row: row.clone(),
            domain: DOMAIN,
            batch: BATCH,
            number,
            records: 3,
            proof: verified.proof(number).unwrap(),
        };
        let record = answer.verify(&row.id, &batch, &deployment()).unwrap();
        assert_eq!(record.row(), row);
    }
    assert_eq!(verified.proof(3), None);
}

#[test]
fn a_bundle_with_any_byte_changed_is_refused() {
    let (bundle, batch) = bundle();
    let bytes = bundle.to_bytes();
    // The batch says under what the anchor is looked up, as does the domain, which every record is sealed for; the shred secrets
    // show when a record is opened.
    let mut unanchored: Vec<usize> = (6..10).map(|at| FORMAT_BYTES + at).collect();
    for row in &bundle.records {
        let position = bytes.windows(32).position(|window| window == row.shred.0).unwrap();
        unanchored.extend(position..position + 32);
    }
    for (index, changed) in flips(&bytes) {
        let refused = Bundle::from_bytes(&changed)
            .and_then(|bundle| bundle.verify(&batch))
            .is_err();
        assert_eq!(refused, !unanchored.contains(&index), "byte {index}");
    }
    for length in 0..bytes.len() {
        let cut = Bundle::from_bytes(&bytes[..length]).unwrap_err();
        let expected = match length < FORMAT_BYTES {
            true => matches!(cut, BundleError::Format(FormatError::Tag)),
            false => matches!(cut, BundleError::Encoding(_)),
        };
        assert!(expected, "{length} bytes: {cut}");
    }
    assert!(matches!(
        Bundle::from_bytes(&[&bytes[..], &[0]].concat()),
        Err(BundleError::Encoding(_))
    ));
}

#[test]
fn a_bundle_is_short_in_a_log() {
    let text = format!("{:?}", bundle().0);
    assert_eq!(
        text,
        "Bundle { domain: DomainId(1), epoch: 0, batch: BatchNumber(3), records: 3, .. }"
    );
}

#[test]
fn each_fault_of_a_bundle_has_its_name() {
    let refused = |change: &dyn Fn(&mut Bundle, &mut Batch)| {
        let (mut bundle, mut batch) = bundle();
        change(&mut bundle, &mut batch);
        bundle.verify(&batch).unwrap_err()
    };
    assert_eq!(
        refused(&|_, batch| batch.records = 4),
        BundleError::Records { found: 3, expected: 4 }
    );
    assert_eq!(refused(&|bundle, _| bundle.records.swap(0, 1)), BundleError::RecordRoot);
    assert_eq!(
        refused(&|bundle, _| bundle.records[1].id = bundle.records[0].id),
        BundleError::DuplicateRecord
    );
    assert_eq!(
        refused(&|_, batch| batch.record_root = Hash([0; 32])),
        BundleError::RecordRoot
    );
    assert_eq!(
        refused(&|_, batch| batch.index_commitment = Hash([0; 32])),
        BundleError::IndexCommitment
    );
    assert_eq!(
        refused(&|bundle, _| bundle.commitment_salt.0[0] ^= 1),
        BundleError::IndexCommitment
    );
    assert_eq!(
        refused(&|bundle, _| bundle.labels.salt.0[0] ^= 1),
        BundleError::IndexCommitment
    );
    assert_eq!(
        refused(&|_, batch| batch.manifest = Hash([0; 32])),
        BundleError::Manifest
    );
    assert!(matches!(
        refused(&|bundle, _| bundle.labels.records[0].clear()),
        BundleError::Labels(_)
    ));
    let slot = refused(&|bundle, _| bundle.records[2].header.slot = Slot(32));
    assert!(matches!(slot, BundleError::Row { number: 2, .. }));
    let length = refused(&|bundle, _| bundle.records[0].ciphertext_length += 1);
    assert!(matches!(length, BundleError::Row { number: 0, .. }));
}

#[test]
fn an_answer_about_another_record_place_or_batch_is_refused() {
    let (bundle, batch) = bundle();
    let verified = bundle.verify(&batch).unwrap();
    let row = &verified.records()[1];
    let refused = |change: &dyn Fn(&mut OpenAnswer)| {
        let mut answer = OpenAnswer {
            row: row.clone(),
            domain: DOMAIN,
            batch: BATCH,
            number: 1,
            records: 3,
            proof: verified.proof(1).unwrap(),
        };
        change(&mut answer);
        answer.verify(&row.id, &batch, &deployment()).err().unwrap()
    };
    let other = verified.records()[0].clone();
    assert_eq!(
        refused(&|answer| answer.row = other.clone()),
        OpenAnswerError::Record(other.id)
    );
    assert_eq!(refused(&|answer| answer.number = 0), OpenAnswerError::Proof);
    assert_eq!(refused(&|answer| answer.number = u32::MAX), OpenAnswerError::Proof);
    assert_eq!(
        refused(&|answer| answer.records = 4),
        OpenAnswerError::Records { found: 4, anchored: 3 }
    );
    assert_eq!(
        refused(&|answer| answer.proof = Proof::default()),
        OpenAnswerError::Proof
    );
    assert_eq!(refused(&|answer| answer.row.rho.0[0] ^= 1), OpenAnswerError::Proof);
    assert_eq!(
        refused(&|answer| answer.row.header.author = AccountId([0; 32])),
        OpenAnswerError::Proof
    );
}

#[test]
fn the_class_map_is_a_permutation_of_its_patient() {
    use aegle_crypto::classes::{Class, ClassMap};
    use aegle_protocol::seal::EncryptionSecret;
    let genesis = deployment().genesis;
    let map = patient().class_map(&genesis);
    let slots: std::collections::BTreeSet<Slot> = Class::ALL.iter().map(|class| map.slot(*class)).collect();
    assert_eq!(slots.len(), Class::ALL.len());
    for class in Class::ALL {
        assert_eq!(map.class(map.slot(*class)), Some(*class));
        assert_eq!(map.restricted().contains(map.slot(*class)), class.is_restricted());
    }
    let unused = (0..32).map(Slot).filter(|slot| map.class(*slot).is_none()).count();
    assert_eq!(unused, 32 - Class::ALL.len());

    let other = aegle_crypto::master::MasterSecret::generate(&mut random(1)).class_map(&genesis);
    assert!(Class::ALL.iter().any(|class| map.slot(*class) != other.slot(*class)));

    let custodian = EncryptionSecret::generate(&mut random(2));
    let sealed = map.seal(&PATIENT, &custodian.public_key(), &mut random(3)).unwrap();
    let committed = map.commitment(&PATIENT);
    let opened = ClassMap::open(&sealed, &custodian, &PATIENT, &committed).unwrap();
    assert!(Class::ALL.iter().all(|class| map.slot(*class) == opened.slot(*class)));
    assert!(ClassMap::open(&sealed, &custodian, &AccountId([0; 32]), &committed).is_err());
}

#[test]
fn a_disclosure_log_is_one_chain() {
    let disclosure = Disclosure {
        kind: DisclosureKind::Transform,
        patient: PATIENT,
        record: sealed(CONTENT, 0, 1).0.id,
        requester: AccountId([6; 32]),
        purpose: Purposes::TREAT,
        grant: Some(GrantId(1)),
        request: Hash([7; 32]),
        block: BlockId {
            number: 9,
            hash: Hash([8; 32]),
        },
        at: 1,
    };
    let mut log = DisclosureLog::default();
    let mut previous = Hash([0; 32]);
    for number in 1..=4 {
        let disclosure = Disclosure {
            at: number,
            ..disclosure
        };
        let hash = disclosure.hash(number, &previous);
        log.entries.push(DisclosureEntry {
            number,
            disclosure,
            previous,
            hash,
        });
        previous = hash;
    }
    assert!(log.verify_chain().is_ok());
    assert!(
        DisclosureLog {
            entries: log.entries[2..].to_vec()
        }
        .verify_chain()
        .is_ok(),
        "a later page"
    );
    let refused = |change: &dyn Fn(&mut DisclosureLog)| {
        let mut changed = log.clone();
        change(&mut changed);
        changed.verify_chain().err().unwrap().number
    };
    assert_eq!(refused(&|log| log.entries[2].disclosure.at = 0), 3);
    assert_eq!(refused(&|log| log.entries.retain(|entry| entry.number != 2)), 3);
    assert_eq!(refused(&|log| log.entries.swap(1, 2)), 3);
    assert_eq!(refused(&|log| log.entries[0].previous = Hash([1; 32])), 1);
    assert_eq!(refused(&|log| log.entries[3].hash = Hash([1; 32])), 4);
    assert_eq!(refused(&|log| log.entries[0].number = 0), 0);
}
