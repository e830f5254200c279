//! Benchmarks of sealing, delegation and verified answers: one JSON object a line on standard output, everything else on standard error.
//!
//! `cargo bench -p aegle-crypto [-- prefix]`
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use aegle_crypto::{
    delegation::{MessageKey, SplitInput, encapsulate, open_delegated, split},
    master::MasterSecret,
    record::{SealInput, SealedRecord, open_record, seal_record},
};
use aegle_keys::{DomainKey, KeyCache, RecordKeywords, label_span};
use aegle_protocol::{
    Deployment,
    commitment::{IndexSalt, index_commitment},
    delegation::TransformContext,
    random::SystemRandom,
    record::SEGMENT_BYTES,
    wire::{
        AnchoredLabels, AnswerEvidence, BatchAnswer, BatchEvidence, ExpectedAnswer, ExpectedLabels, IndexTrees,
        RecordPlace, leaf_keys,
    },
};
use aegle_rules::{
    AccountId, BatchNumber, Confidentiality, DomainId, GrantId, Hash, OrganisationId, Slot, ledger::Batch,
};
use aegle_sealed::{BatchSpan, Expression, Keyword, LabelSet, Salt, Scope, ScopeContext, VerifiedToken, Window};
use aes_gcm::{Aes256Gcm, KeyInit, aead::AeadInOut};
use scale::Encode;
use std::{
    collections::BTreeMap,
    hint::black_box,
    time::{Duration, Instant},
};

const MEASURED: Duration = Duration::from_millis(800);
/// With its media type just below 8 MiB, so that next to nothing is padding.
const CONTENT_BYTES: usize = (8 << 20) - 64;
const SLOT: Slot = Slot(4);
/// A hospital's batches: 50 patients with 20 records each in a batch, 31 keywords a record, padded to 32 labels.
const BATCHES: u32 = 5;
const PATIENTS: u8 = 50;
const PATIENT_RECORDS: usize = 20;
const RECORD_KEYWORDS: usize = 31;

/// Median seconds of one call, over at least [`MEASURED`] and 5 calls.
fn median_seconds<T>(mut call: impl FnMut() -> T) -> f64 {
    black_box(call());
    let mut samples = Vec::new();
    let begin = Instant::now();
    while begin.elapsed() < MEASURED || samples.len() < 5 {
        let start = Instant::now();
        black_box(call());
        samples.push(start.elapsed().as_secs_f64());
    }
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}

struct Report {
    prefix: String,
}

impl Report {
    fn wants(&self, name: &str) -> bool {
        name.starts_with(&self.prefix)
    }

    /// Measures and reports microseconds, next to the goal.
    fn time<T>(&self, name: &str, goal: Option<f64>, call: impl FnMut() -> T) {
        if self.wants(name) {
            let goal = goal.map(|goal| ("goal: at most", goal));
            self.line(name, median_seconds(call) * 1e6, "us", goal);
        }
    }

