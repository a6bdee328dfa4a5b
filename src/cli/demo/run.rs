//! The demo: three harvests of the sample journal and what they export.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::{DemoArgs, DemoJournal};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output;
use crate::export::{
    Choice, Counts, Destination, Options, Scope, Since, export_collection, exporter,
};
use crate::harvest::{Enrich, Harvester, Observer, Outcome, SourcePlan, SourceReport};
use crate::http::{Client, HostRate, Options as ClientOptions, Rate};
use crate::normalize::derive::derive_all;
use crate::store::{Access, Location, RunNo, Store};

/// The article whose landing page the journal has.
const WITH_LANDING_PAGE: &str = "oai:ojs.ca-c.test:article/643";
/// The server is our own, so that it may be contacted more often than a stranger's.
const REQUESTS_A_SECOND: f64 = 5.0;

/// Runs `demo`.
pub(crate) async fn run(context: &Context, args: &DemoArgs) -> anyhow::Result<Exit> {
    if args.serve {
        return super::serve(context, args.port).await;
    }
    let demo = Demo::prepare(context, &args.output).await?;
    let told = demo.tell().await;
    demo.journal.stop().await?;
    let Some(told) = told? else {
        return Ok(Exit::Incomplete);
    };
    if !context.quiet {
        output::to_stdout(&told)?;
    }
    Ok(Exit::Done)
}

struct Demo {
    folder: PathBuf,
    store: Arc<dyn Store>,
    client: Client,
    journal: DemoJournal,
    observer: Arc<dyn Observer>,
    cancel: tokio_util::sync::CancellationToken,
}

impl Demo {
    /// Opens a new store in the folder, in place of that of an earlier demo, and the journal.
    async fn prepare(context: &Context, folder: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder).map_err(|error| {
            Failure::config(format!("cannot create {}: {error}", folder.display()))
        })?;
        let path = folder.join("demo.db");
        for ending in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(folder.join(format!("demo.db{ending}")));
        }
        let host = HostRate {
            rate: Rate::PerSecond(REQUESTS_A_SECOND),
            ..HostRate::default()
        };
        Ok(Self {
            folder: folder.to_owned(),
            store: Location::File(path)
                .open(Access::Write { create: true })
                .await?,
            client: Client::new(ClientOptions {
                host,
                backoff: Duration::from_millis(200),
                direct: true,
                ..ClientOptions::default()
            })?,
            journal: DemoJournal::start().await?,
            observer: Arc::clone(&context.progress) as Arc<dyn Observer>,
            cancel: context.shutdown.token.clone(),
        })
    }

    /// Harvests three times and exports; what happened, in a few lines. `None` when a harvest did not come to
    /// its end.
    async fn tell(&self) -> anyhow::Result<Option<String>> {
        let (first_run, first) = self.harvest().await?;
        let all = self.export(None, &self.folder).await?;
        self.journal.publish_changes();
        let (_, second) = self.harvest().await?;
        let changes = self
            .export(Some(first_run), &self.folder.join("changes"))
            .await?;
        let (_, third) = self.harvest().await?;
        if [&first, &second, &third]
            .iter()
            .any(|report| report.outcome != Outcome::Complete)
        {
            return Ok(None);
        }
        let folder = self.folder.display();
        Ok(Some(format!(
            "the sample journal answers as a real Open Journal Systems 3.4 did, at {}\n\
             first harvest:  {} records: {} live articles, {} deleted; {} landing page\n\
             second harvest: {second}\n\
             third harvest:  {third}\n\
             \n\
             {folder}/articles.jsonl   JSON Lines: {} articles, {} deletions\n\
             {folder}/jats/            JATS XML, one file per article, and index.jsonl\n\
             {folder}/changes/         the same for what the second harvest met: {} articles, {} deletion\n\
             {folder}/demo.db          the store: pages as received, records, checkpoints\n\
             \n\
             next: offprint --store {folder}/demo.db status",
            self.journal.base_url(),
            first.tally.records,
            first.tally.new,
            first.tally.deleted,
            first.landing_pages,
            all.live,
            all.deleted,
            changes.live,
            changes.deleted,
        )))
    }

    async fn harvest(&self) -> anyhow::Result<(RunNo, SourceReport)> {
        let run_no = self.store.begin_run("demo").await?;
        let harvester = Harvester {
            store: Arc::clone(&self.store),
            client: self.client.clone(),
            observer: Arc::clone(&self.observer),
            cancel: self.cancel.clone(),
            run_no,
        };
        let plan = SourcePlan {
            name: Some("cac".to_owned()),
            url: self.journal.base_url().to_owned(),
            enrich: Enrich::Only(vec![WITH_LANDING_PAGE.to_owned()]),
            ..SourcePlan::default()
        };
        let report = harvester.harvest(&plan).await.map_err(crate::Error::from)?;
        let outcome = if report.outcome == Outcome::Complete {
            "complete"
        } else {
            "incomplete"
        };
        self.store
            .end_run(run_no, outcome, &serde_json::to_string(&[&report])?)
            .await?;
        Ok((run_no, report))
    }

    /// Exports everything, or what changed after a run, in both formats into a folder.
    async fn export(&self, changed_since: Option<RunNo>, folder: &Path) -> anyhow::Result<Counts> {
        std::fs::create_dir_all(folder)?;
        derive_all(self.store.as_ref()).await?;
        let scope = if changed_since.is_some() {
            Scope::Delta
        } else {
            Scope::Full
        };
        let choice = Choice {
            changed_since: changed_since.map(Since::Run),
            ..Choice::default()
        };
        let mut counts = Counts::default();
        for (name, path) in [
            ("jats", folder.join("jats")),
            ("jsonl", folder.join("articles.jsonl")),
        ] {
            let exporter = exporter(name, &Options::default()).map_err(crate::Error::from)?;
            let destination = Destination::parse(&path, exporter.info());
            let target = destination
                .open(exporter, scope)
                .map_err(crate::Error::from)?;
            counts = export_collection(self.store.as_ref(), &choice, target).await?;
        }
        Ok(counts)
    }
}
