//! RIS: `TY  - JOUR` to `ER  - `, a tag a line, for reference managers. Deletions have no form here.

use std::fmt::Write as _;
use std::io;
use std::sync::Arc;

use super::format::{Deletions, EntryRef, Exporter, FormatInfo, Layout, Rendered};
use super::marc::DeletedIds;
use super::{fields, kind};
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
    let mut item = Item(format!("TY  - {}\r\n", kind::of(article).ris));
    item.tag("ID", Some(article.id.clone()));
    item.titles_and_people(article);
    item.place(article);
    item.addresses(article);
    item.texts(article);
    item.0.push_str("ER  - \r\n\r\n");
    item.0
}

/// An item as it is written, a line for each tag.
struct Item(String);

impl Item {
    fn tag(&mut self, tag: &str, value: Option<String>) {
        if let Some(value) = value {
            let _ = write!(self.0, "{tag}  - {value}\r\n");
        }
    }

    fn titles_and_people(&mut self, article: &Article) {
        let titles = fields::titles(article);
        self.tag(
            "TI",
            titles.first().and_then(|title| fields::text(&title.value)),
        );
        for title in titles.iter().skip(1) {
            self.tag("TT", fields::text(&title.value));
        }
        for (name, _) in fields::names(article, &[Role::Author]) {
            self.tag("AU", Some(name.inverted()));
        }
        for (name, _) in fields::names(article, &EDITORS) {
            self.tag("A2", Some(name.inverted()));
        }
        for (name, _) in fields::names(article, &[Role::Translator]) {
            self.tag("A4", Some(name.inverted()));
        }
        for contributor in &article.contributors {
            let Some(name) = fields::Name::of(contributor) else {
                continue;
            };
            // RIS has no tag for a name in another script; a note is found by a search.
            for (variant, _) in fields::variants(contributor) {
                let note = format!("{} = {}", name.direct(), variant.direct());
                self.tag("N1", Some(note));
            }
        }
    }

    /// The journal, the date, and where in the journal the work stands.
    fn place(&mut self, article: &Article) {
        let journal = &article.journal;
        self.tag("T2", fields::cited_journal(article));
        self.tag("J2", fields::abbreviation(journal));
        if let Some(date) = fields::date(article) {
            self.tag("PY", Some(format!("{:04}", date.year)));
            let part =
                |part: Option<u32>| part.map_or_else(String::new, |part| format!("{part:02}"));
            self.tag(
                "DA",
                Some(format!(
                    "{:04}/{}/{}",
                    date.year,
                    part(date.month),
                    part(date.day)
                )),
            );
        }
        self.tag("VL", fields::opt(article.volume.as_deref()));
        self.tag("IS", fields::opt(article.issue.as_deref()));
        let (first, last) = fields::pages(article);
        self.tag("SP", first.or_else(|| fields::page_range(article)));
        self.tag("EP", last);
        for issn in fields::issns(journal) {
            self.tag("SN", Some(issn.to_owned()));
        }
        for isbn in fields::identifiers(article, Scheme::Isbn) {
            self.tag("SN", Some(isbn));
        }
    }

    fn addresses(&mut self, article: &Article) {
        self.tag("DO", fields::doi(article).map(String::from));
        self.tag("UR", fields::landing(article));
        for (url, media) in fields::fulltexts(article) {
            // L1 is for PDF, L2 for other forms of the text.
            self.tag(
                if media.as_deref() == Some("application/pdf") {
                    "L1"
                } else {
                    "L2"
                },
                Some(url),
            );
        }
    }

    /// The publisher, the language, and what the work says.
    fn texts(&mut self, article: &Article) {
        let journal = &article.journal;
        self.tag("PB", fields::opt(journal.publisher.as_deref()));
        self.tag("CY", fields::opt(journal.publisher_place.as_deref()));
        self.tag("LA", fields::language(None, article));
        for keyword in fields::keywords(article) {
            self.tag("KW", Some(keyword));
        }
        self.tag(
            "AB",
            fields::main_abstract(article).map(|paragraphs| paragraphs.join(" ")),
        );
    }
}
