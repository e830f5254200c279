//! Faults of every kind, one after another as a seed decides, over the real program, its real stores and a real chain. Nobody
//! is ever shown what was revoked, and at the end everything is there once.
use crate::{
    batches::two,
    support::{
        caller::{Answer, Caller},
        draws::{Draws, number},
        program::{Disk, Program},
        sealed::SealedBatch,
        wire::Wire,
        world::{PATIENCE, World},
    },
};
use aegle_client::{account::AccountKey, chain::Chain};
use aegle_protocol::wire::SearchAnswer;
use aegle_rules::{
    GrantId, Hash,
    consent::{Effect, Grantee, Proxies, Terms, messages},
};
use aegle_sealed::Keyword;
use std::{path::Path, process::Command, time::Duration};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

/// What happens follows from this, unless `AEGLE_SEED` says otherwise; how much of it, unless `AEGLE_FAULTS` does.
const SEED: u64 = 20_260_630;
const FAULTS: u64 = 3;
/// Kilobytes of the disk under the label index.
const DISK: u32 = 4_096;

/// An indexer that is treated badly.
struct Simulation {
    world: World,
    wire: Wire,
    data: TempDir,
    disk: Disk,
    program: Option<Program>,
    draws: Draws,
    /// The number of batches that the ledger has.
    batches: u32,
    /// Whether the newest of them is not anchored yet: batches are anchored in their order.
    is_pending: bool,
    /// The clinician's grant, while it stands.
    grant: Option<GrantId>,
    /// What was done, for whoever reads a failure.
    done: Vec<String>,
}

impl Simulation {
    async fn new(seed: u64) -> Self {
        let mut world = World::on_devchain().await;
        world.register_proxy_of(world.admin.account()).await;
        let wire = Wire::to(&world.chain_url).await;
        world.chain_url = wire.url();
        let data = TempDir::new().unwrap();
        let disk = Disk::at(data.path().join("index"), DISK);
        let program = Some(Program::on_disk(&world, &world.database, data.path(), &disk));
        Self {
            world,
            wire,
            data,
            disk,
            program,
            draws: Draws(seed),
            batches: 0,
            is_pending: false,
            grant: None,
            done: Vec::new(),
        }
    }

    fn program(&self) -> &Program {
        self.program.as_ref().unwrap()
    }

    fn node(&self) -> String {
        self.world.devchain.as_ref().unwrap().ws_url()
    }

    async fn until_ready(&self) {
        let url = format!("{}/readyz", self.program().url);
        let mut last = String::new();
        let began = Instant::now();
        while began.elapsed() < 3 * PATIENCE {
            match self.world.http.get(&url).timeout(PATIENCE).send().await {
                Ok(answer) if answer.status() == 200 => return,
                Ok(answer) => last = answer.text().await.unwrap_or_default(),
                Err(error) => last = error.to_string(),
            }
            sleep(Duration::from_millis(100)).await;
        }
        panic!("it never got ready again: {last}, after {:?}", self.done);
    }

    /// Sends something until it is taken, as a custodian does who keeps a journal.
    async fn until_taken(&self, caller: &Caller<'_>, path: &str, body: &[u8]) {
        let began = Instant::now();
        loop {
            let answer: Answer = caller.send("POST", path, body.to_vec()).await;
            match answer.status {
                201 | 204 => return,
                429 | 500..600 => {}
                // The indexer has not stored the anchor yet.
                422 if answer.reason().1 == "not-anchored" => {}
                _ => panic!("{path}: {:?} after {:?}", answer.reason(), self.done),
            }
            assert!(
                began.elapsed() < 3 * PATIENCE,
                "{path} was never taken, after {:?}",
                self.done
            );
            sleep(Duration::from_millis(100)).await;
        }
    }

    fn next_batch(&mut self) -> SealedBatch {
        let batch = two(&self.world, self.batches);
        self.batches += 1;
        batch
    }

