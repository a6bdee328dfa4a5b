//! Identifiers, each to its bare form, and the facts in OJS URLs.

mod ojs;
mod plain_url;

use url::Url;

use plain_url::PlainUrl;

use super::text::is_unfit;
use crate::values::{Doi, strip_ignoring_case, without_scheme};

pub use ojs::{ojs_article_number, ojs_galley_download};
pub(crate) use ojs::{ojs_download_key, ojs_number};

/// The kind of an identifier, in its bare form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Classified {
    /// DOI.
    Doi(Doi),
    /// URN, `urn:` included.
    Urn(String),
    /// Bare handle.
    Handle(String),
    /// Absolute URL, as received.
    Url(String),
    /// ISBN, digits (and X) only.
    Isbn(String),
    /// arXiv id.
    Arxiv(String),
    /// PubMed id.
    Pmid(String),
    /// Anything else, as received.
    Other(String),
}

/// A value that is written twice, once: `http://hdl.handle.net/1/2http://hdl.handle.net/1/2`.
pub(crate) fn undoubled(raw: &str) -> &str {
    let text = raw.trim();
    if let Some((first, second)) = text.split_at_checked(text.len() / 2)
        && first == second
        && first.contains("://")
    {
        return first;
    }
    // hardly any has a blank
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return text;
    }
    // the same with a blank between
    match text.split_once(char::is_whitespace) {
        Some((first, second))
            if first.contains("10.")
                && Doi::parse(first).is_some()
                && Doi::parse(first) == Doi::parse(second) =>
        {
            first
        }
        _ => text,
    }
}

/// Tells the kind of an identifier.
pub fn classify(raw: &str) -> Classified {
    let text = raw.trim();
    if let Some(doi) = Doi::parse(text) {
        return Classified::Doi(doi);
    }
    if let Some(isbn) = isbn(text) {
        return Classified::Isbn(isbn);
    }
    if strip_ignoring_case(text, "urn:")
        .is_some_and(|rest| rest.contains(':') && !rest.contains(char::is_whitespace))
    {
        return Classified::Urn(text.to_owned());
    }
    if let Some(handle) = handle(text) {
        return Classified::Handle(handle);
    }
    if let Some(arxiv) = arxiv(text) {
        return Classified::Arxiv(arxiv);
    }
    if let Some(pmid) = pmid(text) {
        return Classified::Pmid(pmid);
    }
    if is_url(text) {
        return Classified::Url(text.to_owned());
    }
    Classified::Other(text.to_owned())
}

/// Returns whether a text is a URL of http or https that parsing and percent-encoding leave as it is.
pub(crate) fn is_plain_url(text: &str) -> bool {
    PlainUrl::read(text).is_some()
}

/// Returns whether a text parses as an absolute URL, of any scheme.
pub(crate) fn is_valid_url(text: &str) -> bool {
    PlainUrl::read(text).is_some() || !text.contains(is_unfit) && Url::parse(text).is_ok()
}

/// Returns whether a character ends what is taken for a URL, although it would be parsed.
pub(crate) fn breaks_url(c: char) -> bool {
    c.is_whitespace() || is_unfit(c)
}

fn is_url(text: &str) -> bool {
    PlainUrl::read(text).is_some()
        || !text.contains(breaks_url)
            && Url::parse(text)
                .is_ok_and(|url| matches!(url.scheme(), "http" | "https" | "ftp") && url.has_host())
}

/// ISBN of ten or thirteen figures, its check digit right; digits and X only.
fn isbn(text: &str) -> Option<String> {
    let named = ["urn:isbn:", "isbn-13", "isbn-10", "isbn"]
        .iter()
        .find_map(|prefix| strip_ignoring_case(text, prefix));
    let body = named.unwrap_or(text).trim_start_matches([':', ' ']).trim();
    let mut signs = String::new();
    for c in body.chars() {
        match c {
            '-' | ' ' | '\u{2010}'..='\u{2015}' => {}
            '0'..='9' => signs.push(c),
            'x' | 'X' if signs.len() == 9 => signs.push('X'),
            _ => return None,
        }
    }
    let digits: Vec<u32> = signs
        .chars()
        .map(|c| c.to_digit(10).unwrap_or(10))
        .collect();
    let right = match digits.len() {
        10 => digits
            .iter()
            .zip((1..=10).rev())
            .map(|(digit, weight)| digit * weight)
            .sum::<u32>()
            .is_multiple_of(11),
        13 => {
            (signs.starts_with("978") || signs.starts_with("979"))
                && digits
                    .iter()
                    .zip([1, 3].iter().cycle())
                    .map(|(digit, weight)| digit * weight)
                    .sum::<u32>()
                    .is_multiple_of(10)
        }
        _ => false,
    };
    // Ten bare figures are rather a number of something else.
    (right && (named.is_some() || digits.len() == 13 || body.contains('-'))).then_some(signs)
}

