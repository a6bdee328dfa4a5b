//! What the URLs of OJS tell.

use url::Url;

use super::percent_decoded;

/// The number, or slug, of the article in an OJS URL: `643` of `…/article/view/643/426`; also of URLs without
/// path info (`?page=article&op=view&path[]=643`).
pub fn ojs_article_number(url: &str) -> Option<String> {
    let url = Url::parse(url.trim()).ok()?;
    let (_, rest) = article_path(&url)?;
    rest.into_iter().next()
}

/// The file behind the viewer page of an OJS galley: `…/article/view/A/G` → `…/article/download/A/G`. A
/// download stays as it is; `None` for what is no galley.
pub fn ojs_galley_download(url: &str) -> Option<String> {
    let text = url.trim();
    let parsed = Url::parse(text).ok()?;
    let (operation, rest) = article_path(&parsed)?;
    let galley = rest.len() == 2 && rest[1] != "version" || rest.len() == 4 && rest[1] == "version";
    if !galley {
        return None;
    }
    if operation == "download" {
        return Some(text.to_owned());
    }
    let written = format!("/article/{operation}/");
    if let Some(at) = text.rfind(&written) {
        return Some(format!("{}/article/download/{}", &text[..at], &text[at + written.len()..]));
    }
    let written = format!("op={operation}");
    text.contains(&written).then(|| text.replacen(&written, "op=download", 1))
}

/// Operation and arguments of an article URL of OJS.
fn article_path(url: &Url) -> Option<(String, Vec<String>)> {
    const OPERATIONS: &[&str] = &["view", "viewArticle", "viewFile", "download"];
    let decoded = |part: &str| percent_decoded(part).unwrap_or_else(|| part.to_owned());
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let segments: Vec<&str> = url.path_segments()?.filter(|part| !part.is_empty()).collect();
    let at = segments.windows(2).rposition(|pair| pair[0] == "article" && OPERATIONS.contains(&pair[1]));
    if let Some(at) = at {
        return Some((
            segments[at + 1].to_owned(),
            segments[at + 2..].iter().map(|part| decoded(part)).collect(),
        ));
    }
    let pairs: Vec<(String, String)> =
        url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    let value = |wanted: &str| pairs.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
    let operation = value("op").filter(|operation| OPERATIONS.contains(&&**operation))?;
    if value("page").as_deref() != Some("article") {
        return None;
    }
    let path =
        pairs.iter().filter(|(name, _)| name.starts_with("path[")).map(|(_, value)| value.clone()).collect();
    Some((operation, path))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("http://127.0.0.1/index.php/cac/article/view/643", Some("643"))]
    #[case("https://x.org/cac/en/article/view/643/426?download=1", Some("643"))]
    #[case("https://x.org/cac/article/view/my-slug", Some("my-slug"))]
    #[case("https://x.org/index.php?journal=cac&page=article&op=view&path%5B%5D=643", Some("643"))]
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
    #[case("http://x.org/cac/article/download/643/426", Some("http://x.org/cac/article/download/643/426"))]
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
}
