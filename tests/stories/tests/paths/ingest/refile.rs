//! A record under the wrong patient goes to the right one, whatever ends the run that does it: it is erased where it was, its
//! labels are gone, and who had opened it is named. Merged charts are one.

use super::{Site, failure, line, result, write};
use crate::erasure::ERASURE;
use aegle_client::{chain::Chain, fhir::Resource};
use aegle_rules::{
    BatchNumber, Purposes,
    ledger::{Fate, RecordPosition},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    process::Output,
    time::{Duration, Instant},
};

/// How often a run is ended before one is left alone.
const KILLS: u32 = 6;
/// The pause between two looks at whether a run has ended by itself.
const PAUSE: Duration = Duration::from_millis(5);

impl Site {
    fn refile_arguments(&self, more: &[&str]) -> Vec<String> {
        let domain = self.world.hospital().domain().to_string();
        let patients = self.file("patients").display().to_string();
        let fixed = ["custodian", "refile", "--domain", &domain, "--patients", &patients];
        fixed.iter().chain(more).map(ToString::to_string).collect()
    }

    /// Refiles, to the end.
    fn refile(&self, more: &[&str]) -> Output {
        let arguments = self.refile_arguments(more);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        self.program(&arguments).output().unwrap()
    }

    /// Begins to refile, and ends that after a time, unless it has ended by itself.
    fn refile_and_kill(&self, more: &[&str], after: Duration) {
        let arguments = self.refile_arguments(more);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut child = self.program(&arguments).spawn().unwrap();
        let began = Instant::now();
        while began.elapsed() < after && child.try_wait().unwrap().is_none() {
            std::thread::sleep(PAUSE);
        }
        // It may have ended by itself a moment ago.
        let _ = child.kill();
        child.wait().unwrap();
    }

    async fn fate(&self, batch: u32, index: u32) -> Option<Fate> {
        let aegle = self.world.deployment().aegle();
        let head = aegle.chain.finalized().await.unwrap();
        let place = RecordPosition {
            batch: BatchNumber(batch),
            index,
        };
        aegle.fate(&head, self.world.hospital().domain(), place).await.unwrap()
    }

