//! Forks, finality that lags, and methods that fail.

use aegle_devchain::{Fault, ForkError, Options};
use serde_json::Value;
use std::time::Duration;
use subxt::rpcs::rpc_params;

use crate::driver::{Outcome, Running};

impl Running {
    async fn hash(&self, method: &str) -> Outcome<String> {
        Ok(self.rpc.request(method, rpc_params![]).await?)
    }

    async fn number_of(&self, hash: &str) -> Outcome<Option<u64>> {
        let header: Value = self.rpc.request("chain_getHeader", rpc_params![hash]).await?;
        let number = header["number"].as_str();
        Ok(number.map(|number| u64::from_str_radix(&number[2..], 16)).transpose()?)
    }
}

#[tokio::test]
async fn finality_lags_and_what_is_not_final_can_be_given_up() -> Outcome {
    let running = Running::start(Options::default()).await?;
    let chain = &running.chain;
    for _ in 0..9 {
        chain.seal_block().await?;
    }
    assert_eq!(
        chain.fork(1).await,
        Err(ForkError {
            depth: 1,
            finalized: 10
        })
    );
    chain.lag_finality(4);
    let finalized = running.hash("chain_getFinalizedHead").await?;
    assert_eq!(running.number_of(&finalized).await?, Some(6));
    let old = running.hash("chain_getBlockHash").await?;
    for depth in [5, 10, 11, u32::MAX] {
        assert_eq!(chain.fork(depth).await, Err(ForkError { depth, finalized: 6 }));
    }
    chain.fork(4).await?;
    assert_eq!(
        running.number_of(&running.hash("chain_getBlockHash").await?).await?,
        Some(6)
    );
    assert_eq!(
        running.number_of(&old).await?,
        Some(10),
        "what was given up can be asked for"
    );
    // What was final stays final, and another chain grows on it.
    for number in 7..=10 {
        assert_eq!(
            running.hash("chain_getFinalizedHead").await?,
            finalized,
            "below block {number}"
        );
        assert_eq!(chain.seal_block().await?.number, number);
    }
    assert_ne!(running.hash("chain_getBlockHash").await?, old);
    chain.seal_block().await?;
    let finalized = running.hash("chain_getFinalizedHead").await?;
    assert_eq!(running.number_of(&finalized).await?, Some(7));
    let new = running.hash("chain_getBlockHash").await?;
    chain.hold_finality(false);
    assert_eq!(running.hash("chain_getFinalizedHead").await?, new);
    Ok(())
}

#[tokio::test]
async fn a_method_fails_as_long_as_it_should() -> Outcome {
    let running = Running::start(Options::default()).await?;
    running.chain.set_fault("chain_getFinalizedHead", Some(Fault::Error));
    assert!(running.hash("chain_getFinalizedHead").await.is_err());
    running.hash("chain_getBlockHash").await?;
    running.chain.set_fault("chain_getFinalizedHead", Some(Fault::Silence));
    let asking = running.hash("chain_getFinalizedHead");
    assert!(tokio::time::timeout(Duration::from_millis(200), asking).await.is_err());
    running.chain.set_fault("chain_getFinalizedHead", None);
    running.hash("chain_getFinalizedHead").await?;
    Ok(())
}
