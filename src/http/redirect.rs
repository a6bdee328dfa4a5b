//! Where a redirect may lead.

use reqwest::header::{HeaderMap, HeaderValue, LOCATION};
use url::Url;

use crate::http::HttpError;
use crate::values::DisplaySafeUrl;

/// Returns where a redirect leads. It is followed to the same host, with or without `www.`, never from https down to
/// http: whatever else has moved, a person has to confirm.
pub(super) fn target(from: &Url, headers: &HeaderMap) -> Result<Url, HttpError> {
    let location = headers.get(LOCATION).map(HeaderValue::as_bytes);
    let location = String::from_utf8_lossy(location.unwrap_or_default().trim_ascii());
    let to = from.join(&location).ok().filter(|_| !location.is_empty());
    let Some(mut to) = to else {
        return Err(HttpError::NoRedirectTarget {
            location: DisplaySafeUrl::from(&*location),
        });
    };
    to.set_fragment(None);
    let refuse = |why| {
        Err(HttpError::Redirect {
            to: DisplaySafeUrl::from(&to),
            why,
        })
    };
    if from.scheme() == "https" && to.scheme() == "http" {
        return refuse("from https down to http");
    }
    let bare = |url: &Url| {
        url.host_str()
            .unwrap_or_default()
            .trim_start_matches("www.")
            .to_ascii_lowercase()
    };
    if bare(from) != bare(&to) {
        return refuse("to another host; if it is the journal's new home, move the source there");
    }
    Ok(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follow(from: &str, location: &str) -> Result<String, &'static str> {
        let mut headers = HeaderMap::new();
        headers.insert(LOCATION, HeaderValue::from_str(location).unwrap());
        target(&Url::parse(from).unwrap(), &headers)
            .map(String::from)
            .map_err(|error| match error {
                HttpError::Redirect { why, .. } => why,
                other => panic!("{other}"),
            })
    }

    #[test]
    fn stays_at_the_host_and_never_goes_down_to_http() {
        let https = "https://a.example/oai";
        assert_eq!(
            follow("http://a.example/oai", https).unwrap(),
            "https://a.example/oai"
        );
        assert_eq!(
            follow(https, "/j/oai#x").unwrap(),
            "https://a.example/j/oai"
        );
        assert!(follow(https, "https://www.a.example/oai").is_ok());
        assert!(follow(https, "http://a.example/oai").is_err());
        assert!(follow(https, "https://b.example/oai").is_err());
        assert!(follow(https, "http://127.0.0.1/oai").is_err());
    }

    #[rstest::rstest]
    #[case(None, "redirected without a Location")]
    #[case(Some(""), "redirected without a Location")]
    #[case(Some("http://"), "redirected to \"http://\", which is not a URL")]
    fn says_what_is_wrong_with_a_location(#[case] location: Option<&str>, #[case] message: &str) {
        let mut headers = HeaderMap::new();
        if let Some(location) = location {
            headers.insert(LOCATION, HeaderValue::from_str(location).unwrap());
        }
        let from = Url::parse("https://a.example/oai").unwrap();
        assert_eq!(target(&from, &headers).unwrap_err().to_string(), message);
    }
}
