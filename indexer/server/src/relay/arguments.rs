//! What the indexer's command line says of relaying.
use super::{RelayLimits, RelayerConfig};
use aegle_chain::dry_run::Weight;
use clap::Args;
use std::path::PathBuf;

const DEFAULT: RelayLimits = RelayLimits::DEFAULT;
const PICOSECONDS: u64 = 1_000_000;

/// Whether calls of patients are relayed, and what is paid at most, as arguments of a command. Amounts are in the chain's
/// smallest unit.
#[derive(Args, Clone, Debug)]
pub struct RelayArguments {
    /// Submit and pay for calls that patients, their guardians and recovery keys have signed, from the account with the seed
    /// in this file, which is drawn if there is none. Without it, nobody's calls are relayed
    #[arg(long, env = "AEGLE_RELAYER_KEY", value_name = "FILE")]
    relayer_key: Option<PathBuf>,
    /// Calls that one key signs a day, at most
    #[arg(long, value_name = "NUMBER", default_value_t = DEFAULT.calls_of_one, requires = "relayer_key")]
    relay_calls_of_one: u32,
    /// Calls a day for patients for whom no organisation vouches yet, and whom the one that they name has invited, of all of them
    /// together, at most
    #[arg(long, value_name = "NUMBER", default_value_t = DEFAULT.calls_before_activation, requires = "relayer_key")]
    relay_calls_before_activation: u32,
    /// Calls a day for patients for whom no organisation vouches yet, and whom none has invited, of all of them together, at most.
    /// Anybody can draw keys and register: more than 0 is what strangers may spend
    #[arg(long, value_name = "NUMBER", default_value_t = DEFAULT.calls_uninvited, requires = "relayer_key")]
    relay_uninvited: u32,
    /// Calls a day in all, at most
    #[arg(long, value_name = "NUMBER", default_value_t = DEFAULT.calls_in_all, requires = "relayer_key")]
    relay_calls_in_all: u32,
    /// Computation that one call takes at most, in microseconds
    #[arg(long, value_name = "MICROSECONDS", default_value_t = DEFAULT.weight.time / PICOSECONDS, requires = "relayer_key")]
    relay_time: u64,
    /// Bytes of the chain's state that one call reads at most
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT.weight.proof, requires = "relayer_key")]
    relay_proof: u64,
    /// Deposit for storage that one call takes at most
    #[arg(long, value_name = "AMOUNT", default_value_t = DEFAULT.deposit, requires = "relayer_key")]
    relay_deposit: u64,
    /// Deposit for storage that is held for one patient at a time, at most
    #[arg(long, value_name = "AMOUNT", default_value_t = DEFAULT.deposit_of_one, requires = "relayer_key")]
    relay_deposit_of_one: u64,
    /// What is paid a day (UTC) in all, at most: fees, and what is put on deposit, whatever comes back
    #[arg(long, value_name = "AMOUNT", default_value_t = DEFAULT.spend_a_day, requires = "relayer_key")]
    relay_spend_a_day: u64,
    /// What of that is paid for one patient, at most
    #[arg(long, value_name = "AMOUNT", default_value_t = DEFAULT.spend_of_one, requires = "relayer_key")]
    relay_spend_of_one: u64,
    /// The balance of the account below which nothing is relayed
    #[arg(long, value_name = "AMOUNT", default_value_t = DEFAULT.least_balance, requires = "relayer_key")]
    relay_least_balance: u64,
}

impl RelayArguments {
    /// Returns how calls are relayed; `None` for not at all.
    pub fn config(self) -> Option<RelayerConfig> {
        let limits = RelayLimits {
            calls_of_one: self.relay_calls_of_one,
            calls_before_activation: self.relay_calls_before_activation,
            calls_uninvited: self.relay_uninvited,
            calls_in_all: self.relay_calls_in_all,
            weight: Weight {
                time: self.relay_time.saturating_mul(PICOSECONDS),
                proof: self.relay_proof,
            },
            deposit: self.relay_deposit,
            deposit_of_one: self.relay_deposit_of_one,
            spend_a_day: self.relay_spend_a_day,
            spend_of_one: self.relay_spend_of_one,
            least_balance: self.relay_least_balance,
        };
        self.relayer_key.map(|key| RelayerConfig { key, limits })
    }
}
