//! RIS: `TY  - JOUR` to `ER  - `, a tag a line, for reference managers. Deletions have no form here.

use std::fmt::Write as _;
use std::io;
use std::sync::Arc;

use super::fields;
use super::kind;
use super::marc::DeletedIds;
use super::{Deletions, EntryRef, Exporter, FormatInfo, Layout, Rendered};
use crate::article::{Article, Role, Scheme};

/// Roles that become secondary authors.
const EDITORS: [Role; 6] = [
    Role::Editor,
    Role::Advisor,
    Role::Reviewer,
    Role::Illustrator,
    Role::Compiler,
    Role::Contributor,
];

/// The format `ris`.
pub(super) const INFO: FormatInfo = FormatInfo {
    name: "ris",
    summary: "RIS, for reference managers",
    extension: "ris",
    media_type: "application/x-research-info-systems",
    layout: Layout::Stream,
    deletions: Deletions::OnRequest,
    options: &[],
};

/// Writes RIS.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ris;

impl Exporter for Ris {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn entry(&self, entry: EntryRef<'_>, out: &mut Vec<u8>) -> io::Result<Rendered> {
        let Some(article) = entry.live() else {
            return Ok(Rendered::DELETION);
        };
        out.extend_from_slice(item(article).as_bytes());
        Ok(Rendered::Written)
    }

    fn deletions(&self) -> Option<Arc<dyn Exporter>> {
        Some(Arc::new(DeletedIds::default()))
    }
}

fn item(article: &Article) -> String {
    let journal = &article.journal;
    let mut out = format!("TY  - {}\r\n", kind::of(article).ris);
    let mut tag = |tag: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = write!(out, "{tag}  - {value}\r\n");
        }
    };
    tag("ID", Some(article.id.clone()));
    let titles = fields::titles(article);
    tag(
        "TI",
        titles.first().and_then(|title| fields::text(&title.value)),
    );
    for title in titles.iter().skip(1) {
        tag("TT", fields::text(&title.value));
    }
    for (name, _) in fields::names(article, &[Role::Author]) {
        tag("AU", Some(name.inverted()));
    }
    for (name, _) in fields::names(article, &EDITORS) {
        tag("A2", Some(name.inverted()));
    }
    for (name, _) in fields::names(article, &[Role::Translator]) {
        tag("A4", Some(name.inverted()));
    }
    for contributor in &article.contributors {
        let Some(name) = fields::Name::of(contributor) else {
            continue;
        };
        // RIS has no tag for a name in another script; a note is found by a search.
        for (variant, _) in fields::variants(contributor) {
            let note = format!("{} = {}", name.direct(), variant.direct());
            tag("N1", Some(note));
        }
    }
    tag("T2", fields::cited_journal(article));
    tag("J2", fields::abbreviation(journal));
    if let Some(date) = fields::date(article) {
        tag("PY", Some(format!("{:04}", date.year)));
        let part = |part: Option<u32>| part.map_or_else(String::new, |part| format!("{part:02}"));
        tag(
            "DA",
            Some(format!(
                "{:04}/{}/{}",
                date.year,
                part(date.month),
                part(date.day)
            )),
        );
    }
    tag("VL", fields::opt(article.volume.as_deref()));
    tag("IS", fields::opt(article.issue.as_deref()));
    let (first, last) = fields::pages(article);
    tag("SP", first.or_else(|| fields::page_range(article)));
    tag("EP", last);
    for issn in fields::issns(journal) {
        tag("SN", Some(issn.to_owned()));
    }
    for isbn in fields::identifiers(article, Scheme::Isbn) {
        tag("SN", Some(isbn));
    }
    tag("DO", fields::doi(article).map(str::to_owned));
    tag("UR", fields::landing(article));
    for (url, media) in fields::fulltexts(article) {
        // L1 is for PDF, L2 for other forms of the text.
        tag(
            if media.as_deref() == Some("application/pdf") {
                "L1"
            } else {
                "L2"
            },
            Some(url),
        );
    }
    tag("PB", fields::opt(journal.publisher.as_deref()));
    tag("CY", fields::opt(journal.publisher_place.as_deref()));
    tag("LA", fields::language(None, article));
    for keyword in fields::keywords(article) {
        tag("KW", Some(keyword));
    }
    tag(
        "AB",
        fields::main_abstract(article).map(|paragraphs| paragraphs.join(" ")),
    );
    out.push_str("ER  - \r\n\r\n");
    out
}
