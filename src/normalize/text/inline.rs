//! Inline markup that changes what a text means: superscripts and subscripts, italics, bold, small capitals, formulas.
//!
//! The tags become marks of one character each, which the cleaning of the text leaves where they are. From the cleaned
//! text two forms are made: plain text, where superscripts and subscripts are written with the characters of Unicode or
//! behind `^` and `_`; and JATS inline elements.

use std::borrow::Cow;
use std::fmt::Write as _;

use quick_xml::events::Event;

use super::{Cleaned, markup};
use crate::article::Code;

/// Elements of JATS, with the names that HTML and JATS have for them.
const ELEMENTS: [(&str, &[&str]); 5] = [
    ("italic", &["i", "em", "italic"]),
    ("bold", &["b", "strong", "bold"]),
    ("sup", &["sup"]),
    ("sub", &["sub"]),
    ("sc", &["sc", "small-caps"]),
];

/// The first mark; each element has one that opens and one that closes it.
const FIRST_MARK: u32 = 0xF_F000;
/// The mark of the first formula.
const FIRST_FORMULA: u32 = 0xF_F100;
/// Formulas of one text that are kept as such.
const MAX_FORMULAS: usize = 100;
/// Longest formula that is kept as such, bytes.
const MAX_FORMULA: usize = 10_000;
/// Longest text that is looked through for inline markup, bytes.
const MAX: usize = 200_000;

/// A text in both forms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Inline {
    /// Plain text.
    pub(crate) value: String,
    /// With JATS elements; `None` where it would be the same.
    pub(crate) markup: Option<String>,
    /// Repairs.
    pub(crate) codes: Vec<Code>,
}

/// Cleans a text and keeps its inline markup; `None` where it has none, so that plain cleaning does.
pub(crate) fn inline(raw: &str, clean: fn(&str) -> Cleaned, paragraphs: bool) -> Option<Inline> {
    if raw.len() > MAX {
        return None;
    }
    let (source, escaped) = with_tags(raw)?;
    let (marked, formulas) = marked(&source)?;
    let Cleaned { value, mut codes } = clean(&marked);
    if escaped && !codes.contains(&Code::DoubleEscaped) {
        codes.insert(0, Code::DoubleEscaped);
    }
    let plain = plain(&value, &formulas);
    let markup = if paragraphs {
        let parts = value
            .split("\n\n")
            .map(|part| format!("<p>{}</p>", jats(part, &formulas)));
        parts.collect::<String>()
    } else {
        jats(&value, &formulas)
    };
    let has_elements = markup.contains("</")
        && markup.matches('<').count()
            > if paragraphs {
                2 * value.split("\n\n").count()
            } else {
                0
            };
    Some(Inline {
        value: plain,
        markup: has_elements.then_some(markup),
        codes,
    })
}

/// The text with its tags as tags: as it stands, or with one layer of escapes undone.
fn with_tags(raw: &str) -> Option<(Cow<'_, str>, bool)> {
    if memchr::memchr(b'<', raw.as_bytes()).is_some() && has_inline(raw) {
        return Some((Cow::Borrowed(raw), false));
    }
    memchr::memchr(b'&', raw.as_bytes())?;
    if !raw.contains("&lt;")
        && !raw.contains("&#60;")
        && !raw.contains("&#x3C;")
        && !raw.contains("&#x3c;")
    {
        return None;
    }
    let (decoded, done) = markup::decode(raw);
    (done && has_inline(&decoded)).then(|| (Cow::Owned(decoded.into_owned()), true))
}

/// Whether an inline element or a formula closes somewhere.
fn has_inline(text: &str) -> bool {
    memchr::memmem::find_iter(text.as_bytes(), b"</").any(|at| {
        let rest = &text.as_bytes()[at + 2..];
        let end = rest.iter().take(24).position(|byte| *byte == b'>');
        end.is_some_and(|end| {
            let name = String::from_utf8_lossy(&rest[..end]).to_ascii_lowercase();
            let local = name.rsplit(':').next().unwrap_or_default().trim();
            local == "math" || ELEMENTS.iter().any(|(_, names)| names.contains(&local))
        })
    })
}

