//! Which failures are worth another try, and after what pause. Each case stands here with its reason.

use std::time::{Duration, SystemTime};

use backon::BackoffBuilder;
use reqwest::header::{HeaderMap, RETRY_AFTER};

use crate::http::{HttpError, Wall};

/// A Retry-After beyond this is nonsense, and the ordinary pause is taken instead.
const ABSURD: Duration = Duration::from_hours(24);

/// What a failure calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Try again, after the server's own pause if it named one.
    Retry {
        /// Pause the server asked for.
        pause: Option<Duration>,
        /// Tries in all that are worth it.
        tries: u32,
        /// Whether the server strains: the host is then asked more slowly.
        strain: bool,
    },
    /// No use in asking this again.
    Fail,
    /// No use, and the source is closed to us.
    StopSource,
    /// No use, and the host does not want us.
    StopHost,
}

/// Judges a failure. `tries` is the configured number for ordinary failures.
pub fn judge(error: &HttpError, tries: u32) -> Verdict {
    let retry = |tries| Verdict::Retry {
        pause: None,
        tries,
        strain: false,
    };
    match error {
        // A resolver may be restarting; a name that is gone stays gone.
        HttpError::Dns { .. } => retry(tries.min(2)),
        // Restarts of a web server take a minute.
        HttpError::Connect { .. }
        | HttpError::Cut { .. }
        | HttpError::Coding { .. }
        | HttpError::Other { .. } => retry(tries),
        HttpError::Timeout { .. } => Verdict::Retry {
            pause: None,
            tries,
            strain: true,
        },
        // A certificate does not mend within minutes, nor does a server's way of encoding.
        HttpError::Tls { .. }
        | HttpError::BadUrl { .. }
        | HttpError::Redirect { .. }
        | HttpError::UnknownCoding { .. } => Verdict::StopSource,
        // The same answer would come again; a narrower window may fit.
        HttpError::TooLarge { .. } | HttpError::Over => Verdict::Fail,
        HttpError::Stopped { .. } => Verdict::StopHost,
        HttpError::Status {
            wall: Some(wall), ..
        } if wall.is_bot_wall() => Verdict::StopHost,
        HttpError::Status {
            status,
            wall,
            retry_after,
        } => match status {
            // 200 with a web page instead of XML: a hiccup of the proxy, or a closed journal.
            200 => match wall {
                Some(Wall::Login | Wall::Disabled | Wall::FrontPage) => Verdict::StopSource,
                _ => retry(tries.min(3)),
            },
            // Nothing at all, where even an empty list has a page: a hiccup, or all that the server has to say.
            204 => retry(tries.min(3)),
            429 | 503 => Verdict::Retry {
                pause: *retry_after,
                tries: tries + 3,
                strain: true,
            },
            // OJS answers 500 for a whole page when one article fails: three times is proof.
            500 | 501 => Verdict::Retry {
                pause: *retry_after,
                tries: tries.min(3),
                strain: false,
            },
            408 | 425 | 502 | 504 | 520..=530 => Verdict::Retry {
                pause: *retry_after,
                tries,
                strain: true,
            },
            401 | 403 | 404 | 407 | 410 | 451 => Verdict::StopSource,
            // 413, 414 and 422 among them: the window is too wide for the server, a narrower one may do.
            _ => Verdict::Fail,
        },
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

/// The pause that a response asks for: Retry-After in seconds or as a date (RFC 9110 §10.2.3), else
/// [what its allowance asks for](allowance_pause). Absurd values count as none.
pub fn asked_pause(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    headers
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| parse_retry_after(value, now))
        .filter(|pause| *pause <= ABSURD)
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
    Some(pause).filter(|pause| *pause <= ABSURD)
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

    proptest::proptest! {
        #[test]
        fn no_retry_after_makes_it_panic(value in "\\PC{0,40}") {
            let _ = parse_retry_after(&value, SystemTime::UNIX_EPOCH);
        }
    }
}
