//! A front that speaks TLS and hands every byte on to a server behind it. It never sends close_notify, as many
//! servers and proxies do not: what is cut behind it is cut before it.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// A certificate for a host, signed by an authority that nobody knows, and that authority as PEM.
pub fn certificate(host: &str) -> (ServerConfig, String) {
    let ca_key = KeyPair::generate().unwrap();
    let mut ca = CertificateParams::new(Vec::new()).unwrap();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = ca.self_signed(&ca_key).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![host.to_owned()])
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
    (config, authority.pem())
}

/// A running front; it stops when dropped.
pub struct Front {
    port: u16,
    authority: tempfile::NamedTempFile,
    stop: Arc<Notify>,
    thread: Option<JoinHandle<()>>,
}

impl Front {
    /// Stands before a server on loopback.
    pub fn start(behind: u16) -> Self {
        let (config, pem) = certificate("127.0.0.1");
        let mut authority = tempfile::NamedTempFile::new().unwrap();
        authority.write_all(pem.as_bytes()).unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let stop = Arc::new(Notify::new());
        let stopping = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                tokio::select! {
                    () = stopping.notified() => {}
                    () = serve(listener, config, SocketAddr::from(([127, 0, 0, 1], behind))) => {}
                }
            });
        });
        Self {
            port,
            authority,
            stop,
            thread: Some(thread),
        }
    }

    /// The URL of the front in the place of that of the server behind it.
    pub fn url(&self, behind: &str) -> String {
        let mut url = url::Url::parse(behind).unwrap();
        url.set_scheme("https").unwrap();
        url.set_port(Some(self.port)).unwrap();
        url.into()
    }

    /// The authority that signed its certificate, a PEM file.
    pub fn ca_file(&self) -> &str {
        self.authority.path().to_str().unwrap()
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.stop.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn serve(listener: std::net::TcpListener, config: ServerConfig, behind: SocketAddr) {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::from_std(listener).unwrap();
    while let Ok((client, _)) = listener.accept().await {
        tokio::spawn(relay(acceptor.clone(), client, behind));
    }
}

async fn relay(acceptor: TlsAcceptor, client: TcpStream, behind: SocketAddr) {
    // Without a server behind it, the front closes in the handshake.
    let Ok(mut server) = TcpStream::connect(behind).await else {
        return;
    };
    let Ok(mut client) = acceptor.accept(client).await else {
        return;
    };
    let (mut up, mut down) = ([0; 16_384], [0; 16_384]);
    loop {
        tokio::select! {
            read = client.read(&mut up) => match read {
                Ok(len) if len > 0 && server.write_all(&up[..len]).await.is_ok() => {}
                _ => return,
            },
            read = server.read(&mut down) => match read {
                Ok(len)
                    if len > 0
                        && client.write_all(&down[..len]).await.is_ok()
                        && client.flush().await.is_ok() => {}
                _ => return,
            },
        }
    }
}
