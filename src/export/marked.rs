//! The inline markup of titles and abstracts, in the forms that receivers have for it.
//!
//! The model holds JATS inline elements. What a form has no element for comes out as its plain text, as in the field
//! `value`.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::xml::escape;
use crate::article::{Abstract, AbstractSection, Title};
use crate::normalize::text;

/// The notation of a format for the elements of the model: italic, bold, superscript, subscript, small capitals, each
/// by its beginning and its end.
struct Form {
    elements: [(&'static str, &'static str); 5],
    text: fn(&mut String, &str),
    formula: fn(&mut String, &Formula),
}

/// A formula: its MathML with the prefix `mml`, and its text.
struct Formula {
    mathml: String,
    text: String,
}

/// Elements of the model, in the order of [`Form::elements`].
const ELEMENTS: [&str; 5] = ["italic", "bold", "sup", "sub", "sc"];

/// Face markup of Crossref's deposit schema, for titles.
const CROSSREF: Form = Form {
    elements: [
        ("<i>", "</i>"),
        ("<b>", "</b>"),
        ("<sup>", "</sup>"),
        ("<sub>", "</sub>"),
        ("<scp>", "</scp>"),
    ],
    text: escape,
    formula: |out, formula| out.push_str(&formula.mathml),
};

/// JATS with the prefix that Crossref's deposit schema wants, for abstracts.
const CROSSREF_JATS: Form = Form {
    elements: [
        ("<jats:italic>", "</jats:italic>"),
        ("<jats:bold>", "</jats:bold>"),
        ("<jats:sup>", "</jats:sup>"),
        ("<jats:sub>", "</jats:sub>"),
        ("<jats:sc>", "</jats:sc>"),
    ],
    text: escape,
    formula: |out, formula| {
        out.push_str("<jats:inline-formula>");
        out.push_str(&formula.mathml);
        out.push_str("</jats:inline-formula>");
    },
};

/// HTML as citation processors understand it in CSL-JSON.
const CSL: Form = Form {
    elements: [
        ("<i>", "</i>"),
        ("<b>", "</b>"),
        ("<sup>", "</sup>"),
        ("<sub>", "</sub>"),
        ("<span style=\"font-variant: small-caps\">", "</span>"),
    ],
    text: String::push_str,
    formula: |out, formula| out.push_str(&formula.text),
};

/// HTML for pages.
#[cfg(any(test, feature = "serve"))]
const HTML: Form = Form {
    elements: [
        ("<i>", "</i>"),
        ("<b>", "</b>"),
        ("<sup>", "</sup>"),
        ("<sub>", "</sub>"),
        ("<span style=\"font-variant: small-caps\">", "</span>"),
    ],
    text: escape,
    formula: |out, formula| {
        let bare = formula.mathml.replace("<mml:", "<").replace("</mml:", "</");
        out.push_str(&bare.replace(" xmlns:mml=", " xmlns="));
    },
};

/// Title and subtitle as JATS inline content; `None` where the title has no markup.
pub(super) fn title(title: &Title) -> Option<(String, String)> {
    let markup = title.markup.as_deref()?;
    let (main, sub) = super::fields::title_parts(title);
    if sub.is_empty() {
        return Some((markup.to_owned(), String::new()));
    }
    // the subtitle is the end of the markup whose text it is
    let ends = markup
        .match_indices([':', '?', '!', '.', '–', '—', '-', '/', '：'])
        .map(|(at, sign)| at + sign.len());
    for at in ends {
        let (before, behind) = (&markup[..at], markup[at..].trim_start());
        if plain(behind) == sub && is_balanced(behind) {
            let before = before.trim_end();
            let cut = before.trim_end_matches([':', '–', '—', '-', '：', '/']);
            return Some((cut.trim_end().to_owned(), behind.to_owned()));
        }
    }
    let escaped = |text: &str| {
        let mut out = String::new();
        escape(&mut out, text);
        out
    };
    Some((escaped(&main), escaped(&sub)))
}

/// Title and subtitle with Crossref's face markup; `None` where the title has no markup.
pub(super) fn crossref_title(title: &Title) -> Option<(String, String)> {
    let (main, sub) = self::title(title)?;
    Some((render(&main, &CROSSREF), render(&sub, &CROSSREF)))
}

/// A whole title with the HTML that CSL-JSON may hold.
pub(super) fn csl_title(title: &Title) -> Option<String> {
    title.markup.as_deref().map(|markup| render(markup, &CSL))
}

