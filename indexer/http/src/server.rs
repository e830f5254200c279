//! A server's address: listening, accepting connections within limits, and ending them in good order.

use crate::{
    connection::serve,
    cors::Origins,
    pages::Pages,
    places::{Activity, Places},
    tls::{TlsError, TlsFiles},
};
use axum::Router;
use std::{io, net::SocketAddr, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;

/// Connections that are open at the same time. Where there are as many, a new one takes the place of the one that has
/// waited the longest for a request.
pub const MAX_CONNECTIONS: usize = 1_024;
/// How long a TLS handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// The pause after a connection could not be accepted, such as for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long requests that are being answered may take once the server stops.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// Where a server listens, and to whom it answers.
#[derive(Clone, Debug)]
pub struct Listen {
    /// The address; port 0 takes a free one.
    pub address: SocketAddr,
    /// Certificate and key; without them HTTP is spoken in the clear, which clients accept of their own machine alone.
    pub tls: Option<TlsFiles>,
    /// The origins whose web pages may ask.
    pub origins: Origins,
    /// Pages of this server's own, at `/portal/`.
    pub pages: Option<Pages>,
}

impl Listen {
    /// Listens without TLS, and for no web page.
    pub fn plain(address: SocketAddr) -> Self {
        Self {
            address,
            tls: None,
            origins: Origins::default(),
            pages: None,
        }
    }
}

/// Why a server does not listen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListenError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Address {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// Certificate and key cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// An address that is listened on; connections wait until it is served.
pub struct Listener {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
    origins: Origins,
    pages: Option<Pages>,
}

impl Listener {
    /// Binds the address, and reads the TLS files.
    ///
    /// # Errors
    /// [`ListenError`].
    pub async fn bind(listen: &Listen) -> Result<Self, ListenError> {
        let tls = listen.tls.as_ref().map(TlsFiles::acceptor).transpose()?;
        let unusable = |source| ListenError::Address {
            address: listen.address,
            source,
        };
        let listener = TcpListener::bind(listen.address).await.map_err(unusable)?;
        let address = listener.local_addr().map_err(unusable)?;
        if tls.is_none() && !address.ip().is_loopback() {
            tracing::warn!(%address, "listening without TLS: clients refuse plain HTTP beyond their own machine");
        }
        Ok(Self {
            listener,
            address,
            tls,
            origins: listen.origins.clone(),
            pages: listen.pages.clone(),
        })
    }

    /// Serves what connects, until it is stopped.
    pub fn serve(self, router: Router) -> Server {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", self.address);
        let router = match &self.pages {
            Some(pages) => pages.mount(router),
            None => router,
        };
        let router = match self.origins.layer() {
            Some(layer) => router.layer(layer),
            None => router,
        };
        let (stop, stopping) = watch::channel(());
        let accepting = tokio::spawn(accept(self.listener, self.tls, router, stopping));
        Server { url, stop, accepting }
    }
}

/// A running server. Stop it with [`Server::stop`]; dropping it stops it without waiting for open requests.
pub struct Server {
    url: String,
    stop: watch::Sender<()>,
    accepting: JoinHandle<()>,
}

impl Server {
    /// Returns the URL of the API: `http://ADDRESS:PORT` or `https://ADDRESS:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Lets open requests finish, for 10 seconds at most, then stops.
    pub async fn stop(mut self) {
        // Nobody listens to a server that has ended by itself.
        let _ = self.stop.send(());
        if timeout(DRAIN_TIMEOUT, &mut self.accepting).await.is_err() {
            tracing::warn!("requests were cut off");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The connections are this task's own, and end with it.
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, router: Router, stopping: watch::Receiver<()>) {
    let places = Places::new(MAX_CONNECTIONS);
    let mut connections = JoinSet::new();
    let mut told = stopping.clone();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = told.changed() => break,
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((stream, _)) => {
                let Some(place) = places.take().await else {
                    tracing::warn!("a connection was refused: requests are being answered on every other one");
                    continue;
                };
                let (tls, router, stopping) = (tls.clone(), router.clone(), stopping.clone());
                connections.spawn(async move {
                    let activity = place.activity();
                    tokio::select! {
                        () = connect(stream, tls, router, activity, stopping) => {}
                        () = place.sent_away() => tracing::debug!("a connection without a request had to go"),
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn connect(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    router: Router,
    activity: Activity,
    mut stopping: watch::Receiver<()>,
) {
    // Answers are whole when they are written; there is nothing to wait for.
    let _ = stream.set_nodelay(true);
    let stopped = async move {
        // A server that is dropped stops as well.
        let _ = stopping.changed().await;
    };
    match tls {
        None => serve(stream, router, stopped, activity).await,
        Some(acceptor) => match timeout(HANDSHAKE_TIMEOUT, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => serve(stream, router, stopped, activity).await,
            Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
            Err(_) => tracing::debug!("a TLS handshake did not end in time"),
        },
    }
}
