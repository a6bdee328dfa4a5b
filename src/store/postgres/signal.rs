//! Hearing that something has become due: LISTEN, on a connection of its own. Whoever waits also looks by itself from
//! time to time, so that a signal that is lost costs a while and nothing else.

use std::future::poll_fn;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_postgres::AsyncMessage;

use super::connect::Server;
use super::schedule::CHANNEL;

/// Pause before a connection that broke is made again.
const PAUSE: Duration = Duration::from_secs(5);

/// The signal that something has become due.
#[derive(Debug, Default)]
pub(super) struct Signal {
    heard: Arc<Notify>,
    listener: OnceLock<JoinHandle<()>>,
}

impl Signal {
    /// Waits for the signal, at most so long.
    pub(super) async fn wait(&self, server: &Arc<Server>, most: Duration) {
        self.listener
            .get_or_init(|| tokio::spawn(listen(Arc::clone(server), Arc::clone(&self.heard))));
        let _ = tokio::time::timeout(most, self.heard.notified()).await; // either way it is time to look
    }
}

impl Drop for Signal {
    fn drop(&mut self) {
        if let Some(listener) = self.listener.get() {
            listener.abort();
        }
    }
}

async fn listen(server: Arc<Server>, heard: Arc<Notify>) {
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

async fn listen_once(server: &Server, heard: &Notify) -> Result<(), tokio_postgres::Error> {
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
                Some(Ok(AsyncMessage::Notification(_))) => heard.notify_one(),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error),
                None => return Ok(()),
            },
        }
    }
}
