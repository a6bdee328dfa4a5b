//! HTML where a repository should answer: which block page, login or notice it is. None is ever bypassed.

use std::fmt;

use memchr::memmem;

/// A web page that came instead of an OAI-PMH response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BlockPage {
    /// Cloudflare's challenge or block.
    Cloudflare,
    /// AWS WAF's challenge.
    AwsWaf,
    /// The Anubis proof-of-work page.
    Anubis,
    /// Imperva Incapsula.
    Incapsula,
    /// Sucuri's firewall.
    Sucuri,
    /// A captcha of another make.
    Captcha,
    /// A login page.
    Login,
    /// The journal is disabled, or its OAI interface is switched off.
    Disabled,
    /// Another page of the site, the target of requests to a switched-off interface.
    FrontPage,
    /// Any other web page.
    WebPage,
}

impl BlockPage {
    /// Returns whether it stands before the whole host, and is meant for programs such as this one.
    pub fn is_bot_protection(self) -> bool {
        matches!(
            self,
            Self::Cloudflare
                | Self::AwsWaf
                | Self::Anubis
                | Self::Incapsula
                | Self::Sucuri
                | Self::Captcha
        )
    }
}

impl fmt::Display for BlockPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cloudflare => "a Cloudflare block page",
            Self::AwsWaf => "an AWS WAF block page",
            Self::Anubis => "an Anubis block page",
            Self::Incapsula => "an Incapsula block page",
            Self::Sucuri => "a Sucuri block page",
            Self::Captcha => "a captcha",
            Self::Login => "a login page",
            Self::Disabled => "a page that says the journal or its OAI interface is disabled",
            Self::FrontPage => {
                "another web page of the site, as when the OAI interface is switched off or the journal disabled"
            }
            Self::WebPage => "a web page",
        })
    }
}

/// The part of a page that is examined, bytes.
const LOOK_AT: usize = 64 * 1024;

/// Signs of block pages, in lower case; the first whose sign is there decides.
const SIGNS: [(BlockPage, &[&str]); 8] = [
    (
        BlockPage::Cloudflare,
        &[
            "<title>just a moment",
            "cf-chl-",
            "_cf_chl_opt",
            "cf-error-details",
        ],
    ),
    (
        BlockPage::AwsWaf,
        &["awswafintegration", "aws-waf-token", "awswaf.com"],
    ),
    (
        BlockPage::Anubis,
        &[
            "anubis_challenge",
            "within.website",
            "making sure you're not a bot",
            "making sure you&#39;re not a bot",
        ],
    ),
    (
        BlockPage::Incapsula,
        &["_incapsula_resource", "incapsula incident"],
    ),
    (
        BlockPage::Sucuri,
        &["sucuri website firewall", "sucuri_cloudproxy"],
    ),
    (
        BlockPage::Captcha,
        &[
            "g-recaptcha",
            "h-captcha",
            "are you a robot",
            "verify you are human",
        ],
    ),
    (
        BlockPage::Login,
        &["type=\"password\"", "type='password'", "type=password"],
    ),
    (
        BlockPage::Disabled,
        &[
            "oai interface is disabled",
            "oai is disabled",
            "oai-pmh is disabled",
            "oai is not enabled",
            "journal is not enabled",
            "journal has been disabled",
        ],
    ),
];

/// Names the page that a response is, by its headers and the beginning of its body; `None` when it is not HTML.
pub fn recognise(headers: &reqwest::header::HeaderMap, body: &[u8]) -> Option<BlockPage> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if header("cf-mitigated").is_some() {
        return Some(BlockPage::Cloudflare);
    }
    if header("x-amzn-waf-action").is_some() {
        return Some(BlockPage::AwsWaf);
    }
    if !looks_like_html(body) {
        return None;
    }
    let page = body[..body.len().min(LOOK_AT)].to_ascii_lowercase();
    let has = |needle: &str| memmem::find(&page, needle.as_bytes()).is_some();
    Some(
        SIGNS
            .into_iter()
            .find(|(_, signs)| signs.iter().any(|sign| has(sign)))
            .map_or(BlockPage::WebPage, |(page, _)| page),
    )
}

/// Returns whether a body begins like an HTML page and not like a response with PHP notices before its prolog.
pub fn looks_like_html(body: &[u8]) -> bool {
    let head = &body[..body.len().min(2048)];
    let head = head
        .strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(head)
        .trim_ascii_start()
        .to_ascii_lowercase();
    if memmem::find(&body[..body.len().min(LOOK_AT)], b"<OAI-PMH").is_some() {
        return false;
    }
    let starts = |tag: &str| head.starts_with(tag.as_bytes());
    ["<!doctype html", "<html", "<head", "<body"]
        .into_iter()
        .any(starts)
        || memmem::find(&head, b"<!doctype html").is_some()
        || memmem::find(&head, b"<html").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderMap, HeaderValue};

    #[test]
    fn recognises_block_pages() {
        let none = HeaderMap::new();
        let page = |text: &str| {
            recognise(
                &none,
                format!("<!DOCTYPE html><html>{text}</html>").as_bytes(),
            )
        };
        assert_eq!(
            page("<title>Just a moment...</title>"),
            Some(BlockPage::Cloudflare)
        );
        assert_eq!(
            page("<script src=x.awswaf.com/challenge.js>"),
            Some(BlockPage::AwsWaf)
        );
        assert_eq!(
            page("<title>Making sure you're not a bot!</title>"),
            Some(BlockPage::Anubis)
        );
        assert_eq!(
            page("<input type=\"password\" name=\"password\">"),
            Some(BlockPage::Login)
        );
        assert_eq!(page("<h1>Welcome</h1>"), Some(BlockPage::WebPage));
        let mut mitigated = HeaderMap::new();
        mitigated.insert("cf-mitigated", HeaderValue::from_static("challenge"));
        assert_eq!(recognise(&mitigated, b""), Some(BlockPage::Cloudflare));
    }

    #[test]
    fn php_notices_are_not_a_block_page() {
        let none = HeaderMap::new();
        assert_eq!(
            recognise(
                &none,
                b"<br /><b>Notice</b>: x <?xml version=\"1.0\"?><OAI-PMH>"
            ),
            None
        );
        assert_eq!(recognise(&none, b"<?xml version=\"1.0\"?><OAI-PMH/>"), None);
        assert_eq!(recognise(&none, b"upstream timed out"), None);
    }
}
