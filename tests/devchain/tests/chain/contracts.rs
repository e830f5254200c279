//! Uploading, instantiating and calling a contract, and reading what it stored.

use aegle_devchain::Options;
use frame_support::weights::Weight;
use parity_scale_codec::{Decode, Encode};
use serde_json::Value;
use subxt::rpcs::rpc_params;
use subxt_signer::sr25519::dev;

use crate::driver::{
    Outcome, Running, StorageDeposit, call, counter_code, emitted, event, hex_of, instantiate, upload,
};

/// The deposit for one storage item, in units of 10^-12 token.
const ITEM_DEPOSIT: u128 = 100_000_000_000;
/// The least that an account may hold.
const EXISTENTIAL_DEPOSIT: u128 = 1_000_000_000;
/// The flag with which a contract says that it reverted.
const REVERTED: u32 = 1;

async fn with_counter() -> Outcome<(Running, [u8; 32])> {
    let running = Running::start(Options::default()).await?;
    let alice = dev::alice();
    let code = counter_code();
    running.submit(&upload(code.clone()), &alice).await?;
    let code_hash = sp_io::hashing::blake2_256(&code);
    let events = running.submit(&instantiate(code_hash, b"salt"), &alice).await?;
    let fields = event(&events, "Contracts", "Instantiated")?;
    let (deployer, contract) = <([u8; 32], [u8; 32])>::decode(&mut &*fields)?;
    assert_eq!(deployer, alice.public_key().0);
    Ok((running, contract))
}

/// The counter as the contract's own storage has it after block `at`.
async fn stored(running: &Running, contract: [u8; 32], at: u64) -> Outcome<Option<u32>> {
    type Answer = Result<Option<Vec<u8>>, u8>;
    let arguments = (contract, b"count".to_vec()).encode();
    let answer: Answer = running.call_runtime("ContractsApi_get_storage", arguments, at).await?;
    let value = answer.map_err(|error| format!("the contract is not accessible: {error}"))?;
    Ok(value.map(|value| u32::decode(&mut &*value)).transpose()?)
}

#[tokio::test]
async fn a_call_changes_storage_and_deposits_an_event() -> Outcome {
    let (running, contract) = with_counter().await?;
    let before = running.best_number().await?;
    let events = running.submit(&call(contract, &[1]), &dev::alice()).await?;
    let said = emitted(&event(&events, "Contracts", "ContractEmitted")?)?;
    assert_eq!(said, (contract, 1u32.encode()));
    assert_eq!(
        stored(&running, contract, before).await?,
        Some(0),
        "the old block's state"
    );
    assert_eq!(stored(&running, contract, before + 1).await?, Some(1));
    Ok(())
}

#[tokio::test]
async fn a_dry_run_reports_result_and_deposit_and_changes_nothing() -> Outcome {
    let (running, contract) = with_counter().await?;
    let best = running.best_number().await?;
    let dry_run = running.dry_run(contract, &[1], best).await?;
    let returned = dry_run.result.map_err(|error| format!("{error:?}"))?;
    assert_eq!((returned.flags, returned.data), (0, 1u32.encode()));
    assert_eq!(
        dry_run.storage_deposit,
        StorageDeposit::Charge(0),
        "no new item or byte"
    );
    assert!(dry_run.debug_message.is_empty());
    assert!(dry_run.gas_required.all_gte(dry_run.gas_consumed));
    assert!(
        dry_run.gas_consumed.ref_time() > 100_000_000,
        "database reads have their price"
    );
    assert!(dry_run.gas_consumed.proof_size() > 0);
    assert_eq!(stored(&running, contract, best).await?, Some(0));
    assert_eq!(running.best_number().await?, best);
    Ok(())
}

#[tokio::test]
async fn a_dry_run_at_an_old_block_sees_that_block() -> Outcome {
    let (running, contract) = with_counter().await?;
    let old = running.best_number().await?;
    for _ in 0..3 {
        running.submit(&call(contract, &[1]), &dev::alice()).await?;
    }
    for (at, count) in [(old, 0u32), (old + 1, 1), (old + 3, 3)] {
        let returned = running.dry_run(contract, &[], at).await?.result;
        let data = returned.map_err(|error| format!("{error:?}"))?.data;
        assert_eq!(data, count.encode(), "block {at}");
    }
    Ok(())
}

