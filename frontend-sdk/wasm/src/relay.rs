//! Acts that the indexer submits and pays for: signed here or by a wallet, handed over, and looked up in the finalized chain.
//!
//! What can be read of a message and what it answers is in [`aegle_client::relayer`]; here is the order in which it is done
//! over the adapters of JavaScript.

use crate::{
    fault::Fault,
    host::{Host, HostChain, Included, failure, node},
    message::{Carried, Sent},
    transport::HostTransport,
};
use aegle_client::{
    account::AccountKey,
    chain::{Chain, ChainError, Contracts},
    indexer::Indexer,
    protocol::wire::{ProblemCode, RelayAnswer, RelayRequest, RelayedCall, TransactionPlace},
    relayer::{Act, RelayerError, SIGNED_MS, output},
    remote::{RemoteError, Transport},
};
use aegle_rules::{AccountId, Hash, Timestamp};
use js_sys::Uint8Array;
use serde::{Deserialize, Serialize};

/// How often a call is sent when the answer is lost: it is paid once.
const MAX_ATTEMPTS: u32 = 5;
/// How long, in milliseconds, a call is sent again while it, or the one of the same key before it, is not final.
const PENDING_LIMIT_MS: u64 = 180_000;
/// The first pause before it is sent again, in milliseconds, which doubles each time up to the longest.
const FIRST_PAUSE_MS: u32 = 500;
const MAX_PAUSE_MS: u32 = 8_000;
/// How long one's own node may need to come to a block that the relayer has told of, in milliseconds.
const NODE_LIMIT_MS: u64 = 60_000;
/// The pause before the node is asked again, in milliseconds.
const NODE_PAUSE_MS: u32 = 250;
/// The longest invitation, in bytes.
const MAX_INVITATION_BYTES: usize = 1_024;

/// Who submits and pays.
pub(crate) struct Relayer {
    indexer: Indexer<HostTransport>,
    contracts: Contracts,
    /// What an organisation has signed, so that the relayer pays before it vouches: hexadecimal.
    invitation: Option<String>,
}

/// A reason why a message was not carried out, or why that is not known.
pub(crate) enum Failure {
    Chain(ChainError),
    Relayer(RelayerError),
}

impl Failure {
    /// Says that the node has failed after a call was handed over.
    fn unverified(self) -> Self {
        match self {
            Self::Chain(error) => Self::Chain(ChainError::Node(Box::new(Unverified(error)))),
            known => known,
        }
    }
}

/// Nobody knows what became of a call that was handed over, since one's own node does not say.
#[derive(Debug, thiserror::Error)]
#[error("the relayer was given the act, and the node does not say what became of it")]
pub(crate) struct Unverified(#[source] ChainError);

impl From<ChainError> for Failure {
    fn from(error: ChainError) -> Self {
        Self::Chain(error)
    }
}

impl From<RelayerError> for Failure {
    fn from(error: RelayerError) -> Self {
        Self::Relayer(error)
    }
}

/// What is handed over. A relayer that knows no invitations takes none.
#[derive(Serialize)]
struct Handed<'a> {
    #[serde(flatten)]
    request: RelayRequest,
    #[serde(skip_serializing_if = "Option::is_none")]
    invitation: Option<&'a str>,
}

/// The call of a contract in a block, as an adapter tells it.
#[derive(Deserialize)]
struct Placed {
    contract: AccountId,
    /// Hexadecimal.
    data: String,
    included: Included,
}

/// An account's turn to have an act relayed: the number of the next one follows from those before.
struct Turn<'a> {
    host: &'a Host,
    account: String,
}

impl<'a> Turn<'a> {
    async fn take(host: &'a Host, account: AccountId) -> Result<Self, ChainError> {
        let account = account.to_string();
        host.turn(&account).await.map_err(node)?;
        Ok(Self { host, account })
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.host.turn_over(&self.account);
    }
}

impl Relayer {
    pub(crate) fn new(indexer: Indexer<HostTransport>, contracts: Contracts) -> Self {
        Self {
            indexer,
            contracts,
            invitation: None,
        }
    }

