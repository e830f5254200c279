//! The order in which an act is relayed: tried, signed, handed over, and looked up in the finalized chain.

use super::{Act, Objection, Outcome, PlacedCall, Progress, RelayAdapter, RelayerError, SIGNED_MS, output};
use crate::{
    account::AccountKey,
    chain::{CallError, Carried, ChainError, Contracts, MessageBytes},
    indexer::Indexer,
    remote::Transport,
};
use aegle_protocol::wire::{RelayAnswer, RelayRequest, RelayedCall, TransactionPlace};
use aegle_rules::{AccountId, Hash, consortium};
use std::convert::Infallible;

/// How often a call is sent when the answer is lost: it is paid once.
const MAX_ATTEMPTS: u32 = 5;
/// How long, in milliseconds, a call is sent again while it, or the one of the same key before it, is not final. A relayer's
/// transaction can be included for 64 blocks, six minutes and a half of a public chain; only then is another one signed.
const PENDING_LIMIT_MS: u64 = 10 * 60 * 1_000;
/// The first pause before it is sent again, in milliseconds, which doubles each time up to the longest.
const FIRST_PAUSE_MS: u32 = 500;
/// The longest pause, in milliseconds.
const MAX_PAUSE_MS: u32 = 8_000;
/// How long one's own node may need to come to a block that the relayer has told of, in milliseconds.
const NODE_LIMIT_MS: u64 = 60_000;
/// The pause before the node is asked again, in milliseconds.
const NODE_PAUSE_MS: u32 = 250;

/// Who submits and pays for acts: an indexer, which is believed in nothing.
pub struct Relayer<T> {
    indexer: Indexer<T>,
    contracts: Contracts,
}

/// Why an act is not carried out, or not known to be; whatever its contract's own errors are.
type Failure = CallError<Infallible>;

/// A call that is handed over, and the message that the contract takes it by.
struct Given {
    call: RelayedCall,
    message: MessageBytes,
    account: AccountId,
}

impl<T: Transport> Relayer<T> {
    /// Builds the relayer of a deployment.
    pub fn new(indexer: Indexer<T>, contracts: Contracts) -> Self {
        Self { indexer, contracts }
    }

    /// Does what a message would do, by a call that the relayer submits. An invitation is shown with what is paid before an
    /// organisation vouches alone: nobody else is told who has invited whom.
    ///
    /// # Errors
    /// [`CallError::Chain`] before the call was handed over; [`CallError::Relayer`].
    pub async fn carry_out<C: RelayAdapter>(
        &self,
        chain: &C,
        key: &AccountKey,
        message: &MessageBytes,
        invitation: Option<&[u8]>,
    ) -> Result<Carried, Failure> {
        let (contracts, account) = (&self.contracts, key.account());
        let act = Act::of_call(contracts, message.contract, message.name, &message.data)?;
        let _turn = chain.turn(account).await?;
        // What is included already counts, final or not: the call comes after it.
        let best = chain.best().await?;
        let expires = chain.finalized().await?.timestamp.saturating_add(SIGNED_MS);
        let nonce = act.next_nonce(chain, contracts, best, account).await?;
        // A wallet is not asked for what the contract would refuse.
        if key.session().is_some() {
            if let Some(refused) = refusal(chain, best, account, message).await? {
                return Ok(refused);
            }
        }
        chain.progress(Progress::Signing);
        let signature = match act.signed_bytes(contracts, nonce, expires) {
            Some(bytes) => chain.sign(key, &bytes).await?,
            // One that is signed already keeps its own.
            None => [0; 64],
        };
        let given = Given::new(
            act.signed(account, nonce, expires, signature),
            message.contract,
            account,
        );
        // A refusal is the contract's own, which need not be asked of somebody else.
        if let Some(refused) = given.refusal(chain, best).await? {
            return Ok(refused);
        }
        let request = request(&given.call, invitation);
        let until = given.call.expires();
        chain.progress(Progress::Sent { until });
        let carried = self.hand_over(chain, key, &given, &request).await;
        // The chain alone says what became of a call that was handed over.
        let carried = carried.map_err(|error| match error {
            CallError::Chain(error) => CallError::Relayer(RelayerError::Unverified(error)),
            known => known,
        })?;
        if matches!(carried, Carried::Done(..)) {
            chain.progress(Progress::Finalized);
        }
        Ok(carried)
    }

    /// Hands a call over, and finds out what became of it.
    async fn hand_over<C: RelayAdapter>(
        &self,
        chain: &C,
        key: &AccountKey,
        given: &Given,
        request: &RelayRequest,
    ) -> Result<Carried, Failure> {
        let place = match self.send(key, request).await {
            Ok(RelayAnswer { place: Some(place) }) => place,
            // It says that another call with this number was carried out: the chain knows.
            Ok(RelayAnswer { place: None }) => {
                let is_taken = self.is_taken(chain, given, chain.best().await?).await?;
                let why = if is_taken {
                    RelayerError::Taken
                } else {
                    RelayerError::NotTaken
                };
                return Err(why.into());
            }
            Err(no) if no.is_no() => return self.not_done(chain, given, Objection::Relayer(no.into())).await,
            Err(error) => return Err(error.into()),
        };
        let receipt = match self.verify(chain, given, &place).await? {
            Outcome::Done(receipt) => receipt,
            Outcome::Failed(error) => return self.not_done(chain, given, Objection::Chain(error)).await,
        };
        // As a contract answers: it has understood the message, and then what that answers.
        let mut answer = vec![0];
        answer.extend(output(chain, &self.contracts, &given.call, &receipt).await?);
        Ok(Carried::Done(answer, receipt))
    }