#[tokio::test]
async fn a_reverted_call_is_seen_in_the_dry_run_and_stores_nothing() -> Outcome {
    let (running, contract) = with_counter().await?;
    let best = running.best_number().await?;
    let returned = running.dry_run(contract, &[1, 2], best).await?.result;
    assert_eq!(returned.map_err(|error| format!("{error:?}"))?.flags, REVERTED);
    assert!(running.submit(&call(contract, &[1, 2]), &dev::alice()).await.is_err());
    let after = running.best_number().await?;
    assert_eq!(after, best + 1, "the failed call is in a block all the same");
    assert_eq!(stored(&running, contract, after).await?, Some(0));
    Ok(())
}

#[tokio::test]
async fn instantiation_holds_the_deposit_that_the_dry_run_names() -> Outcome {
    let running = Running::start(Options::default()).await?;
    let alice = dev::alice().public_key().0;
    let code = counter_code();
    running.submit(&upload(code.clone()), &dev::alice()).await?;
    let code_hash = sp_io::hashing::blake2_256(&code);
    // `Code::Existing` is the second variant.
    let arguments = (
        (alice, 0u128, None::<Weight>, None::<u128>, (1u8, code_hash)),
        (Vec::<u8>::new(), b"salt".to_vec()),
    )
        .encode();
    let (_consumed, _required, deposit): (Weight, Weight, StorageDeposit) =
        running.call_runtime("ContractsApi_instantiate", arguments, 2).await?;
    let StorageDeposit::Charge(promised) = deposit else {
        return Err("a refund".into());
    };
    assert!(promised > ITEM_DEPOSIT, "a contract is several items");
    let events = running.submit(&instantiate(code_hash, b"salt"), &dev::alice()).await?;
    let mut held = 0;
    for event in events.iter() {
        let event = event?;
        if event.event_name() == "StorageDepositTransferredAndHeld" {
            let fields = event.field_bytes();
            held += <([u8; 32], [u8; 32], u128)>::decode(&mut &*fields)?.2;
        }
    }
    assert_eq!(
        held + EXISTENTIAL_DEPOSIT,
        promised,
        "the contract's account has to exist, too"
    );
    Ok(())
}

#[tokio::test]
async fn the_child_trie_of_a_contract_is_readable_at_every_block() -> Outcome {
    let (running, contract) = with_counter().await?;
    let old = running.best_number().await?;
    running.submit(&call(contract, &[1]), &dev::alice()).await?;

    let mut key = sp_io::hashing::twox_128(b"Contracts").to_vec();
    key.extend(sp_io::hashing::twox_128(b"ContractInfoOf"));
    key.extend(sp_io::hashing::twox_64(&contract));
    key.extend(contract);
    let info: String = running
        .rpc
        .request("state_getStorage", rpc_params![hex_of(&key)])
        .await?;
    let info = hex::decode(info.trim_start_matches("0x"))?;
    let trie_id = Vec::<u8>::decode(&mut &*info)?;
    let child = hex_of(&[b":child_storage:default:".to_vec(), trie_id].concat());

    let mut values = Vec::new();
    for number in [old, old + 1] {
        let hash: String = running.rpc.request("chain_getBlockHash", rpc_params![number]).await?;
        let keys: Vec<String> = running
            .rpc
            .request(
                "childstate_getKeysPaged",
                rpc_params![&child, "0x", 10, Value::Null, &hash],
            )
            .await?;
        assert_eq!(keys.len(), 1);
        let value: String = running
            .rpc
            .request("childstate_getStorage", rpc_params![&child, &keys[0], &hash])
            .await?;
        values.push(value);
    }
    assert_eq!(values, ["0x00000000", "0x01000000"]);
    Ok(())
}

#[tokio::test]
async fn code_that_is_too_long_or_no_code_is_refused() -> Outcome {
    let running = Running::start(Options::default()).await?;
    let alice = dev::alice();
    assert!(running.submit(&upload(vec![0; 64]), &alice).await.is_err());
    assert!(running.submit(&upload(vec![0; 123 * 1024 + 1]), &alice).await.is_err());
    running.submit(&upload(counter_code()), &alice).await?;
    Ok(())
}
