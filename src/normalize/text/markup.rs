//! Markup and character references in values that should be plain text.

use std::borrow::Cow;

use html5gum::{State, Token, Tokenizer};

use crate::metadata::mathml;

/// Stands for a block boundary (`<p>`, `<li>` …) until paragraphs are made of it.
pub(super) const BLOCK: char = '\u{2029}';
/// Stands for `<br>`.
pub(super) const BREAK: char = '\u{2028}';

/// A tag longer than this, in bytes, is not a tag.
const MAX_TAG: usize = 4_000;

/// Returns whether an element is a block of HTML.
fn is_block(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "article"
            | "aside"
            | "blockquote"
            | "body"
            | "caption"
            | "center"
            | "dd"
            | "details"
            | "dir"
            | "div"
            | "dl"
            | "dt"
            | "fieldset"
            | "figcaption"
            | "figure"
            | "footer"
            | "form"
            | "frameset"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "head"
            | "header"
            | "hr"
            | "html"
            | "legend"
            | "li"
            | "main"
            | "menu"
            | "nav"
            | "ol"
            | "p"
            | "pre"
            | "section"
            | "summary"
            | "table"
            | "tbody"
            | "td"
            | "tfoot"
            | "th"
            | "thead"
            | "tr"
            | "ul"
    )
}

/// Inline elements of HTML and JATS.
const INLINE: [&str; 87] = [
    "a",
    "abbr",
    "acronym",
    "applet",
    "area",
    "audio",
    "b",
    "base",
    "basefont",
    "bdi",
    "bdo",
    "big",
    "blink",
    "br",
    "button",
    "canvas",
    "cite",
    "code",
    "col",
    "colgroup",
    "data",
    "del",
    "dfn",
    "em",
    "embed",
    "font",
    "frame",
    "i",
    "iframe",
    "img",
    "input",
    "ins",
    "kbd",
    "label",
    "link",
    "mark",
    "marquee",
    "map",
    "meta",
    "nobr",
    "noscript",
    "object",
    "option",
    "output",
    "param",
    "picture",
    "progress",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "script",
    "select",
    "small",
    "source",
    "span",
    "strike",
    "strong",
    "style",
    "sub",
    "sup",
    "svg",
    "textarea",
    "time",
    "title",
    "track",
    "tt",
    "u",
    "var",
    "video",
    "wbr",
    "xml",
    "italic",
    "bold",
    "sc",
    "small-caps",
    "underline",
    "monospace",
    "roman",
    "inline-formula",
    "alternatives",
    "named-content",
    "styled-content",
    "ext-link",
    "xref",
];

/// Prefixes that word processors and JATS put before element names.
const PREFIXES: &[&str] = &["o", "w", "v", "m", "st1", "jats", "mml"];

/// Elements whose content is not text.
const SILENT: &[&str] = &["script", "style", "xml", "head", "title"];

/// Ends that were looked for in a text and are not there. A text is read from its beginning on: what is not behind one
/// place is behind no later one, and is not looked for again.
#[derive(Default)]
pub(super) struct Finder {
    missing: Vec<String>,
}

impl Finder {
    /// Where `end` begins in `rest`, whatever its case.
    fn find(&mut self, rest: &str, end: &str) -> Option<usize> {
        if self.missing.iter().any(|known| known == end) {
            return None;
        }
        let first = end.as_bytes().first().copied()?;
        let found = memchr::memchr_iter(first, rest.as_bytes()).find(|&at| {
            rest.as_bytes()
                .get(at..at + end.len())
                .is_some_and(|bytes| bytes.eq_ignore_ascii_case(end.as_bytes()))
        });
        if found.is_none() {
            self.missing.push(end.to_owned());
        }
        found
    }
}

/// The tag that `rest` begins with: its name, whether it closes, its length.
pub(super) fn tag<'a>(rest: &'a str, finder: &mut Finder) -> Option<(Cow<'a, str>, bool, usize)> {
    match piece(rest, finder)? {
        Piece::Tag { name, closing, len } => Some((name, closing, len)),
        Piece::Drop { .. } | Piece::Cdata { .. } => None,
    }
}

