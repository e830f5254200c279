//! `aegle custodian serve`.

use crate::context::Context;
use aegle_http::TransportArguments;
use aegle_token_service::{Quota, ServiceConfig, Serving};
use anyhow::Result;
use clap::Args;
use serde_json::json;
use std::{net::SocketAddr, path::PathBuf, sync::Arc};
use tokio::signal::unix::{SignalKind, signal};

/// Arguments of `aegle custodian serve`.
#[derive(Args)]
pub(crate) struct Serve {
    /// Where to listen; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8088")]
    listen: SocketAddr,
    #[command(flatten)]
    transport: TransportArguments,
    /// The audit log; audit.jsonl in the home folder without it
    #[arg(long, value_name = "FILE")]
    audit: Option<PathBuf>,
    /// Most requests of one account in a minute
    #[arg(long, default_value_t = Quota::default().requests_a_minute)]
    requests_a_minute: u32,
    /// Most keywords of one account in an hour
    #[arg(long, default_value_t = Quota::default().elements_an_hour)]
    elements_an_hour: u32,
}

impl Serve {
    pub(super) async fn run(self, context: &Context) -> Result<()> {
        let audit = match self.audit {
            Some(path) => path,
            None => context.home()?.join("audit.jsonl"),
        };
        let config = ServiceConfig {
            listen: self.transport.listen(self.listen)?,
            audit,
            quota: Quota {
                requests_a_minute: self.requests_a_minute,
                elements_an_hour: self.elements_an_hour,
            },
        };
        let (chain, contracts) = context.contracts_chain().await?;
        let service = Serving::start(Arc::new(context.custodian()?), chain, contracts, config).await?;
        let (url, account) = (service.url(), service.account());
        context
            .output
            .result(&json!({ "listening": url, "account": account }), || {
                format!("requests are signed for {account}\nlistening on {url}")
            })?;
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted?,
            _ = terminate.recv() => {}
        }
        service.stop().await;
        Ok(())
    }
}
