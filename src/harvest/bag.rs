//! Snapshots read back: the pages of a bag, each with the request it answered.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::file_kind;
use crate::harvest::HarvestError;
use crate::harvest::enrich;
use crate::oai::PageHead;
use crate::snapshot::tarball::each_entry;
use crate::snapshot::{Gone, Request, Requests, SourceFile};
use crate::store::{NewPage, WindowNo};

/// Largest file of a bag's archive that is read, bytes.
const MAX_FILE: u64 = 256 * 1024 * 1024;
/// Largest list of requests, bytes.
const MAX_LIST: u64 = 256 << 20;

/// A bag that a snapshot is.
#[derive(Clone)]
pub(super) struct SavedBag {
    path: PathBuf,
    /// The bag's list of requests.
    pub(super) requests: Arc<Requests>,
    /// The bag's description of its source.
    pub(super) source: SourceFile,
    /// Records that vanished without a tombstone.
    pub(super) gone: Arc<Vec<Gone>>,
}

impl SavedBag {
    /// Opens what a path holds when it is a snapshot, in a folder or a tar file.
    ///
    /// Errors: it is one, but what it says of its source cannot be read.
    pub(super) fn open(path: &Path) -> Result<Option<Self>, HarvestError> {
        let failed = |what: &str, error: &dyn std::fmt::Display| HarvestError::Import {
            path: path.display().to_string(),
            detail: format!("{what}: {error}"),
        };
        let (source, requests, gone) =
            if path.join("bagit.txt").is_file() && path.join("data/pages").is_dir() {
                let text = |name: &str| {
                    let path = path.join("data").join(name);
                    file_kind::check_regular(&path)?;
                    read(File::open(path)?, MAX_LIST)
                };
                // Not in snapshots of before.
                let gone = path
                    .join("data/gone.tsv")
                    .is_file()
                    .then(|| text("gone.tsv"));
                (
                    text("source.json"),
                    text("requests.tsv"),
                    gone.unwrap_or_else(|| Ok(Vec::new())),
                )
            } else if path
                .extension()
                .is_some_and(|extension| extension.eq_ignore_ascii_case("tar"))
                && path.is_file()
            {
                match scan(path).map_err(|error| failed("not read", &error))? {
                    Some(Descriptions {
                        source,
                        requests,
                        gone,
                    }) => (Ok(source), Ok(requests), Ok(gone)),
                    None => return Ok(None),
                }
            } else {
                return Ok(None);
            };
        let source = source.map_err(|error| failed("data/source.json", &error))?;
        let requests = requests.map_err(|error| failed("data/requests.tsv", &error))?;
        let gone = gone.map_err(|error| failed("data/gone.tsv", &error))?;
        Ok(Some(Self {
            gone: Arc::new(Gone::parse(&String::from_utf8_lossy(&gone))),
            path: path.to_owned(),
            requests: Arc::new(Requests::parse(&String::from_utf8_lossy(&requests))),
            source: serde_json::from_slice(&source)
                .map_err(|error| failed("data/source.json", &error))?,
        }))
    }

    /// Where its pages are, when they are files of their own.
    pub(super) fn folder(&self) -> Option<PathBuf> {
        self.path.is_dir().then(|| self.path.join("data/pages"))
    }

    /// Reads the pages in its archive in the order they stand in, for as long as they are taken.
    pub(super) fn read_archive(
        &self,
        take: &mut dyn FnMut(String, Vec<u8>) -> bool,
    ) -> std::io::Result<()> {
        each_entry(&self.path, |entry| {
            let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let Some(name) = inside(&path).and_then(|path| path.strip_prefix("data/pages/")) else {
                return Ok(true);
            };
            let name = name.to_owned();
            Ok(!entry.header().entry_type().is_file() || take(name, read(entry, MAX_FILE)?))
        })
    }
}

/// The files of a bag that describe its pages, as they were read.
struct Descriptions {
    /// `source.json`.
    source: Vec<u8>,
    /// `requests.tsv`.
    requests: Vec<u8>,
    /// `gone.tsv`; empty if there is none.
    gone: Vec<u8>,
}

/// Reads the descriptions in an archive; returns nothing if it is not a snapshot.
fn scan(path: &Path) -> std::io::Result<Option<Descriptions>> {
    let (mut is_bag, mut source, mut requests, mut gone) = (false, None, None, Vec::new());
    each_entry(path, |entry| {
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        match inside(&name) {
            Some("bagit.txt") => is_bag = true,
            Some("data/source.json") => source = Some(read(entry, MAX_FILE)?),
            Some("data/requests.tsv") => requests = Some(read(entry, MAX_LIST)?),
            Some("data/gone.tsv") => gone = read(entry, MAX_LIST)?,
            _ => {}
        }
        Ok(true)
    })?;
    Ok(source
        .zip(requests)
        .filter(|_| is_bag)
        .map(|(source, requests)| Descriptions {
            source,
            requests,
            gone,
        }))
}

/// A path below the one folder of an archive.
fn inside(path: &str) -> Option<&str> {
    path.split_once('/').map(|(_, rest)| rest)
}

fn read(reader: impl Read, limit: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if reader.take(limit + 1).read_to_end(&mut bytes)? as u64 > limit {
        return Err(std::io::Error::other(format!("larger than {limit} bytes")));
    }
    Ok(bytes)
}

/// A landing page as it was committed once; none when the bag does not say whose it is.
pub(super) fn landing_page(
    window_no: WindowNo,
    request: &Request,
    body: &bytes::Bytes,
) -> Option<NewPage> {
    let record = enrich::record(request.identifier.as_deref()?, request.time, body);
    Some(NewPage {
        window_no,
        kind: request.kind.clone(),
        fetched_at: request.time,
        request: request.request.clone(),
        status: request.status,
        headers: "{}".to_owned(),
        wire_coding: request.wire_coding.clone(),
        body: body.clone(),
        sha256: Sha256::digest(body).into(),
        head: PageHead::default(),
        listed: 1,
        records: vec![record],
    })
}
