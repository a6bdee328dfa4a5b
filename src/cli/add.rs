//! `offprint add`: sources for the configuration file, from an endpoint, a site or a list.

mod ask;
pub mod list;

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::Value;

use crate::cli::add::list::{List, Wanted, read_list};
use crate::cli::config::{Config, FILE_NAME, SourceConfig};
use crate::cli::config_file::ConfigFile;
use crate::cli::connection::Connection;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::journal_config::JournalConfig;
use crate::cli::output::{self, plain};
use crate::cli::probe;
use crate::cli::stored_settings;
use crate::cli::values::{Endpoint, SourceName};
use crate::harvest::{self, HarvestError, probe::journals_of_site};
use crate::http::Client;
use crate::store::source_name;

/// Arguments of `add`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  offprint add https://journal.example.org/index.php/journal/oai
  offprint add https://journals.example.org/index.php/index/oai --all-journals
  offprint add --from-list journals.csv --probe --group slow
  offprint add --from-list endpoints.csv --to-store

A single journal is probed first, with advice about its defects. A list is CSV with a header, JSON or
JSON Lines: the URLs are in a column or key oai_url, base_url or url; name and
set_spec are optional. With --probe, each endpoint is requested, hosts in parallel; failing ones are reported and
left out, with exit code 4. Existing content of offprint.toml stays, comments included.
--to-store is for thousands of sources: `run`, `harvest` and `source` know them as well.")]
pub struct AddArgs {
    /// Base URL of the endpoint, or a page of the journal
    #[arg(required_unless_present = "from_list")]
    pub url: Option<Endpoint>,

    /// Add every journal of the site whose site-wide endpoint this is
    #[arg(long, requires = "url")]
    pub all_journals: bool,

    /// Add the endpoints of a list; none of them is contacted yet
    #[arg(long, value_name = "FILE", conflicts_with = "url")]
    pub from_list: Option<PathBuf>,

    /// Probe each endpoint of the list, and add those that respond
    #[arg(long, requires = "from_list")]
    pub probe: bool,

    /// Keep the sources in the store instead of offprint.toml
    #[arg(long)]
    pub to_store: bool,

    /// Group of offprint.toml with the settings of the sources
    #[arg(long, value_name = "NAME")]
    pub group: Option<String>,

    /// Name of the source [default: made from its URL]
    #[arg(long, requires = "url", conflicts_with = "all_journals")]
    pub name: Option<SourceName>,

    /// Settings for all articles of the journal.
    #[command(flatten, next_help_heading = "Journal")]
    pub journal: JournalConfig,

    /// Connection settings.
    #[command(flatten)]
    pub connection: Connection,
}

/// Runs `add`.
pub(super) async fn run(context: &Context, args: &AddArgs) -> anyhow::Result<Exit> {
    let client =
        Client::new(args.connection.options(&context.config, None)).map_err(HarvestError::from)?;
    args.check(&context.config)?;
    let mut list = wanted(context, &client, args).await?;
    for wrong in &list.wrong {
        output::to_stderr(&plain(wrong));
    }
    let mut left_out = list.wrong.len();
    if args.probe {
        let asked = list.wanted.len();
        list.wanted = ask::all(context, &client, list.wanted).await;
        left_out += asked - list.wanted.len();
    }
    let known = stored_settings::config(context).await?;
    let (mut sources, known) = fresh(&known, &list.wanted, args.group.as_deref())?;
    for source in &mut sources {
        args.journal.write_to(source);
    }
    let place = save(context, &sources, args.to_store).await?;
    let added = sources.len();
    let mut told = format!("{} added to {place}", output::counted(added, "source"));
    if known > 0 {
        let _ = write!(told, "; {known} it has already");
    }
    if left_out > 0 {
        let _ = write!(told, "; {left_out} left out");
    }
    context.progress.println(&told);
    Ok(if left_out > 0 {
        Exit::Incomplete
    } else {
        Exit::Done
    })
}

impl AddArgs {
    /// Refuses an unknown group, and settings of one journal for several.
    fn check(&self, config: &Config) -> Result<(), Failure> {
        let mut groups = self.group.iter();
        if let Some(group) = groups.find(|group| !config.group.contains_key(*group)) {
            let known: Vec<&str> = config.group.keys().map(String::as_str).collect();
            return Err(
                Failure::usage(format!("the configuration has no group {group}"))
                    .hint(format!("its groups: {}", known.join(", "))),
            );
        }
        if !self.journal.sets_nothing() && (self.all_journals || self.url.is_none()) {
            let why = "--journal-title and the other settings of a journal are for a single URL";
            return Err(Failure::usage(why));
        }
        Ok(())
    }
}

/// Returns the sources of the list, of the site or of the one URL.
async fn wanted(context: &Context, client: &Client, args: &AddArgs) -> anyhow::Result<List> {
    let wanted = match (&args.url, &args.from_list) {
        (_, Some(file)) => return Ok(read_list(file)?),
        (Some(url), None) if args.all_journals => site(context, client, url).await?,
        (Some(url), None) => {
            let found = probe::ask(context, client, url).await?;
            for line in found.problems.iter().chain(&found.advice) {
                context.progress.println(&format!("  {}", plain(line)));
            }
            vec![Wanted {
                name: args.name.as_ref().map(ToString::to_string),
                url: found.base_url.as_str().parse().map_err(Failure::usage)?,
                set: None,
            }]
        }
        (None, None) => return Err(Failure::usage("no endpoint and no list given").into()),
    };
    Ok(List {
        wanted,
        ..List::default()
    })
}