    /// Hands an invitation over with what is relayed.
    pub(crate) fn invite(&mut self, invitation: String) -> Result<(), Fault> {
        let digits = invitation
            .strip_prefix("0x")
            .and_then(|digits| hex::decode(digits).ok());
        match digits {
            Some(bytes) if (1..=MAX_INVITATION_BYTES).contains(&bytes.len()) => {
                self.invitation = Some(invitation);
                Ok(())
            }
            _ => Err(Fault::argument(format!(
                "the invitation is not `0x` and the hexadecimal digits of 1 to {MAX_INVITATION_BYTES} bytes: give it as the \
                 organisation has made it"
            ))),
        }
    }

    /// Hands a call to the relayer: the same one again where the answer is lost, which is not paid twice.
    async fn send(&self, key: &AccountKey, call: &RelayedCall) -> Result<RelayAnswer, RelayerError> {
        let handed = Handed {
            request: RelayRequest::new(call),
            invitation: self.invitation.as_deref(),
        };
        let transport = self.indexer.transport();
        let until = transport.now() + PENDING_LIMIT_MS;
        let (mut pause, mut lost) = (FIRST_PAUSE_MS, 0);
        loop {
            match self.indexer.relay(key, &handed).await.map_err(RelayerError::from) {
                Err(RelayerError::Pending) if transport.now() < until => {}
                Err(RelayerError::Indexer(error))
                    if is_lost(&error) && lost + 1 < MAX_ATTEMPTS && transport.now() < until =>
                {
                    lost += 1;
                }
                answer => return answer,
            }
            transport.pause(pause).await;
            pause = (pause * 2).min(MAX_PAUSE_MS);
        }
    }
}

impl HostChain {
    /// Does what a message would do, by a call that the relayer submits.
    pub(crate) async fn relay(&self, relayer: &Relayer, key: &AccountKey, message: &Sent) -> Result<Carried, Failure> {
        let (contracts, account) = (&relayer.contracts, key.account());
        let act = Act::of_call(contracts, message.contract, message.name, &message.data)?;
        let _turn = Turn::take(&self.host, account).await?;
        // What is included already counts, final or not: the call comes after it.
        let best = self.best().await?;
        let expires: Timestamp = self.finalized().await?.timestamp.saturating_add(SIGNED_MS);
        let nonce = act.next_nonce(self, contracts, best, account).await?;
        // A wallet is not asked for what the contract would refuse.
        if key.session().is_some() {
            if let Some(refused) = self.refusal(best, account, message).await? {
                return Ok(refused);
            }
        }
        self.host.relaying("signing", None);
        let signature = match act.signed_bytes(contracts, nonce, expires) {
            Some(bytes) => self.signature(key, &bytes).await?,
            // One that is signed already keeps its own.
            None => [0; 64],
        };
        let call = act.signed(account, nonce, expires, signature);
        // A refusal is the contract's own, which need not be asked of somebody else.
        let (contract, data) = (message.contract, call.call_data());
        let relayed = Sent {
            contract,
            name: "relayed",
            data,
        };
        // Nobody's tokens: an account that surely exists.
        if let Some(refused) = self.refusal(best, contract, &relayed).await? {
            return Ok(refused);
        }
        self.host.relaying("sent", Some(expiry(&call) as f64));
        let place = match relayer.send(key, &call).await {
            Ok(RelayAnswer { place: Some(place) }) => place,
            Ok(RelayAnswer { place: None }) => return Err(RelayerError::Taken.into()),
            Err(no) if is_no(&no) => return self.not_done(contracts, &call, &relayed, no.into()).await,
            Err(error) => return Err(error.into()),
        };
        let included = self.verify(&relayed, &place).await.map_err(Failure::unverified)?;
        if let Some(name) = &included.failed {
            return self.not_done(contracts, &call, &relayed, failure(name).into()).await;
        }
        let unverified = |error| Failure::Chain(error).unverified();
        let receipt = included.receipt().map_err(unverified)?;
        // As a contract answers: it has understood the message, and then what that answers.
        let mut answer = vec![0];
        answer.extend(output(self, contracts, &call, &receipt).await.map_err(unverified)?);
        self.host.relaying("finalized", None);
        Ok(Carried {
            output: answer,
            receipt: Some(receipt),
        })
    }

    /// What a no comes to after a call was handed over, which whoever has it can still have carried out.
    async fn not_done(
        &self,
        contracts: &Contracts,
        call: &RelayedCall,
        relayed: &Sent,
        no: Failure,
    ) -> Result<Carried, Failure> {
        let refused = self.standing(contracts, call, relayed).await;
        match refused.map_err(Failure::unverified)? {
            Some(refused) => Ok(refused),
            None => Err(no),
        }
    }

