//! A record as people read it.

use std::fmt::Write as _;

use crate::article::{Article, Contributor, Entry, Role, Status};
use crate::cli::output::plain;
use crate::report::{RecordView, code_name, day_and_time};
use crate::store::Version;

/// Columns before a value.
const MARGIN: usize = 14;

/// The record: its article, its formats, findings and gaps.
pub(super) fn record(view: &RecordView) -> String {
    let mut text = format!("{}  ({})\n", plain(&view.identifier), view.source);
    line(&mut text, "id", &view.id);
    let status = match view.article.status() {
        Status::Live => "live",
        Status::Deleted => "deleted",
    };
    line(&mut text, "status", status);
    if let Entry::Live(article) = &view.article {
        describe(&mut text, article);
    }
    formats(&mut text, view);
    if let Entry::Live(article) = &view.article {
        findings(&mut text, article);
    }
    for gap in &view.gaps {
        let _ = writeln!(
            text,
            "\nmissing: {} ({} tries)",
            plain(&gap.reason),
            gap.tries
        );
    }
    let former = view
        .history
        .iter()
        .filter(|version| !version.newest)
        .count();
    if former > 0 {
        let _ = writeln!(
            text,
            "\n{former} former version{}; --history lists them",
            s(former)
        );
    }
    text
}

/// Every version of the record.
pub(super) fn history(view: &RecordView) -> String {
    let mut text = format!("{}  ({})\n", plain(&view.identifier), view.source);
    let mut prefix = "";
    for version in &view.history {
        if version.metadata_prefix != prefix {
            prefix = &version.metadata_prefix;
            let _ = writeln!(text, "\n{}", plain(prefix));
        }
        let newest = if version.newest { "newest" } else { "former" };
        let state = state(version.deleted, version.cause.as_deref());
        let _ = writeln!(
            text,
            "  {newest}  change {}  datestamp {}  {state}, fetched {} in run {}",
            version.seq,
            plain(&version.datestamp),
            day_and_time(version.fetched_at),
            version.run_no,
        );
        place(&mut text, version);
    }
    text
}

fn describe(text: &mut String, article: &Article) {
    describe_origin(text, article);
    describe_content(text, article);
}

/// Writes type, authors and publication.
fn describe_origin(text: &mut String, article: &Article) {
    let mut tell = |name: &str, value: Option<&str>| line(text, name, value.unwrap_or_default());
    tell("DOI", article.doi.as_deref());
    tell(
        "type",
        article
            .resource_type
            .as_ref()
            .map(|kind| kind.label.as_str()),
    );
    for title in &article.titles {
        tell(
            "title",
            Some(&with_lang(&title.value, title.lang.as_deref())),
        );
        tell("subtitle", title.subtitle.as_deref());
    }
    for contributor in &article.contributors {
        tell(role(contributor.role), Some(&person(contributor)));
    }
    let journal = &article.journal;
    let issns: Vec<&str> = [&journal.issn_print, &journal.issn_electronic]
        .into_iter()
        .flatten()
        .chain(&journal.issn_unknown)
        .map(String::as_str)
        .collect();
    tell("journal", journal.title.as_deref());
    tell("ISSN", Some(&issns.join(", ")));
    tell("publisher", journal.publisher.as_deref());
    tell("issue", Some(&issue(article)));
    tell("section", article.section.as_deref());
    tell(
        "pages",
        article.pages.as_ref().map(|pages| pages.raw.as_str()),
    );
    tell(
        "published",
        article.published.as_ref().map(|date| date.date.as_str()),
    );
}

