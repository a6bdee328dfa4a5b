//! Identifiers, each to its bare form, and the facts in OJS URLs.

mod ojs;
mod plain_url;

use url::Url;

use plain_url::PlainUrl;

use super::text::is_unfit;

pub use ojs::{ojs_article_number, ojs_galley_download};
pub(crate) use ojs::{ojs_download_key, ojs_number};

/// An ISSN, or what looked like one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Issn {
    /// `1234-567X`, check digit right.
    Valid(String),
    /// The form of an ISSN with a wrong check digit.
    BadCheckDigit(String),
    /// No ISSN.
    No,
}

/// The kind of an identifier, in its bare form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Classified {
    /// Bare DOI in lower case.
    Doi(String),
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

/// Bare DOI in lower case, of a DOI alone: bare, with `doi:`, or as a URL of a resolver, percent-encoded or
/// with a stop behind it. `None` for longer text and for other things.
pub fn doi(raw: &str) -> Option<String> {
    let mut rest = raw.trim();
    let mut url = false;
    // `doi: https://doi.org/10.…` and the like stack their prefixes.
    for _ in 0..4 {
        if let Some(after) = strip_resolver(rest) {
            rest = after;
            url = true;
        } else if let Some(after) = ["info:doi/", "urn:doi:", "doi:", "doi ", "doi="]
            .iter()
            .find_map(|prefix| strip_ci(rest, prefix))
        {
            // `DOI : 10.…`
            rest = after.trim_start_matches([' ', ':', '=', '\u{a0}']);
        } else {
            break;
        }
    }
    // nothing to decode, and no DOI
    if !rest.contains('%') && !rest.trim_start().starts_with("10.") {
        return None;
    }
    let decoded = if url || rest.contains("%2f") || rest.contains("%2F") {
        percent_decoded(rest)?
    } else {
        rest.to_owned()
    };
    let doi = trimmed_doi(&decoded);
    is_doi(doi).then(|| doi.to_lowercase())
}

/// The first DOI within a text, such as a reference; bare, in lower case.
pub fn find_doi(text: &str) -> Option<String> {
    let mut from = 0;
    while let Some(found) = text[from..].find("10.") {
        let at = from + found;
        from = at + 3;
        if text[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '.') {
            continue;
        }
        let end = text[at..]
            .find(|c: char| c.is_whitespace() || matches!(c, '"' | '”' | '“' | '<' | '|'))
            .map_or(text.len(), |end| at + end);
        if let Some(doi) = doi(&text[at..end]) {
            return Some(doi);
        }
    }
    None
}

fn strip_resolver(text: &str) -> Option<&str> {
    let rest = strip_ci(text, "https://")
        .or_else(|| strip_ci(text, "http://"))
        .unwrap_or(text);
    let rest = rest.trim_start_matches('/');
    ["dx.doi.org/", "www.doi.org/", "doi.org/"]
        .iter()
        .find_map(|host| strip_ci(rest, host))
        .map(|rest| rest.trim_start_matches('/'))
}

/// Without what stands behind a DOI in running text; a bracket goes only when it was never opened.
fn trimmed_doi(text: &str) -> &str {
    let mut doi = text.trim();
    loop {
        let before = doi.len();
        doi = doi.trim_end_matches(['.', ',', ';', ':', '"', '\'', '”', '’', '»', '…', ' ']);
        for (open, close) in [('(', ')'), ('[', ']'), ('<', '>'), ('{', '}')] {
            if doi.ends_with(close) && doi.matches(open).count() < doi.matches(close).count() {
                doi = &doi[..doi.len() - 1];
            }
        }
        if doi.len() == before {
            return doi;
        }
    }
}

fn is_doi(doi: &str) -> bool {
    let Some((prefix, suffix)) = doi.split_once('/') else {
        return false;
    };
    let Some(registrant) = prefix.strip_prefix("10.") else {
        return false;
    };
    let digits = |part: &str| {
        !part.is_empty() && part.len() <= 9 && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let mut parts = registrant.split('.');
    parts
        .next()
        .is_some_and(|first| digits(first) && first.len() >= 4)
        && parts.all(digits)
        && !suffix.is_empty()
        && doi.len() <= 2_000
        && !suffix.contains(|c: char| c.is_whitespace() || c.is_control())
}

fn percent_decoded(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let value = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        out.push(value.unwrap_or(bytes[at]));
        at += if value.is_some() { 3 } else { 1 };
    }
    String::from_utf8(out).ok()
}

fn strip_ci<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix)
        .then(|| &text[prefix.len()..])
}

