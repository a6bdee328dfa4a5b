//! `offprint add`: sources for the configuration file, from an endpoint, a site or a list.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::Value;

use crate::cli::config::{Config, FILE_NAME};
use crate::cli::config_file::ConfigFile;
use crate::cli::connection::Connection;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::plain;
use crate::cli::probe;
use crate::cli::redact;
use crate::cli::values::{Endpoint, SetSpec, SourceName};
use crate::harvest::{self, HarvestError, probe::journals_of_site};
use crate::http::Client;
use crate::store::source_name;

/// Largest list that is read, bytes.
const MAX_LIST: u64 = 64 << 20;
/// Names of the column or key that has the address, as lists in use call it.
const URL_KEYS: [&str; 6] = ["oai_url", "oai", "oai_base_url", "base_url", "endpoint", "url"];
/// The same of a name and a set.
const NAME_KEYS: [&str; 2] = ["name", "source"];
const SET_KEYS: [&str; 2] = ["set_spec", "set"];

/// Arguments of `add`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  offprint add https://journal.example.org/index.php/journal/oai
  offprint add https://journals.example.org/index.php/index/oai --all-journals
  offprint add --from-list journals.csv

A single journal is probed first, and what to know of it is told. A list is CSV with a header, JSON or
JSON Lines: its addresses are in a column or key oai_url, base_url or url, and may have a name and a
set_spec beside them. What offprint.toml has already stays as it is, comments too.")]
pub struct AddArgs {
    /// Base URL of the endpoint
    #[arg(required_unless_present = "from_list")]
    pub url: Option<Endpoint>,

    /// Add every journal of the site whose site-wide endpoint this is
    #[arg(long, requires = "url")]
    pub all_journals: bool,

    /// Add the endpoints of a list; none of them is asked yet
    #[arg(long, value_name = "FILE", conflicts_with = "url")]
    pub from_list: Option<PathBuf>,

    /// Name of the source [default: made from its URL]
    #[arg(long, requires = "url", conflicts_with = "all_journals")]
    pub name: Option<SourceName>,

    /// How the endpoint is asked.
    #[command(flatten)]
    pub connection: Connection,
}

/// A source to be added.
#[derive(Debug, PartialEq)]
struct Wanted {
    name: Option<String>,
    url: Endpoint,
    set: Option<String>,
}

/// Runs `add`.
pub(super) async fn run(context: &Context, args: &AddArgs) -> anyhow::Result<Exit> {
    let client = Client::new(args.connection.options(&context.config, None)).map_err(HarvestError::from)?;
    let path = context.config_path.clone().unwrap_or_else(|| PathBuf::from(FILE_NAME));
    let wanted = match (&args.url, &args.from_list) {
        (_, Some(list)) => read_list(list)?,
        (Some(url), None) if args.all_journals => site(context, &client, url).await?,
        (Some(url), None) => {
            let found = probe::ask(context, &client, url).await?;
            for line in found.problems.iter().chain(&found.advice) {
                context.progress.say(&format!("  {}", plain(line)));
            }
            let url = found.url.parse().map_err(Failure::usage)?;
            vec![Wanted { name: args.name.as_ref().map(ToString::to_string), url, set: None }]
        }
        (None, None) => return Err(Failure::usage("no endpoint and no list given").into()),
    };
    let mut file = ConfigFile::open(&path)?;
    let (blocks, known) = blocks(&context.config, &wanted);
    for block in &blocks {
        file.append(block);
    }
    file.save()?;
    let known = if known > 0 { format!("; {known} it has already") } else { String::new() };
    let added = match blocks.len() {
        1 => "1 source".to_owned(),
        several => format!("{several} sources"),
    };
    context.progress.say(&format!("{added} added to {}{known}", path.display()));
    Ok(Exit::Done)
}

