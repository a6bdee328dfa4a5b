//! HTML where a repository should answer: which wall, login or notice it is. None is ever gone around.

use std::fmt;

use memchr::memmem;

/// What a page that is no OAI-PMH turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wall {
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
    /// Another page of the site, to which whoever asks a switched-off interface is sent.
    FrontPage,
    /// Any other web page.
    WebPage,
}

impl Wall {
    /// Whether it stands before the whole host, and is meant for programs such as this one.
    pub fn is_bot_wall(self) -> bool {
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

impl fmt::Display for Wall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cloudflare => "a Cloudflare bot wall",
            Self::AwsWaf => "an AWS WAF bot wall",
            Self::Anubis => "an Anubis bot wall",
            Self::Incapsula => "an Incapsula bot wall",
            Self::Sucuri => "a Sucuri bot wall",
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

/// How much of a page is looked at.
const LOOK_AT: usize = 64 * 1024;

/// Names the wall that a response is, by its headers and the beginning of its body; `None` when it is not HTML.
pub fn recognise(headers: &reqwest::header::HeaderMap, body: &[u8]) -> Option<Wall> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if header("cf-mitigated").is_some() {
        return Some(Wall::Cloudflare);
    }
    if header("x-amzn-waf-action").is_some() {
        return Some(Wall::AwsWaf);
    }
    if !looks_like_html(body) {
        return None;
    }
    let page = body[..body.len().min(LOOK_AT)].to_ascii_lowercase();
    let has = |needle: &str| memmem::find(&page, needle.as_bytes()).is_some();
    let signs: [(Wall, &[&str]); 8] = [
        (
            Wall::Cloudflare,
            &[
                "<title>just a moment",
                "cf-chl-",
                "_cf_chl_opt",
                "cf-error-details",
            ],
        ),
        (
            Wall::AwsWaf,
            &["awswafintegration", "aws-waf-token", "awswaf.com"],
        ),
        (
            Wall::Anubis,
            &[
                "anubis_challenge",
                "within.website",
                "making sure you're not a bot",
                "making sure you&#39;re not a bot",
            ],
        ),
        (
            Wall::Incapsula,
            &["_incapsula_resource", "incapsula incident"],
        ),
        (
            Wall::Sucuri,
            &["sucuri website firewall", "sucuri_cloudproxy"],
        ),
        (
            Wall::Captcha,
            &[
                "g-recaptcha",
                "h-captcha",
                "are you a robot",
                "verify you are human",
            ],
        ),
        (
            Wall::Login,
            &["type=\"password\"", "type='password'", "type=password"],
        ),
        (
            Wall::Disabled,
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
    Some(
        signs
            .into_iter()
            .find(|(_, signs)| signs.iter().any(|sign| has(sign)))
            .map_or(Wall::WebPage, |(wall, _)| wall),
    )
}

/// Whether a body begins like an HTML page and not like a response with PHP notices before its prolog.
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
    fn walls_are_told_apart() {
        let none = HeaderMap::new();
        let page = |text: &str| {
            recognise(
                &none,
                format!("<!DOCTYPE html><html>{text}</html>").as_bytes(),
            )
        };
        assert_eq!(
            page("<title>Just a moment...</title>"),
            Some(Wall::Cloudflare)
        );
        assert_eq!(
            page("<script src=x.awswaf.com/challenge.js>"),
            Some(Wall::AwsWaf)
        );
        assert_eq!(
            page("<title>Making sure you're not a bot!</title>"),
            Some(Wall::Anubis)
        );
        assert_eq!(
            page("<input type=\"password\" name=\"password\">"),
            Some(Wall::Login)
        );
        assert_eq!(page("<h1>Welcome</h1>"), Some(Wall::WebPage));
        let mut mitigated = HeaderMap::new();
        mitigated.insert("cf-mitigated", HeaderValue::from_static("challenge"));
        assert_eq!(recognise(&mitigated, b""), Some(Wall::Cloudflare));
    }

    #[test]
    fn a_response_with_notices_is_no_wall() {
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