/// The text with marks for its inline tags, and its formulas. `None` where no tag is one of them.
fn marked(source: &str) -> Option<(String, Vec<Formula>)> {
    let mut out = String::with_capacity(source.len());
    let mut formulas = Vec::new();
    let mut finder = markup::Finder::default();
    let mut found = false;
    let mut at = 0;
    while at < source.len() {
        let rest = &source[at..];
        if !rest.starts_with('<') {
            let end = rest.find('<').unwrap_or(rest.len());
            out.extend(rest[..end].chars().filter(|c| mark_index(*c).is_none()));
            at += end;
            continue;
        }
        let Some((name, closing, len)) = markup::tag(rest, &mut finder) else {
            out.push('<');
            at += 1;
            continue;
        };
        if name == "math"
            && !closing
            && formulas.len() < MAX_FORMULAS
            && let Some((formula, length)) = formula(rest)
        {
            push_formula(
                &mut out,
                &formula,
                formulas.len(),
                source[at + length..].chars().next(),
            );
            formulas.push(formula);
            found = true;
            at += length;
            continue;
        }
        match ELEMENTS
            .iter()
            .position(|(_, names)| names.contains(&&*name))
        {
            Some(element) => {
                found = true;
                out.push(mark(element, closing));
            }
            None => out.push_str(&rest[..len]),
        }
        at += len;
    }
    found.then_some((out, formulas))
}

/// A formula: its MathML, and its text.
#[derive(Clone, Debug)]
struct Formula {
    mathml: String,
    text: String,
}

/// The formula that `rest` begins with, and its length. Only MathML that is well-formed is one.
fn formula(rest: &str) -> Option<(Formula, usize)> {
    let within = &rest[..floor(rest, MAX_FORMULA)];
    let end = ["</math>", "</mml:math>", "</m:math>"]
        .iter()
        .filter_map(|end| Some(within.find(end)? + end.len()))
        .min()?;
    let raw = &rest[..end];
    let mut reader = quick_xml::Reader::from_str(raw);
    let mut mathml = String::new();
    let mut text = String::new();
    let mut hidden = 0_usize;
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) => {
                let name = tag.local_name().into_inner().to_owned();
                hidden += usize::from(hidden > 0 || name.starts_with("annotation"));
                if hidden == 0 {
                    let _ = write!(mathml, "<mml:{name}>");
                }
            }
            Event::Empty(tag) if hidden == 0 => {
                let _ = write!(mathml, "<mml:{}/>", tag.local_name().into_inner());
            }
            Event::End(tag) if hidden == 0 => {
                let _ = write!(mathml, "</mml:{}>", tag.local_name().into_inner());
            }
            Event::End(_) => hidden -= 1,
            Event::Text(part) if hidden == 0 => {
                let part = part.xml10_content();
                text.push_str(part.trim());
                mathml.push_str(&escaped(part.trim()));
            }
            Event::GeneralRef(reference) if hidden == 0 => {
                let part = crate::metadata::resolve(&reference);
                text.push_str(&part);
                mathml.push_str(&escaped(&part));
            }
            Event::Eof => break,
            _ => {}
        }
    }
    let open = "<mml:math>";
    let mathml = mathml.strip_prefix(open).map(|inner| {
        format!("<mml:math xmlns:mml=\"http://www.w3.org/1998/Math/MathML\">{inner}")
    })?;
    let is_fit = !text.contains(super::is_unfit) && mathml.chars().all(crate::oai::is_xml_char);
    is_fit.then_some((Formula { mathml, text }, end))
}

/// A formula's mark, set apart from the words beside it.
fn push_formula(out: &mut String, formula: &Formula, at: usize, next: Option<char>) {
    let Some(mark) = u32::try_from(at)
        .ok()
        .and_then(|at| char::from_u32(FIRST_FORMULA + at))
    else {
        out.push_str(&formula.text);
        return;
    };
    let is_word = |c: char| c.is_alphanumeric();
    if formula.text.starts_with(is_word) && out.ends_with(is_word) {
        out.push(' ');
    }
    out.push(mark);
    if formula.text.ends_with(is_word) && next.is_some_and(is_word) {
        out.push(' ');
    }
}

fn mark(element: usize, closing: bool) -> char {
    let at = u32::try_from(element * 2 + usize::from(closing)).unwrap_or_default();
    char::from_u32(FIRST_MARK + at).unwrap_or(' ')
}

