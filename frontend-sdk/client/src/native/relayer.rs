//! A chain whose transactions somebody else pays: each act is signed, handed to an indexer, and looked up in the finalized
//! chain.

use super::{ChainClient, IndexerClient, transaction};
use crate::{
    account::AccountKey,
    chain::{Answer, CallError, Called, Chain, ChainError, Contracts, Head, Receipt},
    relayer::{Act, RelayerError, SIGNED_MS, output},
    remote::RemoteError,
};
use aegle_protocol::wire::{RelayAnswer, RelayRequest, RelayedCall, SignedInvitation, TransactionPlace};
use aegle_rules::{
    AccountId,
    consent::{self, messages as consents},
    consortium::{self, messages as consortiums},
    message::Message,
};
use scale::{DecodeAll, Encode};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How often a call is sent when the answer is lost: it is paid once.
const MAX_ATTEMPTS: u32 = 5;
/// How long a call is sent again while it, or the one of the same key before it, is not final.
const PENDING_LIMIT: Duration = Duration::from_secs(10 * 60);
/// The first pause before it is sent again, which doubles each time.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause.
const MAX_PAUSE: Duration = Duration::from_secs(8);
/// How long one's own node may need to come to a block that the relayer has told of.
const NODE_LIMIT: Duration = Duration::from_secs(60);
/// The pause before the node is asked again.
const NODE_PAUSE: Duration = Duration::from_millis(250);

/// Who submits and pays.
pub(super) struct Relayer {
    indexer: IndexerClient,
    contracts: Contracts,
}

impl Relayer {
    pub(super) fn new(indexer: IndexerClient, contracts: Contracts) -> Self {
        Self { indexer, contracts }
    }

    /// Does what a message to a contract would do, by a call that the relayer submits.
    pub(super) async fn call<M>(
        &self,
        chain: &ChainClient,
        key: &AccountKey,
        contract: AccountId,
        message: &M,
    ) -> Called<M::Output>
    where
        M: Message<Output: Answer>,
    {
        let act = Act::of(&self.contracts, contract, message)?;
        // What is included already counts, final or not: the call comes after it.
        let best = chain.ask(async |node| node.best().await).await?;
        let call = self.signed(chain, key, &best, act).await?;
        // A refusal is the contract's own, which need not be asked of somebody else.
        if let Some(refusal) = self.refusal(chain, &best, &call).await? {
            return Err(refused::<M>(&refusal)?);
        }
        let request = request(&call, chain.invitation());
        let place = match self.send(key, &request).await {
            Ok(RelayAnswer { place: Some(place) }) => place,
            Ok(RelayAnswer { place: None }) => return Err(RelayerError::Taken.into()),
            // Its state moved meanwhile: the contract says why.
            Err(RelayerError::Refused { reason, detail }) if reason == "relay-refused" => {
                let best = chain.ask(async |node| node.best().await).await?;
                return Err(match self.refusal(chain, &best, &call).await? {
                    Some(refusal) => refused::<M>(&refusal)?,
                    None => RelayerError::Refused { reason, detail }.into(),
                });
            }
            Err(error) => return Err(error.into()),
        };
        let receipt = self.verify(chain, key.account(), contract, &call, &place).await?;
        let output = output(chain, &self.contracts, &call, &receipt).await?;
        Ok((
            answer::<M>(&output)?.into_result().map_err(CallError::Refused)?,
            receipt,
        ))
    }

    /// Signs an act with the next nonce of whoever acts.
    async fn signed(
        &self,
        chain: &ChainClient,
        key: &AccountKey,
        best: &Head,
        act: Act,
    ) -> Result<RelayedCall, ChainError> {
        let (contracts, signer) = (&self.contracts, key.account());
        let expires = best.timestamp.saturating_add(SIGNED_MS);
        let nonce = act.next_nonce(chain, contracts, best.hash, signer).await?;
        let signature = act
            .signed_bytes(contracts, nonce, expires)
            .map(|bytes| key.sign(&bytes));
        // One that is signed already keeps its own.
        Ok(act.signed(signer, nonce, expires, signature.unwrap_or([0; 64])))
    }

