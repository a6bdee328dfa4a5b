//! `offprint source`: the sources of the store; their names and addresses.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::cli::config::SourceConfig;
use crate::cli::config_file::ConfigFile;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::{self, plain};
use crate::cli::stored_settings;
use crate::cli::values::{Endpoint, MetadataPrefix, SetSpec, SourceName};
use crate::report::day_and_time;
use crate::store::{Attempts, Counts, Store, StoreError, Time};
use crate::values::DisplaySafeUrl;

/// Arguments of `source`.
#[derive(Debug, Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Examples:
  offprint source list
  offprint source move cac https://new.example.org/index.php/cac/oai
  offprint source rename cac caucasus
  offprint source drop-format cac marcxml
  offprint source remove cac --yes

A source that is in offprint.toml is changed there as well; comments stay."
)]
pub struct SourceArgs {
    #[command(subcommand)]
    command: SourceCommand,
}

#[derive(Debug, Subcommand)]
enum SourceCommand {
    /// List the sources of the store
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Change the URL of a source; every id stays
    Move {
        /// Name of the source
        name: SourceName,
        /// Base URL of its endpoint
        url: Endpoint,
    },
    /// Rename a source
    Rename {
        /// Name of the source
        name: SourceName,
        /// New name
        to: SourceName,
    },
    /// Remove the records of a source in one format
    DropFormat {
        /// Name of the source
        name: SourceName,
        /// metadataPrefix of the format
        prefix: MetadataPrefix,
        /// Only the records of this set
        #[arg(long, value_name = "SET")]
        set: Option<SetSpec>,
    },
    /// Remove a source with all its records
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
    base_url: DisplaySafeUrl,
    records: Counts,
    last_start: Option<Time>,
    configured: bool,
    /// The outcome of the runs of a configured or added source.
    attempts: Attempts,
}

/// Runs `source`.
pub(super) async fn run(context: &Context, args: &SourceArgs) -> anyhow::Result<Exit> {
    match &args.command {
        SourceCommand::List { json } => list(context, *json).await?,
        SourceCommand::Move { name, url } => {
            let store = context.open_write().await?;
            store.move_source(name.as_str(), url.url().as_str()).await?;
            configure(context, |file| {
                file.set(name.as_str(), "url", url.url().as_str())
            })?;
            context
                .progress
                .println(&format!("{name} is at {url} now; its ids are as they were"));
        }
        SourceCommand::Rename { name, to } => {
            let store = context.open_write().await?;
            store.rename_source(name.as_str(), to.as_str()).await?;
            configure(context, |file| file.set(name.as_str(), "name", to.as_str()))?;
            context
                .progress
                .println(&format!("{name} is {to} now; its ids are as they were"));
        }
        SourceCommand::DropFormat { name, prefix, set } => {
            drop_format(context, name, prefix, set.as_ref()).await?;
        }
        SourceCommand::Remove { name, yes } => {
            let store = context.open_write().await?;
            let has_records = find(store.as_ref(), name.as_str()).await.is_ok();
            if !yes && has_records {
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
            context.progress.println(&format!(
                "{name} is removed, with {live} live and {deleted} deleted records"
            ));
        }
    }
    Ok(Exit::Done)
}

async fn drop_format(
    context: &Context,
    name: &SourceName,
    prefix: &MetadataPrefix,
    set: Option<&SetSpec>,
) -> anyhow::Result<()> {
    let store = context.open_write().await?;
    let set = set.map(ToString::to_string);
    let dropped = store
        .drop_format(name.as_str(), prefix.as_str(), set.as_deref())
        .await;
    let records = match dropped {
        Ok(records) => records,
        Err(StoreError::Invalid(why)) => {
            return Err(Failure::usage(format!("{name}: {why}"))
                .hint(format!(
                    "harvest another format first, as in `offprint harvest {name} --prefix oai_dc`, or remove the source with `offprint source remove {name}`"
                ))
                .into());
        }
        Err(error) => return Err(error.into()),
    };
    let of_set = set.map_or_else(String::new, |set| format!(" of set {set}"));
    context.progress.println(&format!(
        "{name}: {prefix}{of_set} removed, with {records} records; the articles are derived again from the others"
    ));
    let config = stored_settings::config(context).await?;
    let names_it = |source: &SourceConfig| {
        source.name == *name
            && source
                .prefixes
                .as_ref()
                .or(config.prefixes.as_ref())
                .is_some_and(|prefixes| prefixes.contains(prefix))
    };
    if config.source.iter().any(names_it) {
        context.progress.println(&format!(
            "  hint: the configuration still names {prefix} for {name}; take it out of `prefixes`, or the next run harvests it again"
        ));
    }
    Ok(())
}

async fn list(context: &Context, json: bool) -> anyhow::Result<()> {
    let listed = listed(context).await?;
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
        let start = match (source.last_start, &source.attempts.error) {
            (Some(start), _) => day_and_time(start),
            (None, Some(error)) => format!("failed: {}", plain(error)),
            (None, None) => "not yet harvested".to_owned(),
        };
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

/// The sources by name: those of the store, and those that have settings alone.
async fn listed(context: &Context) -> anyhow::Result<Vec<Listed>> {
    let store = context.open_read().await?;
    let starts = store.last_starts().await?;
    let config = stored_settings::config(context).await?;
    let configured: HashSet<&str> = config
        .source
        .iter()
        .map(|source| source.name.as_str())
        .collect();
    let mut attempts: BTreeMap<String, (String, Attempts)> = store
        .source_settings()
        .await?
        .into_iter()
        .filter_map(|settings| {
            Some((
                settings.spec.name?,
                (settings.spec.base_url, settings.attempts),
            ))
        })
        .collect();
    let mut listed = Vec::new();
    for source in store.sources().await? {
        let attempts = attempts
            .remove(&source.name)
            .map(|(_, attempts)| attempts)
            .unwrap_or_default();
        let start = starts
            .iter()
            .find(|(source_id, _)| *source_id == source.source_id);
        listed.push(Listed {
            records: store.counts(source.source_id).await?,
            last_start: start.map(|(_, time)| *time),
            configured: configured.contains(source.name.as_str()),
            base_url: DisplaySafeUrl::from(&source.base_url),
            name: source.name,
            attempts,
        });
    }
    // What has never answered has settings alone.
    for (name, (base_url, attempts)) in attempts {
        listed.push(Listed {
            records: Counts::default(),
            last_start: None,
            configured: configured.contains(name.as_str()),
            base_url: DisplaySafeUrl::from(&base_url),
            name,
            attempts,
        });
    }
    listed.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(listed)
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
                .println(&format!("{} says so too", path.display()));
            Ok(())
        }
        Ok(false) => Ok(()),
        Err(error) => Err(error.hint("the store is changed already; change the file by hand")),
    }
}
