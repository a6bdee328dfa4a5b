//! Each limit of patience by itself: connecting, the first byte, silence, the whole response.

use std::time::{Duration, Instant};

use offprint::internals::http::{Client, Credentials, Expect, HttpError, Options};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use url::Url;

const SHORT: Duration = Duration::from_millis(150);
const LONG: Duration = Duration::from_secs(30);
/// The longest that any of them may take here.
const AT_MOST: Duration = Duration::from_secs(10);
const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n";

/// Asks this port; the stage at which patience ended, and its limit.
async fn stage(port: u16, change: impl FnOnce(&mut Options)) -> (&'static str, Duration) {
    let mut options = Options {
        direct: true,
        connect_timeout: LONG,
        idle_timeout: LONG,
        total_timeout: LONG,
        ..Options::default()
    };
    change(&mut options);
    let client = Client::new(options).unwrap();
    let url = Url::parse(&format!("http://127.0.0.1:{port}/oai")).unwrap();
    let begun = Instant::now();
    let error = client
        .get(&url, Expect::Protocol, &Credentials::default())
        .await
        .unwrap_err();
    assert!(begun.elapsed() < AT_MOST, "{error:?}");
    match error {
        HttpError::Timeout { stage, after } => (stage, after),
        other => panic!("{other:?}"),
    }
}

/// A server that sends this at once, and then a byte each so often.
async fn server(first: &'static [u8], drip: Option<Duration>) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).await;
        let _ = stream.write_all(first).await;
        match drip {
            None => std::future::pending().await,
            Some(pause) => {
                while stream.write_all(b" ").await.is_ok() {
                    tokio::time::sleep(pause).await;
                }
            }
        }
    });
    port
}

#[tokio::test]
async fn connecting() {
    // As many as the system queues for a server that takes none in; the next one waits.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut queued = Vec::new();
    while let Ok(stream) = tokio::time::timeout(SHORT, TcpStream::connect(address)).await {
        queued.push(stream.unwrap());
        assert!(queued.len() < 100, "the queue has no end");
    }
    let found = stage(address.port(), |options| options.connect_timeout = SHORT).await;
    assert_eq!(found, ("connecting", SHORT));
}

#[tokio::test]
async fn the_first_byte() {
    let port = server(b"", None).await;
    let found = stage(port, |options| options.idle_timeout = SHORT).await;
    assert_eq!(found, ("waiting for the response", SHORT));
}

#[tokio::test]
async fn silence_within_the_body() {
    // The head may take a moment on a busy machine.
    let idle = 6 * SHORT;
    let port = server(HEAD, None).await;
    let found = stage(port, |options| options.idle_timeout = idle).await;
    assert_eq!(found, ("reading the body", idle));
}

/// A server that never falls silent and never ends.
#[tokio::test]
async fn the_whole_response() {
    let port = server(HEAD, Some(Duration::from_millis(10))).await;
    let found = stage(port, |options| options.total_timeout = 3 * SHORT).await;
    assert_eq!(found, ("whole response", 3 * SHORT));
}
