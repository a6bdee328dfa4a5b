//! Finding the endpoint when the URL given is that of a page: a journal's front page, an issue, an article.
//!
//! The URL as given comes first. Only when it does not answer with OAI-PMH are others tried, at most
//! [`MAX_CANDIDATES`]: by the forms of URLs of Open Journal Systems, by the links of the page, and below the URL
//! itself.

use std::collections::BTreeSet;

use html5gum::Token;
use url::Url;

use crate::harvest::endpoint::{Endpoint, OaiResponse, RequestError, keep_own_arguments};
use crate::http::Response;
use crate::metadata::html::Html;
use crate::oai::Request;
use crate::oai::ojs::is_locale;

/// Most URLs that are tried beside the one given.
pub const MAX_CANDIDATES: usize = 6;
/// Bytes of a page that are searched for links.
const MAX_HTML: usize = 2 * 1024 * 1024;
/// Links of a page that are looked at.
const MAX_LINKS: usize = 5_000;

/// Pages of OJS, OMP and OPS, which follow the path of a journal in a URL.
const OJS_PAGES: [&str; 24] = [
    "about",
    "announcement",
    "article",
    "authorDashboard",
    "catalog",
    "dois",
    "gateway",
    "help",
    "index",
    "information",
    "issue",
    "login",
    "management",
    "notification",
    "preprint",
    "preprints",
    "reviewer",
    "search",
    "sections",
    "sitemap",
    "stats",
    "submission",
    "submissions",
    "user",
];

/// Last segments of the URLs of endpoints.
const ENDPOINTS: [&str; 6] = ["oai", "oai2", "oai.php", "oaiserver", "oai-pmh", "oai2d"];

/// An endpoint that has answered.
#[derive(Clone, Debug)]
pub struct Discovery {
    /// The response to Identify.
    pub answer: OaiResponse,
    /// The URL, where it is another than the one given.
    pub found: Option<Url>,
    /// Requests sent.
    pub requests: u32,
}

/// Sends Identify to the URL of an endpoint and, where that is not one, looks for it. The endpoint is set to the URL
/// that answered, after redirects.
///
/// # Errors
/// The failure of the URL as given.
pub async fn find_endpoint(endpoint: &mut Endpoint, tries: u32) -> Result<Discovery, RequestError> {
    let given = endpoint.base_url().clone();
    let (failure, page, mut requests) = match first(endpoint, tries).await? {
        First::Endpoint(answer) => {
            endpoint.pin(&answer);
            return Ok(Discovery {
                requests: answer.tries,
                answer: *answer,
                found: None,
            });
        }
        First::Page {
            failure,
            page,
            requests,
        } => (failure, page, requests),
    };
    for candidate in candidates(&given, page.as_deref()) {
        let mut other = endpoint.at(candidate.clone());
        match other.request_at_most(&Request::Identify, 1).await {
            Ok(answer) => {
                requests += answer.tries;
                other.pin(&answer);
                *endpoint = other;
                return Ok(Discovery {
                    answer,
                    found: Some(candidate),
                    requests,
                });
            }
            Err(error) if error.is_cancelled() || error.stops_host() => return Err(error),
            Err(error) => requests += error.tries,
        }
    }
    Err(RequestError {
        tries: requests,
        ..*failure
    })
}

/// The response of the URL as given.
enum First {
    Endpoint(Box<OaiResponse>),
    Page {
        failure: Box<RequestError>,
        page: Option<Box<Response>>,
        requests: u32,
    },
}

async fn first(endpoint: &Endpoint, tries: u32) -> Result<First, RequestError> {
    if is_endpoint(endpoint.base_url()) {
        return match endpoint.request_at_most(&Request::Identify, tries).await {
            Ok(answer) => Ok(First::Endpoint(Box::new(answer))),
            Err(error) if error.is_not_an_endpoint() => Ok(First::Page {
                requests: error.tries,
                failure: Box::new(error),
                page: None,
            }),
            Err(error) => Err(error),
        };
    }
    match endpoint.request_or_page(&Request::Identify, tries).await {
        Ok(Ok(answer)) => Ok(First::Endpoint(Box::new(answer))),
        Ok(Err((response, failure))) => Ok(First::Page {
            requests: failure.tries,
            failure: Box::new(failure),
            page: Some(Box::new(response)),
        }),
        Err(error) if error.is_not_an_endpoint() => Ok(First::Page {
            requests: error.tries,
            failure: Box::new(error),
            page: None,
        }),
        Err(error) => Err(error),
    }
}

