//! An export of the configuration file: `[[export]]`.
//!
//! The keys are the options of `offprint export`, with underscores, and lists where an option may be given more than
//! once. They are read by the same parser, so that there is one set of options, and each value is checked where it
//! stands in the file.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::LazyLock;

use clap::{Arg, ArgAction, Args, Command, FromArgMatches, error::ErrorKind};
use serde::de::{DeserializeSeed, Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use toml::Value;

use super::ExportOptions;
use crate::cli::values::{ExportFormat, Since, SourceName};

/// Keys that are not options of a format or of what is chosen.
const OWN_KEYS: [&str; 4] = ["name", "format", "path", "changed_since"];
/// Options of the command line that make no sense where every export has a name.
const COMMAND_ONLY: [&str; 2] = ["template", "limit"];
/// The key of a table, and the option that takes its entries as `KEY=NUMBER`.
const HOST_RECORDS: (&str, &str) = ("host_record", "host_records");

/// An export that `run` writes: what to write where, and every option that `export` has for it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExportConfig {
    /// Name, unique in the file; by it the store knows how far the export has come.
    pub name: SourceName,
    /// Format.
    pub format: ExportFormat,
    /// File, or with a slash at its end a folder.
    pub path: PathBuf,
    /// Only changes, each time in a file of its own; everything without.
    pub changed_since: Option<Since>,
    /// Options of `export`, described in `offprint.example.toml`.
    #[serde(flatten)]
    pub options: BTreeMap<String, Value>,
}

impl ExportConfig {
    /// Returns the names of the sources that are exported; none where all are.
    pub(crate) fn sources(&self) -> Vec<&str> {
        let names = self.options.get("sources").and_then(Value::as_array);
        names
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    /// Parses the options.
    ///
    /// # Errors
    /// The option that is invalid, and why.
    pub(super) fn parse(&self) -> Result<ExportOptions, String> {
        parse(&self.options)
    }
}

/// The options of `export` as a command, to parse them.
static COMMAND: LazyLock<Command> = LazyLock::new(|| {
    let command = Command::new("export")
        .no_binary_name(true)
        .disable_help_flag(true);
    ExportOptions::augment_args(command)
});

/// Returns the option of a key; `None` if there is none.
fn option(key: &str) -> Option<&'static Arg> {
    let id = if key == HOST_RECORDS.0 {
        HOST_RECORDS.1
    } else {
        key
    };
    let is_known = key != HOST_RECORDS.1 && !COMMAND_ONLY.contains(&key);
    COMMAND
        .get_arguments()
        .find(|arg| is_known && arg.get_id() == id)
}

fn keys() -> impl Iterator<Item = &'static str> {
    let options = COMMAND.get_arguments().map(|arg| arg.get_id().as_str());
    let options = options.map(|id| {
        if id == HOST_RECORDS.1 {
            HOST_RECORDS.0
        } else {
            id
        }
    });
    OWN_KEYS
        .into_iter()
        .chain(options.filter(|id| option(id).is_some()))
}

/// Parses the options of a table.
fn parse(options: &BTreeMap<String, Value>) -> Result<ExportOptions, String> {
    let mut arguments = Vec::new();
    for (key, value) in options {
        arguments.extend(arguments_of(key, value)?);
    }
    let matches = COMMAND
        .clone()
        .try_get_matches_from(arguments)
        .map_err(|error| message(&error))?;
    ExportOptions::from_arg_matches(&matches).map_err(|error| message(&error))
}

/// Returns the command-line arguments that say what a key says.
fn arguments_of(key: &str, value: &Value) -> Result<Vec<String>, String> {
    let arg = option(key).ok_or_else(|| format!("unknown key {key}"))?;
    let flag = format!("--{}", arg.get_long().unwrap_or(key));
    if matches!(arg.get_action(), ArgAction::SetTrue) {
        return match value {
            Value::Boolean(true) => Ok(vec![flag]),
            Value::Boolean(false) => Ok(Vec::new()),
            _ => Err(format!("{key} is true or false")),
        };
    }
    let is_list = matches!(arg.get_action(), ArgAction::Append);
    let values: Vec<String> = match value {
        Value::Array(values) if is_list => values
            .iter()
            .map(|value| one(key, value))
            .collect::<Result<_, _>>()?,
        Value::Table(table) if key == HOST_RECORDS.0 => table
            .iter()
            .map(|(of, number)| Ok(format!("{of}={}", one(key, number)?)))
            .collect::<Result<_, String>>()?,
        _ if key == HOST_RECORDS.0 => {
            return Err(format!("{key} is a table of control numbers"));
        }
        _ if is_list => return Err(format!("{key} is a list")),
        value => vec![one(key, value)?],
    };
    Ok(values
        .into_iter()
        .map(|value| format!("{flag}={value}"))
        .collect())
}

