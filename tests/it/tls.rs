//! Certificates are checked always; an authority of one's own is named, never trusted by default.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use offprint::internals::http::{Client, Credentials, Expect, HttpError, Options, TlsFailure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsAcceptor;
use url::Url;

use crate::harvesting::tls::certificate;
use wiremock::matchers::{basic_auth, header};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// A server on loopback whose certificate, for `localhost`, is signed by an authority that nobody knows; and that
/// authority as PEM. It gives everyone the same answer.
async fn server(answer: &'static str) -> (Url, String) {
    let (config, authority) = certificate("localhost");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .unwrap();
    let url = Url::parse(&format!(
        "https://localhost:{}/oai",
        listener.local_addr().unwrap().port()
    ))
    .unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    (url, authority)
}

fn client(ca_file: Option<&Path>) -> Result<Client, HttpError> {
    Client::new(Options {
        ca_file: ca_file.map(Path::to_owned),
        direct: true,
        idle_timeout: Duration::from_secs(10),
        ..Options::default()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_unknown_authorities_and_accepts_named_ones() {
    let (url, authority) = server("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nhere").await;
    let refused = client(None)
        .unwrap()
        .get(&url, Expect::Protocol, &Credentials::default())
        .await
        .unwrap_err();
    assert!(
        matches!(
            refused,
            HttpError::Tls {
                failure: TlsFailure::Certificate,
                ..
            }
        ),
        "{refused:?}"
    );

    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), authority).unwrap();
    let client = client(Some(file.path())).unwrap();
    let response = client
        .get(&url, Expect::Protocol, &Credentials::default())
        .await
        .unwrap();
    assert_eq!(&*response.body, b"here");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_from_https_down_to_http_is_refused_by_name() {
    let answer =
        "HTTP/1.1 301 Moved\r\nlocation: http://localhost/oai\r\ncontent-length: 0\r\n\r\n";
    let (url, authority) = server(answer).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), authority).unwrap();
    let client = client(Some(file.path())).unwrap();
    let error = client
        .get(&url, Expect::Protocol, &Credentials::default())
        .await
        .unwrap_err();
    assert!(matches!(error, HttpError::Redirect { .. }), "{error:?}");
    let text = error.to_string();
    assert!(
        text.contains("http://localhost/oai") && text.contains("from https down to http"),
        "{text}"
    );
}

#[test]
fn a_file_without_a_certificate_is_a_mistake() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = client(Some(file.path())).unwrap_err().to_string();
    assert!(error.contains("it holds no certificate"), "{error}");
    assert!(client(Some(Path::new("none.pem"))).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_and_password_are_sent_and_not_shown() {
    let server = MockServer::start().await;
    Mock::given(header("x-token", "s3cret"))
        .and(basic_auth("library", "pa55"))
        .respond_with(ResponseTemplate::new(200).set_body_string("in"))
        .expect(1)
        .mount(&server)
        .await;
    let mut credentials = Credentials::default();
    credentials.header("X-Token", "s3cret").unwrap();
    credentials.basic("library", "pa55");
    let shown = format!("{credentials:?}");
    assert!(
        !shown.contains("s3cret") && !shown.contains("pa55"),
        "{shown}"
    );
    let url = Url::parse(&server.uri()).unwrap();
    let response = client(None)
        .unwrap()
        .get(&url, Expect::Protocol, &credentials)
        .await
        .unwrap();
    assert_eq!(&*response.body, b"in");
    let error = credentials
        .header("X Token", "s3cret")
        .unwrap_err()
        .to_string();
    assert!(!error.contains("s3cret"), "{error}");
}

#[test]
fn a_machine_without_authorities_is_told_what_to_install() {
    let folder = tempfile::tempdir().unwrap();
    let output = crate::cli_support::offprint(folder.path())
        .args(["probe", "https://localhost:9/oai"])
        .env("SSL_CERT_FILE", folder.path().join("none.pem"))
        .env("SSL_CERT_DIR", folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(said.contains("certificates cannot be checked"), "{said}");
    assert!(
        said.contains("install the package ca-certificates"),
        "{said}"
    );
    assert!(!said.contains("tries"), "{said}");
}
