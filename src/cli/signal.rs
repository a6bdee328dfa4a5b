//! SIGINT and SIGTERM: the first lets the page in hand be written, a second ends the process at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio_util::sync::CancellationToken;

use crate::cli::exit::Exit;
use crate::cli::output;

const NONE: u8 = 0;
const INTERRUPTED: u8 = 1;
const TERMINATED: u8 = 2;

/// Whether, and by what, the command was asked to end.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    /// Cancelled by the first signal.
    pub token: CancellationToken,
    cause: Arc<AtomicU8>,
}

impl Shutdown {
    /// Listens from now on; inside a tokio runtime.
    ///
    /// # Errors
    /// When the system refuses the handlers.
    pub fn listen() -> io::Result<Self> {
        let shutdown = Self::default();
        let watched = shutdown.clone();
        let mut signals = Signals::new()?;
        tokio::spawn(async move {
            watched.first(signals.next().await);
            let exit = if signals.next().await == TERMINATED {
                Exit::Terminated
            } else {
                Exit::Interrupted
            };
            std::process::exit(exit as i32);
        });
        Ok(shutdown)
    }

    fn first(&self, cause: u8) {
        self.cause.store(cause, Ordering::Relaxed);
        self.token.cancel();
        output::to_stderr("ending after the page in hand; once more ends at once");
    }

    /// The exit code that goes with the signal, when there was one.
    pub fn exit(&self) -> Option<Exit> {
        match self.cause.load(Ordering::Relaxed) {
            NONE => None,
            TERMINATED => Some(Exit::Terminated),
            _ => Some(Exit::Interrupted),
        }
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> u8 {
        tokio::select! {
            _ = self.interrupt.recv() => INTERRUPTED,
            _ = self.terminate.recv() => TERMINATED,
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "the same shape on every system")]
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> u8 {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        INTERRUPTED
    }
}
