//! The three contracts, freshly deployed for one test, and the people of the story.

use aegle_client::{
    account::AccountKey,
    chain::{Answer, CallError, Chain, ChainError, Contracts, Emitted, Receipt},
    native::{
        Call, ChainClient, DryRun, Weight,
        founding::{Founding, Plan},
    },
    organisation::NAMED_MS,
};
use aegle_devchain::{Devchain, Options, Sealing};
use aegle_rules::{
    AccountId, Confidentiality, EncryptionKey, GrantId, Hash, OrganisationId, ProposalId, Purposes, Roles, Slot, Slots,
    Timestamp,
    consent::{Check, Declaration, Effect, Extent, Facts, Grantee, Proxies, Research, Terms},
    consortium::{Action, Named, Outcome, ProxyOperator, Role, Which, messages as consortium},
    message::Message,
};
use aegle_stories::deployment::{bundle, bundles};
use scale::Encode;
use std::time::Duration;
use subxt::{
    config::DefaultExtrinsicParamsBuilder,
    dynamic::{self, Value},
    utils::AccountId32,
};
use tokio::sync::{Mutex, MutexGuard};

/// The committee of one, who deploys the contracts.
pub(crate) const COMMITTEE: &str = "Alice";
/// Admin of the first hospital.
pub(crate) const ADMIN: &str = "Bob";
/// Clinician of the first hospital.
pub(crate) const CLINICIAN: &str = "Charlie";
/// A patient, who has no role.
pub(crate) const PATIENT: &str = "Dave";
/// Admin of the second hospital.
pub(crate) const OTHER_ADMIN: &str = "Eve";
/// Somebody without any role.
pub(crate) const STRANGER: &str = "Ferdie";

pub(crate) const HOSPITAL: OrganisationId = OrganisationId(1);
pub(crate) const OTHER_HOSPITAL: OrganisationId = OrganisationId(2);
/// Runs the proxy.
pub(crate) const TRUST: OrganisationId = OrganisationId(3);

/// A node that everybody uses has one nonce an account: there the tests take turns.
static TURN: Mutex<()> = Mutex::const_new(());

/// The contracts on a chain. Dropping it ends the chain, where that is a devchain.
pub(crate) struct Deployment {
    pub(crate) chain: ChainClient,
    /// Where the chain's node listens.
    pub(crate) url: String,
    pub(crate) consortium: AccountId,
    pub(crate) consent: AccountId,
    pub(crate) ledger: AccountId,
    devchain: Option<Devchain>,
    _turn: Option<MutexGuard<'static, ()>>,
}

pub(crate) fn key(name: &str) -> AccountKey {
    AccountKey::development(name)
}

pub(crate) fn account(name: &str) -> AccountId {
    key(name).account()
}

impl Deployment {
    /// Deploys the three contracts.
    pub(crate) async fn empty() -> Self {
        match std::env::var("CHAIN_URL") {
            Ok(url) if !url.is_empty() => Self::on(url, None, Some(TURN.lock().await)).await,
            _ => Self::on_devchain(Options::default()).await,
        }
    }

    /// Deploys them on a devchain that makes a block each `period`, whatever `CHAIN_URL` says.
    pub(crate) async fn at_block_time(period: Duration) -> Self {
        let options = Options {
            sealing: Sealing::Every(period),
            ..Options::default()
        };
        Self::on_devchain(options).await
    }

    async fn on_devchain(options: Options) -> Self {
        let devchain = Devchain::start(options).await.expect("the devchain starts");
        Self::on(devchain.ws_url(), Some(devchain), None).await
    }

    async fn on(url: String, devchain: Option<Devchain>, turn: Option<MutexGuard<'static, ()>>) -> Self {
        let chain = ChainClient::connect(&url).await.expect("the chain is there");
        let (committee, bundles) = (key(COMMITTEE), bundles().expect("the bundles are committed"));
        let plan = Plan::alone(hex::encode(fresh_salt()));
        let founding = Founding::new(&chain, &committee, &bundles, &plan).expect("a plan");
        let founded = founding.run(&mut |_| ()).await.expect("the contracts deploy");
        let Contracts {
            consortium,
            consent,
            ledger,
            ..
        } = founded.contracts;
        Self {
            chain,
            url,
            consortium,
            consent,
            ledger,
            devchain,
            _turn: turn,
        }
    }

    /// As [`Self::with_hospitals`], on a devchain of its own whatever `CHAIN_URL` says: for tests that travel in time.
    pub(crate) async fn with_time() -> Self {
        Self::on_devchain(Options::default()).await.admitted().await
    }

    /// Deploys them, and admits two hospitals and a trust that runs the only proxy; the first hospital has a clinician.
    pub(crate) async fn with_hospitals() -> Self {
        Self::empty().await.admitted().await
    }

    async fn admitted(self) -> Self {
        let this = self;
        this.enact(Action::Admit { admin: account(ADMIN) }).await;
        this.enact(Action::Admit {
            admin: account(OTHER_ADMIN),
        })
        .await;
        this.enact(Action::Admit {
            admin: key("Trust").account(),
        })
        .await;
        this.set_role(CLINICIAN, Roles::CLINICIAN, HOSPITAL, Timestamp::MAX)
            .await;
        let operators = vec![ProxyOperator {
            account: key("Proxy").account(),
            organisation: TRUST,
        }];
        this.enact(Action::SetProxies { operators }).await;
        this
    }

