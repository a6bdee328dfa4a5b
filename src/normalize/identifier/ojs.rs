//! Facts in the URLs of OJS.

use url::Url;

use super::plain_url::PlainUrl;
use crate::values::percent_decoded;

/// The operations in the URLs of articles.
const OPERATIONS: [&str; 4] = ["view", "viewArticle", "viewFile", "download"];

/// Returns the article's number in an OAI identifier of OJS: `643` of `oai:ojs.example.org:article/643`.
pub(crate) fn ojs_number(identifier: &str) -> Option<&str> {
    const BEFORE: &str = ":article/";
    let at = memchr::memmem::rfind(identifier.as_bytes(), BEFORE.as_bytes())?;
    let rest = &identifier[at + BEFORE.len()..];
    let number = rest.split('/').next()?;
    (!number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())).then_some(number)
}

/// The number, or slug, of the article in an OJS URL: `643` of `…/article/view/643/426`; also of URLs without
/// path info (`?page=article&op=view&path[]=643`).
pub fn ojs_article_number(url: &str) -> Option<String> {
    let (_, rest) = article_path(url.trim())?;
    rest.into_iter().next()
}

/// The file behind the viewer page of an OJS galley: `…/article/view/A/G` → `…/article/download/A/G`. A
/// download stays as it is; `None` for what is not a galley.
pub fn ojs_galley_download(url: &str) -> Option<String> {
    let text = url.trim();
    let (operation, rest) = article_path(text)?;
    let galley = rest.len() == 2 && rest[1] != "version" || rest.len() == 4 && rest[1] == "version";
    if !galley {
        return None;
    }
    if operation == "download" {
        return Some(text.to_owned());
    }
    let written = ["/article/", operation, "/"].concat();
    if let Some(at) = text.rfind(&written) {
        return Some(
            [
                &text[..at],
                "/article/download/",
                &text[at + written.len()..],
            ]
            .concat(),
        );
    }
    let written = format!("op={operation}");
    text.contains(&written)
        .then(|| text.replacen(&written, "op=download", 1))
}

/// Returns the part of a download URL of OJS that the URLs of one galley share: host, article and galley.
/// `…/article/download/A/G` and `…/article/download/A/G/F`, which also names the file, are one.
pub(crate) fn ojs_download_key(url: &str) -> Option<String> {
    let text = url.trim();
    let (operation, rest) = article_path(text)?;
    if operation == "view" || operation == "viewArticle" {
        return None;
    }
    let (article, galley) = match rest.as_slice() {
        [article, version, _, galley, ..] if version == "version" => (article, galley),
        [article, galley, ..] if galley != "version" => (article, galley),
        _ => return None,
    };
    let (_, host) = text.split_once("://")?;
    let host = host.split('/').next()?.to_ascii_lowercase();
    Some([&host, " ", article, " ", galley].concat())
}

/// Operation and arguments of an article URL of OJS.
fn article_path(url: &str) -> Option<(&'static str, Vec<String>)> {
    if let Some(plain) = PlainUrl::read(url) {
        return in_path(plain.path);
    }
    let url = Url::parse(url).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    if let Some(found) = in_path(url.path()) {
        return Some(found);
    }
    let pairs: Vec<(String, String)> = url
        .query_pairs()
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let value = |wanted: &str| {
        pairs
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.as_str())
    };
    let operation = value("op").and_then(operation)?;
    if value("page") != Some("article") {
        return None;
    }
    let path = pairs
        .iter()
        .filter(|(name, _)| name.starts_with("path["))
        .map(|(_, value)| value.clone())
        .collect();
    Some((operation, path))
}

/// The last operation on an article in a path, and what follows it.
fn in_path(path: &str) -> Option<(&'static str, Vec<String>)> {
    let decoded = |part: &str| percent_decoded(part).unwrap_or_else(|| part.to_owned());
    let mut segments = path.split('/').filter(|part| !part.is_empty()).peekable();
    let mut found = None;
    while let Some(segment) = segments.next() {
        if segment == "article"
            && let Some(operation) = segments.peek().copied().and_then(operation)
        {
            found = Some((operation, segments.clone().skip(1)));
        }
    }
    found.map(|(operation, arguments)| (operation, arguments.map(decoded).collect()))
}

fn operation(segment: &str) -> Option<&'static str> {
    OPERATIONS
        .into_iter()
        .find(|operation| *operation == segment)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("http://127.0.0.1/index.php/cac/article/view/643", Some("643"))]
    #[case("https://x.org/cac/en/article/view/643/426?download=1", Some("643"))]
    #[case("https://x.org/cac/article/view/my-slug", Some("my-slug"))]
    #[case(
        "https://x.org/index.php?journal=cac&page=article&op=view&path%5B%5D=643",
        Some("643")
    )]
    #[case("https://x.org/index.php/cac/issue/view/6", None)]
    #[case("article/view/643", None)]
    fn article_numbers(#[case] url: &str, #[case] expected: Option<&str>) {
        assert_eq!(ojs_article_number(url).as_deref(), expected);
    }

    #[rstest]
    #[case(
        "http://x.org/index.php/cac/article/view/643/426",
        Some("http://x.org/index.php/cac/article/download/643/426")
    )]
    #[case(
        "http://x.org/index.php/cac/article/viewFile/643/pdf",
        Some("http://x.org/index.php/cac/article/download/643/pdf")
    )]
    #[case(
        "http://x.org/cac/article/download/643/426",
        Some("http://x.org/cac/article/download/643/426")
    )]
    #[case(
        "https://x.org/cac/article/view/643/version/2/426",
        Some("https://x.org/cac/article/download/643/version/2/426")
    )]
    #[case(
        "https://x.org/index.php?page=article&op=view&path[]=643&path[]=426",
        Some("https://x.org/index.php?page=article&op=download&path[]=643&path[]=426")
    )]
    #[case("http://x.org/index.php/cac/article/view/643", None)]
    #[case("http://x.org/index.php/cac/article/downloadSuppFile/643/1", None)]
    fn downloads(#[case] url: &str, #[case] expected: Option<&str>) {
        assert_eq!(ojs_galley_download(url).as_deref(), expected);
    }

    #[rstest]
    #[case("https://x.org/j/article/download/1/58", Some("x.org 1 58"))]
    #[case("https://x.org/j/en/article/download/1/58/77", Some("x.org 1 58"))]
    #[case("https://x.org/j/article/download/1/59/", Some("x.org 1 59"))]
    #[case(
        "https://x.org/j/article/download/1/version/2/58/77",
        Some("x.org 1 58")
    )]
    #[case("https://x.org/j/article/view/1/58", None)]
    #[case("https://x.org/j/article/download/1", None)]
    #[case("https://x.org/files/1/58", None)]
    fn downloads_of_one_galley(#[case] url: &str, #[case] expected: Option<&str>) {
        assert_eq!(ojs_download_key(url).as_deref(), expected);
    }

    #[test]
    fn numbers_of_ojs_identifiers() {
        assert_eq!(ojs_number("oai:ojs.pkp.sfu.ca:article/643"), Some("643"));
        assert_eq!(ojs_number("oai:ojs2.localhost:8330:article/1"), Some("1"));
        assert_eq!(ojs_number("oai:x.org:article/7/version/VoR/1"), Some("7"));
        assert_eq!(ojs_number("oai:dspace.org:123/456"), None);
        assert_eq!(ojs_number("oai:x.org:article/"), None);
    }
}
