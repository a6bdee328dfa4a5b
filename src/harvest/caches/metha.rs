//! The cache of metha (<https://github.com/miku/metha>), `~/.cache/metha` or `METHA_DIR`.
//!
//! Up to 0.5 a list is a folder, named `base64url("SET#PREFIX#URL")` without padding, with a file
//! `YYYY-MM-DD-NNNNNNNN.xml.gz` (`.zst`, or neither) a response: the date is the last day of the window that was asked
//! for, the number counts its requests. Since 1.0 an endpoint is a folder `v2/aa/bb/HASH` with `meta.json`, and below
//! it `seg/GROUP/` with files of responses one after another. A response is what `encoding/xml` makes of metha's type
//! `Response`: another root than the protocol's, every verb's element whether it was requested or not, and metadata as
//! it came.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use memchr::memmem;
use quick_xml::escape::escape;
use serde::Deserialize;

use super::failure::failed;
use crate::bounded_file;
use crate::harvest::HarvestError;
use crate::harvest::files::{Take, files, has_extension, read_files};

/// Largest `meta.json`, bytes.
const MAX_META: u64 = 1 << 20;
/// Largest response in a segment, bytes.
const MAX_RESPONSE: usize = 256 << 20;
/// Size of one read of a segment, bytes.
const PIECE: u64 = 1 << 22;

/// The identity of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::harvest) struct Identity {
    pub(super) base_url: String,
    prefix: String,
    pub(super) set: Option<String>,
}

/// The folder of one list.
#[derive(Clone)]
pub(in crate::harvest) struct Folder {
    path: PathBuf,
    pub(super) identity: Identity,
    /// Beginning of the last day that was harvested: of a list that is requested by days, it may have been had early.
    pub(super) until: Option<DateTime<Utc>>,
    /// True if it is a group of a shard.
    is_group: bool,
}

impl Folder {
    /// A folder, when its name or its shard names its list.
    pub(super) fn open(path: &Path) -> Result<Option<Self>, HarvestError> {
        let path = path.canonicalize().map_err(failed(path))?;
        if let Some(identity) = by_name(&path) {
            let mut until = None;
            for entry in fs::read_dir(&path).map_err(failed(&path))? {
                let name = entry.map_err(failed(&path))?.file_name();
                until = until.max(last_day(&name.to_string_lossy()));
            }
            return Ok(Some(Self {
                path,
                identity,
                until,
                is_group: false,
            }));
        }
        // Until when a group of a shard goes is in its index alone: its endpoint is listed once more from the
        // beginning.
        let identity = by_shard(&path)?;
        Ok(identity.map(|identity| Self {
            path,
            identity,
            until: None,
            is_group: true,
        }))
    }

    /// Reads its responses.
    pub(super) fn read(&self, take: &mut Take<'_>) -> Result<(), HarvestError> {
        if self.is_group {
            for file in files(&self.path)?
                .iter()
                .filter(|file| has_extension(&file.to_string_lossy(), "zst"))
            {
                let name = file
                    .file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned();
                if !self.read_segment(file, &name, take).map_err(failed(file))? {
                    break;
                }
            }
            return Ok(());
        }
        read_files(&self.path, &mut |name, modified, bytes| {
            // Else it is what was under way when metha was stopped, or its lock.
            if !has_extension(&name, "xml") {
                return true;
            }
            match bytes {
                Ok(bytes) => split(&bytes)
                    .into_iter()
                    .enumerate()
                    .all(|(number, document)| {
                        let name = if number == 0 {
                            name.clone()
                        } else {
                            format!("{name}#{}", number + 1)
                        };
                        take(
                            name,
                            modified,
                            self.response(document).map_err(io::Error::other),
                        )
                    }),
                Err(error) => take(name, modified, Err(error)),
            }
        })
    }

