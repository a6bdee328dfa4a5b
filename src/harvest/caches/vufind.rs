//! The folder of vufindharvest (<https://github.com/vufind-org/vufindharvest>), VuFind's `local/harvest/NAME`.
//!
//! A live record is a file `TIME_ID.xml` with its metadata alone, a deleted one `TIME_ID.delete` with its identifier;
//! with `combineRecords` a file holds the records of a page in a `<collection>`, a `.delete` several identifiers, a
//! line each. TIME is when it was harvested, in seconds since 1970; ID is the identifier with all but ASCII letters,
//! digits and `_` as underscores. VuFind's import moves files to `processed/` when it has read them.
//!
//! So the identifier itself is there only where the harvester's `harvestedIdLog` (`*.log`) or the element that
//! `injectId` requests has it, or where it is told how the identifiers look; a record whose identifier cannot be
//! restored is lost, and said so. Its datestamp and sets are not there at all: whatever an endpoint says later is
//! newer.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use quick_xml::escape::escape;

use super::failure::failed;
use crate::bounded_file;
use crate::harvest::files::{Take, files, has_extension, unpack};
use crate::harvest::{HarvestError, SourcePlan};
use crate::oai::Datestamp;

use content::{Document, Element};

mod content;

/// Records in one response.
const PAGE: usize = 100;
/// Largest log of identifiers, bytes.
const MAX_LOG: u64 = 512 << 20;

/// Largest `last_harvest.txt`, bytes.
const MAX_DATE: u64 = 1 << 16;
/// Bytes at the beginning of a file by which a response is told from a record.
const BEGINNING: u64 = 4096;

/// Why a record is lost.
const NO_IDENTIFIER: &str =
    "its identifier cannot be restored from the file name: give the pattern with --identifiers";

/// A folder.
#[derive(Clone)]
pub(in crate::harvest) struct Folder {
    files: Arc<Vec<Harvested>>,
    identifiers: Arc<Identifiers>,
    prefix: Option<String>,
    pub(super) set: Option<String>,
    /// When the last whole harvest began: `last_harvest.txt`.
    pub(super) until: Option<DateTime<Utc>>,
}

/// A file.
struct Harvested {
    time: i64,
    /// The part of the identifier in its name.
    id: String,
    path: PathBuf,
}

/// Facts about the identifiers.
struct Identifiers {
    /// Those of the log in order, as in a name and as they are.
    log: Vec<(String, String)>,
    /// Place in the log by name; none when two have the same.
    by_name: HashMap<String, Option<usize>>,
    pattern: Option<String>,
}

impl Folder {
    /// A folder, when its files are named so and hold no responses.
    pub(super) fn open(path: &Path, plan: &SourcePlan) -> Result<Option<Self>, HarvestError> {
        let all = files(path)?;
        let mut harvested: Vec<Harvested> = all.iter().filter_map(|path| named(path)).collect();
        harvested.sort_by(|one, other| (one.time, &one.id).cmp(&(other.time, &other.id)));
        let Some(first) = harvested
            .iter()
            .find(|file| !is_deletion(&file.path))
            .or(harvested.first())
        else {
            return Ok(None);
        };
        let mut start = Vec::new();
        fs::File::open(&first.path)
            .and_then(|file| file.take(BEGINNING).read_to_end(&mut start))
            .map_err(failed(&first.path))?;
        if memchr::memmem::find(&start, b"OAI-PMH").is_some() {
            return Ok(None);
        }
        let mut log = Vec::new();
        for path in all
            .iter()
            .filter(|path| has_extension(&path.to_string_lossy(), "log"))
        {
            let text = bounded_file::read(path, MAX_LOG).map_err(failed(path))?;
            let text = String::from_utf8_lossy(&text);
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            log.extend(lines.map(|line| (in_name(line), line.to_owned())));
        }
        let only = |given: &[String]| (given.len() == 1).then(|| given[0].clone());
        let last = bounded_file::read(&path.join("last_harvest.txt"), MAX_DATE);
        let last = String::from_utf8_lossy(&last.unwrap_or_default()).into_owned();
        Ok(Some(Self {
            files: Arc::new(harvested),
            identifiers: Arc::new(Identifiers::new(log, plan.identifiers.clone())),
            prefix: only(&plan.prefixes),
            set: only(&plan.sets),
            until: last
                .lines()
                .next()
                .and_then(Datestamp::parse)
                .map(|date| date.time),
        }))
    }

    /// Reads its records as responses.
    pub(super) fn read(&self, take: &mut Take<'_>) {
        let mut page = Response::default();
        let mut place = 0;
        for file in self.files.iter() {
            let name = file
                .path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let time = DateTime::from_timestamp(file.time, 0).unwrap_or_default();
            let read = self.records(file, &mut place);
            for record in read {
                let (identifier, metadata) = match record {
                    Ok(record) => record,
                    Err(why) => {
                        if !take(name.clone(), time, Err(std::io::Error::other(why))) {
                            return;
                        }
                        continue;
                    }
                };
                if page.is_full_for(&identifier) && !page.give(self.prefix.as_deref(), take) {
                    return;
                }
                page.add(&name, time, identifier, metadata.as_deref());
            }
        }
        page.give(self.prefix.as_deref(), take);
    }

