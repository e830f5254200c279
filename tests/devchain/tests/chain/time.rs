//! Time that is moved.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aegle_devchain::{AdvanceError, MAX_ADVANCE, Options};
use parity_scale_codec::Decode;
use serde_json::{Value, json};
use subxt::rpcs::{client::RpcParams, rpc_params};
use subxt_signer::sr25519::dev;

use crate::driver::{Outcome, Running, error_code, hex_of, transfer};

const HOUR: Duration = Duration::from_secs(3_600);
const HOUR_MS: u64 = 3_600_000;
const STEP: Duration = Duration::from_millis(1);
const INVALID_PARAMS: i32 = -32602;

fn wall_ms() -> Outcome<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis().try_into()?)
}

impl Running {
    /// The timestamp of the newest block.
    async fn time_ms(&self) -> Outcome<u64> {
        let pallet = sp_io::hashing::twox_128(b"Timestamp");
        let key = hex_of(&[pallet, sp_io::hashing::twox_128(b"Now")].concat());
        let value: String = self.rpc.request("state_getStorage", rpc_params![key]).await?;
        Ok(u64::decode(&mut &*hex::decode(value.trim_start_matches("0x"))?)?)
    }

    async fn sealed_at_ms(&self) -> Outcome<u64> {
        self.chain.seal_block().await?;
        self.time_ms().await
    }

    async fn advance_by_rpc(&self, milliseconds: Value) -> Result<u64, subxt::rpcs::Error> {
        let mut params = RpcParams::new();
        params.push(milliseconds)?;
        self.rpc.request("devchain_advance", params).await
    }
}

#[tokio::test]
async fn the_next_block_is_later_by_what_was_advanced_and_all_later_ones_stay_ahead() -> Outcome {
    let running = Running::start(Options::default()).await?;
    // A burst, so that the chain may be ahead of the wall clock already.
    for _ in 0..50 {
        running.chain.seal_block().await?;
    }
    let before = running.time_ms().await?;
    assert_eq!(running.chain.advance(HOUR).await?, HOUR);
    assert_eq!(running.time_ms().await?, before, "no block was sealed");
    let mut last = running.sealed_at_ms().await?;
    assert!(last >= before + HOUR_MS);
    for _ in 0..50 {
        let wall = wall_ms()?;
        let next = running.sealed_at_ms().await?;
        assert!(next > last && next >= wall + HOUR_MS);
        last = next;
    }
    assert!(last < wall_ms()? + HOUR_MS + 60_000, "no further ahead than was asked");
    Ok(())
}

#[tokio::test]
async fn advances_add_up_through_the_library_and_the_method_alike() -> Outcome {
    let running = Running::start(Options::default()).await?;
    let before = running.time_ms().await?;
    running.chain.advance(HOUR).await?;
    assert_eq!(running.advance_by_rpc(json!(HOUR_MS)).await?, 2 * HOUR_MS);
    assert_eq!(running.chain.advance(Duration::ZERO).await?, 2 * HOUR);
    running
        .submit(&transfer(dev::bob().public_key().0, 1), &dev::alice())
        .await?;
    assert!(running.time_ms().await? >= before + 2 * HOUR_MS);
    Ok(())
}

#[tokio::test]
async fn time_goes_to_the_limit_no_further_and_never_back() -> Outcome {
    let running = Running::start(Options::default()).await?;
    let limit_ms = u64::try_from(MAX_ADVANCE.as_millis())?;
    let before = running.time_ms().await?;
    for refused in [
        json!(-1),
        json!(1.5),
        json!("1"),
        Value::Null,
        json!(limit_ms + 1),
        json!(u64::MAX),
    ] {
        let answer = running.advance_by_rpc(refused.clone()).await;
        assert_eq!(error_code(answer), Some(INVALID_PARAMS), "{refused}");
    }
    let nothing: Result<u64, _> = running.rpc.request("devchain_advance", rpc_params![]).await;
    assert_eq!(error_code(nothing), Some(INVALID_PARAMS));
    let unmoved = running.sealed_at_ms().await?;
    assert!(
        unmoved > before && unmoved < before + HOUR_MS,
        "what was refused moved nothing"
    );

    assert_eq!(running.advance_by_rpc(json!(limit_ms - 1)).await?, limit_ms - 1);
    assert_eq!(
        running.chain.advance(2 * STEP).await,
        Err(AdvanceError::TooFar {
            asked: 2 * STEP,
            left: STEP
        })
    );
    assert_eq!(running.chain.advance(STEP).await?, MAX_ADVANCE);
    assert!(running.chain.advance(STEP).await.is_err());
    let far = running.sealed_at_ms().await?;
    assert!(far >= unmoved + limit_ms);
    assert!(running.sealed_at_ms().await? > far, "the chain goes on");
    Ok(())
}
