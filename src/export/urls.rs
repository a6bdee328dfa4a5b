//! URLs of the full texts, one a line, for a crawler or a link checker; of an article that names no file, those of the
//! pages that show one. Deletions have no form here.

use std::collections::HashSet;
use std::io::{self, Write as _};

use super::fields;
use super::format::{Deletions, EntryRef, Exporter, FormatInfo, Layout, Rendered};
use crate::article::{Article, LinkRel};

/// Settings of `urls`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UrlsOptions {
    /// The landing pages too, each before the texts of its article.
    pub landing: bool,
}

/// The format `urls`.
pub(super) const INFO: FormatInfo = FormatInfo {
    name: "urls",
    summary: "URLs of full texts, one per line",
    extension: "txt",
    media_type: "text/plain",
    layout: Layout::Stream,
    deletions: Deletions::Always,
    options: &["landing"],
};

/// Writes addresses.
#[derive(Clone, Copy, Debug, Default)]
pub struct Urls {
    options: UrlsOptions,
}

impl Urls {
    /// With these settings.
    pub fn new(options: UrlsOptions) -> Self {
        Self { options }
    }

    fn of(self, article: &Article) -> Vec<String> {
        let landing = if self.options.landing {
            fields::links(article, LinkRel::Landing)
        } else {
            Vec::new()
        };
        let mut seen = HashSet::new();
        landing
            .into_iter()
            .chain(fields::fulltexts(article))
            .map(|(url, _)| url)
            .filter(|url| seen.insert(url.clone()))
            .collect()
    }
}

impl Exporter for Urls {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn entry(&self, entry: EntryRef<'_>, out: &mut Vec<u8>) -> io::Result<Rendered> {
        let Some(article) = entry.live() else {
            return Ok(Rendered::DELETION);
        };
        let urls = self.of(article);
        if urls.is_empty() {
            return Ok(Rendered::LeftOut("no address"));
        }
        for url in urls {
            writeln!(out, "{url}")?;
        }
        Ok(Rendered::Written)
    }
}
