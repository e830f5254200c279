//! A chain with the three contracts on it, an indexer that follows it, and accounts with money.

use aegle_client::{
    account::AccountKey,
    chain::{Chain, Contracts, Receipt},
    deployment::Aegle,
    native::{
        ChainClient, ContractBundle, HttpTransport, IndexerClient, ServerAddress,
        founding::{Bundles, Founded, Founding, MAX_NAME_BYTES, Plan},
    },
};
use aegle_devchain::{Devchain, Options};
use aegle_indexer::{
    Indexer, RelayLimits, RelayerConfig,
    config::{Config, Database, Listen, MAX_BLOCK_AGE},
};
use aegle_rules::AccountId;
use anyhow::{Context, Result};
use std::{
    fs,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    time::Duration,
};
use tempfile::TempDir;

/// One token of a Substrate contracts chain, in its smallest unit.
const TOKEN: u128 = 1_000_000_000_000;
/// The balance of an account of a story: enough for its deposits and fees.
const ALLOWANCE: u128 = 100 * TOKEN;
/// The balance of the committee, which also pays for the contracts' code.
const COMMITTEE_ALLOWANCE: u128 = 5_000 * TOKEN;
/// The time that the indexer may take for a block that is final already.
const INDEXING_LIMIT: Duration = Duration::from_secs(60);

/// The number of calls of one key that the indexer pays for a day: more than one patient's story takes, and few enough to be
/// spent in one.
const RELAYED_CALLS: u32 = 20;

/// The development account of every chain that stories run on, which funds the others. Stories that run at once share
/// it, so that their transfers take turns.
static FUNDING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// A chain that seals at once, and often enough without transactions that no block is too old to decide on.
fn options() -> Options {
    Options {
        heartbeat: Some(Duration::from_secs(20)),
        ..Options::default()
    }
}

/// A chain with the contracts on it, and an indexer. Dropping it stops what it started.
pub struct Deployment {
    // In the order in which they are stopped.
    client: IndexerClient,
    indexer: Indexer,
    data: TempDir,
    chain: ChainClient,
    contracts: Contracts,
    chain_url: String,
    first_block: u32,
    committee: AccountKey,
    devchain: Option<Devchain>,
}

impl Deployment {
    /// Deploys the contracts on the chain at `CHAIN_URL`, or on a chain of its own, and starts an indexer with a
    /// database of its own.
    ///
    /// # Errors
    /// A part does not start.
    pub async fn start() -> Result<Self> {
        let (devchain, chain_url) = match std::env::var("CHAIN_URL") {
            Ok(url) if !url.is_empty() => (None, url),
            _ => {
                let devchain = Devchain::start(options()).await?;
                let url = devchain.ws_url();
                (Some(devchain), url)
            }
        };
        let chain = ChainClient::connect(&chain_url).await?;
        let committee = AccountKey::generate()?;
        transfer(&chain, committee.account(), COMMITTEE_ALLOWANCE).await?;
        let Founded {
            contracts, first_block, ..
        } = deploy(&chain, &committee).await?;

        let data = tempfile::Builder::new().prefix("aegle-story-").tempdir()?;
        let indexer = start_indexer(&chain_url, &contracts, first_block, data.path()).await?;
        let client = IndexerClient::at(&ServerAddress::new(indexer.url(), indexer.account()), &contracts)?;
        Ok(Self {
            client,
            indexer,
            data,
            chain,
            contracts,
            chain_url,
            first_block,
            committee,
            devchain,
        })
    }

