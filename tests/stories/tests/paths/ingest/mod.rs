//! Ingestion as the program does it: a hospital's folder, its journal and its receipts, over a real chain and a real
//! indexer.

mod cases;
mod custodians;
mod faults;
mod follow;
mod keys;
mod kills;
mod large;
mod lost;
mod phone;
mod refile;
mod relayed;
mod relayers;
mod restored;
mod results;
mod revocations;
mod systems;
mod versions;

use crate::demo::program;
use aegle_client::{
    clinician::reader::Reader,
    keystore::{Holder, KeyStore, SecretKind},
    native::KeyFiles,
    recovery::RecoveryKey,
    search::verify::verified_search,
};
use aegle_protocol::record::RecordId;
use aegle_rules::{BatchNumber, Purposes};
use aegle_stories::{
    home::{write_book, write_hospital},
    world::World,
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};
use tempfile::TempDir;

/// A hospital with patients, and a home folder in which the program finds its keys.
pub(crate) struct Site {
    pub(crate) world: World,
    home: TempDir,
}

/// A receipt of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Receipt {
    pub(crate) record: RecordId,
    pub(crate) batch: u32,
    pub(crate) index: u32,
}

impl Site {
    /// Starts one with so many patients, whom the files call `p0`, `p1` ...
    pub(crate) async fn start(patients: usize) -> Self {
        let mut world = World::start().await.expect("a world");
        let home = tempfile::tempdir().unwrap();
        for _ in 0..patients {
            world.admit().await.expect("a patient");
        }
        write_hospital(&world, home.path()).await.unwrap();
        let keys = KeyFiles::open(&home.path().join("keys")).unwrap();
        let site = Self { world, home };
        for number in 0..patients {
            let person = &site.world.people[number];
            let patient = &person.patient;
            let holder: Holder = format!("p{number}").parse().unwrap();
            let master = patient.master().expose_bytes();
            let secrets = [
                (SecretKind::Account, &**patient.key().seed()),
                (SecretKind::Master, master),
            ];
            let secrets = secrets.map(|(kind, secret)| (holder.clone(), kind, secret));
            let recovery = RecoveryKey::of(&person.seed).account();
            keys.add_all(&secrets, Some((&holder, recovery))).unwrap();
        }
        site.write_book(&site.world.deployment().server().url);
        site
    }

    /// Keeps the keys of a reader in the home folder, under a name.
    pub(crate) fn keep_reader(&self, name: &str, reader: &Reader) {
        let keys = KeyFiles::open(&self.file("keys")).unwrap();
        let holder = name.parse().unwrap();
        keys.add(&holder, SecretKind::Account, reader.key().seed()).unwrap();
        keys.add(&holder, SecretKind::Encryption, reader.encryption().expose_seed())
            .unwrap();
    }

    /// Writes an address book in which the indexer is at `url`.
    fn write_book(&self, url: &str) {
        write_book(self.world.deployment(), self.home.path(), url).unwrap();
    }

    /// A file of the home folder.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// The program, for the hospital.
    pub(crate) fn program(&self, arguments: &[&str]) -> Command {
        let server = self.world.deployment().server();
        self.program_at(&server.url, self.world.deployment().chain_url(), arguments)
    }

