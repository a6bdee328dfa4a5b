//! SIGINT, SIGTERM and SIGHUP: a command stops at once and leaves nothing half-written, a harvest after the page it is on; a
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
    /// The terminal was closed; none where that is to be ignored, as under nohup.
    hangup: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: if is_hangup_ignored() {
                None
            } else {
                Some(signal(SignalKind::hangup())?)
            },
        })
    }

    async fn next(&mut self) -> u8 {
        tokio::select! {
            _ = self.interrupt.recv() => INTERRUPTED,
            _ = self.terminate.recv() => TERMINATED,
            () = Self::hung_up(&mut self.hangup) => TERMINATED,
        }
    }

    async fn hung_up(signal: &mut Option<tokio::signal::unix::Signal>) {
        match signal {
            Some(signal) => {
                signal.recv().await;
            }
            None => std::future::pending().await,
        }
    }
}

/// Returns whether whoever started this process had it ignore SIGHUP: a handler would override that. Where the system
/// does not tell (other than on Linux), the signal is left as it is.
#[cfg(unix)]
fn is_hangup_ignored() -> bool {
    std::fs::read_to_string("/proc/self/status").map_or(true, |status| ignores_hangup(&status))
}

/// Reads the mask of ignored signals from a process's status; its lowest bit is SIGHUP, 1.
#[cfg(unix)]
fn ignores_hangup(status: &str) -> bool {
    status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_none_or(|mask| mask & 1 == 1)
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("Name:\tx\nSigIgn:\t0000000000000001\n", true)]
    #[case("SigIgn:\t0000000000001001\n", true)]
    #[case("SigIgn:\t0000000000001000\n", false)]
    #[case("Name:\tx\n", true)]
    fn reads_whether_a_hangup_is_ignored(#[case] status: &str, #[case] is_ignored: bool) {
        assert_eq!(ignores_hangup(status), is_ignored);
    }
}