    /// Reads a segment, which may be far larger than any response: false when no more are wanted.
    fn read_segment(&self, path: &Path, name: &str, take: &mut Take<'_>) -> io::Result<bool> {
        let mut reader = zstd::Decoder::new(fs::File::open(path)?)?;
        let (mut held, mut number) = (Vec::new(), 0);
        loop {
            let before = held.len();
            let read = reader.by_ref().take(PIECE).read_to_end(&mut held);
            // What came whole before the fault is good.
            let is_last = read.is_err() || held.len() == before;
            while let Some(end) = end_of_first(&held) {
                number += 1;
                let response = self.response(&held[..end]).map_err(io::Error::other);
                if !take(format!("{name}#{number}"), Utc::now(), response) {
                    return Ok(false);
                }
                held.drain(..end);
            }
            if held.len() > MAX_RESPONSE {
                let error =
                    io::Error::other(format!("a response larger than {MAX_RESPONSE} bytes"));
                return Ok(take(name.to_owned(), Utc::now(), Err(error)));
            }
            if let Err(error) = read {
                return Ok(take(name.to_owned(), Utc::now(), Err(error)));
            }
            if is_last {
                let is_whole = held.trim_ascii().is_empty();
                let cut = || io::Error::other("its last response is cut short");
                return Ok(is_whole || take(name.to_owned(), Utc::now(), Err(cut())));
            }
        }
    }

    /// A response of the protocol with what one of metha's holds.
    fn response(&self, document: &[u8]) -> Result<Vec<u8>, &'static str> {
        if root(document) != Some(b"Response".as_slice()) {
            return Ok(document.to_owned());
        }
        let list = between(document, b"<ListRecords>", b"</ListRecords>")
            .ok_or("it has no ListRecords, or is cut short")?;
        let date = between(document, b"<responseDate>", b"</responseDate>").unwrap_or_default();
        let mut out = br#"<?xml version="1.0" encoding="UTF-8"?>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">"#
            .to_vec();
        if !date.is_empty() {
            out.extend([b"<responseDate>", date, b"</responseDate>"].concat());
        }
        let Identity {
            base_url,
            prefix,
            set,
        } = &self.identity;
        let set = set
            .as_ref()
            .map(|set| format!(" set=\"{}\"", escape(set.as_str())))
            .unwrap_or_default();
        let (prefix, base_url) = (escape(prefix.as_str()), escape(base_url.as_str()));
        let request = format!(
            "<request verb=\"ListRecords\" metadataPrefix=\"{prefix}\"{set}>{base_url}</request>"
        );
        out.extend(request.as_bytes());
        out.extend([b"<ListRecords>", list, b"</ListRecords></OAI-PMH>"].concat());
        Ok(out)
    }
}

/// The lists below a cache, or below one endpoint of it; none when it is another folder.
pub(super) fn folders(path: &Path) -> Result<Vec<PathBuf>, HarvestError> {
    let real = path.canonicalize().map_err(failed(path))?;
    if by_name(&real).is_some() || by_shard(&real)?.is_some() {
        return Ok(Vec::new());
    }
    let mut found: Vec<PathBuf> = below(path)?
        .into_iter()
        .filter(|folder| by_name(folder).is_some())
        .collect();
    let mut shards = vec![path.to_owned()];
    let mut folders = vec![path.join("v2")];
    for _ in 0..3 {
        folders = folders
            .iter()
            .map(|folder| below(folder))
            .collect::<Result<Vec<_>, _>>()?
            .concat();
    }
    shards.extend(folders);
    for shard in shards
        .iter()
        .filter(|shard| shard.join("meta.json").is_file())
    {
        for group in below(&shard.join("seg"))? {
            if by_shard(&group)?.is_some() {
                found.push(group);
            }
        }
    }
    Ok(found)
}