    /// The records of a file: identifier, and metadata of those that are live.
    fn records(&self, file: &Harvested, place: &mut usize) -> Vec<CachedRecord> {
        let text = match read_text(&file.path) {
            Ok(text) => text,
            Err(error) => return vec![Err(error)],
        };
        if is_deletion(&file.path) {
            return self.deletions(&text);
        }
        let document = match Document::read(&text) {
            Ok(document) => document,
            Err(error) => return vec![Err(error)],
        };
        match document.combined() {
            None => vec![self.single(file, &document.root)],
            Some(records) => self.combined(file, place, &document, records),
        }
    }

    /// The records of a file that lists deleted ones.
    fn deletions(&self, text: &str) -> Vec<CachedRecord> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        lines
            .map(|line| with_identifier(self.identifiers.whole(line), None))
            .collect()
    }

    /// The record of a file of its own.
    fn single(&self, file: &Harvested, root: &Element<'_>) -> CachedRecord {
        let id = injected(root, file).map_or_else(
            || self.identifiers.by_name(&file.id),
            |told| self.identifiers.whole(&told),
        );
        with_identifier(id, Some(root.text.to_owned()))
    }

    /// The records of a page in one file: they stand in the log in the order they have in the file.
    fn combined(
        &self,
        file: &Harvested,
        place: &mut usize,
        document: &Document<'_>,
        records: Vec<String>,
    ) -> Vec<CachedRecord> {
        let is_injected = document
            .children
            .first()
            .and_then(|first| injected(first, file))
            .is_some();
        let start = self.identifiers.place(&file.id, *place);
        if let Some(start) = start {
            *place = start + records.len();
        }
        let identifier = |number: usize, element: &Element<'_>| {
            if is_injected {
                let first = element.first.as_deref();
                first.and_then(|first| self.identifiers.whole(first))
            } else if let Some(start) = start {
                let known = self.identifiers.log.get(start + number);
                known.and_then(|(_, id)| self.identifiers.whole(id))
            } else {
                (number == 0)
                    .then(|| self.identifiers.by_name(&file.id))
                    .flatten()
            }
        };
        let elements = document.children.iter().zip(records).enumerate();
        elements
            .map(|(number, (element, text))| {
                with_identifier(identifier(number, element), Some(text))
            })
            .collect()
    }
}

/// A record of the cache: its identifier, and the metadata of a live one.
type CachedRecord = Result<(String, Option<String>), String>;

/// Returns a record under its identifier, which it has to have.
fn with_identifier(id: Option<String>, metadata: Option<String>) -> CachedRecord {
    id.map(|id| (id, metadata))
        .ok_or_else(|| NO_IDENTIFIER.to_owned())
}

/// Returns the identifier that was written into a record, where it is the file's own.
fn injected(element: &Element<'_>, file: &Harvested) -> Option<String> {
    element
        .first
        .clone()
        .filter(|first| in_name(first) == file.id)
}

fn read_text(path: &Path) -> Result<String, String> {
    let (bytes, _) = fs::File::open(path).map_or_else(
        |error| (Err(error), String::new()),
        |open| unpack(open, String::new()),
    );
    let bytes = bytes.map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())
}

impl Identifiers {
    fn new(log: Vec<(String, String)>, pattern: Option<String>) -> Self {
        let mut by_name: HashMap<String, Option<usize>> = HashMap::new();
        for (place, (name, id)) in log.iter().enumerate() {
            let known = by_name.entry(name.clone()).or_insert(Some(place));
            if known.is_some_and(|at| log[at].1 != *id) {
                *known = None;
            }
        }
        Self {
            log,
            by_name,
            pattern,
        }
    }

    /// The whole of an identifier, of which the harvester may have cut the beginning (`idPrefix`).
    fn whole(&self, known: &str) -> Option<String> {
        match &self.pattern {
            None => Some(known.to_owned()),
            Some(_) => self.like(known),
        }
    }

    /// The identifier that a name was made of.
    fn by_name(&self, name: &str) -> Option<String> {
        let logged = self.by_name.get(name).copied().flatten();
        logged.map_or_else(|| self.like(name), |place| self.whole(&self.log[place].1))
    }

    /// The identifier that looks as they all do and ends as this, or whose name ends as this.
    fn like(&self, end: &str) -> Option<String> {
        let pattern = self.pattern.as_deref()?.strip_suffix('*')?;
        let tail = end
            .rfind(|c: char| !c.is_ascii_alphanumeric())
            .map_or(end, |at| {
                let len = end[at..].chars().next().map_or(1, char::len_utf8);
                &end[at + len..]
            });
        let whole = format!("{pattern}{tail}");
        (!tail.is_empty() && in_name(&whole).ends_with(&in_name(end))).then_some(whole)
    }

