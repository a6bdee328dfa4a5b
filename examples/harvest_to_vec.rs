//! Harvest a source, and have its articles in a `Vec`.
//!
//! `cargo run --example harvest_to_vec -- https://journal.example.org/index.php/journal/oai`, or without an argument the
//! saved responses of the sample journal.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use offprint::export::{Choice, Counts, ExportError, Receive, export_collection};
use offprint::harvest::{Harvester, NoObserver, SourcePlan, import};
use offprint::http::{Client, Options};
use offprint::normalize::derive::derive_all;
use offprint::store::{Access, HarvestStore as _, SqliteStore, StoredItem};
use offprint::{Article, Entry};
use tokio_util::sync::CancellationToken;

/// Keeps the live articles that it is given.
struct Keep<'a>(&'a mut Vec<Article>);

impl Receive for Keep<'_> {
    fn receive(&mut self, _: &StoredItem, entry: &Entry) -> Result<(), ExportError> {
        if let Entry::Live(article) = entry {
            self.0.push((**article).clone());
        }
        Ok(())
    }

    fn is_closed(&self) -> bool {
        false
    }

    fn finish(self: Box<Self>) -> Result<Counts, ExportError> {
        Ok(Counts::default())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("articles.db");
    let store = Arc::new(SqliteStore::create_or_open(
        &path,
        Access::Write { create: true },
    )?);
    let harvester = Harvester {
        run_no: store.begin_run("example").await?,
        store: store.clone(),
        client: Client::new(Options::default())?,
        observer: Arc::new(NoObserver),
        cancel: CancellationToken::new(),
    };
    let report = match std::env::args().nth(1) {
        Some(url) => {
            harvester
                .harvest(&SourcePlan {
                    url,
                    ..SourcePlan::default()
                })
                .await?
        }
        None => {
            import(
                &harvester,
                &SourcePlan::default(),
                Path::new("samples/ojs-3.4-cac"),
            )
            .await?
        }
    };
    println!("{report}");

    derive_all(store.as_ref()).await?;
    let mut articles = Vec::new();
    export_collection(store.as_ref(), &Choice::default(), Keep(&mut articles)).await?;
    for article in articles.iter().take(3) {
        println!(
            "{} {}",
            article.id,
            article.titles.first().map_or("", |title| &title.value)
        );
    }
    println!("{} articles", articles.len());
    Ok(())
}
