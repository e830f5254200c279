//! What the tests' hospital erases.
use super::world::World;
use aegle_client::chain::Chain;
use aegle_indexer::Indexer;
use aegle_rules::{
    BatchNumber,
    consortium::Limits,
    ledger::{ErasureReason, messages::RequestErasure},
};
use std::time::Duration;

/// How long an erasure can be called off.
const ERASURE: Duration = Duration::from_millis(Limits::DEFAULT.erasure_ms + 1_000);

impl World {
    /// Asks for the erasure of a record of a batch.
    pub(crate) async fn ask_erasure(&self, batch: u32, record: u16) {
        let request = RequestErasure {
            domain: self.domain,
            batch: BatchNumber(batch),
            records: vec![record],
            reason: ErasureReason::PatientRequest,
        };
        let asked = self.chain.call(&self.admin, self.contracts.ledger, &request).await;
        asked.unwrap();
    }

    /// Asks for the erasure of a record of a batch, and lets it become final.
    pub(crate) async fn erase(&self, running: &Indexer, batch: u32, record: u16) {
        self.ask_erasure(batch, record).await;
        let devchain = self.devchain.as_ref().unwrap();
        devchain.advance(ERASURE).await.unwrap();
        devchain.seal_block().await.unwrap();
        self.settle(running).await;
    }
}
