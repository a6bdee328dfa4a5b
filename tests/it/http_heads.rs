//! Heads of responses that cannot be read, and redirects that lead nowhere: the message does not blame anything else.

use offprint::internals::http::{Client, Credentials, Expect, HttpError, Options};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use url::Url;

/// Returns the error of a request that is answered with these bytes.
async fn error_of(response: Vec<u8>) -> HttpError {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).await;
        let _ = stream.write_all(&response).await;
        let _ = stream.read(&mut request).await;
    });
    let options = Options {
        direct: true,
        ..Options::default()
    };
    let client = Client::new(options).unwrap();
    let url = Url::parse(&format!("http://127.0.0.1:{port}/oai")).unwrap();
    client
        .get(&url, Expect::Protocol, &Credentials::default())
        .await
        .unwrap_err()
}

#[rstest::rstest]
#[case::control_character(b"HTTP/1.1 200 OK\r\nx: a\x01b\r\n\r\n")]
#[case::no_colon(b"HTTP/1.1 200 OK\r\nno header\r\n\r\n")]
#[case::negative_length(b"HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n")]
#[case::status(b"HTTP/1.1 abc OK\r\n\r\n")]
#[tokio::test]
async fn a_broken_head_is_named(#[case] head: &[u8]) {
    let error = error_of(head.to_vec()).await;
    assert!(matches!(error, HttpError::InvalidHead { .. }), "{error:?}");
}

#[tokio::test]
async fn too_many_headers_are_a_broken_head() {
    let headers = "x: y\r\n".repeat(1000);
    let error = error_of(format!("HTTP/1.1 200 OK\r\n{headers}\r\n").into_bytes()).await;
    assert!(matches!(error, HttpError::InvalidHead { .. }), "{error:?}");
}

#[rstest::rstest]
#[case::alert_of_tls(b"\x15\x03\x01\x00\x02\x02\x46")]
#[case::mail_server(b"220 mail.example.org ESMTP\r\n")]
#[tokio::test]
async fn another_protocol_is_named(#[case] response: &[u8]) {
    let error = error_of(response.to_vec()).await;
    assert!(matches!(error, HttpError::NotHttp { .. }), "{error:?}");
}

#[rstest::rstest]
#[case::missing("", "redirected without a Location")]
#[case::empty("location: \r\n", "redirected without a Location")]
#[case::no_url(
    "location: http://[\r\n",
    "redirected to \"http://[\", which is not a URL"
)]
#[tokio::test]
async fn a_redirect_without_a_target_is_named(#[case] header: &str, #[case] message: &str) {
    let response = format!("HTTP/1.1 302 Found\r\n{header}content-length: 0\r\n\r\n");
    let error = error_of(response.into_bytes()).await;
    assert_eq!(error.to_string(), message);
}