/// Writes the sources to the store or to the configuration file, and returns the name of the place.
async fn save(
    context: &Context,
    sources: &[SourceConfig],
    to_store: bool,
) -> anyhow::Result<String> {
    if to_store {
        let store = context.open_or_create().await?;
        let settings = sources
            .iter()
            .map(stored_settings::write)
            .collect::<Result<Vec<_>, _>>()?;
        store.save_source_settings(&settings).await?;
        return Ok(context.store.to_string());
    }
    let path = context
        .config_path
        .clone()
        .unwrap_or_else(|| PathBuf::from(FILE_NAME));
    let mut file = ConfigFile::open(&path)?;
    for source in sources {
        file.append(&block(source));
    }
    file.save()?;
    Ok(path.display().to_string())
}

async fn site(context: &Context, client: &Client, url: &Endpoint) -> anyhow::Result<Vec<Wanted>> {
    let observer = Arc::clone(&context.progress) as _;
    let cancel = context.shutdown.token.clone();
    let endpoint = harvest::Endpoint::new(
        client.clone(),
        url.url().clone(),
        &url.to_string(),
        observer,
        cancel,
    );
    let journals = journals_of_site(endpoint)
        .await
        .map_err(HarvestError::from)?;
    if journals.is_empty() {
        return Err(Failure::refused(format!("{url} names no journals"))
            .hint("the site-wide endpoint of Open Journal Systems is https://HOST/index.php/index/oai")
            .into());
    }
    let sources = journals.into_iter().map(|(_, url)| {
        let url = url.as_str().parse().map_err(Failure::refused)?;
        Ok(Wanted {
            name: None,
            url,
            set: None,
        })
    });
    Ok(sources.collect::<Result<_, Failure>>()?)
}

/// The sources that are not known yet, and the number of those that are.
fn fresh(
    config: &Config,
    wanted: &[Wanted],
    group: Option<&str>,
) -> Result<(Vec<SourceConfig>, usize), Failure> {
    let mut names: HashSet<String> = config
        .source
        .iter()
        .map(|source| source.name.to_string())
        .collect();
    let mut places: HashSet<(String, Option<String>)> = config
        .source
        .iter()
        .flat_map(|source| {
            let url = source.url.url().to_string();
            let sets: Vec<Option<String>> = match source.sets.as_deref() {
                None | Some([]) => vec![None],
                Some(sets) => sets.iter().map(|set| Some(set.to_string())).collect(),
            };
            sets.into_iter().map(move |set| (url.clone(), set))
        })
        .collect();
    let mut sources = Vec::new();
    for source in wanted {
        if !places.insert((source.url.url().to_string(), source.set.clone())) {
            continue;
        }
        let base = source.name.clone().unwrap_or_else(|| {
            let set = source.set.as_deref().unwrap_or_default();
            source_name(&format!(
                "{}/{set}",
                source.url.url().as_str().trim_end_matches('/')
            ))
        });
        let mut name = base.clone();
        let mut next = 2;
        while !names.insert(name.clone()) {
            name = format!("{base}-{next}");
            next += 1;
        }
        let sets = source
            .set
            .as_deref()
            .map(str::parse)
            .transpose()
            .map_err(Failure::usage)?;
        sources.push(SourceConfig {
            sets: sets.map(|set| vec![set]),
            group: group.map(str::to_owned),
            ..SourceConfig::new(name.parse().map_err(Failure::usage)?, source.url.clone())
        });
    }
    let known = wanted.len() - sources.len();
    Ok((sources, known))
}

/// A source as a table of the file.
fn block(source: &SourceConfig) -> String {
    let quoted = |text: &str| Value::from(text).to_string();
    let url = source.url.url().as_str();
    let mut block = format!(
        "[[source]]\nname = {}\nurl = {}\n",
        quoted(source.name.as_str()),
        quoted(url)
    );
    for set in source.sets.iter().flatten() {
        let _ = writeln!(block, "sets = [{}]", quoted(set.as_ref()));
    }
    if let Some(group) = &source.group {
        let _ = writeln!(block, "group = {}", quoted(group));
    }
    block.push_str(&JournalConfig::lines_of(source));
    block
}

#[cfg(test)]
mod tests {
    use super::list::parse_list;
    use super::*;

    #[test]
    fn existing_sources_are_not_added_again() {
        let config =
            Config::parse("[[source]]\nname = \"a-example\"\nurl = \"https://a.example/oai\"\n")
                .unwrap();
        let wanted = parse_list(
            "https://a.example/oai\nhttps://a.example/oai2\nhttps://b.example/oai\nhttps://b.example/oai\n",
        )
        .unwrap()
        .wanted;
        let (sources, known) = fresh(&config, &wanted, None).unwrap();
        assert_eq!(known, 2);
        assert_eq!(
            sources.iter().map(block).collect::<Vec<_>>(),
            [
                "[[source]]\nname = \"a-example-2\"\nurl = \"https://a.example/oai2\"\n",
                "[[source]]\nname = \"b-example\"\nurl = \"https://b.example/oai\"\n"
            ]
        );
    }
}
