//! The report card of a journal, as a page for its editors and as a section of the report.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::chart::bar;
use super::markup::{Column, bdi, esc, link, meaning_markup, number, percent, table};
use super::page::{cells, page_end, page_start};
use crate::article::Severity;
use crate::report::card::{Card, CardFinding, NamedArticle, SubjectShare};
use crate::report::check::CardReport;
use crate::report::day_and_time;

/// Draws the report card as a page.
pub fn card_page(report: &CardReport) -> String {
    let mut out = String::with_capacity(32 * 1024);
    let name = report.title();
    page_start(&mut out, &format!("{name}: report card"));
    let _ = write!(
        out,
        "<header>\n<h1>{}</h1>\n<p class=\"soft\">Report card: what readers, libraries and search services find in the \
         metadata of {} articles, what is missing, and how to put it right.</p>\n<p class=\"soft\">",
        bdi(name),
        number(report.card.articles),
    );
    link(&mut out, &report.base_url);
    if let Some(software) = &report.software {
        let version = software.version.as_deref().unwrap_or_default();
        let _ = write!(out, " · {} {}", bdi(&software.name), bdi(version));
    }
    let _ = write!(
        out,
        "<br/>Harvested formats: {}</p>\n</header>\n<main id=\"main\">\n",
        bdi(&report.formats.join(", "))
    );
    out.push_str("<h2>Report card</h2>\n");
    card(&mut out, &report.card);
    out.push_str("</main>\n");
    let _ = writeln!(
        out,
        "<footer><p class=\"soft\">Made by offprint {} on {}.</p></footer>",
        env!("CARGO_PKG_VERSION"),
        day_and_time(report.made_at),
    );
    page_end(&mut out);
    out
}

/// Writes the shares, then what is missing, then the findings.
pub(super) fn card(out: &mut String, card: &Card) {
    if card.articles == 0 {
        out.push_str("<p>There is no live article.</p>\n");
        return;
    }
    shares(out, card);
    for share in card.subjects.iter().filter(|share| share.advice.is_some()) {
        lacking(out, share, card.articles);
    }
    for finding in &card.findings {
        finding_card(out, finding);
    }
    if card.findings.is_empty() {
        out.push_str("<p>No value was doubtful or unreadable.</p>\n");
    }
}

fn shares(out: &mut String, card: &Card) {
    let heads = [
        ("field", Column::Name),
        ("articles", Column::Number),
        ("share", Column::Number),
        ("", Column::Bar),
    ];
    let rows = card.subjects.iter().map(|share| {
        let part = match &share.not_in {
            Some(formats) => format!("<i>not in {}</i>", bdi(formats)),
            None => percent(share.articles, card.articles),
        };
        cells([
            share.subject.as_str().to_owned(),
            number(share.articles),
            part,
            bar(share.articles, card.articles),
        ])
    });
    let table = table("Report card", "", &heads, rows);
    let _ = write!(
        out,
        "<div class=\"card\"><h3>What articles have</h3>\n{table}</div>\n"
    );
}

fn lacking(out: &mut String, share: &SubjectShare, articles: u64) {
    let without = articles - share.articles;
    let noun = if without == 1 { "article" } else { "articles" };
    let _ = writeln!(
        out,
        "<details class=\"card item\"><summary><h3>{} {noun} without {}</h3></summary>",
        number(without),
        esc(share.subject.as_str())
    );
    if let Some(formats) = &share.not_in {
        let _ = writeln!(
            out,
            "<p>The harvested formats have no place for it: {}.</p>",
            bdi(formats)
        );
    }
    if let Some(advice) = &share.advice {
        advise(out, advice);
    }
    named(
        out,
        share.lacking.iter().map(|article| (article, None)),
        without,
    );
    out.push_str("</details>\n");
}

fn finding_card(out: &mut String, finding: &CardFinding) {
    let mark = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    };
    let noun = if finding.articles == 1 {
        "article"
    } else {
        "articles"
    };
    let _ = write!(
        out,
        "<details class=\"card item\"><summary><h3>{} {noun}: <code>{}</code> <span class=\"soft\">{mark}</span></h3>\
         </summary>\n<p>{}</p>\n",
        number(finding.articles),
        esc(&finding.code),
        meaning_markup(&finding.meaning)
    );
    if let Some(advice) = &finding.advice {
        advise(out, advice);
    }
    let examples = finding.examples.iter().map(|example| {
        let value = format!(
            "{}: <code>{}</code>",
            bdi(&example.field),
            bdi(&example.raw)
        );
        (&example.article, Some(value))
    });
    named(out, examples, finding.articles);
    out.push_str("</details>\n");
}

fn advise(out: &mut String, advice: &str) {
    let _ = writeln!(
        out,
        "<p class=\"advice\"><b>How to put it right:</b> {}</p>",
        esc(advice)
    );
}

/// Writes links to the first articles, and how many there are beside them.
fn named<'a>(
    out: &mut String,
    articles: impl Iterator<Item = (&'a NamedArticle, Option<String>)>,
    total: u64,
) {
    out.push_str("<ul>\n");
    let mut shown = 0;
    for (article, value) in articles {
        shown += 1;
        let title: Cow<'_, str> = if article.title.is_empty() {
            Cow::Borrowed("(no title)")
        } else {
            Cow::Borrowed(&article.title)
        };
        out.push_str("<li>");
        match &article.url {
            Some(url) => {
                let _ = write!(
                    out,
                    "<a href=\"{}\" rel=\"noreferrer\">{}</a>",
                    esc(url),
                    bdi(&title)
                );
            }
            None => out.push_str(&bdi(&title)),
        }
        match article.submission {
            Some(number) => {
                let _ = write!(out, " <span class=\"soft\">submission {number}</span>");
            }
            None => {
                let _ = write!(
                    out,
                    " <span class=\"soft\">{}</span>",
                    bdi(&article.identifier)
                );
            }
        }
        if let Some(value) = value {
            let _ = write!(out, "<br/>{value}");
        }
        out.push_str("</li>\n");
    }
    if total > shown {
        let _ = writeln!(
            out,
            "<li class=\"soft\">and {} more</li>",
            number(total - shown)
        );
    }
    out.push_str("</ul>\n");
}