async fn site(context: &Context, client: &Client, url: &Endpoint) -> anyhow::Result<Vec<Wanted>> {
    let observer = Arc::clone(&context.progress) as _;
    let cancel = context.shutdown.token.clone();
    let endpoint =
        harvest::Endpoint::new(client.clone(), url.url().clone(), &url.to_string(), observer, cancel);
    let journals = journals_of_site(endpoint).await.map_err(HarvestError::from)?;
    if journals.is_empty() {
        return Err(Failure::refused(format!("{url} names no journals"))
            .hint("the site-wide endpoint of Open Journal Systems is https://HOST/index.php/index/oai")
            .into());
    }
    let sources = journals.into_iter().map(|(_, url)| {
        let url = url.as_str().parse().map_err(Failure::refused)?;
        Ok(Wanted { name: None, url, set: None })
    });
    Ok(sources.collect::<Result<_, Failure>>()?)
}

/// A `[[source]]` for each that the configuration lacks, and the number of those it has.
fn blocks(config: &Config, wanted: &[Wanted]) -> (Vec<String>, usize) {
    let quoted = |text: &str| Value::from(text).to_string();
    let mut names: HashSet<String> = config.source.iter().map(|source| source.name.to_string()).collect();
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
    let mut blocks = Vec::new();
    for source in wanted {
        if !places.insert((source.url.url().to_string(), source.set.clone())) {
            continue;
        }
        let base = source.name.clone().unwrap_or_else(|| {
            let set = source.set.as_deref().unwrap_or_default();
            source_name(&format!("{}/{set}", source.url.url().as_str().trim_end_matches('/')))
        });
        let mut name = base.clone();
        let mut next = 2;
        while !names.insert(name.clone()) {
            name = format!("{base}-{next}");
            next += 1;
        }
        let mut block =
            format!("[[source]]\nname = {}\nurl = {}\n", quoted(&name), quoted(source.url.url().as_str()));
        if let Some(set) = &source.set {
            block = format!("{block}sets = [{}]\n", quoted(set));
        }
        blocks.push(block);
    }
    let known = wanted.len() - blocks.len();
    (blocks, known)
}

/// Reads a list of endpoints.
fn read_list(path: &Path) -> Result<Vec<Wanted>, Failure> {
    let failed = |what: String| Failure::usage(format!("{}: {what}", path.display()));
    let size = std::fs::metadata(path).map_err(|error| failed(error.to_string()))?.len();
    if size > MAX_LIST {
        return Err(failed("it is over 64 MB".to_owned()));
    }
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    parse_list(text.trim_start_matches('\u{feff}')).map_err(failed)
}

fn parse_list(text: &str) -> Result<Vec<Wanted>, String> {
    if text.trim_start().starts_with(['[', '{']) { from_json(text) } else { from_csv(text) }
}

fn from_json(text: &str) -> Result<Vec<Wanted>, String> {
    let mut wanted = Vec::new();
    // One array, or a value a line.
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        let value = value.map_err(|error| error.to_string())?;
        let entries = match value {
            Value::Array(entries) => entries,
            other => vec![other],
        };
        for entry in entries {
            let number = wanted.len() + 1;
            let field = |keys: &[&str]| {
                keys.iter().find_map(|key| entry.get(key)).and_then(Value::as_str).map(str::to_owned)
            };
            let url = entry.as_str().map(str::to_owned).or_else(|| field(&URL_KEYS));
            let url = url.ok_or_else(|| format!("entry {number} has no address"))?;
            let one = wish(&url, field(&NAME_KEYS), field(&SET_KEYS));
            wanted.push(one.map_err(|error| format!("entry {number}: {error}"))?);
        }
    }
    Ok(wanted)
}