    /// Returns chain, indexer and contracts, as a client holds them.
    pub fn aegle(&self) -> Aegle<'_, ChainClient, HttpTransport> {
        Aegle::new(&self.chain, &self.contracts, &self.client)
    }

    /// Returns the client of the chain.
    pub fn chain(&self) -> &ChainClient {
        &self.chain
    }

    /// Returns the address that the chain's node listens at.
    pub fn chain_url(&self) -> &str {
        &self.chain_url
    }

    /// Returns the number of the last block before the contracts.
    pub fn first_block(&self) -> u32 {
        self.first_block
    }

    /// Returns the addresses of the contracts.
    pub fn contracts(&self) -> &Contracts {
        &self.contracts
    }

    /// Returns the account that is the consortium's committee.
    pub fn committee(&self) -> &AccountKey {
        &self.committee
    }

    /// Returns the running indexer.
    pub fn indexer(&self) -> &Indexer {
        &self.indexer
    }

    /// Returns the indexer's address and account, as its users know it.
    pub fn server(&self) -> ServerAddress {
        ServerAddress::new(self.indexer.url(), self.indexer.account())
    }

    /// Returns the indexer's data folder: database, index, vault.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// Creates an account with a balance.
    ///
    /// # Errors
    /// The chain does not transfer it.
    pub async fn account(&self) -> Result<AccountKey> {
        let key = AccountKey::generate()?;
        self.endow(key.account()).await?;
        Ok(key)
    }

    /// Gives an account what it spends in a story.
    ///
    /// # Errors
    /// The transfer is refused.
    pub async fn endow(&self, account: AccountId) -> Result<()> {
        transfer(&self.chain, account, ALLOWANCE).await
    }

    /// Lets time pass on the chain, and waits until the indexer has stored a block of then. Only a devchain can.
    ///
    /// # Errors
    /// The chain is no devchain, or the indexer does not follow it.
    pub async fn advance(&self, by: Duration) -> Result<()> {
        let devchain = self.devchain.as_ref().context("only a devchain lets time pass")?;
        devchain.advance(by).await?;
        devchain.seal_block().await?;
        let head = self.chain.finalized().await?;
        self.indexer
            .wait_for_block(head.number, INDEXING_LIMIT)
            .await
            .context("the indexer does not follow the chain")?;
        Ok(())
    }

    /// Waits until the indexer has stored the block of a transaction.
    ///
    /// # Errors
    /// A minute has passed, or the indexer has stopped following.
    pub async fn indexed(&self, receipt: &Receipt) -> Result<()> {
        self.indexer
            .wait_for_block(receipt.block, INDEXING_LIMIT)
            .await
            .context("the indexer does not follow the chain")?;
        Ok(())
    }
}

async fn transfer(chain: &ChainClient, to: AccountId, amount: u128) -> Result<()> {
    let _turn = FUNDING.lock().await;
    chain
        .fund(&AccountKey::development("Alice"), to, amount)
        .await
        .context("cannot fund an account from //Alice")?;
    Ok(())
}

async fn deploy(chain: &ChainClient, committee: &AccountKey) -> Result<Founded> {
    let plan = Plan::alone(
        committee
            .account()
            .to_string()
            .chars()
            .take(MAX_NAME_BYTES)
            .collect::<String>(),
    );
    let bundles = bundles()?;
    Ok(Founding::new(chain, committee, &bundles, &plan)?
        .run(&mut |_| ())
        .await?)
}

/// Reads the three contracts as they were built.
///
/// # Errors
/// A contract was not built.
pub fn bundles() -> Result<Bundles> {
    Ok(Bundles {
        consortium: bundle("consortium")?,
        consent: bundle("consent")?,
        ledger: bundle("ledger")?,
    })
}

/// Reads the built bundle of a contract.
///
/// # Errors
/// The contract was not built.
pub fn bundle(name: &str) -> Result<ContractBundle> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts/artifacts"));
    let path = folder.join(format!("{name}.contract"));
    let json = fs::read(&path).with_context(|| format!("cannot read {}: run `make contracts`", path.display()))?;
    Ok(ContractBundle::parse(&json)?)
}

async fn start_indexer(chain_url: &str, contracts: &Contracts, first_block: u32, data: &Path) -> Result<Indexer> {
    let config = Config {
        chain_url: chain_url.into(),
        contracts: *contracts,
        first_block,
        data: data.into(),
        listen: Listen::plain((Ipv4Addr::LOCALHOST, 0).into()),
        database: Database::Private,
        proxy_account: None,
        // Of no use to anybody before its account has funds.
        relayer: Some(RelayerConfig {
            key: data.join("relayer.seed"),
            limits: RelayLimits {
                calls_of_one: RELAYED_CALLS,
                ..RelayLimits::DEFAULT
            },
        }),
        erasure_keys: Vec::new(),
        makes_key_replicas: false,
        max_block_age: MAX_BLOCK_AGE,
    };
    Ok(Indexer::start(config).await?)
}
