//! The figures as one web page that needs nothing but itself: no script, no font, no picture from elsewhere.
//!
//! Every text from a source is escaped; the page is well-formed XML as well, so that it can be checked.

mod card;
mod chart;
#[cfg(test)]
mod contrast;
mod failing;
pub(crate) mod markup;
mod page;
mod source;

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::report::duplicates::{DuplicateScope, Group};
use crate::report::{
    CollectionReport, DuplicateSummary, FailingSource, RunSummary, SourceReport, day_and_time,
};
use chart::sparkline;
use markup::{Column, bdi, esc, number, percent, table};

pub use card::card_page;
pub(crate) use failing::failing_list;
#[cfg(feature = "serve")]
pub(crate) use failing::failing_paragraph;
#[cfg(feature = "serve")]
pub(crate) use page::STYLE;
use page::{cells, page_end, page_start};

/// Sources that have a section on one page; of more, those that need attention most.
const SECTIONS: usize = 20;
/// Failing sources that are listed with their reasons.
const FAILING: usize = 20;
/// Sources up to which the overview draws the years of each.
const SPARKLINES: usize = 200;

/// Where the sections of sources are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// On the same page.
    Page,
    /// On pages of their own.
    Folder,
}

/// A file of a report in a folder.
#[derive(Clone, Debug)]
pub struct PageFile {
    /// The path in the folder, with `/`.
    pub path: String,
    /// The content.
    pub html: String,
}

/// Draws the report as pages: `index.html` with the overview, and one page for each source.
pub fn pages(report: &CollectionReport) -> Vec<PageFile> {
    let mut pages = vec![PageFile {
        path: "index.html".to_owned(),
        html: draw(report, Form::Folder, ""),
    }];
    for (n, one) in report.sources.iter().enumerate() {
        let mut out = String::with_capacity(32 * 1024);
        let title = one.repository_name.as_ref().unwrap_or(&one.name);
        page_start(&mut out, title);
        let _ = write!(
            out,
            "<header>\n<h1>{}</h1>\n<nav aria-label=\"Pages\"><ul><li><a href=\"../index.html\">All sources</a></li></ul></nav>\n\
             </header>\n<main id=\"main\">\n",
            bdi(title)
        );
        source::section(&mut out, n, one, true);
        out.push_str("</main>\n");
        foot(&mut out, report);
        pages.push(PageFile {
            path: format!("sources/{}", page_name(n, one)),
            html: out,
        });
    }
    pages
}

/// Returns the file name of a source's page: its number keeps names apart that differ in what a file cannot have.
fn page_name(n: usize, source: &SourceReport) -> String {
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() || "-_".contains(c) {
            c
        } else {
            '_'
        }
    };
    let name: String = source.name.chars().take(80).map(safe).collect();
    if name == source.name {
        format!("{name}.html")
    } else {
        format!("{name}.{n}.html")
    }
}

/// Draws the report as one page; of many sources, it shows those that need attention most.
pub fn html(report: &CollectionReport) -> String {
    draw(report, Form::Page, "")
}

/// Draws the same page with the way back to the other pages of `serve`.
#[cfg(feature = "serve")]
pub(crate) fn html_in_site(report: &CollectionReport) -> String {
    draw(report, Form::Page, &site_nav(&report.store))
}

/// Returns the links that every page of `serve` begins with.
#[cfg(feature = "serve")]
pub(crate) fn site_nav(name: &str) -> String {
    format!(
        "<nav class=\"site\" aria-label=\"Site\"><ul><li><a href=\"/\"><strong>{}</strong></a></li>\
         <li><a href=\"/search\">Search</a></li><li><a href=\"/report\">Report</a></li></ul></nav>\n",
        esc(name)
    )
}

/// Returns the numbers of the sources that have a section: all, or those that fail, have gaps or many findings.
fn shown(sources: &[SourceReport], form: Form) -> Vec<usize> {
    let mut numbers: Vec<usize> = (0..sources.len()).collect();
    if form == Form::Folder && sources.len() > 1 {
        return Vec::new();
    }
    if sources.len() > SECTIONS {
        numbers.sort_by_key(|n| {
            let source = &sources[*n];
            let failures = source
                .failing
                .as_ref()
                .map_or(0, |failing| failing.attempts.failures);
            std::cmp::Reverse((failures, source.open_gaps, source.stats.with_findings))
        });
        numbers.truncate(SECTIONS);
        numbers.sort_unstable();
    }
    numbers
}

