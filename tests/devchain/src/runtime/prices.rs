//! What things cost and how large they may get.
//!
//! Deposits per item and byte are those of `substrate-contracts-node`. Block weight, the lock on
//! used code and the prices of proof size and length are those of a contracts parachain, which
//! are the stricter ones: what fits and is affordable here is so there.

use frame_support::{
    dispatch::DispatchClass,
    weights::{
        Weight, WeightToFee,
        constants::{BlockExecutionWeight, ExtrinsicBaseWeight, WEIGHT_REF_TIME_PER_SECOND},
    },
};
use frame_system::limits::{BlockLength, BlockWeights};
use pallet_transaction_payment::Multiplier;
use sp_runtime::{FixedPointNumber, Perbill};

use super::types::Balance;

/// One token: 12 decimals.
pub(crate) const UNIT: Balance = 1_000_000_000_000;
/// One thousandth of a token.
pub(crate) const MILLIUNIT: Balance = UNIT / 1_000;
/// The least that an account may hold.
pub(crate) const EXISTENTIAL_DEPOSIT: Balance = MILLIUNIT;
/// The name of the token in wallets.
pub(crate) const TOKEN_SYMBOL: &str = "UNIT";
/// Decimals of the token.
pub(crate) const TOKEN_DECIMALS: u8 = 12;
/// The generic Substrate address prefix.
pub(crate) const SS58_PREFIX: u16 = 42;

/// The number of block hashes that the state keeps, hence the longest mortality in blocks.
pub(crate) const BLOCK_HASH_COUNT: u32 = 4096;
/// The least step of the clock from block to block, in milliseconds.
pub(crate) const MINIMUM_PERIOD_MS: u64 = 1;
/// The longest contract code in bytes.
pub(crate) const MAX_CODE_LENGTH: u32 = 123 * 1024;
/// Contract calls may nest one deeper than this.
pub(crate) const CALL_STACK_FRAMES: usize = 5;
/// The deposit limit of a call that names none.
pub(crate) const DEFAULT_DEPOSIT_LIMIT: Balance = deposit(1024, 1024 * 1024);
/// The share of a code's own deposit that using its hash locks.
pub(crate) const CODE_HASH_LOCKUP_DEPOSIT: Perbill = Perbill::from_percent(30);

/// The fee of one byte of proof size: ten kilobytes cost a hundredth of a token.
const FEE_PER_PROOF_BYTE: Balance = UNIT / 100 / 10_000;

/// The fee of one byte of a transaction: a thousandth of a hundredth of a token.
const FEE_PER_BYTE: Balance = UNIT / 100 / 1_000;

/// Signed transactions may fill this much of a block.
const NORMAL_DISPATCH_RATIO: Perbill = Perbill::from_percent(75);
/// The part of a block that its initialisation is expected to take.
const AVERAGE_ON_INITIALIZE_RATIO: Perbill = Perbill::from_percent(10);
/// Two seconds of computation and five mebibytes of proof.
const MAXIMUM_BLOCK_WEIGHT: Weight = Weight::from_parts(2 * WEIGHT_REF_TIME_PER_SECOND, 5 * 1024 * 1024);
/// The longest block in bytes.
const MAXIMUM_BLOCK_LENGTH: u32 = 5 * 1024 * 1024;

/// Returns the storage deposit for `items` entries of `bytes` bytes together.
pub(crate) const fn deposit(items: u32, bytes: u32) -> Balance {
    (items as Balance * UNIT + bytes as Balance * (5 * MILLIUNIT / 100)) / 10
}

frame_support::parameter_types! {
    pub RuntimeBlockLength: BlockLength = block_length();
    pub RuntimeBlockWeights: BlockWeights = block_weights();
    pub FeeMultiplier: Multiplier = Multiplier::saturating_from_integer(1);
}

fn block_length() -> BlockLength {
    BlockLength::builder()
        .max_length(MAXIMUM_BLOCK_LENGTH)
        .modify_max_length_for_class(DispatchClass::Normal, |length| {
            *length = NORMAL_DISPATCH_RATIO * MAXIMUM_BLOCK_LENGTH;
        })
        .build()
}

fn block_weights() -> BlockWeights {
    BlockWeights::builder()
        .base_block(BlockExecutionWeight::get())
        .for_class(DispatchClass::all(), |weights| {
            weights.base_extrinsic = ExtrinsicBaseWeight::get();
        })
        .for_class(DispatchClass::Normal, |weights| {
            weights.max_total = Some(NORMAL_DISPATCH_RATIO * MAXIMUM_BLOCK_WEIGHT);
        })
        .for_class(DispatchClass::Operational, |weights| {
            weights.max_total = Some(MAXIMUM_BLOCK_WEIGHT);
            weights.reserved = Some(MAXIMUM_BLOCK_WEIGHT - NORMAL_DISPATCH_RATIO * MAXIMUM_BLOCK_WEIGHT);
        })
        .avg_block_initialization(AVERAGE_ON_INITIALIZE_RATIO)
        .build_or_panic()
}

/// The fee of a weight: the dearer of its time (one unit a picosecond) and its proof size.
pub struct WeightPrice;

impl WeightToFee for WeightPrice {
    type Balance = Balance;

    fn weight_to_fee(weight: &Weight) -> Balance {
        let time = Balance::from(weight.ref_time());
        let proof = Balance::from(weight.proof_size()).saturating_mul(FEE_PER_PROOF_BYTE);
        time.max(proof)
    }
}

/// The fee of a transaction's length.
pub struct LengthPrice;

impl WeightToFee for LengthPrice {
    type Balance = Balance;

    fn weight_to_fee(length: &Weight) -> Balance {
        Balance::from(length.ref_time()).saturating_mul(FEE_PER_BYTE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deposits_are_those_of_the_contracts_node() {
        assert_eq!(deposit(1, 0), 100_000_000_000);
        assert_eq!(deposit(0, 1), 5_000_000);
        assert_eq!(DEFAULT_DEPOSIT_LIMIT, 107_642_880_000_000);
    }
}
