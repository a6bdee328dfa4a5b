//! JATS XML (ANSI/NISO Z39.96): one metadata-only `<article>` for each live article.
//!
//! The body is the same for all tag sets and, but for `article-version`, which 1.1 lacks, for all versions: it is valid
//! under Journal Publishing 1.1 to 1.4 and under Journal Archiving and Interchange 1.1 to 1.4; only the DOCTYPE and
//! `dtd-version` differ. Journal Publishing demands a journal-id, an ISSN and an article title, and in 1.1 a
//! publication date; [`TagSet::Auto`] writes an article that lacks one of them, or its journal's title, as Archiving.
//!
//! In a folder each article is a document with its DOCTYPE. A stream is one well-formed XML document,
//!
//! ```xml
//! <?xml version="1.0" encoding="UTF-8"?>
//! <articles>
//! <article article-type="other" dtd-version="1.3" xml:lang="en" …>…</article>
//! <deleted-article id="…" source="…" base-url="…" oai-identifier="…" datestamp="…"/>
//! </articles>
//! ```
//!
//! in which every `<article>` is whole, with its namespaces: cut out and given a DOCTYPE of the Archiving tag
//! set, of which Publishing is a subset, it is a valid document.

mod article_meta;
mod back;
mod context;
mod contrib;
mod custom_meta;
mod journal_meta;
mod lint;
mod native;
mod options;
mod relations;
mod rights;
mod subjects;
mod titles;
mod tree;

use std::io::{self, Write as _};

use super::format::{
    Deletions, EntryRef, Exporter, FormatInfo, Frame, Layout, Rendered, TextFrame,
};
use super::xml::{Xml, is_blank};
use super::{lang, url};
use crate::article::{Article, Deletion, Entry};

use context::{Context, Leftovers};
pub use lint::{Complaint, lint};
pub use native::validate;
pub use options::{JatsOptions, Prefer, TagSet, Version};

const PROLOG: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";

/// The format `jats`.
pub(super) const INFO: FormatInfo = FormatInfo {
    name: "jats",
    summary: "JATS XML (ANSI/NISO Z39.96), metadata only",
    extension: "xml",
    media_type: "application/xml",
    layout: Layout::FilePerArticle,
    deletions: Deletions::OnRequest,
    options: &["tag-set", "jats-version", "prefer", "lint"],
};

/// Writes JATS.
#[derive(Clone, Copy, Debug, Default)]
pub struct Jats {
    options: JatsOptions,
}

impl Jats {
    /// Returns an exporter of the JATS requested.
    pub fn new(options: JatsOptions) -> Self {
        Self { options }
    }

    /// Returns the server's own `<article>` of a live entry, where that is wanted and valid.
    fn native(self, entry: EntryRef<'_>) -> Option<String> {
        if self.options.prefer_native && entry.live().is_some() {
            native::article(entry)
        } else {
            None
        }
    }
}

impl Exporter for Jats {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn entry(&self, entry: EntryRef<'_>, out: &mut Vec<u8>) -> io::Result<Rendered> {
        if let Some(native) = self.native(entry) {
            writeln!(out, "{native}")?;
            return Ok(Rendered::Native);
        }
        match entry.entry {
            Entry::Live(article) => writeln!(out, "{}", element(article, self.options.version))?,
            Entry::Deleted(deletion) => writeln!(out, "{}", deleted(deletion))?,
        }
        Ok(Rendered::Written)
    }

    fn document(&self, entry: EntryRef<'_>, out: &mut Vec<u8>) -> io::Result<Rendered> {
        let Some(article) = entry.live() else {
            return Ok(Rendered::DELETION);
        };
        if let Some(native) = self.native(entry) {
            // The DOCTYPE that its validity was checked by.
            let doctype = doctype(TagSet::Archiving, Version::V1_4);
            writeln!(out, "{PROLOG}\n{doctype}\n{native}")?;
            return Ok(Rendered::Native);
        }
        out.extend_from_slice(document(article, self.options).as_bytes());
        let is_other = self.options.tag_set == TagSet::Publishing
            && resolve(article, self.options) == TagSet::Archiving;
        Ok(if is_other {
            Rendered::Noted(
                "articles by the archiving tag set, since publishing demands an ISSN, a journal title, a title and, in \
                 1.1, a date",
                1,
            )
        } else {
            Rendered::Written
        })
    }

