//! Fields out of a source citation, for formats that run journal, issue and pages together.

use super::SourceContext;
use super::description::Description;
use super::source::{self, Citation};
use super::text;
use crate::article::Code;

/// Takes `Journal; Issue; Pages` apart. What the description holds already stays.
pub(super) fn whole(out: &mut Description, element: &str, raw: &str, context: &SourceContext) {
    let Some(value) = out.cleaned("journal", raw, text::plain) else {
        return;
    };
    let citation = source::parse(&value, None, &context.known_titles(&value, None));
    take(out, element, citation);
}

/// Takes `Issue; Pages` apart, the journal's title not being in it.
pub(super) fn issue(out: &mut Description, element: &str, raw: &str) {
    // a title that no citation holds stands in for the journal's
    const JOURNAL: &str = "\u{1}";
    let Some(value) = out.cleaned("issue", raw, text::plain) else {
        return;
    };
    let mut citation = source::parse(&format!("{JOURNAL}; {value}"), None, &[JOURNAL.to_owned()]);
    citation.journal = None;
    take(out, element, citation);
}

fn take(out: &mut Description, element: &str, citation: Citation) {
    let Citation {
        journal,
        volume,
        number,
        year,
        issue_title,
        pages,
        leftover,
    } = citation;
    if let Some(leftover) = leftover {
        out.found(Code::UnparsedSource, "journal", &leftover);
        out.keep_of(element, None, &leftover);
    }
    let article = &mut out.article;
    let mut filled = Vec::new();
    let mut fill = |place: &mut Option<String>, field, value: Option<String>| {
        if place.is_none() && value.is_some() {
            *place = value;
            filled.push(field);
        }
    };
    fill(&mut article.journal.title, "journal.title", journal);
    fill(&mut article.volume, "volume", volume);
    fill(&mut article.issue, "issue", number);
    fill(&mut article.issue_title, "issue_title", issue_title);
    if article.issue_year.is_none() && year.is_some() {
        article.issue_year = year;
        filled.push("issue_year");
    }
    for field in filled {
        out.came_from(field, element);
    }
    if out.article.pages.is_none()
        && let Some(pages) = pages
    {
        out.pages(element, &pages);
    }
}
