//! Inline markup that changes what a text means: superscripts and subscripts, italics, bold, small capitals, formulas.
//!
//! The tags become marks of one character each, which the cleaning of the text leaves where they are. From the cleaned
//! text two forms are made: plain text, where superscripts and subscripts are written with the characters of Unicode or
//! behind `^` and `_`; and JATS inline elements.

use std::borrow::Cow;
use std::fmt::Write as _;

use quick_xml::events::{BytesStart, Event};

use super::{Cleaned, markup};
use crate::article::Code;
use crate::metadata::XML_MARK;

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
/// The first byte of every mark.
const MARK_LEAD: u8 = 0xF3;
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
    let is_xml = raw.starts_with(XML_MARK);
    let (source, escaped) = if is_xml {
        (Cow::Borrowed(without_mark(raw)), false)
    } else {
        with_tags(raw)?
    };
    let (marked, formulas) = marked(&source, is_xml)?;
    let Cleaned { value, mut codes } = clean(&marked);
    if escaped && !codes.contains(&Code::DoubleEscaped) {
        codes.insert(0, Code::DoubleEscaped);
    }
    Some(Inline {
        value: plain(&value, &formulas),
        markup: markup_of(&value, &formulas, paragraphs),
        codes,
    })
}

/// The text with the elements of JATS; `None` where it has none but those of its paragraphs.
fn markup_of(value: &str, formulas: &[Formula], paragraphs: bool) -> Option<String> {
    let mut out = String::with_capacity(value.len() + 64);
    let mut has_elements = false;
    if paragraphs {
        for part in value.split("\n\n") {
            out.push_str("<p>");
            has_elements |= push_jats(&mut out, part, formulas);
            out.push_str("</p>");
        }
    } else {
        has_elements = push_jats(&mut out, value, formulas);
    }
    has_elements.then_some(out)
}

/// The text without the mark that a reader of XML puts before its markup.
pub(crate) fn without_mark(raw: &str) -> &str {
    raw.strip_prefix(XML_MARK).unwrap_or(raw)
}

/// The text with its tags as tags: as it stands, or with one layer of escapes undone.
fn with_tags(raw: &str) -> Option<(Cow<'_, str>, bool)> {
    if memchr::memchr(b'<', raw.as_bytes()).is_some() && has_inline(raw) {
        return Some((Cow::Borrowed(raw), false));
    }
    let is_bracket = |at: usize| {
        ["&lt;", "&#60;", "&#x3C;", "&#x3c;"]
            .iter()
            .any(|escape| raw[at..].starts_with(escape))
    };
    if !memchr::memchr_iter(b'&', raw.as_bytes()).any(is_bracket) {
        return None;
    }
    let (decoded, done) = markup::decode(raw);
    (done && has_inline(&decoded)).then(|| (Cow::Owned(decoded.into_owned()), true))
}

/// Returns whether an inline element or a formula closes somewhere.
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

