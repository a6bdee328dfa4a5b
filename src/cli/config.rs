//! The configuration file, `offprint.toml`.
//!
//! The first of these that exists is read: `--config`, `offprint.toml` in the working directory,
//! `offprint/offprint.toml` in the XDG configuration folder, `/etc/offprint/offprint.toml`. A flag goes
//! before the environment, and the environment before the file.

use std::collections::{BTreeMap, HashSet};
use std::env;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use url::Url;

use crate::bounded_file;
use crate::cli::exit::Failure;
use crate::cli::export::ExportConfig;
use crate::cli::journal_config::JournalConfig;
use crate::cli::notify_config::NotifyConfig;
use crate::cli::provider::ProviderConfig;
use crate::cli::schedule::Schedule;
use crate::cli::snapshot_config::SnapshotConfig;
use crate::cli::values::{
    Backoff, Contact, ControlText, DoiText, Endpoint, Enrich, FailOn, IssnText, LogFormat,
    MetadataPrefix, PlainText, Secret, SetSpec, SourceName, Timeout,
};
use crate::export::{jats, marc};
use crate::http::{HostRate, Rate};
use crate::redact::redact;
use crate::store::{FileMode, Location, SearchIndex};

/// Largest file that is read.
pub(super) const MAX_BYTES: u64 = 4 << 20;
pub(super) const FILE_NAME: &str = "offprint.toml";

/// The content of the configuration file. Each key is described in `offprint.example.toml`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
// shape: one field for each key at the top of offprint.toml
pub struct Config {
    /// Where the store is.
    pub store: Option<Location>,
    /// Permissions of the files of a store that is created.
    pub store_mode: Option<FileMode>,
    /// Keep articles in the store beside the records that they are made of.
    pub keep_articles: Option<bool>,
    /// What the search of `offprint serve` finds; without it a store stays as it is.
    pub search: Option<SearchIndex>,
    /// Address sent as `From:`.
    pub contact: Option<Contact>,
    /// Requests a second and host.
    pub rate: Option<Rate>,
    /// Read timeout in seconds.
    pub timeout: Option<Timeout>,
    /// Authorities that are trusted beside the system's own, PEM.
    pub ca_file: Option<PathBuf>,
    /// First pause after a failure, seconds.
    pub backoff: Option<Backoff>,
    /// Most records of a source in one run.
    pub max_records: Option<u64>,
    /// Most bytes of pages of a source in one run.
    pub max_bytes: Option<u64>,
    /// Longest time of a source in one run, seconds.
    pub max_time: Option<u64>,
    /// Also store pages without changes.
    pub keep_all: Option<bool>,
    /// Leave deriving the articles to the commands that read them.
    pub no_derive: Option<bool>,
    /// Record formats.
    pub prefixes: Option<Vec<MetadataPrefix>>,
    /// Additional content to fetch.
    pub enrich: Option<Vec<Enrich>>,
    /// The gaps that make a finished harvest exit with 4.
    pub fail_on: Option<FailOn>,
    /// The log format.
    pub log_format: Option<LogFormat>,
    /// Nothing but errors on stderr.
    pub quiet: Option<bool>,
    /// More on stderr.
    pub verbose: Option<bool>,
    /// JATS tag set of the export.
    pub tag_set: Option<jats::TagSet>,
    /// JATS version of the export.
    pub jats_version: Option<jats::Version>,
    /// The origin of exported JATS: own or the server's.
    pub prefer: Option<jats::Prefer>,
    /// The schedule by which `run` harvests a source.
    pub schedule: Option<Schedule>,
    /// The period after which `run` fetches a complete list, where deletions are unreliable.
    pub reconcile: Option<Schedule>,
    /// The profile of MARC records.
    pub profile: Option<marc::Profile>,
    /// MARC code of the organisation that makes the records.
    pub organization: Option<ControlText>,
    /// Put before the ids in MARC 001.
    pub id_prefix: Option<ControlText>,
    /// Prefix to remove from OAI identifiers, for vufind.
    pub id_strip: Option<ControlText>,
    /// Control numbers of host records, by ISSN or name of the source.
    pub host_record: BTreeMap<String, ControlText>,
    /// Name of the Crossref depositor.
    pub depositor: Option<ControlText>,
    /// E-mail address for Crossref's report.
    pub depositor_email: Option<Contact>,
    /// The organisation that registers DOIs.
    pub registrant: Option<ControlText>,
    /// Identity and limits of the provider.
    pub provider: ProviderConfig,
    /// The sources.
    pub source: Vec<SourceConfig>,
    /// Common settings of sources, by name of the group.
    pub group: BTreeMap<String, GroupConfig>,
    /// The exports that `run` writes after harvesting.
    pub export: Vec<ExportConfig>,
    /// The snapshots that `run` makes after the exports.
    pub snapshot: Vec<SnapshotConfig>,
    /// Receivers of messages about sources that begin to fail.
    pub notify: Option<NotifyConfig>,
    /// Settings of workers.
    pub worker: WorkerConfig,
    /// Limits of single hosts, by host name, with `:port` where it is not the scheme's own.
    pub host: BTreeMap<String, HostConfig>,
}