/// Returns whether a URL looks like that of an endpoint rather than that of a page.
pub(super) fn is_endpoint(url: &Url) -> bool {
    let arguments = url.query_pairs().any(|(name, value)| {
        (name == "page" && value == "oai") || (name == "verb" && value == "Identify")
    });
    let last = segments(url).pop().unwrap_or_default();
    arguments || ENDPOINTS.contains(&last) || url.path().contains("/oai/")
}

/// The URLs to try, the likeliest first, without the one given.
fn candidates(given: &Url, page: Option<&Response>) -> Vec<Url> {
    let mut found = of_url(given);
    let names_journal = !found.is_empty();
    if let Some(page) = page {
        if page.url.path() != given.path() {
            found.extend(of_url(&page.url));
        }
        found.extend(of_links(page, names_journal));
    }
    if !is_endpoint(given) {
        found.extend(below(given));
    }
    let mut known = BTreeSet::from([given.as_str().trim_end_matches('/').to_owned()]);
    found.retain(|url| known.insert(url.as_str().trim_end_matches('/').to_owned()));
    found.truncate(MAX_CANDIDATES);
    found
}

/// The endpoints of the journal that a URL of OJS names, with and without `index.php`; of the site where it names none.
/// Empty where the URL does not have such a form.
fn of_url(url: &Url) -> Vec<Url> {
    let segments = segments(url);
    if let Some(at) = segments.iter().position(|segment| *segment == "index.php") {
        let (site, rest) = segments.split_at(at);
        return match rest.get(1) {
            Some(&journal) if journal != "index" => vec![
                with_path(url, &[site, &["index.php", journal, "oai"]].concat()),
                with_path(url, &[site, &[journal, "oai"]].concat()),
            ],
            _ => vec![with_path(
                url,
                &[site, &["index.php", "index", "oai"]].concat(),
            )],
        };
    }
    let mut journal = match segments
        .iter()
        .position(|segment| OJS_PAGES.contains(segment))
    {
        Some(at) => &segments[..at],
        None if segments.last().is_some_and(|last| ENDPOINTS.contains(last)) => {
            &segments[..segments.len() - 1]
        }
        None => return Vec::new(),
    };
    if journal.len() > 1 && journal.last().is_some_and(|last| is_locale(last)) {
        journal = &journal[..journal.len() - 1];
    }
    let restful = with_path(url, &[journal, &["oai"]].concat());
    match journal.split_last() {
        Some((name, site)) => vec![
            restful,
            with_path(url, &[site, &["index.php", name, "oai"]].concat()),
        ],
        None => vec![restful],
    }
}

/// The endpoints that a page's links lead to: those that look like one, then those of the journals they name. Of
/// several journals none is chosen; the endpoint is that of the site.
fn of_links(page: &Response, names_journal: bool) -> Vec<Url> {
    let links = links(page);
    let mut found: Vec<Url> = links
        .iter()
        .filter(|url| is_endpoint(url))
        .map(|url| {
            let mut url = url.clone();
            keep_own_arguments(&mut url);
            url
        })
        .collect();
    if !names_journal {
        let journals: BTreeSet<Vec<Url>> = links
            .iter()
            .filter(|url| !is_endpoint(url))
            .map(of_url)
            .filter(|urls| urls.len() > 1)
            .collect();
        if journals.len() == 1 {
            found.extend(journals.into_iter().flatten());
        } else if let Some(first) = journals.iter().flatten().next() {
            let site: Vec<&str> = segments(first)
                .into_iter()
                .take_while(|segment| *segment != "index.php")
                .collect();
            let site = if site.last() == Some(&"oai") {
                &[]
            } else {
                &site[..]
            };
            found.push(with_path(
                first,
                &[site, &["index.php", "index", "oai"]].concat(),
            ));
            found.push(with_path(first, &[site, &["index", "oai"]].concat()));
        }
    }
    found
}

/// Links of a page to its own host.
fn links(page: &Response) -> Vec<Url> {
    let html = &page.body[..page.body.len().min(MAX_HTML)];
    let html = String::from_utf8_lossy(html);
    Html::new(&html)
        .tokens()
        .filter_map(|token| match token {
            Token::StartTag(tag) if tag.name == b"a" || tag.name == b"link" => {
                let href = tag.attributes.get(&b"href"[..])?;
                page.url.join(&String::from_utf8_lossy(&href.value)).ok()
            }
            _ => None,
        })
        .filter(|url| url.host_str() == page.url.host_str() && url.port() == page.url.port())
        .take(MAX_LINKS)
        .collect()
}