/// An ISSN (ISO 3297), with or without `ISSN`, `e-ISSN:` before it, a dash within and a note behind it.
pub fn issn(raw: &str) -> Issn {
    let text = raw.trim();
    // `ISSN` further on in a text names something else's.
    let named = text
        .as_bytes()
        .windows(4)
        .take(13)
        .position(|word| word.eq_ignore_ascii_case(b"issn"));
    let body = named.map_or(text, |at| {
        text[at + 4..].trim_start_matches(|c: char| !c.is_ascii_digit())
    });
    let body = body
        .split_once('(')
        .map_or(body, |(before, _)| before)
        .trim();
    // most of what is asked about begins with a word
    if !body.starts_with(|c: char| c.is_ascii_digit()) {
        return Issn::No;
    }
    let mut signs = String::with_capacity(9);
    for c in body.chars() {
        match c {
            '-' | '\u{2010}'..='\u{2015}' | '−' if signs.len() == 4 => {}
            '0'..='9' => signs.push(c),
            'x' | 'X' | 'х' if signs.len() == 7 => signs.push('X'),
            _ => return Issn::No,
        }
        if signs.len() > 8 {
            return Issn::No;
        }
    }
    // Eight figures alone may be a date.
    if signs.len() != 8 || (named.is_none() && body.chars().count() == 8 && is_date(&signs)) {
        return Issn::No;
    }
    let issn = [&signs[..4], "-", &signs[4..]].concat();
    let sum: u32 = signs
        .chars()
        .zip((1..=8).rev())
        .map(|(c, weight)| c.to_digit(10).unwrap_or(10) * weight)
        .sum();
    if sum.is_multiple_of(11) && signs != "00000000" {
        Issn::Valid(issn)
    } else {
        Issn::BadCheckDigit(issn)
    }
}

fn is_date(digits: &str) -> bool {
    let number = |range| {
        digits
            .get(range)
            .and_then(|part: &str| part.parse::<u32>().ok())
            .unwrap_or(0)
    };
    (1900..=2100).contains(&number(0..4))
        && (1..=12).contains(&number(4..6))
        && (1..=31).contains(&number(6..8))
}

/// ORCID iD as a full https URL, of a bare one or a URL; its check digit (ISO 7064 MOD 11-2) must be right.
pub fn orcid(raw: &str) -> Option<String> {
    // fifteen figures and a check digit; most names have none
    if raw.bytes().filter(u8::is_ascii_digit).count() < 15 {
        return None;
    }
    let text = raw.trim().trim_end_matches(['/', '.']);
    let text = strip_ci(text, "https://")
        .or_else(|| strip_ci(text, "http://"))
        .unwrap_or(text);
    let text = strip_ci(text, "www.").unwrap_or(text);
    let text = ["orcid.org/", "orcid:", "orcid "]
        .iter()
        .find_map(|prefix| strip_ci(text, prefix))
        .unwrap_or(text)
        .trim();
    let signs: Vec<char> = text
        .chars()
        .filter(|c| !matches!(c, '-' | '\u{2010}'..='\u{2015}' | ' '))
        .collect();
    if signs.len() != 16 || text.chars().count() > 19 {
        return None;
    }
    let mut total = 0;
    for c in &signs[..15] {
        total = (total + c.to_digit(10)?) * 2;
    }
    let check = match (12 - total % 11) % 11 {
        10 => 'X',
        digit => char::from_digit(digit, 10)?,
    };
    if signs[15].to_ascii_uppercase() != check || signs.iter().all(|c| *c == '0') {
        return None;
    }
    let signs: String = signs.iter().map(char::to_ascii_uppercase).collect();
    Some(format!(
        "https://orcid.org/{}-{}-{}-{}",
        &signs[..4],
        &signs[4..8],
        &signs[8..12],
        &signs[12..]
    ))
}

/// ROR id as a full https URL.
pub(crate) fn ror(raw: &str) -> Option<String> {
    let id = raw
        .trim()
        .trim_end_matches('/')
        .rsplit('/')
        .next()?
        .to_ascii_lowercase();
    let is_ror =
        id.len() == 9 && id.starts_with('0') && id.bytes().all(|b| b.is_ascii_alphanumeric());
    is_ror.then(|| format!("https://ror.org/{id}"))
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
    // the same with a blank between
    match text.split_once(char::is_whitespace) {
        Some((first, second))
            if first.contains("10.") && doi(first).is_some() && doi(first) == doi(second) =>
        {
            first
        }
        _ => text,
    }
}

/// Tells the kind of an identifier.
pub fn classify(raw: &str) -> Classified {
    let text = raw.trim();
    if let Some(doi) = doi(text) {
        return Classified::Doi(doi);
    }
    if let Some(isbn) = isbn(text) {
        return Classified::Isbn(isbn);
    }
    if strip_ci(text, "urn:")
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
        .find_map(|prefix| strip_ci(text, prefix));
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
    let rest = strip_ci(text, "https://")
        .or_else(|| strip_ci(text, "http://"))
        .unwrap_or(text);
    let named = [
        "hdl.handle.net/",
        "www.handle.net/",
        "info:hdl/",
        "hdl:",
        "handle:",
    ]
    .iter()
    .find_map(|prefix| strip_ci(rest, prefix));
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
    let rest = strip_ci(text, "https://")
        .or_else(|| strip_ci(text, "http://"))
        .unwrap_or(text);
    let id = ["arxiv.org/abs/", "www.arxiv.org/abs/", "arxiv:"]
        .iter()
        .find_map(|prefix| strip_ci(rest, prefix))?
        .trim();
    (!id.is_empty()
        && id.len() <= 40
        && !id.contains(char::is_whitespace)
        && id.contains(|c: char| c.is_ascii_digit()))
    .then(|| id.to_owned())
}