fn one(key: &str, value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Integer(number) => Ok(number.to_string()),
        _ => Err(format!("{key} takes texts or numbers")),
    }
}

/// The parser's complaint without the words for a command line.
fn message(error: &clap::Error) -> String {
    if error.kind() == ErrorKind::ValueValidation
        && let Some(source) = std::error::Error::source(error)
    {
        return source.to_string();
    }
    let text = error.to_string();
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    let first = first
        .strip_prefix("error: ")
        .unwrap_or(first)
        .replace("--", "");
    match lines.next().filter(|line| line.starts_with('[')) {
        Some(values) => format!("{first} {values}"),
        None => first,
    }
}

impl<'de> Deserialize<'de> for ExportConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(TableVisitor)
    }
}

struct TableVisitor;

impl<'de> Visitor<'de> for TableVisitor {
    type Value = ExportConfig;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an export with name, format and path")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ExportConfig, A::Error> {
        let (mut name, mut format, mut path, mut changed_since) = (None, None, None, None);
        let mut options = BTreeMap::new();
        while let Some(key) = map.next_key_seed(KeySeed)? {
            match key.as_str() {
                "name" => name = Some(map.next_value()?),
                "format" => format = Some(map.next_value()?),
                "path" => path = Some(map.next_value()?),
                "changed_since" => changed_since = map.next_value()?,
                _ => {
                    let value = map.next_value_seed(ValueSeed(&key))?;
                    options.insert(key, value);
                }
            }
        }
        Ok(ExportConfig {
            name: name.ok_or_else(|| A::Error::missing_field("name"))?,
            format: format.ok_or_else(|| A::Error::missing_field("format"))?,
            path: path.ok_or_else(|| A::Error::missing_field("path"))?,
            changed_since,
            options,
        })
    }
}

/// Reads a key, which has to be one, so that the complaint names its line.
struct KeySeed;

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        let key = String::deserialize(deserializer)?;
        if OWN_KEYS.contains(&key.as_str()) || option(&key).is_some() {
            return Ok(key);
        }
        let known: Vec<String> = keys().map(|key| format!("`{key}`")).collect();
        let known = known.join(", ");
        Err(D::Error::custom(format!(
            "unknown field `{key}`, expected one of {known}"
        )))
    }
}

/// Reads the value of an option, and checks it.
struct ValueSeed<'a>(&'a str);

impl<'de> DeserializeSeed<'de> for ValueSeed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let alone = BTreeMap::from([(self.0.to_owned(), value.clone())]);
        parse(&alone).map_err(D::Error::custom)?;
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &str) -> Result<ExportConfig, String> {
        let text = format!("name = \"a\"\nformat = \"csv\"\npath = \"a.csv\"\n{lines}");
        toml::from_str(&text).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn every_option_of_the_command_is_a_key() {
        let export = read(
            "sets = [\"a:b\"]\nvolumes = [\"5\"]\nissues = [\"1-2\"]\nids = [\"x\"]\ndois = [\"10.1/x\"]\n\
             from_year = 2004\nfields = [\"doi\", \"title\"]\nexcel = \"comma\"\nfold_duplicates = true\n\
             host_record = { cac = \"12\" }\nshard = \"1/2\"\n",
        )
        .unwrap();
        let options = parse(&export.options).unwrap();
        assert_eq!(options.selection.journal.volumes, ["5"]);
        assert_eq!(options.selection.dois, ["10.1/x"]);
        assert_eq!(options.selection.from_year, Some(2004));
        assert_eq!(options.settings.fields, ["doi", "title"]);
        assert!(options.selection.fold_duplicates);
        assert_eq!(options.settings.catalog.host_records[0].key, "cac");
    }

    #[test]
    fn the_example_shows_every_key() {
        let example = include_str!("../../../offprint.example.toml");
        for key in keys() {
            assert!(example.contains(&format!("# {key} = ")), "{key}");
        }
    }

    #[rstest::rstest]
    #[case("stes = [\"a\"]", "unknown field `stes`")]
    #[case("template = true", "unknown field `template`")]
    #[case("languages = [\"xxxx1\"]", "unknown language")]
    #[case("languages = \"en\"", "languages is a list")]
    #[case("from_year = 99999", "99999")]
    #[case("flat = \"yes\"", "flat is true or false")]
    #[case("profile = \"kohaa\"", "kohaa")]
    fn rejects_what_the_command_would(#[case] line: &str, #[case] why: &str) {
        let error = read(line).unwrap_err();
        assert!(error.contains(why), "{error}");
    }
}
