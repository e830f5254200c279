//! A chain of one contract that counts the calls of each key, and an indexer in front of it that does what a test says.

use aegle_chain::dry_run::{DryRun, Weight};
use aegle_client::{
    account::AccountKey,
    chain::{Answer, CallError, Called, Chain, ChainError, Contracts, Head, MessageBytes, Receipt},
    indexer::Indexer,
    protocol::{
        BlockId,
        wire::{Problem, ProblemCode, RelayAnswer, RelayRequest, RelayedCall, TransactionPlace},
    },
    relayer::{Outcome, PlacedCall, Progress, RelayAdapter, Relayer},
    remote::{Request, Response, Transport, TransportError},
    rules::{
        AccountId, Hash, Timestamp,
        consent::{Call, ConsentError, messages as consents},
        message::Message,
    },
};
use scale::{DecodeAll, Encode};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
    sync::Arc,
};
use tokio::sync::{Mutex, OwnedMutexGuard};

pub(super) const CONTRACTS: Contracts = Contracts {
    genesis: Hash([1; 32]),
    consortium: AccountId([2; 32]),
    consent: AccountId([3; 32]),
    ledger: AccountId([4; 32]),
};
/// The time at the beginning.
pub(super) const NOW: Timestamp = 1_790_000_000_000;
const SERVER: AccountId = AccountId([5; 32]);

/// What the indexer answers to a request, or that nothing comes of it.
pub(super) type Answered = Option<Response>;
type Behaviour = dyn Fn(&World, &RelayedCall) -> Answered;

/// A block with one call, carried out or failed.
struct Block {
    contract: AccountId,
    data: Vec<u8>,
    failed: bool,
}

/// What is so at a moment.
pub(super) struct World {
    pub(super) now: Cell<Timestamp>,
    blocks: RefCell<Vec<Block>>,
    /// How many calls of each key the contract has taken.
    nonces: RefCell<BTreeMap<AccountId, u64>>,
    /// What the contract refuses every act with.
    pub(super) refuses: Cell<Option<ConsentError>>,
    /// Whether one's own node answers.
    pub(super) node_fails: Cell<bool>,
    pub(super) progress: RefCell<Vec<Progress>>,
    /// How often somebody has signed.
    pub(super) signed: Cell<u32>,
    /// What was handed over.
    pub(super) handed: RefCell<Vec<RelayRequest>>,
    /// What signs where the key is that of a session.
    wallet: AccountKey,
    turn: Arc<Mutex<()>>,
    behaviour: Box<Behaviour>,
}

/// The hash of a block.
pub(super) fn hash_of(number: u32) -> Hash {
    let mut hash = [9; 32];
    hash[..4].copy_from_slice(&number.to_be_bytes());
    Hash(hash)
}

fn number_of(hash: Hash) -> Option<u32> {
    let number = u32::from_be_bytes(*hash.0.first_chunk()?);
    (hash_of(number) == hash).then_some(number)
}

impl World {
    /// Builds one whose indexer does this with each call that it is asked for.
    pub(super) fn new(behaviour: impl Fn(&Self, &RelayedCall) -> Answered + 'static) -> Rc<Self> {
        Rc::new(Self {
            now: Cell::new(NOW),
            blocks: RefCell::default(),
            nonces: RefCell::default(),
            refuses: Cell::new(None),
            node_fails: Cell::new(false),
            progress: RefCell::default(),
            signed: Cell::new(0),
            handed: RefCell::default(),
            wallet: AccountKey::from_seed(&[7; 32]),
            turn: Arc::default(),
            behaviour: Box::new(behaviour),
        })
    }

    /// The number of the last block: each is final at once.
    fn last(&self) -> u32 {
        u32::try_from(self.blocks.borrow().len()).unwrap()
    }