/// A source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
// shape: one field for each key of [[source]]
pub struct SourceConfig {
    /// Name, unique in the file.
    pub name: SourceName,
    /// Base URL of the endpoint.
    pub url: Endpoint,
    /// Group whose settings it takes where it has none.
    pub group: Option<String>,
    /// Sets; the whole repository without.
    pub sets: Option<Vec<SetSpec>>,
    /// Record formats of this source.
    pub prefixes: Option<Vec<MetadataPrefix>>,
    /// Requests a second, where this source wants fewer than its host.
    pub rate: Option<Rate>,
    /// Additional content to fetch.
    pub enrich: Option<Vec<Enrich>>,
    /// The schedule by which `run` harvests it.
    pub schedule: Option<Schedule>,
    /// Workers harvest the higher first.
    pub priority: Option<i32>,
    /// The period after which `run` fetches a complete list, where deletions are unreliable.
    pub reconcile: Option<Schedule>,
    /// Most records of it in one run.
    pub max_records: Option<u64>,
    /// Most bytes of its pages in one run.
    pub max_bytes: Option<u64>,
    /// Longest time of it in one run, seconds.
    pub max_time: Option<u64>,
    /// Headers sent with each request to it.
    pub headers: Option<BTreeMap<String, Secret>>,
    /// User name that it wants.
    pub user: Option<String>,
    /// Environment variable that holds the password.
    pub password_env: Option<String>,
    /// Title of its journal.
    pub journal_title: Option<PlainText>,
    /// The journal's print ISSN.
    pub issn_print: Option<IssnText>,
    /// The journal's online ISSN.
    pub issn_electronic: Option<IssnText>,
    /// The journal's publisher.
    pub publisher: Option<PlainText>,
    /// The journal's place of publication.
    pub publisher_place: Option<PlainText>,
    /// The journal's own DOI.
    pub journal_doi: Option<DoiText>,
    /// The journals, where it has several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub journal: Vec<JournalConfig>,
    /// True if it is known by its name in the store alone, without settings.
    #[serde(skip)]
    pub is_adhoc: bool,
}

/// Common settings of the sources of a group, as in [`SourceConfig`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "as in SourceConfig")]
// shape: one field for each key that sources of a group share
pub struct GroupConfig {
    pub sets: Option<Vec<SetSpec>>,
    pub prefixes: Option<Vec<MetadataPrefix>>,
    pub rate: Option<Rate>,
    pub enrich: Option<Vec<Enrich>>,
    pub schedule: Option<Schedule>,
    pub priority: Option<i32>,
    pub reconcile: Option<Schedule>,
    pub max_records: Option<u64>,
    pub max_bytes: Option<u64>,
    pub max_time: Option<u64>,
    pub headers: Option<BTreeMap<String, Secret>>,
    pub user: Option<String>,
    pub password_env: Option<String>,
}

impl SourceConfig {
    /// A source that leaves everything else to its group and the file.
    pub fn new(name: SourceName, url: Endpoint) -> Self {
        Self {
            name,
            url,
            group: None,
            sets: None,
            prefixes: None,
            rate: None,
            enrich: None,
            schedule: None,
            priority: None,
            reconcile: None,
            max_records: None,
            max_bytes: None,
            max_time: None,
            headers: None,
            user: None,
            password_env: None,
            journal_title: None,
            issn_print: None,
            issn_electronic: None,
            publisher: None,
            publisher_place: None,
            journal_doi: None,
            journal: Vec::new(),
            is_adhoc: false,
        }
    }

    /// Takes from a group what the source does not set itself. A user name and its password go together.
    fn take(&mut self, group: &GroupConfig) {
        fn fill<T: Clone>(own: &mut Option<T>, common: Option<&T>) {
            if own.is_none() {
                *own = common.cloned();
            }
        }
        if self.user.is_none() {
            fill(&mut self.password_env, group.password_env.as_ref());
        }
        fill(&mut self.user, group.user.as_ref());
        fill(&mut self.sets, group.sets.as_ref());
        fill(&mut self.prefixes, group.prefixes.as_ref());
        fill(&mut self.rate, group.rate.as_ref());
        fill(&mut self.enrich, group.enrich.as_ref());
        fill(&mut self.schedule, group.schedule.as_ref());
        fill(&mut self.priority, group.priority.as_ref());
        fill(&mut self.reconcile, group.reconcile.as_ref());
        fill(&mut self.max_records, group.max_records.as_ref());
        fill(&mut self.max_bytes, group.max_bytes.as_ref());
        fill(&mut self.max_time, group.max_time.as_ref());
        fill(&mut self.headers, group.headers.as_ref());
    }
}