/// Writes content and rights.
fn describe_content(text: &mut String, article: &Article) {
    let mut tell = |name: &str, value: Option<&str>| line(text, name, value.unwrap_or_default());
    tell("language", article.language.as_deref());
    let license = article.license.as_ref();
    tell(
        "licence",
        license.map(|license| license.name.as_deref().unwrap_or(&license.raw)),
    );
    tell(
        "copyright",
        article
            .copyright
            .as_ref()
            .and_then(|copyright| copyright.statement.as_deref()),
    );
    for funding in &article.funding {
        tell("funding", Some(&funding.name));
    }
    for link in &article.links {
        tell("link", Some(&link.url));
    }
    let keywords: Vec<&str> = article
        .keywords
        .iter()
        .map(|keyword| keyword.value.as_str())
        .collect();
    tell("keywords", Some(&keywords.join("; ")));
    for summary in &article.abstracts {
        tell(
            "abstract",
            Some(&with_lang(&summary.value, summary.lang.as_deref())),
        );
    }
    if !article.references.is_empty() {
        tell("references", Some(&article.references.len().to_string()));
    }
    for unmapped in &article.unmapped {
        tell(
            "unmapped",
            Some(&format!("{}: {}", unmapped.element, unmapped.value)),
        );
    }
}

fn formats(text: &mut String, view: &RecordView) {
    text.push_str("\nrecords\n");
    for format in &view.formats {
        let state = state(format.deleted, format.cause.as_deref());
        let (prefix, datestamp) = (plain(&format.metadata_prefix), plain(&format.datestamp));
        let fetched = day_and_time(format.fetched_at);
        let _ = writeln!(
            text,
            "  {prefix}  datestamp {datestamp}  {state}, fetched {fetched}"
        );
        let version = view
            .history
            .iter()
            .find(|version| version.newest && version.metadata_prefix == format.metadata_prefix);
        if let Some(version) = version {
            place(text, version);
        }
        let _ = writeln!(text, "    sha256 {}", format.sha256);
    }
}

fn place(text: &mut String, version: &Version) {
    let kept = if version.kept {
        ""
    } else {
        ", which is no longer kept"
    };
    let _ = writeln!(
        text,
        "    {} bytes at {} of page {}{kept}: {}",
        version.len,
        version.offset,
        version.page_no,
        plain(&version.request)
    );
}

fn findings(text: &mut String, article: &Article) {
    if !article.findings.is_empty() {
        text.push_str("\nfindings\n");
    }
    for finding in &article.findings {
        let _ = writeln!(
            text,
            "  {}  {}: {}",
            code_name(finding.code),
            plain(&finding.field),
            plain(&finding.raw)
        );
    }
}

/// A named value; its further lines are set in.
fn line(text: &mut String, name: &str, value: &str) {
    let mut name = name;
    for part in value.lines().filter(|part| !part.trim().is_empty()) {
        let _ = writeln!(text, "  {name:<width$}{}", plain(part), width = MARGIN - 2);
        name = "";
    }
}

fn with_lang(value: &str, lang: Option<&str>) -> String {
    lang.map_or_else(|| value.to_owned(), |lang| format!("{value} [{lang}]"))
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Author => "author",
        Role::Editor => "editor",
        Role::Translator => "translator",
        Role::Advisor => "advisor",
        Role::Reviewer => "reviewer",
        Role::Illustrator => "illustrator",
        Role::Compiler => "compiler",
        Role::Contributor => "contributor",
    }
}

fn person(contributor: &Contributor) -> String {
    let mut text = contributor.raw.clone();
    if let Some(orcid) = &contributor.orcid {
        let _ = write!(text, "  {orcid}");
    }
    for affiliation in &contributor.affiliations {
        let name = affiliation.name.as_ref().or(affiliation.ror.as_ref());
        let _ = write!(text, ", {}", name.map_or("", String::as_str));
    }
    text
}

fn issue(article: &Article) -> String {
    let parts = [
        article
            .volume
            .as_ref()
            .map(|volume| format!("vol. {volume}")),
        article.issue.as_ref().map(|issue| format!("no. {issue}")),
        article.issue_year.map(|year| format!("({year})")),
        article.issue_title.clone(),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn state(deleted: bool, cause: Option<&str>) -> &'static str {
    match (deleted, cause) {
        (false, _) => "live",
        (true, Some("gone")) => "gone from the list",
        (true, _) => "deleted by the source",
    }
}

fn s(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
