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
    chain::{Chain, ChainError, Contracts, Receipt},
    indexer::Indexer,
    protocol::wire::{RelayAnswer, RelayRequest, RelayedCall, TransactionPlace},
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
                Err(RelayerError::Indexer(RemoteError::Transport(_))) if lost + 1 < MAX_ATTEMPTS => lost += 1,
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
        self.host.relaying("signing");
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
        self.host.relaying("sent");
        let place = match relayer.send(key, &call).await {
            Ok(RelayAnswer { place: Some(place) }) => place,
            Ok(RelayAnswer { place: None }) => return Err(RelayerError::Taken.into()),
            // Its state moved meanwhile: the contract says why.
            Err(RelayerError::Refused { reason, detail }) if reason == "relay-refused" => {
                return match self.refusal(self.best().await?, contract, &relayed).await? {
                    Some(refused) => Ok(refused),
                    None => Err(RelayerError::Refused { reason, detail }.into()),
                };
            }
            Err(error) => return Err(error.into()),
        };
        let receipt = self.verify(&relayed, &place).await?;
        self.host.relaying("finalized");
        // As a contract answers: it has understood the message, and then what that answers.
        let mut answer = vec![0];
        answer.extend(output(self, contracts, &call, &receipt).await?);
        Ok(Carried {
            output: answer,
            receipt: Some(receipt),
        })
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

    /// Finds the call in the finalized chain where the relayer says that it is, carried out as it was signed.
    async fn verify(&self, call: &Sent, place: &TransactionPlace) -> Result<Receipt, Failure> {
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
            Some(placed) if is_of(&placed, place, call) => match &placed.included.failed {
                None => Ok(placed.included.receipt()?),
                Some(name) => Err(failure(name).into()),
            },
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

/// Whether a transaction is that of a call, where the relayer says that it is.
fn is_of(placed: &Placed, place: &TransactionPlace, call: &Sent) -> bool {
    placed.included.block == place.block.number
        && placed.contract == call.contract
        && placed.data == format!("0x{}", hex::encode(&call.data))
}