/// The text with marks for its inline tags, and its formulas. `None` where no tag is one of them. In XML one layer of
/// escapes is syntax and goes without a word.
fn marked(source: &str, is_xml: bool) -> Option<(String, Vec<Formula>)> {
    let mut out = String::with_capacity(source.len());
    let mut formulas = Vec::new();
    let mut finder = markup::Finder::default();
    let mut found = false;
    let mut at = 0;
    while at < source.len() {
        let rest = &source[at..];
        if !rest.starts_with('<') {
            let end = rest.find('<').unwrap_or(rest.len());
            let text = if is_xml {
                Cow::Owned(unescaped(&rest[..end]))
            } else {
                Cow::Borrowed(&rest[..end])
            };
            push_unmarked(&mut out, &text);
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

/// Pushes a text without the characters that are marks here; hardly any text has one.
fn push_unmarked(out: &mut String, text: &str) {
    if memchr::memchr(MARK_LEAD, text.as_bytes()).is_none() {
        out.push_str(text);
    } else {
        out.extend(text.chars().filter(|c| mark_index(*c).is_none()));
    }
}

/// The five escapes of XML undone.
fn unescaped(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">");
    text.replace("&quot;", "\"").replace("&amp;", "&")
}

/// A formula: its MathML, and its text.
#[derive(Clone, Debug)]
struct Formula {
    mathml: String,
    text: String,
}

/// Attributes of MathML that change what a formula means.
const MATH_ATTRIBUTES: [&str; 10] = [
    "mathvariant",
    "open",
    "close",
    "separators",
    "notation",
    "linethickness",
    "accent",
    "accentunder",
    "rowspan",
    "columnspan",
];

/// The formula that `rest` begins with, and its length. Only MathML that is well-formed is one.
fn formula(rest: &str) -> Option<(Formula, usize)> {
    let within = &rest[..floor(rest, MAX_FORMULA)];
    let end = ["</math>", "</mml:math>", "</m:math>"]
        .iter()
        .filter_map(|end| Some(within.find(end)? + end.len()))
        .min()?;
    let mut writing = MathWriter::default();
    let mut reader = quick_xml::Reader::from_str(&rest[..end]);
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) => writing.start(&tag),
            Event::Empty(tag) => {
                writing.start(&tag);
                writing.end();
            }
            Event::End(_) => writing.end(),
            Event::Text(part) => writing.text(part.xml10_content().trim()),
            Event::GeneralRef(reference) => writing.text(&crate::metadata::resolve(&reference)),
            Event::Eof => break,
            _ => {}
        }
    }
    let formula = writing.finish()?;
    let is_fit = !formula.text.contains(super::is_unfit)
        && formula.mathml.chars().all(crate::oai::is_xml_char);
    is_fit.then_some((formula, end))
}

/// Writes MathML with the prefix `mml`, and beside it the text of the formula.
#[derive(Default)]
struct MathWriter {
    mathml: String,
    /// Names of the open elements, and the texts in each.
    open: Vec<(String, Vec<String>)>,
    /// The text of the whole.
    text: Option<String>,
    /// Elements that are open from an annotation on.
    hidden: usize,
}

impl MathWriter {
    fn start(&mut self, tag: &BytesStart<'_>) {
        let name = tag.local_name().into_inner().to_owned();
        self.hidden += usize::from(self.hidden > 0 || name.starts_with("annotation"));
        if self.hidden == 0 {
            let _ = write!(self.mathml, "<mml:{name}");
            for attribute in tag.attributes().with_checks(false).flatten() {
                let key = attribute.key.local_name().into_inner();
                if MATH_ATTRIBUTES.contains(&key) {
                    let value = escaped(&unescaped(&attribute.value)).replace('"', "&quot;");
                    let _ = write!(self.mathml, " {key}=\"{value}\"");
                }
            }
            self.mathml.push('>');
        }
        self.open.push((name, Vec::new()));
    }

    fn text(&mut self, text: &str) {
        if self.hidden == 0
            && let Some((_, parts)) = self.open.last_mut()
        {
            self.mathml.push_str(&escaped(text));
            parts.push(text.to_owned());
        }
    }

    fn end(&mut self) {
        let Some((name, parts)) = self.open.pop() else {
            return;
        };
        if self.hidden > 0 {
            self.hidden -= 1;
            return;
        }
        let empty = format!("<mml:{name}>");
        if self.mathml.ends_with(&empty) {
            self.mathml.truncate(self.mathml.len() - 1);
            self.mathml.push_str("/>");
        } else {
            let _ = write!(self.mathml, "</mml:{name}>");
        }
        let text = math_text(&name, &parts);
        match self.open.last_mut() {
            Some((_, parts)) => parts.push(text),
            None => self.text = self.text.take().or(Some(text)),
        }
    }

