//! Certificates are checked always; an authority of one's own is named, never trusted by default.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use offprint::internals::http::{Access, Client, Expect, HttpError, Options};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use url::Url;
use wiremock::matchers::{basic_auth, header};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// A server on loopback whose certificate, for `localhost`, is signed by an authority that nobody knows; and that
/// authority as PEM. It gives everyone the same answer.
async fn server(answer: &'static str) -> (Url, String) {
    let ca_key = KeyPair::generate().unwrap();
    let mut ca = CertificateParams::new(Vec::new()).unwrap();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = ca.self_signed(&ca_key).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()])
        .unwrap()
        .signed_by(&key, &Issuer::new(ca, ca_key))
        .unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )
        .unwrap();
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
    (url, authority.pem())
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
async fn an_unknown_authority_is_refused_and_a_named_one_believed() {
    let (url, authority) = server("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nhere").await;
    let refused = client(None)
        .unwrap()
        .get(&url, Expect::Protocol, &Access::default())
        .await
        .unwrap_err();
    assert!(matches!(refused, HttpError::Tls { .. }), "{refused:?}");

    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), authority).unwrap();
    let client = client(Some(file.path())).unwrap();
    let response = client
        .get(&url, Expect::Protocol, &Access::default())
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
        .get(&url, Expect::Protocol, &Access::default())
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
    let mut access = Access::default();
    access.header("X-Token", "s3cret").unwrap();
    access.basic("library", "pa55");
    let shown = format!("{access:?}");
    assert!(
        !shown.contains("s3cret") && !shown.contains("pa55"),
        "{shown}"
    );
    let url = Url::parse(&server.uri()).unwrap();
    let response = client(None)
        .unwrap()
        .get(&url, Expect::Protocol, &access)
        .await
        .unwrap();
    assert_eq!(&*response.body, b"in");
    let error = access.header("X Token", "s3cret").unwrap_err().to_string();
    assert!(!error.contains("s3cret"), "{error}");
}
