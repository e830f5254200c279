//! `aegle-indexer`: mirrors the contracts into Postgres, and answers searches over encrypted labels.
use aegle_chain::node::Node;
use aegle_http::{Listen, Pages, TransportArguments};
use aegle_indexer::{
    DataFolder, Indexer, LostKeys, RelayArguments, StartError,
    config::{Addresses, Config, Database, MAX_BLOCK_AGE},
    identity,
    labels::Labels,
    look,
    store::{Store, WrappedCounts},
    verify::verify,
};
use aegle_protocol::Contracts;
use aegle_rules::{AccountId, Hash};
use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use std::{
    io::{self, IsTerminal, Write},
    net::SocketAddr,
    path::PathBuf,
};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// The log filter without RUST_LOG.
const DEFAULT_LOG: &str = "info,refinery_core=warn,tantivy=warn,subxt=warn";

#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(flatten)]
    options: GlobalOptions,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args)]
struct GlobalOptions {
    /// Folder for the vault, the label index, the proxy's key and the private database
    #[arg(long, global = true, env = "AEGLE_DATA", default_value = "aegle-data")]
    data: PathBuf,
    /// Postgres connection string; without it, a private cluster is started in the data folder
    #[arg(long, global = true, env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Bring the database's schema up to date
    Migrate,
    /// Follow the chain and serve the API
    Run(Box<Run>),
    /// Follow the chain and run a proxy by itself, for an organisation that keeps no records here: it holds shares of grants'
    /// keys and applies them where the contract permits, without vault or search
    Proxy(Box<Run>),
    /// Rebuild projections and label index from what Postgres holds, without the chain
    Reindex,
    /// Compare Postgres, label index, vault and chain with each other, and print what differs, as JSON. The indexer must be
    /// stopped
    Verify {
        /// WebSocket address of a node that has every block; without it, nothing is compared with the chain
        #[arg(long, env = "AEGLE_CHAIN_URL")]
        chain_url: Option<String>,
    },
    /// Forget every block after one, with its events; `run` reads them from the chain again. The indexer must be stopped
    Rewind {
        /// The last block that is kept
        #[arg(long)]
        to: u32,
    },
    /// Begin a new set of erasure keys in place of one that is lost, in every replica. What it wrapped is deleted for ever: it
    /// says how much that is, and does it only where that is confirmed. The indexer must be stopped
    BeginErasureKeys {
        /// A folder for a replica of the new set; as of `run`
        #[arg(long, env = "AEGLE_ERASURE_KEYS", value_name = "FOLDER", value_delimiter = ':')]
        erasure_keys: Vec<PathBuf>,
        /// The number of records whose rows are lost for ever
        #[arg(long, value_name = "NUMBER", requires = "lose_shares")]
        lose_records: Option<u64>,
        /// The number of deposits of proxy shares that are lost for ever
        #[arg(long, value_name = "NUMBER", requires = "lose_records")]
        lose_shares: Option<u64>,
    },
    /// Print how far the indexer has come, as JSON
    Status,
    /// Print the account that clients sign requests to this indexer for, and the public key of its proxy, as JSON; makes
    /// the key if there is none
    Account {
        /// The proxy's account on chain, if it has one
        #[arg(long, env = "AEGLE_PROXY_ACCOUNT")]
        proxy_account: Option<AccountId>,
    },
}

#[derive(Args)]
struct Run {
    /// WebSocket address of a contracts node
    #[arg(long, env = "AEGLE_CHAIN_URL", default_value = "ws://127.0.0.1:9944")]
    chain_url: String,
    /// File with the deployment's addresses, as the deploying command writes it
    #[arg(long, env = "AEGLE_ADDRESSES", conflicts_with_all = ["consortium", "consent", "ledger"])]
    addresses: Option<PathBuf>,
    /// The consortium contract
    #[arg(long, env = "AEGLE_CONSORTIUM", requires_all = ["consent", "ledger"], required_unless_present = "addresses")]
    consortium: Option<AccountId>,
    /// The consent contract
    #[arg(long, env = "AEGLE_CONSENT")]
    consent: Option<AccountId>,
    /// The ledger contract
    #[arg(long, env = "AEGLE_LEDGER")]
    ledger: Option<AccountId>,
    /// Hash of the chain's first block, to be sure to follow the right one
    #[arg(long, env = "AEGLE_GENESIS")]
    genesis: Option<Hash>,
    /// The first block that may have events of the contracts; what the addresses file says, or 0, without it
    #[arg(long, env = "AEGLE_FIRST_BLOCK")]
    first_block: Option<u32>,
    /// The proxy's account on chain, if it has one
    #[arg(long, env = "AEGLE_PROXY_ACCOUNT")]
    proxy_account: Option<AccountId>,
    /// A folder for a replica of the erasure keys, best on a disk of its own, and in no backup; may be given more than once;
    /// two in the data folder without it
    #[arg(long, env = "AEGLE_ERASURE_KEYS", value_name = "FOLDER", value_delimiter = ':')]
    erasure_keys: Vec<PathBuf>,
    /// Make a replica of the erasure keys in a folder that holds none, from the others: after a disk was replaced
    #[arg(long)]
    make_erasure_key_replicas: bool,
    /// Where the API listens; port 0 takes a free one
    #[arg(long, env = "AEGLE_LISTEN", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Folder of the portal, as scripts/portal.sh builds it, with its settings in portal.json: it is served at /portal/
    #[arg(long, value_name = "FOLDER", env = "AEGLE_PORTAL")]
    portal: Option<PathBuf>,
    #[command(flatten)]
    relay: RelayArguments,
    #[command(flatten)]
    transport: TransportArguments,
}

