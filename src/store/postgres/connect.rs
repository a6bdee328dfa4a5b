//! The way to the server: its URL, TLS, the pool, and the first statements of a session.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;
use url::Url;

use crate::redact::redact;
use crate::store::error::{StoreError, StoreResult};

/// Connections of a process at most.
const CONNECTIONS: usize = 16;

/// Longest wait for a connection to be made.
const CONNECT: Duration = Duration::from_secs(10);

/// Longest wait for one of the pool to be free.
const WAIT: Duration = Duration::from_mins(2);

/// The first statements of every session. Plans are made for the values at hand: one that was made while a table was
/// empty is thirty times as slow when it is not. A process that stands still in the middle of a transaction gives up
/// its locks after a while.
const SESSION: &str = "SET plan_cache_mode = force_custom_plan; SET lock_timeout = '30s'; \
                       SET idle_in_transaction_session_timeout = '30s'; SET statement_timeout = 0; \
                       SET client_min_messages = warning; SET standard_conforming_strings = on";

/// Where the server is and how it is spoken to.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) config: Config,
    pub(super) tls: MakeRustlsConnect,
    /// The URL without its password.
    pub(super) shown: String,
}

impl Server {
    /// Reads a URL as libpq does, with `sslmode` and `sslrootcert`. Whenever TLS is used, the certificate is checked
    /// against the system's authorities, or the file's alone, and the host's name; TLS is used unless the server is
    /// on this machine or the URL says otherwise.
    pub(super) fn read(url: &str) -> StoreResult<Self> {
        let shown = redact(url);
        let wrong = |detail: String| StoreError::NotAStore {
            path: redact(url),
            detail: redact(&detail),
        };
        let mut parsed =
            Url::parse(url).map_err(|e| wrong(format!("its URL cannot be read: {e}")))?;
        let (mode, authorities) = take_tls_options(&mut parsed);
        let mut config: Config = parsed
            .as_str()
            .parse()
            .map_err(|e: tokio_postgres::Error| wrong(super::fault::format_error_chain(&e)))?;
        let local = config.get_hosts().iter().all(is_local);
        config.ssl_mode(match mode.as_deref() {
            Some("disable") => SslMode::Disable,
            Some("allow" | "prefer") => SslMode::Prefer,
            Some("require" | "verify-ca" | "verify-full") => SslMode::Require,
            Some(other) => return Err(wrong(format!("sslmode is {other:?}, which is none"))),
            None if local => SslMode::Disable,
            None => SslMode::Require,
        });
        if config.get_application_name().is_none() {
            config.application_name(concat!("offprint ", env!("CARGO_PKG_VERSION")));
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT);
        }
        config
            .keepalives_idle(Duration::from_secs(30))
            .tcp_user_timeout(Duration::from_secs(30));
        let tls = tls(
            authorities.map(PathBuf::from),
            config.get_ssl_mode() != SslMode::Disable,
        )
        .map_err(wrong)?;
        Ok(Self {
            config,
            tls: MakeRustlsConnect::new(tls),
            shown,
        })
    }

    /// A pool of connections to it; none is made yet.
    pub(super) fn pool(&self, read_only: bool) -> StoreResult<Pool> {
        let how = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let manager = Manager::from_config(self.config.clone(), self.tls.clone(), how);
        let session = if read_only {
            format!("{SESSION}; SET default_transaction_read_only = on")
        } else {
            SESSION.to_owned()
        };
        let session: Arc<str> = session.into();
        let begin = Hook::async_fn(move |client, _| {
            let session = Arc::clone(&session);
            Box::pin(async move {
                client
                    .batch_execute(&session)
                    .await
                    .map_err(HookError::Backend)
            })
        });
        Pool::builder(manager)
            .max_size(CONNECTIONS)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(WAIT))
            .post_create(begin)
            .build()
            .map_err(|e| StoreError::Engine {
                path: self.shown.clone(),
                detail: e.to_string(),
            })
    }
}

fn is_local(host: &Host) -> bool {
    match host {
        #[cfg(unix)]
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost"
                || name
                    .parse::<std::net::IpAddr>()
                    .is_ok_and(|address| address.is_loopback())
        }
    }
}

fn tls(authorities: Option<PathBuf>, used: bool) -> Result<ClientConfig, String> {
    // Another part of the process may have chosen its provider already; either will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut roots = rustls::RootCertStore::empty();
    match authorities {
        Some(path) => {
            let unreadable =
                |e: &dyn std::fmt::Display| format!("sslrootcert {}: {e}", path.display());
            for certificate in CertificateDer::pem_file_iter(&path).map_err(|e| unreadable(&e))? {
                let certificate = certificate.map_err(|e| unreadable(&e))?;
                roots.add(certificate).map_err(|e| unreadable(&e))?;
            }
            if roots.is_empty() {
                return Err(unreadable(&"it holds no certificate"));
            }
        }
        None if used => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        None => {}
    }
    Ok(ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth())
}

/// Takes `sslmode` and `sslrootcert` out of the query of a URL: the library does not read them.
fn take_tls_options(url: &mut Url) -> (Option<String>, Option<String>) {
    let mut mode = None;
    let mut authorities = None;
    let mut others: Vec<(String, String)> = Vec::new();
    for (key, value) in url.query_pairs().into_owned() {
        match key.as_str() {
            "sslmode" => mode = Some(value),
            "sslrootcert" => authorities = Some(value).filter(|file| file != "system"),
            _ => others.push((key, value)),
        }
    }
    url.set_query(None);
    if !others.is_empty() {
        // Percent-encoded, not as a form: libpq takes a plus for a plus.
        let encoded = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&others)
            .finish();
        url.set_query(Some(&encoded.replace('+', "%20")));
    }
    (mode, authorities)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("postgres://me:s3cret@db.example/x", SslMode::Require)]
    #[case("postgres://me:s3cret@db.example/x?sslmode=prefer", SslMode::Prefer)]
    #[case(
        "postgres://me:s3cret@db.example/x?sslmode=disable&application_name=a%20b",
        SslMode::Disable
    )]
    #[case("postgres://me:s3cret@127.0.0.1:5433/x", SslMode::Disable)]
    #[case("postgres://me@localhost/x?sslmode=verify-full", SslMode::Require)]
    #[case("postgresql:///x?host=/run/postgresql", SslMode::Disable)]
    fn tls_is_for_whatever_is_not_here(#[case] url: &str, #[case] mode: SslMode) {
        let server = Server::read(url).unwrap();
        assert_eq!(server.config.get_ssl_mode(), mode);
        assert!(!server.shown.contains("s3cret"));
    }

    #[rstest::rstest]
    #[case("postgres://me:s3cret@db/x?sslmode=maybe")]
    #[case("postgres://me:s3cret@db/x?sslrootcert=/no/such/file.pem")]
    #[case("postgres://me:s3cret@db:no/x")]
    #[case("postgres://me:s3cret@db/x?no_such_key=1")]
    fn wrong_urls_are_refused_without_their_password(#[case] url: &str) {
        let Err(error) = Server::read(url) else {
            panic!("{url}")
        };
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
}