    /// The program, for the hospital, with indexer and chain at these addresses.
    pub(crate) fn program_at(&self, indexer: &str, chain: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program("aegle"));
        for name in ["AEGLE_ADDRESSES", "AEGLE_SERVERS", "AEGLE_CA"] {
            command.env_remove(name);
        }
        command
            .env("AEGLE_HOME", self.home.path())
            .env("AEGLE_AS", "hospital")
            .env("AEGLE_INDEXER_URL", indexer)
            .env("AEGLE_CHAIN_URL", chain)
            .arg("--json")
            .args(arguments);
        command
    }

    /// The arguments of an ingestion of these.
    fn ingest_arguments<'a>(&'a self, domain: &'a str, patients: &'a str, more: &[&'a str]) -> Vec<&'a str> {
        let mut arguments = vec!["custodian", "ingest", "--domain", domain, "--patients", patients];
        arguments.extend(more);
        arguments
    }

    /// Ingests, to the end.
    pub(crate) fn ingest(&self, more: &[&str]) -> Output {
        let domain = self.world.hospital().domain().to_string();
        let patients = self.file("patients").display().to_string();
        self.program(&self.ingest_arguments(&domain, &patients, more))
            .output()
            .unwrap()
    }

    /// Begins to ingest, with indexer and chain at these addresses.
    pub(crate) fn begin(&self, indexer: &str, chain: &str, more: &[&str]) -> Child {
        let domain = self.world.hospital().domain().to_string();
        let patients = self.file("patients").display().to_string();
        let arguments = self.ingest_arguments(&domain, &patients, more);
        let mut command = self.program_at(indexer, chain, &arguments);
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    /// The folder of the journal.
    pub(crate) fn journal(&self) -> PathBuf {
        let domain = self.world.hospital().domain();
        self.file("ingest/hospital").join(format!("domain-{domain}"))
    }

    /// The events of the receipts, in order.
    pub(crate) fn events(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.journal().join("receipts.jsonl")).unwrap_or_default();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}")))
            .collect()
    }

    /// The receipts of sealed records, by id. No id has two.
    pub(crate) fn receipts(&self) -> BTreeMap<String, Receipt> {
        let mut receipts = BTreeMap::new();
        for event in self.events().into_iter().filter(|event| event["event"] == "sealed") {
            let id = event["id"].as_str().unwrap().to_owned();
            let number = |name: &str| u32::try_from(event[name].as_u64().unwrap()).unwrap();
            let receipt = Receipt {
                record: event["record"].as_str().unwrap().parse().unwrap(),
                batch: number("batch"),
                index: number("index"),
            };
            let before = receipts.insert(id.clone(), receipt);
            assert!(before.is_none(), "{id} was sealed twice");
        }
        receipts
    }

    /// How many records the chain has of the domain.
    pub(crate) async fn anchored(&self) -> u64 {
        use aegle_client::chain::Chain;
        let (deployment, hospital) = (self.world.deployment(), self.world.hospital());
        let aegle = deployment.aegle();
        let head = deployment.chain().finalized().await.unwrap();
        let next = hospital.next_batch(deployment, head.hash).await.unwrap();
        let mut records = 0;
        for number in 0..next.0 {
            let batch = aegle
                .batch(&head, hospital.domain(), BatchNumber(number))
                .await
                .unwrap();
            records += u64::from(batch.unwrap().records);
        }
        records
    }

    /// Every record of a patient that a verified search finds: these are all.
    pub(crate) async fn proved(&self, person: usize) -> BTreeSet<RecordId> {
        let (aegle, person) = (self.world.deployment().aegle(), &self.world.people[person]);
        let mut request = self
            .world
            .search_request(person.account(), person, "type:Observation", Purposes::PATRQT)
            .await
            .unwrap();
        let mut found = BTreeSet::new();
        loop {
            let answer = verified_search(&aegle, person.patient.key(), &request)
                .await
                .unwrap_or_else(|error| panic!("the answer is not proved: {error}"));
            for hit in &answer.hits {
                assert!(found.insert(hit.record), "{} is found twice", hit.record);
            }
            match answer.next {
                Some(next) => request.after = Some(next),
                None => return found,
            }
        }
    }
}

/// An observation as one line of JSON.
pub(crate) fn line(id: &str, patient: usize, meta: &str, status: &str) -> String {
    format!(
        r#"{{"resourceType":"Observation","id":"{id}",{meta}"status":"{status}","code":{{"coding":[{{"system":"http://loinc.org","code":"8480-6","display":"Systolic blood pressure"}}]}},"subject":{{"reference":"Patient/p{patient}"}},"effectiveDateTime":"2026-03-06T10:15:00Z","valueQuantity":{{"value":152,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}}}}"#
    )
}

/// The JSON that a run wrote.
pub(crate) fn result(output: &Output) -> Value {
    let said = String::from_utf8_lossy(&output.stderr);
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text
        .lines()
        .last()
        .unwrap_or_else(|| panic!("{}: {said}", output.status));
    serde_json::from_str(last).unwrap_or_else(|error| panic!("{last}: {error}"))
}

/// What a run wrote about a failure.
pub(crate) fn failure(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Writes lines to a file of a folder.
pub(crate) fn write(path: &Path, lines: &[String]) -> String {
    fs::write(path, lines.join("\n") + "\n").unwrap();
    path.display().to_string()
}
