//! Records sealed for a patient, in batches as a custodian makes them.
use aegle_crypto::record::{SealInput, SealedRecord, seal_record};
use aegle_keys::{DomainKey, RecordKeywords, label_batch};
use aegle_protocol::{
    Deployment,
    commitment::{IndexSalt, index_commitment},
    delegation::SlotPublicKey,
    random::SystemRandom,
    wire::{Bundle, Upload},
};
use aegle_rules::{AccountId, BatchNumber, Confidentiality, DomainId, Hash, Slot, ledger::messages::Anchor};
use aegle_sealed::{Keyword, Salt};

/// The record's time, which only has to be in the past.
pub(crate) const AUTHORED_AT: u64 = 1_700_000_000_000;

/// What a test says of a record.
#[derive(Clone)]
pub(crate) struct Plain {
    pub(crate) patient: AccountId,
    pub(crate) public_key: SlotPublicKey,
    pub(crate) slot: Slot,
    pub(crate) confidentiality: Confidentiality,
    pub(crate) keywords: Vec<Keyword>,
    /// Whether it is labelled for the cohort besides.
    pub(crate) cohort: bool,
    pub(crate) content: String,
}

/// A batch that is ready to be anchored and sent.
pub(crate) struct SealedBatch {
    pub(crate) bundle: Bundle,
    pub(crate) ciphertexts: Vec<Vec<u8>>,
    pub(crate) index_commitment: Hash,
}

pub(crate) fn seal_batch(
    deployment: &Deployment,
    author: AccountId,
    key: &DomainKey,
    domain: DomainId,
    batch: BatchNumber,
    plain: &[Plain],
) -> SealedBatch {
    let (mut records, mut ciphertexts) = (Vec::new(), Vec::new());
    for (number, plain) in plain.iter().enumerate() {
        let input = SealInput {
            patient: plain.patient,
            public_key: plain.public_key,
            slot: plain.slot,
            epoch: 0,
            confidentiality: plain.confidentiality,
            author,
            authored_at: AUTHORED_AT + number as u64,
            domain,
            media_type: "application/fhir+json",
            content: plain.content.as_bytes(),
        };
        let SealedRecord { row, ciphertext } = seal_record(&input, deployment, &mut SystemRandom).unwrap();
        records.push(row);
        ciphertexts.push(ciphertext.into_bytes());
    }
    let keywords: Vec<RecordKeywords> = plain
        .iter()
        .map(|plain| RecordKeywords {
            patient: plain.patient,
            keywords: plain.keywords.clone(),
            cohort: plain.cohort,
        })
        .collect();
    let labels = label_batch(key, domain, 0, batch, &keywords, Salt::generate().unwrap()).unwrap();
    let commitment_salt = IndexSalt([7; 32]);
    let index_commitment = index_commitment(&labels, 0, &commitment_salt);
    let bundle = Bundle {
        domain,
        epoch: 0,
        batch,
        records,
        labels: labels.into(),
        commitment_salt,
        manifest: Hash([9; 32]),
    };
    SealedBatch {
        bundle,
        ciphertexts,
        index_commitment,
    }
}

impl SealedBatch {
    /// Builds the body that uploads its ciphertexts.
    pub(crate) fn upload(&self) -> Vec<u8> {
        let names = self.bundle.records.iter().map(|row| row.id);
        let ciphertexts = names.zip(self.ciphertexts.iter().map(Vec::as_slice));
        Upload::new(ciphertexts.collect()).unwrap().to_bytes()
    }

    /// Builds the message that anchors it.
    pub(crate) fn anchor(&self) -> Anchor {
        Anchor {
            domain: self.bundle.domain,
            expected: self.bundle.batch,
            record_root: self.bundle.record_root(),
            index_commitment: self.index_commitment,
            records: self.bundle.records.len() as u32,
            manifest: self.bundle.manifest,
        }
    }
}
