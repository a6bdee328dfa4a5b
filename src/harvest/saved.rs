//! Saved responses, as they are read from a folder, an archive, a snapshot or a cache.

use std::path::Path;

use chrono::{DateTime, Utc};
use quick_xml::events::Event;

use crate::harvest::HarvestError;
use crate::harvest::bag::SavedBag;
use crate::harvest::caches::Cache;
use crate::harvest::files::{has_extension, read_files};
use crate::normalize::LANDING_PAGE;
use crate::oai::{Page, read_page, read_record};
use crate::snapshot::Request;

/// A saved response.
pub(super) struct Saved {
    pub(super) name: String,
    pub(super) modified: DateTime<Utc>,
    pub(super) body: bytes::Bytes,
    pub(super) page: Page,
    /// The request as recorded by a snapshot.
    pub(super) request: Option<Request>,
}

/// The result of fetching a file.
pub(super) enum Read {
    Page(Box<Saved>),
    /// It is none of ours.
    Other(String),
    /// It should hold records, and cannot be read: what, and why.
    Lost(String, String),
}

/// Returns the error of saved responses that cannot be imported.
pub(super) fn import_error(path: &Path, detail: String) -> HarvestError {
    HarvestError::Import {
        path: path.display().to_string(),
        detail,
    }
}

/// Reads what there is to read, and hands it over.
pub(super) fn read(
    root: &Path,
    bag: Option<&SavedBag>,
    cache: Option<&Cache>,
    sender: &tokio::sync::mpsc::Sender<Read>,
) -> Result<(), HarvestError> {
    let mut take = |name: String, modified: DateTime<Utc>, bytes: std::io::Result<Vec<u8>>| {
        let request = bag.and_then(|bag| bag.requests.get(&name)).cloned();
        let page = match &bytes {
            Ok(_)
                if request
                    .as_ref()
                    .is_some_and(|request| request.kind == LANDING_PAGE) =>
            {
                Ok(Page {
                    complete: true,
                    ..Page::default()
                })
            }
            Ok(bytes) => read_page(bytes).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        let is_wanted = bag.is_some() || cache.is_some() || is_meant_as_response(&name, &bytes);
        let read = match (page, bytes) {
            (Ok(page), Ok(bytes)) if page.complete => Read::Page(Box::new(Saved {
                name,
                modified,
                body: bytes.into(),
                page,
                request,
            })),
            (Ok(_), _) if is_wanted => Read::Lost(name, "it is cut short".to_owned()),
            (Err(why), _) if is_wanted => Read::Lost(name, why),
            (Ok(_), _) => Read::Other(format!("{name} was passed over: it is cut short")),
            (Err(why), _) => Read::Other(format!("{name} was passed over: {why}")),
        };
        sender.blocking_send(read).is_ok()
    };
    if let Some(cache) = cache {
        return cache.read(&mut take);
    }
    let Some(bag) = bag else {
        return read_files(root, &mut take);
    };
    if let Some(pages) = bag.folder() {
        return read_files(&pages, &mut take);
    }
    bag.read_archive(&mut |name, bytes| take(name, Utc::now(), Ok(bytes)))
        .map_err(|error| import_error(root, error.to_string()))
}

/// Returns whether a file was saved as a response: by its name or its beginning. One that cannot be read at all may
/// have been one.
fn is_meant_as_response(name: &str, bytes: &std::io::Result<Vec<u8>>) -> bool {
    /// Bytes at the beginning of a file that the root element is looked for in.
    const BEGINNING: usize = 4096;
    let Ok(bytes) = bytes else { return true };
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let start = text.trim_ascii_start();
    let start = &start[..start.len().min(BEGINNING)];
    let has_root = || {
        [&b"<OAI-PMH"[..], b":OAI-PMH"]
            .iter()
            .any(|root| memchr::memmem::find(start, root).is_some())
    };
    has_extension(name, "xml") || (start.starts_with(b"<") && has_root())
}

/// The metadataPrefix that the first metadata element of a page goes by.
pub(super) fn by_metadata(saved: &Saved) -> Option<String> {
    let found = saved
        .page
        .records
        .iter()
        .find(|record| record.has_metadata)?;
    let slice = saved.body.get(found.offset..found.offset + found.len)?;
    let metadata = read_record(slice, &saved.page.head).ok()?.metadata?;
    let mut reader = quick_xml::Reader::from_str(&metadata);
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) | Event::Empty(tag) => {
                let name = tag.local_name();
                return Some(
                    match name.as_ref() {
                        "dc" => "oai_dc",
                        "qualifieddc" => "qdc",
                        "record" => "marcxml",
                        "oai_marc" => "oai_marc",
                        "rfc1807" => "rfc1807",
                        "article" => "jats",
                        "mods" => "mods",
                        other => other,
                    }
                    .to_owned(),
                );
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}
