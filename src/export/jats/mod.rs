//! JATS XML (ANSI/NISO Z39.96): one metadata-only `<article>` for each live article.
//!
//! The body is the same for all tag sets and versions: it is valid under Journal Publishing 1.1 to 1.4 and under
//! Journal Archiving and Interchange 1.1 to 1.4; only the DOCTYPE and `dtd-version` differ. Journal Publishing
//! demands a journal-id, an ISSN and an article title, and in 1.1 a publication date; [`TagSet::Auto`] writes an
//! article that lacks one of them, or its journal's title, as Archiving.
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
mod contrib;
mod custom_meta;
mod journal_meta;
mod lint;
mod native;
mod rights;
mod titles;
mod tree;

use std::io::{self, Write};

use self::custom_meta::Leftovers;
use self::xml::{Xml, is_blank};
use super::{Format, lang, url, xml};
use crate::article::{Article, Deletion, Entry, Status};
use crate::store::StoredItem;

pub(super) use contrib::is_orcid;
pub use lint::{Complaint, lint};
pub use native::validate;

const PROLOG: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";

/// Tag set of the DOCTYPE.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TagSet {
    /// Publishing where the article has what that demands, else Archiving.
    #[default]
    Auto,
    /// Journal Publishing ("blue"), whether or not the article has what that demands.
    Publishing,
    /// Journal Archiving and Interchange ("green").
    Archiving,
}

/// Version of JATS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// 1.1, Z39.96-2015.
    V1_1,
    /// 1.2, Z39.96-2019.
    V1_2,
    /// 1.3, Z39.96-2021.
    #[default]
    V1_3,
    /// 1.4, Z39.96-2024.
    V1_4,
}

impl Version {
    /// As `dtd-version` has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1_1 => "1.1",
            Self::V1_2 => "1.2",
            Self::V1_3 => "1.3",
            Self::V1_4 => "1.4",
        }
    }
}

impl std::str::FromStr for TagSet {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "publishing" => Ok(Self::Publishing),
            "archiving" => Ok(Self::Archiving),
            _ => Err(format!(
                "no JATS tag set {text:?}: auto, publishing or archiving"
            )),
        }
    }
}

impl std::str::FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "1.1" => Ok(Self::V1_1),
            "1.2" => Ok(Self::V1_2),
            "1.3" => Ok(Self::V1_3),
            "1.4" => Ok(Self::V1_4),
            _ => Err(format!("no JATS version {text:?}: 1.1, 1.2, 1.3 or 1.4")),
        }
    }
}

/// Which JATS to write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JatsOptions {
    /// Tag set.
    pub tag_set: TagSet,
    /// Version.
    pub version: Version,
    /// Hands the server's own JATS on, unchanged, where it is valid.
    pub prefer_native: bool,
}

/// The format `jats`.
#[derive(Clone, Debug, Default)]
pub struct Jats {
    options: JatsOptions,
    /// The server's own `<article>`, valid, of the entry that comes next.
    native: Option<String>,
}

impl Jats {
    /// Writes the JATS asked for.
    pub fn new(options: JatsOptions) -> Self {
        Self {
            options,
            native: None,
        }
    }
}

impl Format for Jats {
    fn name(&self) -> &'static str {
        "jats"
    }

    fn extension(&self) -> &'static str {
        "xml"
    }

    fn is_file_per_article(&self) -> bool {
        true
    }

    fn media_type(&self) -> &'static str {
        "application/xml"
    }

    fn stored(&mut self, item: &StoredItem) {
        self.native = if self.options.prefer_native {
            native::article(item)
        } else {
            None
        };
    }

    fn hands_on(&self, entry: &Entry) -> bool {
        self.native.is_some() && entry.status() == Status::Live
    }

    fn head(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<articles>\n")
    }

    fn entry(&mut self, out: &mut dyn Write, entry: &Entry) -> io::Result<()> {
        let element = match entry {
            Entry::Live(article) => match self.native.take() {
                Some(native) => native,
                None => element(article, self.options.version),
            },
            Entry::Deleted(deletion) => deleted(deletion),
        };
        out.write_all(element.as_bytes())?;
        out.write_all(b"\n")
    }

    fn tail(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"</articles>\n")
    }

    fn file(&mut self, out: &mut dyn Write, article: &Article) -> io::Result<()> {
        match self.native.take() {
            // What its validity was checked by.
            Some(native) => {
                writeln!(
                    out,
                    "{PROLOG}\n{}\n{native}",
                    doctype(TagSet::Archiving, Version::V1_4)
                )
            }
            None => out.write_all(document(article, self.options).as_bytes()),
        }
    }
}

/// A whole JATS document: XML declaration, DOCTYPE, article.
pub fn document(article: &Article, options: JatsOptions) -> String {
    let doctype = doctype(resolve(article, options), options.version);
    let element = element(article, options.version);
    format!("{PROLOG}\n{doctype}\n{element}\n")
}

/// The tag set an article is written under: [`TagSet::Auto`] resolved.
pub fn resolve(article: &Article, options: JatsOptions) -> TagSet {
    match options.tag_set {
        TagSet::Auto => {
            let publishing = journal_meta::has_issn(&article.journal)
                && journal_meta::has_title(&article.journal)
                && titles::has_title(article)
                && (options.version > Version::V1_1 || article_meta::has_date(article));
            if publishing {
                TagSet::Publishing
            } else {
                TagSet::Archiving
            }
        }
        chosen => chosen,
    }
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

/// What the sections share while one article is written.
struct Context<'a> {
    article: &'a Article,
    /// Its language, as `article/@xml:lang` has it.
    lang: String,
    /// Values that found no place.
    leftovers: Leftovers,
}

pub(super) fn element(article: &Article, version: Version) -> String {
    let mut context = Context {
        article,
        lang: lang::of_article(article.language.as_deref()),
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
    let mut xml = Xml::default();
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