/// A whole title with the commands of LaTeX.
pub(super) fn latex_title(title: &Title, escaped: fn(&mut String, &str)) -> Option<String> {
    let form = Form {
        elements: [
            ("\\textit{", "}"),
            ("\\textbf{", "}"),
            ("\\textsuperscript{", "}"),
            ("\\textsubscript{", "}"),
            ("\\textsc{", "}"),
        ],
        text: escaped,
        formula: |out, formula| out.push_str(&formula.text),
    };
    title.markup.as_deref().map(|markup| render(markup, &form))
}

/// A whole title in HTML.
#[cfg(any(test, feature = "serve"))]
pub(crate) fn html_title(title: &Title) -> String {
    html(title.markup.as_deref(), &title.value)
}

/// The paragraphs of an abstract in HTML.
#[cfg(any(test, feature = "serve"))]
pub(crate) fn html_paragraphs(text: &Abstract) -> Vec<String> {
    match text.markup.as_deref() {
        Some(markup) => paragraphs(markup)
            .map(|paragraph| render(paragraph, &HTML))
            .collect(),
        None => text
            .value
            .split("\n\n")
            .map(|text| html(None, text))
            .collect(),
    }
}

#[cfg(any(test, feature = "serve"))]
fn html(markup: Option<&str>, plain: &str) -> String {
    let mut out = String::new();
    match markup {
        Some(markup) => out = render(markup, &HTML),
        None => escape(&mut out, plain),
    }
    out
}

/// The paragraphs of an abstract with the prefix of Crossref; `None` where it has no markup.
pub(super) fn crossref_paragraphs(text: &Abstract) -> Option<Vec<String>> {
    let markup = text.markup.as_deref()?;
    let paragraphs = paragraphs(markup).map(|inner| render(inner, &CROSSREF_JATS));
    Some(paragraphs.collect())
}

/// The paragraphs of an abstract as JATS inline content; `None` where it has no markup.
pub(super) fn jats_paragraphs(text: &Abstract) -> Option<Vec<&str>> {
    text.markup
        .as_deref()
        .map(|markup| paragraphs(markup).collect())
}

/// The paragraphs of a section as JATS inline content; `None` where it has no markup.
pub(super) fn jats_section(section: &AbstractSection) -> Option<Vec<&str>> {
    section
        .markup
        .as_deref()
        .map(|markup| paragraphs(markup).collect())
}

/// Returns the content of each `p`.
fn paragraphs(markup: &str) -> impl Iterator<Item = &str> {
    let inner = markup
        .split("</p>")
        .map(|part| part.trim_start().strip_prefix("<p>").unwrap_or(part));
    inner.filter(|inner| !inner.trim().is_empty())
}

/// The text of markup, as the field `value` has it.
fn plain(markup: &str) -> String {
    text::inline(markup, text::plain, false)
        .map_or_else(|| text::plain(markup).value, |inline| inline.value)
}

/// Returns whether each element closes behind its beginning.
fn is_balanced(markup: &str) -> bool {
    let mut reader = Reader::from_str(markup);
    let mut depth = 0_usize;
    loop {
        match reader.read_event() {
            Ok(Event::Start(_)) => depth += 1,
            Ok(Event::End(_)) if depth > 0 => depth -= 1,
            Ok(Event::Eof) => return depth == 0,
            Ok(Event::End(_)) | Err(_) => return false,
            Ok(_) => {}
        }
    }
}

/// Markup in another form.
fn render(markup: &str, form: &Form) -> String {
    let mut out = String::with_capacity(markup.len());
    let mut reader = Reader::from_str(markup);
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => {
                let name = tag.local_name().into_inner().to_owned();
                if name == "math" {
                    let (begin, alternative) = (
                        format!("<{}>", &*tag),
                        tag.attributes().flatten().find_map(|attribute| {
                            (attribute.key.as_ref() == "alttext")
                                .then(|| unescaped(&attribute.value))
                        }),
                    );
                    let formula = formula(&mut reader, begin, alternative);
                    (form.formula)(&mut out, &formula);
                } else if let Some(at) = ELEMENTS.iter().position(|known| *known == name) {
                    out.push_str(form.elements[at].0);
                }
            }
            Ok(Event::End(tag)) => {
                let name = tag.local_name().into_inner();
                if let Some(at) = ELEMENTS.iter().position(|known| *known == name) {
                    out.push_str(form.elements[at].1);
                }
            }
            Ok(Event::Text(text)) => (form.text)(&mut out, &text.xml10_content()),
            Ok(Event::GeneralRef(reference)) => {
                (form.text)(&mut out, &crate::metadata::resolve(&reference));
            }
            // the model's markup is well-formed
            Ok(Event::Eof) | Err(_) => return out,
            Ok(_) => {}
        }
    }
}

