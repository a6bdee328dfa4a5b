//! The tokens of an HTML page.

use std::borrow::Cow;

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{Token, Tokenizer};

/// The tokenizer calls itself for each quoted attribute of a tag, and returns where no white space parts two.
const MAX_NESTED: usize = 64;

/// A page that may be read whatever it holds.
pub(crate) struct Html<'a>(Cow<'a, str>);

impl<'a> Html<'a> {
    pub(crate) fn new(html: &'a str) -> Self {
        Self(with_joined_attributes(html))
    }

    /// The tokens of the page. Scripts and comments are not taken for tags.
    pub(crate) fn tokens(&self) -> impl Iterator<Item = Token> {
        let mut emitter = DefaultEmitter::default();
        emitter.naively_switch_states(true);
        Tokenizer::new_with_emitter(&*self.0, emitter).flatten()
    }
}

/// The page without the white space between some attributes, which stay what they are: a tag of a hundred thousand would
/// end in a stack overflow.
fn with_joined_attributes(html: &str) -> Cow<'_, str> {
    let bytes = html.as_bytes();
    let (mut out, mut copied, mut seen) = (String::new(), 0, 0);
    for quote in memchr::memchr_iter(b'"', bytes) {
        let Some(name) = next_attribute(bytes, quote + 1) else {
            continue;
        };
        seen += 1;
        if seen % MAX_NESTED == 0 {
            out.push_str(&html[copied..=quote]);
            copied = name;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(html);
    }
    out.push_str(&html[copied..]);
    Cow::Owned(out)
}

/// The place of an attribute's name, where white space and an attribute with a value in double quotes begin at `at`.
fn next_attribute(bytes: &[u8], at: usize) -> Option<usize> {
    let name = at + leading(&bytes[at..], |b| b.is_ascii_whitespace());
    if name == at {
        return None;
    }
    let is_name = |b: u8| !b.is_ascii_whitespace() && !matches!(b, b'/' | b'>' | b'=');
    let equals = name + leading(&bytes[name..], is_name);
    if equals == name || bytes.get(equals) != Some(&b'=') {
        return None;
    }
    let value = equals + 1 + leading(&bytes[equals + 1..], |b| b.is_ascii_whitespace());
    (bytes.get(value) == Some(&b'"')).then_some(name)
}

fn leading(bytes: &[u8], is_in: impl Fn(u8) -> bool) -> usize {
    bytes.iter().take_while(|byte| is_in(**byte)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The attributes of the first tag.
    fn attributes(html: &str) -> Vec<(String, String)> {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let page = Html::new(html);
        let tag = page.tokens().find_map(|token| match token {
            Token::StartTag(tag) => Some(tag),
            _ => None,
        });
        let tag = tag.unwrap();
        let all = tag.attributes.iter();
        all.map(|(name, value)| (text(name), text(&value.value)))
            .collect()
    }

    #[rstest::rstest]
    fn a_tag_may_have_many_attributes(
        #[values(" ", "\n\t ")] before: &str,
        #[values("=", "= ")] equals: &str,
        #[values("b", "b > c", "")] value: &str,
    ) {
        let attribute = |n: usize| format!("{before}a{n}{equals}\"{value}\"");
        let tag: String = (0..100_000).map(attribute).collect();
        let read = attributes(&format!("<html{tag}><p>"));
        assert_eq!(read.len(), 100_000);
        assert!(
            read.iter()
                .all(|(name, held)| name.starts_with('a') && held == value)
        );
    }

    #[test]
    fn attributes_keep_their_values_where_they_are_joined() {
        let attribute = |n: usize| format!(" a{n:03}=\"x y {n}\"");
        let tag: String = (0..200).map(attribute).collect();
        let expected: Vec<_> = (0..200)
            .map(|n| (format!("a{n:03}"), format!("x y {n}")))
            .collect();
        assert_eq!(attributes(&format!("<p{tag}>")), expected);
    }

    #[test]
    fn an_end_tag_may_have_many_attributes() {
        let attributes: Vec<_> = (0..100_000).map(|n| format!(" a{n}=\"b\"")).collect();
        let tag = attributes.concat();
        let page = format!("</p{tag}>");
        let page = Html::new(&page);
        let ends = |token: &Token| matches!(token, Token::EndTag(_));
        assert_eq!(page.tokens().filter(ends).count(), 1);
    }

    #[test]
    fn other_pages_stay_as_they_are() {
        let page = "<p class=\"a\" id=\"b\">He said \"no\" and \"yes\".</p>";
        assert!(matches!(with_joined_attributes(page), Cow::Borrowed(_)));
    }
}
