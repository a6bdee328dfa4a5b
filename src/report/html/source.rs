//! One source of the page: its numbers, charts and tables. The same figures over all sources.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::chart::{self, Bar, bar, columns};
use super::failing::failing_paragraph;
use super::markup::{Column, bdi, esc, link, meaning_markup, number, percent, table};
use super::page::cells;
use crate::report::card::not_in;
use crate::report::{CollectionStats, SourceReport, ValueCounts, day_and_time, meaning};

/// Values of a kind that are shown; the rest is summed up.
const SHOWN: usize = 12;

/// A source; closed at first where there are several. Its anchor is inside: going there opens it.
pub(super) fn section(out: &mut String, n: usize, source: &SourceReport, only: bool) {
    let open = if only { " open=\"open\"" } else { "" };
    let _ = write!(
        out,
        "<details class=\"source\"{open}><summary><h2>{}</h2></summary>\n<p class=\"soft\" id=\"source-{n}\">",
        bdi(&source.name)
    );
    if let Some(name) = source
        .repository_name
        .as_ref()
        .filter(|name| !name.is_empty())
    {
        let _ = write!(out, "{} · ", bdi(name));
    }
    link(out, &source.base_url);
    if let Some(software) = &source.software {
        let version = software.version.as_deref().unwrap_or_default();
        let _ = write!(out, " · {} {}", bdi(&software.name), bdi(version));
    }
    for (stream, until) in &source.harvested_until {
        let until = until.map_or("no complete list yet".to_owned(), |until| {
            format!("complete up to {}", day_and_time(until))
        });
        let _ = write!(out, "<br/>{}: {until}", bdi(stream));
    }
    out.push_str("</p>\n");
    failure(out, source);
    tiles(out, &source.stats, source.open_gaps);
    figures(out, &source.stats, &source.formats);
    gaps(out, source);
    out.push_str("<section class=\"report-card\"><h2>Report card</h2>\n");
    super::card::card(out, &source.card);
    out.push_str("</section>\n");
    out.push_str("</details>\n");
}

/// Writes why the newest runs failed.
fn failure(out: &mut String, source: &SourceReport) {
    if let Some(failing) = &source.failing {
        failing_paragraph(out, failing);
    }
}

/// The numbers at a glance.
pub(super) fn tiles(out: &mut String, stats: &CollectionStats, open_gaps: usize) {
    let doi = stats
        .fields
        .iter()
        .find(|field| field.field == "DOI")
        .map_or(0, |field| field.articles);
    let tiles = [
        (number(stats.live), "live articles", false),
        (number(stats.deletions.total()), "deleted records", false),
        (number(open_gaps as u64), "open gaps", open_gaps > 0),
        (percent(doi, stats.live), "with a DOI", false),
        (
            percent(stats.with_findings, stats.live),
            "with findings",
            false,
        ),
    ];
    out.push_str("<ul class=\"tiles\">");
    for (value, name, attend) in tiles {
        let class = if attend { " class=\"attend\"" } else { "" };
        let _ = write!(out, "<li{class}><b>{value}</b> {name}</li>");
    }
    out.push_str("</ul>\n");
}

/// Charts and tables of a stats.
pub(super) fn figures(out: &mut String, stats: &CollectionStats, formats: &[String]) {
    out.push_str("<div class=\"grid\">\n");
    published(out, stats);
    completeness(out, stats, formats);
    counted(out, "Languages", "language", &stats.languages, stats.live);
    counted(out, "Licences", "licence", &stats.licenses, stats.live);
    harvested(out, stats);
    deletions(out, stats);
    findings(out, stats);
    out.push_str("</div>\n");
}

fn published(out: &mut String, stats: &CollectionStats) {
    let (bars, left_out) = chart::years(&stats.published);
    let mut caption = "Articles by year of publication.".to_owned();
    if stats.undated > 0 {
        let _ = write!(caption, " Without a date: {}.", number(stats.undated));
    }
    if left_out > 0 {
        let _ = write!(
            caption,
            " In the table only, of years far off: {}.",
            number(left_out)
        );
    }
    let by_year = stats
        .published
        .iter()
        .map(|(year, count)| (year.to_string(), *count));
    card(
        out,
        "",
        "Publication years",
        &columns("Articles by year of publication", &caption, &bars),
    );
    numbers(out, "year", by_year);
    out.push_str("</div>\n");
}

