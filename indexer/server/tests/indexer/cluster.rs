//! The private database, and the program around it.
use crate::support::{caller::answer, world::World};
use aegle_indexer::{postgres::Cluster, store::Store};
use aegle_protocol::wire::Status;
use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};
use tempfile::TempDir;

fn signal(name: &str, process: &str) {
    assert!(
        Command::new("kill")
            .args(["-s", name, process])
            .status()
            .unwrap()
            .success()
    );
}

fn server_process(data: &Path) -> String {
    let text = fs::read_to_string(data.join("postgres").join("postmaster.pid")).unwrap();
    text.lines().next().unwrap().trim().to_owned()
}

/// A process that does not outlive its test.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // It has ended already, unless the test failed; then it may still stop its database.
        if self.0.try_wait().is_ok_and(|ended| ended.is_none()) {
            signal("TERM", &self.0.id().to_string());
            let _ = self.0.wait();
        }
    }
}

async fn is_kept(cluster: &Cluster) -> bool {
    let mut config = cluster.config();
    let (client, connection) = config.dbname("kept").connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
        .query_one("select value from kept", &[])
        .await
        .unwrap()
        .get::<_, i32>(0)
        == 7
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_database_survives_what_was_left_behind() {
    let folder = TempDir::new().unwrap();
    let cluster = Cluster::start(folder.path()).unwrap();
    Store::create_database(&cluster.config(), "kept").await.unwrap();
    let mut config = cluster.config();
    let (client, connection) = config.dbname("kept").connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
        .batch_execute("create table kept as select 7 as value")
        .await
        .unwrap();
    let listens: String = client.query_one("show listen_addresses", &[]).await.unwrap().get(0);
    assert_eq!(listens, "", "a unix socket and nothing else");
    assert!(Cluster::running(folder.path()).unwrap().is_some());

    // The indexer was killed, and its server runs on.
    let before = server_process(folder.path());
    std::mem::forget(cluster);
    let cluster = Cluster::start(folder.path()).unwrap();
    assert_ne!(server_process(folder.path()), before);
    assert!(is_kept(&cluster).await);

    // Both were killed, and the server's lock file is still there.
    signal("KILL", &server_process(folder.path()));
    std::mem::forget(cluster);
    let mut cluster = Cluster::start(folder.path()).unwrap();
    assert!(is_kept(&cluster).await);

    cluster.stop().unwrap();
    cluster.stop().unwrap();
    assert!(Cluster::running(folder.path()).unwrap().is_none());
    // The machine was restarted, and the number in the lock file belongs to another process.
    fs::write(
        folder.path().join("postgres").join("postmaster.pid"),
        format!("{}\n", std::process::id()),
    )
    .unwrap();
    let cluster = Cluster::start(folder.path()).unwrap();
    assert!(is_kept(&cluster).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_leaves_nothing_running_when_it_is_stopped() {
    let world = World::new().await;
    let data = TempDir::new().unwrap();
    let addresses = data.path().join("addresses.json");
    let contracts = &world.contracts;
    let written = serde_json::json!({
        "genesis": world.deployment.genesis,
        "consortium": contracts.consortium,
        "consent": contracts.consent,
        "ledger": contracts.ledger,
        "first_block": world.first_block,
    });
    fs::write(&addresses, written.to_string()).unwrap();
    let program = |command: &str| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_aegle-indexer"));
        program
            .arg(command)
            .arg("--data")
            .arg(data.path())
            .env_remove("DATABASE_URL")
            .stdout(Stdio::piped())
            .stderr(if std::env::var_os("RUST_LOG").is_some() {
                Stdio::inherit()
            } else {
                Stdio::null()
            });
        program
    };
    let mut run = Killed(
        program("run")
            .args(["--chain-url", &world.chain_url, "--listen", "127.0.0.1:0"])
            .arg("--addresses")
            .arg(&addresses)
            .spawn()
            .unwrap(),
    );
    let mut line = String::new();
    BufReader::new(run.0.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let url = line.strip_prefix("listening on ").unwrap().trim().to_owned();
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    world.until_readiness_is(&url, "ready").await;
    let status: Status = answer(world.http.get(format!("{url}/v1/status"))).await.json();
    assert_eq!(status.consent, contracts.consent);
    let output = program("status").output().unwrap();
    let printed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(printed["genesis"], written["genesis"]);
    let second = program("run").arg("--addresses").arg(&addresses).output().unwrap();
    assert!(!second.status.success(), "the data folder is in use");

    signal("TERM", &run.0.id().to_string());
    assert!(run.0.wait().unwrap().success());
    assert!(
        Cluster::running(data.path()).unwrap().is_none(),
        "the private database stopped with it"
    );
    for command in ["status", "migrate", "reindex"] {
        let output = program(command).output().unwrap();
        assert!(output.status.success(), "{command}");
        assert!(!output.stdout.is_empty(), "{command}");
    }
    assert!(Cluster::running(data.path()).unwrap().is_none());
}