    /// Looks whether the number of a call is taken, by it or another one; then whether the contract refuses it.
    async fn standing(
        &self,
        contracts: &Contracts,
        call: &RelayedCall,
        relayed: &Sent,
    ) -> Result<Option<Carried>, Failure> {
        let best = self.best().await?;
        let act = match call {
            RelayedCall::Consent(relayed) => Act::Consent(Box::new(relayed.call.clone())),
            RelayedCall::Consortium(relayed) => Act::Consortium(relayed.call.clone()),
        };
        if act.next_nonce(self, contracts, best, call.signer()).await? > call.nonce() {
            return Err(RelayerError::Taken.into());
        }
        Ok(self.refusal(best, relayed.contract, relayed).await?)
    }

    /// Signs with the account's own key, or has its wallet sign.
    async fn signature(&self, key: &AccountKey, bytes: &[u8]) -> Result<[u8; 64], ChainError> {
        if key.session().is_none() {
            return Ok(key.sign(bytes));
        }
        let signature = self.host.sign_bytes(&key.account().to_string(), bytes).await;
        let signature = Uint8Array::from(signature.map_err(node)?).to_vec();
        signature.try_into().map_err(|_| ChainError::Decode {
            what: "the wallet's signature",
            source: "it has not 64 bytes".into(),
        })
    }

    /// Asks the contract whether it refuses a message, or does not know it.
    async fn refusal(&self, at: Hash, origin: AccountId, message: &Sent) -> Result<Option<Carried>, ChainError> {
        match self.dry_run(at, origin, message).await {
            Ok(tried) if tried.is_taken() => Ok(None),
            Ok(tried) => Ok(Some(Carried::refused(tried))),
            // What could not be paid for is no refusal.
            Err(ChainError::Module { .. } | ChainError::Dispatch { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Finds the call in the finalized chain where the relayer says that it is, as it was signed.
    async fn verify(&self, call: &Sent, place: &TransactionPlace) -> Result<Included, Failure> {
        let (block, hash) = (place.block.number, place.block.hash);
        let now = || js_sys::Date::now() as Timestamp;
        let until = now() + NODE_LIMIT_MS;
        while self.finalized().await?.number < block {
            if now() >= until {
                return Err(RelayerError::NodeBehind { block }.into());
            }
            self.host.pause(NODE_PAUSE_MS).await.map_err(node)?;
        }
        if !self.is_finalized(hash).await? {
            return Err(RelayerError::Forged { block }.into());
        }
        match self.placed(hash, place.extrinsic).await? {
            Some(placed) if is_of(&placed, place, call) => Ok(placed.included),
            _ => Err(RelayerError::Forged { block }.into()),
        }
    }

    async fn placed(&self, block: Hash, place: u32) -> Result<Option<Placed>, ChainError> {
        let told = self.host.call_at(&block.to_string(), place).await.map_err(node)?;
        match told.as_string() {
            Some(text) => serde_json::from_str(&text).map(Some).map_err(|_| ChainError::Decode {
                what: "a transaction",
                source: "it is not what an adapter answers".into(),
            }),
            None => Ok(None),
        }
    }
}

/// Whether nobody knows what the relayer has done: its answer is lost, or is not its own, or it failed or was busy.
pub(crate) fn is_lost(error: &RemoteError) -> bool {
    match error {
        RemoteError::NotFound => false,
        RemoteError::Refused { status, code, .. } => *status >= 500 || *code == ProblemCode::TooMany,
        _ => true,
    }
}

/// Whether the relayer says that it has not done it.
fn is_no(error: &RelayerError) -> bool {
    match error {
        RelayerError::Indexer(error) => !is_lost(error),
        error => error.is_refusal(),
    }
}

/// The first millisecond at which a call is no longer taken.
fn expiry(call: &RelayedCall) -> Timestamp {
    match call {
        RelayedCall::Consent(relayed) => relayed.expires,
        RelayedCall::Consortium(relayed) => relayed.expires,
    }
}

/// Whether a transaction is that of a call, where the relayer says that it is.
fn is_of(placed: &Placed, place: &TransactionPlace, call: &Sent) -> bool {
    placed.included.block == place.block.number
        && placed.contract == call.contract
        && placed.data == format!("0x{}", hex::encode(&call.data))
}
