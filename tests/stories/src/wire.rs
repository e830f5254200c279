//! A wire between a program and a server that can be cut.

#![allow(clippy::unwrap_used)]

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

/// Forwards connections to a server on this machine, until it is cut.
pub struct Wire {
    scheme: String,
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    is_cut: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
    server: Mutex<SocketAddr>,
}

impl Wire {
    /// Starts a wire to the server at `url`, which has a scheme, an address and no path.
    pub fn to(url: &str) -> Self {
        let (scheme, server) = address_of(url);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            is_cut: AtomicBool::new(false),
            open: Mutex::default(),
            server: Mutex::new(server),
        });
        let own = state.clone();
        thread::spawn(move || {
            for client in listener.incoming() {
                if let Ok(client) = client
                    && !own.is_cut.load(Ordering::SeqCst)
                {
                    let _ = connect(client, &own);
                }
            }
        });
        Self {
            scheme: scheme.to_owned(),
            address,
            state,
        }
    }

    /// Returns the address at which programs reach the server through the wire.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Cuts it: what goes through ends, and nothing gets through for so long.
    pub fn cut(&self, time: Duration) {
        self.state.is_cut.store(true, Ordering::SeqCst);
        for stream in self.state.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
        thread::sleep(time);
        self.state.is_cut.store(false, Ordering::SeqCst);
    }
}

/// Scheme and address of a URL without a path.
fn address_of(url: &str) -> (&str, SocketAddr) {
    let (scheme, server) = url.split_once("://").unwrap();
    (scheme, server.trim_end_matches('/').parse().unwrap())
}

fn connect(client: TcpStream, state: &State) -> io::Result<()> {
    let server = TcpStream::connect(*state.server.lock().unwrap())?;
    state
        .open
        .lock()
        .unwrap()
        .extend([client.try_clone()?, server.try_clone()?]);
    let (client_too, server_too) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || forward(client, server));
    thread::spawn(move || forward(server_too, client_too));
    Ok(())
}

fn forward(mut from: TcpStream, mut to: TcpStream) {
    let mut buffer = [0; 16 << 10];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
