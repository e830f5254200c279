//! `ContractsApi_call` and `ContractsApi_instantiate`: their arguments and answers, as pallet-contracts 38 and 51 both
//! encode them (the API's version 2).

use crate::{ChainError, dispatch::DispatchError};
use aegle_rules::AccountId;
use scale::{Compact, Decode, DecodeAll, Encode};

/// The runtime API that runs a call.
pub const CALL: &str = "ContractsApi_call";
/// The runtime API that runs a deployment.
pub const INSTANTIATE: &str = "ContractsApi_instantiate";
/// `ReturnFlags::REVERT` of pallet-contracts: every change of state was rolled back.
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

/// A call to be run.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// Who calls.
    pub origin: AccountId,
    /// The contract.
    pub contract: AccountId,
    /// What is paid to it, in the chain's smallest unit.
    pub value: u128,
    /// Selector and arguments of the message.
    pub data: &'a [u8],
}

impl Call<'_> {
    /// Returns the SCALE of the arguments of [`CALL`].
    pub fn arguments(&self) -> Vec<u8> {
        (self.origin, self.contract, self.value, NO_LIMITS, self.data).encode()
    }
}

/// A deployment to be run.
#[derive(Clone, Copy, Debug)]
pub struct Instantiation<'a> {
    /// Who deploys.
    pub origin: AccountId,
    /// The contract's code.
    pub code: &'a [u8],
    /// Selector and arguments of the constructor.
    pub data: &'a [u8],
    /// What makes the address differ from that of the same deployment before.
    pub salt: &'a [u8],
}

impl Instantiation<'_> {
    /// Returns the SCALE of the arguments of [`INSTANTIATE`].
    pub fn arguments(&self) -> Vec<u8> {
        // Variant 0 of pallet-contracts' `Code` is "upload this".
        (self.origin, 0u128, NO_LIMITS, (0u8, self.code), self.data, self.salt).encode()
    }
}

/// How a dry run went.
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

impl<O> DryRun<O> {
    /// Returns the same run with another output.
    ///
    /// # Errors
    /// Those of `change`.
    pub fn try_map<P, E>(self, change: impl FnOnce(O) -> Result<P, E>) -> Result<DryRun<P>, E> {
        Ok(DryRun {
            output: change(self.output)?,
            reverted: self.reverted,
            consumed: self.consumed,
            gas_limit: self.gas_limit,
            deposit: self.deposit,
        })
    }
}

impl DryRun<Vec<u8>> {
    /// Returns whether the contract has understood the message and would do it: what it answers is a result, or nothing.
    pub fn is_taken(&self) -> bool {
        matches!(*self.output, [0] | [0, 0, ..])
    }
}

/// What a contract returned.
#[derive(Clone, Debug, PartialEq, Eq, Decode)]
pub struct Returned {
    flags: u32,
    data: Vec<u8>,
}

impl Returned {
    /// Returns whether every change of state was rolled back.
    pub fn is_reverted(&self) -> bool {
        self.flags & REVERT != 0
    }

    /// Returns the bytes that the contract returned.
    pub fn into_data(self) -> Vec<u8> {
        self.data
    }
}

/// What a constructor returned, and where the contract would be.
#[derive(Clone, Debug, PartialEq, Eq, Decode)]
pub struct Instantiated {
    /// What the constructor returned.
    pub returned: Returned,
    /// The contract's address.
    pub contract: AccountId,
}

/// pallet-contracts' `StorageDeposit`.
#[derive(Decode)]
enum StorageDeposit {
    Refund(u128),
    Charge(u128),
}

impl StorageDeposit {
    fn signed(&self) -> i128 {
        // No chain has 2^127 of anything.
        let amount = |amount: &u128| i128::try_from(*amount).unwrap_or(i128::MAX);
        match self {
            Self::Refund(back) => -amount(back),
            Self::Charge(more) => amount(more),
        }
    }
}

/// pallet-contracts' `ContractResult` up to the events.
#[derive(Decode)]
struct ContractResult<R> {
    consumed: Weight,
    required: Weight,
    deposit: StorageDeposit,
    _debug_message: Vec<u8>,
    result: Result<R, DispatchError>,
}

/// An answer of [`CALL`] (`R` is [`Returned`]) or of [`INSTANTIATE`] ([`Instantiated`]).
#[derive(Debug)]
pub struct Answer<'a, R> {
    /// What the contract returned, or why there was nothing to return.
    pub result: Result<R, DispatchError>,
    /// What the run took.
    pub consumed: Weight,
    /// Gas limit for a transaction that does the same.
    pub gas_limit: Weight,
    /// What the caller's deposit for storage grows by.
    pub deposit: i128,
    /// SCALE of the events, with their number before them; empty if there are none. What an event is depends on the
    /// runtime, so that only its metadata tells whether these bytes are events and nothing else.
    pub events: &'a [u8],
}

impl<'a, R: Decode> Answer<'a, R> {
    /// Decodes an answer.
    ///
    /// # Errors
    /// When there is less or more than an answer.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, scale::Error> {
        let input = &mut &*bytes;
        let head = ContractResult::<R>::decode(input)?;
        let tail: &'a [u8] = input;
        let events: &'a [u8] = match tail {
            // None are told of, or none happened.
            [0] | [1, 0] => &[],
            [1, events @ ..] if Compact::<u32>::decode(&mut &*events)?.0 > 0 => events,
            _ => return Err("the answer does not end with its events".into()),
        };
        Ok(Self {
            result: head.result,
            consumed: head.consumed,
            gas_limit: head.required.with_margin(),
            deposit: head.deposit.signed(),
            events,
        })
    }
}

/// Decodes what a contract returned to `message`: ink!'s `Result<Output, LangError>`, and nothing after it.
///
/// # Errors
/// [`ChainError::UnknownMessage`] when the contract does not know the message; [`ChainError::Decode`].
pub fn output<O: Decode>(data: &[u8], contract: AccountId, message: &'static str) -> Result<O, ChainError> {
    let decoded = Result::<O, u8>::decode_all(&mut &*data);
    decoded
        .map_err(|source| ChainError::Decode { what: message, source })?
        .map_err(|_| ChainError::UnknownMessage { contract, message })
}

#[cfg(test)]
#[path = "dry_run_tests.rs"]
mod tests;
