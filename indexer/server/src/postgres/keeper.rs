//! Keeps the private cluster's server running: one that was killed is started again, and one that hangs is ended first.
use super::{Cluster, ClusterError};
use crate::supervise::Pulse;
use std::{
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{task::spawn_blocking, time::timeout};
use tokio_postgres::{NoTls, error::SqlState};

/// The pause between two looks.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// How long a new connection and an answer may take, and how often in a row they may not come before the server counts as
/// hung.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
const MAX_SILENCES: u32 = 3;

/// A cluster that its keeper may start again while others hold it.
pub(crate) type SharedCluster = Arc<Mutex<Cluster>>;

/// Looks after a cluster for as long as it can.
pub(crate) async fn keep(cluster: SharedCluster, pulse: Pulse) -> Result<Infallible, ClusterError> {
    let config = with(&cluster, |cluster| Ok(cluster.config())).await?;
    let mut silences = 0;
    loop {
        tokio::time::sleep(LOOK_INTERVAL).await;
        pulse.step();
        if !with(&cluster, |cluster| cluster.is_running()).await? {
            tracing::error!("the private database is gone; starting it again");
            with(&cluster, Cluster::restart).await?;
            silences = 0;
        }
        silences = if answers(&config).await { 0 } else { silences + 1 };
        if silences == MAX_SILENCES {
            tracing::error!("the private database does not answer; starting it again");
            with(&cluster, Cluster::restart).await?;
            return Err(ClusterError::Silent);
        }
        if silences == 0 {
            pulse.well();
        }
    }
}

async fn with<T: Send + 'static>(
    cluster: &SharedCluster,
    action: impl FnOnce(&mut Cluster) -> Result<T, ClusterError> + Send + 'static,
) -> Result<T, ClusterError> {
    let cluster = cluster.clone();
    let acting = spawn_blocking(move || action(&mut cluster.lock().unwrap_or_else(PoisonError::into_inner)));
    acting.await.map_err(|_| ClusterError::Silent)?
}

/// Returns whether the server answers over a new connection, or says that it is starting or full.
async fn answers(config: &tokio_postgres::Config) -> bool {
    let asking = async {
        let (client, connection) = config.connect(NoTls).await?;
        let _connection = Aborted(tokio::spawn(connection));
        client.simple_query("select 1").await
    };
    match timeout(ANSWER_TIMEOUT, asking).await {
        Ok(Ok(_)) => true,
        Ok(Err(error)) => [SqlState::CANNOT_CONNECT_NOW, SqlState::TOO_MANY_CONNECTIONS]
            .iter()
            .any(|state| error.code() == Some(state)),
        Err(_) => false,
    }
}

/// A task that ends with whoever waits for it.
struct Aborted<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for Aborted<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
