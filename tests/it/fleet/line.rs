//! The network between the workers and the database: it can stand still, and break.

use std::net::Ipv4Addr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// The state of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// All goes through.
    Open,
    /// Nothing goes through, and nobody is told.
    Stalled,
    /// Every connection is broken, and so is each new one.
    Cut,
}

/// A port that leads to another.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) port: u16,
    state: Arc<watch::Sender<State>>,
}

impl Line {
    /// A line from an address to a port of this machine.
    pub(crate) async fn between(at: Ipv4Addr, port: u16) -> Self {
        let listener = TcpListener::bind((at, 0)).await.unwrap();
        let line = Self {
            port: listener.local_addr().unwrap().port(),
            state: Arc::new(watch::Sender::new(State::Open)),
        };
        let state = Arc::clone(&line.state);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(connect(near, port, state.subscribe()));
            }
        });
        line
    }

    /// From now on the line is like this.
    pub(crate) fn set(&self, state: State) {
        self.state.send_replace(state);
    }
}

async fn connect(near: TcpStream, port: u16, mut state: watch::Receiver<State>) {
    if *state.borrow() == State::Cut {
        return;
    }
    // A database that restarts answers nobody.
    let Ok(far) = TcpStream::connect(("127.0.0.1", port)).await else {
        return;
    };
    let (from_near, to_near) = near.into_split();
    let (from_far, to_far) = far.into_split();
    tokio::select! {
        () = pass(from_near, to_far, state.clone()) => {}
        () = pass(from_far, to_near, state.clone()) => {}
        _ = state.wait_for(|state| *state == State::Cut) => {}
    }
}

/// Hands on what comes, while the line is open.
async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut state: watch::Receiver<State>) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if state.wait_for(|state| *state == State::Open).await.is_err()
            || to.write_all(&buffer[..length]).await.is_err()
        {
            break;
        }
    }
}
