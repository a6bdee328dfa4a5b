//! Verification of a bag, in a folder or a tar file (RFC 8493, 3).

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Component, Path};

use sha2::{Digest as _, Sha512};

use super::bag::{BAGIT, Hasher, unescaped};
use super::error::SnapshotError;
use super::folder;
use super::tarball::each_entry;
use crate::display::{MAX_QUOTE, excerpt};
use crate::hex;

/// Largest manifest that is kept to be read, bytes.
const MAX_MANIFEST: u64 = 256 << 20;
/// Largest other tag file that is kept to be read, bytes.
const MAX_TAG_FILE: u64 = 1 << 20;
/// Most files in a bag.
const MAX_FILES: usize = 4_000_000;
/// Most complaints of one bag; a further one says that there are more.
const MAX_COMPLAINTS: usize = 100;
/// Longest line of a manifest, bytes: a checksum, and a path as long as file systems allow.
const MAX_LINE: usize = 16 << 10;
/// Longest name of a file, bytes, as file systems allow.
const MAX_NAME: usize = 4096;

const MANIFEST: &str = "manifest-sha512.txt";
const TAG_MANIFEST: &str = "tagmanifest-sha512.txt";
const INFO: &str = "bag-info.txt";
const DECLARATION: &str = "bagit.txt";

/// The result of a verification.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Files of its payload.
    pub files: u64,
    /// Their size, bytes.
    pub bytes: u64,
    /// The stated completeness of its source.
    pub completeness: Option<String>,
    /// The faults found; empty if it is valid.
    pub complaints: Vec<String>,
}

/// Reads every file of a bag and compares it with what the manifests say.
///
/// # Errors
/// When the folder or archive cannot be read.
pub fn verify(path: &Path) -> Result<Verified, SnapshotError> {
    let mut found = Found::default();
    let read = if path.is_dir() {
        found.read_folder(path)
    } else {
        found.read_tar(path)
    };
    read.map_err(|error| SnapshotError::io("read", path, error))?;
    Ok(found.judge())
}

/// A file of a bag.
struct Entry {
    sha512: String,
    len: u64,
    /// The text of a tag file.
    text: Option<String>,
}

#[derive(Default)]
struct Found {
    files: BTreeMap<String, Entry>,
    complaints: Vec<String>,
}

impl Found {
    fn read_folder(&mut self, root: &Path) -> io::Result<()> {
        for name in folder::files(root)? {
            let file = File::open(root.join(&name))?;
            self.take(name, BufReader::with_capacity(1 << 16, file))?;
        }
        Ok(())
    }

    fn read_tar(&mut self, path: &Path) -> io::Result<()> {
        let mut top: Option<String> = None;
        each_entry(path, |entry| {
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            if entry.header().entry_type().is_dir() {
                return Ok(true);
            }
            if !entry.header().entry_type().is_file() {
                self.complain(&format!("{name} is neither file nor folder"));
                return Ok(true);
            }
            let (folder, rest) = name.split_once('/').unwrap_or(("", &name));
            if top.get_or_insert_with(|| folder.to_owned()) != folder {
                self.complain(&format!("{name} is outside of the bag's folder"));
                return Ok(true);
            }
            self.take(rest.to_owned(), entry)?;
            Ok(true)
        })
    }

    fn take(&mut self, name: String, mut reader: impl Read) -> io::Result<()> {
        if self.files.len() >= MAX_FILES {
            return Err(io::Error::other(format!("more than {MAX_FILES} files")));
        }
        let mut hash = Sha512::new();
        let mut text = None;
        let mut len = 0;
        let kept = match &*name {
            MANIFEST | TAG_MANIFEST => MAX_MANIFEST,
            INFO | DECLARATION => MAX_TAG_FILE,
            _ => 0,
        };
        if kept > 0 {
            let mut bytes = Vec::new();
            len += reader.by_ref().take(kept).read_to_end(&mut bytes)? as u64;
            hash.update(&bytes);
            text = String::from_utf8(bytes).ok();
        }
        len += io::copy(&mut reader, &mut Hasher(&mut hash))?;
        let entry = Entry {
            sha512: hex::write(&hash.finalize()),
            len,
            text,
        };
        if self.files.contains_key(&name) {
            self.complain(&format!("{name} is there twice"));
        }
        if name.len() > MAX_NAME {
            self.complain(&format!("the name of {name} is too long"));
            return Ok(());
        }
        self.files.insert(name, entry);
        Ok(())
    }