    fn include(&self, call: &RelayedCall, failed: bool) -> TransactionPlace {
        let contract = match call {
            RelayedCall::Consent(_) => CONTRACTS.consent,
            RelayedCall::Consortium(_) => CONTRACTS.consortium,
        };
        let data = call.call_data();
        self.blocks.borrow_mut().push(Block { contract, data, failed });
        let number = self.last();
        let hash = hash_of(number);
        let block = BlockId { number, hash };
        TransactionPlace { block, extrinsic: 1 }
    }

    /// Carries a call out: its number must be the next one, and what is signed for this deployment.
    pub(super) fn carry_out(&self, call: &RelayedCall) -> TransactionPlace {
        RelayRequest::new(call).verify(&CONTRACTS, self.now.get()).unwrap();
        let mut nonces = self.nonces.borrow_mut();
        let next = nonces.entry(call.signer()).or_default();
        assert_eq!(call.nonce(), *next, "the contract takes no other number");
        *next += 1;
        drop(nonces);
        self.include(call, false)
    }

    /// Includes a transaction of a call that fails.
    pub(super) fn fail(&self, call: &RelayedCall) -> TransactionPlace {
        self.include(call, true)
    }

    /// How many calls the contract has taken.
    pub(super) fn taken(&self) -> u64 {
        self.nonces.borrow().values().sum()
    }

    fn ask<T>(&self, answer: impl FnOnce() -> T) -> Result<T, ChainError> {
        match self.node_fails.get() {
            true => Err(ChainError::Timeout),
            false => Ok(answer()),
        }
    }
}

/// An answer with the place of a call.
pub(super) fn placed(place: TransactionPlace) -> Answered {
    answered(Some(place))
}

pub(super) fn answered(place: Option<TransactionPlace>) -> Answered {
    let body = serde_json::to_vec(&RelayAnswer { place }).unwrap();
    Some(Response { status: 200, body })
}

/// A refusal, as an indexer writes it.
pub(super) fn refused(status: u16, code: ProblemCode, reason: &str) -> Answered {
    let problem = Problem {
        status,
        reason: reason.into(),
        ..Problem::new(code, Some("said by the test".into()))
    };
    let body = serde_json::to_vec(&problem).unwrap();
    Some(Response { status, body })
}

/// That the indexer does not pay.
pub(super) fn not_paid() -> Answered {
    refused(403, ProblemCode::NotPermitted, "relay-quota-spent")
}

/// The chain and the indexer, as a client sees them.
pub(super) struct Seen(pub(super) Rc<World>);

impl Seen {
    /// The relayer of the world.
    pub(super) fn relayer(&self) -> Relayer<Self> {
        let indexer = Indexer::new(Self(self.0.clone()), &CONTRACTS, SERVER);
        Relayer::new(indexer, CONTRACTS)
    }

    /// Has a key revoke everything, as [`Chain::call`] would.
    pub(super) async fn revoke_all(&self, key: &AccountKey) -> Called<Result<(), ConsentError>> {
        let patient = key.account();
        let call = Call::RevokeAll;
        self.relayed(key, CONTRACTS.consent, &consents::Act { patient, call }, None)
            .await
    }

    pub(super) async fn relayed<M>(
        &self,
        key: &AccountKey,
        contract: AccountId,
        message: &M,
        invitation: Option<&[u8]>,
    ) -> Called<M::Output>
    where
        M: Message<Output: Answer>,
    {
        let message = MessageBytes::new(contract, message);
        let carried = self.relayer().carry_out(self, key, &message, invitation).await;
        message.called::<M>(carried.map_err(CallError::widened)?)
    }
}

impl Transport for Seen {
    async fn send(&self, request: Request<'_>) -> Result<Response, TransportError> {
        assert_eq!(request.path, "/v1/relay");
        // Others have something done meanwhile.
        tokio::task::yield_now().await;
        let asked: RelayRequest = serde_json::from_slice(request.body).unwrap();
        let call = asked.verify(&CONTRACTS, self.0.now.get()).unwrap().call().clone();
        self.0.handed.borrow_mut().push(asked);
        let answer = (self.0.behaviour)(&self.0, &call);
        answer.ok_or_else(|| TransportError {
            url: "https://relayer.example".into(),
            source: "the answer broke off".into(),
        })
    }