/// The piece of markup at a `<`.
enum Piece<'a> {
    /// A tag with its lower-case name.
    Tag {
        name: Cow<'a, str>,
        closing: bool,
        len: usize,
    },
    /// Something to drop: a comment, a declaration.
    Drop { len: usize },
    /// The start of a CDATA section: its markers go, its text stays.
    Cdata { text: &'a str, len: usize },
}

/// Takes real tags out: known names only, so that `x < y` and `<and>` stay. Block elements leave [`BLOCK`],
/// line breaks [`BREAK`]. The flag says whether anything was taken out.
pub(super) fn strip(raw: &str) -> (Cow<'_, str>, bool) {
    strip_where(raw, |_| true)
}

/// Takes out only elements that both open and close, and line breaks: what escaped markup looks like once
/// its entities are undone. A lone `<b>` in a text about HTML stays.
pub(super) fn strip_paired(raw: &str) -> (Cow<'_, str>, bool) {
    let mut opened: Vec<Cow<'_, str>> = Vec::new();
    let mut paired: Vec<Cow<'_, str>> = vec!["br".into(), "hr".into()];
    let mut finder = Finder::default();
    let mut at = 0;
    while let Some(found) = raw[at..].find('<') {
        at += found;
        match piece(&raw[at..], &mut finder) {
            Some(Piece::Tag { name, closing, len }) => {
                if !closing {
                    // there are as many names as the lists above have
                    if !opened.contains(&name) {
                        opened.push(name);
                    }
                } else if opened.contains(&name) && !paired.contains(&name) {
                    paired.push(name);
                }
                at += len;
            }
            Some(Piece::Drop { len } | Piece::Cdata { len, .. }) => at += len,
            None => at += 1,
        }
    }
    strip_where(raw, |name| paired.iter().any(|known| known == name))
}

fn strip_where(raw: &str, wanted: impl Fn(&str) -> bool) -> (Cow<'_, str>, bool) {
    let Some(first) = raw.find('<') else {
        return (Cow::Borrowed(raw), false);
    };
    let mut out = String::with_capacity(raw.len());
    out.push_str(&raw[..first]);
    let mut removed = false;
    let mut finder = Finder::default();
    let mut at = first;
    while at < raw.len() {
        let rest = &raw[at..];
        if !rest.starts_with('<') {
            let end = rest.find('<').unwrap_or(rest.len());
            out.push_str(&rest[..end]);
            at += end;
            continue;
        }
        match piece(rest, &mut finder) {
            Some(Piece::Tag { name, closing, len }) if wanted(&name) => {
                removed = true;
                at += len;
                if !closing && SILENT.contains(&&*name) {
                    // its content goes, unless it never closes
                    let end = ["</", name.as_ref()].concat();
                    at += finder.find(&raw[at..], &end).unwrap_or(0);
                } else if name == "br" {
                    out.push(BREAK);
                } else if is_block(&name) {
                    out.push(BLOCK);
                }
            }
            Some(Piece::Drop { len }) => {
                removed = true;
                at += len;
            }
            Some(Piece::Cdata { text, len }) => {
                removed = true;
                out.push_str(text);
                at += len;
            }
            Some(Piece::Tag { .. }) | None => {
                out.push('<');
                at += 1;
            }
        }
    }
    (Cow::Owned(out), removed)
}

fn piece<'a>(rest: &'a str, finder: &mut Finder) -> Option<Piece<'a>> {
    if let Some(inner) = rest.strip_prefix("<!--") {
        return finder
            .find(inner, "-->")
            .map(|end| Piece::Drop { len: end + 7 });
    }
    if let Some(inner) = rest.strip_prefix("<![CDATA[") {
        return finder.find(inner, "]]>").map(|end| Piece::Cdata {
            text: &inner[..end],
            len: end + 12,
        });
    }
    let starts = |prefix: &str| {
        rest.get(..prefix.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(prefix))
    };
    if starts("<![if") || starts("<![endif") || starts("<!doctype") || starts("<?xml") {
        let within = &rest.as_bytes()[..rest.len().min(MAX_TAG)];
        return memchr::memchr(b'>', within).map(|end| Piece::Drop { len: end + 1 });
    }
    let closing = rest.starts_with("</");
    let inner = &rest[if closing { 2 } else { 1 }..];
    let name_len = inner
        .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, ':' | '-' | '_'))
        .unwrap_or(inner.len());
    let local = local_name(&inner[..name_len])?;
    let end = tag_end(&inner[name_len..])?;
    let attributes = inner[name_len..name_len + end].trim().trim_end_matches('/');
    // `<a and b>` is not an anchor: a short name needs real attributes.
    if name_len == 1 && !attributes.is_empty() && !attributes.contains('=') {
        return None;
    }
    Some(Piece::Tag {
        name: local,
        closing,
        len: rest.len() - inner.len() + name_len + end + 1,
    })
}