    fn complain(&mut self, complaint: &str) {
        match self.complaints.len() {
            ..MAX_COMPLAINTS => {
                let short = excerpt(complaint, MAX_QUOTE * 2);
                self.complaints.push(short.into_owned());
            }
            MAX_COMPLAINTS => self.complaints.push("and more".to_owned()),
            _ => {}
        }
    }

    /// The text of a tag file, which is then no longer kept.
    fn text(&mut self, name: &str) -> Option<String> {
        self.files.get_mut(name)?.text.take()
    }

    fn judge(mut self) -> Verified {
        let (mut files, mut bytes) = (0, 0);
        for (_, entry) in self
            .files
            .iter()
            .filter(|(name, _)| name.starts_with("data/"))
        {
            files += 1;
            bytes += entry.len;
        }
        match self.text(DECLARATION) {
            Some(text) if text == BAGIT => {}
            Some(_) => self.complain("bagit.txt is not that of BagIt 1.0"),
            None => self.complain("bagit.txt is not there"),
        }
        if self.files.contains_key("fetch.txt") {
            self.complain("fetch.txt: a snapshot has all of its files");
        }
        self.judge_manifest(MANIFEST, |name| name.starts_with("data/"));
        let is_tag_file =
            |name: &str| !name.starts_with("data/") && !name.starts_with("tagmanifest-");
        self.judge_manifest(TAG_MANIFEST, is_tag_file);
        let info = self.text(INFO).unwrap_or_default();
        match element(&info, "Payload-Oxum") {
            Some(oxum) if oxum == format!("{bytes}.{files}") => {}
            Some(oxum) => {
                self.complain(&format!(
                    "{INFO} promises {oxum} bytes and files, there are {bytes}.{files}"
                ));
            }
            None => self.complain(&format!("{INFO} has no Payload-Oxum")),
        }
        let completeness = element(&info, "Completeness").map(str::to_owned);
        Verified {
            files,
            bytes,
            completeness,
            complaints: self.complaints,
        }
    }

    /// Compares a manifest with the files it is to list: each once, with its checksum, and no other.
    fn judge_manifest(&mut self, manifest: &str, covers: impl Fn(&str) -> bool) {
        let Some(text) = self.text(manifest) else {
            self.complain(&format!("{manifest} is not there"));
            return;
        };
        // Of files that are there alone: a manifest may name millions that are not.
        let mut listed = BTreeSet::new();
        for line in text.lines() {
            if self.complaints.len() > MAX_COMPLAINTS {
                break;
            }
            let split = line.split_once([' ', '\t']);
            let Some((sum, path)) = split.filter(|_| line.len() <= MAX_LINE) else {
                let shown = excerpt(line, MAX_QUOTE);
                self.complain(&format!("{manifest}: no checksum and path in {shown:?}"));
                continue;
            };
            let path = unescaped(path.trim_start_matches([' ', '\t', '*']));
            if !stays_inside(&path) {
                self.complain(&format!("{manifest}: {path:?} is not inside of the bag"));
            } else if !covers(&path) {
                self.complain(&format!("{manifest}: {path} has no place there"));
            } else if let Some(entry) = self.files.get(&path) {
                if !entry.sha512.eq_ignore_ascii_case(sum) {
                    self.complain(&format!("{path} is not what it was: its sha512 differs"));
                }
                if !listed.insert(path.clone()) {
                    self.complain(&format!("{manifest}: {path} is listed twice"));
                }
            } else {
                self.complain(&format!("{path} is not there"));
            }
        }
        let names = self.files.keys();
        let unlisted: Vec<String> = names
            .filter(|path| covers(path) && !listed.contains(*path))
            .take(MAX_COMPLAINTS)
            .map(|path| format!("{path} is not in {manifest}"))
            .collect();
        for complaint in unlisted {
            self.complain(&complaint);
        }
    }
}

/// The value of an element of `bag-info.txt`.
fn element<'a>(info: &'a str, label: &str) -> Option<&'a str> {
    info.lines()
        .find_map(|line| Some(line.strip_prefix(label)?.strip_prefix(':')?.trim()))
}

fn stays_inside(path: &str) -> bool {
    !path.is_empty()
        && Path::new(path)
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
}