/// Endpoints below a URL that has no form of OJS: that of OJS at its own host, DSpace, EPrints.
fn below(given: &Url) -> Vec<Url> {
    let own = segments(given);
    let mut paths = vec![[&own[..], &["oai"]].concat()];
    if own.is_empty() {
        paths.push(vec!["index.php", "index", "oai"]);
        paths.push(vec!["server", "oai", "request"]);
        paths.push(vec!["oai", "request"]);
        paths.push(vec!["cgi", "oai2"]);
    }
    paths.iter().map(|path| with_path(given, path)).collect()
}

fn segments(url: &Url) -> Vec<&str> {
    url.path()
        .split('/')
        .filter(|segment| !segment.is_empty())
        .collect()
}

fn with_path(url: &Url, segments: &[&str]) -> Url {
    let mut url = url.clone();
    url.set_path(&segments.join("/"));
    url.set_query(None);
    url.set_fragment(None);
    url
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use chrono::Utc;

    use super::*;

    fn page(url: &str, html: &str) -> Response {
        Response {
            url: Url::parse(url).unwrap(),
            status: 200,
            headers: reqwest::header::HeaderMap::default(),
            wire_coding: "identity",
            body: Bytes::copy_from_slice(html.as_bytes()),
            fetched_at: Utc::now(),
            took: std::time::Duration::ZERO,
        }
    }

    fn paths(given: &str, page: Option<&Response>) -> Vec<String> {
        candidates(&Url::parse(given).unwrap(), page)
            .iter()
            .map(|url| url.path().to_owned())
            .collect()
    }

    #[rstest::rstest]
    #[case("https://a.example/index.php/cac", "/index.php/cac/oai")]
    #[case("https://a.example/index.php/cac/index", "/index.php/cac/oai")]
    #[case("https://a.example/index.php/cac/issue/view/12", "/index.php/cac/oai")]
    #[case(
        "https://a.example/ojs/index.php/cac/en/article/view/9/4",
        "/ojs/index.php/cac/oai"
    )]
    #[case("https://a.example/index.php/index", "/index.php/index/oai")]
    #[case("https://a.example/cac/issue/current", "/cac/oai")]
    #[case("https://a.example/cac/pt_BR/article/view/7", "/cac/oai")]
    #[case("https://a.example/journals/cac/about", "/journals/cac/oai")]
    #[case("https://a.example/article/view/7", "/oai")]
    #[case("https://a.example/cac", "/cac/oai")]
    #[case("https://a.example/cac/oai", "/index.php/cac/oai")]
    #[case("https://a.example/", "/oai")]
    fn pages_of_a_journal_lead_to_its_endpoint(#[case] given: &str, #[case] first: &str) {
        assert_eq!(paths(given, None)[0], first);
    }

    #[test]
    fn links_lead_to_the_only_journal_or_to_the_site() {
        let one = page(
            "https://a.example/",
            "<a href='/index.php/cac/issue/current'>x</a><a href='/index.php/cac/about'>y</a>\
             <a href='https://b.example/index.php/other/about'>z</a>",
        );
        assert_eq!(
            paths("https://a.example/", Some(&one))[0],
            "/index.php/cac/oai"
        );
        let many = page(
            "https://a.example/",
            "<a href='/index.php/cac/about'>x</a><a href='/index.php/jcs/about'>y</a>",
        );
        assert_eq!(
            paths("https://a.example/", Some(&many))[0],
            "/index.php/index/oai"
        );
        let named = page(
            "https://a.example/repo",
            "<p><a href='/repo/oai/request?verb=Identify'>OAI-PMH</a>",
        );
        assert_eq!(
            paths("https://a.example/repo", Some(&named)),
            ["/repo/oai/request", "/repo/oai"]
        );
    }

    #[test]
    fn nothing_is_looked_for_below_an_endpoint() {
        assert_eq!(
            paths("https://a.example/index.php/cac/oai", None),
            ["/cac/oai"]
        );
        assert_eq!(paths("https://a.example/oai", None), [""; 0]);
        assert_eq!(paths("https://a.example/oai/request", None), [""; 0]);
    }

    #[test]
    fn never_more_than_six() {
        let links = (0..20).map(|n| format!("<a href='/r{n}/oai'>x</a>"));
        let links = links.collect::<Vec<_>>().concat();
        let many = page("https://a.example/", &links);
        assert_eq!(
            paths("https://a.example/", Some(&many)).len(),
            MAX_CANDIDATES
        );
        let own = Url::parse("https://a.example/cac/oai").unwrap();
        assert!(!candidates(&own, None).contains(&own));
    }
}
