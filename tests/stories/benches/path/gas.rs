//! What an anchor costs.

use aegle_client::chain::Chain;
use aegle_rules::{AccountId, Hash, ledger::messages::Anchor, message::Message};
use aegle_stories::world::World;
use anyhow::{Context, Result, ensure};
use scale::{Compact, Decode, Encode};
use subxt::{
    dynamic::{self, Value},
    utils::H256,
};

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
    let no_limit: (Option<(Compact<u64>, Compact<u64>)>, Option<u128>) = (None, None);
    let origin: AccountId = hospital.admin().account();
    let arguments = (origin, ledger, 0_u128, no_limit.0, no_limit.1, message.call_data()).encode();
    let block = world.deployment().chain().api().at_block(H256(head.hash.0)).await?;
    let answer = block
        .runtime_apis()
        .call_raw("ContractsApi_call", Some(&arguments))
        .await?;
    let consumed = consumed(&answer)?;
    Ok(consumed as f64 / WEIGHT_PER_MS)
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

/// The consumed time in pallet-contracts' `ContractResult`; a call that the contract refuses is no measurement.
fn consumed(mut answer: &[u8]) -> Result<u64> {
    let (consumed, _proof): (Compact<u64>, Compact<u64>) = Decode::decode(&mut answer)?;
    let _required: (Compact<u64>, Compact<u64>) = Decode::decode(&mut answer)?;
    let _deposit: (u8, u128) = Decode::decode(&mut answer)?;
    let _debug: Vec<u8> = Decode::decode(&mut answer)?;
    let outcome: Result<(u32, Vec<u8>), u8> = Decode::decode(&mut answer).context("the dry run failed")?;
    let Ok((0, data)) = outcome else {
        anyhow::bail!("the contract refused to anchor: {outcome:?}")
    };
    // ink!'s Ok, then the contract's own Ok.
    ensure!(data == [0, 0], "the ledger answered {data:?}");
    Ok(consumed.0)
}