fn main() -> anyhow::Result<()> {
    log();
    let Arguments { options, command } = Arguments::parse();
    let database = options.database_url.map_or(Database::Private, Database::Url);
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    runtime.block_on(async {
        match command {
            Command::Migrate => migrate(options.data, database).await,
            Command::Run(run) => run_until_told(run.config(options.data, database).await?, Indexer::start).await,
            Command::Proxy(run) => {
                let config = run.config(options.data, database).await?;
                anyhow::ensure!(
                    config.relayer.is_none(),
                    "a proxy by itself relays no calls: give --relayer-key to `aegle-indexer run`"
                );
                run_until_told(config, Indexer::start_proxy).await
            }
            Command::Reindex => reindex(options.data, database).await,
            Command::Verify { chain_url } => verify_all(options.data, database, chain_url).await,
            Command::Rewind { to } => rewind(options.data, database, to).await,
            Command::BeginErasureKeys {
                erasure_keys: folders,
                lose_records,
                lose_shares,
            } => {
                let confirmed = lose_records.zip(lose_shares);
                let confirmed = confirmed.map(|(records, shares)| WrappedCounts { records, shares });
                let data = options.data;
                let lost = LostKeys {
                    data,
                    database,
                    folders,
                };
                begin_erasure_keys(&lost, confirmed).await
            }
            Command::Status => status(options.data, database).await,
            Command::Account { proxy_account } => {
                let identity = identity(&options.data, proxy_account)?;
                say(format_args!("{:#}", serde_json::to_value(identity)?))
            }
        }
    })
}

/// Starts logging to standard error: for people on a terminal, as JSON lines elsewhere.
fn log() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT_LOG));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr);
    if io::stderr().is_terminal() {
        builder.init();
    } else {
        builder.json().init();
    }
}

fn say(line: std::fmt::Arguments<'_>) -> anyhow::Result<()> {
    let mut output = io::stdout().lock();
    writeln!(output, "{line}")?;
    Ok(output.flush()?)
}

async fn migrate(data: PathBuf, database: Database) -> anyhow::Result<()> {
    DataFolder::open(&data, &database).await?.close().await;
    say(format_args!("the schema is up to date"))
}

async fn run_until_told(
    config: Config,
    start: impl AsyncFnOnce(Config) -> Result<Indexer, StartError>,
) -> anyhow::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    // A start can take long; a signal must not leave a database server behind, so it waits for the start.
    let indexer = start(config).await?;
    say(format_args!("listening on {}", indexer.url()))?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        () = indexer.fenced() => {
            indexer.stop().await;
            anyhow::bail!("another indexer has taken the database: this one has stopped; run one indexer on a database");
        }
    }
    tracing::info!("stopping");
    indexer.stop().await;
    Ok(())
}

async fn reindex(data: PathBuf, database: Database) -> anyhow::Result<()> {
    let folder = DataFolder::open(&data, &database).await?;
    let rebuilt = rebuild(&folder, &data).await;
    folder.close().await;
    let Rebuilt { events, batches } = rebuilt?;
    say(format_args!("rebuilt from {events} events and {batches} batches"))
}

/// The numbers of what a rebuild went through.
struct Rebuilt {
    events: u64,
    batches: u64,
}

async fn rebuild(folder: &DataFolder, data: &std::path::Path) -> anyhow::Result<Rebuilt> {
    let contracts = contracts(&folder.store).await?;
    let events = folder.store.rebuild_projections(&contracts).await?;
    let batches = Labels::rebuild(folder.store.clone(), data).await?;
    Ok(Rebuilt { events, batches })
}

