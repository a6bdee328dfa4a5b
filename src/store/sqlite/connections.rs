//! Ownership of the connections: one thread that writes, and a small pool that reads.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::{JoinHandle, available_parallelism};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::guard::Guard;
use super::open::Reading;
use crate::store::body::PageCache;
use crate::store::fault::{Fault, Result};

/// Reading connections kept open when idle, at least.
const IDLE: usize = 4;

type Job = Box<dyn FnOnce(&mut Connection, &Guard) + Send>;

/// The thread that writes. It ends, and lets go of the lock, when this is dropped.
#[derive(Debug)]
pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(mut conn: Connection, guard: Guard) -> std::io::Result<Self> {
        let (jobs, queue) = mpsc::channel::<Job>();
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || {
                for job in queue {
                    job(&mut conn, &guard);
                }
                drop(conn);
                drop(guard); // last: whoever takes the lock finds the file closed
            })?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    /// Runs a job to its end, even when the caller is gone before.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let stopped = || Fault::engine("its writer has stopped");
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |conn, guard| {
            let done = guarded(conn, guard, job);
            let _ = reply.send(done); // nobody waits for it any more: no harm
        });
        self.jobs
            .as_ref()
            .ok_or_else(stopped)?
            .send(job)
            .map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }
}

/// Runs a job on files that are still those that were opened, before and after.
fn guarded<T>(
    conn: &mut Connection,
    guard: &Guard,
    job: impl FnOnce(&mut Connection) -> Result<T>,
) -> Result<T> {
    guard.check()?;
    let done = job(conn)?;
    guard.check()?;
    Ok(done)
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // a panic in it has been reported already
        }
    }
}

/// Connections for reading, with the pages they share.
#[derive(Debug)]
pub(super) struct Readers {
    reading: Reading,
    idle: Mutex<Vec<Connection>>,
    /// How many are kept open.
    most: usize,
    pub(super) pages: Arc<PageCache>,
}

impl Readers {
    pub(super) fn new(reading: Reading, first: Option<Connection>) -> Arc<Self> {
        Arc::new(Self {
            reading,
            idle: Mutex::new(first.into_iter().collect()),
            // Entries are read in as many batches at once as there are processors, and two more.
            most: available_parallelism().map_or(IDLE, |workers| IDLE.max(workers.get() + 2)),
            pages: Arc::new(PageCache::new()),
        })
    }

    /// The store's file.
    pub(super) fn path(&self) -> &Path {
        &self.reading.path
    }

    /// Runs a job on the blocking pool.
    pub(super) async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        job: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let readers = Arc::clone(self);
        let work = tokio::task::spawn_blocking(move || {
            let idle = readers.idle().pop();
            let mut conn = match idle {
                Some(conn) => conn,
                None => readers.reading.connect()?,
            };
            let result = job(&mut conn);
            let mut idle = readers.idle();
            if idle.len() < readers.most {
                idle.push(conn);
            }
            result
        });
        work.await
            .map_err(|e| Fault::engine(format!("a reader has stopped: {e}")))?
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
