//! URLs of the full texts, one a line, for a crawler or a link checker; of an article that names no file, those of the
//! pages that show one. Deletions have no form here.

use std::io::{self, Write};

use super::Format;
use super::pick;
use crate::article::{Article, Entry, LinkRel};

/// Settings of `urls`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UrlsOptions {
    /// The landing pages too, each before the texts of its article.
    pub landing: bool,
}

/// The format `urls`.
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
            pick::links(article, LinkRel::Landing)
        } else {
            Vec::new()
        };
        let mut urls: Vec<String> = Vec::new();
        for (url, _) in landing.into_iter().chain(pick::fulltexts(article)) {
            if !urls.contains(&url) {
                urls.push(url);
            }
        }
        urls
    }
}

impl Format for Urls {
    fn name(&self) -> &'static str {
        "urls"
    }

    fn extension(&self) -> &'static str {
        "txt"
    }

    fn media_type(&self) -> &'static str {
        "text/plain"
    }

    fn takes(&self, entry: &Entry) -> bool {
        matches!(entry, Entry::Live(article) if !self.of(article).is_empty())
    }

    fn entry(&mut self, out: &mut dyn Write, entry: &Entry) -> io::Result<()> {
        match entry {
            Entry::Live(article) => self.file(out, article),
            Entry::Deleted(_) => Ok(()),
        }
    }

    fn file(&mut self, out: &mut dyn Write, article: &Article) -> io::Result<()> {
        for url in self.of(article) {
            writeln!(out, "{url}")?;
        }
        Ok(())
    }
}
