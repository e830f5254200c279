//! `sp_runtime::DispatchError`, from its bytes alone.

use scale::Decode;

/// Why the runtime refused, as it says so in dry runs and in `System.ExtrinsicFailed`.
///
/// The variants and their order are those of `sp_runtime` 35 to 46; each has a fixed length, so that what follows it can
/// be read, or refused, without the runtime's metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Decode, thiserror::Error)]
pub enum DispatchError {
    /// Some error, of which the bytes say nothing.
    #[error("it gives no reason")]
    Other,
    /// Something could not be looked up.
    #[error("something could not be looked up")]
    CannotLookup,
    /// The origin may not do this.
    #[error("the sender may not do this")]
    BadOrigin,
    /// A pallet's own error.
    #[error("error {} of pallet {pallet}", .error[0])]
    Module {
        /// The pallet's index in the runtime.
        pallet: u8,
        /// The error's index in the pallet, and three bytes that pallets may fill.
        error: [u8; 4],
    },
    /// An account is still referred to, so that it cannot go.
    #[error("the account is still referred to")]
    ConsumerRemaining,
    /// Nothing provides for the account, so that it cannot come to be.
    #[error("nothing provides for the account")]
    NoProviders,
    /// An account is referred to too often.
    #[error("the account is referred to too often")]
    TooManyConsumers,
    /// To do with tokens.
    #[error("{0}")]
    Token(TokenError),
    /// To do with arithmetic.
    #[error("{0}")]
    Arithmetic(ArithmeticError),
    /// To do with transactional layers.
    #[error("{0}")]
    Transactional(TransactionalError),
    /// Resources are exhausted.
    #[error("its resources are exhausted")]
    Exhausted,
    /// The state is corrupt.
    #[error("its state is corrupt")]
    Corruption,
    /// Something is not there at the moment.
    #[error("something is unavailable at the moment")]
    Unavailable,
    /// The root origin may not do this.
    #[error("the root origin may not do this")]
    RootNotAllowed,
    /// To do with a trie, by the index of `sp_runtime::proving_trie::TrieError`.
    #[error("trie error {0}")]
    Trie(u8),
}

/// `sp_runtime::TokenError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Decode, thiserror::Error)]
pub enum TokenError {
    /// There are too few funds.
    #[error("the account's funds do not suffice")]
    FundsUnavailable,
    /// What is to be moved keeps the account alive.
    #[error("the account would go with what is moved")]
    OnlyProvider,
    /// The account would hold less than the least.
    #[error("the account would hold less than the least that an account may")]
    BelowMinimum,
    /// The account cannot come to be.
    #[error("the account cannot be created")]
    CannotCreate,
    /// There is no such asset.
    #[error("the asset is unknown")]
    UnknownAsset,
    /// The funds are frozen.
    #[error("the funds are frozen")]
    Frozen,
    /// The asset does not do this.
    #[error("the asset does not support this")]
    Unsupported,
    /// No account can come to be for a held balance.
    #[error("no account can be created for a held balance")]
    CannotCreateHold,
    /// The account would be lost against its will.
    #[error("the account would be lost")]
    NotExpendable,
    /// The account takes none.
    #[error("the account takes no assets")]
    Blocked,
}

/// `sp_runtime::ArithmeticError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Decode, thiserror::Error)]
pub enum ArithmeticError {
    /// Below the least value.
    #[error("a number would be below its least value")]
    Underflow,
    /// Above the greatest value.
    #[error("a number would be above its greatest value")]
    Overflow,
    /// Divided by zero.
    #[error("a division by zero")]
    DivisionByZero,
}

/// `sp_runtime::TransactionalError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Decode, thiserror::Error)]
pub enum TransactionalError {
    /// There are too many layers.
    #[error("too many transactional layers")]
    LimitReached,
    /// There is none.
    #[error("no transactional layer")]
    NoLayer,
}

#[cfg(test)]
mod tests {
    use super::*;
    use scale::DecodeAll;

    #[test]
    fn every_variant_has_its_index_and_length() {
        for (bytes, expected) in [
            (&[0_u8][..], DispatchError::Other),
            (&[2], DispatchError::BadOrigin),
            (
                &[3, 8, 4, 0, 0, 0],
                DispatchError::Module {
                    pallet: 8,
                    error: [4, 0, 0, 0],
                },
            ),
            (&[7, 0], DispatchError::Token(TokenError::FundsUnavailable)),
            (&[7, 9], DispatchError::Token(TokenError::Blocked)),
            (&[8, 2], DispatchError::Arithmetic(ArithmeticError::DivisionByZero)),
            (&[9, 1], DispatchError::Transactional(TransactionalError::NoLayer)),
            (&[10], DispatchError::Exhausted),
            (&[13], DispatchError::RootNotAllowed),
            (&[14, 3], DispatchError::Trie(3)),
        ] {
            assert_eq!(DispatchError::decode_all(&mut &*bytes), Ok(expected));
            for length in 0..bytes.len() {
                assert!(DispatchError::decode_all(&mut &bytes[..length]).is_err(), "{bytes:?}");
            }
            assert!(DispatchError::decode_all(&mut &[bytes, &[0]].concat()[..]).is_err());
        }
        for unknown in [&[15_u8][..], &[7, 10], &[8, 3], &[9, 2]] {
            assert!(DispatchError::decode_all(&mut &*unknown).is_err(), "{unknown:?}");
        }
    }
}
