//! Small values from outside: datestamps, Retry-After, whether a body is HTML and of which wall, languages, dates,
//! citations.

use std::time::{Duration, SystemTime};

use chrono::TimeDelta;
use offprint::internals::http::{looks_like_html, recognise, retry};
use offprint::internals::normalize::{date, identifier, language, pages, rights, source, text};
use offprint::internals::oai::{Datestamp, Granularity};
use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};

/// Whatever comes: no panic, pauses of at most a day, datestamps that can be reckoned with and written again.
pub fn check(bytes: &[u8]) {
    assert!(recognise(&HeaderMap::new(), bytes).is_none() || looks_like_html(bytes));
    pauses(bytes);
    let Ok(value) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Some(stamp) = Datestamp::parse(value) {
        for granularity in [Granularity::Day, Granularity::Second] {
            let written = granularity.format(stamp.time);
            let again = Datestamp::parse(&written).unwrap();
            assert_eq!(granularity.format(again.time), written);
        }
        let _ = (
            stamp.time - TimeDelta::days(400),
            stamp.time + TimeDelta::days(400),
        );
    }
    let _ = Granularity::parse(value);
    let _ = (
        language::bcp47(value),
        date::parse(value),
        pages::parse(value),
    );
    let _ = (
        identifier::classify(value),
        rights::license(value),
        rights::copyright(value, Some("en")),
    );
    let _ = source::parse(value, None, &["Journal; of Things".to_owned()]);
    for cleaned in [text::plain(value), text::paragraphs(value)] {
        assert!(!cleaned.value.chars().any(|c| c.is_control() && c != '\n'));
    }
}

/// The bytes as Retry-After, and as X-RateLimit-Reset of an allowance that is used up.
fn pauses(bytes: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(bytes) else {
        return;
    };
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 30);
    let mut headers = HeaderMap::new();
    headers.insert(RETRY_AFTER, value.clone());
    let mut limited = HeaderMap::new();
    limited.insert("x-ratelimit-remaining", HeaderValue::from_static("0"));
    limited.insert("x-ratelimit-reset", value);
    for headers in [headers, limited] {
        let pause = retry::asked_pause(&headers, now);
        assert!(pause.is_none_or(|pause| pause <= Duration::from_hours(24)));
    }
}
