//! RIS: `TY  - JOUR` to `ER  - `, a tag a line, for reference managers. Deletions have no form here.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::Format;
use super::pick;
use crate::article::{Article, Entry, Role, Scheme};

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
#[derive(Clone, Copy, Debug, Default)]
pub struct Ris;

impl Format for Ris {
    fn name(&self) -> &'static str {
        "ris"
    }

    fn extension(&self) -> &'static str {
        "ris"
    }

    fn media_type(&self) -> &'static str {
        "application/x-research-info-systems"
    }

    fn takes(&self, entry: &Entry) -> bool {
        matches!(entry, Entry::Live(_))
    }

    fn entry(&mut self, out: &mut dyn Write, entry: &Entry) -> io::Result<()> {
        match entry {
            Entry::Live(article) => self.file(out, article),
            Entry::Deleted(_) => Ok(()),
        }
    }

    fn file(&mut self, out: &mut dyn Write, article: &Article) -> io::Result<()> {
        out.write_all(item(article).as_bytes())
    }
}

fn item(article: &Article) -> String {
    let journal = &article.journal;
    let mut out = String::from("TY  - JOUR\r\n");
    let mut tag = |tag: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = write!(out, "{tag}  - {value}\r\n");
        }
    };
    tag("ID", Some(article.id.clone()));
    let titles = pick::titles(article);
    tag(
        "TI",
        titles.first().and_then(|title| pick::text(&title.value)),
    );
    for title in titles.iter().skip(1) {
        tag("TT", pick::text(&title.value));
    }
    for (name, _) in pick::names(article, &[Role::Author]) {
        tag("AU", Some(name.inverted()));
    }
    for (name, _) in pick::names(article, &EDITORS) {
        tag("A2", Some(name.inverted()));
    }
    for (name, _) in pick::names(article, &[Role::Translator]) {
        tag("A4", Some(name.inverted()));
    }
    tag("T2", pick::journal_title(journal));
    tag("J2", pick::opt(journal.abbreviation.as_deref()));
    if let Some(date) = pick::date(article) {
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
    tag("VL", pick::opt(article.volume.as_deref()));
    tag("IS", pick::opt(article.issue.as_deref()));
    let (first, last) = pick::pages(article);
    tag("SP", first.or_else(|| pick::page_range(article)));
    tag("EP", last);
    for issn in pick::issns(journal) {
        tag("SN", Some(issn.to_owned()));
    }
    for isbn in pick::identifiers(article, Scheme::Isbn) {
        tag("SN", Some(isbn));
    }
    tag("DO", pick::doi(article).map(str::to_owned));
    tag("UR", pick::landing(article));
    for (url, media) in pick::fulltexts(article) {
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
    tag("PB", pick::opt(journal.publisher.as_deref()));
    tag("LA", pick::language(None, article));
    for keyword in pick::keywords(article) {
        tag("KW", Some(keyword));
    }
    tag(
        "AB",
        pick::main_abstract(article).map(|paragraphs| paragraphs.join(" ")),
    );
    out.push_str("ER  - \r\n\r\n");
    out
}