fn draw(report: &CollectionReport, form: Form, nav: &str) -> String {
    let mut out = String::with_capacity(64 * 1024);
    let shown = shown(&report.sources, form);
    head(&mut out, report, &shown, nav);
    out.push_str("<main id=\"main\">\n");
    failing(&mut out, report);
    if report.sources.len() != 1 {
        out.push_str(
            "<section id=\"all\" aria-labelledby=\"all-title\">\n<h2 id=\"all-title\">All sources</h2>\n",
        );
        let open_gaps = report.sources.iter().map(|source| source.open_gaps).sum();
        source::tiles(&mut out, &report.all, open_gaps);
        overview(&mut out, &report.sources, form, &shown);
        if !report.sources.is_empty() {
            source::figures(&mut out, &report.all, &[]);
        }
        out.push_str("</section>\n");
    }
    if form == Form::Page && shown.len() < report.sources.len() {
        let _ = writeln!(
            out,
            "<p>Below are the {} of {} sources that need attention most. <code>offprint report -o report/</code> writes a \
             page for each.</p>",
            shown.len(),
            number(report.sources.len() as u64)
        );
    }
    for n in shown {
        source::section(&mut out, n, &report.sources[n], report.sources.len() == 1);
    }
    duplicates(&mut out, &report.duplicates);
    runs(&mut out, &report.runs);
    out.push_str("</main>\n");
    foot(&mut out, report);
    out
}

fn foot(out: &mut String, report: &CollectionReport) {
    let _ = writeln!(
        out,
        "<footer><p class=\"soft\">offprint {}, article model {}. Taken from {} on {}.</p></footer>",
        env!("CARGO_PKG_VERSION"),
        report.schema_version,
        bdi(&report.store),
        day_and_time(report.made_at),
    );
    page_end(out);
}

fn head(out: &mut String, report: &CollectionReport, shown: &[usize], nav: &str) {
    let title = match &report.sources[..] {
        [one] => one.repository_name.as_ref().unwrap_or(&one.name).clone(),
        several => format!("A collection of {} sources", several.len()),
    };
    page_start(out, &format!("{title}: what the collection holds"));
    let _ = write!(
        out,
        "<header>\n{nav}<h1>{title}</h1>\n\
         <p class=\"soft\">What the collection holds on {date}. Of live articles, unless it says otherwise; an \
         article that several sources have counts in each.</p>\n",
        title = esc(&title),
        date = day_and_time(report.made_at),
    );
    out.push_str("<nav aria-label=\"Parts\"><ul>");
    if report.sources.len() > 1 {
        out.push_str("<li><a href=\"#all\">All sources</a></li>");
    }
    // A page of hundreds of sources has its list in the overview.
    if report.sources.len() <= 12 {
        for n in shown {
            let name = bdi(&report.sources[*n].name);
            let _ = write!(out, "<li><a href=\"#source-{n}\">{name}</a></li>");
        }
    }
    out.push_str("<li><a href=\"#duplicates\">Duplicates</a></li><li><a href=\"#runs\">Last runs</a></li></ul></nav>\n</header>\n");
}

/// Writes the sources that fail, and why.
fn failing(out: &mut String, report: &CollectionReport) {
    let known = report.sources.iter();
    let known = known.filter_map(|source| source.failing.as_ref());
    let all: Vec<&FailingSource> = known.chain(&report.unanswered).collect();
    if all.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "<div class=\"card\"><h3>Failing sources: {}</h3>",
        number(all.len() as u64)
    );
    failing_list(out, &all, FAILING, |one| bdi(&one.name));
    out.push_str("</div>\n");
}