    fn line(&self, name: &str, value: f64, unit: &str, comparison: Option<(&str, f64)>) {
        let comparison = comparison.map_or(String::new(), |(text, value)| {
            format!(r#","comparison":"{text}","comparison_value":{value:.1}"#)
        });
        println!(r#"{{"name":"{name}","value":{value:.2},"unit":"{unit}"{comparison}}}"#);
    }
}

fn megabytes_per_second(bytes: usize, seconds: f64) -> f64 {
    bytes as f64 / 1e6 / seconds
}

fn main() {
    // `cargo bench` adds its own flag.
    let prefix = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with("--"))
        .unwrap_or_default();
    let report = Report { prefix };
    bulk(&report);
    delegation(&report);
    evidence(&report);
}

fn bulk(report: &Report) {
    let (seal, open) = ("crypto/seal_mb_per_s", "crypto/open_record_mb_per_s");
    if !report.wants(seal) && !report.wants(open) {
        return;
    }
    let (deployment, secret) = setup();
    let content = vec![7; CONTENT_BYTES];
    let input = SealInput {
        patient: AccountId([3; 32]),
        public_key: secret.slot_secret(&deployment.genesis, SLOT, 0).public_key(),
        slot: SLOT,
        epoch: 0,
        confidentiality: Confidentiality::Normal,
        author: AccountId([5; 32]),
        authored_at: 0,
        domain: aegle_rules::DomainId(1),
        media_type: "application/dicom",
        content: &content,
    };
    let cipher = Aes256Gcm::new(&[1; 32].into());
    let mut segment = vec![7; SEGMENT_BYTES];
    let alone = median_seconds(|| {
        cipher
            .encrypt_inout_detached(&[0; 12].into(), &[], segment.as_mut_slice().into())
            .unwrap()
    });
    let alone = megabytes_per_second(SEGMENT_BYTES, alone);
    let comparison = Some(("aes-256-gcm alone (aes-gcm crate), 64 KiB, same run", alone));
    let SealedRecord { row, ciphertext } = seal_record(&input, &deployment, &mut SystemRandom).unwrap();
    if report.wants(seal) {
        let seconds = median_seconds(|| seal_record(&input, &deployment, &mut SystemRandom).unwrap());
        report.line(seal, megabytes_per_second(CONTENT_BYTES, seconds), "MB/s", comparison);
    }
    if report.wants(open) {
        let capsule = row.verify_capsule(&deployment).unwrap();
        let slot_secret = secret.slot_secret(&deployment.genesis, SLOT, 0);
        let key = aegle_crypto::delegation::open_own(&capsule, &slot_secret);
        let seconds = median_seconds(|| open_record(&row, ciphertext.as_ref(), &key).unwrap());
        report.line(open, megabytes_per_second(CONTENT_BYTES, seconds), "MB/s", comparison);
    }
}

fn setup() -> (Deployment, MasterSecret) {
    let deployment = Deployment {
        genesis: Hash([1; 32]),
        consent: AccountId([2; 32]),
    };
    (deployment, MasterSecret::generate(&mut SystemRandom))
}

fn delegation(report: &Report) {
    let names = ["encapsulate", "verify_capsule", "transform", "open"].map(|name| format!("crypto/{name}_us"));
    if !names.iter().any(|name| report.wants(name)) {
        return;
    }
    let (deployment, secret) = setup();
    let slot_secret = secret.slot_secret(&deployment.genesis, SLOT, 0);
    let public_key = slot_secret.public_key();
    let input = SplitInput {
        grant: GrantId(1),
        version: 1,
        threshold: 1,
        proxies: vec![AccountId([1; 32])],
        delegatee: true,
    };
    let split = split(input, &[slot_secret], &mut SystemRandom).unwrap();
    let label = aegle_protocol::delegation::CapsuleLabel([6; 32]);
    let key = MessageKey::generate(&mut SystemRandom);
    let capsule = encapsulate(&public_key, &label, &key, &mut SystemRandom).unwrap();
    let context = TransformContext {
        grant: GrantId(1),
        version: 1,
        requester: AccountId([6; 32]),
        request: Hash([7; 32]),
        block: Hash([8; 32]),
    };
    let share = split.proxies[0].share(SLOT, 0).unwrap();
    let slot = split.split.slot(SLOT, 0).unwrap();
    let part = split.delegatee.as_ref().unwrap().part(SLOT, 0);
    let verified = capsule.verify(&label).unwrap();
    let partial = share.transform(&verified, &context, &mut SystemRandom);

    report.time(&names[0], Some(100.0), || {
        encapsulate(&public_key, &label, &key, &mut SystemRandom).unwrap()
    });
    report.time(&names[1], None, || capsule.verify(&label).unwrap());
    // As a proxy works: it verifies the capsule, then transforms with proof.
    report.time(&names[2], Some(200.0), || {
        share.transform(&capsule.verify(&label).unwrap(), &context, &mut SystemRandom)
    });
    // As a delegatee works: the capsule has been verified with the row; verify the proof, then combine.
    report.time(&names[3], Some(200.0), || {
        let partial = partial.verify(slot, &verified, &context).unwrap();
        open_delegated(&verified, slot, part, &[partial]).unwrap()
    });
}

/// One patient's records in [`BATCHES`] batches: 100 hits, of a query with AND, OR and NOT.
fn evidence(report: &Report) {
    let [verify, proof, prove] =
        ["verify_100_hits_ms", "proof_100_hits_kb", "prove_100_hits_ms"].map(|name| format!("search/{name}"));
    if ![&verify, &proof, &prove].iter().any(|name| report.wants(name)) {
        return;
    }
    let (key, salt) = (DomainKey::from_seed(&[1; 32]), IndexSalt([5; 32]));
    let mut cache = KeyCache::default();
    let labels: Vec<LabelSet> = (0..BATCHES).map(|batch| labelled(&key, &mut cache, batch)).collect();
    let terms = tokens(&key);
    let expression = Expression::And(vec![
        Expression::Term(0),
        Expression::Or(vec![Expression::Term(1), Expression::Term(2)]),
        Expression::Not(Box::new(Expression::Term(3))),
    ]);
    let query = expression.verify(terms.len()).unwrap();
    let of_batch = |(batch, labels): (u32, &LabelSet)| {
        let expected = ExpectedLabels {
            anchored: AnchoredLabels::of_batch(BatchNumber(batch), &anchored(labels, &salt)),
            leaf_keys: BTreeMap::from([(0, leaf_keys(&terms, BatchSpan::one(BatchNumber(batch)), 0).unwrap())]),
            universe: None,
        };
        (BatchNumber(batch), expected)
    };
    let batches: BTreeMap<_, _> = (0..).zip(&labels).map(of_batch).collect();
    let expected = ExpectedAnswer {
        query: &query,
        end: BATCHES,
        labels: &batches,
        after: None,
        limit: 1_000,
    };
    let answer = |make: &dyn Fn(usize) -> BatchEvidence| AnswerEvidence {
        end: BATCHES,
        batches: (0..BATCHES)
            .rev()
            .map(|batch| BatchAnswer {
                span: BatchSpan::one(BatchNumber(batch)),
                version: 0,
                evidence: make(batch as usize),
                withheld: vec![],
            })
            .collect(),
    };
    let trees: Vec<IndexTrees> = labels.iter().map(|labels| IndexTrees::new(labels, 0, salt)).collect();
    let keys = |batch: usize| &batches[&BatchNumber(batch as u32)].leaf_keys[&0];
    let bytes = answer(&|batch| trees[batch].evidence(keys(batch)).unwrap()).encode();
    let found = |batch: u32| {
        (0..PATIENT_RECORDS as u32).map(move |number| RecordPlace {
            batch: BatchNumber(batch),
            number,
        })
    };
    let hits: Vec<RecordPlace> = (0..BATCHES).rev().flat_map(found).collect();
    assert_eq!(hits.len(), 100);

    if report.wants(&verify) {
        // As a client works: it opens its tokens, decodes, verifies.
        let seconds = median_seconds(|| {
            for batch in batches.keys() {
                black_box(leaf_keys(&terms, BatchSpan::one(*batch), 0).unwrap());
            }
            AnswerEvidence::from_bytes(&bytes)
                .unwrap()
                .verify(&expected, &hits)
                .unwrap()
        });
        report.line(&verify, seconds * 1e3, "ms", Some(("goal: at most", 5.0)));
    }
    if report.wants(&proof) {
        report.line(&proof, bytes.len() as f64 / 1e3, "kB", Some(("goal: at most", 200.0)));
    }
    if report.wants(&prove) {
        let warm = median_seconds(|| answer(&|batch| trees[batch].evidence(keys(batch)).unwrap()));
        let cold =
            median_seconds(|| answer(&|batch| BatchEvidence::build(&labels[batch], 0, salt, keys(batch)).unwrap()));
        let comparison = Some(("with no tree at hand, same run", cold * 1e3));
        report.line(&prove, warm * 1e3, "ms", comparison);
    }
}

/// The records of each patient come one after the other; every patient has 60 keywords.
fn labelled(key: &DomainKey, cache: &mut KeyCache, batch: u32) -> LabelSet {
    let record = |patient: u8, number: usize| {
        // The first on each record, the second and third on every other one.
        let keywords = [0, 1 + number % 2]
            .into_iter()
            .chain((3..).map(|word| 3 + (word * 7 + number) % 57));
        RecordKeywords {
            patient: AccountId([patient; 32]),
            keywords: keywords.take(RECORD_KEYWORDS).map(keyword).collect(),
            cohort: false,
        }
    };
    let records: Vec<_> = (1..=PATIENTS)
        .flat_map(|patient| (0..PATIENT_RECORDS).map(move |number| record(patient, number)))
        .collect();
    let salt = Salt([batch as u8; 16]);
    label_span(
        cache,
        key,
        DomainId(1),
        0,
        BatchSpan::one(BatchNumber(batch)),
        &records,
        salt,
    )
    .unwrap()
}

fn keyword(number: usize) -> Keyword {
    Keyword::code("http://loinc.org", &format!("{number}-6")).unwrap()
}

/// Of three keywords that the patient has, and one that nobody has.
fn tokens(key: &DomainKey) -> Vec<Vec<VerifiedToken>> {
    let context = ScopeContext {
        domain: DomainId(1),
        epoch: 0,
        scope: Scope::Patient(AccountId([1; 32])),
    };
    let window = Window::new(0, BATCHES).unwrap();
    let token = |number: usize| {
        let tokens = key.token(&context, &keyword(number), window).unwrap();
        tokens.into_iter().map(|token| token.verify().unwrap()).collect()
    };
    [0, 1, 2, 99].map(token).into()
}

fn anchored(labels: &LabelSet, salt: &IndexSalt) -> Batch {
    Batch {
        custodian: OrganisationId(1),
        record_root: Hash([1; 32]),
        index_commitment: index_commitment(labels, 0, salt),
        manifest: Hash([2; 32]),
        records: labels.records().len() as u32,
        anchored_at: 0,
        version: 0,
    }
}
