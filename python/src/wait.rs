//! Waiting: the runtime that works, and the interpreter, which goes on meanwhile.

use std::pin::Pin;
use std::process;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use tokio::runtime::{Builder, Runtime};

/// Pause between two looks for signals.
const STEP: Duration = Duration::from_millis(100);

/// The runtime of this process, with the id of the process that it was made in.
static RUNTIME: Mutex<Option<(u32, Arc<Runtime>)>> = Mutex::new(None);

/// Returns the runtime. A process that was forked gets its own, since threads do not come along.
pub(crate) fn runtime() -> PyResult<Arc<Runtime>> {
    let mut known = RUNTIME.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((id, runtime)) = known.as_ref()
        && *id == process::id()
    {
        return Ok(Arc::clone(runtime));
    }
    let runtime = Builder::new_multi_thread()
        .enable_all()
        .thread_name("offprint")
        .build()
        .map_err(|error| PyRuntimeError::new_err(format!("cannot start threads: {error}")))?;
    let runtime = Arc::new(runtime);
    let stale = known.replace((process::id(), Arc::clone(&runtime)));
    // Its threads are those of the parent process: nobody may wait for them.
    std::mem::forget(stale);
    Ok(runtime)
}

/// Waits for a future without the interpreter lock. Signals are looked for, and `tick` is called, every 100 ms.
pub(crate) fn wait<F: Future<Output: Send> + Send>(
    py: Python<'_>,
    mut future: Pin<&mut F>,
    mut tick: impl FnMut(Python<'_>) -> PyResult<()>,
) -> PyResult<F::Output> {
    let runtime = runtime()?;
    loop {
        let step = future.as_mut();
        let done = py.detach(|| {
            runtime.block_on(async move { tokio::time::timeout(STEP, step).await.ok() })
        });
        tick(py)?;
        if let Some(done) = done {
            return Ok(done);
        }
        py.check_signals()?;
    }
}

/// Waits as [`wait`] does, with nothing to be called.
pub(crate) fn wait_for<F: Future<Output: Send> + Send>(
    py: Python<'_>,
    future: F,
) -> PyResult<F::Output> {
    wait(py, std::pin::pin!(future), |_| Ok(()))
}

/// Gives work that was asked to end this much time for it.
pub(crate) fn let_end<F: Future<Output: Send> + Send>(
    py: Python<'_>,
    future: Pin<&mut F>,
    time: Duration,
) -> PyResult<()> {
    let runtime = runtime()?;
    py.detach(|| {
        runtime.block_on(async move {
            let _ = tokio::time::timeout(time, future).await;
        });
    });
    Ok(())
}
