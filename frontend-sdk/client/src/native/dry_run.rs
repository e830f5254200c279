//! Dry runs of contract calls through the runtime's `ContractsApi`.

use super::{chain::Block, dispatch};
use crate::chain::ChainError;
use aegle_rules::{AccountId, message::Message};
use scale::{Decode, Encode};

/// ink!'s flag for "every change of state was rolled back".
const REVERT: u32 = 1;
/// The gas limit of a transaction is what its dry run needed and a quarter more: state may move in between.
const GAS_MARGIN_DIVISOR: u64 = 4;

/// How much computation something takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Weight {
    /// Execution time, in picoseconds.
    #[codec(compact)]
    pub time: u64,
    /// Size of the proof of the state that was read, in bytes.
    #[codec(compact)]
    pub proof: u64,
}

impl Weight {
    fn with_margin(self) -> Self {
        let more = |value: u64| value.saturating_add(value / GAS_MARGIN_DIVISOR);
        Self {
            time: more(self.time),
            proof: more(self.proof),
        }
    }
}

/// A dry run's limits of gas and of storage deposit: the runtime's own.
const NO_LIMITS: (Option<Weight>, Option<u128>) = (None, None);

/// How a dry run of a message went.
#[derive(Debug)]
pub struct DryRun<O> {
    /// What the message returns.
    pub output: O,
    /// Whether the contract refused: every change of state was rolled back.
    pub reverted: bool,
    /// What it took.
    pub consumed: Weight,
    /// Gas limit for a transaction that does the same: what it needs in between, and a margin.
    pub gas_limit: Weight,
    /// What the caller's deposit for storage grows by, in the chain's smallest unit; below 0 when some comes back.
    pub deposit: i128,
}

/// The head of pallet-contracts' `ContractResult`; what follows is the result itself, and events that are not wanted.
#[derive(Decode)]
struct ResultHead {
    consumed: Weight,
    required: Weight,
    deposit: Deposit,
    _debug_message: Vec<u8>,
}

/// pallet-contracts' `StorageDeposit`.
#[derive(Decode)]
enum Deposit {
    Refund(u128),
    Charge(u128),
}

impl Deposit {
    fn signed(&self) -> i128 {
        // No chain has 2^127 of anything.
        let amount = |amount: &u128| i128::try_from(*amount).unwrap_or(i128::MAX);
        match self {
            Self::Refund(back) => -amount(back),
            Self::Charge(more) => amount(more),
        }
    }
}

#[derive(Decode)]
struct Returned {
    flags: u32,
    data: Vec<u8>,
}

/// Runs `message` of `contract` as `origin` in the state after `block`.
pub(super) async fn call<M: Message>(
    block: &Block,
    origin: AccountId,
    contract: AccountId,
    message: &M,
) -> Result<DryRun<M::Output>, ChainError> {
    let run = call_bytes(block, origin, contract, &message.call_data(), 0).await?;
    let returned = run.output.map_err(|error| match error {
        ChainError::Module { pallet, error } if pallet == "Contracts" => match error.as_str() {
            "ContractNotFound" => ChainError::NoContract(contract),
            "ContractTrapped" => ChainError::Trapped { message: M::NAME },
            _ => ChainError::Module { pallet, error },
        },
        error => error,
    })?;
    let output = Result::<M::Output, u8>::decode(&mut returned.as_slice())
        .map_err(|source| ChainError::Decode { what: M::NAME, source })?
        .map_err(|_| ChainError::UnknownMessage {
            contract,
            message: M::NAME,
        })?;
    Ok(DryRun {
        output,
        reverted: run.reverted,
        consumed: run.consumed,
        gas_limit: run.gas_limit,
        deposit: run.deposit,
    })
}

/// Runs a call with exactly these bytes and this payment. The output is what the contract returned, or why it did not.
pub(super) async fn call_bytes(
    block: &Block,
    origin: AccountId,
    contract: AccountId,
    data: &[u8],
    value: u128,
) -> Result<DryRun<Result<Vec<u8>, ChainError>>, ChainError> {
    let arguments = (origin, contract, value, NO_LIMITS, data).encode();
    run(block, "ContractsApi_call", &arguments).await
}

/// Runs the deployment of `code` as `origin` in the state after `block`; the answer is the gas limit.
pub(super) async fn instantiate(
    block: &Block,
    origin: AccountId,
    code: &[u8],
    data: &[u8],
    salt: &[u8],
) -> Result<Weight, ChainError> {
    // Variant 0 of pallet-contracts' `Code` is "upload this".
    let arguments = (origin, 0u128, NO_LIMITS, (0u8, code), data, salt).encode();
    let run = run(block, "ContractsApi_instantiate", &arguments).await?;
    run.output?;
    if run.reverted {
        return Err(ChainError::Trapped { message: "new" });
    }
    Ok(run.gas_limit)
}

/// Asks the runtime, and reads its answer.
async fn run(
    block: &Block,
    function: &'static str,
    arguments: &[u8],
) -> Result<DryRun<Result<Vec<u8>, ChainError>>, ChainError> {
    let api = block.runtime_apis();
    let answer = api.call_raw(function, Some(arguments)).await.map_err(dispatch::node)?;
    let input = &mut answer.as_slice();
    let decode = |source| ChainError::Decode { what: function, source };
    let head = ResultHead::decode(input).map_err(decode)?;
    let (output, reverted) = match u8::decode(input).map_err(decode)? {
        0 => {
            let Returned { flags, data } = Returned::decode(input).map_err(decode)?;
            (Ok(data), flags & REVERT != 0)
        }
        _ => (Err(dispatch::from_bytes(input, block.metadata())), false),
    };
    Ok(DryRun {
        output,
        reverted,
        consumed: head.consumed,
        gas_limit: head.required.with_margin(),
        deposit: head.deposit.signed(),
    })
}