/// What a mark stands for: its place among the marks.
fn mark_index(c: char) -> Option<usize> {
    let at = u32::from(c).checked_sub(FIRST_MARK)?;
    (at < FIRST_FORMULA - FIRST_MARK + 0x100).then(|| usize::try_from(at).unwrap_or_default())
}

enum Piece {
    Open(usize),
    Close(usize),
    Formula(usize),
    Char(char),
}

fn piece(c: char) -> Piece {
    let formulas = usize::try_from(FIRST_FORMULA - FIRST_MARK).unwrap_or_default();
    match mark_index(c) {
        Some(at) if at >= formulas => Piece::Formula(at - formulas),
        Some(at) if at / 2 < ELEMENTS.len() && at % 2 == 0 => Piece::Open(at / 2),
        Some(at) if at / 2 < ELEMENTS.len() => Piece::Close(at / 2),
        _ => Piece::Char(c),
    }
}

/// Plain text: `10⁻³`, `H₂O`, `x^(n+1)`.
fn plain(value: &str, formulas: &[Formula]) -> String {
    // texts of the open superscripts and subscripts, the outermost first
    let mut open: Vec<(usize, String)> = Vec::new();
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        let target = open.last_mut().map_or(&mut out, |(_, text)| text);
        match piece(c) {
            Piece::Char(c) => target.push(c),
            Piece::Formula(at) => {
                target.push_str(formulas.get(at).map_or("", |formula| &formula.text))
            }
            Piece::Open(element) if is_script(element) => open.push((element, String::new())),
            Piece::Close(element) if is_script(element) => {
                if open.last().is_some_and(|(known, _)| *known == element)
                    && let Some((_, text)) = open.pop()
                {
                    let target = open.last_mut().map_or(&mut out, |(_, text)| text);
                    target.push_str(&script(element, &text));
                }
            }
            Piece::Open(_) | Piece::Close(_) => {}
        }
    }
    while let Some((_, text)) = open.pop() {
        open.last_mut()
            .map_or(&mut out, |(_, text)| text)
            .push_str(&text);
    }
    out
}

fn is_script(element: usize) -> bool {
    matches!(ELEMENTS[element].0, "sup" | "sub")
}

/// A superscript or subscript in the characters of Unicode where each has one, else behind `^` or `_`.
fn script(element: usize, text: &str) -> String {
    let is_sup = ELEMENTS[element].0 == "sup";
    let text = text.trim();
    let raised: Option<String> = text
        .chars()
        .map(|c| if is_sup { superscript(c) } else { subscript(c) })
        .collect();
    raised.unwrap_or_else(|| {
        let sign = if is_sup { '^' } else { '_' };
        format!("{sign}{text}")
    })
}

fn superscript(c: char) -> Option<char> {
    const FROM: &str = "0123456789+-−–=()ni";
    const TO: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ⁿⁱ";
    FROM.chars()
        .position(|known| known == c)
        .and_then(|at| TO.chars().nth(at))
}

fn subscript(c: char) -> Option<char> {
    const FROM: &str = "0123456789+-−–=()aeoxhklmnpst";
    const TO: &str = "₀₁₂₃₄₅₆₇₈₉₊₋₋₋₌₍₎ₐₑₒₓₕₖₗₘₙₚₛₜ";
    FROM.chars()
        .position(|known| known == c)
        .and_then(|at| TO.chars().nth(at))
}

