//! Benchmarks of sealing and delegation: one JSON object a line on standard output, everything else on standard error.
//!
//! `cargo bench -p aegle-crypto --features secret [-- prefix]`
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use aegle_crypto::{
    Deployment,
    delegation::{MessageKey, SplitInput, TransformContext, encapsulate, open_delegated, split},
    keys::MasterSecret,
    random::SystemRandom,
    record::{SEGMENT_BYTES, SealInput, open_record, seal_record},
};
use aegle_rules::{AccountId, Confidentiality, GrantId, Hash, Slot};
use aes_gcm::{Aes256Gcm, KeyInit, aead::AeadInOut};
use std::{
    hint::black_box,
    time::{Duration, Instant},
};

const MEASURED: Duration = Duration::from_millis(800);
/// With its media type just below 8 MiB, so that next to nothing is padding.
const CONTENT_BYTES: usize = (8 << 20) - 64;
const SLOT: Slot = Slot(4);

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
        println!(r#"{{"name":"{name}","value":{value:.1},"unit":"{unit}"{comparison}}}"#);
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
    let (row, ciphertext) = seal_record(&input, &deployment, &mut SystemRandom).unwrap();
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
    let label = aegle_crypto::delegation::CapsuleLabel([6; 32]);
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