    /// What the receipts say, without what was sealed first.
    fn told(&self) -> Vec<String> {
        let events = self.events();
        let said = |event: &Value| format!("{} {}", event["event"].as_str().unwrap(), event["id"].as_str().unwrap());
        events.iter().map(said).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_under_the_wrong_patient_is_refiled_once_whatever_ends_it() {
    let site = Site::start(2).await;
    let first = write(
        &site.file("one.ndjson"),
        &[
            line("x", 0, "", "final"),
            line("a", 0, "", "final"),
            line("b", 1, "", "final"),
        ],
    );
    assert!(site.ingest(&[&first]).status.success());
    let (receipts, world) = (site.receipts(), &site.world);
    let class = Resource::parse(&line("x", 0, "", "final")).unwrap().class();
    world
        .grant(&world.people[0], world.clinician(), &[class])
        .await
        .unwrap();
    let aegle = world.deployment().aegle();
    world
        .clinician()
        .open(&aegle, receipts["x"].record, Purposes::TREAT)
        .await
        .unwrap();

    // The system that it is from corrects itself.
    let second = write(
        &site.file("two.ndjson"),
        &[
            line("x", 1, "", "final"),
            line("a", 0, "", "final"),
            line("b", 1, "", "final"),
        ],
    );
    let refused = site.ingest(&[&second]);
    assert_eq!(refused.status.code(), Some(1));
    let said = failure(&refused);
    assert!(
        said.contains("another patient") && said.contains("custodian refile"),
        "{said}"
    );
    let began = Instant::now();
    let dry = result(&site.refile(&["--dry-run", "--record", "Observation/x", &second]));
    let usual = began.elapsed();
    assert_eq!((&dry["new"], &dry["passed_over"]), (&1.into(), &2.into()), "{dry}");
    assert_eq!(site.anchored().await, 3);

    let named = ["--record", "Observation/x", &first, &second];
    for kill in 0..KILLS {
        // From before it has connected to after it has done something on chain.
        site.refile_and_kill(&named, usual * (kill + 2) / 3);
    }
    let last = site.refile(&named);
    assert!(last.status.success(), "{}", failure(&last));
    let waiting = &result(&last)["to_relabel"];
    assert_eq!(waiting[0]["batch"], 0, "labels wait for the erasure: {waiting}");
    assert!(matches!(site.fate(0, 0).await, Some(Fate::Erasing { .. })));
    world.deployment().advance(ERASURE).await.unwrap();
    let again = result(&site.refile(&named));
    assert_eq!((&again["new"], &again["known"]), (&0.into(), &1.into()), "{again}");
    assert!(again["to_relabel"].as_array().unwrap().is_empty(), "{again}");

    let expected = [
        "sealed x",
        "sealed a",
        "sealed b",
        "sealed x",
        "superseded x",
        "refiled x",
    ];
    assert_eq!(site.told(), expected, "each once");
    let refiled = site.events().pop().unwrap();
    assert_eq!(refiled["record"], json!(receipts["x"].record));
    assert_eq!(refiled["by"], json!({ "batch": 1, "index": 0 }));
    let opened_by = refiled["opened_by"].as_array().unwrap();
    assert_eq!(opened_by.len(), 1, "{refiled}");
    assert_eq!(opened_by[0]["account"], json!(world.clinician().key().account()));
    assert_eq!(opened_by[0]["content"], true);
    assert_eq!(site.fate(0, 0).await, Some(Fate::Erased));
    assert_eq!(site.fate(1, 0).await, None);

    // Each finds their own, and that is all: the proofs need the batch to be labelled anew.
    let own = |ids: &[&str]| ids.iter().map(|id| receipts[*id].record).collect::<BTreeSet<_>>();
    assert_eq!(site.proved(0).await, own(&["a"]));
    let of_other = site.proved(1).await;
    assert_eq!(of_other.len(), 2);
    assert!(of_other.is_superset(&own(&["b"])) && !of_other.contains(&receipts["x"].record));
    for record in &of_other {
        world.people[1].patient.open(&aegle, *record).await.unwrap();
    }
    assert!(
        world.people[0]
            .patient
            .open(&aegle, receipts["x"].record)
            .await
            .is_err()
    );
    let as_clinician = world.clinician().open(&aegle, receipts["x"].record, Purposes::TREAT);
    assert!(as_clinician.await.is_err());

    // What it was before does not come back, and nothing else is moved.
    let old = result(&site.ingest(&[&first]));
    assert_eq!(
        (&old["new"], &old["old"], &old["known"]),
        (&0.into(), &1.into(), &2.into())
    );
    let known = result(&site.ingest(&[&second]));
    assert_eq!((&known["new"], &known["known"]), (&0.into(), &3.into()));
    what_is_not_under_the_wrong_patient_is_refused(&site, &second);
    // It was right after all, says another version: what was moved away comes back by no text that it had.
    let back = write(&site.file("back.ndjson"), &[line("x", 0, "", "amended")]);
    let back = site.refile(&["--record", "Observation/x", &back]);
    assert!(back.status.success(), "{}", failure(&back));
    assert_eq!(site.proved(0).await.len(), 2);
}

fn what_is_not_under_the_wrong_patient_is_refused(site: &Site, known: &str) {
    let never = write(&site.file("never.ndjson"), &[line("never", 1, "", "final")]);
    for (record, path, said) in [
        ("Observation/none", known, "Observation/none is not in the input"),
        ("Observation/never", &*never, "is not sealed under anybody"),
        ("Observation", known, "such as Observation/17"),
    ] {
        let refused = site.refile(&["--record", record, path]);
        assert!(!refused.status.success(), "{record}");
        let text = failure(&refused);
        assert!(text.contains(said), "{record}: {text}");
    }
    assert!(!site.refile(&[known]).status.success(), "nothing is named");
}

#[tokio::test(flavor = "multi_thread")]
async fn merged_charts_are_one() {
    let site = Site::start(3).await;
    let observation = |id: &str, patient| line(id, patient, "", "final");
    let patient = |id: &str, links: &[(&str, &str)]| {
        let links: Vec<Value> = links
            .iter()
            .map(|(kind, other)| json!({ "type": kind, "other": { "reference": other } }))
            .collect();
        json!({ "resourceType": "Patient", "id": id, "link": links }).to_string()
    };
    let file = |name: &str, lines: &[String]| write(&site.file(name), lines);
    let first = file(
        "one.ndjson",
        &[observation("a", 0), observation("b", 0), observation("c", 1)],
    );
    assert!(site.ingest(&[&first]).status.success());

    // What comes later of the patient who was replaced is the other one's, before and behind the link.
    let links = [("replaced-by", "Patient/p1"), ("seealso", "Patient/p2")];
    let merge = file(
        "merge.ndjson",
        &[observation("d", 0), patient("p0", &links), observation("e", 0)],
    );
    let run = result(&site.ingest(&[&merge]));
    assert_eq!((&run["new"], &run["to_refile"]), (&3.into(), &2.into()), "{run}");
    for (finding, count) in [("merged_patient", 3), ("linked_patient", 1)] {
        assert_eq!(run["report"][finding]["count"], count, "{finding}");
    }
    assert_eq!((site.proved(0).await.len(), site.proved(1).await.len()), (2, 3));

    // The link is remembered, and what was sealed before is moved when somebody says so.
    let refused = site.ingest(&[&first]);
    assert!(failure(&refused).contains("custodian refile"), "{}", failure(&refused));
    let moved = site.refile(&["--merged", &first]);
    assert!(moved.status.success(), "{}", failure(&moved));
    let moved = result(&moved);
    assert_eq!(
        (&moved["new"], &moved["passed_over"]),
        (&2.into(), &1.into()),
        "{moved}"
    );
    assert_eq!(moved["refiled"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&moved["relabelled"], &moved["to_relabel"][0]["batch"]),
        (&json!([]), &json!(0))
    );
    site.world.deployment().advance(ERASURE).await.unwrap();
    let labelled = result(&site.refile(&["--merged", &first]));
    assert_eq!(
        (&labelled["relabelled"], &labelled["to_relabel"]),
        (&json!([0]), &json!([]))
    );
    assert_eq!((site.proved(0).await.len(), site.proved(1).await.len()), (0, 5));
    let again = result(&site.ingest(&[&first, &merge]));
    assert_eq!((&again["new"], &again["to_refile"]), (&0.into(), &0.into()), "{again}");

    // What is not certain is refused, with all records of whom it is about.
    let uncertain = [
        (
            patient("p0", &[("replaced-by", "Patient/p2")]),
            "Patient/p0 is said to be replaced by Patient/p1 and by Patient/p2",
        ),
        (
            patient("p1", &[("replaced-by", "Patient/p0")]),
            "Patient/p1 is said to be replaced by Patient/p0, whom they replace themselves",
        ),
        (
            patient("p0", &[("merged-into", "Patient/p1")]),
            "Patient/p0 has a link of the type \"merged-into\"",
        ),
        (
            patient("p0", &[("replaced-by", "Patient?identifier=x")]),
            "which names no patient",
        ),
    ];
    for (number, (patient, said)) in uncertain.into_iter().enumerate() {
        let path = file(
            &format!("uncertain-{number}.ndjson"),
            &[observation(&format!("u{number}"), 0), patient],
        );
        let refused = site.ingest(&["--keep-going", &path]);
        assert_eq!(refused.status.code(), Some(5), "{said}");
        let run = result(&refused);
        assert_eq!((&run["new"], &run["faults"]), (&0.into(), &2.into()), "{run}");
        let examples = run["fault_examples"].as_array().unwrap();
        assert!(
            examples.iter().all(|example| example.as_str().unwrap().contains(said)),
            "{said}: {run}"
        );
    }
    assert_eq!(site.proved(1).await.len(), 5);
}
