//! The resumptionToken and its attributes (§3.5).

use crate::oai::repair_text::trim;

/// A `<resumptionToken>` that leads on. An empty one ends its list and is [`None`] on the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResumptionToken {
    /// The token: opaque, to be sent back as it is.
    pub value: String,
    /// `expirationDate`, as received.
    pub expiration_date: Option<String>,
}

/// Bytes at the end of a page in which its token is looked for: OJS's tokens have some forty, others some hundreds.
const TAIL: usize = 4096;

/// The token as the last bytes of a page show it, before the page is read; `None` where they are not as plain as
/// nearly all are. Only a hint: what the page holds may be more than this sees.
pub(crate) fn token_at_end(body: &[u8]) -> Option<String> {
    const TAG: &[u8] = b"<resumptionToken";
    let tail = &body[body.len().saturating_sub(TAIL)..];
    let tail = str::from_utf8(&tail[memchr::memmem::rfind(tail, TAG)? + TAG.len()..]).ok()?;
    let (attributes, content) = tail.split_once('>')?;
    let (token, end) = content.split_once("</resumptionToken>")?;
    let mut ends = end
        .split_ascii_whitespace()
        .flat_map(|end| end.split_inclusive('>'));
    let is_last = matches!(ends.next(), Some("</ListRecords>" | "</ListIdentifiers>"))
        && ends.next() == Some("</OAI-PMH>")
        && ends.next().is_none();
    let token = trim(token);
    let is_plain = token
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'&'));
    (is_last && is_plain && !token.is_empty() && !attributes.ends_with('/'))
        .then(|| token.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oai::{ListEnd, read_page};

    #[test]
    fn a_plain_end_shows_its_token() {
        let shown = |end: &str| token_at_end(format!("<OAI-PMH><ListRecords>{end}").as_bytes());
        let ends = "</ListRecords>\n</OAI-PMH>\n";
        assert_eq!(
            shown(&format!(
                "<resumptionToken a=\"1\">\n x9/y:z </resumptionToken>{ends}"
            ))
            .as_deref(),
            Some("x9/y:z")
        );
        for other in [
            ends.to_owned(),
            format!("<resumptionToken/>{ends}"),
            format!("<resumptionToken> </resumptionToken>{ends}"),
            format!("<resumptionToken>a&amp;b</resumptionToken>{ends}"),
            format!("<resumptionToken>a</resumptionToken><record/>{ends}"),
            format!("<resumptionToken>a</resumptionToken>{ends}<b/>"),
            "<resumptionToken>a</resumptionToken>".to_owned(),
            "<resumptionToken>a".to_owned(),
        ] {
            assert_eq!(shown(&other), None, "{other}");
        }
    }

    proptest::proptest! {
        #[test]
        fn shown_values_parse_back(token in "[!-~]{1,20}", blank in "[ \n]{0,2}") {
            let text = quick_xml::escape::escape(&*token);
            let page = format!("<OAI-PMH><ListRecords><record/><resumptionToken>{text}{blank}</resumptionToken>{blank}</ListRecords></OAI-PMH>");
            if let Some(shown) = token_at_end(page.as_bytes()) {
                let ListEnd::More(read) = read_page(page.as_bytes()).unwrap().end else { panic!("no token") };
                proptest::prop_assert_eq!(&shown, &read.value);
                proptest::prop_assert_eq!(shown, token);
            } else {
                proptest::prop_assert!(token.contains(['&', '<', '>', '"', '\'']));
            }
        }
    }
}