    /// Returns where a contract is.
    pub(crate) fn address(&self, contract: Which) -> AccountId {
        match contract {
            Which::Consortium => self.consortium,
            Which::Consent => self.consent,
            Which::Ledger => self.ledger,
        }
    }

    /// Gives a development account that the chain does not endow something to pay with.
    pub(crate) async fn fund(&self, name: &str) {
        const ALLOWANCE: u128 = 100_000_000_000_000;
        self.chain
            .fund(&key(COMMITTEE), account(name), ALLOWANCE)
            .await
            .expect("the committee has money");
    }

    /// Lets time pass, which only a devchain can.
    pub(crate) async fn advance(&self, by: Duration) {
        let devchain = self
            .devchain
            .as_ref()
            .expect("a test that travels in time has a devchain");
        devchain.advance(by).await.expect("time goes on");
        devchain.seal_block().await.expect("a block");
    }

    /// Lets the committee act; where that waits for the time lock, time passes, which only a devchain lets it.
    pub(crate) async fn enact(&self, action: Action) -> Option<OrganisationId> {
        let message = consortium::Propose { action };
        let (outcome, _) = self
            .chain
            .call(&key(COMMITTEE), self.consortium, &message)
            .await
            .expect("the committee acts");
        match outcome {
            Outcome::Done(admitted) => admitted,
            Outcome::Pending(id) => self.enact_later(id, message.action).await,
        }
    }

    /// Waits for the time lock, lets new members of the committee accept, and carries out what was agreed to.
    async fn enact_later(&self, id: ProposalId, action: Action) -> Option<OrganisationId> {
        if let Action::Rotate { members, .. } = &action {
            let names = [ADMIN, CLINICIAN, PATIENT, OTHER_ADMIN, STRANGER];
            for name in names.into_iter().filter(|name| members.contains(&account(name))) {
                let action = action.clone();
                self.send(name, self.consortium, &consortium::Accept { id, action })
                    .await;
            }
        }
        let limits = self.dry_run(COMMITTEE, self.consortium, &consortium::Limits {}).await;
        self.advance(Duration::from_millis(limits.timelock_ms)).await;
        let execute = consortium::Execute { id, action };
        let executed = self.chain.call(&key(COMMITTEE), self.consortium, &execute).await;
        executed.expect("it is agreed to, and its time has come").0
    }

    /// Gives somebody a role.
    pub(crate) async fn set_role(&self, name: &str, roles: Roles, organisation: OrganisationId, until: Timestamp) {
        let role = Role {
            roles,
            organisation,
            until,
        };
        self.enact(Action::SetRole {
            account: account(name),
            role,
        })
        .await;
    }

    /// Sends a message that must be carried out.
    pub(crate) async fn send<M>(&self, name: &str, contract: AccountId, message: &M) -> Receipt
    where
        M: Message<Output: Answer>,
    {
        match self.chain.call(&key(name), contract, message).await {
            Ok((_, receipt)) => receipt,
            Err(error) => panic!("{} by {name}: {error}", M::NAME),
        }
    }

    /// Sends a message that the contract must refuse.
    pub(crate) async fn refused<M, E>(&self, name: &str, contract: AccountId, message: &M) -> E
    where
        M: Message<Output: Answer<Error = E>>,
        E: std::fmt::Debug,
    {
        match self.chain.call(&key(name), contract, message).await {
            Err(CallError::Refused(error)) => error,
            Err(error) => panic!("{} by {name}: {error}", M::NAME),
            Ok(_) => panic!("{} by {name} was carried out", M::NAME),
        }
    }

    /// Sends a message with exactly so much gas. Returns the events of contracts; `None` where it failed.
    pub(crate) async fn send_with_gas(
        &self,
        name: &str,
        contract: AccountId,
        message: &impl Message,
        gas: Weight,
    ) -> Option<Vec<Emitted>> {
        let gas =
            [("ref_time", gas.time), ("proof_size", gas.proof)].map(|(part, most)| (part, Value::u128(most.into())));
        let arguments = vec![
            Value::unnamed_variant("Id", [Value::from_bytes(contract.0)]),
            Value::u128(0),
            Value::named_composite(gas),
            Value::unnamed_variant("None", []),
            Value::from_bytes(message.call_data()),
        ];
        let call = dynamic::transaction("Contracts", "call", arguments);
        let block = self
            .chain
            .node()
            .await
            .expect("a connection")
            .api()
            .at_current_block()
            .await
            .expect("a block");
        let transactions = block.transactions();
        let signer = key(name);
        let nonce = transactions.account_nonce(&AccountId32(signer.account().0)).await;
        let nonce = nonce.expect("a nonce");
        let parameters = DefaultExtrinsicParamsBuilder::new().immortal().nonce(nonce).build();
        let mut signable = transactions.create_signable_offline(&call, parameters).expect("a call");
        let signed = signable.sign(&signer).expect("a signature");
        let progress = signed.submit_and_watch().await.expect("the pool takes it");
        let included = progress.wait_for_finalized().await.expect("a block");
        let events = included.wait_for_success().await.ok()?;
        let events = (0..).zip(events.iter().map(|event| event.expect("it decodes")));
        let emitted = events.filter(|(_, event)| event.event_name() == "ContractEmitted");
        let emitted = emitted.map(|(index, event)| {
            let topic = event.topics().first().map(|topic| topic.0);
            Emitted::from_fields(index, event.field_bytes(), topic).expect("a contract and its data")
        });
        Some(emitted.collect())
    }

