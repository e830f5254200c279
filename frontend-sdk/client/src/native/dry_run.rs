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
#[derive(Clone, Copy, Debug, Encode, Decode)]
pub(super) struct Weight {
    #[codec(compact)]
    pub(super) time: u64,
    #[codec(compact)]
    pub(super) proof: u64,
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
pub(super) struct DryRun<O> {
    /// What the message returns.
    pub(super) output: O,
    /// Whether the contract refused.
    pub(super) reverted: bool,
    /// Gas limit for a transaction that does the same.
    pub(super) gas: Weight,
}

/// The head of pallet-contracts' `ContractResult`; what follows is the result itself, and events that are not wanted.
#[derive(Decode)]
struct ResultHead {
    _consumed: Weight,
    required: Weight,
    /// Refund or charge, and how much: the receipt has what was paid in the end.
    _deposit: (u8, u128),
    _debug_message: Vec<u8>,
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
    let arguments = (origin, contract, 0u128, NO_LIMITS, message.call_data()).encode();
    let answer = block
        .runtime_apis()
        .call_raw("ContractsApi_call", Some(&arguments))
        .await
        .map_err(dispatch::node)?;
    let (gas, returned) = split(block, &answer, M::NAME).map_err(|error| match error {
        ChainError::Module { pallet, error } if pallet == "Contracts" => match error.as_str() {
            "ContractNotFound" => ChainError::NoContract(contract),
            "ContractTrapped" => ChainError::Trapped { message: M::NAME },
            _ => ChainError::Module { pallet, error },
        },
        error => error,
    })?;
    let returned: Returned = returned.decode()?;
    let output = Result::<M::Output, u8>::decode(&mut returned.data.as_slice())
        .map_err(|source| ChainError::Decode { what: M::NAME, source })?
        .map_err(|_| ChainError::UnknownMessage {
            contract,
            message: M::NAME,
        })?;
    Ok(DryRun {
        output,
        reverted: returned.flags & REVERT != 0,
        gas,
    })
}

/// Runs the deployment of `code` as `origin` in the state after `block`; the answer is the gas limit.
pub(super) async fn instantiate(
    block: &Block,
    origin: AccountId,
    code: &[u8],
    data: &[u8],
    salt: &[u8],
) -> Result<Weight, ChainError> {
    const WHAT: &str = "new";
    // Variant 0 of pallet-contracts' `Code` is "upload this".
    let arguments = (origin, 0u128, NO_LIMITS, (0u8, code), data, salt).encode();
    let api = block.runtime_apis();
    let answer = api
        .call_raw("ContractsApi_instantiate", Some(&arguments))
        .await
        .map_err(dispatch::node)?;
    let (gas, returned) = split(block, &answer, WHAT)?;
    let returned: Returned = returned.decode()?;
    if returned.flags & REVERT != 0 {
        return Err(ChainError::Trapped { message: WHAT });
    }
    Ok(gas)
}

/// The part of an answer that is the contract's own, not read yet.
struct Unread<'a> {
    bytes: &'a [u8],
    what: &'static str,
}

impl Unread<'_> {
    fn decode<T: Decode>(mut self) -> Result<T, ChainError> {
        T::decode(&mut self.bytes).map_err(|source| ChainError::Decode {
            what: self.what,
            source,
        })
    }
}

fn split<'a>(block: &Block, answer: &'a [u8], what: &'static str) -> Result<(Weight, Unread<'a>), ChainError> {
    let mut bytes = answer;
    let decode = |source| ChainError::Decode { what, source };
    let head = ResultHead::decode(&mut bytes).map_err(decode)?;
    match u8::decode(&mut bytes).map_err(decode)? {
        0 => Ok((head.required.with_margin(), Unread { bytes, what })),
        _ => Err(dispatch::from_bytes(bytes, block.metadata())),
    }
}