async fn verify_all(data: PathBuf, database: Database, chain_url: Option<String>) -> anyhow::Result<()> {
    let node = match &chain_url {
        Some(url) => Some(Node::connect(url).await?),
        None => None,
    };
    let folder = DataFolder::open(&data, &database).await?;
    let compared = async {
        let contracts = contracts(&folder.store).await?;
        Ok::<_, anyhow::Error>(verify(&folder.store, &data, &contracts, node.as_ref()).await?)
    };
    let compared = compared.await;
    folder.close().await;
    let compared = compared?;
    say(format_args!("{:#}", serde_json::to_value(&compared)?))?;
    anyhow::ensure!(
        compared.is_whole(),
        "not everything agrees: what is missing, surplus or different is named above"
    );
    Ok(())
}

async fn rewind(data: PathBuf, database: Database, to: u32) -> anyhow::Result<()> {
    let folder = DataFolder::open(&data, &database).await?;
    let rewound = async {
        let contracts = contracts(&folder.store).await?;
        Ok::<_, anyhow::Error>(folder.store.rewind(&contracts, to).await?)
    };
    let rewound = rewound.await;
    folder.close().await;
    let events = rewound?.with_context(|| format!("block {to} is not stored: choose one that is"))?;
    say(format_args!("forgot {events} events after block {to}"))
}

async fn begin_erasure_keys(lost: &LostKeys, confirmed: Option<WrappedCounts>) -> anyhow::Result<()> {
    let counts = lost.begin_anew(confirmed).await?;
    let WrappedCounts { records, shares } = counts;
    anyhow::ensure!(
        confirmed == Some(counts),
        "without the erasure keys, the rows of {records} records and {shares} deposits of proxy shares open nothing any more. If no \
         replica can be found, `--lose-records {records} --lose-shares {shares}` deletes them for ever and begins a new set. Nothing \
         was changed"
    );
    say(format_args!(
        "a new set of erasure keys is begun; the rows of {records} records and {shares} deposits of proxy shares are gone for ever: \
         custodians file the records again, and patients split the keys of their grants again (aegle grant renew)"
    ))
}

async fn contracts(store: &Store) -> anyhow::Result<Contracts> {
    store.contracts().await?.context("the database holds no deployment yet")
}

async fn status(data: PathBuf, database: Database) -> anyhow::Result<()> {
    // A running indexer keeps the folder and the private database; its database can be looked at beside it.
    if let Some(store) = look(&data, &database)? {
        return print_status(&store).await;
    }
    let folder = DataFolder::open(&data, &database).await?;
    let printed = print_status(&folder.store).await;
    folder.close().await;
    printed
}

async fn print_status(store: &Store) -> anyhow::Result<()> {
    let (contracts, checkpoint, counters) = (
        store.contracts().await?,
        store.checkpoint().await?,
        store.counters().await?,
    );
    let status = serde_json::json!({
        "genesis": contracts.map(|contracts| contracts.genesis),
        "contracts": contracts.map(|Contracts { consortium, consent, ledger, .. }| {
            serde_json::json!({ "consortium": consortium, "consent": consent, "ledger": ledger })
        }),
        "indexed": checkpoint.map(|block| serde_json::json!({ "number": block.number, "hash": block.hash })),
        "stored": counters,
    });
    say(format_args!("{status:#}"))
}

impl Run {
    async fn config(self, data: PathBuf, database: Database) -> anyhow::Result<Config> {
        let (contracts, written_first_block) = match (self.addresses, self.consortium, self.consent, self.ledger) {
            (Some(path), ..) => {
                let addresses = Addresses::read(&path)?;
                if self.genesis.is_some_and(|genesis| genesis != addresses.genesis) {
                    anyhow::bail!("--genesis and the addresses file name different chains");
                }
                (addresses.contracts(), addresses.first_block)
            }
            (None, Some(consortium), Some(consent), Some(ledger)) => {
                let genesis = match self.genesis {
                    Some(genesis) => genesis,
                    None => Node::connect(&self.chain_url).await?.genesis(),
                };
                let contracts = Contracts {
                    genesis,
                    consortium,
                    consent,
                    ledger,
                };
                (contracts, 0)
            }
            _ => anyhow::bail!("give --addresses, or all of --consortium, --consent and --ledger"),
        };
        let Self {
            chain_url,
            first_block,
            proxy_account,
            erasure_keys,
            make_erasure_key_replicas,
            listen,
            portal,
            relay,
            transport,
            ..
        } = self;
        Ok(Config {
            chain_url,
            contracts,
            first_block: first_block.unwrap_or(written_first_block),
            data,
            listen: Listen {
                pages: portal.as_deref().map(Pages::read).transpose()?,
                ..transport.listen(listen)?
            },
            database,
            proxy_account,
            relayer: relay.config(),
            erasure_keys,
            makes_key_replicas: make_erasure_key_replicas,
            max_block_age: MAX_BLOCK_AGE,
        })
    }
}
