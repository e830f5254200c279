//! What a relayer pays at most.
use aegle_chain::dry_run::Weight;

/// What a relayer pays at most. Amounts are in the chain's smallest unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelayLimits {
    /// Calls that one key signs a day: a patient's own, a guardian's, or a recovery key's.
    pub calls_of_one: u32,
    /// Calls a day for patients for whom nobody vouches yet, of all of them together.
    pub calls_before_activation: u32,
    /// Calls a day in all.
    pub calls_in_all: u32,
    /// Computation that one call may take.
    pub weight: Weight,
    /// Deposit for storage that one call may take.
    pub deposit: u64,
    /// Deposit that is held for one patient at a time, over all their calls.
    pub deposit_of_one: u64,
    /// The balance below which nothing is relayed any more.
    pub least_balance: u64,
}

/// Calls that one key may sign before anybody vouches for the patient: registering, and naming another organisation.
pub(crate) const CALLS_OF_ONE_BEFORE_ACTIVATION: u32 = 3;

impl RelayLimits {
    /// What counts where the operator says nothing else, for a chain whose token has twelve decimals.
    pub const DEFAULT: Self = Self {
        calls_of_one: 40,
        calls_before_activation: 100,
        calls_in_all: 2_000,
        // 16 grants at once take 12 ms and half a mebibyte.
        weight: Weight {
            time: 20_000_000_000,
            proof: 1_048_576,
        },
        // The first grant to somebody takes a tenth of a token.
        deposit: 500_000_000_000,
        deposit_of_one: 5_000_000_000_000,
        least_balance: 10_000_000_000_000,
    };
}