    /// Where in the log, from a place on, the identifier stands that a name was made of.
    fn place(&self, name: &str, from: usize) -> Option<usize> {
        let is_it = |(logged, _): &(String, String)| logged == name;
        let later = self
            .log
            .get(from..)?
            .iter()
            .position(is_it)
            .map(|at| from + at);
        later.or_else(|| self.log.iter().position(is_it))
    }
}

/// A response under way.
#[derive(Default)]
struct Response {
    name: String,
    time: DateTime<Utc>,
    records: String,
    identifiers: HashSet<String>,
}

impl Response {
    /// Returns whether a record has to go into the next one: there, what was live may be deleted.
    fn is_full_for(&self, identifier: &str) -> bool {
        self.identifiers.len() >= PAGE || self.identifiers.contains(identifier)
    }

    fn add(&mut self, name: &str, time: DateTime<Utc>, identifier: String, metadata: Option<&str>) {
        if self.identifiers.is_empty() {
            name.clone_into(&mut self.name);
        }
        self.time = time;
        let status = if metadata.is_none() {
            " status=\"deleted\""
        } else {
            ""
        };
        let header = format!(
            "<oai:header{status}><oai:identifier>{}</oai:identifier></oai:header>",
            escape(identifier.as_str())
        );
        let metadata = metadata.map(|text| format!("<oai:metadata>{text}</oai:metadata>"));
        let _ = writeln!(
            self.records,
            "<oai:record>{header}{}</oai:record>",
            metadata.unwrap_or_default()
        );
        self.identifiers.insert(identifier);
    }

    /// Hands it over, and begins the next.
    fn give(&mut self, prefix: Option<&str>, take: &mut Take<'_>) -> bool {
        let Self {
            name,
            time,
            records,
            identifiers,
        } = std::mem::take(self);
        if identifiers.is_empty() {
            return true;
        }
        let prefix = prefix
            .map(|prefix| format!(" metadataPrefix=\"{}\"", escape(prefix)))
            .unwrap_or_default();
        // Under a prefix, so that metadata without a namespace stays so.
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <oai:OAI-PMH xmlns:oai=\"http://www.openarchives.org/OAI/2.0/\">\
             <oai:responseDate>{}</oai:responseDate><oai:request verb=\"ListRecords\"{prefix}/>\
             <oai:ListRecords>\n{records}</oai:ListRecords></oai:OAI-PMH>\n",
            time.to_rfc3339_opts(SecondsFormat::Secs, true)
        );
        take(name, time, Ok(body.into_bytes()))
    }
}

/// Reads the identifier and time from the name of a file.
fn named(path: &Path) -> Option<Harvested> {
    let (stem, extension) = path.file_name()?.to_str()?.rsplit_once('.')?;
    let (time, id) = stem.split_once('_')?;
    let is_time = (9..=11).contains(&time.len()) && time.bytes().all(|byte| byte.is_ascii_digit());
    (is_time && matches!(extension, "xml" | "delete")).then_some(())?;
    Some(Harvested {
        time: time.parse().ok()?,
        id: id.to_owned(),
        path: path.to_owned(),
    })
}

fn is_deletion(path: &Path) -> bool {
    has_extension(&path.to_string_lossy(), "delete")
}

/// An identifier as it stands in a file's name: by bytes, as PHP's `[^\w]` goes.
fn in_name(identifier: &str) -> String {
    let byte = |byte: u8| {
        if byte.is_ascii_alphanumeric() {
            char::from(byte)
        } else {
            '_'
        }
    };
    identifier.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn restores_identifiers_from_file_names_or_fails() {
        let log = [
            "oai:a.example:article/1",
            "oai:a.example:article/2",
            "oai:a.example:article-2",
        ];
        let log = log.map(|id| (in_name(id), id.to_owned())).to_vec();
        let logged = Identifiers::new(log, None);
        assert_eq!(
            logged.by_name("oai_a_example_article_1").as_deref(),
            Some("oai:a.example:article/1")
        );
        assert_eq!(logged.by_name("oai_a_example_article_2"), None);
        assert_eq!(logged.by_name("oai_a_example_article_3"), None);
        let pattern = Identifiers::new(Vec::new(), Some("oai:a.example:article/*".to_owned()));
        let found = Some("oai:a.example:article/3".to_owned());
        for known in [
            "oai_a_example_article_3",
            "article_3",
            "article/3",
            "3",
            "oai:a.example:article/3",
        ] {
            assert_eq!(pattern.like(known), found, "{known}");
        }
        for other in ["oai_b_example_article_3", "issue_3", "article_", ""] {
            assert_eq!(pattern.like(other), None, "{other}");
        }
    }
}
