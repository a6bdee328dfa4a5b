//! Small values from outside: datestamps, Retry-After, whether a body is HTML, languages, dates, citations.
#![no_main]

use std::time::{Duration, SystemTime};

use libfuzzer_sys::fuzz_target;
use offprint::http::{looks_like_html, retry::parse_retry_after};
use offprint::normalize::{date, identifier, language, pages, rights, source, text};
use offprint::oai::Datestamp;

fuzz_target!(|bytes: &[u8]| {
    let _ = looks_like_html(bytes);
    let Ok(value) = std::str::from_utf8(bytes) else { return };
    let _ = Datestamp::parse(value);
    let _ = parse_retry_after(value, SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 30));
    let _ = (language::bcp47(value), date::parse(value), pages::parse(value));
    let _ = (identifier::classify(value), rights::license(value), rights::copyright(value, Some("en")));
    let _ = source::parse(value, None, &["Journal; of Things".to_owned()]);
    for cleaned in [text::plain(value), text::paragraphs(value)] {
        assert!(!cleaned.value.chars().any(|c| c.is_control() && c != '\n'));
    }
});
