//! What the indexer says of itself, to anybody.
use super::{Api, Core, Problem};
use crate::relay::Relayer;
use aegle_protocol::wire::Status;
use axum::{Json, extract::State};
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;

/// The longest that a question for readiness waits for the database.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(1);

/// Handles `GET /livez`: answers as long as the process runs.
pub(super) async fn alive() -> &'static str {
    "alive\n"
}

/// Requests can be answered: the database answers, the chain answers, and everything up to its head is stored. If not,
/// the reason says what is being waited for.
pub(super) async fn ready(State(api): State<Arc<Api>>) -> Result<&'static str, Problem> {
    answers(&api).await?;
    api.labels.following()?;
    Ok("ready\n")
}

/// As [`ready`], of a proxy by itself, which has no index.
pub(super) async fn proxy_ready(State(core): State<Arc<Core>>) -> Result<&'static str, Problem> {
    answers(&core).await?;
    Ok("ready\n")
}

async fn answers(core: &Core) -> Result<(), Problem> {
    let answers = timeout(DATABASE_TIMEOUT, core.store.ping()).await;
    answers.map_err(|_| Problem::unavailable().because("the database does not answer"))??;
    Ok(core.gate.ready().await?)
}

/// Handles `GET /v1/status`: which deployment this is, which proxy, and how far it has come.
pub(super) async fn status<A: AsRef<Core>>(State(api): State<Arc<A>>) -> Result<Json<Status>, Problem> {
    let api: &Core = (*api).as_ref();
    let progress = api.gate.progress().now();
    let head = match progress.head {
        Some(head) => head,
        // Nothing was seen yet since the start.
        None => *api.gate.view().await?.finalized(),
    };
    let contracts = api.contracts;
    Ok(Json(Status {
        genesis: contracts.genesis,
        consortium: contracts.consortium,
        consent: contracts.consent,
        ledger: contracts.ledger,
        proxy: api.proxy.identity(),
        finalized: head,
        indexed: progress.indexed.map_or(0, |block| block.number),
        relayer: api.relayer.as_ref().map(Relayer::identity),
    }))
}
