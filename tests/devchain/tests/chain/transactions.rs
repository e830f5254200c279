//! Transfers, blocks, nonces and sealing.

use std::time::Duration;

use aegle_devchain::{Devchain, Options};
use subxt::rpcs::{RpcClient, rpc_params};
use subxt_signer::sr25519::dev;

use crate::driver::{Outcome, Running, error_code, event, timed, transfer};

const AMOUNT: u128 = 5_000_000_000_000;

#[tokio::test]
async fn a_chain_starts_with_its_first_block_and_stops_when_dropped() -> Outcome {
    let chain = Devchain::start(Options::default()).await?;
    let url = chain.ws_url();
    assert!(chain.http_url().starts_with("http://127.0.0.1:"));
    let rpc = RpcClient::from_insecure_url(&url).await?;
    let header: serde_json::Value = rpc.request("chain_getHeader", rpc_params![]).await?;
    assert_eq!(header["number"], "0x1");
    drop(chain);
    drop(rpc);
    for _ in 0..500 {
        if RpcClient::from_insecure_url(&url).await.is_err() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Err("the port is still served".into())
}

#[tokio::test]
async fn a_transfer_is_final_and_old_blocks_stay_readable() -> Outcome {
    let running = Running::start(Options::default()).await?;
    let bob = dev::bob().public_key().0;
    let events = running.submit(&transfer(bob, AMOUNT), &dev::alice()).await?;
    event(&events, "Balances", "Transfer")?;
    let before = running.free_balance(bob, 1).await?;
    let after = running.free_balance(bob, 2).await?;
    assert_eq!(after, before + AMOUNT);

    running.chain.seal_block().await?;
    let old = running.api.at_block(2u64).await?;
    let mut names = Vec::new();
    for event in old.events().fetch().await?.iter() {
        names.push(event?.event_name().to_owned());
    }
    assert!(names.contains(&"Transfer".to_owned()), "{names:?}");
    assert_eq!(running.best_number().await?, 3);
    Ok(())
}

#[tokio::test]
async fn every_development_account_is_funded() -> Outcome {
    let running = Running::start(Options::default()).await?;
    let accounts = [
        dev::alice(),
        dev::bob(),
        dev::charlie(),
        dev::dave(),
        dev::eve(),
        dev::ferdie(),
    ];
    for account in accounts {
        let balance = running.free_balance(account.public_key().0, 1).await?;
        assert_eq!(balance, 1_000_000 * 1_000_000_000_000);
    }
    Ok(())
}

#[tokio::test]
async fn a_future_nonce_waits_and_is_included_after_the_one_before() -> Outcome {
    let running = Running::start(Options::default()).await?;
    let bob = dev::bob().public_key().0;
    let call = transfer(bob, AMOUNT);
    let second = running.signed(&call, &dev::alice(), 1).await?;
    let first = running.signed(&call, &dev::alice(), 0).await?;

    running.submit_bytes(&second).await?;
    running.chain.seal_block().await?;
    let before = running.best_number().await?;
    assert_eq!(
        running.free_balance(bob, before).await?,
        running.free_balance(bob, 1).await?
    );
    let pending: Vec<String> = running.rpc.request("author_pendingExtrinsics", rpc_params![]).await?;
    assert_eq!(pending.len(), 1);

    running.submit_bytes(&first).await?;
    running.reach(before + 1).await?;
    let now = running.best_number().await?;
    let gained = running.free_balance(bob, now).await? - running.free_balance(bob, 1).await?;
    assert_eq!(gained, 2 * AMOUNT);
    Ok(())
}

#[tokio::test]
async fn a_burst_is_included_whole_and_the_next_nonce_counts_the_pool() -> Outcome {
    const BURST: u64 = 50;
    let hour = Duration::from_secs(3600);
    let options = timed(hour);
    let running = Running::start(options).await?;
    let bob = dev::bob().public_key().0;
    for nonce in 0..BURST {
        let bytes = running.signed(&transfer(bob, AMOUNT), &dev::alice(), nonce).await?;
        running.submit_bytes(&bytes).await?;
    }
    let address = dev::alice().public_key().to_account_id().to_string();
    let next: u64 = running
        .rpc
        .request("system_accountNextIndex", rpc_params![address])
        .await?;
    assert_eq!(next, BURST);
    assert_eq!(running.chain.seal_block().await?.number, 2);
    let gained = running.free_balance(bob, 2).await? - running.free_balance(bob, 1).await?;
    assert_eq!(gained, u128::from(BURST) * AMOUNT);
    Ok(())
}

#[tokio::test]
async fn timed_sealing_makes_blocks_without_transactions() -> Outcome {
    let options = timed(Duration::from_millis(20));
    let running = Running::start(options).await?;
    running.reach(4).await
}

#[tokio::test]
async fn a_heartbeat_makes_blocks_in_silence() -> Outcome {
    let running = Running::start(Options {
        heartbeat: Some(Duration::from_millis(20)),
        ..Options::default()
    })
    .await?;
    running.reach(3).await
}

#[tokio::test]
async fn time_moves_from_block_to_block() -> Outcome {
    let hour = Duration::from_secs(3600);
    let running = Running::start(timed(hour)).await?;
    let mut last = 0;
    for number in 2..30u64 {
        running.chain.seal_block().await?;
        let at = running.api.at_block(number).await?;
        let address = subxt::dynamic::storage::<(), u64>("Timestamp", "Now");
        let now = at.storage().fetch(address, ()).await?.decode()?;
        assert!(now > last, "block {number}");
        last = now;
    }
    Ok(())
}

#[tokio::test]
async fn refused_transactions_have_the_codes_of_a_node() -> Outcome {
    let running = Running::start(Options::default()).await?;
    let bob = dev::bob().public_key().0;
    let call = transfer(bob, AMOUNT);
    let stale = running.signed(&call, &dev::alice(), 0).await?;
    running.submit(&call, &dev::alice()).await?;
    assert_eq!(
        error_code(running.submit_bytes(&stale).await),
        Some(1010),
        "stale nonce"
    );

    let mut forged = running.signed(&call, &dev::alice(), 1).await?;
    let last = forged.len() - 1;
    forged[last] ^= 1;
    assert_eq!(
        error_code(running.submit_bytes(&forged).await),
        Some(1010),
        "bad signature"
    );

    let pauper = subxt_signer::sr25519::Keypair::from_uri(&"//Nobody".parse()?)?;
    let unfunded = running.signed(&call, &pauper, 0).await?;
    assert_eq!(
        error_code(running.submit_bytes(&unfunded).await),
        Some(1010),
        "no funds"
    );

    let future = running.signed(&call, &dev::alice(), 7).await?;
    running.submit_bytes(&future).await?;
    assert_eq!(
        error_code(running.submit_bytes(&future).await),
        Some(1013),
        "already there"
    );
    let rival = running.signed(&transfer(bob, AMOUNT + 1), &dev::alice(), 7).await?;
    assert_eq!(error_code(running.submit_bytes(&rival).await), Some(1014), "same nonce");

    for garbage in [&[][..], &[0], &[0x84, 0xff, 0xff], &stale[..stale.len() - 1]] {
        assert_eq!(
            error_code(running.submit_bytes(garbage).await),
            Some(1001),
            "{garbage:?}"
        );
    }
    running.submit(&call, &dev::alice()).await?;
    Ok(())
}
