//! Fields out of a source citation, for formats that run journal, issue and pages together.

use super::context::SourceContext;
use super::description::{Description, Medium};
use super::reference::{self, Cited};
use super::source::{self, Citation};
use super::text;
use crate::article::Code;

/// Takes `Journal; Issue; Pages` apart. What the description holds already stays.
pub(super) fn whole(out: &mut Description, element: &str, raw: &str, context: &SourceContext) {
    let Some(value) = out.cleaned("journal", raw, text::plain) else {
        return;
    };
    let mut cited = parse(&value, None, context).unwrap_or_else(|| Cited {
        citation: source::parse(&value, None, &context.known_titles(&value, None)),
        ..Cited::default()
    });
    for issn in std::mem::take(&mut cited.issns) {
        out.issn(element, &issn, Medium::Unknown);
    }
    take(out, element, cited);
}

/// A citation in OJS's form or in another software's or style: the reading that leaves less.
pub(super) fn parse(value: &str, lang: Option<&str>, context: &SourceContext) -> Option<Cited> {
    let known = context.known_titles(value, lang);
    let as_ojs = source::parse(value, lang, &known);
    let places = |citation: &Citation| {
        usize::from(citation.volume.is_some())
            + usize::from(citation.number.is_some())
            + usize::from(citation.pages.is_some())
            + usize::from(citation.year.is_some())
    };
    let other = reference::parse(value, lang);
    let weight = |citation: &Citation| {
        (
            citation.leftover.is_none(),
            citation.issue_title.is_none(),
            places(citation),
        )
    };
    // where no semicolon shows OJS's form, the other reading knows more
    let is_better = |citation: &Citation| {
        weight(citation) > weight(&as_ojs)
            || (!value.contains("; ") && weight(citation) == weight(&as_ojs))
    };
    let is_form_of_ojs = as_ojs.journal.is_some() && places(&as_ojs) >= 1;
    match other {
        Some(other) if !is_form_of_ojs || is_better(&other.citation) => Some(other),
        other if !is_form_of_ojs => other,
        _ => Some(Cited {
            citation: as_ojs,
            ..Cited::default()
        }),
    }
}

/// Takes `Issue; Pages` apart, the journal's title not being in it.
pub(super) fn issue(out: &mut Description, element: &str, raw: &str) {
    // a title that no citation holds stands in for the journal's
    const JOURNAL: &str = "\u{1}";
    let Some(value) = out.cleaned("issue", raw, text::plain) else {
        return;
    };
    let mut cited = Cited {
        citation: source::parse(&format!("{JOURNAL}; {value}"), None, &[JOURNAL.to_owned()]),
        ..Cited::default()
    };
    cited.citation.journal = None;
    // `Bd. 5 (2012), Heft 2`, in words that OJS has not
    if cited.citation.leftover.is_some()
        && let Some(other) = reference::issue(&value, None)
    {
        cited = other;
    }
    take(out, element, cited);
}

/// Fills volume, issue and year where none are known. Returns the values of a field that has another.
pub(super) fn place(out: &mut Description, element: &str, citation: &mut Citation) -> Vec<String> {
    let article = &mut out.article;
    let mut filled = Vec::new();
    let mut others = Vec::new();
    let mut fill = |place: &mut Option<String>, field, value: Option<String>| {
        if place.is_none() && value.is_some() {
            *place = value;
            filled.push(field);
        } else if *place != value {
            others.extend(value);
        }
    };
    fill(&mut article.volume, "volume", citation.volume.take());
    fill(&mut article.issue, "issue", citation.number.take());
    fill(
        &mut article.issue_title,
        "issue_title",
        citation.issue_title.take(),
    );
    if article.issue_year.is_none() && citation.year.is_some() {
        article.issue_year = citation.year;
        filled.push("issue_year");
    }
    for field in filled {
        out.set_origin(field, element);
    }
    others
}

/// Fills what a citation states, but for its identifiers.
fn take(out: &mut Description, element: &str, cited: Cited) {
    let Cited {
        mut citation,
        notes,
        ..
    } = cited;
    for note in notes {
        out.add_unmapped_element(element, None, &note);
    }
    if let Some(leftover) = citation.leftover.take() {
        out.add_finding(Code::UnparsedSource, "journal", &leftover);
        out.add_unmapped_element(element, None, &leftover);
    }
    let mut others = Vec::new();
    let title = &mut out.article.journal.title;
    let journal = citation.journal.take();
    if title.is_none() && journal.is_some() {
        *title = journal;
        out.set_origin("journal.title", element);
    } else if *title != journal {
        others.extend(journal);
    }
    others.extend(place(out, element, &mut citation));
    let known = out.article.pages.as_ref().map(|pages| pages.raw.clone());
    match (citation.pages, known) {
        (Some(pages), None) => out.pages(element, &pages),
        (Some(pages), Some(known)) if !known.contains(&pages) => others.push(pages),
        _ => {}
    }
    for other in others {
        out.add_unmapped_element(element, None, &other);
    }
}
