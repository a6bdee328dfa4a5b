//! `offprint source`: the sources of the store; their names and addresses.

use std::collections::HashSet;
use std::fmt::Write as _;

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::cli::config_file::ConfigFile;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::kept;
use crate::cli::output::{self, plain};
use crate::cli::redact;
use crate::cli::values::{Endpoint, SourceName};
use crate::store::{Counts, Store, StoreError, Time};

/// Arguments of `source`.
#[derive(Debug, Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Examples:
  offprint source list
  offprint source move cac https://new.example.org/index.php/cac/oai
  offprint source rename cac caucasus
  offprint source remove cac --yes

A source that is in offprint.toml is changed there as well; comments stay."
)]
pub struct SourceArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List the sources of the store
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Tell where the endpoint of a source is now; every id stays
    Move {
        /// Name of the source
        name: SourceName,
        /// Base URL of its endpoint
        url: Endpoint,
    },
    /// Give a source another name
    Rename {
        /// Name of the source
        name: SourceName,
        /// New name
        to: SourceName,
    },
    /// Remove a source with all that was harvested of it
    Remove {
        /// Name of the source
        name: SourceName,
        /// Do it
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Serialize)]
struct Listed {
    name: String,
    base_url: String,
    records: Counts,
    last_start: Option<Time>,
    configured: bool,
}

/// Runs `source`.
pub(super) async fn run(context: &Context, args: &SourceArgs) -> anyhow::Result<Exit> {
    match &args.what {
        What::List { json } => list(context, *json).await?,
        What::Move { name, url } => {
            let store = context.open_write().await?;
            store.move_source(name.as_str(), url.url().as_str()).await?;
            configure(context, |file| {
                file.set(name.as_str(), "url", url.url().as_str())
            })?;
            context
                .progress
                .say(&format!("{name} is at {url} now; its ids are as they were"));
        }
        What::Rename { name, to } => {
            let store = context.open_write().await?;
            store.rename_source(name.as_str(), to.as_str()).await?;
            configure(context, |file| file.set(name.as_str(), "name", to.as_str()))?;
            context
                .progress
                .say(&format!("{name} is {to} now; its ids are as they were"));
        }
        What::Remove { name, yes } => {
            let store = context.open_write().await?;
            if !yes {
                let source = find(store.as_ref(), name.as_str()).await?;
                let Counts { live, deleted, .. } = store.counts(source.source_id).await?;
                return Err(Failure::usage(format!(
                    "{name} has {live} live and {deleted} deleted records, which would be lost"
                ))
                .hint("say --yes to remove it; `offprint store backup FILE` keeps a copy")
                .into());
            }
            let Counts { live, deleted, .. } = store.remove_source(name.as_str()).await?;
            configure(context, |file| file.remove(name.as_str()))?;
            context.progress.say(&format!(
                "{name} is removed, with {live} live and {deleted} deleted records"
            ));
        }
    }
    Ok(Exit::Done)
}

async fn list(context: &Context, json: bool) -> anyhow::Result<()> {
    let store = context.open_read().await?;
    let starts = store.last_starts().await?;
    let config = kept::config(context).await?;
    let configured: HashSet<&str> = config
        .source
        .iter()
        .map(|source| source.name.as_str())
        .collect();
    let mut listed = Vec::new();
    for source in store.sources().await? {
        let start = starts
            .iter()
            .find(|(source_id, _)| *source_id == source.source_id);
        listed.push(Listed {
            records: store.counts(source.source_id).await?,
            last_start: start.map(|(_, time)| *time),
            configured: configured.contains(source.name.as_str()),
            base_url: redact(&source.base_url),
            name: source.name,
        });
    }
    if json {
        return Ok(output::json(&listed)?);
    }
    let width = listed
        .iter()
        .map(|source| source.name.chars().count())
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    for source in &listed {
        let start = source.last_start.map_or_else(
            || "never by a run".to_owned(),
            |time| time.format("%Y-%m-%d %H:%M UTC").to_string(),
        );
        let _ = writeln!(
            text,
            "{:width$}  {:>7} live  {start}  {}",
            plain(&source.name),
            source.records.live,
            plain(&source.base_url)
        );
    }
    if !text.is_empty() {
        output::to_stdout(&text)?;
    }
    Ok(())
}

/// A source of the store by name.
pub(super) async fn find(
    store: &dyn Store,
    name: &str,
) -> Result<crate::store::Source, StoreError> {
    let found = store
        .sources()
        .await?
        .into_iter()
        .find(|source| source.name == name);
    found.ok_or_else(|| StoreError::Unknown {
        what: "source",
        name: name.to_owned(),
    })
}

/// Changes the configuration file too, where there is one and the source is in it.
fn configure(
    context: &Context,
    change: impl FnOnce(&mut ConfigFile) -> Result<bool, Failure>,
) -> Result<(), Failure> {
    let Some(path) = &context.config_path else {
        return Ok(());
    };
    let mut file = ConfigFile::open(path)?;
    let changed = change(&mut file).and_then(|changed| file.save().map(|()| changed));
    match changed {
        Ok(true) => {
            context
                .progress
                .say(&format!("{} says so too", path.display()));
            Ok(())
        }
        Ok(false) => Ok(()),
        Err(error) => Err(error.hint("the store is changed already; change the file by hand")),
    }
}
