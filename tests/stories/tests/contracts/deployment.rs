//! The three contracts, freshly deployed for one test, and the people of the story.

use aegle_client::{
    account::AccountKey,
    chain::{Answer, CallError, Chain, ChainError, Receipt},
    native::{ChainClient, ContractBundle, DryRun},
};
use aegle_devchain::{Devchain, Options};
use aegle_rules::{
    AccountId, Confidentiality, EncryptionKey, GrantId, Hash, OrganisationId, Purposes, Roles, Slot, Slots, Timestamp,
    consent::{Effect, Facts, Grantee, Terms, messages::Check},
    consortium::{Action, Role, messages as consortium},
    message::Message,
};
use scale::Encode;
use std::{
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
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

/// A node that everybody uses has one nonce an account: there the tests take turns.
static TURN: Mutex<()> = Mutex::const_new(());

/// The contracts on a chain. Dropping it ends the chain, where that is a devchain.
pub(crate) struct Deployment {
    pub(crate) chain: ChainClient,
    pub(crate) consortium: AccountId,
    pub(crate) consent: AccountId,
    pub(crate) ledger: AccountId,
    _devchain: Option<Devchain>,
    _turn: Option<MutexGuard<'static, ()>>,
}

pub(crate) fn key(name: &str) -> AccountKey {
    AccountKey::development(name)
}

pub(crate) fn account(name: &str) -> AccountId {
    key(name).account()
}

pub(crate) fn bundle(contract: &str) -> ContractBundle {
    let artifacts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts/artifacts");
    let json = std::fs::read(artifacts.join(format!("{contract}.contract"))).expect("the bundle is committed");
    ContractBundle::parse(&json).expect("a bundle that cargo-contract wrote")
}

impl Deployment {
    /// Deploys the three contracts.
    pub(crate) async fn empty() -> Self {
        let (url, devchain, turn) = match std::env::var("CHAIN_URL") {
            Ok(url) if !url.is_empty() => (url, None, Some(TURN.lock().await)),
            _ => {
                let devchain = Devchain::start(Options::default()).await.expect("the devchain starts");
                (devchain.ws_url(), Some(devchain), None)
            }
        };
        let chain = ChainClient::connect(&url).await.expect("the chain is there");
        let consortium = deploy(&chain, "consortium", account(COMMITTEE)).await;
        let consent = deploy(&chain, "consent", consortium).await;
        let ledger = deploy(&chain, "ledger", consortium).await;
        Self {
            chain,
            consortium,
            consent,
            ledger,
            _devchain: devchain,
            _turn: turn,
        }
    }

    /// Deploys them and admits two hospitals; the first has a clinician.
    pub(crate) async fn with_hospitals() -> Self {
        let this = Self::empty().await;
        this.enact(Action::Admit { admin: account(ADMIN) }).await;
        this.enact(Action::Admit {
            admin: account(OTHER_ADMIN),
        })
        .await;
        this.set_role(CLINICIAN, Roles::CLINICIAN, HOSPITAL, Timestamp::MAX)
            .await;
        this
    }

    /// Lets the committee act.
    pub(crate) async fn enact(&self, action: Action) -> Option<OrganisationId> {
        let message = consortium::Enact { action };
        self.chain
            .call(&key(COMMITTEE), self.consortium, &message)
            .await
            .expect("the committee acts")
            .0
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
        let answer = self
            .chain
            .dry_run_bytes(head.hash, account(name), contract, data, value)
            .await;
        answer.expect("an answer")
    }
}

/// Deploys one contract under a salt of its own.
pub(crate) async fn deploy(chain: &ChainClient, contract: &str, argument: AccountId) -> AccountId {
    static DEPLOYMENTS: AtomicU32 = AtomicU32::new(0);
    let number = DEPLOYMENTS.fetch_add(1, Ordering::Relaxed);
    let salt = (
        std::process::id(),
        number,
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .expect("the clock is past 1970")
            .as_nanos(),
    )
        .encode();
    chain
        .deploy(&key(COMMITTEE), &bundle(contract), argument, &salt)
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
        document: Hash([1; 32]),
        split: Hash([2; 32]),
    }
}

/// A denial with the same terms.
pub(crate) fn denial(now: Timestamp) -> Terms {
    Terms {
        effect: Effect::Deny,
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
        at,
    }
}

pub(crate) fn grant(id: u32, terms: Terms) -> aegle_rules::consent::messages::Grant {
    aegle_rules::consent::messages::Grant { id: GrantId(id), terms }
}

pub(crate) fn set_key() -> consortium::SetKey {
    consortium::SetKey {
        key: EncryptionKey([5; 32]),
        bundle: Hash([6; 32]),
    }
}