fn from_csv(text: &str) -> Result<Vec<Wanted>, String> {
    let header = text.lines().next().unwrap_or_default();
    let delimiter = ['\t', ';'].into_iter().find(|c| header.contains(*c)).map_or(b',', |c| c as u8);
    // A plain list of addresses has no header.
    let plain = header.contains("://");
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(!plain)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let columns: Vec<String> = if plain {
        vec!["url".to_owned()]
    } else {
        let headers = reader.headers().map_err(|error| error.to_string())?;
        headers.iter().map(str::to_ascii_lowercase).collect()
    };
    let column = |keys: &[&str]| keys.iter().find_map(|key| columns.iter().position(|name| name == key));
    let (url, name, set) = (column(&URL_KEYS), column(&NAME_KEYS), column(&SET_KEYS));
    let url = url.ok_or("line 1: no column is called oai_url, base_url or url")?;
    let mut wanted = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let line = record.position().map_or(0, csv::Position::line);
        let field = |column: Option<usize>| {
            column.and_then(|column| record.get(column)).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let Some(address) = field(Some(url)) else { continue };
        let one = wish(&address, field(name), field(set));
        wanted.push(one.map_err(|error| format!("line {line}: {error}"))?);
    }
    Ok(wanted)
}

/// What one line of a list asks for. A title makes no name of a source; then its address does.
fn wish(url: &str, name: Option<String>, set: Option<String>) -> Result<Wanted, String> {
    let url: Endpoint = url.parse().map_err(|error: String| redact(&error))?;
    let name = name.filter(|name| name.parse::<SourceName>().is_ok());
    let set = set.map(|set| set.parse::<SetSpec>().map(|set| set.to_string())).transpose()?;
    Ok(Wanted { name, url, set })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, Option<String>, Option<String>)> {
        let wanted = parse_list(text).unwrap();
        wanted.into_iter().map(|one| (one.url.url().to_string(), one.name, one.set)).collect()
    }

    #[test]
    fn lists_in_all_their_shapes() {
        let a = || ("https://a.example/oai".to_owned(), None, None);
        let b = || ("https://b.example/oai".to_owned(), Some("b".to_owned()), Some("b:ART".to_owned()));
        assert_eq!(read("https://a.example/oai\n\nhttps://a.example/oai\n"), [a(), a()]);
        assert_eq!(
            read(
                "name,oai_url,set_spec\n\"A title, with a comma\",https://a.example/oai,\nb,https://b.example/oai,b:ART\n"
            ),
            [a(), b()]
        );
        assert_eq!(read("URL\tname\nhttps://a.example/oai\t\n"), [a()]);
        assert_eq!(
            read(
                "[\"https://a.example/oai\", {\"url\": \"https://b.example/oai\", \"name\": \"b\", \"set\": \"b:ART\"}]"
            ),
            [a(), b()]
        );
        assert_eq!(
            read("{\"base_url\": \"https://a.example/oai\"}\n{\"base_url\": \"https://a.example/oai\"}\n"),
            [a(), a()]
        );
    }

    #[test]
    fn mistakes_have_their_place() {
        assert!(parse_list("name,address\na,b\n").unwrap_err().starts_with("line 1: no column"));
        assert!(parse_list("url\nhttps://a.example/oai\nftp://b/\n").unwrap_err().starts_with("line 3: "));
        assert!(parse_list("[{\"x\": 1}]").unwrap_err().starts_with("entry 1 "));
    }

    #[test]
    fn what_is_there_is_not_added_again() {
        let config =
            Config::parse("[[source]]\nname = \"a-example\"\nurl = \"https://a.example/oai\"\n").unwrap();
        let wanted = parse_list(
            "https://a.example/oai\nhttps://a.example/oai2\nhttps://b.example/oai\nhttps://b.example/oai\n",
        )
        .unwrap();
        let (blocks, known) = blocks(&config, &wanted);
        assert_eq!(known, 2);
        assert_eq!(
            blocks,
            [
                "[[source]]\nname = \"a-example-2\"\nurl = \"https://a.example/oai2\"\n",
                "[[source]]\nname = \"b-example\"\nurl = \"https://b.example/oai\"\n"
            ]
        );
    }
}
