//! Secrets in URLs are never shown.

const MASK: &str = "***";

/// Masks the user and password of each URL in a text, and the value of a `password=` argument.
///
/// ```
/// use offprint::redact::redact;
/// assert_eq!(redact("no store at postgres://me:s3cret@db/x"), "no store at postgres://***@db/x");
/// assert_eq!(redact("https://a.example/?q=b@c"), "https://a.example/?q=b@c");
/// ```
pub fn redact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (head, tail) = rest.split_at(at + 3);
        out.push_str(head);
        let end = tail.find(is_end).unwrap_or(tail.len());
        let (url, after) = tail.split_at(end);
        // A password of PostgreSQL may hold `/` or `?` unescaped: there, take the last `@`.
        let authority = if head.ends_with("postgres://") || head.ends_with("postgresql://") {
            url
        } else {
            &url[..url.find(['/', '?', '#']).unwrap_or(url.len())]
        };
        match authority.rfind('@') {
            Some(at) => {
                out.push_str(MASK);
                out.push_str(&url[at..]);
            }
            None => out.push_str(url),
        }
        rest = after;
    }
    out.push_str(rest);
    mask_password(&out)
}

fn is_end(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '`' | '<' | '>')
}

fn mask_password(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("password=") {
        let (head, tail) = rest.split_at(at + "password=".len());
        out.push_str(head);
        out.push_str(MASK);
        rest = &tail[tail.find(|c| c == '&' || is_end(c)).unwrap_or(tail.len())..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn secrets_go_and_the_rest_stays() {
        let cases = [
            ("postgresql://u:p/w?x@h/d and http://x@y/z", "postgresql://***@h/d and http://***@y/z"),
            ("store = \"postgres://h/d?password=abc&a=b\"", "store = \"postgres://h/d?password=***&a=b\""),
            ("https://user@h/oai", "https://***@h/oai"),
            ("mail a@b.example, see https://h/@c", "mail a@b.example, see https://h/@c"),
            ("http://", "http://"),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(redact(text), expected);
        }
    }
}