    fn now(&self) -> Timestamp {
        self.0.now.get()
    }

    async fn pause(&self, milliseconds: u32) {
        self.0.now.set(self.0.now.get() + u64::from(milliseconds));
        tokio::task::yield_now().await;
    }
}

impl Chain for Seen {
    fn genesis(&self) -> Hash {
        CONTRACTS.genesis
    }

    async fn finalized(&self) -> Result<Head, ChainError> {
        let world = &self.0;
        let number = world.last();
        world.ask(|| Head {
            number,
            hash: hash_of(number),
            timestamp: NOW,
        })
    }

    async fn is_finalized(&self, block: Hash) -> Result<bool, ChainError> {
        let world = &self.0;
        world.ask(|| number_of(block).is_some_and(|number| number <= world.last()))
    }

    async fn read<M: Message>(&self, _: Hash, _: AccountId, message: &M) -> Result<M::Output, ChainError> {
        // Both contracts' numbers are asked for by an account alone.
        let asked = message.encode();
        let account = AccountId::decode_all(&mut &*asked).unwrap();
        let next = self.0.nonces.borrow().get(&account).copied().unwrap_or_default();
        self.0.ask(|| M::Output::decode_all(&mut &*next.encode()).unwrap())
    }

    async fn call<M>(&self, _: &AccountKey, _: AccountId, _: &M) -> Called<M::Output>
    where
        M: Message<Output: Answer>,
    {
        unreachable!("nobody here has tokens")
    }
}

impl RelayAdapter for Seen {
    type Turn = OwnedMutexGuard<()>;

    async fn turn(&self, _: AccountId) -> Result<Self::Turn, ChainError> {
        Ok(self.0.turn.clone().lock_owned().await)
    }

    async fn best(&self) -> Result<Hash, ChainError> {
        self.0.ask(|| hash_of(self.0.last()))
    }

    async fn try_out(&self, _: Hash, _: AccountId, _: &MessageBytes) -> Result<DryRun<Vec<u8>>, ChainError> {
        let answer = Ok::<_, u8>(match self.0.refuses.get() {
            Some(error) => Err(error),
            None => Ok(()),
        });
        let nothing = Weight { time: 0, proof: 0 };
        self.0.ask(|| DryRun {
            output: answer.encode(),
            reverted: false,
            consumed: nothing,
            gas_limit: nothing,
            deposit: 0,
        })
    }

    async fn call_at(&self, block: Hash, place: u32, _: AccountId) -> Result<Option<PlacedCall>, ChainError> {
        let number = number_of(block).unwrap();
        let blocks = self.0.blocks.borrow();
        // The first transaction of a block sets its time, and calls no contract.
        let index = usize::try_from(number).unwrap().checked_sub(1);
        let Some(found) = index.and_then(|index| blocks.get(index)).filter(|_| place == 1) else {
            return Ok(None);
        };
        let outcome = match found.failed {
            true => Outcome::Failed(ChainError::Module {
                pallet: "Contracts".into(),
                error: "OutOfGas".into(),
            }),
            false => Outcome::Done(Receipt {
                block: number,
                block_hash: block,
                transaction: Hash([8; 32]),
                bytes: 100,
                fee: 0,
                deposit: 0,
                events: Vec::new(),
            }),
        };
        self.0
            .ask(|| PlacedCall {
                block: number,
                contract: found.contract,
                data: found.data.clone(),
                outcome,
            })
            .map(Some)
    }

    async fn sign(&self, key: &AccountKey, bytes: &[u8]) -> Result<[u8; 64], ChainError> {
        self.0.signed.set(self.0.signed.get() + 1);
        Ok(match key.session() {
            Some(_) => self.0.wallet.sign(bytes),
            None => key.sign(bytes),
        })
    }

    fn progress(&self, progress: Progress) {
        self.0.progress.borrow_mut().push(progress);
    }
}
