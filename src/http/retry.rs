//! Which failures are worth another try, and after what pause. Each case stands here with its reason.

use std::time::{Duration, SystemTime};

use backon::BackoffBuilder;
use reqwest::header::{HeaderMap, RETRY_AFTER};

use crate::http::{BlockPage, HttpError, TlsFailure};

/// Longest Retry-After that is believed; beyond it the ordinary pause is used.
const MAX_RETRY_AFTER: Duration = Duration::from_hours(24);

/// The decision after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryDecision {
    /// Try again, after the server's own pause if it named one.
    Retry {
        /// Pause the server requested.
        pause: Option<Duration>,
        /// Tries that are worth it, the first included.
        tries: u32,
        /// True if the server is overloaded: the host is then sent fewer requests.
        slow_down: bool,
    },
    /// Do not send this request again.
    Fail,
    /// Send the source no more requests.
    StopSource,
    /// Send the host no more requests.
    StopHost,
}

/// Tells whether the source has ever answered. The first contact fails at once where a typing mistake is the likely
/// cause; one that has answered before is worth waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contact {
    /// It has not.
    First,
    /// It has.
    Known,
}

/// Tries for a failure of transport at first contact that may be a hiccup.
const FIRST_TRIES: u32 = 2;

/// Decides what to do after a failure. `tries` is the configured number for ordinary failures.
pub fn classify(error: &HttpError, tries: u32, contact: Contact) -> RetryDecision {
    let retry = |tries| RetryDecision::Retry {
        pause: None,
        tries,
        slow_down: false,
    };
    let is_first = contact == Contact::First;
    let hiccup = tries.min(if is_first { FIRST_TRIES } else { u32::MAX });
    match error {
        // At first contact a wrong host, port or scheme is far likelier than a server that restarts.
        HttpError::Dns { .. }
        | HttpError::Connect { .. }
        | HttpError::NotHttp { .. }
        | HttpError::InvalidHead { .. }
        | HttpError::Tls { .. }
        | HttpError::Timeout {
            stage: "connecting",
            ..
        } if is_first => RetryDecision::StopSource,
        // A resolver may be restarting; a name that is gone stays gone.
        HttpError::Dns { .. } => retry(tries.min(2)),
        // Restarts of a web server take a minute.
        HttpError::Connect { .. }
        | HttpError::NotHttp { .. }
        | HttpError::InvalidHead { .. }
        | HttpError::Tls {
            failure: TlsFailure::Closed,
            ..
        }
        | HttpError::ConnectionClosed { .. }
        | HttpError::ContentEncoding { .. }
        | HttpError::Other { .. } => retry(tries),
        HttpError::Timeout { .. } => RetryDecision::Retry {
            pause: None,
            tries: hiccup,
            slow_down: true,
        },
        // A certificate does not mend within minutes, nor does a server's way of encoding.
        HttpError::Tls { .. }
        | HttpError::NoAuthorities { .. }
        | HttpError::BadUrl { .. }
        | HttpError::Redirect { .. }
        | HttpError::NoRedirectTarget { .. }
        | HttpError::UnsupportedEncoding { .. } => RetryDecision::StopSource,
        // The same response would come again; a narrower window may fit.
        HttpError::TooLarge { .. } | HttpError::DeadlineExceeded => RetryDecision::Fail,
        HttpError::HostPaused { .. } => RetryDecision::StopHost,
        HttpError::Status {
            page: Some(page), ..
        } if page.is_bot_protection() => RetryDecision::StopHost,
        HttpError::Status {
            status,
            page,
            retry_after,
        } => classify_status(*status, *page, *retry_after, tries),
    }
}

fn classify_status(
    status: u16,
    page: Option<BlockPage>,
    retry_after: Option<Duration>,
    tries: u32,
) -> RetryDecision {
    let retry = |pause, tries, slow_down| RetryDecision::Retry {
        pause,
        tries,
        slow_down,
    };
    match status {
        // 200 with a web page instead of XML: a hiccup of the proxy, or a closed journal.
        200 => match page {
            Some(BlockPage::Login | BlockPage::Disabled | BlockPage::FrontPage) => {
                RetryDecision::StopSource
            }
            _ => retry(None, tries.min(3), false),
        },
        // Nothing at all, where even an empty list has a page: a hiccup, or all that the server has to say.
        204 => retry(None, tries.min(3), false),
        429 | 503 => retry(retry_after, tries + 3, true),
        // OJS answers 500 for a whole page when one article fails: three times is proof.
        500 | 501 => retry(retry_after, tries.min(3), false),
        408 | 425 | 502 | 504 | 520..=530 => retry(retry_after, tries, true),
        401 | 403 | 404 | 407 | 410 | 451 => RetryDecision::StopSource,
        // 413, 414 and 422 among them: the window is too wide for the server, a narrower one may do.
        _ => RetryDecision::Fail,
    }
}

