//! Accepting connections: no more than the limits allow, of one client or of all, and none for ever.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::app::Limits;
use super::clients::{Client, Clients, Connection};
use super::metrics::Metrics;

/// Room for a request's line and headers, bytes.
const MAX_HEAD: usize = 32 * 1024;
const MAX_HEADERS: usize = 100;
/// Longest wait for open responses at shutdown.
const LAST: Duration = Duration::from_secs(20);
/// Pause when the system has no file or memory for one more connection.
const PAUSE: Duration = Duration::from_millis(100);
/// The time a connection waits before an idle one of another client is closed for it.
const CROWDED: Duration = Duration::from_millis(50);

pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    metrics: &Arc<Metrics>,
    stop: CancellationToken,
) -> io::Result<()> {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.idle)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD);
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(limits.connections));
    let clients = Arc::new(Clients::default());
    loop {
        let next = async {
            let accepted = listener.accept().await;
            (accepted, place(&places, &clients).await)
        };
        let (accepted, place) = tokio::select! {
            () = stop.cancelled() => break,
            next = next => next,
        };
        let (Ok((stream, address)), Some(place)) = (accepted, place) else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let Some(own) = clients.enter(Client::of(address.ip()), limits.client_connections) else {
            tracing::debug!(
                "{} has {} connections: another is closed",
                address.ip(),
                limits.client_connections
            );
            continue;
        };
        let _ = stream.set_nodelay(true); // only slower without
        let counted = middleware::from_fn_with_state(Arc::clone(&own.connection), count);
        let service = TowerToHyperService::new(router.clone().layer(counted));
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
        let connection = tokio::time::timeout(limits.life, connection);
        let metrics = Arc::clone(metrics);
        tokio::spawn(async move {
            metrics.connections.inc();
            tokio::select! {
                done = connection => {
                    if let Ok(Err(error)) = done {
                        tracing::debug!("a connection broke: {error}");
                    }
                }
                () = own.connection.close.cancelled() => {}
            }
            metrics.connections.dec();
            drop((own, place));
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(LAST, graceful.shutdown()).await; // who is not done by then is cut off
    Ok(())
}

/// Waits for a place among all connections; idle ones are closed for it. `None` once there is no room for any.
async fn place(places: &Arc<Semaphore>, clients: &Clients) -> Option<OwnedSemaphorePermit> {
    loop {
        let place = Arc::clone(places).acquire_owned();
        match tokio::time::timeout(CROWDED, place).await {
            Ok(place) => return place.ok(),
            Err(_) => clients.make_room(),
        }
    }
}

/// Counts a request as being answered until its answer is sent.
async fn count(
    State(connection): State<Arc<Connection>>,
    request: Request,
    next: Next,
) -> Response {
    let busy = Busy::new(connection);
    let (head, body) = next.run(request).await.into_parts();
    Response::from_parts(head, Body::new(Counted { body, _busy: busy }))
}

/// A request that is being answered.
struct Busy(Arc<Connection>);

impl Busy {
    fn new(connection: Arc<Connection>) -> Self {
        connection.busy.fetch_add(1, Ordering::Relaxed);
        Self(connection)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The body of an answer, whose connection is busy until it is sent.
struct Counted {
    body: Body,
    _busy: Busy,
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        self.body.size_hint()
    }
}