    /// Ingests a batch, with a fault before each of its steps.
    async fn ingest(&mut self, faults: [bool; 3]) {
        let batch = self.next_batch();
        self.is_pending = true;
        let (upload, bundle) = (batch.upload(), batch.bundle.to_bytes());
        if faults[0] {
            self.fault().await;
        }
        self.until_ready().await;
        let admin = self.program().caller(&self.world, &self.world.admin).await;
        self.until_taken(&admin, "/v1/ciphertexts", &upload).await;
        drop(admin);
        if faults[1] {
            self.fault().await;
        }
        self.world.anchor(&batch).await;
        self.is_pending = false;
        if faults[2] {
            self.fault().await;
        }
        self.until_ready().await;
        let admin = self.program().caller(&self.world, &self.world.admin).await;
        self.until_taken(&admin, "/v1/batches", &bundle).await;
    }

    /// Does what the seed decides.
    async fn fault(&mut self) {
        let kinds = [
            "kill", "kill", "kill", "freeze", "cut", "silence", "fill", "fork", "second", "consent",
        ];
        let name = self.draws.one(&kinds);
        self.done.push(name.to_owned());
        match name {
            "kill" => self.kill(),
            "freeze" => self.freeze().await,
            "cut" => self.cut_database().await,
            "silence" => self.silence().await,
            "fill" => self.fill().await,
            "fork" => self.fork().await,
            "second" => self.second(),
            _ => self.consent().await,
        }
    }

    fn kill(&mut self) {
        let mut program = self.program.take().unwrap();
        program.child.kill().unwrap();
        program.child.wait().unwrap();
        let program = Program::on_disk(&self.world, &self.world.database, self.data.path(), &self.disk);
        self.program = Some(program);
    }

    async fn freeze(&mut self) {
        self.program().signal("STOP");
        sleep(Duration::from_millis(200 + self.draws.below(800))).await;
        self.program().signal("CONT");
    }

    /// Ends every connection to the database, as its restart does.
    async fn cut_database(&self) {
        let client = self.world.database.connect().await;
        let cut = "select pg_terminate_backend(pid) from pg_stat_activity
                   where datname = current_database() and pid <> pg_backend_pid()";
        client.query(cut, &[]).await.unwrap();
    }

    async fn silence(&mut self) {
        self.wire.freeze();
        sleep(Duration::from_millis(200 + self.draws.below(1_500))).await;
        self.wire.lay_to(&self.node());
    }

    async fn fill(&mut self) {
        let filler = self.disk.fill();
        if self.is_pending {
            sleep(Duration::from_millis(500)).await;
            std::fs::remove_file(filler).unwrap();
            return;
        }
        let batch = self.next_batch();
        let admin = self.program().caller(&self.world, &self.world.admin).await;
        self.until_taken(&admin, "/v1/ciphertexts", &batch.upload()).await;
        self.world.anchor(&batch).await;
        // Taken or not, it is to be there in the end.
        let bundle = batch.bundle.to_bytes();
        admin.send("POST", "/v1/batches", bundle.clone()).await;
        std::fs::remove_file(filler).unwrap();
        self.until_taken(&admin, "/v1/batches", &bundle).await;
    }

    /// Lets blocks that were not final be given up for others.
    async fn fork(&mut self) {
        let depth = 1 + self.draws.below(20) as u32;
        let chain = self.world.devchain.as_ref().unwrap();
        chain.hold_finality(true);
        for _ in 0..depth {
            chain.seal_block().await.unwrap();
        }
        sleep(Duration::from_millis(self.draws.below(200))).await;
        chain.fork(depth).await.unwrap();
        for _ in 0..=depth {
            chain.seal_block().await.unwrap();
        }
        chain.hold_finality(false);
    }

    fn second(&self) {
        let elsewhere = TempDir::new().unwrap();
        let second = Program::refused(&self.world, &self.world.database, elsewhere.path());
        assert!(!second.status.success(), "a second indexer ran, after {:?}", self.done);
    }

