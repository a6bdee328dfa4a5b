//! A folder as VuFind's harvester leaves it, for its import scripts: the metadata of each live record in a file
//! `TIME_IDENTIFIER.xml`, and for each withdrawn one a file `TIME_IDENTIFIER.delete` that holds the identifier.
//!
//! Its style sheets and `batch-delete.sh` go by an id that is neither in the metadata nor made by them: it is the OAI
//! identifier, or what is left of it (idPrefix, idSearch in `oai.ini`), put into the record's root as `identifier`, and
//! into the `.delete` file. So it is here; MARC has an id of its own in 001 and stays as it is.
//!
//! TIME is the record's datestamp in seconds since 1970, so that files sort in the order of the changes, and the same
//! export writes the same names. Characters of the identifier other than ASCII letters and digits are underscores.
//! The import takes the files away when it is done with them; what is in the folder is left alone.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::file::OutFile;
use super::{Counts, ExportError, Receive};
use crate::article::{Entry, Status};
use crate::normalize::LANDING_PAGE;
use crate::oai::{Datestamp, whole_record};
use crate::store::StoredItem;

/// Longest part of a name that is taken from the identifier, bytes.
const IDENTIFIER_LEN: usize = 160;

/// How records are named and told apart in VuFind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VuFindOptions {
    /// metadataPrefix of what is written of an item; the first it has without.
    pub prefix: Option<String>,
    /// Taken from the front of OAI identifiers that begin with it.
    pub id_strip: String,
    /// Put in front of what is left.
    pub id_prefix: String,
}

impl VuFindOptions {
    /// The id that VuFind knows a record by.
    fn id(&self, identifier: &str) -> String {
        format!(
            "{}{}",
            self.id_prefix,
            identifier
                .strip_prefix(&self.id_strip)
                .unwrap_or(identifier)
        )
    }
}

/// An open folder.
#[derive(Debug)]
pub struct VuFindFolder {
    path: PathBuf,
    options: VuFindOptions,
    used: HashSet<String>,
    counts: Counts,
}

impl VuFindFolder {
    /// Opens the folder, and creates it where it is missing.
    pub fn open(path: &Path, options: VuFindOptions) -> Result<Self, ExportError> {
        match fs::create_dir(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                Err(ExportError::io("create", path, error))
            }
            _ if !path.is_dir() => Err(ExportError::io(
                "open",
                path,
                io::ErrorKind::NotADirectory.into(),
            )),
            _ => Ok(Self {
                path: path.to_owned(),
                options,
                used: HashSet::new(),
                counts: Counts::default(),
            }),
        }
    }

    /// Writes a file whole or not at all.
    fn write(
        &mut self,
        entry: &Entry,
        id: &str,
        extension: &str,
        content: &str,
    ) -> Result<(), ExportError> {
        let provenance = entry.provenance();
        let time =
            Datestamp::parse(&provenance.datestamp).map_or(0, |stamp| stamp.time.timestamp());
        let identifier: String = id
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
            .take(IDENTIFIER_LEN)
            .collect();
        let stem = format!("{time}_{identifier}");
        let mut name = format!("{stem}.{extension}");
        // Two identifiers that look the same after that.
        if !self.used.insert(name.to_ascii_lowercase()) {
            name = format!(
                "{stem}_{}.{extension}",
                entry.id().chars().take(8).collect::<String>()
            );
            self.used.insert(name.to_ascii_lowercase());
        }
        let path = self.path.join(name);
        let mut file = OutFile::open(&path)?;
        file.write_all(content.as_bytes())
            .map_err(|error| ExportError::io("write", &path, error))?;
        file.commit()
    }
}

impl Receive for VuFindFolder {
    fn receive(&mut self, item: &StoredItem, entry: &Entry) -> Result<(), ExportError> {
        let id = self.options.id(&entry.provenance().oai_identifier);
        if entry.status() == Status::Deleted {
            self.write(entry, &id, "delete", &id)?;
            self.counts.deleted += 1;
            return Ok(());
        }
        let stored = item
            .records
            .iter()
            .find(|stored| match &self.options.prefix {
                Some(prefix) => *prefix == stored.metadata_prefix,
                None => stored.metadata_prefix != LANDING_PAGE,
            });
        let metadata = stored.and_then(|stored| {
            let metadata = whole_record(&stored.raw, &stored.head).ok()?.metadata?;
            let is_marc = stored.metadata_prefix.to_ascii_lowercase().contains("marc");
            if is_marc {
                Some(metadata)
            } else {
                with_id(&metadata, &id, &entry.provenance().datestamp)
            }
        });
        match metadata {
            Some(metadata) => {
                self.write(
                    entry,
                    &id,
                    "xml",
                    &format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{metadata}\n"),
                )?;
                self.counts.live += 1;
            }
            None => self.counts.left_out += 1,
        }
        Ok(())
    }

    fn is_closed(&self) -> bool {
        false
    }

    fn finish(self: Box<Self>) -> Result<Counts, ExportError> {
        Ok(self.counts)
    }
}

/// The metadata with id and datestamp as first children of its root, where the style sheets look for them; nothing
/// where it has no root to hold them.
fn with_id(metadata: &str, id: &str, datestamp: &str) -> Option<String> {
    let end = end_of_root_tag(metadata)?;
    let (start, rest) = metadata.split_at(end);
    let escape = |text: &str| quick_xml::escape::escape(text).into_owned();
    let (id, datestamp) = (escape(id), escape(datestamp));
    // In no namespace, whatever the root declares.
    Some(format!(
        "{start}<identifier xmlns=\"\">{id}</identifier><datestamp xmlns=\"\">{datestamp}</datestamp>{rest}"
    ))
}

/// Where the content of the root element begins; nothing for an empty-element tag.
fn end_of_root_tag(xml: &str) -> Option<usize> {
    let mut reader = quick_xml::Reader::from_str(xml);
    loop {
        match reader.read_event().ok()? {
            quick_xml::events::Event::Start(_) => {
                return usize::try_from(reader.buffer_position()).ok();
            }
            quick_xml::events::Event::Empty(_) | quick_xml::events::Event::Eof => return None,
            _ => {}
        }
    }
}