/// Pauses between tries: doubling, with jitter, from `first` to `longest`.
pub fn pauses(first: Duration, longest: Duration) -> impl Iterator<Item = Duration> + Send {
    backon::ExponentialBuilder::default()
        .with_min_delay(first)
        .with_max_delay(longest)
        .with_factor(2.0)
        .with_jitter()
        .without_max_times()
        .build()
}

/// The pause that a response requests: Retry-After in seconds or as a date (RFC 9110 §10.2.3), else
/// [what its allowance requests](allowance_pause). Absurd values count as none.
pub fn asked_pause(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    headers
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| parse_retry_after(value, now))
        .filter(|pause| *pause <= MAX_RETRY_AFTER)
        .or_else(|| allowance_pause(headers, now))
}

/// The pause until X-RateLimit-Reset, when X-RateLimit-Remaining says that the allowance is used up; also on an
/// answer that is none of failure.
pub fn allowance_pause(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::trim)
    };
    if text("x-ratelimit-remaining")? != "0" {
        return None;
    }
    let reset: u64 = text("x-ratelimit-reset")?.parse().ok()?;
    // Some give seconds from now, some a Unix time.
    let pause = if reset < 1_000_000_000 {
        Duration::from_secs(reset)
    } else {
        SystemTime::UNIX_EPOCH
            .checked_add(Duration::from_secs(reset))?
            .duration_since(now)
            .ok()?
    };
    Some(pause).filter(|pause| *pause <= MAX_RETRY_AFTER)
}

/// Reads a Retry-After value; a date that has passed is no pause at all.
pub fn parse_retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    if let Ok(seconds) = value.parse::<f64>()
        && seconds.is_finite()
        && seconds >= 0.0
    {
        return Duration::try_from_secs_f64(seconds.ceil()).ok();
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    fn asked(pairs: &[(&'static str, &str)]) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, HeaderValue::from_str(value).unwrap());
        }
        // 1994-11-06 08:49:37 GMT
        asked_pause(
            &headers,
            SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777),
        )
    }

    #[rstest::rstest]
    #[case::seconds("120", Some(120))]
    #[case::zero("0", Some(0))]
    #[case::fraction("1.5", Some(2))]
    #[case::date("Sun, 06 Nov 1994 08:50:37 GMT", Some(60))]
    #[case::passed("Sun, 06 Nov 1994 08:00:00 GMT", Some(0))]
    #[case::absurd("999999999", None)]
    #[case::negative("-5", None)]
    #[case::overflow("99999999999999999999999", None)]
    #[case::words("soon", None)]
    fn retry_after_in_every_form(#[case] value: &str, #[case] seconds: Option<u64>) {
        assert_eq!(
            asked(&[("retry-after", value)]),
            seconds.map(Duration::from_secs)
        );
    }

    #[test]
    fn rate_limit_headers() {
        assert_eq!(
            asked(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "30")]),
            Some(Duration::from_secs(30))
        );
        assert_eq!(
            asked(&[
                ("x-ratelimit-remaining", "0"),
                ("x-ratelimit-reset", "784111807")
            ]),
            None
        );
        assert_eq!(
            asked(&[("x-ratelimit-remaining", "7"), ("x-ratelimit-reset", "30")]),
            None
        );
    }

    #[test]
    fn pauses_double_to_their_limit() {
        let pauses: Vec<_> = pauses(Duration::from_secs(1), Duration::from_mins(1))
            .take(10)
            .collect();
        assert!(pauses[0] >= Duration::from_secs(1) && pauses[0] <= Duration::from_secs(2));
        assert!(pauses[9] >= Duration::from_mins(1) && pauses[9] <= Duration::from_mins(2));
    }

    #[test]
    fn a_source_that_never_answered_fails_at_once() {
        let host = || "a.example".to_owned();
        let failures = [
            HttpError::Dns { host: host() },
            HttpError::Connect {
                host: host(),
                detail: String::new(),
            },
            HttpError::Tls {
                host: host(),
                failure: TlsFailure::Closed,
                detail: String::new(),
            },
        ];
        for failure in failures {
            assert_eq!(
                classify(&failure, 5, Contact::First),
                RetryDecision::StopSource
            );
            assert!(matches!(
                classify(&failure, 5, Contact::Known),
                RetryDecision::Retry { .. }
            ));
        }
        let alert = HttpError::Tls {
            host: host(),
            failure: TlsFailure::Alert,
            detail: String::new(),
        };
        assert_eq!(
            classify(&alert, 5, Contact::Known),
            RetryDecision::StopSource
        );
    }

    proptest::proptest! {
        #[test]
        fn no_retry_after_makes_it_panic(value in "\\PC{0,40}") {
            let _ = parse_retry_after(&value, SystemTime::UNIX_EPOCH);
        }
    }
}