/// The folders in a folder, by name; none when it is not there.
fn below(path: &Path) -> Result<Vec<PathBuf>, HarvestError> {
    if !path.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(path).map_err(failed(path))? {
        let entry = entry.map_err(failed(path))?;
        if entry.file_type().map_err(failed(path))?.is_dir() {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// Reads the identity from the name of a folder.
fn by_name(path: &Path) -> Option<Identity> {
    let name = String::from_utf8(base64url(path.file_name()?.to_str()?)?).ok()?;
    let mut parts = name.splitn(3, '#');
    let (set, prefix, base_url) = (parts.next()?, parts.next()?, parts.next()?);
    identity(base_url, prefix, set)
}

/// Reads the identity from the shard that holds a group's folder.
fn by_shard(path: &Path) -> Result<Option<Identity>, HarvestError> {
    #[derive(Deserialize)]
    struct Meta {
        base_url: String,
        groups: Vec<Group>,
    }
    #[derive(Deserialize)]
    struct Group {
        format: String,
        #[serde(default)]
        set: String,
        dir: String,
    }
    let Some(seg) = path.parent().filter(|parent| parent.ends_with("seg")) else {
        return Ok(None);
    };
    let meta = seg.with_file_name("meta.json");
    if !meta.is_file() {
        return Ok(None);
    }
    let text = bounded_file::read(&meta, MAX_META).map_err(failed(&meta))?;
    let read: Meta = serde_json::from_slice(&text).map_err(|error| failed(&meta)(error.into()))?;
    let own = read.groups.iter().find(|group| path.ends_with(&group.dir));
    Ok(own.and_then(|group| identity(&read.base_url, &group.format, &group.set)))
}

fn identity(base_url: &str, prefix: &str, set: &str) -> Option<Identity> {
    let is_url = base_url.starts_with("http://") || base_url.starts_with("https://");
    (is_url && !prefix.is_empty()).then(|| Identity {
        base_url: base_url.to_owned(),
        prefix: prefix.to_owned(),
        set: (!set.is_empty()).then(|| set.to_owned()),
    })
}

/// The last day of the window of a file.
fn last_day(name: &str) -> Option<DateTime<Utc>> {
    let (day, rest) = (name.get(..10)?, name.get(10..)?);
    let serial = rest.strip_prefix('-')?.split_once(".xml")?;
    let is_serial = serial.0.len() >= 8 && serial.0.bytes().all(|byte| byte.is_ascii_digit());
    let day = NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()?;
    (is_serial && ["", ".gz", ".zst"].contains(&serial.1))
        .then(|| day.and_time(NaiveTime::MIN).and_utc())
}

/// The responses in a file, in which several may stand one after another.
fn split(bytes: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    let mut rest = bytes.trim_ascii();
    while !rest.is_empty() {
        let len = end_of_first(rest).unwrap_or(rest.len());
        found.push(&rest[..len]);
        rest = rest[len..].trim_ascii();
    }
    found
}

/// Where the first document ends.
fn end_of_first(bytes: &[u8]) -> Option<usize> {
    let end = [b"</", root(bytes)?, b">"].concat();
    memmem::find(bytes, &end).map(|at| at + end.len())
}

/// The name of a document's root, as written.
fn root(document: &[u8]) -> Option<&[u8]> {
    let at = memmem::find_iter(document, b"<").find(|at| {
        document
            .get(at + 1)
            .is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
    })?;
    let name = &document[at + 1..];
    let len = name
        .iter()
        .position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/'))?;
    Some(&name[..len])
}

/// Returns the bytes between the first of one tag and the last of another.
fn between<'a>(document: &'a [u8], open: &[u8], close: &[u8]) -> Option<&'a [u8]> {
    let start = memmem::find(document, open)? + open.len();
    let end = memmem::rfind(document, close)?;
    document.get(start..end)
}

/// Decodes base64 with the URL's alphabet and without padding (RFC 4648, 5).
fn base64url(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    if text.is_empty() || text.len() % 4 == 1 {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut held) = (0_u32, 0);
    for c in text.bytes() {
        let value = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xFF) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_names_give_the_list() {
        // Made with `metha-id`'s rule by Python's base64.urlsafe_b64encode.
        let name = "I29haV9kYyNodHRwczovL2EuZXhhbXBsZS9vYWk";
        let found = by_name(Path::new(name)).unwrap();
        assert_eq!(
            found,
            identity("https://a.example/oai", "oai_dc", "").unwrap()
        );
        let name = "ajpBUlQjbWFyY3htbCNodHRwOi8vYS5leGFtcGxlL29haT94PTEjMg";
        let found = by_name(Path::new(name)).unwrap();
        assert_eq!(
            found,
            identity("http://a.example/oai?x=1#2", "marcxml", "j:ART").unwrap()
        );
        for other in ["downloads", "ojs-3.4-cac", "a", ""] {
            assert_eq!(by_name(Path::new(other)), None, "{other}");
        }
    }

    #[test]
    fn file_names_give_the_last_day() {
        for name in [
            "2024-02-29-00000003.xml.gz",
            "2024-02-29-00000000.xml",
            "2024-02-29-123456789.xml.zst",
        ] {
            assert_eq!(
                last_day(name).unwrap().to_rfc3339(),
                "2024-02-29T00:00:00+00:00",
                "{name}"
            );
        }
        for name in [
            "2024-02-29-00000003.xml-tmp-1",
            "2024-02-30-00000003.xml.gz",
            "a",
            "2024-02-29-3.xml",
        ] {
            assert_eq!(last_day(name), None, "{name}");
        }
    }
}
