//! Write articles in a format of your own: `id TAB DOI TAB title`, one line per article of an existing store.
//!
//! `cargo run --example custom_exporter -- offprint.db > articles.tsv`

#![expect(clippy::disallowed_methods, reason = "a program of its own")]

use std::error::Error;
use std::io::{self, BufWriter, Write as _};

use futures_util::TryStreamExt as _;
use offprint::{Collection, Entry};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "offprint.db".to_owned());
    let collection = Collection::open_read_only(path).await?;
    let mut entries = collection.entries().live();
    let mut out = BufWriter::new(io::stdout().lock());
    let mut count = 0;
    while let Some(entry) = entries.try_next().await? {
        if let Entry::Live(article) = entry {
            let title = article.titles.first().map_or("", |title| &title.value);
            let doi = article.doi.as_deref().unwrap_or_default();
            writeln!(
                out,
                "{}\t{doi}\t{}",
                article.id,
                title.replace(['\t', '\n'], " ")
            )?;
            count += 1;
        }
    }
    out.flush()?;
    eprintln!("{count} articles");
    Ok(())
}