    /// Grants or revokes, and looks at once whether that counts.
    async fn consent(&mut self) {
        let world = &self.world;
        let (chain, consent) = (&world.chain, world.contracts.consent);
        let grantee = Grantee::Account(world.clinician.account());
        match self.grant.take() {
            None => {
                let next = messages::NextGrant {
                    patient: world.patient.account(),
                };
                let head = chain.finalized().await.unwrap();
                let id = chain.read(head.hash, consent, &next).await.unwrap();
                // Nothing is opened here, so that nobody needs the parts of this split.
                let terms = Terms {
                    proxies: Proxies(1),
                    threshold: 1,
                    split: Hash([1; 32]),
                    ..world.terms(Effect::Permit)
                };
                chain
                    .call(&world.patient, consent, &messages::Grant { id, terms })
                    .await
                    .unwrap();
                self.grant = Some(id);
            }
            Some(id) => {
                chain
                    .call(&world.patient, consent, &messages::Revoke { id, grantee })
                    .await
                    .unwrap();
                for _ in 0..3 {
                    assert_eq!(
                        self.seen(&world.clinician).await.unwrap_or(0),
                        0,
                        "after {:?}",
                        self.done
                    );
                }
            }
        }
    }

    /// Returns the number of records that an account finds; `None` while nothing is answered.
    async fn seen(&self, key: &AccountKey) -> Option<usize> {
        if self.batches == 0 {
            return Some(0);
        }
        let (program, world) = (self.program(), &self.world);
        let status = world.http.get(format!("{}/v1/status", program.url)).send().await.ok()?;
        if status.status() != 200 {
            return None;
        }
        let caller = program.caller(world, key).await;
        let search = world.search(&Keyword::status("final").unwrap(), self.batches);
        let answer = caller.post("/v1/search", &search).await;
        (answer.status == 200).then(|| answer.json::<SearchAnswer>().hits.len())
    }
}

/// Runs the program's own comparison of everything.
fn verify(simulation: &Simulation, data: &Path) -> serde_json::Value {
    let aegle_indexer::config::Database::Url(url) = simulation.world.database.database() else {
        unreachable!()
    };
    let mut program = Command::new(env!("CARGO_BIN_EXE_aegle-indexer"));
    program
        .args(["verify", "--chain-url", &simulation.node(), "--data"])
        .arg(data);
    program.env("DATABASE_URL", &url).env("RUST_LOG", "off");
    let output = simulation.disk.seen_by(&program).output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{printed} after {:?}", simulation.done);
    serde_json::from_str(&printed).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_everything_is_there_once_and_nothing_revoked_is_shown() {
    let seed = number("AEGLE_SEED").unwrap_or(SEED);
    let faults = number("AEGLE_FAULTS").unwrap_or(FAULTS);
    eprintln!("AEGLE_SEED={seed} AEGLE_FAULTS={faults}");
    let mut simulation = Simulation::new(seed).await;
    simulation.ingest([false; 3]).await;
    while (simulation.done.len() as u64) < faults {
        let one_in_two = |draws: &mut Draws| draws.below(2) == 0;
        let faults = [(); 3].map(|()| one_in_two(&mut simulation.draws));
        simulation.ingest(faults).await;
    }
    simulation.until_ready().await;
    let all = 2 * simulation.batches as usize;
    let found = simulation.seen(&simulation.world.patient).await;
    assert_eq!(found, Some(all.min(100)), "after {:?}", simulation.done);
    let granted = if simulation.grant.is_some() { all.min(100) } else { 0 };
    assert_eq!(simulation.seen(&simulation.world.clinician).await, Some(granted));
    simulation.program.take().unwrap().stop();
    let verified = verify(&simulation, simulation.data.path());
    assert_eq!(verified["batches"]["checked"], simulation.batches);
    assert_eq!(verified["ciphertexts"]["checked"], 2 * simulation.batches);
}