/// `hdl:…`, a URL of the handle resolver, or a bare handle (`11022/0000-0000-1D3B-9`).
fn handle(text: &str) -> Option<String> {
    let rest = without_scheme(text);
    let named = [
        "hdl.handle.net/",
        "www.handle.net/",
        "info:hdl/",
        "info:hdl:",
        "hdl:",
        "handle:",
    ]
    .iter()
    .find_map(|prefix| strip_ignoring_case(rest, prefix));
    let body = named.unwrap_or(text).trim();
    let (prefix, suffix) = body.split_once('/')?;
    let numeric = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if suffix.is_empty() || body.contains(char::is_whitespace) || prefix.is_empty() {
        return None;
    }
    if named.is_some() {
        return Some(body.to_owned());
    }
    // Without its name a handle must not be a date or a fraction.
    let parts: Vec<&str> = prefix.split('.').collect();
    let authority = parts.iter().all(|part| numeric(part))
        && (prefix.len() >= 5 || (prefix.len() == 4 && suffix.len() > 2));
    let date = prefix.len() == 4
        && suffix
            .split('/')
            .all(|part| numeric(part) && part.len() <= 2);
    (authority && !date && !suffix.contains("//")).then(|| body.to_owned())
}

fn arxiv(text: &str) -> Option<String> {
    let rest = without_scheme(text);
    let id = ["arxiv.org/abs/", "www.arxiv.org/abs/", "arxiv:"]
        .iter()
        .find_map(|prefix| strip_ignoring_case(rest, prefix))?
        .trim();
    (!id.is_empty()
        && id.len() <= 40
        && !id.contains(char::is_whitespace)
        && id.contains(|c: char| c.is_ascii_digit()))
    .then(|| id.to_owned())
}

fn pmid(text: &str) -> Option<String> {
    let rest = without_scheme(text);
    let id = [
        "pubmed.ncbi.nlm.nih.gov/",
        "www.ncbi.nlm.nih.gov/pubmed/",
        "ncbi.nlm.nih.gov/pubmed/",
        "info:pmid/",
        "pmid:",
        "pmid",
    ]
    .iter()
    .find_map(|prefix| strip_ignoring_case(rest, prefix))?
    .trim()
    .trim_end_matches('/');
    (!id.is_empty() && id.len() <= 10 && id.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[test]
    fn values_written_twice() {
        let handle = "http://hdl.handle.net/10402/era.27657";
        assert_eq!(undoubled(&format!("{handle}{handle}")), handle);
        assert_eq!(undoubled("doi:10.1234/abc 10.1234/abc"), "doi:10.1234/abc");
        for other in [
            "abab",
            "http://x.org/a http://x.org/b",
            "10.1234/abc 10.1234/abd",
        ] {
            assert_eq!(undoubled(other), other);
        }
    }

    #[rstest]
    #[case("https://doi.org/10.1234/A", Classified::Doi(Doi::parse("10.1234/a").unwrap()))]
    #[case("urn:nbn:de:0111-opus-1", Classified::Urn("urn:nbn:de:0111-opus-1".into()))]
    #[case("11022/0000-0000-1D3B-9", Classified::Handle("11022/0000-0000-1D3B-9".into()))]
    #[case("http://hdl.handle.net/20.500.12345/7", Classified::Handle("20.500.12345/7".into()))]
    #[case("http://x.org/index.php/cac/article/view/643", Classified::Url("http://x.org/index.php/cac/article/view/643".into()))]
    #[case("urn:isbn:978-3-16-148410-0", Classified::Isbn("9783161484100".into()))]
    #[case("ISBN 0-306-40615-2", Classified::Isbn("0306406152".into()))]
    #[case("arXiv:2101.00001v2", Classified::Arxiv("2101.00001v2".into()))]
    #[case("https://pubmed.ncbi.nlm.nih.gov/12345678/", Classified::Pmid("12345678".into()))]
    #[case("2004/12", Classified::Other("2004/12".into()))]
    #[case("643", Classified::Other("643".into()))]
    #[case("not a url", Classified::Other("not a url".into()))]
    fn kinds(#[case] raw: &str, #[case] expected: Classified) {
        assert_eq!(classify(raw), expected);
    }

    proptest! {
        #[test]
        fn never_panics(raw in "\\PC{0,40}|(https?://|doi:|10\\.|%[0-9a-fé]{2}|/article/view/){1,4}\\PC{0,12}") {
            classify(&raw);
            ojs_article_number(&raw);
            ojs_galley_download(&raw);
        }
    }
}
