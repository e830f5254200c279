//! A record whose keys are split among the indexer's proxy and others, each a program of its own that another organisation
//! runs.
use super::{
    database::TestDatabase,
    program::Program,
    world::{LATER, World},
};
use aegle_client::{
    account::AccountKey,
    chain::Chain,
    clinician::reader::{Opened, OpeningError, Reader},
    deployment::Aegle,
    indexer::Indexer as Client,
    native::{ChainClient, HttpTransport, ServerAddress},
    patient::{GrantError, GrantRequest, Granted, Patient},
    proxies::Quorum,
    remote::{Request, Response, Transport, TransportError},
};
use aegle_crypto::{classes::Class, master::MasterSecret};
use aegle_indexer::{Indexer, identity};
use aegle_protocol::{
    keys::EncryptionSecret,
    record::RecordId,
    wire::{OpenAnswer, OpenRequest, PresentedTransform, TransformAnswer, TransformRequest},
};
use aegle_rules::{
    AccountId, Confidentiality, OrganisationId, Purposes, Timestamp,
    consortium::{self, Action, ProxyOperator, messages::Propose},
};
use aegle_sealed::Keyword;
use tempfile::TempDir;
use zeroize::Zeroizing;

/// What the record says.
pub(crate) const CONTENT: &str = "content";
/// Where a proxy is shown what it transforms.
const PRESENT: &str = "/v1/partials";

/// The way to a server, which may lie.
pub(crate) struct Way {
    inner: HttpTransport,
    lies: bool,
}

impl Transport for Way {
    async fn send(&self, request: Request<'_>) -> Result<Response, TransportError> {
        let is_partial = request.path == PRESENT;
        let body = request.body;
        let mut response = self.inner.send(request).await?;
        if self.lies && is_partial && response.status == 200 {
            // The part of another capsule: a point of the group, with a proof that is of the right one.
            let mut answer: TransformAnswer = serde_json::from_slice(&response.body).unwrap();
            let asked: PresentedTransform = serde_json::from_slice(body).unwrap();
            answer.partial.u = asked.shown.row.capsule.u_bar;
            response.body = serde_json::to_vec(&answer).unwrap();
        }
        Ok(response)
    }

    fn now(&self) -> Timestamp {
        self.inner.now()
    }

    async fn pause(&self, milliseconds: u32) {
        self.inner.pause(milliseconds).await;
    }
}

/// A proxy by itself: its data, and the program while it runs.
pub(crate) struct ProxySite {
    pub(crate) account: AccountId,
    pub(crate) organisation: OrganisationId,
    pub(crate) data: TempDir,
    pub(crate) database: TestDatabase,
    program: Option<Program>,
    url: String,
}

impl ProxySite {
    /// Starts the program of a proxy.
    pub(crate) fn run(&mut self, world: &World) {
        let program = Program::start_proxy(world, &self.database, self.data.path());
        self.url = program.url.clone();
        self.program = Some(program);
    }

    /// Kills the program.
    pub(crate) fn kill(&mut self) {
        self.program.take().expect("it runs").kill();
    }

    /// Freezes the program: it takes connections, and says nothing.
    pub(crate) fn freeze(&self) {
        self.program.as_ref().expect("it runs").signal("STOP");
    }

    /// Returns where the proxy is, or was.
    pub(crate) fn address(&self) -> ServerAddress {
        ServerAddress::new(self.url.clone(), self.account)
    }
}

/// A world with a record, its patient, a reader, and proxies.
pub(crate) struct Site {
    pub(crate) world: World,
    pub(crate) indexer: Indexer,
    pub(crate) proxies: Vec<ProxySite>,
    pub(crate) patient: Patient,
    pub(crate) reader: Reader,
    pub(crate) record: RecordId,
    client: Client<Way>,
}

impl Site {
    /// Builds a site with so many proxies besides the indexer's, each of an organisation of its own.
    pub(crate) async fn with_proxies(count: usize) -> Self {
        let world = World::new().await;
        Self::in_world(world, count, None).await
    }

    /// Builds a site with two proxies besides the indexer's, of which the hospital runs the first, whose clinician the reader
    /// is.
    pub(crate) async fn with_one_of_the_hospital() -> Self {
        let world = World::new().await;
        let hospital = world.organisation;
        Self::in_world(world, 2, Some(hospital)).await
    }

