//! A format of one's own: a line an article, `id TAB DOI TAB title`, from a store that is there.
//!
//! `cargo run --example custom_exporter -- offprint.db > articles.tsv`

use std::error::Error;
use std::io::{self, Write};

use offprint::export::{Choice, Destination, Format, Scope, export_collection};
use offprint::normalize::derive::derive_all;
use offprint::store::{Access, SqliteStore};
use offprint::{Article, Entry};

/// Tab-separated lines; deletions have none.
struct Tsv;

impl Format for Tsv {
    fn name(&self) -> &'static str {
        "tsv"
    }

    fn extension(&self) -> &'static str {
        "tsv"
    }

    fn media_type(&self) -> &'static str {
        "text/tab-separated-values"
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
        let title = article
            .titles
            .first()
            .map_or("", |title| &title.value)
            .replace(['\t', '\n'], " ");
        writeln!(
            out,
            "{}\t{}\t{title}",
            article.id,
            article.doi.as_deref().unwrap_or_default()
        )
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "offprint.db".to_owned());
    let store = SqliteStore::create_or_open(&path, Access::Write { create: false })?;
    derive_all(&store).await?;
    let target = Destination::Stdout.open(Box::new(Tsv), Scope::Full)?;
    let counts = export_collection(&store, &Choice::default(), target).await?;
    eprintln!("{} articles", counts.live);
    Ok(())
}
