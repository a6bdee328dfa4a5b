//! Hearing that something has become due: LISTEN, on a connection of its own. Whoever waits also looks by itself from
//! time to time, so that a signal that is lost costs a while and nothing else.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_postgres::AsyncMessage;

use super::connect::Server;
use super::schedule::{ADDED, CHANNEL, DRAINING};
use crate::store::lease::News;

/// Pause before a connection that broke is made again.
const PAUSE: Duration = Duration::from_secs(5);

/// The signal that something has become due.
#[derive(Debug, Default)]
pub(super) struct Signal {
    heard: Arc<Heard>,
    listener: OnceLock<JoinHandle<()>>,
}

/// What the listener has heard.
#[derive(Debug, Default)]
struct Heard {
    any: Notify,
    sources_added: AtomicBool,
    is_draining: AtomicBool,
}

impl Heard {
    fn notify(&self, payload: &str) {
        match payload {
            ADDED => self.sources_added.store(true, Ordering::Relaxed),
            DRAINING => self.is_draining.store(true, Ordering::Relaxed),
            _ => {}
        }
        self.any.notify_one();
    }
}

impl Signal {
    /// Returns what was heard since the last call.
    pub(super) fn take_news(&self) -> News {
        News {
            sources_added: self.heard.sources_added.swap(false, Ordering::Relaxed),
            is_draining: self.heard.is_draining.swap(false, Ordering::Relaxed),
        }
    }

    /// Waits for the signal, at most so long.
    pub(super) async fn wait(&self, server: &Arc<Server>, most: Duration) {
        self.listener
            .get_or_init(|| tokio::spawn(listen(Arc::clone(server), Arc::clone(&self.heard))));
        let _ = tokio::time::timeout(most, self.heard.any.notified()).await; // either way it is time to look
    }
}

impl Drop for Signal {
    fn drop(&mut self) {
        if let Some(listener) = self.listener.get() {
            listener.abort();
        }
    }
}

async fn listen(server: Arc<Server>, heard: Arc<Heard>) {
    loop {
        if let Err(error) = listen_once(&server, &heard).await {
            tracing::debug!(
                store = server.shown,
                "not listening: {}",
                super::fault::format_error_chain(&error)
            );
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn listen_once(server: &Server, heard: &Heard) -> Result<(), tokio_postgres::Error> {
    let (client, mut connection) = server.config.connect(server.tls.clone()).await?;
    let listening = async { client.batch_execute(&format!("LISTEN {CHANNEL}")).await };
    tokio::pin!(listening);
    let mut asked = false;
    loop {
        tokio::select! {
            done = &mut listening, if !asked => {
                done?;
                asked = true;
            }
            message = poll_fn(|context| connection.poll_message(context)) => match message {
                Some(Ok(AsyncMessage::Notification(said))) => heard.notify(said.payload()),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error),
                None => return Ok(()),
            },
        }
    }
}
