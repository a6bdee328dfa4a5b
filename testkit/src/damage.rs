//! Damage done to the bytes of one record.

use crate::render::TEXT_MARK;

/// The damage to a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Damage {
    /// These bytes stand in its abstract.
    InText(Vec<u8>),
    /// These bytes stand at the beginning of its metadata.
    InMetadata(Vec<u8>),
    /// The abstract is longer by so many bytes.
    Longer(usize),
    /// So many elements are nested in it.
    Nested(usize),
    /// It is not deleted and has no metadata.
    NoMetadata,
    /// The header has no datestamp.
    NoDatestamp,
    /// It is written in windows-1251.
    Windows1251,
}

impl Damage {
    pub fn text(bytes: &[u8]) -> Self {
        Self::InText(bytes.to_vec())
    }

    /// Applies it to a record from `<record>` to `</record>`.
    pub fn apply(&self, record: &[u8]) -> Vec<u8> {
        match self {
            Self::InText(bytes) => insert_after(record, TEXT_MARK.as_bytes(), bytes),
            Self::InMetadata(bytes) => insert_after(record, b"<metadata>\n", bytes),
            Self::Longer(count) => {
                let filler: Vec<u8> = b"all work and no play "
                    .iter()
                    .copied()
                    .cycle()
                    .take(*count)
                    .collect();
                insert_after(record, TEXT_MARK.as_bytes(), &filler)
            }
            Self::Nested(depth) => {
                let nest = format!("{}{}", "<b>".repeat(*depth), "</b>".repeat(*depth));
                insert_after(record, TEXT_MARK.as_bytes(), nest.as_bytes())
            }
            Self::NoMetadata => without(record, b"\t\t\t<metadata>", b"</metadata>\n"),
            Self::NoDatestamp => without(record, b"\t\t\t\t<datestamp>", b"</datestamp>\n"),
            Self::Windows1251 => {
                let text = String::from_utf8_lossy(record);
                encoding_rs::WINDOWS_1251.encode(&text).0.into_owned()
            }
        }
    }
}

/// Position of `needle`.
pub fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(haystack, needle)
}

fn insert_after(record: &[u8], mark: &[u8], bytes: &[u8]) -> Vec<u8> {
    let at = find(record, mark).expect("a live record has the mark") + mark.len();
    [&record[..at], bytes, &record[at..]].concat()
}

fn without(record: &[u8], begin: &[u8], end: &[u8]) -> Vec<u8> {
    let from = find(record, begin).expect("a live record has the element");
    let to = from + find(&record[from..], end).expect("elements are closed") + end.len();
    [&record[..from], &record[to..]].concat()
}
