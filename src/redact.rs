//! Secrets in URLs are never shown.

use std::borrow::Cow;

/// Replacement text of a secret.
const MASK: &str = "***";

/// Arguments of a query whose value is a secret, by their names in lower case and without `-`, `_` and `.`.
const SECRET: [&str; 8] = [
    "key",
    "auth",
    "authorization",
    "sig",
    "sign",
    "pass",
    "pwd",
    "sid",
];
/// The same, by how their names end.
const SECRET_ENDS: [&str; 17] = [
    "apikey",
    "accesskey",
    "authkey",
    "secretkey",
    "privatekey",
    "subscriptionkey",
    "wskey",
    "token",
    "secret",
    "password",
    "passwd",
    "signature",
    "credential",
    "accesscode",
    "authcode",
    "sessionid",
    "sessid",
];

/// Masks the user and password of each URL in a text, the values of arguments that are secrets by their name
/// (`?api_key=`, `&access_token=`), also of a URL that stands escaped in another, and the value of `password=`. A
/// resumptionToken is not a secret.
///
/// ```
/// use offprint::internals::redact::redact;
/// assert_eq!(redact("no store at postgres://me:s3cret@db/x"), "no store at postgres://***@db/x");
/// assert_eq!(
///     redact("at https://a.example/oai?api_key=s3&verb=Identify"),
///     "at https://a.example/oai?api_key=***&verb=Identify",
/// );
/// assert_eq!(redact("https://a.example/?q=b@c"), "https://a.example/?q=b@c");
/// ```
pub fn redact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for piece in text.split_inclusive(is_end) {
        let word = piece.trim_end_matches(is_end);
        if word.contains('@') {
            mask_credentials(word, &mut out);
        } else {
            out.push_str(word);
        }
        out.push_str(&piece[word.len()..]);
    }
    mask_arguments(&out).into_owned()
}

/// Schemes of names that may hold `:` and `@`, and no password.
const NAMES: [&str; 6] = ["mailto", "oai", "urn", "doi", "info", "hdl"];

/// Masks user and password of each URL in a word, and of a word that would be a URL but for its scheme.
fn mask_credentials(word: &str, out: &mut String) {
    let mut rest = word;
    while let Some(colon) = rest.find(":/") {
        rest = mask_url(rest, colon, out);
    }
    mask_without_scheme(rest, out);
}

/// Masks user and password of the URL whose scheme ends at `colon`. Returns what is left of the word: another URL may
/// stand in this one.
fn mask_url<'a>(word: &'a str, colon: usize, out: &mut String) -> &'a str {
    let path = &word[colon + 1..];
    let slashes = path.len() - path.trim_start_matches('/').len();
    let (head, tail) = word.split_at(colon + 1 + slashes);
    // `user:password@host:/path`
    mask_without_scheme(head, out);
    let (own, inner) = tail.split_at(tail.find("://").unwrap_or(tail.len()));
    let authority = &own[..own.find(['/', '?', '#']).unwrap_or(own.len())];
    let scheme = head.trim_end_matches(['/', ':']).to_ascii_lowercase();
    // A password may hold `/`, `?` or `#` unescaped: there, take the last `@`.
    let is_whole = scheme.ends_with("postgres") || scheme.ends_with("postgresql");
    let user = if is_whole || is_cut(authority) {
        own
    } else {
        authority
    };
    match user.rfind('@') {
        Some(at) => {
            out.push_str(MASK);
            out.push_str(&own[at..]);
        }
        None => out.push_str(own),
    }
    inner
}

/// Returns whether what looks like host and port is a user and the beginning of a password: `user:pa` of
/// `user:pa/ss@host`.
fn is_cut(authority: &str) -> bool {
    let Some((host, port)) = authority.split_once(':') else {
        return false;
    };
    let is_port = port.bytes().all(|byte| byte.is_ascii_digit());
    let is_host = host.contains('.') || host.eq_ignore_ascii_case("localhost");
    !(authority.contains(['[', '@']) || is_port && is_host)
}

/// Masks `user:password` of `user:password@host`.
fn mask_without_scheme(word: &str, out: &mut String) {
    let masked = word.rsplit_once('@').and_then(|(before, _)| {
        let (user, password) = before.split_once(':')?;
        let is_user = !password.is_empty()
            && !user.contains(['/', '?', '#', '='])
            && !NAMES.contains(&&*user.to_ascii_lowercase());
        is_user.then_some(before.len())
    });
    match masked {
        Some(at) => {
            out.push_str(MASK);
            out.push_str(&word[at..]);
        }
        None => out.push_str(word),
    }
}

