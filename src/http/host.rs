//! Limits per host: how many requests at once and per second, for all sources on it together.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::http::HttpError;

/// Largest factor by which a host is slowed down.
const MAX_SLOWDOWN: f64 = 32.0;
/// Period of a host without a rate when it is slowed down.
const UNLIMITED_PERIOD: Duration = Duration::from_millis(100);

/// Rest that a connection takes to come back to the pool, many times over.
const PAUSE_BETWEEN: Duration = Duration::from_millis(1);

/// Requests a second to one host.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rate {
    /// No limit but one request at a time: for a server of one's own.
    Unlimited,
    /// At most so many; may be below one.
    PerSecond(f64),
}

impl Default for Rate {
    fn default() -> Self {
        Self::PerSecond(1.0)
    }
}

impl std::str::FromStr for Rate {
    type Err = String;

    /// Reads `2`, `0.5`, `1/3` or `unlimited`.
    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.trim().parse::<f64>().unwrap_or(f64::NAN);
        match text.split_once('/') {
            _ if text.trim() == "unlimited" => Ok(Self::Unlimited),
            Some((over, under)) => Self::per_second(number(over) / number(under)),
            None => Self::per_second(number(text)),
        }
    }
}

impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unlimited => f.write_str("unlimited"),
            Self::PerSecond(rate) => write!(f, "{rate}"),
        }
    }
}

impl Rate {
    /// A rate within bounds: from one request a day to a thousand a second.
    pub fn per_second(rate: f64) -> Result<Self, String> {
        if (1.0 / 86_400.0..=1000.0).contains(&rate) {
            Ok(Self::PerSecond(rate))
        } else {
            Err("a rate is requests a second, from 1/86400 to 1000, or `unlimited`".to_owned())
        }
    }

    /// Time from one request to the next.
    pub fn period(self) -> Option<Duration> {
        match self {
            Self::Unlimited => None,
            Self::PerSecond(rate) => Some(Duration::from_secs_f64(1.0 / rate)),
        }
    }

    /// The slower of two.
    #[must_use]
    pub fn slower(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unlimited, rate) | (rate, Self::Unlimited) => rate,
            (Self::PerSecond(a), Self::PerSecond(b)) => Self::PerSecond(a.min(b)),
        }
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::PerSecond(rate) => serializer.serialize_f64(*rate),
            Self::Unlimited => serializer.serialize_str("unlimited"),
        }
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a number of requests a second, or `unlimited`")]
        enum Written {
            Number(f64),
            Text(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Number(rate) => Self::per_second(rate),
            Written::Text(text) => text.parse(),
        }
        .map_err(serde::de::Error::custom)
    }
}

/// The rate limit of a host.
#[derive(Clone, Debug, PartialEq)]
pub struct HostRate {
    /// Requests a second.
    pub rate: Rate,
    /// Requests at once.
    pub concurrency: u32,
    /// Hosts with the same group share one limit.
    pub group: Option<String>,
}

impl Default for HostRate {
    fn default() -> Self {
        Self {
            rate: Rate::default(),
            concurrency: 1,
            group: None,
        }
    }
}

/// All hosts of a client.
#[derive(Debug)]
pub(crate) struct Hosts {
    default: HostRate,
    named: HashMap<String, HostRate>,
    limiters: Mutex<HashMap<String, Arc<HostLimiter>>>,
}

impl Hosts {
    pub(crate) fn new(default: HostRate, named: HashMap<String, HostRate>) -> Self {
        Self {
            default,
            named,
            limiters: Mutex::new(HashMap::new()),
        }
    }

    /// Returns the rate limit of a host, given as `host` or `host:port`.
    fn rate(&self, host: &str) -> &HostRate {
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        self.named
            .get(host)
            .or_else(|| self.named.get(name))
            .unwrap_or(&self.default)
    }

    /// Time between two requests to a host.
    pub(crate) fn period(&self, host: &str) -> Option<Duration> {
        self.rate(host).rate.period()
    }

    /// Returns the limiter of a host, given as `host` or `host:port`.
    pub(crate) fn limiter(&self, host: &str) -> Arc<HostLimiter> {
        let rate = self.rate(host);
        let key = rate
            .group
            .as_ref()
            .map_or_else(|| host.to_owned(), |group| format!("group {group}"));
        let mut limiters = self.limiters.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(
            limiters
                .entry(key)
                .or_insert_with(|| Arc::new(HostLimiter::new(host, rate))),
        )
    }
}

/// Limits the requests to one host: how many at once, how many per second, and none while it requested a pause.
#[derive(Debug)]
pub(crate) struct HostLimiter {
    host: String,
    limiter: Option<DefaultDirectRateLimiter>,
    period: Duration,
    slots: Arc<Semaphore>,
    state: Mutex<LimiterState>,
}