    /// Sends a call to the relayer: the same one again where the answer is lost, which is not paid twice.
    async fn send(&self, key: &AccountKey, request: &RelayRequest) -> Result<RelayAnswer, RelayerError> {
        let transport = self.indexer.transport();
        let until = transport.now().saturating_add(PENDING_LIMIT_MS);
        let (mut pause, mut lost) = (FIRST_PAUSE_MS, 0);
        loop {
            let answer = self.indexer.relay(key, request).await.map_err(RelayerError::from);
            let is_open = match answer {
                Err(RelayerError::Pending) => true,
                Err(RelayerError::Lost(_)) => {
                    lost += 1;
                    lost < MAX_ATTEMPTS
                }
                _ => false,
            };
            if !is_open || transport.now() >= until {
                return answer;
            }
            transport.pause(pause).await;
            pause = (pause * 2).min(MAX_PAUSE_MS);
        }
    }

    /// Finds the call in the finalized chain where the relayer says that it is, as it was signed.
    async fn verify<C: RelayAdapter>(
        &self,
        chain: &C,
        given: &Given,
        place: &TransactionPlace,
    ) -> Result<Outcome, Failure> {
        let (block, hash) = (place.block.number, place.block.hash);
        let transport = self.indexer.transport();
        let until = transport.now().saturating_add(NODE_LIMIT_MS);
        while chain.finalized().await?.number < block {
            if transport.now() >= until {
                return Err(RelayerError::NodeBehind { block }.into());
            }
            transport.pause(NODE_PAUSE_MS).await;
        }
        if !chain.is_finalized(hash).await? {
            return Err(RelayerError::Forged { block }.into());
        }
        match chain.call_at(hash, place.extrinsic, given.account).await? {
            Some(placed) if given.is_at(&placed, block) => Ok(placed.outcome),
            _ => Err(RelayerError::Forged { block }.into()),
        }
    }

    /// Asks the contract whether it has taken the number of a call, by that call or by another one.
    async fn is_taken<C: RelayAdapter>(&self, chain: &C, given: &Given, best: Hash) -> Result<bool, Failure> {
        let call = &given.call;
        let act = Act::of_signed(call);
        Ok(act.next_nonce(chain, &self.contracts, best, call.signer()).await? > call.nonce())
    }

    /// Finds out what a no comes to, of the relayer or of one transaction: whoever has the call can have it carried out by
    /// another one, and can have done so.
    async fn not_done<C: RelayAdapter>(&self, chain: &C, given: &Given, no: Objection) -> Result<Carried, Failure> {
        let best = chain.best().await?;
        if self.is_taken(chain, given, best).await? {
            return Err(RelayerError::Taken.into());
        }
        // Its state may have moved meanwhile: the contract says why.
        if let Some(refused) = given.refusal(chain, best).await? {
            return Ok(refused);
        }
        let until = given.call.expires();
        Err(RelayerError::NotDone { no, until }.into())
    }
}

impl Given {
    fn new(call: RelayedCall, contract: AccountId, account: AccountId) -> Self {
        let message = MessageBytes {
            contract,
            name: "relayed",
            data: call.call_data(),
        };
        Self { call, message, account }
    }

    async fn refusal<C: RelayAdapter>(&self, chain: &C, at: Hash) -> Result<Option<Carried>, ChainError> {
        // Nobody's tokens: an account that surely exists.
        refusal(chain, at, self.message.contract, &self.message).await
    }

    /// Whether a transaction of a block is that of the call.
    fn is_at(&self, placed: &PlacedCall, block: u32) -> bool {
        let MessageBytes { contract, data, .. } = &self.message;
        placed.block == block && placed.contract == *contract && placed.data == *data
    }
}

/// Asks the contract whether it refuses a message, or does not know it.
async fn refusal<C: RelayAdapter>(
    chain: &C,
    at: Hash,
    origin: AccountId,
    message: &MessageBytes,
) -> Result<Option<Carried>, ChainError> {
    match chain.try_out(at, origin, message).await {
        Ok(tried) if tried.is_taken() => Ok(None),
        Ok(tried) => Ok(Some(Carried::Refused(tried.output))),
        // What could not be paid for is no refusal.
        Err(ChainError::Module { .. } | ChainError::Dispatch { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Builds what is asked for a call.
fn request(call: &RelayedCall, invitation: Option<&[u8]>) -> RelayRequest {
    let mut request = RelayRequest::new(call);
    if let RelayedCall::Consortium(relayed) = call {
        let is_new = matches!(
            relayed.call,
            consortium::Call::RegisterPatient { .. } | consortium::Call::NameOrganisation { .. }
        );
        request.invitation = invitation.filter(|_| is_new).map(<[u8]>::to_vec);
    }
    request
}
