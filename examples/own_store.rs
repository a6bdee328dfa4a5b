//! Articles in a store of one's own, kept up to date: here a map in memory, where a program would have its database.
//!
//! offprint keeps pages and records, since what was received cannot be made again; what takes the articles is any
//! type that implements [`Receive`]. Of each harvest it is given what has changed, deletions too.
//!
//! `cargo run --example own_store`

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use offprint::Entry;
use offprint::export::{Choice, Counts, ExportError, Receive, Since, export_collection};
use offprint::harvest::{Harvester, NoObserver, SourcePlan, import};
use offprint::http::{Client, Options};
use offprint::normalize::derive::derive_all;
use offprint::store::{Access, HarvestStore as _, SqliteStore, StoredItem};
use tokio_util::sync::CancellationToken;

/// Titles by article id.
type Titles = BTreeMap<String, String>;

/// Brings a map up to date.
struct Update<'a> {
    titles: &'a mut Titles,
    counts: Counts,
}

impl Receive for Update<'_> {
    fn receive(&mut self, _: &StoredItem, entry: &Entry) -> Result<(), ExportError> {
        match entry {
            Entry::Live(article) => {
                let title = article.titles.first().map_or("", |title| &title.value);
                self.titles.insert(article.id.clone(), title.to_owned());
                self.counts.live += 1;
            }
            Entry::Deleted(deletion) => {
                self.titles.remove(&deletion.id);
                self.counts.deleted += 1;
            }
        }
        Ok(())
    }

    fn is_closed(&self) -> bool {
        false
    }

    fn finish(self: Box<Self>) -> Result<Counts, ExportError> {
        Ok(self.counts)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("pages.db");
    let store = Arc::new(SqliteStore::create_or_open(
        &path,
        Access::Write { create: true },
    )?);
    let mut titles = Titles::new();
    let mut since = None;
    // The sample journal, then the same a while later: an article corrected, one withdrawn, one added.
    for pages in ["cac-listrecords-oai_dc-page1.xml", "second"] {
        let run_no = store.begin_run("example").await?;
        let harvester = Harvester {
            run_no,
            store: store.clone(),
            client: Client::new(Options::default())?,
            observer: Arc::new(NoObserver),
            cancel: CancellationToken::new(),
        };
        let pages = Path::new("samples/ojs-3.4-cac").join(pages);
        let report = import(&harvester, &SourcePlan::default(), &pages).await?;
        store.end_run(run_no, report.outcome.as_str(), "{}").await?;
        derive_all(store.as_ref()).await?;
        let choice = Choice {
            changed_since: since,
            ..Choice::default()
        };
        let update = Update {
            titles: &mut titles,
            counts: Counts::default(),
        };
        let counts = export_collection(store.as_ref(), &choice, update).await?;
        println!(
            "{} articles and {} deletions taken, {} held",
            counts.live,
            counts.deleted,
            titles.len()
        );
        since = Some(Since::Run(run_no));
    }
    Ok(())
}
