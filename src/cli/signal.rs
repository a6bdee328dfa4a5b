//! SIGINT and SIGTERM: a command stops at once and leaves nothing half-written, a harvest after the page it is on; a
//! second signal ends the process whatever it does.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::cli::exit::Exit;
use crate::cli::output;
use crate::temporary;

const NONE: u8 = 0;
const INTERRUPTED: u8 = 1;
const TERMINATED: u8 = 2;

/// The time a command has to stop by itself.
const GRACE: Duration = Duration::from_millis(500);
/// Pause between two looks at whether a command still finishes its work.
const STEP: Duration = Duration::from_millis(50);

/// The state of shutdown: whether a signal asked the command to end, and which.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    /// Cancelled by the first signal.
    pub token: CancellationToken,
    cause: Arc<AtomicU8>,
    /// Parts of the command that end by themselves, at a safe point.
    finishing: Arc<AtomicUsize>,
}

/// While it lives, the first signal only cancels the token.
#[derive(Debug)]
pub struct Finishing(Arc<AtomicUsize>);

impl Drop for Finishing {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
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
            let first = signals.next().await;
            watched.first(first);
            let mut waited = Duration::ZERO;
            let last = loop {
                tokio::select! {
                    second = signals.next() => break second,
                    () = tokio::time::sleep(STEP) => {}
                }
                waited = if watched.is_finishing() {
                    Duration::ZERO
                } else {
                    waited + STEP
                };
                if waited >= GRACE {
                    break first;
                }
            };
            temporary::stop();
            std::process::exit(exit_of(last) as i32);
        });
        Ok(shutdown)
    }

    fn first(&self, cause: u8) {
        self.cause.store(cause, Ordering::Relaxed);
        self.token.cancel();
        output::to_stderr(if self.is_finishing() {
            "stopping after the current page; a second signal stops at once"
        } else {
            "stopping"
        });
    }

    /// Lets the command end by itself, at a safe point, for as long as the guard lives.
    #[must_use]
    pub fn finishing(&self) -> Finishing {
        self.finishing.fetch_add(1, Ordering::Relaxed);
        Finishing(Arc::clone(&self.finishing))
    }

    fn is_finishing(&self) -> bool {
        self.finishing.load(Ordering::Relaxed) > 0
    }

    /// Returns once a signal has come and no part of the command ends by itself.
    pub(super) async fn stops(&self) {
        self.token.cancelled().await;
        while self.is_finishing() {
            tokio::time::sleep(STEP).await;
        }
    }

    /// The exit code that goes with the signal, when there was one.
    pub fn exit(&self) -> Option<Exit> {
        match self.cause.load(Ordering::Relaxed) {
            NONE => None,
            cause => Some(exit_of(cause)),
        }
    }
}

fn exit_of(cause: u8) -> Exit {
    if cause == TERMINATED {
        Exit::Terminated
    } else {
        Exit::Interrupted
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
