//! HTML where XML was requested: what bot walls, login pages and errors answer, in short.

/// An HTML answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wall {
    /// A page of some kind.
    Page,
    /// Cloudflare's challenge.
    Cloudflare,
    /// AWS WAF's challenge.
    AwsWaf,
    /// Anubis' proof of work.
    Anubis,
    /// The login form of OJS itself.
    Login,
    /// The front page of the journal, which OJS sends to when its OAI is switched off.
    FrontPage,
    /// 404 of the journal.
    NotFound,
    /// 403 of the web server.
    Forbidden,
}

impl Wall {
    /// Status, headers and body.
    pub fn answer(self) -> (u16, Vec<(String, String)>, &'static str) {
        let (status, headers, body): (u16, &[(&str, &str)], &str) = match self {
            Self::Page => (
                200,
                &[],
                "<!DOCTYPE html>\n<html><head><title>Maintenance</title></head><body><p>Back soon.</body></html>\n",
            ),
            Self::Cloudflare => (
                403,
                &[("cf-mitigated", "challenge"), ("Server", "cloudflare")],
                "<!DOCTYPE html><html lang=\"en-US\"><head><title>Just a moment...</title></head><body>\
                 <noscript>Enable JavaScript and cookies to continue</noscript>\
                 <script>window._cf_chl_opt={};</script></body></html>",
            ),
            Self::AwsWaf => (
                202,
                &[("x-amzn-waf-action", "challenge")],
                "<!DOCTYPE html><html><head><script>window.awsWafCookieDomainList = [];</script>\
                 <script src=\"https://0.token.awswaf.com/challenge.js\"></script></head></html>",
            ),
            Self::Anubis => (
                200,
                &[],
                "<!doctype html><html><head><title>Making sure you&#39;re not a bot!</title>\
                 <script id=\"anubis_version\" type=\"application/json\">\"v1.19.1\"</script></head>\
                 <body><p>Protected by Anubis</p></body></html>",
            ),
            Self::Login => (
                200,
                &[],
                "<!DOCTYPE html><html lang=\"en\"><head><title>Login | Journal of Careful Study</title></head>\
                 <body class=\"pkp_page_login\"><form class=\"pkp_form login\" id=\"login\" method=\"post\" \
                 action=\"/index.php/jcs/login/signIn\"><input name=\"username\">\
                 <input type=\"password\" name=\"password\"></form></body></html>",
            ),
            Self::FrontPage => (
                200,
                &[],
                "<!DOCTYPE html><html lang=\"en\"><head><title>Journal of Careful Study</title>\
                 <meta name=\"generator\" content=\"Open Journal Systems 3.3.0.14\"></head>\
                 <body class=\"pkp_page_index pkp_op_index\"><h1>Current issue</h1></body></html>",
            ),
            Self::NotFound => (
                404,
                &[],
                "<!DOCTYPE html><html><head><title>404 Not Found</title></head></html>",
            ),
            Self::Forbidden => (
                403,
                &[],
                "<!DOCTYPE html><html><head><title>403 Forbidden</title></head></html>",
            ),
        };
        let mut headers: Vec<(String, String)> = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        headers.push(("Content-Type".into(), "text/html; charset=utf-8".into()));
        (status, headers, body)
    }
}
