//! Classifies the errors of the HTTP library by the types in their chain of causes, never by their text.

use std::error::Error;
use std::io::ErrorKind;
use std::time::Duration;

use rustls::{AlertDescription, InvalidMessage};
use url::Url;

use crate::http::internal::InternalAddress;
use crate::http::{HttpError, TlsFailure, host_of};
use crate::values::DisplaySafeUrl;

/// Returns what an error before the body of a response means.
pub(super) fn classify(url: &Url, error: &reqwest::Error, connect_timeout: Duration) -> HttpError {
    let host = host_of(url);
    let detail = describe(error);
    if find::<InternalAddress>(error).is_some() {
        return HttpError::Redirect {
            to: DisplaySafeUrl::from(url),
            why: "to a host inside this network",
        };
    }
    if error.is_dns() {
        return HttpError::Dns { host };
    }
    if error.is_timeout() {
        return HttpError::Timeout {
            stage: "connecting",
            after: connect_timeout,
        };
    }
    let is_tls = url.scheme() == "https";
    if let Some(tls) = find_tls(error)
        && let Some(failure) = tls_failure(tls, error.is_connect())
    {
        return HttpError::Tls {
            host,
            failure,
            detail,
        };
    }
    let kind = find::<std::io::Error>(error).map(std::io::Error::kind);
    if error.is_connect() {
        // The connection came about, and ended in the handshake.
        if is_tls && kind.is_some_and(is_closed) {
            return HttpError::Tls {
                host,
                failure: TlsFailure::Closed,
                detail,
            };
        }
        return HttpError::Connect { host, detail };
    }
    if let Some(error) = find::<hyper::Error>(error)
        && error.is_parse()
    {
        return if is_tls || has_http_version(error) {
            HttpError::InvalidHead { host, detail }
        } else {
            HttpError::NotHttp { host, detail }
        };
    }
    if error.is_request() || error.is_body() || kind.is_some_and(is_closed) {
        return HttpError::ConnectionClosed {
            received: 0,
            detail,
        };
    }
    HttpError::Other { detail }
}

/// Returns whether a head that cannot be read begins as one of HTTP. The library has no method for this one kind of
/// error, so its text decides: a mistake costs no more than a hint.
fn has_http_version(error: &hyper::Error) -> bool {
    !error.to_string().starts_with("invalid HTTP version")
}

/// Returns what a client that cannot be set up means.
pub(super) fn of_setup(error: &reqwest::Error) -> HttpError {
    let detail = describe(error);
    match find_tls(error) {
        Some(_) => HttpError::NoAuthorities { detail },
        None => HttpError::Other { detail },
    }
}

/// Returns whether an error of the system means that the other side ended the connection. Over TLS, one that was closed
/// without close_notify is [`ErrorKind::UnexpectedEof`].
fn is_closed(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::UnexpectedEof
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::NotConnected
    )
}

/// Classifies an error of TLS; `None` after the handshake, where it means no more than a connection that broke.
fn tls_failure(error: &rustls::Error, in_handshake: bool) -> Option<TlsFailure> {
    use rustls::Error as E;
    Some(match error {
        E::InvalidCertificate(_)
        | E::NoCertificatesPresented
        | E::UnsupportedNameType
        | E::InvalidCertRevocationList(_) => TlsFailure::Certificate,
        // A server with TLS 1.3 refuses a client after the client's side of the handshake.
        E::AlertReceived(alert) if in_handshake || is_refusal(*alert) => TlsFailure::Alert,
        E::InvalidMessage(InvalidMessage::InvalidContentType) if in_handshake => TlsFailure::NotTls,
        _ if in_handshake => TlsFailure::Other,
        _ => return None,
    })
}

/// Returns whether an alert says that this client, or its way of connecting, is not accepted (RFC 8446 §6.2).
fn is_refusal(alert: AlertDescription) -> bool {
    use AlertDescription as A;
    matches!(
        alert,
        A::HandshakeFailure
            | A::NoCertificate
            | A::BadCertificate
            | A::UnsupportedCertificate
            | A::CertificateRevoked
            | A::CertificateExpired
            | A::CertificateUnknown
            | A::UnknownCA
            | A::AccessDenied
            | A::ProtocolVersion
            | A::InsufficientSecurity
            | A::UnrecognisedName
            | A::CertificateRequired
            | A::NoApplicationProtocol
    )
}

/// The first cause of a type. An [`std::io::Error`] hides the error it was made of from its own chain.
fn find<'e, T: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        if let Some(inner) = error
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref)
            && let Some(found) = find::<T>(inner)
        {
            return Some(found);
        }
        next = error.source();
    }
    None
}

fn find_tls<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    find::<rustls::Error>(error)
}

/// Joins an error and its causes, without the words of the library that only name the request.
pub(super) fn describe(error: &(dyn Error + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        // The library's own outermost error names the URL and nothing else.
        let is_wrapper = error
            .downcast_ref::<reqwest::Error>()
            .is_some_and(|error| error.source().is_some());
        let text = error.to_string();
        // Of the two wrappers around an error of the connection, the inner one cannot be named here.
        let is_wrapper = is_wrapper || text.starts_with("client error (");
        if !is_wrapper && parts.last() != Some(&text) {
            parts.push(text);
        }
        next = error.source();
    }
    parts.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn io(kind: ErrorKind, inner: rustls::Error) -> std::io::Error {
        std::io::Error::new(kind, inner)
    }

    #[test]
    fn finds_a_tls_error_inside_an_error_of_the_system() {
        let error = io(
            ErrorKind::InvalidData,
            rustls::Error::AlertReceived(AlertDescription::HandshakeFailure),
        );
        assert!(matches!(
            find_tls(&error),
            Some(rustls::Error::AlertReceived(_))
        ));
        let plain = std::io::Error::other("tls certificate handshake");
        assert!(find_tls(&plain).is_none());
    }

    #[rstest::rstest]
    #[case(
        rustls::Error::InvalidCertificate(rustls::CertificateError::Expired),
        true,
        Some(TlsFailure::Certificate)
    )]
    #[case(
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType),
        true,
        Some(TlsFailure::NotTls)
    )]
    #[case(
        rustls::Error::AlertReceived(AlertDescription::InternalError),
        true,
        Some(TlsFailure::Alert)
    )]
    #[case(
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired),
        false,
        Some(TlsFailure::Alert)
    )]
    #[case(
        rustls::Error::AlertReceived(AlertDescription::InternalError),
        false,
        None
    )]
    #[case(rustls::Error::DecryptError, false, None)]
    #[case(rustls::Error::General("x".to_owned()), true, Some(TlsFailure::Other))]
    fn classifies_tls_errors(
        #[case] error: rustls::Error,
        #[case] in_handshake: bool,
        #[case] failure: Option<TlsFailure>,
    ) {
        assert_eq!(tls_failure(&error, in_handshake), failure);
    }
}
