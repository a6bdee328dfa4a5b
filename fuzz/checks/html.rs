//! HTML: landing pages, and markup in titles and abstracts.

use offprint::internals::display::{TerminalText, excerpt};
use offprint::internals::metadata::landing_page;
use offprint::internals::normalize::text;

/// Whatever comes: no panic, no control character in what is shown, and nothing longer than its bound.
pub fn check(bytes: &[u8]) {
    let html = String::from_utf8_lossy(bytes);
    let _ = landing_page::read(&html);
    let _ = (text::plain(&html), text::paragraphs(&html));
    let line = TerminalText::line(&html).to_string();
    assert!(!line.chars().any(char::is_control), "{line:?}");
    assert_eq!(TerminalText::line(&line).as_str(), line);
    assert!(excerpt(&html, 100).len() <= 100 + 40);
    let value = serde_json::Value::String(html.into_owned());
    let shown = TerminalText::json(&value.to_string());
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(shown.as_str()).unwrap(),
        value
    );
}