/// Returns whether a URL contains a masked secret, and therefore cannot be requested.
pub(crate) fn is_masked(url: &url::Url) -> bool {
    url.query_pairs()
        .any(|(name, value)| value == MASK && is_secret(&name))
}

/// Returns whether a query argument is a secret, by its name.
pub(crate) fn is_secret(name: &str) -> bool {
    let bare: String = name
        .chars()
        .filter(|c| !matches!(c, '-' | '_' | '.' | '[' | ']'))
        .map(|c| c.to_ascii_lowercase())
        .collect();
    bare != "resumptiontoken"
        && (SECRET.contains(&&*bare) || SECRET_ENDS.iter().any(|end| bare.ends_with(end)))
}

fn is_end(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '`' | '<' | '>')
}

/// Masks the values of secret arguments: what follows `=` behind such a name, up to the next argument.
fn mask_arguments(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut taken = 0;
    let mut from = 0;
    while let Some((at, after)) = equals(text, from) {
        let begin = std::mem::replace(&mut from, after);
        let escaped = after - at > 1;
        let is_name =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '%' | '[' | ']');
        // no further back than what was looked at, or a long text would be gone through for each
        let name = text[begin..at]
            .rfind(|c| !is_name(c))
            .map_or(begin, |before| {
                begin + before + char_len(text, begin + before)
            });
        let name = &text[name..at];
        let before = &text[..at - name.len()];
        // `%26api_key%3D` of a URL that stands escaped in another
        let (name, opened) = match after_escape(name) {
            Some(inner) => (inner, true),
            None => (name, before.ends_with(['?', '&', ';', '#'])),
        };
        let name = url::form_urlencoded::parse(name.as_bytes()).next();
        let name = name.map(|(name, _)| name).unwrap_or_default();
        if !(is_secret(&name) && (opened || name.ends_with("password"))) {
            continue;
        }
        let value = &text[after..];
        let ends = |(place, c): (usize, char)| {
            let escaped_end = escaped
                && value
                    .get(place..place + 3)
                    .is_some_and(|three| three == "%26" || three == "%23");
            (is_end(c) || c == '&' || (c == '#' && opened) || escaped_end).then_some(place)
        };
        let end = after + value.char_indices().find_map(ends).unwrap_or(value.len());
        if end > after {
            out.push_str(&text[taken..after]);
            out.push_str(MASK);
            (taken, from) = (end, end);
        }
    }
    if taken == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[taken..]);
    Cow::Owned(out)
}

/// What follows the last escaped `?`, `&` or `;` of a name.
fn after_escape(name: &str) -> Option<&str> {
    let ends = name.match_indices('%').filter_map(|(at, _)| {
        let digits = name.get(at + 1..at + 3)?;
        matches!(digits, "3F" | "3f" | "26" | "3B" | "3b").then_some(at + 3)
    });
    ends.max().map(|end| &name[end..])
}

/// The next `=`, plain or escaped: where it begins and where it ends.
fn equals(text: &str, from: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    (from..bytes.len()).find_map(|at| match bytes[at..] {
        [b'=', ..] => Some((at, at + 1)),
        [b'%', b'3', b'D' | b'd', ..] => Some((at, at + 3)),
        _ => None,
    })
}

fn char_len(text: &str, at: usize) -> usize {
    text[at..].chars().next().map_or(1, char::len_utf8)
}

#[cfg(test)]
mod tests {
    use super::{is_masked, redact};