/// The name of a known element in lower case, without a prefix of word processors or JATS.
fn local_name(written: &str) -> Option<Cow<'_, str>> {
    // nearly all are in lower case
    if written.bytes().any(|byte| byte.is_ascii_uppercase()) {
        let lower = written.to_ascii_lowercase();
        return local_name(&lower).map(|local| Cow::Owned(local.into_owned()));
    }
    let local = match written.split_once(':') {
        Some((prefix, local)) if PREFIXES.contains(&prefix) && !local.is_empty() => local,
        None if is_block(written) || INLINE.contains(&written) || mathml::is_element(written) => {
            written
        }
        _ => return None,
    };
    Some(Cow::Borrowed(local))
}

/// Offset of the `>` that ends a tag, quoted attribute values respected.
fn tag_end(rest: &str) -> Option<usize> {
    let mut quote = None;
    let mut previous = b' ';
    for (at, &byte) in rest.as_bytes().iter().enumerate().take(MAX_TAG) {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') if previous == b'=' => quote = Some(byte),
            (None, b'<') => return None,
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
        previous = byte;
    }
    None
}

/// Undoes one layer of character references: numeric, and every name of HTML that ends with `;`. The flag
/// says whether there was one.
pub(super) fn decode(raw: &str) -> (Cow<'_, str>, bool) {
    let Some(first) = raw.find('&') else {
        return (Cow::Borrowed(raw), false);
    };
    let mut out = String::with_capacity(raw.len());
    out.push_str(&raw[..first]);
    let mut done = false;
    let mut rest = &raw[first..];
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some((len, text)) = reference(rest) {
            out.push_str(&text);
            rest = &rest[len..];
            done = true;
        } else {
            out.push('&');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    if done {
        (Cow::Owned(out), true)
    } else {
        (Cow::Borrowed(raw), false)
    }
}

/// The reference at the start of `rest`: its length and what it stands for.
fn reference(rest: &str) -> Option<(usize, Cow<'static, str>)> {
    const COMMON: &[(&str, &str)] = &[
        ("&amp;", "&"),
        ("&nbsp;", "\u{a0}"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&#39;", "'"),
    ];
    if let Some((name, text)) = COMMON.iter().find(|(name, _)| rest.starts_with(name)) {
        return Some((name.len(), Cow::Borrowed(text)));
    }
    // The only one that browsers made so common without its semicolon that it is seen in the wild.
    if let Some(after) = rest.strip_prefix("&nbsp")
        && !after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '=')
    {
        return Some((5, Cow::Borrowed("\u{a0}")));
    }
    let end = rest.bytes().take(34).position(|byte| byte == b';')?;
    let name = &rest[1..end];
    let numeric = name.strip_prefix('#').is_some_and(|number| {
        let (digits, radix) = match number.strip_prefix(['x', 'X']) {
            Some(digits) => (digits, 16),
            None => (number, 10),
        };
        !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix))
    });
    let named = name.len() > 1 && name.chars().all(|c| c.is_ascii_alphanumeric());
    if !numeric && !named {
        return None;
    }
    let whole = &rest[..=end];
    let mut tokenizer = Tokenizer::new(whole);
    tokenizer.set_state(State::RcData);
    let mut text = String::new();
    for token in tokenizer.flatten() {
        if let Token::String(string) = token {
            text.push_str(&String::from_utf8_lossy(&string));
        }
    }
    // `&notit;` is `&not` to a browser; here it is nothing.
    let known = text != whole && (name == "semi" || !text.ends_with(';'));
    known.then_some((whole.len(), Cow::Owned(text)))
}
