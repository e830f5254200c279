//! `aegle custodian gate`.

use crate::context::Context;
use aegle_client::native::IndexerClient;
use aegle_fhir_gate::{ACTOR_HEADER, Gate as Running, GateConfig, PURPOSE_HEADER};
use anyhow::Result;
use clap::Args;
use serde_json::json;
use std::{net::SocketAddr, path::PathBuf};
use tokio::signal::unix::{SignalKind, signal};

/// Arguments of `aegle custodian gate`.
#[derive(Args)]
pub(crate) struct Gate {
    /// The base of the FHIR server, such as http://127.0.0.1:8080/fhir
    #[arg(long, value_name = "URL")]
    fhir_server: String,
    /// The receipts of the search domain that its resources were ingested into: `aegle custodian status` says where they are
    #[arg(long, value_name = "FILE")]
    receipts: PathBuf,
    /// The system that its resources are from, as --source named it at ingestion
    #[arg(long, value_name = "NAME", default_value = "")]
    source: String,
    /// Where to listen, on this machine; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
}

impl Gate {
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        let config = GateConfig {
            listen: self.listen,
            upstream: self.fhir_server,
            receipts: self.receipts,
            source: self.source,
        };
        let server = context.server(context.indexer_url())?;
        let indexer = IndexerClient::at(&server, &context.contracts()?)?;
        let gate = Running::start(context.account()?, indexer, config).await?;
        let url = gate.url();
        context.output.result(&json!({ "listening": url }), || {
            format!(
                "who asks, and for what, is said by the headers {ACTOR_HEADER} and {PURPOSE_HEADER}\nlistening on {url}"
            )
        })?;
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted?,
            _ = terminate.recv() => {}
        }
        gate.stop().await;
        Ok(())
    }
}
