//! The sample journal as a server on loopback.

use std::io::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::Utc;
use flate2::{Compression, write::GzEncoder};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::protocol::{Arguments, Endpoint};

/// Bytes of a request body that are read.
const MAX_BODY: usize = 64 * 1024;

type Shared = Arc<Mutex<Endpoint>>;

/// The sample journal: the recorded answers of a real Open Journal Systems 3.4, served over HTTP from
/// 127.0.0.1. It is gone when this is dropped.
#[derive(Debug)]
pub struct DemoJournal {
    base_url: String,
    endpoint: Shared,
    stop: CancellationToken,
    server: Option<JoinHandle<io::Result<()>>>,
}

impl DemoJournal {
    /// Serves the journal on a free port, inside the running tokio runtime.
    ///
    /// # Errors
    /// When the loopback address gives no port.
    pub async fn start() -> io::Result<Self> {
        Self::start_on(0).await
    }

    /// The same on a port of choice; 0 is a free one.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub async fn start_on(port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let host = format!("http://{}", listener.local_addr()?);
        let endpoint: Shared = Arc::new(Mutex::new(Endpoint::new(&host)));
        let stop = CancellationToken::new();
        let router = Router::new()
            .fallback(handle)
            .with_state(Arc::clone(&endpoint));
        let stopped = stop.clone().cancelled_owned();
        let server = tokio::spawn(
            axum::serve(listener, router)
                .with_graceful_shutdown(stopped)
                .into_future(),
        );
        Ok(Self {
            base_url: format!("{host}/index.php/cac/oai"),
            endpoint,
            stop,
            server: Some(server),
        })
    }

    /// The base URL of its endpoint: `http://127.0.0.1:PORT/index.php/cac/oai`.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Time goes on in the journal: the title of one article is corrected, one article is withdrawn, one
    /// is added; all with the present time as their datestamp.
    pub fn second_act(&self) {
        let mut endpoint = self.endpoint.lock().unwrap_or_else(PoisonError::into_inner);
        endpoint.collection.second_act(Utc::now());
    }

    /// Answers what is being asked, then stops.
    ///
    /// # Errors
    /// When the server failed while it ran.
    pub async fn stop(mut self) -> io::Result<()> {
        self.stop.cancel();
        match self.server.take() {
            Some(server) => server.await.map_err(io::Error::other)?,
            None => Ok(()),
        }
    }
}

impl Drop for DemoJournal {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn handle(State(endpoint): State<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    let arguments = match parts.method {
        Method::GET | Method::HEAD => parse(parts.uri.query().unwrap_or_default().as_bytes()),
        Method::POST => match axum::body::to_bytes(body, MAX_BODY).await {
            Ok(body) => parse(&body),
            Err(_) => return StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        },
        _ => return StatusCode::METHOD_NOT_ALLOWED.into_response(),
    };
    let mut endpoint = endpoint.lock().unwrap_or_else(PoisonError::into_inner);
    let (status, kind, text) = if path.trim_end_matches('/') == "/index.php/cac/oai" {
        (
            StatusCode::OK,
            "text/xml;charset=utf-8",
            Some(endpoint.answer(&arguments, Utc::now())),
        )
    } else {
        let article = path.strip_prefix("/index.php/cac/article/view/");
        let page = article.and_then(|article| endpoint.collection.landing_page(article));
        let status = if page.is_some() {
            StatusCode::OK
        } else {
            StatusCode::NOT_FOUND
        };
        (status, "text/html; charset=utf-8", page)
    };
    drop(endpoint);
    let text = text.unwrap_or_else(|| "<h1>404 Not Found</h1>".to_owned());
    reply(&parts.headers, status, kind, text)
}

/// Arguments of a query string or a form.
fn parse(query: &[u8]) -> Arguments {
    url::form_urlencoded::parse(query).into_owned().collect()
}

fn reply(asked: &HeaderMap, status: StatusCode, kind: &'static str, text: String) -> Response {
    let kind = (CONTENT_TYPE, HeaderValue::from_static(kind));
    let vary = (VARY, HeaderValue::from_static("Accept-Encoding"));
    match wants_gzip(asked).then(|| gzip(text.as_bytes())) {
        Some(Ok(body)) => {
            let coding = (CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            (status, [kind, vary, coding], body).into_response()
        }
        _ => (status, [kind, vary], text).into_response(),
    }
}

fn wants_gzip(headers: &HeaderMap) -> bool {
    headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| {
            value.split(',').any(|coding| {
                let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
                let refused = weight
                    .trim()
                    .strip_prefix("q=")
                    .and_then(|q| q.parse().ok())
                    == Some(0.0);
                name.trim().eq_ignore_ascii_case("gzip") && !refused
            })
        })
}

fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish()
}