fn harvested(out: &mut String, stats: &CollectionStats) {
    let caption = "Records by the month their newest version was fetched in, deleted ones too.";
    card(
        out,
        "",
        "Harvested",
        &columns(
            "Records harvested by month",
            caption,
            &chart::months(&stats.harvested),
        ),
    );
    calendar(out, &stats.harvested);
    let changed: BTreeMap<i32, u64> = stats
        .changed
        .iter()
        .filter_map(|(year, count)| Some((year.parse().ok()?, *count)))
        .collect();
    out.push_str("<h3>Changed at the source</h3>\n");
    let caption = "Articles by the year of their datestamp.";
    out.push_str(&columns(
        "Articles by year of their datestamp",
        caption,
        &chart::years(&changed).0,
    ));
    numbers(
        out,
        "year",
        stats
            .changed
            .iter()
            .map(|(year, count)| (year.clone(), *count)),
    );
    out.push_str("</div>\n");
}

/// Years down, months across.
fn calendar(out: &mut String, counts: &BTreeMap<String, u64>) {
    let mut years: BTreeMap<&str, [u64; 12]> = BTreeMap::new();
    for (month, count) in counts {
        let Some((year, month)) = month.rsplit_once('-') else {
            continue;
        };
        let index = month.parse::<usize>().unwrap_or(0).wrapping_sub(1);
        if let Some(place) = years.entry(year).or_default().get_mut(index) {
            *place += count;
        }
    }
    let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let mut heads = vec![("year", Column::Name), ("all", Column::Number)];
    heads.extend(months.map(|month| (month, Column::Number)));
    let rows = years.iter().map(|(year, months)| {
        let mut row = vec![esc(year).into(), number(months.iter().sum()).into()];
        row.extend(months.iter().map(|n| {
            if *n == 0 {
                "".into()
            } else {
                number(*n).into()
            }
        }));
        row
    });
    let table = table(
        "Records harvested by year and month",
        "months",
        &heads,
        rows,
    );
    let _ = writeln!(
        out,
        "<details><summary class=\"table\">Numbers</summary>{table}</details>"
    );
}

fn completeness(out: &mut String, stats: &CollectionStats, formats: &[String]) {
    let heads = [
        ("field", Column::Name),
        ("articles", Column::Number),
        ("share", Column::Number),
        ("", Column::Bar),
    ];
    let rows = stats.fields.iter().map(|field| {
        let share = match not_in(formats, field.field) {
            Some(formats) if field.articles == 0 => format!("<i>not in {}</i>", bdi(&formats)),
            _ => percent(field.articles, stats.live),
        };
        cells([
            field.field.to_owned(),
            number(field.articles),
            share,
            bar(field.articles, stats.live),
        ])
    });
    card(
        out,
        "",
        "Completeness",
        &table("Completeness", "", &heads, rows),
    );
    out.push_str("</div>\n");
}

/// Values by how often they come.
fn counted(out: &mut String, title: &str, head: &str, counted: &ValueCounts, whole: u64) {
    let ranked = counted.ranked();
    let (shown, rest) = ranked.split_at(ranked.len().min(SHOWN));
    let mut rows: Vec<(String, u64)> = shown
        .iter()
        .map(|(value, count)| (bdi(value), *count))
        .collect();
    let others: u64 = rest.iter().map(|(_, count)| count).sum::<u64>() + counted.other;
    if others > 0 {
        let more = if counted.other > 0 {
            "others".to_owned()
        } else {
            format!("{} others", rest.len())
        };
        rows.push((format!("<i>{more}</i>"), others));
    }
    if counted.none > 0 {
        rows.push(("<i>none</i>".to_owned(), counted.none));
    }
    let heads = [
        (head, Column::Name),
        ("articles", Column::Number),
        ("share", Column::Number),
        ("", Column::Bar),
    ];
    let rows = rows
        .into_iter()
        .map(|(value, n)| cells([value, number(n), percent(n, whole), bar(n, whole)]));
    card(out, "", title, &table(title, "", &heads, rows));
    out.push_str("</div>\n");
}