    /// Asks the contract whether it refuses a call; returns the SCALE of its error.
    async fn refusal(&self, chain: &ChainClient, at: &Head, call: &RelayedCall) -> Result<Option<Vec<u8>>, ChainError> {
        // Nobody's tokens: an account that surely exists. What it could not pay for is no refusal.
        let contracts = &self.contracts;
        let error = match call {
            RelayedCall::Consent(relayed) => {
                let relayed = (**relayed).clone();
                let (contract, message) = (contracts.consent, consents::RelayedCall { relayed });
                let run = chain.dry_run(at.hash, contract, contract, &message).await;
                run.map(|run| run.output.err().map(|error: consent::ConsentError| error.encode()))
            }
            RelayedCall::Consortium(call) => {
                let call = (**call).clone();
                let (contract, message) = (contracts.consortium, consortiums::Relayed { call });
                let run = chain.dry_run(at.hash, contract, contract, &message).await;
                run.map(|run| {
                    run.output
                        .err()
                        .map(|error: consortium::ConsortiumError| error.encode())
                })
            }
        };
        match error {
            Ok(error) => Ok(error),
            Err(ChainError::Module { .. } | ChainError::Dispatch { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Hands a call to the relayer: the same one again where the answer is lost, which is not paid twice.
    async fn send(&self, key: &AccountKey, request: &RelayRequest) -> Result<RelayAnswer, RelayerError> {
        let until = Instant::now() + PENDING_LIMIT;
        let (mut pause, mut lost) = (FIRST_PAUSE, 0);
        loop {
            match self.indexer.relay(key, request).await.map_err(RelayerError::from) {
                Err(RelayerError::Pending) if Instant::now() < until => {}
                Err(RelayerError::Indexer(RemoteError::Transport(_))) if lost + 1 < MAX_ATTEMPTS => lost += 1,
                answer => return answer,
            }
            sleep(pause).await;
            pause = (pause * 2).min(MAX_PAUSE);
        }
    }

    /// Finds the call in the finalized chain where the relayer says that it is, carried out as it was signed.
    async fn verify(
        &self,
        chain: &ChainClient,
        account: AccountId,
        contract: AccountId,
        call: &RelayedCall,
        place: &TransactionPlace,
    ) -> Result<Receipt, Failure> {
        let block = place.block.number;
        let until = Instant::now() + NODE_LIMIT;
        while chain.finalized().await?.number < block {
            if Instant::now() >= until {
                return Err(RelayerError::NodeBehind { block }.into());
            }
            sleep(NODE_PAUSE).await;
        }
        let hash = place.block.hash;
        if !chain.is_finalized(hash).await? {
            return Err(RelayerError::Forged { block }.into());
        }
        let id = chain.ask(async |node| node.block_id(hash).await).await?;
        let placed = chain
            .ask(async |node| node.call_at(hash, place.extrinsic).await)
            .await?;
        match placed {
            Some(placed) if id == place.block && placed.contract == contract && placed.data == call.call_data() => {
                let node = chain.node().await?;
                Ok(transaction::Included::placed(&node, id, placed)
                    .await?
                    .receipt(account)?)
            }
            _ => Err(RelayerError::Forged { block }.into()),
        }
    }
}

/// Builds what is asked for a call. An invitation goes with what is paid before an organisation vouches alone: nobody else is
/// told who has invited whom.
fn request(call: &RelayedCall, invitation: Option<&SignedInvitation>) -> RelayRequest {
    let request = RelayRequest::new(call);
    let RelayedCall::Consortium(relayed) = call else {
        return request;
    };
    match (&relayed.call, invitation) {
        (consortium::Call::RegisterPatient { .. } | consortium::Call::NameOrganisation { .. }, Some(invitation)) => {
            request.with_invitation(invitation)
        }
        _ => request,
    }
}

/// Why a call failed, whatever its contract's own errors are.
enum Failure {
    Relayer(RelayerError),
    Chain(ChainError),
}

impl From<RelayerError> for Failure {
    fn from(error: RelayerError) -> Self {
        Self::Relayer(error)
    }
}

impl From<ChainError> for Failure {
    fn from(error: ChainError) -> Self {
        Self::Chain(error)
    }
}

impl<E: std::fmt::Debug> From<Failure> for CallError<E> {
    fn from(error: Failure) -> Self {
        match error {
            Failure::Relayer(error) => error.into(),
            Failure::Chain(error) => error.into(),
        }
    }
}

fn answer<M: Message>(output: &[u8]) -> Result<M::Output, ChainError> {
    M::Output::decode_all(&mut &*output).map_err(|source| ChainError::Decode { what: M::NAME, source })
}

/// Reads a contract's error as that of a message.
fn refused<M>(refusal: &[u8]) -> Result<CallError<<M::Output as Answer>::Error>, ChainError>
where
    M: Message<Output: Answer>,
{
    let output = [&[1], refusal].concat();
    match answer::<M>(&output)?.into_result() {
        Err(error) => Ok(CallError::Refused(error)),
        // 1 stands for an error in every result.
        Ok(_) => Err(ChainError::Trapped { message: M::NAME }),
    }
}