/// The same with the elements of JATS, each closed where it was opened.
fn jats(value: &str, formulas: &[Formula]) -> String {
    let mut open: Vec<usize> = Vec::new();
    let mut out = String::with_capacity(value.len() + 32);
    for c in value.chars() {
        match piece(c) {
            Piece::Char('&') => out.push_str("&amp;"),
            Piece::Char('<') => out.push_str("&lt;"),
            Piece::Char('>') => out.push_str("&gt;"),
            Piece::Char(c) => out.push(c),
            Piece::Formula(at) => {
                if let Some(formula) = formulas.get(at) {
                    let _ = write!(out, "<inline-formula>{}</inline-formula>", formula.mathml);
                }
            }
            Piece::Open(element) if open.len() < 20 && !open.contains(&element) => {
                open.push(element);
                let _ = write!(out, "<{}>", ELEMENTS[element].0);
            }
            Piece::Open(_) => {}
            Piece::Close(element) => {
                if open.contains(&element) {
                    while let Some(last) = open.pop() {
                        let _ = write!(out, "</{}>", ELEMENTS[last].0);
                        if last == element {
                            break;
                        }
                    }
                }
            }
        }
    }
    while let Some(last) = open.pop() {
        let _ = write!(out, "</{}>", ELEMENTS[last].0);
    }
    for (name, _) in ELEMENTS {
        let empty = format!("<{name}></{name}>");
        if out.contains(&empty) {
            out = out.replace(&empty, "");
        }
    }
    out
}

/// Text as the content of an XML element.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// The greatest length up to `limit` that ends between two characters.
fn floor(text: &str, limit: usize) -> usize {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::normalize::text;

    #[rstest]
    #[case::sup(
        "Rates of 10<sup>−3</sup> in <i>E. coli</i>",
        "Rates of 10⁻³ in E. coli",
        "Rates of 10<sup>−3</sup> in <italic>E. coli</italic>"
    )]
    #[case::sub(
        "H<sub>2</sub>O &amp; CO<SUB>2</SUB>",
        "H₂O & CO₂",
        "H<sub>2</sub>O &amp; CO<sub>2</sub>"
    )]
    #[case::without_characters("e<sup>iπ</sup>", "e^iπ", "e<sup>iπ</sup>")]
    #[case::escaped_twice("10&lt;sup&gt;2&lt;/sup&gt; m", "10² m", "10<sup>2</sup> m")]
    #[case::nested("<i>a<sup>2</sup></i>", "a²", "<italic>a<sup>2</sup></italic>")]
    #[case::crossing("<i>a<b>b</i>c</b>", "abc", "<italic>a<bold>b</bold></italic>c")]
    #[case::jats(
        "<italic toggle=\"yes\">Homo</italic> <sc>x</sc>",
        "Homo x",
        "<italic>Homo</italic> <sc>x</sc>"
    )]
    #[case::formula(
        "in<mml:math><mml:mi>N</mml:mi></mml:math>-Coupled",
        "in N-Coupled",
        "in <inline-formula><mml:math xmlns:mml=\"http://www.w3.org/1998/Math/MathML\"><mml:mi>N</mml:mi></mml:math></inline-formula>-Coupled"
    )]
    fn both_forms(#[case] raw: &str, #[case] value: &str, #[case] markup: &str) {
        let found = inline(raw, text::plain, false).unwrap();
        assert_eq!(found.value, value);
        assert_eq!(found.markup.as_deref(), Some(markup));
    }

    #[rstest]
    #[case::comparison("x < y and y > z")]
    #[case::lone_tag("On the <b> element of HTML")]
    #[case::link("See <a href=\"http://x.org\">this</a>")]
    #[case::words("sup and sub are Latin")]
    fn texts_without(#[case] raw: &str) {
        assert_eq!(inline(raw, text::plain, false), None);
    }

    #[test]
    fn paragraphs_keep_their_markup() {
        let found = inline(
            "<p>One <i>two</i>.</p><p>Three.</p>",
            text::paragraphs,
            true,
        )
        .unwrap();
        assert_eq!(found.value, "One two.\n\nThree.");
        assert_eq!(
            found.markup.as_deref(),
            Some("<p>One <italic>two</italic>.</p><p>Three.</p>")
        );
    }

    proptest::proptest! {
        #[test]
        fn markup_is_well_formed(raw in "(\\PC{0,4}|<(/)?(i|b|sup|sub|sc|em|p|br|math|mi)>|&lt;|&amp;|<!--|-->){0,20}") {
            if let Some(Inline { markup: Some(markup), .. }) = inline(&raw, text::plain, false) {
                let whole = format!("<x>{markup}</x>");
                let mut reader = quick_xml::Reader::from_str(&whole);
                loop {
                    match reader.read_event() {
                        Ok(quick_xml::events::Event::Eof) => break,
                        Ok(_) => {}
                        Err(error) => panic!("{error}: {markup}"),
                    }
                }
            }
        }
    }
}