fn overview(out: &mut String, sources: &[SourceReport], form: Form, shown: &[usize]) {
    if sources.is_empty() {
        out.push_str("<p>No sources yet.</p>\n");
        return;
    }
    let columns = [
        ("source", Column::Name),
        ("live", Column::Number),
        ("deleted", Column::Number),
        ("gaps", Column::Number),
        ("with DOI", Column::Number),
        ("with findings", Column::Number),
        ("years of publication", Column::Text),
    ];
    let rows = sources.iter().enumerate().map(|(n, source)| {
        let stats = &source.stats;
        let doi = stats
            .fields
            .iter()
            .find(|field| field.field == "DOI")
            .map_or(0, |field| field.articles);
        let bars = if sources.len() <= SPARKLINES {
            chart::years(&stats.published).0
        } else {
            Vec::new()
        };
        let name = bdi(&source.name);
        let name = match form {
            Form::Folder => format!("<a href=\"sources/{}\">{name}</a>", page_name(n, source)),
            Form::Page if shown.contains(&n) => format!("<a href=\"#source-{n}\">{name}</a>"),
            Form::Page => name,
        };
        let years = match (
            stats.published.first_key_value(),
            stats.published.last_key_value(),
        ) {
            (Some((first, _)), Some((last, _))) if first == last => first.to_string(),
            (Some((first, _)), Some((last, _))) => format!("{first}–{last}"),
            _ => String::new(),
        };
        cells([
            name,
            number(stats.live),
            number(stats.deletions.total()),
            number(source.open_gaps as u64),
            percent(doi, stats.live),
            percent(stats.with_findings, stats.live),
            format!(
                "{}{years}",
                if bars.is_empty() {
                    String::new()
                } else {
                    sparkline("by year", &bars)
                }
            ),
        ])
    });
    let table = table("Sources", "", &columns, rows);
    let _ = write!(out, "<div class=\"card\"><h3>Sources</h3>\n{table}</div>\n");
}

fn duplicates(out: &mut String, duplicates: &DuplicateSummary) {
    out.push_str("<section id=\"duplicates\" aria-labelledby=\"duplicates-title\"><h2 id=\"duplicates-title\">Duplicates</h2>\n");
    if duplicates.groups == 0 {
        out.push_str("<p>No article was found more than once.</p>\n</section>\n");
        return;
    }
    let _ = writeln!(
        out,
        "<p>{} groups with {} articles that seem to be the same: {} across sources, of these {} across hosts. They \
         are found by DOI, landing page, or title with issue and pages; none was merged.</p>",
        number(duplicates.groups as u64),
        number(duplicates.articles as u64),
        number(duplicates.across_sources as u64),
        number(duplicates.across_hosts as u64),
    );
    let columns = [
        ("title", Column::Name),
        ("linked by", Column::Long),
        ("articles", Column::Long),
    ];
    let rows = duplicates.examples.iter().map(group_row);
    let table = table("Duplicates", "", &columns, rows);
    let more = duplicates.groups - duplicates.examples.len();
    let _ = write!(out, "<div class=\"card\">{table}");
    if more > 0 {
        let _ = write!(
            out,
            "<p class=\"soft\">And {} more: <code>offprint duplicates</code></p>",
            number(more as u64)
        );
    }
    out.push_str("</div></section>\n");
}

/// The row of a group of duplicates: its title, what links the articles, and the articles.
fn group_row(group: &Group) -> Vec<Cow<'static, str>> {
    let across = match group.across {
        DuplicateScope::OneSource => "one source",
        DuplicateScope::Sources => "several sources",
        DuplicateScope::Hosts => "several hosts",
    };
    let keys = group.keys.iter().map(|link| match &*link.kind {
        "title" => "title, issue and pages".to_owned(),
        kind => format!("{kind} <code>{}</code>", bdi(&link.key)),
    });
    let articles = group.articles.iter().map(|article| {
        let (source, identifier) = (bdi(&article.source), bdi(&article.identifier));
        format!("{source} <code>{identifier}</code>")
    });
    cells([
        bdi(group.title.as_deref().unwrap_or("(no title)")),
        keys.collect::<Vec<_>>().join("<br/>"),
        format!(
            "{across}<br/>{}",
            articles.collect::<Vec<_>>().join("<br/>")
        ),
    ])
}

fn runs(out: &mut String, runs: &[RunSummary]) {
    out.push_str(
        "<section id=\"runs\" aria-labelledby=\"runs-title\"><h2 id=\"runs-title\">Last runs</h2>\n",
    );
    let columns = [
        ("run", Column::Name),
        ("kind", Column::Text),
        ("began", Column::Text),
        ("ended", Column::Text),
        ("outcome", Column::Text),
    ];
    let rows = runs.iter().map(|run| {
        cells([
            run.run.to_string(),
            esc(&run.kind),
            day_and_time(run.started),
            run.ended.map(day_and_time).unwrap_or_default(),
            esc(run.outcome.as_deref().unwrap_or("not ended")),
        ])
    });
    let table = table("Last runs", "", &columns, rows);
    let _ = writeln!(out, "<div class=\"card\">{table}</div></section>");
}
