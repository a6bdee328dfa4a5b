//! Text that came with HTML's inline markup, as references do, in runs of one style each.

use quick_xml::escape::resolve_predefined_entity;

use crate::display::is_safe_in_xml;
use crate::oai::parse_char_reference;

/// The style of a run of text, by the innermost tag around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Italic,
    Bold,
    Underline,
    Sub,
    Sup,
}

impl Style {
    /// Returns its element in JATS.
    pub(super) fn element(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Italic => Some("italic"),
            Self::Bold => Some("bold"),
            Self::Underline => Some("underline"),
            Self::Sub => Some("sub"),
            Self::Sup => Some("sup"),
        }
    }
}

/// The longest tag or entity that is looked for, bytes.
const MAX_TAG: usize = 1024;
const MAX_ENTITY: usize = 32;
/// Tags that are a space.
const BREAKS: &[&str] = &["br", "p", "div", "li"];
/// Tags that give no style.
const STYLELESS: &[&str] = &["a", "span", "font", "small"];

/// Parts a text. Tags that give a style give it, other tags of HTML's text go, entities are resolved; what
/// is neither stays as it is. White space at the edge of a styled run moves out of it.
pub(super) fn runs(raw: &str) -> Vec<(Style, String)> {
    let mut runs = Runs::default();
    let mut open: Vec<(&str, Style)> = Vec::new();
    let mut rest = raw;
    while let Some(at) = rest.find(['<', '&']) {
        let (before, special) = rest.split_at(at);
        let style = open.last().map_or(Style::Plain, |(_, style)| *style);
        runs.push(style, before);
        if let Some((name, closing, length)) = tag(special) {
            if closing {
                if let Some(opened) = open
                    .iter()
                    .rposition(|(known, _)| known.eq_ignore_ascii_case(name))
                {
                    open.truncate(opened);
                }
            } else if let Some(styled) = style_of(name) {
                open.push((name, styled));
            } else if BREAKS.iter().any(|tag| tag.eq_ignore_ascii_case(name)) {
                runs.push(style, " ");
            } else {
                open.push((name, style));
            }
            rest = &special[length..];
        } else if let Some((text, length)) = entity(special) {
            runs.push(style, &text);
            rest = &special[length..];
        } else {
            runs.push(style, &special[..1]);
            rest = &special[1..];
        }
    }
    runs.push(open.last().map_or(Style::Plain, |(_, style)| *style), rest);
    runs.done
}

/// The text alone.
pub(super) fn plain(raw: &str) -> String {
    runs(raw).into_iter().map(|(_, text)| text).collect()
}

#[derive(Default)]
struct Runs {
    done: Vec<(Style, String)>,
}

impl Runs {
    fn push(&mut self, style: Style, text: &str) {
        let inner = text.trim();
        if style == Style::Plain || inner.is_empty() {
            return self.append(Style::Plain, text);
        }
        let lead = text.len() - text.trim_start().len();
        self.append(Style::Plain, &text[..lead]);
        self.append(style, inner);
        self.append(Style::Plain, &text[lead + inner.len()..]);
    }

    fn append(&mut self, style: Style, text: &str) {
        match self.done.last_mut() {
            _ if text.is_empty() => {}
            Some((last, so_far)) if *last == style => so_far.push_str(text),
            _ => self.done.push((style, text.to_owned())),
        }
    }
}

/// A tag of HTML's text at the beginning: its name, whether it closes, its length.
fn tag(text: &str) -> Option<(&str, bool, usize)> {
    let end = text.bytes().take(MAX_TAG).position(|byte| byte == b'>')?;
    let inner = text.get(1..end)?;
    let (inner, closing) = inner
        .strip_prefix('/')
        .map_or((inner, false), |inner| (inner, true));
    let name = &inner[..inner
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(inner.len())];
    let after = &inner[name.len()..];
    let apart = after.is_empty() || after.starts_with(['/', ' ', '\t', '\n', '\r']);
    let without_style = || {
        BREAKS
            .iter()
            .chain(STYLELESS)
            .any(|tag| tag.eq_ignore_ascii_case(name))
    };
    let known = style_of(name).is_some() || without_style();
    (known && apart && !after.contains('<')).then_some((name, closing, end + 1))
}

/// The style that a tag gives.
fn style_of(name: &str) -> Option<Style> {
    Some(match name.to_ascii_lowercase().as_str() {
        "i" | "em" | "cite" => Style::Italic,
        "b" | "strong" => Style::Bold,
        "u" => Style::Underline,
        "sub" => Style::Sub,
        "sup" => Style::Sup,
        _ => return None,
    })
}

/// An entity or character reference at the beginning, resolved, and its length.
fn entity(text: &str) -> Option<(String, usize)> {
    let end = text
        .bytes()
        .take(MAX_ENTITY)
        .position(|byte| byte == b';')?;
    let name = text.get(1..end)?;
    let resolved = match name.strip_prefix('#') {
        Some(number) => parse_char_reference(number)
            .filter(|c| is_safe_in_xml(*c))?
            .to_string(),
        None => resolve_predefined_entity(name)?.to_owned(),
    };
    Some((resolved, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(raw: &str) -> String {
        let show = |(style, text): (Style, String)| match style.element() {
            Some(element) => format!("[{element} {text}]"),
            None => text,
        };
        runs(raw).into_iter().map(show).collect()
    }

    #[test]
    fn markup_becomes_runs() {
        for (raw, expected) in [
            ("A. <i>Title, </i>2004", "A. [italic Title,] 2004"),
            (
                "H<sub>2</sub>O and 10<SUP>3</SUP>",
                "H[sub 2]O and 10[sup 3]",
            ),
            (
                "<em>a <b>b</b> c</em> d",
                "[italic a] [bold b] [italic c] d",
            ),
            (
                "<a href=\"https://x.org/?a=1&amp;b=2\">x.org</a>, <span>y</span>",
                "x.org, y",
            ),
            ("one<br/>two", "one two"),
            (
                "Simon &amp; Schuster &ndash; caf&eacute; &#1040;",
                "Simon & Schuster – café А",
            ),
            (
                "a < b & c > d, p<0.05 <http://x.org/>",
                "a < b & c > d, p<0.05 <http://x.org/>",
            ),
            ("</i>stray <i>open", "stray [italic open]"),
            ("<iframe>x", "<iframe>x"),
            ("", ""),
        ] {
            assert_eq!(shown(raw), expected, "{raw}");
        }
        assert_eq!(plain("A. <i>Title, </i>2004"), "A. Title, 2004");
    }
}