fn deletions(out: &mut String, stats: &CollectionStats) {
    let deletions = stats.deletions;
    let rows = [
        ("deleted by the source", deletions.tombstone),
        ("gone from a complete list", deletions.gone),
        ("taken down here", deletions.taken_down),
    ];
    let rows = rows.map(|(cause, count)| cells([cause.to_owned(), number(count)]));
    card(
        out,
        "",
        "Deletions",
        &table(
            "Deletions",
            "",
            &[("cause", Column::Name), ("records", Column::Number)],
            rows,
        ),
    );
    out.push_str("</div>\n");
}

fn findings(out: &mut String, stats: &CollectionStats) {
    if stats.findings.is_empty() {
        card(
            out,
            " wide",
            "Findings",
            "<p>Nothing was repaired, doubted or dropped.</p>\n",
        );
        out.push_str("</div>\n");
        return;
    }
    let heads = [
        ("code", Column::Name),
        ("findings", Column::Number),
        ("articles", Column::Number),
        ("meaning", Column::Long),
        ("example", Column::Long),
    ];
    let mut found: Vec<_> = stats.findings.iter().collect();
    found.sort_by_key(|(_, found)| std::cmp::Reverse(found.findings));
    let rows = found.into_iter().map(|(code, found)| {
        let example = found.example.as_ref().map(|example| {
            format!(
                "{}: <code>{}</code><br/><span class=\"soft\">{}</span>",
                bdi(&example.field),
                bdi(&example.raw),
                bdi(&example.identifier)
            )
        });
        cells([
            format!("<code>{}</code>", esc(code)),
            number(found.findings),
            number(found.articles),
            meaning_markup(meaning(code)),
            example.unwrap_or_default(),
        ])
    });
    card(
        out,
        " wide",
        "Findings",
        &table("Findings", "", &heads, rows),
    );
    out.push_str("</div>\n");
}

fn gaps(out: &mut String, source: &SourceReport) {
    if source.open_gaps == 0 {
        return;
    }
    let heads = [
        ("what", Column::Name),
        ("why", Column::Long),
        ("tries", Column::Number),
        ("last try", Column::Text),
        ("known of", Column::Text),
    ];
    let rows = source.gaps.iter().map(|gap| {
        let end = |date: &Option<String>| date.as_deref().map(esc).unwrap_or_default();
        let what = match (&gap.identifier, &gap.from, &gap.until) {
            (Some(identifier), ..) => format!("<code>{}</code>", bdi(identifier)),
            (None, None, None) => "the whole list".to_owned(),
            (None, from, until) => format!("{}..{}", end(from), end(until)),
        };
        let tries = u64::try_from(gap.tries).unwrap_or(0);
        let known = if gap.acknowledged { "acknowledged" } else { "" };
        cells([
            what,
            bdi(&gap.reason),
            number(tries),
            day_and_time(gap.last_try),
            known.to_owned(),
        ])
    });
    card(out, "", "Gaps", &table("Gaps", "", &heads, rows));
    let more = source.open_gaps - source.gaps.len();
    if more > 0 {
        let _ = write!(
            out,
            "<p class=\"soft\">And {} more: <code>offprint status --unavailable</code></p>",
            number(more as u64)
        );
    }
    out.push_str("</div>\n");
}

/// Begins a card; the caller ends it.
fn card(out: &mut String, class: &str, title: &str, content: &str) {
    let _ = write!(
        out,
        "<div class=\"card{class}\"><h3>{}</h3>\n{content}",
        esc(title)
    );
}

/// The numbers behind a chart.
fn numbers(out: &mut String, head: &str, bars: impl Iterator<Item = Bar>) {
    let rows = bars.map(|(name, count)| cells([esc(&name), number(count)]));
    let table = table(
        head,
        "",
        &[(head, Column::Name), ("articles", Column::Number)],
        rows,
    );
    let _ = writeln!(
        out,
        "<details><summary class=\"table\">Numbers</summary>{table}</details>"
    );
}
