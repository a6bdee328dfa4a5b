//! Keep articles in a store of your own up to date: here a map in memory, where a program would have its database.
//!
//! offprint keeps the pages and records, since what was received cannot be made again. After each harvest your store
//! receives what has changed, deletions included.
//!
//! `cargo run --example own_store`

use std::collections::BTreeMap;
use std::error::Error;

use futures_util::TryStreamExt as _;
use offprint::{Collection, Entry};

/// Titles by article id.
type Titles = BTreeMap<String, String>;

/// Brings the map up to date with what has changed since a run; returns the number of changes.
async fn update(
    titles: &mut Titles,
    collection: &Collection,
    since: Option<i64>,
) -> offprint::Result<usize> {
    let mut entries = match since {
        Some(run) => collection.entries().changed_since(run),
        None => collection.entries(),
    };
    let mut changes = 0;
    while let Some(entry) = entries.try_next().await? {
        match entry {
            Entry::Live(article) => {
                let title = article.titles.into_iter().next();
                titles.insert(
                    article.id,
                    title.map_or_else(String::new, |title| title.value),
                );
            }
            Entry::Deleted(deletion) => {
                titles.remove(&deletion.id);
            }
        }
        changes += 1;
    }
    Ok(changes)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let collection = Collection::open(folder.path().join("pages.db")).await?;
    let mut titles = Titles::new();

    // The sample journal, then the same a while later: one article corrected, one deleted, one added.
    let mut last_run = None;
    for pages in ["cac-listrecords-oai_dc-page1.xml", "second"] {
        let report = collection
            .import(format!("samples/ojs-3.4-cac/{pages}"))
            .name("cac")
            .run()
            .await?;
        let changes = update(&mut titles, &collection, last_run).await?;
        println!("{changes} changes, {} articles", titles.len());
        last_run = Some(report.run);
    }
    Ok(())
}
