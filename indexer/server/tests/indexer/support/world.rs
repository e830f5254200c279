//! A chain with the real contracts, a hospital, a clinician and a patient, and an indexer in front of it.
use super::{
    caller::{Caller, answer},
    database::TestDatabase,
    sealed::{Plain, SealedBatch, seal_batch},
};
use aegle_client::{
    account::AccountKey,
    chain::{Chain, Receipt},
    native::{
        ChainClient, ContractBundle,
        founding::{Bundles, Founding, MAX_NAME_BYTES, OrganisationPlan, Plan},
        install_tls,
    },
};
use aegle_crypto::{delegation::SlotSecret, master::MasterSecret};
use aegle_devchain::{Devchain, Options};
use aegle_indexer::{
    Indexer,
    config::{Config, Listen, MAX_BLOCK_AGE},
};
use aegle_keys::DomainKey;
use aegle_protocol::{
    Contracts, Deployment,
    keys::{EncryptionSecret, PublishedKeys},
    random::SystemRandom,
    request::Audience,
    wire::Status,
};
use aegle_rules::{
    AccountId, BatchNumber, Confidentiality, DomainId, OrganisationId, Purposes, Roles, Slot,
    consortium::{self, Action, Role},
    ledger,
};
use aegle_sealed::{Expression, Keyword, Scope, ScopeContext, SearchToken, Window};
use std::{path::Path, time::Duration};
use tempfile::TempDir;
use tracing_subscriber::EnvFilter;

/// What a test waits for at most.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// The pause before a test asks the same again.
const PAUSE: Duration = Duration::from_millis(50);
/// The end of every grant and role of the tests.
pub(crate) const LATER: u64 = 4_000_000_000_000;
/// The slot of the tests' records.
pub(crate) const SLOT: Slot = Slot(4);
/// What an account gets to pay for its transactions.
pub(crate) const FUNDS: u128 = 1_000_000_000_000_000;

/// A chain with deployed contracts and everybody on it.
pub(crate) struct World {
    pub(crate) devchain: Option<Devchain>,
    pub(crate) chain_url: String,
    pub(crate) chain: ChainClient,
    pub(crate) contracts: Contracts,
    /// The head before the contracts were deployed: a node may have dropped the state of older blocks.
    pub(crate) first_block: u32,
    pub(crate) deployment: Deployment,
    pub(crate) committee: AccountKey,
    pub(crate) admin: AccountKey,
    /// The admin of the organisation that runs the indexer's proxy.
    pub(crate) trust_admin: AccountKey,
    pub(crate) clinician: AccountKey,
    pub(crate) patient: AccountKey,
    pub(crate) master: MasterSecret,
    pub(crate) clinician_secret: EncryptionSecret,
    pub(crate) organisation: OrganisationId,
    /// The organisation that runs the indexer's proxy.
    pub(crate) trust: OrganisationId,
    pub(crate) domain: DomainId,
    pub(crate) domain_key: DomainKey,
    pub(crate) http: reqwest::Client,
    pub(crate) data: TempDir,
    pub(crate) database: TestDatabase,
}

/// A chain that seals at once, and often enough without transactions that no block is too old to decide on.
fn options() -> Options {
    Options {
        heartbeat: Some(Duration::from_secs(20)),
        ..Options::default()
    }
}

fn contract(name: &str) -> ContractBundle {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts/artifacts");
    let bytes = std::fs::read(folder.join(format!("{name}.contract"))).unwrap();
    ContractBundle::parse(&bytes).unwrap()
}

fn organisation_plan(name: &str, admin: &AccountKey) -> OrganisationPlan {
    OrganisationPlan {
        name: name.into(),
        admin: admin.account(),
    }
}

impl World {
    /// Builds a world on the node at `CHAIN_URL`, or else on a chain of its own.
    pub(crate) async fn new() -> Self {
        match std::env::var("CHAIN_URL") {
            Ok(url) => Self::deploy(None, url).await,
            Err(_) => Self::on_devchain().await,
        }
    }

    /// Builds a world on a chain of its own, which the test may stop.
    pub(crate) async fn on_devchain() -> Self {
        let devchain = Devchain::start(options()).await.unwrap();
        let url = devchain.ws_url();
        Self::deploy(Some(devchain), url).await
    }

