//! Compares endpoints, and makes names for sources without one.

use std::borrow::Cow;

use url::{Host, Url};

use crate::redact::is_secret;

/// OAI-PMH arguments (§3, §4); a base URL copied from a browser may carry some.
const OAI_ARGUMENTS: [&str; 7] = [
    "verb",
    "metadataPrefix",
    "set",
    "from",
    "until",
    "resumptionToken",
    "identifier",
];

/// Parts of a path that say nothing of the journal.
const DULL_SEGMENTS: [&str; 4] = ["index.php", "oai", "oai2", "request"];

/// Longest name made, in bytes: file names are made of it.
const MAX_NAME: usize = 80;

/// The part of a base URL that tells its endpoint from others: host, port, path, without scheme, trailing
/// slashes, user information, fragment and OAI-PMH arguments. Other arguments stay, since journals may
/// differ by them alone (`index.php?journal=cac&page=oai`).
pub(crate) fn url_key(base_url: &str) -> String {
    let Ok(url) = Url::parse(base_url.trim()) else {
        return trim_slashes(base_url.trim()).to_owned();
    };
    let mut key = authority(&url);
    key.push_str(trim_slashes(url.path()));
    for (position, (name, value)) in own_arguments(&url).enumerate() {
        key.push(if position == 0 { '?' } else { '&' });
        key.extend([&*name, "=", &*value]);
    }
    key
}

/// Returns whether the URL requested is neither the pinned one nor the one the source began with: then the site has
/// moved, and the person who names the source gives the new place. The safer scheme counts as a move too.
pub(crate) fn asks_elsewhere(base_url: &str, id_base: &str, asked: &str) -> bool {
    let key = url_key(asked);
    if key == url_key(base_url) {
        return asked.starts_with("https:") && base_url.starts_with("http:");
    }
    key != id_base
}

/// `hostname:port` of a base URL; none where it has no host.
pub(crate) fn host_and_port(base_url: &str) -> Option<String> {
    let url = Url::parse(base_url.trim()).ok()?;
    let host = url.host_str()?;
    Some(match url.port_or_known_default() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}

/// A readable name for a source: `journals.example.org/index.php/cac/oai` gives `journals-example-org-cac`.
/// Lower-case ASCII letters, digits and hyphens only, never empty; not yet unique.
pub(crate) fn source_name(base_url: &str) -> String {
    let mut words = String::new();
    match Url::parse(base_url.trim()) {
        Ok(url) => {
            match url.host() {
                // Digits and colons alone would not say what they are.
                Some(Host::Ipv6(address)) => {
                    words.extend(["ipv6-", &*address.to_string().replace("::", "-0-")]);
                    words.extend(url.port().map(|port| format!(":{port}")));
                }
                _ => words.push_str(&authority(&url)),
            }
            for segment in url.path().split('/').filter(|s| !DULL_SEGMENTS.contains(s)) {
                // `;jsessionid=…` is no part of a path
                words.extend(["/", segment.split(';').next().unwrap_or_default()]);
            }
            let tells = |(name, value): &(Cow<'_, str>, Cow<'_, str>)| {
                !is_secret(name) && !DULL_SEGMENTS.contains(&&**value)
            };
            for (_, value) in own_arguments(&url).filter(tells) {
                words.extend(["/", &*value]);
            }
        }
        Err(_) => words.push_str(base_url),
    }
    let mut name = String::new();
    let mut letters = words.chars();
    while let Some(c) = letters.next() {
        if name.len() >= MAX_NAME {
            break;
        }
        if c == '%' {
            letters.nth(1); // the digits of an escaped byte say nothing to a reader
        }
        if c.is_ascii_alphanumeric() {
            name.push(c.to_ascii_lowercase());
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    let name = name.trim_end_matches('-');
    if name.is_empty() {
        "source".to_owned()
    } else {
        name.to_owned()
    }
}

fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    // A default port is none to `Url`, under either scheme.
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn own_arguments(url: &Url) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    url.query_pairs()
        .filter(|(name, _)| !name.is_empty() && !OAI_ARGUMENTS.contains(&&**name))
}

fn trim_slashes(path: &str) -> &str {
    path.trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(
        "https://journals.example.org/index.php/cac/oai",
        "journals.example.org/index.php/cac/oai"
    )]
    #[case(
        "http://Journals.Example.org:80/index.php/cac/oai/",
        "journals.example.org/index.php/cac/oai"
    )]
    #[case(
        "https://me:secret@example.org/oai?verb=Identify#top",
        "example.org/oai"
    )]
    #[case(
        "https://example.org/?journal=cac&page=oai",
        "example.org?journal=cac&page=oai"
    )]
    #[case("http://127.0.0.1:8080/oai", "127.0.0.1:8080/oai")]
    #[case("saved/responses/", "saved/responses")]
    fn keys_leave_out_what_does_not_tell_endpoints_apart(#[case] url: &str, #[case] key: &str) {
        assert_eq!(url_key(url), key);
    }

    #[rstest]
    #[case(
        "https://journals.example.org/index.php/cac/oai",
        "journals-example-org-cac"
    )]
    #[case("https://example.org/index.php/index/oai", "example-org-index")]
    #[case("https://example.org/oai", "example-org")]
    #[case(
        "https://example.org/index.php?journal=cac&page=oai",
        "example-org-cac"
    )]
    #[case(
        "https://example.org/oai?journal=cac&api_key=hunter2",
        "example-org-cac"
    )]
    #[case("http://[::1]:8080/../../etc/oai", "ipv6-0-1-8080-etc")]
    #[case("http://[2001:DB8::7:1]/index.php/cac/oai", "ipv6-2001-db8-0-7-1-cac")]
    #[case("https://пример.испытание/журнал/oai", "xn-e1afmkfd-xn-80akhbyknj4f")]
    #[case("../журнал", "source")]
    fn names_are_readable_and_safe(#[case] url: &str, #[case] name: &str) {
        assert_eq!(source_name(url), name);
    }

    #[test]
    fn hosts_carry_their_port() {
        assert_eq!(
            host_and_port("https://example.org/oai").as_deref(),
            Some("example.org:443")
        );
        assert_eq!(
            host_and_port("http://example.org/oai").as_deref(),
            Some("example.org:80")
        );
        assert_eq!(host_and_port("saved"), None);
    }
}
