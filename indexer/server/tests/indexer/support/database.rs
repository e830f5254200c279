//! One private Postgres for a run of the tests, one database for each test.
use aegle_indexer::{config::Database, erasure_keys::default_folders, postgres::Cluster, store::Store};
use std::path::PathBuf;
use std::sync::{
    Arc, Mutex, Weak,
    atomic::{AtomicU32, Ordering},
};
use tempfile::TempDir;

struct Server {
    // Before the folder that it is in.
    cluster: Cluster,
    _folder: TempDir,
}

static SERVER: Mutex<Weak<Server>> = Mutex::new(Weak::new());
static NEXT: AtomicU32 = AtomicU32::new(1);

/// A fresh database. The server stops with the last of them.
pub(crate) struct TestDatabase {
    server: Arc<Server>,
    name: String,
    keys: TempDir,
}

impl TestDatabase {
    pub(crate) async fn new() -> Self {
        let server = tokio::task::spawn_blocking(server).await.unwrap();
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        Store::create_database(&server.cluster.config(), &name).await.unwrap();
        let keys = TempDir::new().unwrap();
        Self { server, name, keys }
    }

    pub(crate) fn database(&self) -> Database {
        Database::Url(format!(
            "host={} user=aegle dbname={}",
            self.server.cluster.socket().display(),
            self.name
        ))
    }

    /// Builds a store over the database, and brings its schema up to date.
    pub(crate) async fn store(&self) -> Store {
        let Database::Url(url) = self.database() else {
            unreachable!()
        };
        let store = Store::from_url(&url).unwrap();
        store.migrate().await.unwrap();
        store.with_keys(self.key_folders(), false).await.unwrap()
    }

    /// Returns the folders of its erasure keys, which are its own as much as its tables.
    pub(crate) fn key_folders(&self) -> Vec<PathBuf> {
        default_folders(self.keys.path())
    }

    /// Opens a connection of the test's own.
    pub(crate) async fn connect(&self) -> tokio_postgres::Client {
        let mut config = self.server.cluster.config();
        let (client, connection) = config.dbname(&self.name).connect(tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        // What a test changes behind the indexer's back is not fenced.
        client
            .batch_execute("set session_replication_role = replica")
            .await
            .unwrap();
        client
    }

    /// Returns every projection as text, in a fixed order.
    pub(crate) async fn projections(&self) -> Vec<String> {
        let client = self.connect().await;
        let mut all = Vec::new();
        for table in [
            "organisations",
            "roles",
            "directory",
            "grants",
            "restricted_slots",
            "domains",
            "anchors",
            "erasures",
            "erasure_voices",
            "slot_epochs",
            "epoch_versions",
            "named",
        ] {
            let rows = client
                .query(&format!("select t::text from {table} t order by 1"), &[])
                .await
                .unwrap();
            all.extend(rows.iter().map(|row| format!("{table} {}", row.get::<_, String>(0))));
        }
        all
    }
}

fn server() -> Arc<Server> {
    let mut shared = SERVER.lock().unwrap();
    if let Some(server) = shared.upgrade() {
        return server;
    }
    let folder = TempDir::new().unwrap();
    let server = Arc::new(Server {
        cluster: Cluster::start(folder.path()).unwrap(),
        _folder: folder,
    });
    *shared = Arc::downgrade(&server);
    server
}