/// Settings of workers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WorkerConfig {
    /// Hosts contacted in parallel.
    pub concurrency: Option<u16>,
    /// Lease duration in seconds; hosts of a dead worker are reassigned afterwards.
    pub lease: Option<u64>,
    /// Where metrics are served.
    pub metrics: Option<std::net::SocketAddr>,
}

/// Limits of a host.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HostConfig {
    /// Requests a second.
    pub rate: Option<Rate>,
    /// Requests under way at the same time, 1 to 16.
    pub concurrency: Option<Concurrency>,
    /// Hosts with the same group share one limit.
    pub group: Option<String>,
}

impl HostConfig {
    /// Returns the rate limit of a host, with `rate` as the default.
    pub fn bears(&self, rate: Rate) -> HostRate {
        HostRate {
            rate: self.rate.unwrap_or(rate),
            concurrency: self.concurrency.unwrap_or_default().into(),
            group: self.group.clone(),
        }
    }
}

/// Requests under way at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Concurrency(u32);

impl From<Concurrency> for u32 {
    fn from(concurrency: Concurrency) -> Self {
        concurrency.0
    }
}

impl Default for Concurrency {
    fn default() -> Self {
        Self(1)
    }
}

impl TryFrom<u32> for Concurrency {
    type Error = String;

    fn try_from(number: u32) -> Result<Self, String> {
        match number {
            1..=16 => Ok(Self(number)),
            _ => Err("concurrency is 1 to 16".to_owned()),
        }
    }
}

impl Config {
    /// Reads the file named, else the first that is found, else takes an empty one. Tells which it was.
    ///
    /// # Errors
    /// When the file named is not there, or a file cannot be read or is wrong: with the line.
    pub fn find(named: Option<&Path>) -> Result<(Self, Option<PathBuf>), Failure> {
        match Self::locate(named) {
            Some(path) => Ok((Self::read(&path)?, Some(path))),
            None => Ok((Self::default(), None)),
        }
    }

    /// The file named, which may not be there, else the first that is found.
    pub fn locate(named: Option<&Path>) -> Option<PathBuf> {
        match named {
            Some(path) => Some(path.to_path_buf()),
            None => candidates().into_iter().find(|path| path.is_file()),
        }
    }