    fn frame(&self) -> Box<dyn Frame> {
        Box::new(TextFrame::new(
            format!("{PROLOG}\n<articles>\n"),
            "</articles>\n",
        ))
    }
}

/// A whole JATS document: XML declaration, DOCTYPE, article.
pub fn document(article: &Article, options: JatsOptions) -> String {
    let doctype = doctype(resolve(article, options), options.version);
    let element = element(article, options.version);
    format!("{PROLOG}\n{doctype}\n{element}\n")
}

/// Returns the tag set that an article is written under: Archiving where it lacks what Publishing demands, whatever was
/// requested, so that every file is valid.
pub fn resolve(article: &Article, options: JatsOptions) -> TagSet {
    match options.tag_set {
        TagSet::Auto | TagSet::Publishing if suits_publishing(article, options.version) => {
            TagSet::Publishing
        }
        _ => TagSet::Archiving,
    }
}

fn suits_publishing(article: &Article, version: Version) -> bool {
    journal_meta::has_issn(&article.journal)
        && journal_meta::has_title(&article.journal)
        && titles::has_title(article)
        && (version > Version::V1_1 || article_meta::has_date(article))
}

fn doctype(tag_set: TagSet, version: Version) -> String {
    let (title, folder, file) = match tag_set {
        TagSet::Publishing | TagSet::Auto => (
            "Journal Publishing",
            "publishing",
            "JATS-journalpublishing1",
        ),
        TagSet::Archiving => (
            "Journal Archiving and Interchange",
            "archiving",
            "JATS-archivearticle1",
        ),
    };
    let (number, date, suffix) = match version {
        Version::V1_1 => ("1.1", "20151215", ""),
        Version::V1_2 => ("1.2", "20190208", ""),
        Version::V1_3 => ("1.3", "20210610", "-3"),
        Version::V1_4 => ("1.4", "20241031", "-4"),
    };
    format!(
        "<!DOCTYPE article PUBLIC \"-//NLM//DTD JATS (Z39.96) {title} DTD v{number} {date}//EN\" \
         \"https://jats.nlm.nih.gov/{folder}/{number}/{file}{suffix}.dtd\">"
    )
}

pub(super) fn element(article: &Article, version: Version) -> String {
    let mut context = Context {
        article,
        lang: lang::of_article(article.language.as_deref()),
        version,
        leftovers: Leftovers::default(),
    };
    let kind = article_meta::article_type(article, &mut context.leftovers);
    if let Some(language) = article
        .language
        .as_deref()
        .filter(|l| !is_blank(l) && lang::tag(l).is_none())
    {
        context.leftovers.add("language", language);
    }
    let mut xml = Xml::with_room();
    let lang = context.lang.clone();
    let attributes = [
        ("article-type", kind),
        ("dtd-version", version.as_str()),
        ("xml:lang", &lang),
        ("xmlns:ali", rights::ALI),
        ("xmlns:xlink", url::XLINK),
    ];
    xml.group("article", &attributes, |xml| {
        xml.group("front", &[], |xml| {
            journal_meta::write(xml, &mut context);
            article_meta::write(xml, &mut context);
        });
        back::write(xml, article);
    });
    xml.into_string()
}

fn deleted(deletion: &Deletion) -> String {
    let mut xml = Xml::default();
    let provenance = &deletion.provenance;
    xml.void(
        "deleted-article",
        &[
            ("id", &deletion.id),
            ("source", &provenance.source),
            ("base-url", &provenance.base_url),
            ("oai-identifier", &provenance.oai_identifier),
            ("datestamp", &provenance.datestamp),
        ],
    );
    xml.into_string()
}
