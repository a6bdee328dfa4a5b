//! URLs that parsing would leave as they are, which nearly all are: their parts are found without parsing.

use std::net::Ipv4Addr;

/// A URL of http or https whose host and path stand as written, without port, query and fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PlainUrl<'a> {
    /// Begins with a slash.
    pub(super) path: &'a str,
}

impl<'a> PlainUrl<'a> {
    /// The URL that `text` is; `None` for the least doubt, which the parser of URLs settles.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let rest = text.strip_prefix("http")?;
        let rest = rest.strip_prefix('s').unwrap_or(rest).strip_prefix("://")?;
        let (host, path) = rest.split_at(memchr::memchr(b'/', rest.as_bytes())?);
        (is_host(host) && is_path(path)).then_some(Self { path })
    }
}

/// A name in small letters that ends in a word of letters, or four numbers.
fn is_host(host: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
            // of a name in other letters, or kept for such
            && label.get(2..4) != Some("--")
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = host.rsplit('.').next().unwrap_or(host);
    if last.bytes().all(|byte| byte.is_ascii_lowercase()) {
        host.len() <= 253 && host.split('.').all(is_label)
    } else {
        host.parse::<Ipv4Addr>().is_ok()
    }
}

/// No sign that is escaped or stands for something else, and no segment of dots.
fn is_path(path: &str) -> bool {
    let mut before = b'/';
    path.bytes().all(|byte| {
        let is_dots = byte == b'.' && before == b'/';
        before = byte;
        !is_dots
            && (byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.' | b'~'))
    })
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    #[test]
    fn plain_or_not() {
        let path = |text| PlainUrl::read(text).map(|url| url.path);
        assert_eq!(
            path("https://x.org/index.php/j/article/view/7"),
            Some("/index.php/j/article/view/7")
        );
        assert_eq!(path("http://127.0.0.1/a//b_c~d"), Some("/a//b_c~d"));
        for other in [
            "https://x.org",
            "https://x.org:80/",
            "https://X.org/",
            "https://xn--a.org/",
            "https://1.2.3/",
            "https://1.2.3.04/",
            "https://a@x.org/",
            "https://x..org/",
            "https:///x.org/a",
            "https://x.org/a/../b",
            "https://x.org/a/.%2e",
            "https://x.org/?a",
            "https://x.org/ä",
            "https://x.org/a\\b",
            "ftp://x.org/",
            " https://x.org/",
        ] {
            assert_eq!(path(other), None, "{other}");
        }
    }

    proptest::proptest! {
        #[test]
        fn the_parser_leaves_it_as_it_is(text in r"https?://([a-z0-9-]{1,3}\.){0,4}([a-z]{1,3}|[0-9]{1,3})/([a-zA-Z0-9/_.~-]|\PC){0,12}") {
            if let Some(plain) = PlainUrl::read(&text) {
                let url = Url::parse(&text).unwrap();
                proptest::prop_assert_eq!(url.as_str(), &text);
                proptest::prop_assert_eq!(url.path(), plain.path);
                proptest::prop_assert!(url.has_host());
            }
        }
    }
}