fn pmid(text: &str) -> Option<String> {
    let rest = strip_ci(text, "https://")
        .or_else(|| strip_ci(text, "http://"))
        .unwrap_or(text);
    let id = [
        "pubmed.ncbi.nlm.nih.gov/",
        "www.ncbi.nlm.nih.gov/pubmed/",
        "ncbi.nlm.nih.gov/pubmed/",
        "info:pmid/",
        "pmid:",
        "pmid",
    ]
    .iter()
    .find_map(|prefix| strip_ci(rest, prefix))?
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

    #[rstest]
    #[case("10.1234/ABC", Some("10.1234/abc"))]
    #[case("doi:10.1234/abc.", Some("10.1234/abc"))]
    #[case("DOI: https://doi.org/10.1234/abc", Some("10.1234/abc"))]
    #[case("http://dx.doi.org/10.1234%2Fabc(1)", Some("10.1234/abc(1)"))]
    #[case(
        "10.1016/S0002-9440(10)61234-5)",
        Some("10.1016/s0002-9440(10)61234-5")
    )]
    #[case("info:doi/10.5281/zenodo.1", Some("10.5281/zenodo.1"))]
    #[case(
        "10.1002/(SICI)1099(199612)17:12<1::AID-1>3.0.CO;2-9",
        Some("10.1002/(sici)1099(199612)17:12<1::aid-1>3.0.co;2-9")
    )]
    #[case("DOI : 10.5555/j.jsp.1", Some("10.5555/j.jsp.1"))]
    #[case("DOI=10.1234/abc", Some("10.1234/abc"))]
    #[case("NNT : 10.1234/abc", None)]
    #[case("doing 10.1234/abc", None)]
    #[case("10.1234/", None)]
    #[case("10.12/abc", None)]
    #[case("https://example.org/10.1234/abc", None)]
    #[case("see 10.1234/abc", None)]
    fn dois(#[case] raw: &str, #[case] expected: Option<&str>) {
        assert_eq!(doi(raw).as_deref(), expected);
    }

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

    #[test]
    fn doi_in_a_reference() {
        assert_eq!(
            find_doi("Smith (2004). A title. https://doi.org/10.1234/ABC.5.").as_deref(),
            Some("10.1234/abc.5")
        );
        assert_eq!(
            find_doi("pp. 10.12 and (doi:10.5555/x-1), next").as_deref(),
            Some("10.5555/x-1")
        );
        assert_eq!(find_doi("Almaty, 1997, p. 10."), None);
    }

    #[rstest]
    #[case("2002-3839", Issn::Valid("2002-3839".into()))]
    #[case("1404-6091", Issn::Valid("1404-6091".into()))]
    #[case("2434-561x", Issn::Valid("2434-561X".into()))]
    #[case("e-ISSN: 2002–3839 (online)", Issn::Valid("2002-3839".into()))]
    #[case("20023839", Issn::Valid("2002-3839".into()))]
    #[case("2002-3838", Issn::BadCheckDigit("2002-3838".into()))]
    #[case("0000-0000", Issn::BadCheckDigit("0000-0000".into()))]
    #[case("2002-383", Issn::No)]
    #[case("20041231", Issn::No)]
    #[case("onlineIssn", Issn::No)]
    fn issns(#[case] raw: &str, #[case] expected: Issn) {
        assert_eq!(issn(raw), expected);
    }

    #[rstest]
    #[case("0000-0002-1825-0097", Some("https://orcid.org/0000-0002-1825-0097"))]
    #[case(
        "http://orcid.org/0000-0002-1694-233x",
        Some("https://orcid.org/0000-0002-1694-233X")
    )]
    #[case(
        "https://www.orcid.org/0000000218250097/",
        Some("https://orcid.org/0000-0002-1825-0097")
    )]
    #[case("0000-0002-1825-0098", None)]
    #[case("0000-0000-0000-0000", None)]
    #[case("https://example.org/0000-0002-1825-0097", None)]
    fn orcids(#[case] raw: &str, #[case] expected: Option<&str>) {
        assert_eq!(orcid(raw).as_deref(), expected);
    }

    #[rstest]
    #[case("https://doi.org/10.1234/A", Classified::Doi("10.1234/a".into()))]
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
        fn a_doi_stays_itself(suffix in "[a-z0-9][a-z0-9._()/-]{0,20}[a-z0-9]") {
            let bare = format!("10.1234/{suffix}");
            if let Some(found) = doi(&bare) {
                prop_assert_eq!(doi(&format!("https://doi.org/{found}")), Some(found.clone()));
                prop_assert_eq!(doi(&format!("DOI: {}.", found.to_uppercase())), Some(found));
            }
        }

        #[test]
        fn never_panics(raw in "\\PC{0,40}|(https?://|doi:|10\\.|%[0-9a-fé]{2}|/article/view/|issn ?){1,4}\\PC{0,12}") {
            classify(&raw);
            issn(&raw);
            orcid(&raw);
            find_doi(&raw);
            ojs_article_number(&raw);
            ojs_galley_download(&raw);
        }
    }
}
