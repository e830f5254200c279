//! `ContractsApi_call` by hand: the arguments and the part of the answer that matters, as pallet-contracts 38 and 51
//! both encode them (the API's version 2).
use aegle_rules::AccountId;
use scale::{Compact, Decode, Encode};

/// The runtime API's method.
pub(super) const METHOD: &str = "ContractsApi_call";
/// `ReturnFlags::REVERT` of pallet-contracts.
const REVERT: u32 = 1;

/// Why a contract gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The runtime's answer is not what the API promises.
    #[error("the runtime's answer cannot be decoded: {0}")]
    Undecodable(#[from] scale::Error),
    /// The call failed before or in the contract.
    #[error("the runtime refused the call (dispatch error {0:02x?})")]
    Dispatch(Vec<u8>),
    /// The contract refused the message: it does not know it, or its arguments.
    #[error("the contract does not know the message")]
    UnknownMessage,
}

#[derive(Encode)]
struct Arguments<'a> {
    origin: &'a AccountId,
    contract: &'a AccountId,
    value: u128,
    gas_limit: Option<(Compact<u64>, Compact<u64>)>,
    storage_deposit_limit: Option<u128>,
    input: &'a [u8],
}

/// The SCALE of the arguments of a question to `contract`, which pays nothing and has the block's gas.
///
/// The contract asks itself: our messages take the person concerned as an argument, and a contract's account exists.
pub(super) fn arguments(contract: &AccountId, input: &[u8]) -> Vec<u8> {
    Arguments {
        origin: contract,
        contract,
        value: 0,
        gas_limit: None,
        storage_deposit_limit: None,
        input,
    }
    .encode()
}

/// Decodes `ContractResult<Result<ExecReturnValue, DispatchError>, Balance, EventRecord>`, then ink!'s
/// `Result<Output, LangError>`. What follows the result (events) is left: its encoding depends on the runtime.
pub(super) fn answer<Output: Decode>(bytes: &[u8]) -> Result<Output, CallError> {
    let input = &mut &*bytes;
    let _gas_consumed = <(Compact<u64>, Compact<u64>)>::decode(input)?;
    let _gas_required = <(Compact<u64>, Compact<u64>)>::decode(input)?;
    let _storage_deposit = <(u8, u128)>::decode(input)?;
    let _debug_message = <Vec<u8>>::decode(input)?;
    match u8::decode(input)? {
        0 => {}
        1 => return Err(CallError::Dispatch(input[..input.len().min(8)].to_vec())),
        _ => return Err(CallError::Undecodable("neither Ok nor Err".into())),
    }
    let (flags, data) = <(u32, Vec<u8>)>::decode(input)?;
    // ink! reverts when a message returns Err; a `LangError` is the outer Err, with first byte 1.
    let data = &mut &*data;
    match u8::decode(data)? {
        0 if flags & REVERT == 0 => {}
        0 => return Err(CallError::Dispatch(data[..data.len().min(8)].to_vec())),
        _ => return Err(CallError::UnknownMessage),
    }
    let output = Output::decode(data)?;
    if data.is_empty() {
        Ok(output)
    } else {
        Err(CallError::Undecodable("bytes after the answer".into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(outcome: &[u8]) -> Vec<u8> {
        let mut bytes = (
            (Compact(7_u64), Compact(8_u64)),
            (Compact(9_u64), Compact(10_u64)),
            (1_u8, 0_u128),
            b"debug".to_vec(),
        )
            .encode();
        bytes.extend_from_slice(outcome);
        bytes
    }

    fn returned(flags: u32, data: &[u8]) -> Vec<u8> {
        result(&(0_u8, flags, data.to_vec(), None::<u8>).encode())
    }

    #[test]
    fn an_answer_is_what_the_contract_returned_and_nothing_else() {
        let undecodable = |answer: Result<u32, CallError>| matches!(answer, Err(CallError::Undecodable(_)));
        assert_eq!(answer::<u32>(&returned(0, &[0, 5, 0, 0, 0])), Ok(5));
        assert_eq!(answer::<u32>(&returned(0, &[1, 1])), Err(CallError::UnknownMessage));
        assert_eq!(answer::<u32>(&returned(1, &[1, 1])), Err(CallError::UnknownMessage));
        assert_eq!(answer::<u32>(&returned(1, &[0, 1])), Err(CallError::Dispatch(vec![1])));
        assert_eq!(
            answer::<u32>(&result(&[1, 3, 8, 4, 0, 0, 0])),
            Err(CallError::Dispatch(vec![3, 8, 4, 0, 0, 0]))
        );
        assert!(undecodable(answer(&returned(0, &[0, 5, 0, 0, 0, 0]))));
        assert!(undecodable(answer(&returned(0, &[]))));
        assert!(undecodable(answer(&result(&[2]))));
        let whole = returned(0, &[0, 5, 0, 0, 0]);
        for length in 0..whole.len() - 1 {
            assert!(undecodable(answer(&whole[..length])), "{length} bytes");
        }
    }
}