    /// What a message would answer somebody now.
    pub(crate) async fn dry_run<M: Message>(&self, name: &str, contract: AccountId, message: &M) -> M::Output {
        self.try_dry_run(name, contract, message)
            .await
            .unwrap_or_else(|error| panic!("{} by {name}: {error}", M::NAME))
    }

    /// What a message would answer somebody now, if the contract can answer.
    pub(crate) async fn try_dry_run<M: Message>(
        &self,
        name: &str,
        contract: AccountId,
        message: &M,
    ) -> Result<M::Output, ChainError> {
        let head = self.chain.finalized().await?;
        let run = self.chain.dry_run(head.hash, account(name), contract, message).await?;
        Ok(run.output)
    }

    /// A name of an organisation, from where it is now, for as long as clients name one.
    pub(crate) async fn named(&self, organisation: OrganisationId) -> Named {
        let message = consortium::JurisdictionOf { organisation };
        let jurisdiction = self.dry_run(STRANGER, self.consortium, &message).await;
        Named {
            organisation,
            jurisdiction,
            until: self.now().await + NAMED_MS,
        }
    }

    /// The time of the last block.
    pub(crate) async fn now(&self) -> Timestamp {
        self.chain.finalized().await.expect("a finalized block").timestamp
    }

    /// Asks the runtime what a call with exactly these bytes would do.
    pub(crate) async fn raw(
        &self,
        name: &str,
        contract: AccountId,
        data: &[u8],
        value: u128,
    ) -> DryRun<Result<Vec<u8>, ChainError>> {
        let head = self.chain.finalized().await.expect("a finalized block");
        let call = Call {
            origin: account(name),
            contract,
            value,
            data,
        };
        let answer = self.chain.dry_run_bytes(head.hash, &call).await;
        answer.expect("an answer")
    }
}

/// An account that nobody else has.
pub(crate) fn fresh_account() -> AccountId {
    AccountKey::generate().expect("a key").account()
}

/// A salt that no other deployment has.
fn fresh_salt() -> [u8; 16] {
    fresh_account().0[..16].try_into().expect("16 of 32 bytes")
}

/// Deploys one contract under a salt of its own. `arguments` are those of its constructor.
pub(crate) async fn deploy(chain: &ChainClient, contract: &str, arguments: impl Encode) -> AccountId {
    chain
        .deploy(
            &key(COMMITTEE),
            &bundle(contract).expect("the bundle is committed"),
            arguments,
            &fresh_salt(),
        )
        .await
        .expect("the contract deploys")
        .address
}

/// A permit to the clinician's account, for treatment, over slots 3 and 4, from now on.
pub(crate) fn permit(now: Timestamp) -> Terms {
    Terms {
        effect: Effect::Permit,
        grantee: Grantee::Account(account(CLINICIAN)),
        purposes: Purposes::TREAT,
        slots: Slots::default().with(Slot(3)).with(Slot(4)),
        confidentiality: Confidentiality::Normal,
        from: now,
        until: Timestamp::MAX,
        depth: 0,
        delegable: false,
        research: Research::NONE,
        narrowing: None,
        proxies: Proxies(1),
        threshold: 1,
        document: Hash([1; 32]),
        split: Hash([2; 32]),
    }
}

/// A denial with the same terms.
pub(crate) fn denial(now: Timestamp) -> Terms {
    Terms {
        effect: Effect::Deny,
        proxies: Proxies::NONE,
        threshold: 0,
        split: Hash([0; 32]),
        ..permit(now)
    }
}

/// The clinician asks for a record of slot 3, for treatment.
pub(crate) fn question(at: Timestamp) -> Check {
    let facts = Facts {
        slot: Slot(3),
        confidentiality: Confidentiality::Normal,
        author: account(CLINICIAN),
        authored_at: at,
    };
    Check {
        requester: account(CLINICIAN),
        patient: account(PATIENT),
        purpose: Purposes::TREAT,
        facts,
        research: Declaration::default(),
        extent: Extent::Count,
        membership: None,
        at,
    }
}

pub(crate) fn grant(id: u32, terms: Terms) -> aegle_rules::consent::messages::Grant {
    aegle_rules::consent::messages::Grant { id: GrantId(id), terms }
}

/// What the patient's own key sets.
pub(crate) fn set_key() -> consortium::SetKey {
    consortium::SetKey {
        account: account(PATIENT),
        key: EncryptionKey([5; 32]),
        bundle: Hash([6; 32]),
    }
}
