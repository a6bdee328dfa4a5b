//! Harvest a source and collect its articles in a `Vec`.
//!
//! `cargo run --example harvest_to_vec -- https://journal.example.org/index.php/journal/oai`, or without an argument the
//! saved responses of the sample journal.

use std::error::Error;

use futures_util::TryStreamExt as _;
use offprint::{Collection, Entry};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let collection = Collection::open(folder.path().join("articles.db")).await?;
    let harvest = match std::env::args().nth(1) {
        Some(url) => collection.harvest(url),
        None => collection.import("samples/ojs-3.4-cac"),
    };
    println!("{}", harvest.run().await?);

    let entries: Vec<Entry> = collection.entries().live().try_collect().await?;
    for entry in entries.iter().take(3) {
        if let Entry::Live(article) = entry {
            let title = article.titles.first().map_or("", |title| &title.value);
            println!("{} {title}", article.id);
        }
    }
    println!("{} articles", entries.len());
    Ok(())
}