    #[test]
    fn secrets_go_and_the_rest_stays() {
        let cases = [
            (
                "postgresql://u:p/w?x@h/d and http://x@y/z",
                "postgresql://***@h/d and http://***@y/z",
            ),
            (
                "store = \"postgres://h/d?password=abc&a=b\"",
                "store = \"postgres://h/d?password=***&a=b\"",
            ),
            ("host=h password=abc user=u", "host=h password=*** user=u"),
            ("https://user@h/oai", "https://***@h/oai"),
            (
                "mail a@b.example, see https://h/@c",
                "mail a@b.example, see https://h/@c",
            ),
            ("http://", "http://"),
            ("", ""),
            // without a scheme, or with a slash too few
            (
                "cannot read \"u:pw@h.example/oai\"",
                "cannot read \"***@h.example/oai\"",
            ),
            ("scp u:pw@h.example:/x", "scp ***@h.example:/x"),
            ("http:/u:pw@127.0.0.1:1/oai", "http:/***@127.0.0.1:1/oai"),
            ("POSTGRES://u:p/w@h/x", "POSTGRES://***@h/x"),
            ("ftp://u:pw@h/x", "ftp://***@h/x"),
            // a password with a character that ends the host
            ("http://u:x/pw@h.example/oai", "http://***@h.example/oai"),
            ("http://u:12/pw@h.example/oai", "http://***@h.example/oai"),
            ("https://u:x#pw@h.example", "https://***@h.example"),
            // one URL in another
            (
                "https://a.example/?u=https://u:pw@b/",
                "https://a.example/?u=https://***@b/",
            ),
            // no passwords
            ("https://a.example:8080/@c", "https://a.example:8080/@c"),
            ("http://localhost:8080/j@x", "http://localhost:8080/j@x"),
            ("http://[::1]:8080/@c", "http://[::1]:8080/@c"),
            ("oai:a.example:j/1@2", "oai:a.example:j/1@2"),
            ("mailto:a@b.example", "mailto:a@b.example"),
            ("é\u{a0}é@", "é\u{a0}é@"),
        ];
        for (text, expected) in cases {
            assert_eq!(redact(text), expected);
        }
    }

    #[test]
    fn arguments_that_are_secrets_by_their_name() {
        for name in [
            "api_key",
            "apikey",
            "API-Key",
            "key",
            "token",
            "access_token",
            "auth",
            "password",
            "client.secret",
            "sig",
            "X-Amz-Signature",
            "X-Amz-Credential",
            "wskey",
            "session_id",
            "sessionid",
            "PHPSESSID",
            "access_code",
            "api_key[]",
            "api%5Fkey",
        ] {
            assert_eq!(
                redact(&format!(
                    "status 500 at https://h/oai?a=b&{name}=hun&verb=Identify (twice)"
                )),
                format!("status 500 at https://h/oai?a=b&{name}=***&verb=Identify (twice)")
            );
            assert_eq!(
                redact(&format!("https://h/oai?{name}=hun\n")),
                format!("https://h/oai?{name}=***\n")
            );
        }
        for other in [
            "https://h/oai?verb=ListRecords&resumptionToken=abc&x=1",
            "https://h/oai?journal_key=cac&monkey=1&set=key",
            "https://h/oai?key=",
            "the key=value of token=this is no URL",
            "a = b",
            "é=key",
        ] {
            assert_eq!(redact(other), other);
        }
    }

    #[test]
    fn an_address_within_an_address() {
        assert_eq!(
            redact(
                "redirected to https://sso/login?back=https%3A%2F%2Fh%2Foai%3Fapi_key%3Dhun%26verb%3DIdentify&k=1"
            ),
            "redirected to https://sso/login?back=https%3A%2F%2Fh%2Foai%3Fapi_key%3D***%26verb%3DIdentify&k=1"
        );
        assert_eq!(
            redact("/oai?a=1&amp;api_key=hun&amp;b=2"),
            "/oai?a=1&amp;api_key=***&amp;b=2"
        );
    }

    #[test]
    fn long_texts_take_no_longer_for_each_byte() {
        let nested = "a@b://".repeat(200_000);
        assert_eq!(
            redact(&nested).len(),
            "***@b://".len() * 200_000 - "***".len() + "a".len()
        );
        let escaped = "a%3D".repeat(200_000);
        assert_eq!(redact(&escaped), escaped);
    }

    #[test]
    fn an_address_that_was_shown_is_known() {
        let is = |url: &str| is_masked(&url::Url::parse(url).unwrap());
        assert!(is("https://h/oai?api_key=***"));
        assert!(is(&redact("https://h/oai?journal=a&token=x")));
        assert!(!is("https://h/oai?api_key=x"));
        assert!(!is("https://h/oai?q=***"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,60}", glue in "[?&%3Dé=apikey_]{0,20}") {
            let once = redact(&format!("{text}{glue}"));
            proptest::prop_assert_eq!(redact(&once), once);
        }
    }
}