#[derive(Debug)]
struct LimiterState {
    not_before: Option<Instant>,
    slowdown: f64,
    stopped: Option<(DateTime<Utc>, String)>,
    refused: HashSet<String>,
}

impl LimiterState {
    /// A shorter pause does not end a longer one that another answer requested.
    fn rest(&mut self, pause: Duration) {
        self.not_before = self.not_before.max(Some(Instant::now() + pause));
    }
}

impl HostLimiter {
    fn new(host: &str, rate: &HostRate) -> Self {
        let quota = rate.rate.period().and_then(Quota::with_period);
        Self {
            host: host.to_owned(),
            limiter: quota.map(|quota| RateLimiter::direct(quota.allow_burst(NonZeroU32::MIN))),
            period: rate.rate.period().unwrap_or(UNLIMITED_PERIOD),
            slots: Arc::new(Semaphore::new(rate.concurrency.max(1) as usize)),
            state: Mutex::new(LimiterState {
                not_before: None,
                slowdown: 1.0,
                stopped: None,
                refused: HashSet::new(),
            }),
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, LimiterState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a turn. The permit is held until the whole response is in.
    pub(crate) async fn enter(&self) -> Result<OwnedSemaphorePermit, HttpError> {
        let permit =
            Arc::clone(&self.slots)
                .acquire_owned()
                .await
                .map_err(|_| HttpError::Other {
                    detail: "the client is shutting down".to_owned(),
                })?;
        loop {
            let (pause, extra) = {
                let state = self.state();
                if let Some((until, why)) = &state.stopped
                    && *until > Utc::now()
                {
                    return Err(HttpError::HostPaused {
                        host: self.host.clone(),
                        until: *until,
                        why: why.clone(),
                    });
                }
                (state.not_before, self.period.mul_f64(state.slowdown - 1.0))
            };
            match pause {
                Some(until) if until > Instant::now() => sleep_until(until).await,
                _ => {
                    // The limiter comes last: what follows it must not shrink the distance it keeps.
                    if !extra.is_zero() {
                        tokio::time::sleep(extra).await;
                    }
                    if let Some(limiter) = &self.limiter {
                        limiter.until_ready().await;
                    }
                    return Ok(permit);
                }
            }
        }
    }

    /// Halves the rate, because the server is overloaded, and pauses if it requested that.
    pub(crate) fn slow_down(&self, pause: Option<Duration>) {
        let mut state = self.state();
        state.slowdown = (state.slowdown * 2.0).min(MAX_SLOWDOWN);
        if let Some(pause) = pause {
            state.rest(pause);
        }
    }

    /// Without a rate, the next request may come before the pool has the connection back, and open another one:
    /// a moment's rest keeps it to one, as a server that serves one at a time needs. What is done with the answer
    /// meanwhile counts as rest.
    pub(crate) fn pause_after_request(&self) {
        if self.limiter.is_none() {
            self.state().rest(PAUSE_BETWEEN);
        }
    }

    /// Pauses because the server requested it in a response that succeeded.
    pub(crate) fn pause(&self, pause: Duration) {
        self.state().rest(pause);
    }

    /// Moves back towards the configured rate after a response that succeeded.
    pub(crate) fn recover(&self) {
        let mut state = self.state();
        state.slowdown = (state.slowdown * 0.9).max(1.0);
    }

    /// The host refused a source (403). Whether it has now refused more than one, and so refuses us.
    pub(crate) fn refused(&self, source: &str) -> bool {
        let mut state = self.state();
        state.refused.insert(source.to_owned());
        state.refused.len() > 1
    }

    /// Leaves the host alone until a stated time.
    pub(crate) fn stop(&self, until: DateTime<Utc>, why: &str) {
        self.state().stopped = Some((until, why.to_owned()));
    }
}

/// Sleeps: a millisecond as one, of which the runtime's timer makes up to two.
async fn sleep_until(until: Instant) {
    let rest = until.saturating_duration_since(Instant::now());
    if rest > PAUSE_BETWEEN
        || tokio::task::spawn_blocking(move || std::thread::sleep(rest))
            .await
            .is_err()
    {
        tokio::time::sleep_until(until).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_shorter_pause_does_not_end_a_longer_one() {
        let limiter = HostLimiter::new(
            "a.example",
            &HostRate {
                rate: Rate::Unlimited,
                ..HostRate::default()
            },
        );
        let begun = Instant::now();
        limiter.pause(Duration::from_mins(1));
        limiter.slow_down(Some(Duration::from_secs(1)));
        let _permit = limiter.enter().await.unwrap();
        assert!(begun.elapsed() >= Duration::from_mins(1));
    }
}