/// The rest of a formula whose beginning was read.
fn formula(reader: &mut Reader<&[u8]>, begin: String, alternative: Option<String>) -> Formula {
    let mut formula = Formula {
        mathml: begin,
        text: String::new(),
    };
    let mut depth = 1_usize;
    while depth > 0 {
        let event = match reader.read_event() {
            Ok(Event::Eof) | Err(_) => break,
            Ok(event) => event,
        };
        match event {
            Event::Start(tag) => {
                depth += 1;
                formula.mathml.extend(["<", &*tag, ">"]);
            }
            Event::Empty(tag) => formula.mathml.extend(["<", &*tag, "/>"]),
            Event::End(tag) => {
                depth -= 1;
                formula.mathml.extend(["</", &*tag, ">"]);
            }
            Event::Text(text) => {
                formula.text.push_str(&text.xml10_content());
                formula.mathml.push_str(&text);
            }
            Event::GeneralRef(reference) => {
                let text = crate::metadata::resolve(&reference);
                escape(&mut formula.mathml, &text);
                formula.text.push_str(&text);
            }
            _ => {}
        }
    }
    formula.text = alternative.unwrap_or(formula.text);
    formula
}

fn unescaped(value: &str) -> String {
    quick_xml::escape::unescape(value)
        .unwrap_or(Cow::Borrowed(value))
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKUP: &str = "Rates of 10<sup>−3</sup> &lt; <italic>E. coli</italic> in <inline-formula><mml:math xmlns:mml=\"http://www.w3.org/1998/Math/MathML\" alttext=\"N²\"><mml:msup><mml:mi>N</mml:mi><mml:mn>2</mml:mn></mml:msup></mml:math></inline-formula>";

    fn marked(markup: &str, value: &str, subtitle: Option<&str>) -> Title {
        Title {
            value: value.to_owned(),
            markup: Some(markup.to_owned()),
            subtitle: subtitle.map(str::to_owned),
            ..Title::default()
        }
    }

    #[test]
    fn each_form_has_its_elements() {
        let title = marked(MARKUP, "Rates of 10⁻³ < E. coli in N²", None);
        assert_eq!(
            csl_title(&title).unwrap(),
            "Rates of 10<sup>−3</sup> < <i>E. coli</i> in N²"
        );
        assert_eq!(
            latex_title(&title, |out, text| out
                .push_str(&text.replace('<', "\\textless{}")))
            .unwrap(),
            "Rates of 10\\textsuperscript{−3} \\textless{} \\textit{E. coli} in N²"
        );
        assert_eq!(
            html_title(&title),
            "Rates of 10<sup>−3</sup> &lt; <i>E. coli</i> in <math xmlns=\"http://www.w3.org/1998/Math/MathML\" alttext=\"N²\"><msup><mi>N</mi><mn>2</mn></msup></math>"
        );
        let (crossref, _) = crossref_title(&title).unwrap();
        assert!(crossref.starts_with("Rates of 10<sup>−3</sup> &lt; <i>E. coli</i> in <mml:math "));
    }

    #[test]
    fn the_subtitle_is_split_off_with_its_markup() {
        let plain = marked("H<sub>2</sub>O: a study", "H₂O: a study", Some("a study"));
        let split = |main: &str, sub: &str| Some((main.to_owned(), sub.to_owned()));
        assert_eq!(title(&plain), split("H<sub>2</sub>O", "a study"));
        let both = marked(
            "A: H<sub>2</sub>O: on CO<sub>2</sub>",
            "A: H₂O: on CO₂",
            Some("on CO₂"),
        );
        assert_eq!(
            title(&both),
            split("A: H<sub>2</sub>O", "on CO<sub>2</sub>")
        );
        let question = marked(
            "Why H<sub>2</sub>? A study",
            "Why H₂? A study",
            Some("A study"),
        );
        assert_eq!(title(&question), split("Why H<sub>2</sub>?", "A study"));
        assert_eq!(title(&Title::default()), None);
    }

    #[test]
    fn paragraphs_are_split() {
        let text = Abstract {
            markup: Some("<p>m<sup>2</sup></p><p>CO<sub>2</sub> &amp; x</p>".to_owned()),
            ..Abstract::plain("m²\n\nCO₂ & x".to_owned(), None)
        };
        assert_eq!(
            html_paragraphs(&text),
            ["m<sup>2</sup>", "CO<sub>2</sub> &amp; x"]
        );
        assert_eq!(
            crossref_paragraphs(&text).unwrap(),
            [
                "m<jats:sup>2</jats:sup>",
                "CO<jats:sub>2</jats:sub> &amp; x"
            ]
        );
        assert_eq!(
            jats_paragraphs(&text).unwrap(),
            ["m<sup>2</sup>", "CO<sub>2</sub> &amp; x"]
        );
    }
}