    async fn deploy(devchain: Option<Devchain>, chain_url: String) -> Self {
        // `RUST_LOG` shows what the indexers say; it is for who reads a failure.
        let _ = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::from_default_env())
            .with_test_writer()
            .try_init();
        install_tls();
        let chain = ChainClient::connect(&chain_url).await.unwrap();
        let committee = AccountKey::development("Alice");
        let key = || AccountKey::generate().unwrap();
        let (admin, trust_admin, clinician, patient) = (key(), key(), key(), key());
        for account in [&admin, &patient, &clinician] {
            chain.fund(&committee, account.account(), FUNDS).await.unwrap();
        }
        let plan = Plan {
            organisations: vec![
                organisation_plan("hospital", &admin),
                organisation_plan("trust", &trust_admin),
            ],
            ..Plan::alone(
                patient
                    .account()
                    .to_string()
                    .chars()
                    .take(MAX_NAME_BYTES)
                    .collect::<String>(),
            )
        };
        let bundles = Bundles {
            consortium: contract("consortium"),
            consent: contract("consent"),
            ledger: contract("ledger"),
        };
        let founding = Founding::new(&chain, &committee, &bundles, &plan).unwrap();
        let founded = founding.run(&mut |_| ()).await.unwrap();
        let (first_block, contracts) = (founded.first_block, founded.contracts);
        let (consortium, ledger) = (contracts.consortium, contracts.ledger);
        let (organisation, trust) = (founded.organisations["hospital"], founded.organisations["trust"]);
        let role = Role {
            roles: Roles::CLINICIAN,
            organisation,
            until: LATER,
        };
        let set_role = consortium::messages::Propose {
            action: Action::SetRole {
                account: clinician.account(),
                role,
            },
        };
        chain.call(&committee, consortium, &set_role).await.unwrap();
        let (domain_key, _) = DomainKey::generate().unwrap();
        let register = ledger::messages::RegisterDomain {
            key: domain_key.public_key(),
        };
        let domain = chain.call(&admin, ledger, &register).await.unwrap().0;
        Self {
            devchain,
            chain_url,
            chain,
            contracts,
            first_block,
            deployment: contracts.deployment(),
            committee,
            admin,
            trust_admin,
            clinician,
            patient,
            master: MasterSecret::generate(&mut SystemRandom),
            clinician_secret: EncryptionSecret::generate(&mut SystemRandom),
            organisation,
            trust,
            domain,
            domain_key,
            http: reqwest::Client::new(),
            data: TempDir::new().unwrap(),
            database: TestDatabase::new().await,
        }
    }

    pub(crate) fn config(&self) -> Config {
        Config {
            chain_url: self.chain_url.clone(),
            contracts: self.contracts,
            first_block: self.first_block,
            data: self.data.path().to_owned(),
            listen: Listen::plain(([127, 0, 0, 1], 0).into()),
            database: self.database.database(),
            proxy_account: None,
            relayer: None,
            erasure_keys: self.database.key_folders(),
            makes_key_replicas: false,
            max_block_age: MAX_BLOCK_AGE,
        }
    }

    pub(crate) async fn start(&self) -> Indexer {
        Indexer::start(self.config()).await.unwrap()
    }

    /// Asks the indexer at `url` whether it is ready until it says `expected`: `ready`, or the reason why not.
    pub(crate) async fn until_readiness_is(&self, url: &str, expected: &str) {
        let mut heard = Vec::new();
        let asking = async {
            loop {
                let found = answer(self.http.get(format!("{url}/readyz"))).await;
                let state = match found.status {
                    200 => "ready".to_owned(),
                    _ => found.reason().1,
                };
                if state == expected {
                    return;
                }
                heard.push(state);
                tokio::time::sleep(PAUSE).await;
            }
        };
        let ended = tokio::time::timeout(PATIENCE, asking).await;
        assert!(ended.is_ok(), "never {expected}: {heard:?}");
    }

    /// Waits until the indexer has stored the chain's finalized head.
    pub(crate) async fn settle(&self, running: &Indexer) {
        let head = self.chain.finalized().await.unwrap();
        running.wait_for_block(head.number, PATIENCE).await.unwrap();
    }

    /// Returns the audience that requests to an indexer are signed for.
    pub(crate) fn audience(&self, running: &Indexer) -> Audience {
        Audience {
            deployment: self.deployment,
            server: running.account(),
        }
    }

    pub(crate) fn caller<'a>(&'a self, running: &Indexer, key: &'a AccountKey) -> Caller<'a> {
        Caller {
            http: &self.http,
            url: running.url(),
            audience: self.audience(running),
            key,
        }
    }

    pub(crate) fn slot_secret(&self, slot: Slot) -> SlotSecret {
        self.master.slot_secret(&self.deployment.genesis, slot, 0)
    }

    pub(crate) fn plain(&self, keywords: &[Keyword], content: &str) -> Plain {
        Plain {
            patient: self.patient.account(),
            public_key: self.slot_secret(SLOT).public_key(),
            slot: SLOT,
            confidentiality: Confidentiality::Normal,
            keywords: keywords.to_vec(),
            cohort: false,
            content: content.into(),
        }
    }

    pub(crate) fn seal(&self, batch: u32, plain: &[Plain]) -> SealedBatch {
        seal_batch(
            &self.deployment,
            self.admin.account(),
            &self.domain_key,
            self.domain,
            BatchNumber(batch),
            plain,
        )
    }

    pub(crate) async fn anchor(&self, batch: &SealedBatch) -> Receipt {
        self.chain
            .call(&self.admin, self.contracts.ledger, &batch.anchor())
            .await
            .unwrap()
            .1
    }

    pub(crate) async fn put_ciphertexts(&self, running: &Indexer, batch: &SealedBatch) {
        self.caller(running, &self.admin)
            .send("POST", "/v1/ciphertexts", batch.upload())
            .await
            .expect(201);
    }

    /// Ciphertexts, anchor, bundle: a batch as it should come.
    pub(crate) async fn deposit(&self, running: &Indexer, batch: &SealedBatch) {
        self.put_ciphertexts(running, batch).await;
        self.anchor(batch).await;
        let body = batch.bundle.to_bytes();
        self.caller(running, &self.admin)
            .send("POST", "/v1/batches", body)
            .await
            .expect(201);
    }

    pub(crate) async fn status(&self, running: &Indexer) -> Status {
        self.settle(running).await;
        answer(self.http.get(format!("{}/v1/status", running.url())))
            .await
            .json()
    }

    /// Names the patient's keys in the directory.
    pub(crate) async fn publish_keys(&self) -> PublishedKeys {
        let (patient, now) = (self.patient.account(), super::caller::now());
        let published = self.master.published_keys(&self.deployment, patient, now, [0; 32]);
        let key = self.master.encryption_secret(&self.deployment.genesis).public_key();
        let set_key = consortium::messages::SetKey {
            account: patient,
            key,
            bundle: published.bundle().hash(),
        };
        self.chain
            .call(&self.patient, self.contracts.consortium, &set_key)
            .await
            .unwrap();
        published
    }

    pub(crate) fn scope(&self, patient: AccountId) -> ScopeContext {
        ScopeContext {
            domain: self.domain,
            epoch: 0,
            scope: Scope::Patient(patient),
        }
    }

    pub(crate) fn tokens(&self, keyword: &Keyword, from: u32, to: u32) -> Vec<SearchToken> {
        self.domain_key
            .token(
                &self.scope(self.patient.account()),
                keyword,
                Window::new(from, to).unwrap(),
            )
            .unwrap()
    }

    /// Builds a search for one keyword in the batches `0..to`, for treatment.
    pub(crate) fn search(&self, keyword: &Keyword, to: u32) -> aegle_protocol::wire::SearchRequest {
        aegle_protocol::wire::SearchRequest {
            domain: self.domain,
            scope: Scope::Patient(self.patient.account()),
            purpose: Purposes::TREAT,
            research: Default::default(),
            terms: vec![self.tokens(keyword, 0, to)],
            query: Expression::Term(0),
            limit: 100,
            after: None,
            evidence: false,
        }
    }
}