    async fn in_world(world: World, count: usize, first: Option<OrganisationId>) -> Self {
        let indexer = world.start().await;
        let patient = Patient::new(
            AccountKey::from_seed(world.patient.seed()),
            MasterSecret::from_bytes(Zeroizing::new(*world.master.expose_bytes())),
        );
        let slot = patient.classes(&world.contracts).slot(Class::Laboratory);
        let mut plain = world.plain(&[Keyword::status("final").unwrap()], CONTENT);
        plain.slot = slot;
        plain.public_key = world.slot_secret(slot).public_key();
        let batch = world.seal(0, &[plain]);
        world.deposit(&indexer, &batch).await;
        let seed = Zeroizing::new(*world.clinician_secret.expose_seed());
        let reader = Reader::new(
            AccountKey::from_seed(world.clinician.seed()),
            EncryptionSecret::from_seed(seed),
        );
        let publish = consortium::messages::SetKey {
            account: world.clinician.account(),
            key: reader.encryption().public_key(),
            bundle: aegle_rules::Hash([0; 32]),
        };
        let consortium = world.contracts.consortium;
        world.chain.call(reader.key(), consortium, &publish).await.unwrap();
        let mut proxies = Vec::new();
        for _ in 0..count {
            proxies.push(proxy(&world).await);
        }
        if let (Some(organisation), Some(proxy)) = (first, proxies.first_mut()) {
            proxy.organisation = organisation;
        }
        let server = ServerAddress::new(indexer.url(), indexer.account());
        let site = Self {
            client: client(&world, &server, false),
            record: batch.bundle.records[0].id,
            world,
            indexer,
            proxies,
            patient,
            reader,
        };
        let operators = site.operators();
        enact(&site.world, Action::SetProxies { operators }).await;
        site
    }

    /// Returns the proxies as the consortium has them: the indexer's is number 0.
    fn operators(&self) -> Vec<ProxyOperator> {
        let indexer = ProxyOperator {
            account: self.indexer.account(),
            organisation: self.world.trust,
        };
        let others = self.proxies.iter().map(|proxy| ProxyOperator {
            account: proxy.account,
            organisation: proxy.organisation,
        });
        std::iter::once(indexer).chain(others).collect()
    }

    /// Returns clients of the proxies, of which one may lie.
    pub(crate) fn clients(&self, liar: Option<usize>) -> Vec<Client<Way>> {
        let proxies = self.proxies.iter().enumerate();
        proxies
            .map(|(number, proxy)| client(&self.world, &proxy.address(), liar == Some(number)))
            .collect()
    }

    /// Returns what a client sees that knows these proxies.
    pub(crate) fn aegle<'a>(&'a self, proxies: &'a [Client<Way>]) -> Aegle<'a, ChainClient, Way> {
        Aegle::new(&self.world.chain, &self.world.contracts, &self.client).with_proxies(proxies)
    }

    /// Grants the reader the record's class.
    pub(crate) async fn grant(&self, quorum: Quorum) -> Result<Granted, GrantError> {
        let clients = self.clients(None);
        let request = GrantRequest {
            grantee: self.reader.key().account(),
            purposes: Purposes::TREAT,
            classes: &[Class::Laboratory],
            confidentiality: Confidentiality::VeryRestricted,
            from: 0,
            until: LATER,
            delegable: false,
            document: b"{}",
        };
        self.patient.grant_among(&self.aegle(&clients), &request, quorum).await
    }

    /// Has the reader open the record.
    pub(crate) async fn open(&self, proxies: &[Client<Way>]) -> Result<Opened, OpeningError> {
        self.reader
            .open(&self.aegle(proxies), self.record, Purposes::TREAT)
            .await
    }

    /// Builds the question to a proxy about the record, with the row as the indexer gives it.
    pub(crate) async fn question(&self, granted: &Granted) -> PresentedTransform {
        let request = OpenRequest {
            record: self.record,
            purpose: Purposes::TREAT,
        };
        let answer: OpenAnswer = self.client.open(self.reader.key(), &request).await.unwrap();
        PresentedTransform {
            transform: TransformRequest {
                record: self.record,
                purpose: Purposes::TREAT,
                grant: granted.id,
                version: 1,
            },
            shown: answer.shown(),
        }
    }
}

fn client(world: &World, server: &ServerAddress, lies: bool) -> Client<Way> {
    let way = Way {
        inner: HttpTransport::to(server).unwrap(),
        lies,
    };
    Client::proxy(way, &world.contracts, server.account)
}

/// Admits an organisation, and starts its proxy.
async fn proxy(world: &World) -> ProxySite {
    let admin = AccountKey::generate().unwrap().account();
    let organisation = enact(world, Action::Admit { admin })
        .await
        .expect("an admission gives a number");
    let data = TempDir::new().unwrap();
    let mut site = ProxySite {
        account: identity(data.path(), None).unwrap().account,
        organisation,
        data,
        database: TestDatabase::new().await,
        program: None,
        url: String::new(),
    };
    site.run(world);
    site
}

async fn enact(world: &World, action: Action) -> Option<OrganisationId> {
    let propose = Propose { action };
    let enacted = world.chain.call(&world.committee, world.contracts.consortium, &propose);
    enacted.await.unwrap().0.admitted()
}
