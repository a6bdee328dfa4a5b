//! `back/ref-list`: the works cited, each as printed.

use crate::article::{Article, Reference};
use crate::export::inline_markup::{Style, runs};
use crate::export::xml::{Xml, is_blank};
use crate::values::Doi;

/// References that will be written.
pub(super) fn references(article: &Article) -> impl Iterator<Item = &Reference> {
    article.references.iter().filter(|reference| {
        !is_blank(&reference.raw) || reference.doi.as_deref().is_some_and(|doi| !is_blank(doi))
    })
}

pub(super) fn write(xml: &mut Xml, article: &Article) {
    xml.group("back", &[], |xml| {
        xml.group("ref-list", &[], |xml| {
            for (at, reference) in references(article).enumerate() {
                xml.group("ref", &[("id", &format!("ref{}", at + 1))], |xml| {
                    citation(xml, reference)
                });
            }
        });
    });
}

/// The reference whole, its DOI marked where it stands; at the end where it stands nowhere.
fn citation(xml: &mut Xml, reference: &Reference) {
    let runs = runs(&reference.raw);
    let doi = reference
        .doi
        .as_deref()
        .map(str::trim)
        .filter(|doi| !is_blank(doi))
        .unwrap_or_default();
    let is_doi = Doi::bare(doi).is_some();
    let find = |text: &str| {
        if is_doi {
            find_ignoring_case(text, doi)
        } else {
            None
        }
    };
    let place = runs
        .iter()
        .position(|(style, text)| *style == Style::Plain && find(text).is_some());
    xml.mixed("mixed-citation", &[("publication-type", "other")], |xml| {
        for (number, (style, text)) in runs.iter().enumerate() {
            match (
                style.element(),
                find(text).filter(|_| place == Some(number)),
            ) {
                (Some(element), _) => xml.inline(element, &[], text),
                (None, Some(at)) => {
                    xml.text(&text[..at]);
                    xml.inline(
                        "pub-id",
                        &[("pub-id-type", "doi")],
                        &text[at..at + doi.len()],
                    );
                    xml.text(&text[at + doi.len()..]);
                }
                (None, None) if is_blank(text) => xml.space(),
                (None, None) => xml.text(text),
            }
        }
        if place.is_some() {
            return;
        }
        if !doi.is_empty() && !is_blank(&reference.raw) {
            xml.space();
        }
        if is_doi {
            xml.inline("pub-id", &[("pub-id-type", "doi")], doi);
        } else {
            xml.text(doi);
        }
    });
}

/// Where `needle`, which is ASCII or not found otherwise, stands in `text`.
fn find_ignoring_case(text: &str, needle: &str) -> Option<usize> {
    let (text_bytes, needle) = (text.as_bytes(), needle.as_bytes());
    let at = text_bytes
        .windows(needle.len())
        .position(|window| window.eq_ignore_ascii_case(needle))?;
    (text.is_char_boundary(at) && text.is_char_boundary(at + needle.len())).then_some(at)
}