    fn read(path: &Path) -> Result<Self, Failure> {
        let mut config = Self::parse(&read_text(path)?)
            .map_err(|error| Failure::config(format!("{}:{error}", path.display())))?;
        config.resolve(path.parent().unwrap_or(Path::new("")));
        Ok(config)
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// `LINE:COLUMN: what is wrong`, secrets masked.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut config: Self = toml::from_str(text).map_err(|error| {
            let (line, column) = place(text, error.span().map_or(0, |span| span.start));
            format!(
                "{line}:{column}: {}",
                redact(&error.message().replace('\n', ", "))
            )
        })?;
        config.check().map_err(|(key, message)| {
            let (line, column) = place(text, locate(text, &key));
            format!("{line}:{column}: {}", redact(&message))
        })?;
        for source in &mut config.source {
            if let Some(group) = source
                .group
                .as_ref()
                .and_then(|name| config.group.get(name))
            {
                source.take(group);
            }
        }
        Ok(config)
    }

    /// Adds a source that is kept elsewhere, with what its group has.
    ///
    /// # Errors
    /// What is wrong with its group.
    pub(super) fn add(&mut self, mut source: SourceConfig) -> Result<(), String> {
        if let Some(name) = &source.group {
            let group = self
                .group
                .get(name)
                .ok_or_else(|| format!("unknown group {name}"))?;
            source.take(group);
        }
        self.source.push(source);
        Ok(())
    }

    /// Checks rules that the types do not express. Returns the message, and the text by which its line is found.
    fn check(&self) -> Result<(), (String, String)> {
        self.check_sources()?;
        if let Some((name, _)) = self
            .group
            .iter()
            .find(|(_, group)| group.prefixes.as_ref().is_some_and(Vec::is_empty))
        {
            return Err((
                format!("group.{name}"),
                format!("the prefixes of the group {name} are empty"),
            ));
        }
        self.check_outputs()?;
        if self.prefixes.as_ref().is_some_and(Vec::is_empty) {
            return Err(("prefixes".to_owned(), "prefixes is empty".to_owned()));
        }
        for host in self.host.keys() {
            let valid = Url::parse(&format!("http://{host}/")).is_ok_and(|url| {
                url.host_str().is_some() && url.username().is_empty() && url.path() == "/"
            });
            if !valid || host.contains('/') {
                return Err((host.clone(), format!("invalid host name {host:?}")));
            }
        }
        Ok(())
    }

    /// Checks the sources.
    fn check_sources(&self) -> Result<(), (String, String)> {
        let mut names = HashSet::new();
        for source in &self.source {
            let name = source.name.as_str();
            if !names.insert(name) {
                return Err((
                    format!("\"{name}\""),
                    format!("two sources have the name {name}"),
                ));
            }
            if source.prefixes.as_ref().is_some_and(Vec::is_empty) {
                return Err((
                    format!("\"{name}\""),
                    format!("the prefixes of {name} are empty"),
                ));
            }
            for journal in &source.journal {
                let wrong = if journal.selects_nothing() {
                    "a journal of {} is selected by issn, path or set"
                } else if journal.sets_nothing() {
                    "a journal of {} has no setting, such as journal_title"
                } else {
                    continue;
                };
                return Err(("source.journal".to_owned(), wrong.replace("{}", name)));
            }
        }
        for source in &self.source {
            if let Some(group) = source
                .group
                .as_ref()
                .filter(|group| !self.group.contains_key(*group))
            {
                let message = format!(
                    "the source {} names the group {group}, which there is not",
                    source.name
                );
                return Err((format!("\"{group}\""), message));
            }
        }
        Ok(())
    }

    /// Checks the exports, the snapshots and the messages.
    fn check_outputs(&self) -> Result<(), (String, String)> {
        let mut exports = HashSet::new();
        for export in &self.export {
            let name = export.name.as_str();
            if !exports.insert(name) {
                return Err((
                    format!("\"{name}\""),
                    format!("two exports have the name {name}"),
                ));
            }
            if export.path.file_name().is_none() {
                return Err((
                    format!("\"{name}\""),
                    format!("the path of the export {name} names no file"),
                ));
            }
        }
        let mut snapshots = HashSet::new();
        for snapshot in &self.snapshot {
            let name = snapshot.name.as_str();
            if !snapshots.insert(name) {
                return Err((
                    format!("\"{name}\""),
                    format!("two snapshots have the name {name}"),
                ));
            }
        }
        if let Some(Err(why)) = self.notify.as_ref().map(NotifyConfig::url) {
            return Err(("webhook".to_owned(), why));
        }
        Ok(())
    }

    /// Relative paths are meant from the file's directory.
    fn resolve(&mut self, directory: &Path) {
        if let Some(Location::File(path)) = &mut self.store {
            *path = directory.join(&*path);
        }
        if let Some(path) = &mut self.ca_file {
            *path = directory.join(&*path);
        }
        if let Some(path) = &mut self.provider.token_key_file {
            *path = directory.join(&*path);
        }
        for export in &mut self.export {
            export.path = directory.join(&export.path);
        }
        for snapshot in &mut self.snapshot {
            snapshot.path = directory.join(&snapshot.path);
        }
    }
}

/// The text of a file of bounded size.
pub(super) fn read_text(path: &Path) -> Result<String, Failure> {
    let failed = |error: std::io::Error| {
        Failure::config(format!(
            "cannot read the configuration {}: {}",
            path.display(),
            lower(&error)
        ))
    };
    bounded_file::read_text(path, MAX_BYTES).map_err(|error| match error.kind() {
        ErrorKind::FileTooLarge => {
            Failure::config(format!("the configuration {} is over 4 MB", path.display()))
        }
        _ => failed(error),
    })
}

/// Where a file is looked for when none is named.
fn candidates() -> Vec<PathBuf> {
    let absolute = |name| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    // A relative XDG path is to be ignored (XDG Base Directory Specification).
    let user =
        absolute("XDG_CONFIG_HOME").or_else(|| absolute("HOME").map(|home| home.join(".config")));
    let folders = user.into_iter().chain([PathBuf::from("/etc")]);
    let below = folders.map(|folder| folder.join("offprint").join(FILE_NAME));
    std::iter::once(PathBuf::from(FILE_NAME))
        .chain(below)
        .collect()
}

/// Line and column of a byte offset, both from 1.
fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count()
        + 1;
    (line, column)
}

/// Offset of the last line, not a comment, that has this text.
fn locate(text: &str, key: &str) -> usize {
    let mut found = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if !line.trim_start().starts_with('#')
            && let Some(column) = line.find(key)
        {
            found = at + column;
        }
        at += line.len();
    }
    found
}

/// A message of the operating system in our style.
fn lower(error: &std::io::Error) -> String {
    let text = error.to_string();
    let mut chars = text.chars();
    chars
        .next()
        .map(|first| first.to_lowercase().chain(chars).collect())
        .unwrap_or_default()
}
