//! A wire between an indexer and its node, which can be frozen and laid elsewhere.
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinHandle,
};

/// The state of a wire.
#[derive(Clone)]
enum State {
    /// Bytes go on to this address.
    To(String),
    /// Connections are taken and bytes are read, and nothing comes back.
    Frozen,
}

/// A wire from an address of its own to a node.
pub(crate) struct Wire {
    address: SocketAddr,
    state: watch::Sender<State>,
    accepting: JoinHandle<()>,
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Wire {
    /// Lays a wire to the node at `url`, `ws://ADDRESS`.
    pub(crate) async fn to(url: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = watch::Sender::new(State::To(host(url)));
        let of_connections = state.clone();
        let accepting = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(carry(stream, of_connections.subscribe()));
            }
        });
        Self {
            address,
            state,
            accepting,
        }
    }

    /// Returns the address of its near end.
    pub(crate) fn url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// Lets nothing through from now on, in either direction, without closing anything.
    pub(crate) fn freeze(&self) {
        self.state.send_replace(State::Frozen);
    }

    /// Lays the wire to another node, or thaws it; what was connected before is cut.
    pub(crate) fn lay_to(&self, url: &str) {
        self.state.send_replace(State::To(host(url)));
    }
}

fn host(url: &str) -> String {
    url.split_once("://").unwrap().1.trim_end_matches('/').to_owned()
}

async fn carry(near: TcpStream, mut state: watch::Receiver<State>) {
    let now = state.borrow_and_update().clone();
    let State::To(address) = now else {
        // It is held open until the wire is laid again.
        let _ = state.changed().await;
        return;
    };
    let Ok(far) = TcpStream::connect(address).await else {
        return;
    };
    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
    tokio::join!(
        pump(near_in, far_out, state.clone()),
        pump(far_in, near_out, state.clone())
    );
}

/// Carries bytes until the wire changes: frozen, it holds both ends.
async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut state: watch::Receiver<State>) {
    let mut bytes = [0; 16 * 1024];
    loop {
        tokio::select! {
            read = from.read(&mut bytes) => match read {
                Ok(count) if count > 0 && to.write_all(&bytes[..count]).await.is_ok() => {}
                _ => return,
            },
            changed = state.changed() => {
                if changed.is_ok() && matches!(*state.borrow_and_update(), State::Frozen) {
                    let _ = state.changed().await;
                }
                // Whoever waits at the other end is not told at once, as on a real wire.
                tokio::time::sleep(Duration::from_millis(10)).await;
                return;
            }
        }
    }
}