    /// The formula; `None` where elements stay open. Where its text is more than that of its elements, it stands in
    /// `alttext`.
    fn finish(self) -> Option<Formula> {
        let text = self.text.filter(|_| self.open.is_empty())?;
        let inner = self.mathml.strip_prefix("<mml:math>")?;
        let mut bare = String::new();
        let mut rest = inner;
        while let Some((before, behind)) = rest.split_once('<') {
            bare.push_str(before);
            rest = behind.split_once('>').map_or("", |(_, behind)| behind);
        }
        let alternative = if unescaped(&bare) == text {
            String::new()
        } else {
            format!(" alttext=\"{}\"", escaped(&text).replace('"', "&quot;"))
        };
        let namespace = "http://www.w3.org/1998/Math/MathML";
        let mathml = format!("<mml:math xmlns:mml=\"{namespace}\"{alternative}>{inner}");
        Some(Formula { mathml, text })
    }
}

/// The text of an element of MathML, from the texts of its parts.
fn math_text(name: &str, parts: &[String]) -> String {
    let grouped = |text: &str| {
        if text.chars().all(char::is_alphanumeric) {
            text.to_owned()
        } else {
            format!("({text})")
        }
    };
    match (name, parts) {
        ("msup" | "mover", [base, over])
            if name == "msup" || over.chars().all(char::is_alphanumeric) =>
        {
            format!("{base}{}", script(true, over))
        }
        ("msub" | "munder", [base, under]) => format!("{base}{}", script(false, under)),
        ("msubsup" | "munderover", [base, under, over]) => {
            format!("{base}{}{}", script(false, under), script(true, over))
        }
        ("mfrac", [above, below]) => format!("{}/{}", grouped(above), grouped(below)),
        ("msqrt", parts) => format!("√{}", grouped(&parts.concat())),
        ("mroot", [base, degree]) => format!("{}√{}", script(true, degree), grouped(base)),
        ("mfenced", parts) => format!("({})", parts.join(",")),
        ("mtr", parts) => parts.join(" "),
        ("mtable", parts) => parts.join("; "),
        ("mspace", _) => " ".to_owned(),
        (_, parts) => parts.concat(),
    }
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

/// Returns the index that a mark stands for.
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
    let mut rest = value;
    loop {
        let target = open.last_mut().map_or(&mut out, |(_, text)| text);
        let mark = memchr::memchr(MARK_LEAD, rest.as_bytes()).unwrap_or(rest.len());
        let (run, after) = rest.split_at(mark);
        target.push_str(run);
        let Some(c) = after.chars().next() else {
            break;
        };
        rest = &after[c.len_utf8()..];
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
                    let is_sup = ELEMENTS[element].0 == "sup";
                    if is_sup && is_set_high(target, &text) {
                        target.push_str(text.trim());
                    } else {
                        target.push_str(&script(is_sup, &text));
                    }
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

/// Returns whether letters or signs are only set high: those of an ordinal number or an abbreviation
/// (`20<sup>th</sup>`, `XIX<sup>e</sup>`, `n<sup>o</sup>`), and marks of notes.
fn is_set_high(before: &str, text: &str) -> bool {
    const NOTES: [char; 7] = ['*', '†', '‡', '§', '¶', '®', '™'];
    const ORDINALS: [&str; 18] = [
        "st", "nd", "rd", "th", "e", "er", "re", "ère", "ème", "eme", "nde", "ers", "es", "o", "a",
        "os", "as", "ième",
    ];
    let text = text.trim();
    if text.chars().all(|c| NOTES.contains(&c)) {
        return true;
    }
    let word = before
        .rsplit(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or_default();
    let is_number = !word.is_empty()
        && (word.chars().all(|c| c.is_ascii_digit())
            || word.chars().all(|c| "IVXLCDM".contains(c)));
    let is_abbreviation = match word {
        "n" | "N" => ["o", "os"].contains(&text),
        "M" => ["me", "mes", "lle", "lles", "r", "gr"].contains(&text),
        "D" => ["r", "re", "rs"].contains(&text),
        _ => false,
    };
    is_abbreviation || (is_number && ORDINALS.contains(&text))
}

/// A superscript or subscript in the characters of Unicode where each has one, else behind `^` or `_`, in brackets
/// where it is more than one number or word.
fn script(is_sup: bool, text: &str) -> String {
    let text = text.trim();
    let raised: Option<String> = text
        .chars()
        .map(|c| if is_sup { superscript(c) } else { subscript(c) })
        .collect();
    raised.unwrap_or_else(|| {
        let sign = if is_sup { '^' } else { '_' };
        let bare = text.strip_prefix(['-', '−', '+']).unwrap_or(text);
        if bare
            .chars()
            .all(|c| c.is_alphanumeric() || c == '.' || c == '′')
        {
            format!("{sign}{text}")
        } else {
            format!("{sign}({text})")
        }
    })
}

const SUPERSCRIPTS: (&str, &str) = (
    "0123456789+-−–=()abcdefghijklmnoprstuvwxyzβγδθφχ",
    "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵝᵞᵟᶿᵠᵡ",
);
const SUBSCRIPTS: (&str, &str) = (
    "0123456789+-−–=()aehijklmnoprstuvxβγρφχ",
    "₀₁₂₃₄₅₆₇₈₉₊₋₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ",
);

fn superscript(c: char) -> Option<char> {
    counterpart(c, SUPERSCRIPTS.0, SUPERSCRIPTS.1)
}

fn subscript(c: char) -> Option<char> {
    counterpart(c, SUBSCRIPTS.0, SUBSCRIPTS.1)
}

fn counterpart(c: char, from: &str, to: &str) -> Option<char> {
    let at = from.chars().position(|known| known == c)?;
    to.chars().nth(at)
}

/// A character of a superscript or subscript as the one that it stands for: `²` is `2`. Any other stays.
pub(crate) fn unscripted(c: char) -> char {
    // the blocks that hold such characters
    if !matches!(u32::from(c), 0xB2 | 0xB3 | 0xB9 | 0x2B0..=0x2FF | 0x1D00..=0x1DBF | 0x2070..=0x209F | 0x2C7C)
    {
        return c;
    }
    counterpart(c, SUPERSCRIPTS.1, SUPERSCRIPTS.0)
        .or_else(|| counterpart(c, SUBSCRIPTS.1, SUBSCRIPTS.0))
        .unwrap_or(c)
}

/// Pushes the same with the elements of JATS, each closed where it was opened. Returns whether there are any.
fn push_jats(out: &mut String, value: &str, formulas: &[Formula]) -> bool {
    let start = out.len();
    let mut open: Vec<usize> = Vec::new();
    let bytes = value.as_bytes();
    let mark_from = |at: usize| memchr::memchr(MARK_LEAD, &bytes[at..]).map(|next| at + next);
    let escape_from =
        |at: usize| memchr::memchr3(b'&', b'<', b'>', &bytes[at..]).map(|next| at + next);
    let (mut mark, mut escape, mut from) = (mark_from(0), escape_from(0), 0);
    while let Some(at) = mark.into_iter().chain(escape).min() {
        out.push_str(&value[from..at]);
        let c = value[at..].chars().next().unwrap_or_default();
        from = at + c.len_utf8();
        if mark == Some(at) {
            mark = mark_from(from);
        } else {
            escape = escape_from(from);
        }
        match piece(c) {
            Piece::Char('&') => out.push_str("&amp;"),
            Piece::Char('<') => out.push_str("&lt;"),
            Piece::Char('>') => out.push_str("&gt;"),
            Piece::Char(c) => out.push(c),
            Piece::Formula(at) => {
                if let Some(formula) = formulas.get(at) {
                    push_all(
                        out,
                        ["<inline-formula>", &formula.mathml, "</inline-formula>"],
                    );
                }
            }
            Piece::Open(element) if open.len() < 20 && !open.contains(&element) => {
                open.push(element);
                push_all(out, ["<", ELEMENTS[element].0, ">"]);
            }
            Piece::Open(_) => {}
            Piece::Close(element) => {
                if open.contains(&element) {
                    while let Some(last) = open.pop() {
                        push_all(out, ["</", ELEMENTS[last].0, ">"]);
                        if last == element {
                            break;
                        }
                    }
                }
            }
        }
    }
    out.push_str(&value[from..]);
    while let Some(last) = open.pop() {
        push_all(out, ["</", ELEMENTS[last].0, ">"]);
    }
    if memchr::memmem::find(&out.as_bytes()[start..], b"></").is_some() {
        let pushed = out.split_off(start);
        out.push_str(&without_empty(pushed));
    }
    // those of the text are escaped
    memchr::memchr(b'<', &out.as_bytes()[start..]).is_some()
}

fn push_all(out: &mut String, parts: [&str; 3]) {
    for part in parts {
        out.push_str(part);
    }
}

/// The markup without elements that hold nothing.
fn without_empty(mut markup: String) -> String {
    for (name, _) in ELEMENTS {
        let empty = format!("<{name}></{name}>");
        if markup.contains(&empty) {
            markup = markup.replace(&empty, "");
        }
    }
    markup
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
    #[case::power("<math><msup><mi>N</mi><mn>2</mn></msup></math>", "N²")]
    #[case::fraction(
        "<math><mfrac><mrow><mi>a</mi><mo>+</mo><mn>1</mn></mrow><mi>b</mi></mfrac></math>",
        "(a+1)/b"
    )]
    #[case::root("<math><msqrt><mn>2</mn></msqrt></math>", "√2")]
    #[case::index("<math><msub><mi>x</mi><mi>π</mi></msub></math>", "x_π")]
    #[case::limits(
        "<math><munderover><mo>∑</mo><mn>0</mn><mi>n</mi></munderover></math>",
        "∑₀ⁿ"
    )]
    #[case::annotated(
        "<math><semantics><mi>x</mi><annotation>\\x</annotation></semantics></math>",
        "x"
    )]
    fn formulas_as_text(#[case] raw: &str, #[case] value: &str) {
        assert_eq!(inline(raw, text::plain, false).unwrap().value, value);
    }

    #[rstest]
    #[case("The 20<sup>th</sup> century", "The 20th century")]
    #[case("Le XIX<sup>e</sup> siècle", "Le XIXe siècle")]
    #[case("n<sup>o</sup> 5, M<sup>me</sup> Roe", "no 5, Mme Roe")]
    #[case("Seams<sup>*</sup>", "Seams*")]
    #[case("x<sup>e</sup>", "xᵉ")]
    #[case("Ca<sup>2+</sup>, <sup>14</sup>C", "Ca²⁺, ¹⁴C")]
    #[case("a<sup>n+π</sup>", "a^(n+π)")]
    fn letters_that_are_only_set_high(#[case] raw: &str, #[case] value: &str) {
        assert_eq!(inline(raw, text::plain, false).unwrap().value, value);
    }

    #[test]
    fn xml_has_one_layer_of_escapes() {
        let raw = format!("{XML_MARK}p &lt; 0.05 &amp; R<sup>2</sup> of &amp;lt;b&amp;gt;");
        let found = inline(&raw, text::plain, false).unwrap();
        assert_eq!(found.value, "p < 0.05 & R² of <b>");
        assert_eq!(found.codes, [Code::DoubleEscaped]);
        let once = format!("{XML_MARK}p &lt; 0.05 &amp; R<sup>2</sup>");
        let found = inline(&once, text::plain, false).unwrap();
        assert_eq!(
            (found.value.as_str(), found.codes.len()),
            ("p < 0.05 & R²", 0)
        );
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
