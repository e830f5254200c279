//! Errors as a node reports them: the codes are those that clients match on.

use jsonrpsee::types::{ErrorObject, ErrorObjectOwned};
use sp_runtime::transaction_validity::TransactionValidityError;

use crate::{
    author::SubmitError, block::SealError, clock::AdvanceError, execution::ExecutionError, pool::PoolError,
    reader::Busy, runtime::Hash,
};

/// The reason why a request was answered with an error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum RpcError {
    #[error("Client error: UnknownBlock: Header was not found in the database: {0:?}")]
    UnknownBlock(Hash),
    #[error("Client error: Execution failed: {0}")]
    Execution(#[from] ExecutionError),
    #[error("Client error: {0}")]
    State(String),
    #[error("{what} exceeds maximum value. value: {value}, max: {max}")]
    TooMany {
        what: &'static str,
        value: usize,
        max: usize,
    },
    #[error("Cannot resolve a block range [{from:?} ... {to:?}]")]
    BlockRange { from: Hash, to: Option<Hash> },
    #[error("{0}")]
    Parameter(&'static str),
    #[error(transparent)]
    Submit(#[from] SubmitError),
    #[error("{0}")]
    Seal(#[from] SealError),
    #[error(transparent)]
    Advance(#[from] AdvanceError),
    #[error(transparent)]
    Busy(#[from] Busy),
    #[error("Client error: a fault that was asked for")]
    Injected,
}

/// JSON-RPC's own code for parameters that do not fit.
const INVALID_PARAMS: i32 = -32602;
/// The server has no room for the request.
const SERVER_BUSY: i32 = -32000;
/// `author_*`: the extrinsic does not decode.
const BAD_FORMAT: i32 = 1001;
/// `author_*`: the runtime could not be asked.
const VERIFICATION_FAILED: i32 = 1002;
/// `author_*`: the runtime says that the transaction is invalid.
const INVALID_TRANSACTION: i32 = 1010;
/// `author_*`: the runtime cannot tell.
const UNKNOWN_VALIDITY: i32 = 1011;
/// `author_*`: the pool has it.
const ALREADY_IMPORTED: i32 = 1013;
/// `author_*`: another one of the same nonce pays as much.
const PRIORITY_TOO_LOW: i32 = 1014;
/// `author_*`: the pool is full.
const POOL_FULL: i32 = 1016;
/// `system_*`: the runtime could not be asked.
const SYSTEM_FAILED: i32 = 4003;
/// `state_*`: the range of blocks is not one of the chain's.
const BAD_BLOCK_RANGE: i32 = 4001;
/// `state_*`: a count is over its limit.
const BAD_COUNT: i32 = 4002;
/// `engine_*`: no block could be made.
const SEAL_FAILED: i32 = 13000;

impl From<RpcError> for ErrorObjectOwned {
    fn from(error: RpcError) -> Self {
        let code = match &error {
            RpcError::Submit(error) => return submit_error(error),
            RpcError::UnknownBlock(_) | RpcError::Execution(_) | RpcError::State(_) | RpcError::Injected => {
                SYSTEM_FAILED
            }
            RpcError::TooMany { .. } => BAD_COUNT,
            RpcError::BlockRange { .. } => BAD_BLOCK_RANGE,
            RpcError::Parameter(_) | RpcError::Advance(AdvanceError::TooFar { .. }) => INVALID_PARAMS,
            RpcError::Seal(_) => SEAL_FAILED,
            RpcError::Busy(_) | RpcError::Advance(AdvanceError::Stopped) => SERVER_BUSY,
        };
        ErrorObject::owned(code, error.to_string(), None::<()>)
    }
}

fn submit_error(error: &SubmitError) -> ErrorObjectOwned {
    let (code, message, data) = match error {
        SubmitError::Format => (BAD_FORMAT, error.to_string(), None),
        SubmitError::Execution(cause) => (
            VERIFICATION_FAILED,
            "Verification Error".to_owned(),
            Some(cause.to_string()),
        ),
        SubmitError::Validity(TransactionValidityError::Invalid(invalid)) => {
            let data = <&str>::from(*invalid).to_owned();
            (INVALID_TRANSACTION, "Invalid Transaction".to_owned(), Some(data))
        }
        SubmitError::Validity(TransactionValidityError::Unknown(unknown)) => {
            let data = <&str>::from(*unknown).to_owned();
            (UNKNOWN_VALIDITY, "Unknown Transaction Validity".to_owned(), Some(data))
        }
        SubmitError::Pool(PoolError::AlreadyImported) => {
            (ALREADY_IMPORTED, "Transaction Already Imported".to_owned(), None)
        }
        SubmitError::Pool(PoolError::PriorityTooLow { .. }) => (
            PRIORITY_TOO_LOW,
            error.to_string(),
            Some(
                "The transaction has too low priority to replace another transaction already in \
                 the pool."
                    .to_owned(),
            ),
        ),
        SubmitError::Pool(PoolError::Full) => (
            POOL_FULL,
            "Immediately Dropped".to_owned(),
            Some("The transaction couldn't enter the pool because of the limit".to_owned()),
        ),
        SubmitError::Stopped => (SERVER_BUSY, error.to_string(), None),
    };
    ErrorObject::owned(code, message, data)
}
