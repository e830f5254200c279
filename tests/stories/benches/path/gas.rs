//! What an anchor costs.

use aegle_client::chain::Chain;
use aegle_rules::{Hash, ledger::messages::Anchor};
use aegle_stories::world::World;
use anyhow::{Result, ensure};
use scale::{Compact, Decode, Encode};
use subxt::dynamic::{self, Value};

/// Picoseconds of weight in a millisecond.
const WEIGHT_PER_MS: f64 = 1e9;

/// Milliseconds of gas that anchoring a batch of `records` records consumes in a dry run.
pub(crate) async fn anchor_ms(world: &World, records: u32) -> Result<f64> {
    let hospital = world.hospital();
    let head = world.deployment().chain().finalized().await?;
    let message = Anchor {
        domain: hospital.domain(),
        expected: hospital.next_batch(world.deployment(), head.hash).await?,
        record_root: Hash([1; 32]),
        index_commitment: Hash([2; 32]),
        records,
        manifest: Hash([3; 32]),
    };
    let ledger = world.deployment().contracts().ledger;
    let origin = hospital.admin().account();
    let chain = world.deployment().chain();
    let run = chain.dry_run(head.hash, origin, ledger, &message).await?;
    // A call that the contract refuses is no measurement.
    ensure!(run.output.is_ok(), "the ledger refused to anchor: {:?}", run.output);
    Ok(run.consumed.time as f64 / WEIGHT_PER_MS)
}

/// Milliseconds of weight of any call of a contract beside its gas: what the chain gives to one without gas.
pub(crate) async fn base_ms(world: &World) -> Result<f64> {
    let ledger = Value::unnamed_variant("Id", [Value::from_bytes(world.deployment().contracts().ledger.0)]);
    let no_gas = Value::named_composite([("ref_time", Value::u128(0)), ("proof_size", Value::u128(0))]);
    let none = Value::unnamed_variant("None", []);
    let arguments = vec![ledger, Value::u128(0), no_gas, none, Value::from_bytes([])];
    let call = dynamic::transaction("Contracts", "call", arguments);
    let api = world.deployment().chain().api();
    let mut arguments = api.transactions().await?.call_data(&call)?;
    // A call goes with its length.
    arguments.extend(u32::try_from(arguments.len())?.encode());
    let block = api.at_current_block().await?;
    let name = "TransactionPaymentCallApi_query_call_info";
    let answer = block.runtime_apis().call_raw(name, Some(&arguments)).await?;
    let (time, _proof): (Compact<u64>, Compact<u64>) = Decode::decode(&mut answer.as_slice())?;
    Ok(time.0 as f64 / WEIGHT_PER_MS)
}
